/** What a record issued: the batches that its signer signed, and the keys that it signs with. */
import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  batchOf,
  cards,
  coordinator,
  type Files,
  findingsOf,
  keysOf,
  OTHER_KEYRING,
  receiptOf,
  requestOf,
  respond,
  signedEventOf,
  signerCard,
  stranger,
  sweep,
  TestRecord,
  voidRequestOf,
} from './world.ts';

const [a, b, c, d] = await keysOf(1, 2, 3, 4);
const keys = [a, b, c, d];
const one = batchOf([a, b]);
const two = batchOf([c], { number: 2 });
const three = batchOf([d], { number: 3 });
const resumed = (epoch: number): RecordEvent => ({
  kind: 'resumed',
  epoch,
  installation: new Uint8Array(16),
});

/** A request for this bundle that the record signs. */
function signed(record: TestRecord, bundle = sweep(a, b)): Files {
  const request = requestOf([bundle], { expectedHead: record.head });
  record.append(signedEventOf(request));
  return { ...cards, request };
}

describe('batch_not_issued', () => {
  const of = (batches: readonly Uint8Array[], files: Files): string[] =>
    findingsOf({ ...cards, ...files, record: new TestRecord().open({ batches }).exported() });

  test('a batch that the record has passed over', () => {
    expect(of([one, three], { one, two, three })).toEqual(['batch_not_issued two record']);
    expect(of([one, three], { two })).toEqual(['batch_not_issued two record']);
    expect(of([two], { one })).toEqual(['batch_not_issued one record']);
  });

  test('a batch newer than the record, and records that end early, are no fault', () => {
    expect(of([one], { one, two, three })).toEqual([]);
    expect(of([], { one })).toEqual([]);
    const early = new TestRecord().open({ batches: [one] });
    const late = early.copied();
    late.issue(two);
    late.issue(three);
    const files = { ...cards, one, two, three, early: early.exported() };
    expect(findingsOf(files)).toEqual([]);
    expect(findingsOf({ ...files, late: late.exported() })).toEqual([]);
  });

  test('entries whose beginning is not given say nothing of the batches before them', () => {
    const record = new TestRecord().open({ batches: [one] });
    const early = record.exported();
    record.issue(two);
    const head = record.head;
    record.issue(three);
    const request = requestOf([sweep(a, b)], { expectedHead: head });
    const response = respond(request, keys, { record });
    expect(findingsOf({ ...cards, two, request, response, early })).toEqual([]);
    expect(findingsOf({ ...cards, two, request, response })).toEqual([]);
  });

  test('a batch that a lost home issued is issued again after the record was resumed', () => {
    const record = new TestRecord().open({ batches: [one] });
    const lost = record.copied();
    lost.issue(two);
    record.append(resumed(2));
    record.issue(two);
    record.issue(three);
    const files = { ...signed(record, sweep(c, b)), one, two, three };
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([]);
    // Issued before and again: nothing is gained by it and nothing lost.
    const again = lost.copied();
    again.append(resumed(2));
    again.issue(two);
    const more = { ...signed(again, sweep(c, b)), one, two };
    expect(findingsOf({ ...more, record: again.exported() })).toEqual([]);
  });

  test('batch_two_roots and nothing more: its number is issued with another root', () => {
    const record = new TestRecord().open({ batches: [one] });
    record.append(resumed(2));
    const other = batchOf([d], { number: 2 });
    record.issue(other);
    record.issue(three);
    const files = { ...cards, two, record: record.exported() };
    expect(findingsOf(files)).toEqual(['batch_two_roots two record']);
    const twice = new TestRecord().open({ batches: [one, two] });
    twice.append(resumed(2));
    twice.issue(other);
    expect(findingsOf({ ...cards, record: twice.exported() })).toEqual([
      'batch_two_roots record record',
    ]);
  });

  test('a batch that stands on another branch is shown by the fork', () => {
    const left = new TestRecord().open({ batches: [one] });
    const right = left.copied();
    left.issue(two);
    right.issue(three);
    const files = { ...cards, two, left: left.exported(), right: right.exported() };
    expect(findingsOf(files)).toEqual(['record_fork left right']);
  });

  test("another keyring's record excuses nothing and accuses nobody", () => {
    const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
    const record = new TestRecord().open({ batches: [one, three] });
    const foreign = new TestRecord(stranger).open({ keyringId: OTHER_KEYRING, batches: [] });
    const files = { ...cards, card, two, record: record.exported() };
    foreign.append({ kind: 'issued', batch: 2, count: 1, root: 'ab'.repeat(32) });
    foreign.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    const other = foreign.exported({ keyringId: OTHER_KEYRING });
    expect(findingsOf({ ...files, other })).toEqual(['batch_not_issued two record']);
    // Nor does one that names this keyring without being its signer's.
    const posing = foreign.exported();
    const found = findingsOf({ ...files, posing });
    expect(found).toContain('batch_not_issued two record');
    expect(found).toContain('keyring_mismatch posing');
  });
});

describe('key_not_issued', () => {
  test('a key of no batch that was issued before', () => {
    const record = new TestRecord().open({ batches: [one] });
    const files = signed(record, sweep(c, b));
    const all = { ...files, one, record: record.exported() };
    expect(findingsOf(all)).toEqual(['key_not_issued record']);
    const [finding] = auditOf(all).findings;
    expect(finding!.message).toContain(uuidCommitment(c.uuid));
    // The batch that holds it is given: the record has not issued it before, or at all.
    expect(findingsOf({ ...all, two })).toEqual(['key_not_issued record']);
    record.issue(two);
    expect(findingsOf({ ...all, two, record: record.exported() })).toEqual([
      'key_not_issued record',
    ]);
  });

  test('any key of a record that issues nothing', () => {
    const record = new TestRecord().open({ batches: [] });
    const files = signed(record);
    expect(findingsOf({ ...files, one, record: record.exported() })).toEqual([
      'key_not_issued record',
    ]);
  });

  test('is not guessed where a batch, or the beginning of the record, is not given', () => {
    const record = new TestRecord().open({ batches: [one, two] });
    const files = signed(record, sweep(d, b));
    const all = { ...files, one, two, record: record.exported() };
    expect(findingsOf(all)).toEqual(['key_not_issued record']);
    for (const name of ['one', 'two', 'record']) {
      const some = Object.fromEntries(Object.entries(all).filter(([each]) => each !== name));
      expect(findingsOf(some)).toEqual([]);
    }
  });

  test('honest histories: asked again, voided, resumed, moved, and the record of each home', () => {
    const record = new TestRecord().open({ batches: [one] });
    const first = requestOf([sweep(a, b)], { expectedHead: record.head });
    const voidFirst = voidRequestOf(first);
    const receipt = receiptOf(voidFirst, { record });
    const early = record.exported();
    record.append(resumed(2));
    record.issue(two);
    const again = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const response = respond(again, keys, { record });
    record.append({ kind: 'moved-out', epoch: 3 });
    record.append({ kind: 'moved-in', epoch: 3, installation: new Uint8Array(16).fill(3) });
    const late = requestOf([sweep(c, d)], { sequence: 3, expectedHead: record.head });
    record.issue(three);
    const lateResponse = respond(late, keys, { record });
    const files = { ...cards, one, two, three, first, voidFirst, receipt, again, response };
    const kept = record.exported({ identity: coordinator });
    const all = { ...files, late, lateResponse, early, kept };
    expect(findingsOf(all)).toEqual([]);
    expect(findingsOf({ ...all, record: record.exported() })).toEqual([]);
  });

  test('each branch of a fork has its own batches', () => {
    const left = new TestRecord().open({ batches: [one] });
    const right = left.copied();
    left.issue(two);
    right.append(resumed(2));
    const files = { ...signed(right, sweep(c, b)), one, two };
    const found = findingsOf({ ...files, left: left.exported(), right: right.exported() });
    expect(found).toEqual([
      'head_off_record request left',
      'key_not_issued right',
      'record_fork left right',
    ]);
  });
});
