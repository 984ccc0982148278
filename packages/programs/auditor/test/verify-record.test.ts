/** Record exports, forks and heads: each planted fault gives its code and no other. */
import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  cards,
  findingsOf,
  keyOf,
  OTHER_KEYRING,
  requestOf,
  respond,
  sweep,
  type TestKey,
  TestRecord,
  uuidOf,
} from './world.ts';

const [a, b, c] = (await Promise.all([1, 2, 3].map((number) => keyOf(number)))) as [
  TestKey,
  TestKey,
  TestKey,
];
const keys = [a, b, c];
const outside = 'OUTSIDE'.padEnd(81, '9');

describe('records', () => {
  const ofRecord = (record: TestRecord): string[] =>
    findingsOf({ ...cards, record: record.exported() });

  const signedEvent = (sequence: number): RecordEvent => ({
    kind: 'signed',
    requestId: `sr_${'0'.repeat(32)}`,
    sequence,
    requestDigest: sequence.toString(16).padStart(64, '0'),
    verdicts: [
      { bundleHash: outside, keys: [[uuidCommitment(uuidOf(sequence)), 1]], withdrawalIds: [] },
    ],
  });

  test('record_opening: no opening, another keyring, network or key', () => {
    const opening = ['record_opening record'];
    const without = new TestRecord();
    without.append({ kind: 'revoked', publicKey: new Uint8Array(32) });
    expect(ofRecord(without)).toEqual(opening);
    expect(ofRecord(new TestRecord().open({ keyringId: OTHER_KEYRING }))).toEqual(opening);
    expect(ofRecord(new TestRecord().open({ network: 'devnet' }))).toEqual(opening);
    expect(ofRecord(new TestRecord().open({ publicKey: new Uint8Array(32) }))).toEqual(opening);
  });

  test('sequence_not_rising: an earlier sequence after a later one', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(2));
    record.append(signedEvent(1));
    expect(ofRecord(record)).toEqual(['sequence_not_rising record']);
  });

  test('record_fork: two records that part, named once by their first difference', () => {
    const one = new TestRecord().open();
    const two = new TestRecord().open();
    for (const sequence of [1, 2, 3]) {
      one.append(signedEvent(sequence));
      two.append(signedEvent(sequence), sequence);
    }
    const files = { ...cards, one: one.exported(), two: two.exported() };
    expect(findingsOf(files)).toEqual(['record_fork one two']);
  });

  test('record_fork: a response that continues another record than the export', () => {
    const one = new TestRecord().open();
    one.append(signedEvent(9), 1);
    const two = new TestRecord().open();
    two.append(signedEvent(9), 2);
    const request = requestOf([sweep(a, b)], { expectedHead: two.head, sequence: 10 });
    const response = respond(request, keys, { record: two });
    expect(findingsOf({ ...cards, one: one.exported(), request, response })).toEqual([
      'head_off_record request one',
      'record_fork one response',
    ]);
  });

  test('head_off_record: a request names a head that the record does not have', () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], {
      expectedHead: { number: 1, hash: 'ab'.repeat(32) },
    });
    expect(findingsOf({ ...cards, request, record: record.exported() })).toEqual([
      'head_off_record request record',
    ]);
  });

  test('chain_broken: an export from the middle', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(1));
    record.entries.shift();
    expect(ofRecord(record)).toEqual(['chain_broken record']);
  });
});
