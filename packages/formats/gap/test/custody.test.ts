/** Custody slips, which a coordinator signs, and receipts, which the signer signs. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { CborValue } from '../src/cbor.ts';
import { openCustodyReceipt, openCustodySlip, sealCustodySlip } from '../src/custody.ts';
import { SMALL_BYTES_MAX } from '../src/limits.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  CUSTODY_RECEIPT,
  custodyReceiptFile,
  hex,
  payloadOf,
  SAMPLES,
  SIGNER,
  SLIP,
  STRANGER,
  slipFile,
  verdictOf,
} from './samples.ts';

const SAMPLE_SLIP = SAMPLES.slip!;
const SAMPLE_RECEIPT = SAMPLES['custody receipt']!;
const KEYS = [COORDINATOR.publicKey];
const [first, second] = SLIP.addresses as readonly [
  (typeof SLIP.addresses)[0],
  (typeof SLIP.addresses)[0],
];

const itemOf = (byte: number): CborValue => [
  new Uint8Array(48).fill(byte),
  new Uint8Array(48).fill(byte),
  2n,
  1n,
];

describe('a custody slip', () => {
  test('opens to what was sealed, named by SHA-256 of its type and payload', () => {
    const digest = createHash('sha256')
      .update('airlock:gap/v1/custody-slip\0')
      .update(payloadOf(SAMPLE_SLIP))
      .digest('hex');
    expect(openCustodySlip(slipFile(), KEYS)).toEqual({ slip: SLIP, digest });
  });

  test('sealed twice gives the same bytes', () => {
    expect(hex(slipFile())).toBe(hex(slipFile()));
  });

  test('with as many addresses as it may hold stays below its cap', () => {
    const addresses = Array.from({ length: 500 }, (_, place) => {
      const name = String(place)
        .padStart(4, '0')
        .replace(/\d/g, (digit) => 'ABCDEFGHIJ'.charAt(Number(digit)));
      const address = name.repeat(20) + '9';
      return { ...first, uuid: name.repeat(16), address, amount: 10n ** 15n };
    });
    const file = slipFile({ ...SLIP, addresses });
    expect(file.length).toBeLessThan(SMALL_BYTES_MAX);
    expect(openCustodySlip(file, KEYS).slip.addresses).toHaveLength(500);
  });

  test.each([
    ['UUID', { ...second, uuid: first.uuid }],
    ['address', { ...second, address: first.address }],
  ])('that names one %s twice is refused with field_range', (_what, repeated) => {
    const file = slipFile({ ...SLIP, addresses: [first, repeated] });
    expect(verdictOf(() => openCustodySlip(file, KEYS))).toBe('field_range');
  });

  test.each([
    ['a stranger', STRANGER],
    ['a signer', SIGNER],
  ])('of %s is refused with key_unknown', (_who, identity) => {
    const file = sealCustodySlip(SLIP, identity);
    expect(verdictOf(() => openCustodySlip(file, KEYS))).toBe('key_unknown');
  });
});

describe('a custody receipt', () => {
  test('opens to what was sealed', () => {
    expect(openCustodyReceipt(custodyReceiptFile(), SIGNER.publicKey)).toEqual(CUSTODY_RECEIPT);
  });

  test('that names one copy twice is refused with field_range', () => {
    const file = custodyReceiptFile({ ...CUSTODY_RECEIPT, copies: ['safe A', 'safe A'] });
    expect(verdictOf(() => openCustodyReceipt(file, SIGNER.publicKey))).toBe('field_range');
  });

  test('of another signer is refused with key_unknown', () => {
    expect(verdictOf(() => openCustodyReceipt(custodyReceiptFile(), STRANGER.publicKey))).toBe(
      'key_unknown',
    );
  });
});

describeFields(SAMPLE_SLIP, [
  ['refuses an order id of 15 bytes', [1], new Uint8Array(15), 'field_range'],
  ['refuses a keyring id of 17 bytes', [2], new Uint8Array(17), 'field_range'],
  ['refuses an unknown network', [3], 'testnet', 'field_range'],
  ['accepts the end of the year 9999', [4], 253_402_300_799_999n, 'accepted'],
  ['refuses the year 10000', [4], 253_402_300_800_000n, 'field_range'],
  ['refuses no address', [5], [], 'field_range'],
  ['refuses 501 addresses', [5], Array<CborValue>(501).fill(itemOf(0)), 'field_range'],
  ['refuses a UUID of 47 bytes', [5, 0, 0], new Uint8Array(47), 'field_range'],
  ['refuses an address out of the domain', [5, 0, 1], Buffer.alloc(48, 0x7f), 'field_range'],
  ['refuses level 4', [5, 0, 2], 4n, 'field_range'],
  ['refuses an amount below 0', [5, 0, 3], -1n, 'field_range'],
  ['accepts the supply', [5, 0, 3], 2_779_530_283_277_761n, 'accepted'],
  ['refuses more than the supply', [5, 0, 3], 2_779_530_283_277_762n, 'field_range'],
]);

describeFields(SAMPLE_RECEIPT, [
  ['refuses an order id of 17 bytes', [1], new Uint8Array(17), 'field_range'],
  ['refuses a slip digest of 31 bytes', [2], new Uint8Array(31), 'field_range'],
  ['refuses a keyring id of 15 bytes', [3], new Uint8Array(15), 'field_range'],
  ['refuses an unknown network', [4], 'testnet', 'field_range'],
  ['refuses a count of 0', [5], 0n, 'field_range'],
  ['refuses a count of 501', [5], 501n, 'field_range'],
  ['refuses no copy', [6], [], 'field_range'],
  ['refuses 17 copies', [6], Array.from({ length: 17 }, (_, i) => `copy ${i}`), 'field_range'],
  ['refuses a copy without a name', [6, 0], '', 'field_range'],
  ['refuses a name that ends in a space', [6, 0], 'safe ', 'field_range'],
  ['accepts a name of 64 characters', [6, 0], 'x'.repeat(64), 'accepted'],
  ['refuses a name of 65 characters', [6, 0], 'x'.repeat(65), 'field_range'],
  ['refuses a control character', [6, 0], 'safe\u001bA', 'field_range'],
]);
