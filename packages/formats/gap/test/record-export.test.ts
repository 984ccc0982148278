/** The record export: the whole chain, from the first entry to the head. */
import { describe, expect, test } from '@jest/globals';
import { EMPTY_HEAD, sealEntry } from '../src/record-entry.ts';
import { openRecordExport, sealRecordExport } from '../src/record-export.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  DIGEST,
  EVENTS,
  KEYRING_ID,
  OFFICER,
  recordFile,
  SAMPLES,
  SIGNER,
  STRANGER,
  sealedEntries,
  verdictOf,
} from './samples.ts';

const open = (file: Uint8Array): ReturnType<typeof openRecordExport> =>
  openRecordExport(file, SIGNER.publicKey);

describe('a record export', () => {
  const entries = sealedEntries();

  test('opens to what was sealed, its entries and the head', () => {
    const opened = open(recordFile());
    expect(opened.record.keyringId).toBe(KEYRING_ID);
    expect(opened.record.network).toBe('devnet');
    expect(opened.record.entries).toEqual(entries);
    expect(opened.entries.map(({ event }) => event)).toEqual(EVENTS);
    expect(opened.head.number).toBe(EVENTS.length);
    expect(opened.head.hash).not.toBe(DIGEST);
  });

  test('of another key is refused with key_unknown', () => {
    expect(verdictOf(() => openRecordExport(recordFile(), STRANGER.publicKey))).toBe('key_unknown');
  });

  test('kept by a coordinator opens for who names its key, with entries of the signer', () => {
    const record = { keyringId: KEYRING_ID, network: 'devnet', entries } as const;
    const kept = sealRecordExport(record, COORDINATOR);
    const keepers = [OFFICER.publicKey, COORDINATOR.publicKey];
    const { publicKey } = SIGNER;
    expect(openRecordExport(kept, publicKey, keepers)).toEqual(open(recordFile()));
    expect(openRecordExport(recordFile(), publicKey, keepers)).toEqual(open(recordFile()));
    expect(verdictOf(() => open(kept))).toBe('key_unknown');
    expect(verdictOf(() => openRecordExport(kept, publicKey, [OFFICER.publicKey]))).toBe(
      'key_unknown',
    );
  });

  test('kept by a coordinator holds no entry that the coordinator signed', () => {
    const sealed = sealEntry(EMPTY_HEAD, { at: 1, event: EVENTS[0]! }, COORDINATOR);
    const record = { keyringId: KEYRING_ID, network: 'devnet', entries: [sealed] } as const;
    const kept = sealRecordExport(record, COORDINATOR);
    expect(verdictOf(() => openRecordExport(kept, SIGNER.publicKey, [COORDINATOR.publicKey]))).toBe(
      'signature_invalid',
    );
  });

  test.each([
    ['without its first entry', entries.slice(1)],
    ['without an entry in between', entries.toSpliced(2, 1)],
    ['with an entry twice', [entries[0]!, ...entries]],
    ['with two entries swapped', [entries[0]!, entries[2]!, entries[1]!]],
  ])('%s is refused with chain_broken', (_what, altered) => {
    expect(verdictOf(() => open(recordFile(altered)))).toBe('chain_broken');
  });

  test('without its last entries opens: only a head kept elsewhere shows that they are missing', () => {
    expect(open(recordFile(entries.slice(0, 3))).head.number).toBe(3);
  });

  test("with an entry of another signer's is refused with signature_invalid", () => {
    const forged = { ...entries[1]!, signature: entries[0]!.signature };
    expect(verdictOf(() => open(recordFile(entries.with(1, forged))))).toBe('signature_invalid');
  });

  test('without entries is refused with field_range', () => {
    expect(verdictOf(() => open(recordFile([])))).toBe('field_range');
  });
});

const sized = (length: number): Map<bigint, Uint8Array> =>
  new Map([
    [1n, new Uint8Array(length)],
    [2n, new Uint8Array(64)],
  ]);

describeFields(SAMPLES.record!, [
  ['refuses an unknown network', [2], 'testnet', 'field_range'],
  ['refuses a keyring id of 17 bytes', [1], new Uint8Array(17), 'field_range'],
  ['refuses an entry without bytes', [3, 0], sized(0), 'field_range'],
  ['reads an entry of 128 KiB', [3, 0], sized(131_072), 'signature_invalid'],
  ['refuses an entry over 128 KiB', [3, 0], sized(131_073), 'field_range'],
  ['refuses an entry signature of 63 bytes', [3, 0, 2], new Uint8Array(63), 'field_range'],
  ['refuses an entry signature of 65 bytes', [3, 0, 2], new Uint8Array(65), 'field_range'],
  ['reads 100,000 entries', [3], Array(100_000).fill(sized(1)), 'signature_invalid'],
  ['refuses 100,001 entries', [3], Array(100_001).fill(sized(1)), 'field_range'],
]);
