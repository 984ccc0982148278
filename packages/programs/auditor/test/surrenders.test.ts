/** Entries without a request: keys that signed alone, and keys whose seed was given away. */
import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import { bundleHash, encodeInteger } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { LedgerOfKeys } from '../src/ledgers/ledger-of-keys.ts';
import { verdictsOf } from '../src/messages/verdicts.ts';
import {
  auditOf,
  batchOf,
  cards,
  findingsOf,
  keysOf,
  requestOf,
  respond,
  sweep,
  type TestKey,
  TestRecord,
  withdrawalIdOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const batch = batchOf([a, b, c]);

const alone = (key: TestKey, hash = encodeInteger(1n, 81), ids: string[] = []): RecordEvent => ({
  kind: 'signed-alone',
  verdict: { bundleHash: hash, keys: [[uuidCommitment(key.uuid), 1]], withdrawalIds: ids },
});
const surrendered = (key: TestKey): RecordEvent => ({
  kind: 'surrendered',
  commitment: uuidCommitment(key.uuid),
});

const opened = (): TestRecord => new TestRecord().open({ batches: [batch] });

/** The findings of a record with these entries. */
function found(...events: RecordEvent[]): string[] {
  const record = opened();
  for (const event of events) record.append(event);
  return findingsOf({ ...cards, batch, record: record.exported() });
}

describe('a record', () => {
  test('that signs alone and gives another key away has no finding, and says so', () => {
    const record = opened();
    record.append(alone(a));
    record.append(surrendered(b));
    const result = auditOf({ ...cards, batch, record: record.exported() });
    expect(result.findings).toEqual([]);
    expect(result.totals.keysSigned).toBe(1);
    expect(result.files.find(({ path }) => path === 'record')?.notes).toEqual([
      `signed bundle ${encodeInteger(1n, 81)} without a request, entry 4`,
      `gave away the seed of UUID commitment ${uuidCommitment(b.uuid)}, entry 5`,
    ]);
  });

  test('key_two_hashes: a key that signs alone twice, or alone and in a request', () => {
    expect(found(alone(a), alone(a, encodeInteger(2n, 81)))).toEqual([
      'key_two_hashes record record',
    ]);
    const record = opened();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    record.append(alone(a));
    const files = { ...cards, batch, request, response, record: record.exported() };
    expect(findingsOf(files)).toEqual(['key_two_hashes response record']);
    expect(found(alone(a), alone(a))).toEqual([]);
  });

  test('withdrawal_two_hashes: an id that was paid alone, which should name none', () => {
    const ids = [withdrawalIdOf(1)];
    expect(found(alone(a, undefined, ids), alone(b, encodeInteger(2n, 81), ids))).toEqual([
      'withdrawal_two_hashes record record',
    ]);
  });

  test('surrendered_signed: a key that signs after it was given away, or before', () => {
    for (const events of [
      [surrendered(a), alone(a)],
      [alone(a), surrendered(a)],
    ]) {
      expect(found(...events)).toEqual(['surrendered_signed record record']);
    }
    const record = opened();
    record.append(surrendered(a));
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    const files = { ...cards, batch, request, response, record: record.exported() };
    expect(findingsOf(files)).toEqual(['surrendered_signed record response']);
  });

  test('surrendered_signed: on another branch of the record', () => {
    const one = opened();
    const other = one.copied();
    one.append(surrendered(a));
    other.append(alone(a));
    const files = { ...cards, batch, one: one.exported(), other: other.exported() };
    expect(findingsOf(files)).toEqual(['record_fork one other', 'surrendered_signed one other']);
  });

  test('surrendered_twice: a key given away by two entries; one entry in two files is no fault', () => {
    expect(found(surrendered(a), surrendered(a))).toEqual(['surrendered_twice record']);
    const record = opened();
    record.append(surrendered(a));
    const older = record.exported();
    record.append(surrendered(b));
    expect(findingsOf({ ...cards, batch, older, record: record.exported() })).toEqual([]);
  });

  test('key_not_issued: a key that signs alone or is given away without ever being issued', async () => {
    const [stray] = await keysOf(9);
    expect(found(alone(stray!))).toEqual(['key_not_issued record']);
    expect(found(surrendered(stray!))).toEqual(['key_not_issued record']);
  });
});

describe('own_output_used', () => {
  test.each([
    ['signed alone', alone(b)],
    ['was given away', surrendered(b)],
  ])('to a key that %s before the request was signed', (_, event) => {
    const record = opened();
    record.append(event);
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    const files = { ...cards, batch, request, response, record: record.exported() };
    expect(findingsOf(files)).toContain('own_output_used request record');
  });

  test('not to one that was used later, nor for a bundle that is signed again', () => {
    const record = opened();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    record.append(surrendered(b));
    const again = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const answer = respond(again, [a], { record });
    const files = { ...cards, batch, request, response, again, answer, record: record.exported() };
    expect(findingsOf(files)).toEqual([]);
  });
});

test('a key that was given away stays so when it is found to be one with others', () => {
  const keys = new LedgerOfKeys();
  const names = { keyringId: 'kr', level: null };
  keys.surrender({ keyringId: 'kr', file: 'given' }, 'one');
  keys.note({ ...names, commitment: 'two', address: 'A' }, 'batch');
  keys.note({ ...names, commitment: 'one', address: 'A' }, 'request');
  const use = { keyringId: 'kr', hash: 'H', file: 'answer', evidence: 'released' } as const;
  keys.use({ ...names, commitment: null, address: 'A' }, use);
  const codes: string[] = [];
  keys.check(
    ({ code, file, otherFile }) => codes.push(`${code} ${file} ${otherFile}`),
    () => false,
  );
  expect(codes).toContain('surrendered_signed given answer');
});

test('verdicts are those of entries that sign, with a request or without', () => {
  expect(verdictsOf(alone(a))).toHaveLength(1);
  expect(verdictsOf(surrendered(a))).toEqual([]);
  const hash = bundleHash(sweep(a, b));
  const keys = [[uuidCommitment(a.uuid), 1]] as const;
  const verdict = { bundleHash: hash, keys, withdrawalIds: [] };
  const request = { requestId: `sr_${'1'.repeat(32)}`, sequence: 1, requestDigest: 'a'.repeat(64) };
  expect(verdictsOf({ kind: 'signed', ...request, verdicts: [verdict] })).toEqual([verdict]);
});
