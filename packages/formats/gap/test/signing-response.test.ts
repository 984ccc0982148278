/** Signing responses: canonical signature fragments or a coded refusal a bundle, and the entries. */
import { describe, expect, test } from '@jest/globals';
import { type CborValue, decodeCbor } from '../src/cbor.ts';
import { EMPTY_HEAD, openEntry } from '../src/record-entry.ts';
import { openSigningResponse, type SigningResponse } from '../src/signing-response.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  EVENTS,
  FULL_RESPONSE,
  payloadOf,
  RESPONSE,
  refusal,
  responseFile,
  SAMPLES,
  SIGNATURE,
  SIGNER,
  spoiled,
  unhex,
  verdictOf,
} from './samples.ts';

const SAMPLE = SAMPLES.response!;
const open = (file: Uint8Array): SigningResponse => openSigningResponse(file, SIGNER.publicKey);

describe('a signing response', () => {
  test.each([
    ['with one signature of level 1', RESPONSE],
    ['with a refusal and every kind of entry', FULL_RESPONSE],
  ])('%s opens to what was sealed', (_what, response) => {
    expect(open(responseFile(response))).toEqual(response);
  });

  test('carries signatures of levels 1, 2 and 3', () => {
    const signatures = [1, 2, 3].map(
      (level) => [level, new Uint8Array(Buffer.concat(Array(level).fill(SIGNATURE)))] as const,
    );
    const results = [{ ...RESPONSE.results[0]!, signatures }] as SigningResponse['results'];
    expect(open(responseFile({ ...RESPONSE, results })).results).toEqual(results);
  });

  test('carries entries whose chain its receiver follows', () => {
    const { entries } = open(responseFile(FULL_RESPONSE));
    const head = entries.reduce(
      (before, entry) => openEntry(entry, before, SIGNER.publicKey).head,
      EMPTY_HEAD,
    );
    expect(head.number).toBe(EVENTS.length);
  });

  test('of another key is refused with key_unknown', () => {
    expect(verdictOf(() => openSigningResponse(responseFile(), COORDINATOR.publicKey))).toBe(
      'key_unknown',
    );
  });
});

describe('chain values', () => {
  const edge = 3n ** 242n;
  const greatest = unhex(((edge - 1n) / 2n).toString(16).padStart(96, '0'));
  const beyond = unhex(((edge + 1n) / 2n).toString(16).padStart(96, '0'));
  const least = unhex((2n ** 384n - (edge - 1n) / 2n).toString(16));
  const before = unhex((2n ** 384n - (edge + 1n) / 2n).toString(16));
  const at = (chunk: number, value: Uint8Array): string => {
    const signature = SIGNATURE.slice();
    signature.set(value, chunk * 48);
    return verdictOf(() => open(spoiled(SAMPLE, [5, 0, 1, 2, 0, 1], signature)));
  };

  test.each(Array.from({ length: 27 }, (_, chunk) => chunk))(
    'chunk %i is accepted up to the ends of the canonical range and refused beyond',
    (chunk) => {
      expect(at(chunk, greatest)).toBe('accepted');
      expect(at(chunk, least)).toBe('accepted');
      expect(at(chunk, beyond)).toBe('field_range');
      expect(at(chunk, before)).toBe('field_range');
    },
  );

  test('a fault names the signature', () => {
    const file = spoiled(SAMPLE, [5, 0, 1, 2, 0, 1], new Uint8Array(1296).fill(0x7f));
    expect(refusal(() => open(file)).message).toBe(
      'signing-response.results[0].signed.signatures[0][1]: expected fragments of canonical chain values',
    );
  });
});

const results = (decodeCbor(payloadOf(SAMPLE)) as Map<bigint, CborValue[]>).get(5n)!;
const many = (count: number, item: CborValue): CborValue[] => Array<CborValue>(count).fill(item);
const tiny: CborValue = [0n, SIGNATURE];
const entry: CborValue = new Map<bigint, CborValue>([
  [1n, new Uint8Array(1)],
  [2n, new Uint8Array(64)],
]);

// Result 0 is signed, result 1 refused.
describeFields(SAMPLE, [
  ['refuses a request id of 17 bytes', [1], new Uint8Array(17), 'field_range'],
  ['refuses a request digest of 31 bytes', [2], new Uint8Array(31), 'field_range'],
  ['refuses a keyring id of 15 bytes', [3], new Uint8Array(15), 'field_range'],
  ['refuses an unknown network', [4], 'testnet', 'field_range'],
  ['refuses no result', [5], [], 'field_range'],
  ['accepts 32 results', [5], many(32, results[1]!), 'accepted'],
  ['refuses 33 results', [5], many(33, results[1]!), 'field_range'],
  ['refuses an unknown kind of result', [5, 1, 0], 2n, 'field_range'],
  ['refuses a bundle hash out of the domain', [5, 0, 1, 1], Buffer.alloc(48, 0x7f), 'field_range'],
  ['refuses no signature', [5, 0, 1, 2], [], 'field_range'],
  ['accepts 20 signatures', [5, 0, 1, 2], many(20, tiny), 'accepted'],
  ['refuses 21 signatures', [5, 0, 1, 2], many(21, tiny), 'field_range'],
  ['accepts slot 127', [5, 0, 1, 2, 0, 0], 127n, 'accepted'],
  ['refuses slot 128', [5, 0, 1, 2, 0, 0], 128n, 'field_range'],
  ['refuses an empty signature', [5, 0, 1, 2, 0, 1], new Uint8Array(), 'field_range'],
  ['refuses a signature of 1,295 bytes', [5, 0, 1, 2, 0, 1], Buffer.alloc(1295), 'field_range'],
  ['refuses a signature of 1,297 bytes', [5, 0, 1, 2, 0, 1], Buffer.alloc(1297), 'field_range'],
  ['refuses one of a level and a half', [5, 0, 1, 2, 0, 1], Buffer.alloc(1944), 'field_range'],
  ['accepts a signature of level 3', [5, 0, 1, 2, 0, 1], Buffer.alloc(3888), 'accepted'],
  ['refuses a signature of level 4', [5, 0, 1, 2, 0, 1], Buffer.alloc(5184), 'field_range'],
  ['accepts a code of 64 characters', [5, 1, 1, 2], 'a'.repeat(64), 'accepted'],
  ['refuses a code of 65 characters', [5, 1, 1, 2], 'a'.repeat(65), 'field_range'],
  ['refuses an empty code', [5, 1, 1, 2], '', 'field_range'],
  ['refuses free text in place of a code', [5, 1, 1, 2], 'Please retry', 'field_range'],
  ['refuses no entry', [6], [], 'field_range'],
  ['accepts 40,000 entries', [6], many(40_000, entry), 'accepted'],
  ['refuses an entry without bytes', [6, 0, 1], new Uint8Array(), 'field_range'],
  ['refuses an entry signature of 63 bytes', [6, 0, 2], new Uint8Array(63), 'field_range'],
  ['accepts that no network was accepted', [7], false, 'accepted'],
  ['refuses a number for whether one was', [7], 1n, 'field_type'],
]);
