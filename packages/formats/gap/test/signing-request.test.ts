/** Signing requests: whole bundles with a role a slot, from a paired coordinator. */
import { createHash } from 'node:crypto';
import { SUPPLY } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { type CborValue, decodeCbor } from '../src/cbor.ts';
import { openSigningRequest, sealSigningRequest } from '../src/signing-request.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  FULL_REQUEST,
  hex,
  OFFICER,
  payloadOf,
  REQUEST,
  refusal,
  requestFile,
  SAMPLES,
  SIGNER,
  STRANGER,
  spoiled,
  verdictOf,
} from './samples.ts';

const SAMPLE = SAMPLES.request!;
const KEYS = [OFFICER.publicKey, COORDINATOR.publicKey];

describe('a signing request', () => {
  test.each([
    ['with one small bundle', REQUEST],
    ['with every role and key source', FULL_REQUEST],
  ])('%s opens to what was sealed', (_what, request) => {
    expect(openSigningRequest(requestFile(request), KEYS).request).toEqual(request);
  });

  test('is named by SHA-256 of its type and payload', () => {
    const expected = createHash('sha256')
      .update('airlock:gap/v1/signing-request\0')
      .update(payloadOf(SAMPLE))
      .digest('hex');
    expect(openSigningRequest(SAMPLE.file, KEYS).digest).toBe(expected);
  });

  test('sealed twice gives the same bytes', () => {
    expect(hex(requestFile(FULL_REQUEST))).toBe(hex(requestFile(FULL_REQUEST)));
  });

  test('of a key that is not paired is refused with key_unknown', () => {
    for (const identity of [STRANGER, SIGNER]) {
      const file = sealSigningRequest(REQUEST, identity);
      expect(verdictOf(() => openSigningRequest(file, KEYS))).toBe('key_unknown');
    }
    expect(verdictOf(() => openSigningRequest(requestFile(), []))).toBe('key_unknown');
  });

  test('names the slot of a fault', () => {
    const file = spoiled(SAMPLE, [7, 1, 0, 6, 1, 2], 0n);
    expect(refusal(() => openSigningRequest(file, KEYS)).message).toBe(
      'signing-request.bundles[1][0].role.input.securityLevel: expected a security level of 1 to 3',
    );
  });

  test('does not carry the index of a slot, its bundle hash or attachment fields', () => {
    const payload = decodeCbor(payloadOf(SAMPLE)) as Map<bigint, CborValue>;
    const [[slot]] = payload.get(7n) as [[Map<bigint, CborValue>]];
    expect([...slot.keys()]).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  });
});

const bundles = (decodeCbor(payloadOf(SAMPLE)) as Map<bigint, CborValue[]>).get(7n)!;
const bundle = bundles[1] as CborValue[];
const slot = bundle[1] as CborValue;
const many = (count: number, item: CborValue): CborValue[] => Array<CborValue>(count).fill(item);
const NONE = new Map<bigint, CborValue>();

// Slots of bundle 0: 0 input by UUID, 1 fragment, 2 input by slip, 3 own, 4 and 5 withdrawals, 6 cold.
describeFields(SAMPLE, [
  ['accepts sequence 2^53-1', [2], 2n ** 53n - 1n, 'accepted'],
  ['refuses sequence 2^53', [2], 2n ** 53n, 'field_range'],
  ['refuses a negative sequence', [2], -1n, 'field_range'],
  ['refuses a request id of 15 bytes', [1], new Uint8Array(15), 'field_range'],
  ['refuses a keyring id of 17 bytes', [3], new Uint8Array(17), 'field_range'],
  ['refuses an unknown network', [4], 'testnet', 'field_range'],
  ['refuses a head of 31 bytes', [5, 2], new Uint8Array(31), 'field_range'],
  ['refuses a head number of 2^53', [5, 1], 2n ** 53n, 'field_range'],
  ['accepts the end of the year 9999', [6], 253_402_300_799_999n, 'accepted'],
  ['refuses the year 10000', [6], 253_402_300_800_000n, 'field_range'],
  ['refuses no bundle', [7], [], 'field_range'],
  ['accepts 32 bundles', [7], many(32, bundle), 'accepted'],
  ['refuses 33 bundles', [7], many(33, bundle), 'field_range'],
  ['refuses a bundle without slots', [7, 1], [], 'field_range'],
  ['accepts 128 slots', [7, 1], many(128, slot), 'accepted'],
  ['refuses 129 slots', [7, 1], many(129, slot), 'field_range'],
  ['refuses an address out of the domain', [7, 0, 0, 1], Buffer.alloc(48, 0x7f), 'field_range'],
  ['accepts the whole supply', [7, 0, 0, 2], SUPPLY, 'accepted'],
  ['refuses more than the supply', [7, 0, 0, 2], SUPPLY + 1n, 'field_range'],
  ['accepts the whole supply spent', [7, 0, 0, 2], -SUPPLY, 'accepted'],
  ['refuses more than the supply spent', [7, 0, 0, 2], -SUPPLY - 1n, 'field_range'],
  ['refuses an obsolete tag of 26 trytes', [7, 0, 0, 3], '9'.repeat(26), 'field_range'],
  ['refuses a tag of 28 trytes', [7, 0, 0, 4], '9'.repeat(28), 'field_range'],
  ['refuses a tag in small letters', [7, 0, 0, 4], 'a'.repeat(27), 'field_range'],
  ['accepts the last second of the year 9999', [7, 0, 0, 5], 253_402_300_799n, 'accepted'],
  ['refuses a timestamp after it', [7, 0, 0, 5], 253_402_300_800n, 'field_range'],
  ['refuses an unknown role', [7, 0, 0, 6], [5n, NONE], 'field_range'],
  ['refuses a role without fields', [7, 0, 1, 6], [1n], 'field_type'],
  ['refuses fields in the role fragment', [7, 0, 1, 6, 1], new Map([[1n, 0n]]), 'field_unknown'],
  ['refuses an unknown key source', [7, 0, 0, 6, 1, 1], [2n, NONE], 'field_range'],
  ['refuses level 0 of an input', [7, 0, 0, 6, 1, 2], 0n, 'field_range'],
  ['refuses level 4 of an input', [7, 0, 0, 6, 1, 2], 4n, 'field_range'],
  ['refuses a UUID of 47 bytes', [7, 0, 0, 6, 1, 1, 1, 1], new Uint8Array(47), 'field_range'],
  [
    'refuses a slip digest of 33 bytes',
    [7, 0, 2, 6, 1, 1, 1, 1],
    new Uint8Array(33),
    'field_range',
  ],
  ['accepts slip index 99,999', [7, 0, 2, 6, 1, 1, 1, 2], 99_999n, 'accepted'],
  ['refuses slip index 100,000', [7, 0, 2, 6, 1, 1, 1, 2], 100_000n, 'field_range'],
  ['refuses an own UUID of 49 bytes', [7, 0, 3, 6, 1, 1], new Uint8Array(49), 'field_range'],
  [
    'refuses a withdrawal id that is no UUID 4',
    [7, 0, 4, 6, 1, 1],
    new Uint8Array(16),
    'field_range',
  ],
  ['refuses an empty authorization', [7, 0, 4, 6, 1, 2], new Uint8Array(), 'field_range'],
  ['accepts an authorization of 4 KiB', [7, 0, 4, 6, 1, 2], new Uint8Array(4096), 'accepted'],
  ['refuses an authorization over 4 KiB', [7, 0, 4, 6, 1, 2], new Uint8Array(4097), 'field_range'],
  ['refuses level 0 of a cold output', [7, 0, 6, 6, 1, 1], 0n, 'field_range'],
  ['accepts a proof index of 249,999', [7, 0, 6, 6, 1, 2, 2], 249_999n, 'accepted'],
  ['refuses a proof index of 250,000', [7, 0, 6, 6, 1, 2, 2], 250_000n, 'field_range'],
  ['accepts a path of 18', [7, 0, 6, 6, 1, 2, 3], many(18, new Uint8Array(32)), 'accepted'],
  ['refuses a path of 19', [7, 0, 6, 6, 1, 2, 3], many(19, new Uint8Array(32)), 'field_range'],
  ['refuses an empty statement', [7, 0, 6, 6, 1, 2, 1], new Uint8Array(), 'field_range'],
  ['refuses a statement over 64 KiB', [7, 0, 6, 6, 1, 2, 1], Buffer.alloc(65_537), 'field_range'],
]);
