/** Void requests, which a coordinator signs, and their receipts, which the signer signs. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { CborValue } from '../src/cbor.ts';
import { EMPTY_HEAD, openEntry } from '../src/record-entry.ts';
import { openVoidReceipt, openVoidRequest, sealVoidReceipt, sealVoidRequest } from '../src/void.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  EVENTS,
  hex,
  OFFICER,
  payloadOf,
  SAMPLES,
  SIGNER,
  STRANGER,
  sealedEntries,
  VOID_RECEIPT,
  VOID_REQUEST,
  verdictOf,
  voidReceiptFile,
  voidRequestFile,
} from './samples.ts';

const REQUEST = SAMPLES['void request']!;
const RECEIPT = SAMPLES['void receipt']!;
const KEYS = [OFFICER.publicKey, COORDINATOR.publicKey];
const many = (count: number, item: CborValue): CborValue[] => Array<CborValue>(count).fill(item);

describe('a void request', () => {
  test('opens to what was sealed', () => {
    expect(openVoidRequest(voidRequestFile(), KEYS).request).toEqual(VOID_REQUEST);
  });

  test('is named by SHA-256 of its type and payload, not by the request that it voids', () => {
    const expected = createHash('sha256')
      .update('airlock:gap/v1/void-request\0')
      .update(payloadOf(REQUEST))
      .digest('hex');
    expect(openVoidRequest(REQUEST.file, KEYS).digest).toBe(expected);
    expect(expected).not.toBe(VOID_REQUEST.requestDigest);
  });

  test('sealed twice gives the same bytes', () => {
    expect(hex(voidRequestFile())).toBe(hex(voidRequestFile()));
  });

  test('of a key that is not paired is refused with key_unknown', () => {
    for (const identity of [STRANGER, SIGNER]) {
      const file = sealVoidRequest(VOID_REQUEST, identity);
      expect(verdictOf(() => openVoidRequest(file, KEYS))).toBe('key_unknown');
    }
  });

  test('does not say what it frees: that is for the signer', () => {
    expect(Object.keys(openVoidRequest(voidRequestFile(), KEYS).request)).not.toContain('frees');
  });
});

describe('a void receipt', () => {
  test.each([
    ['that frees nothing', VOID_RECEIPT],
    ['that frees, of a signer used with a network', { frees: true, networkAccepted: true }],
  ])('%s opens to what was sealed', (_what, change) => {
    const receipt = { ...VOID_RECEIPT, ...change };
    expect(openVoidReceipt(voidReceiptFile(receipt), SIGNER.publicKey)).toEqual(receipt);
  });

  test('carries entries whose chain its receiver follows', () => {
    const file = voidReceiptFile({ ...VOID_RECEIPT, entries: sealedEntries() });
    const head = openVoidReceipt(file, SIGNER.publicKey).entries.reduce(
      (before, entry) => openEntry(entry, before, SIGNER.publicKey).head,
      EMPTY_HEAD,
    );
    expect(head.number).toBe(EVENTS.length);
  });

  test('of another key is refused with key_unknown', () => {
    const file = sealVoidReceipt(VOID_RECEIPT, COORDINATOR);
    expect(verdictOf(() => openVoidReceipt(file, SIGNER.publicKey))).toBe('key_unknown');
  });
});

describeFields(REQUEST, [
  ['refuses a request id of 15 bytes', [1], new Uint8Array(15), 'field_range'],
  ['refuses sequence 0', [2], 0n, 'field_range'],
  ['accepts sequence 2^53-1', [2], 2n ** 53n - 1n, 'accepted'],
  ['refuses sequence 2^53', [2], 2n ** 53n, 'field_range'],
  ['refuses a digest of 33 bytes', [3], new Uint8Array(33), 'field_range'],
  ['refuses no bundle', [4], [], 'field_range'],
  ['accepts 32 bundles', [4], many(32, new Uint8Array(48)), 'accepted'],
  ['refuses 33 bundles', [4], many(33, new Uint8Array(48)), 'field_range'],
  ['refuses a bundle hash out of the domain', [4, 0], Buffer.alloc(48, 0x7f), 'field_range'],
  ['refuses a keyring id of 17 bytes', [5], new Uint8Array(17), 'field_range'],
  ['refuses an unknown network', [6], 'testnet', 'field_range'],
  ['refuses a head of 31 bytes', [7, 2], new Uint8Array(31), 'field_range'],
  ['accepts the end of the year 9999', [8], 253_402_300_799_999n, 'accepted'],
  ['refuses the year 10000', [8], 253_402_300_800_000n, 'field_range'],
]);

const entry: CborValue = new Map<bigint, CborValue>([
  [1n, new Uint8Array(1)],
  [2n, new Uint8Array(64)],
]);

describeFields(RECEIPT, [
  ['refuses a request id of 17 bytes', [1], new Uint8Array(17), 'field_range'],
  ['refuses a request digest of 31 bytes', [2], new Uint8Array(31), 'field_range'],
  ['refuses a void digest of 33 bytes', [3], new Uint8Array(33), 'field_range'],
  ['refuses a keyring id of 15 bytes', [4], new Uint8Array(15), 'field_range'],
  ['refuses an unknown network', [5], 'testnet', 'field_range'],
  ['refuses a number for what it frees', [6], 0n, 'field_type'],
  ['refuses no entry', [7], [], 'field_range'],
  ['accepts 40,000 entries', [7], many(40_000, entry), 'accepted'],
  ['refuses an entry without bytes', [7, 0, 1], new Uint8Array(), 'field_range'],
  ['refuses an entry signature of 65 bytes', [7, 0, 2], new Uint8Array(65), 'field_range'],
  ['refuses null for whether a network was accepted', [8], null, 'field_type'],
]);
