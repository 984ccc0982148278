/** Outputs to own keys that have signed, as requests or as records show it. */
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  batchOf,
  cards,
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

const [a, b, c] = await keysOf(1, 2, 3);
const keys = [a, b, c];

describe('own_output_used', () => {
  const record = new TestRecord().open();
  const first = requestOf([sweep(a, b)], { expectedHead: record.head });
  const answer1 = respond(first, keys, { record });
  const second = requestOf([sweep(c, a)], { sequence: 2, expectedHead: record.head });
  const answer2 = respond(second, keys, { record });

  test('by the record alone: the request that spent the key is not given', () => {
    const files = { ...cards, second, answer2, record: record.exported() };
    expect(findingsOf(files)).toEqual(['own_output_used second record']);
    expect(auditOf(files).findings[0]!.message).toContain('whose key has signed request 1');
  });

  test('by the entries of the response that answers another request', () => {
    const asked = requestOf([sweep(c, a)], { sequence: 2 });
    const answer = respond(asked, keys, { record: record.copied() });
    const found = findingsOf({ ...cards, asked, answer });
    expect(found).toContain('own_output_used asked answer');
  });

  test('both files are named where both are given, once', () => {
    const files = { ...cards, first, answer1, second, answer2, record: record.exported() };
    expect(findingsOf(files)).toEqual(['own_output_used second first']);
  });

  test('a bundle asked for again after its output has signed, without having signed before', () => {
    const late = new TestRecord().open();
    const one = requestOf([sweep(b, c)], { sequence: 2, expectedHead: late.head });
    late.append(signedEventOf(one));
    const two = requestOf([sweep(a, b)], { sequence: 3, expectedHead: late.head });
    late.append(signedEventOf(two));
    const files = { ...cards, two, record: late.exported() };
    expect(findingsOf(files)).toEqual(['own_output_used two record']);
  });

  test("not excused by a record that is another keyring's", () => {
    const posing = new TestRecord(stranger).open({ keyringId: OTHER_KEYRING });
    const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
    const spends = requestOf([sweep(a, b)], { sequence: 2 });
    const pays = requestOf([sweep(c, a)], { sequence: 3 });
    posing.append(signedEventOf(requestOf([sweep(c, a)], { sequence: 1 })));
    const found = findingsOf({ ...cards, card, spends, pays, posing: posing.exported() });
    expect(found).toContain('own_output_used pays spends');
  });
});

describe('honest outputs give no finding', () => {
  test('to a key that signs later, whichever files are given', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer1 = respond(one, keys, { record });
    const two = requestOf([sweep(b, c)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, keys, { record });
    const files = { ...cards, one, answer1, two, answer2, record: record.exported() };
    expect(findingsOf(files)).toEqual([]);
    const { two: _, answer2: __, ...some } = files;
    expect(findingsOf(some)).toEqual([]);
  });

  test('a signed bundle asked for once more, when the key it paid to has signed meanwhile', () => {
    const batch = batchOf(keys);
    const record = new TestRecord().open({ batches: [batch] });
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer1 = respond(one, keys, { record });
    const two = requestOf([sweep(b, c)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, keys, { record });
    const again = requestOf([sweep(a, b)], { sequence: 3, expectedHead: record.head });
    const answer3 = respond(again, keys, { record });
    const files = { ...cards, batch, one, answer1, two, answer2, again, answer3 };
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([]);
    expect(findingsOf({ ...cards, again, answer3, record: record.exported() })).toEqual([]);
  });

  test('a bundle that was void, asked for again and signed before its output signs', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const voidOne = voidRequestOf(one);
    const receipt = receiptOf(voidOne, { record });
    const again = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const answer = respond(again, keys, { record });
    const late = requestOf([sweep(b, c)], { sequence: 3, expectedHead: record.head });
    const lateAnswer = respond(late, keys, { record });
    const files = { ...cards, one, voidOne, receipt, again, answer, late, lateAnswer };
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([]);
  });
});
