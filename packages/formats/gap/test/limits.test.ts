/** The limits themselves, and how they hang together. */
import { expect, test } from '@jest/globals';
import { issuedAddresses } from '../src/address-batch.ts';
import { decodeCbor, encodeCbor } from '../src/cbor.ts';
import * as limits from '../src/limits.ts';
import { EMPTY_HEAD, openEntry, sealEntry } from '../src/record-entry.ts';
import {
  addressOf,
  DIGEST,
  payloadOf,
  placesOf,
  REQUEST_ID,
  SAMPLES,
  SIGNER,
  uuidOf,
  VOID_REQUEST,
  voidRequestFile,
  WITHDRAWAL_ID,
} from './samples.ts';

test('are those of docs/gap.md', () => {
  expect({ ...limits }).toEqual({
    FILE_BYTES_MAX: 33_554_432,
    REQUEST_BYTES_MAX: 4_194_304,
    RESPONSE_BYTES_MAX: 4_194_304,
    BATCH_BYTES_MAX: 33_554_432,
    RECORD_BYTES_MAX: 33_554_432,
    SMALL_BYTES_MAX: 65_536,
    DEPTH_MAX: 12,
    ITEMS_MAX: 100_000,
    ENVELOPE_ITEMS_MAX: 128,
    BATCH_ITEMS_MAX: 1_000_100,
    RECORD_ITEMS_MAX: 520_000,
    SIGNATURES_MAX: 16,
    BUNDLES_MAX: 32,
    SLOTS_MAX: 128,
    INPUTS_MAX: 20,
    BATCH_ADDRESSES_MAX: 250_000,
    ENTRIES_MAX: 100_000,
    ENTRY_BYTES_MAX: 131_072,
    AUTHORIZATION_BYTES_MAX: 4_096,
    PATH_HASHES_MAX: 18,
    LABEL_CHARACTERS_MAX: 64,
    EPOCH_MAX: 1_000_000,
    INSTALLATION_BYTES: 16,
    SLIP_ADDRESSES_MAX: 500,
    COPIES_MAX: 16,
  });
});

test('no type may have more bytes than a file may have', () => {
  const { REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX, BATCH_BYTES_MAX, RECORD_BYTES_MAX } = limits;
  const most = Math.max(REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX, BATCH_BYTES_MAX, RECORD_BYTES_MAX);
  expect(most).toBe(limits.FILE_BYTES_MAX);
});

test('a full address batch stays below its cap', () => {
  const one = issuedAddresses.encode([[uuidOf('a'), addressOf('A'), 3]]);
  const bytesEach = encodeCbor(one).length - 1;
  const rest = 2 * limits.SMALL_BYTES_MAX;
  expect(bytesEach * limits.BATCH_ADDRESSES_MAX + rest).toBeLessThan(limits.BATCH_BYTES_MAX);
});

test('a path of PATH_HASHES_MAX hashes reaches every leaf of a full batch', () => {
  expect(2 ** limits.PATH_HASHES_MAX).toBeGreaterThanOrEqual(limits.BATCH_ADDRESSES_MAX);
  expect(2 ** (limits.PATH_HASHES_MAX - 1)).toBeLessThan(limits.BATCH_ADDRESSES_MAX);
});

test('the signatures of the largest request and its largest entry fit one response', () => {
  const bytesEach = 3 * 1296 + 8;
  const signatures = limits.BUNDLES_MAX * (limits.INPUTS_MAX * bytesEach + 64);
  expect(signatures + limits.ENTRY_BYTES_MAX).toBeLessThan(limits.RESPONSE_BYTES_MAX);
});

test('the entry of the largest request opens and stays below ENTRY_BYTES_MAX', () => {
  const times = <T>(count: number, item: T): T[] => Array<T>(count).fill(item);
  const verdict = {
    bundleHash: addressOf('E'),
    keys: times(limits.INPUTS_MAX, [DIGEST, 3] as const),
    withdrawalIds: times(limits.SLOTS_MAX, WITHDRAWAL_ID),
  };
  const event = {
    kind: 'signed',
    requestId: REQUEST_ID,
    sequence: Number.MAX_SAFE_INTEGER,
    requestDigest: DIGEST,
    verdicts: times(limits.BUNDLES_MAX, verdict),
  } as const;
  const sealed = sealEntry(EMPTY_HEAD, { at: Number.MAX_SAFE_INTEGER, event }, SIGNER);
  expect(openEntry(sealed, EMPTY_HEAD, SIGNER.publicKey).entry.event).toEqual(event);
  expect(sealed.body.length).toBeLessThan(limits.ENTRY_BYTES_MAX);
});

test('the largest void request stays below its cap, and its entry below ENTRY_BYTES_MAX', () => {
  const bundleHashes = Array<string>(limits.BUNDLES_MAX).fill(addressOf('E'));
  expect(voidRequestFile({ ...VOID_REQUEST, bundleHashes }).length).toBeLessThan(
    limits.SMALL_BYTES_MAX,
  );
  const event = { ...VOID_REQUEST, kind: 'voided', bundleHashes, frees: true } as const;
  const sealed = sealEntry(EMPTY_HEAD, { at: 0, event }, SIGNER);
  expect(openEntry(sealed, EMPTY_HEAD, SIGNER.publicKey).entry.event).toMatchObject({
    bundleHashes,
  });
  expect(sealed.body.length).toBeLessThan(limits.ENTRY_BYTES_MAX);
});

test('the deepest payload stays below DEPTH_MAX', () => {
  const depths = Object.values(SAMPLES).flatMap((sample) =>
    [...placesOf(decodeCbor(payloadOf(sample)))].map(({ path }) => path.length),
  );
  expect(Math.max(...depths)).toBe(8);
  expect(Math.max(...depths)).toBeLessThan(limits.DEPTH_MAX);
});
