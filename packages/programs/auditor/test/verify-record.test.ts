/** Record exports, forks and heads: each planted fault gives its code and no other. */
import { type RecordEvent, sealPairingCard, uuidCommitment } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  cards,
  coordinator,
  coordinatorCard,
  findingsOf,
  identityOf,
  keysOf,
  OTHER_KEYRING,
  requestOf,
  respond,
  signerCard,
  stranger,
  sweep,
  TestRecord,
  uuidOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
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

  test('sequence_not_rising: by the entries of responses alone; a void may come late', () => {
    const record = new TestRecord().open();
    const two = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, keys, { record });
    const one = requestOf([sweep(b, c)], { sequence: 1, expectedHead: record.head });
    const answer1 = respond(one, keys, { record });
    const files = { ...cards, one, two, answer1, answer2 };
    expect(findingsOf(files)).toContain('sequence_not_rising answer1');
    const all = findingsOf({ ...files, record: record.exported() });
    expect(all.filter((each) => each.startsWith('sequence_not_rising'))).toEqual([
      'sequence_not_rising record',
    ]);
    const { one: _, answer1: __, ...some } = files;
    expect(findingsOf(some)).toEqual([]);
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

  test('kept by the coordinator: its seal, and the entries of the signer', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(1));
    const kept = record.exported({ identity: coordinator });
    const result = auditOf({ ...cards, kept, own: record.exported() });
    expect(result.findings).toEqual([]);
    expect(result.totals).toMatchObject({ entries: 4, keysSigned: 1 });
    const notesOf = (name: string): readonly string[] =>
      result.files.find(({ path }) => path === name)!.notes;
    expect(notesOf('own')).toEqual([]);
    expect(notesOf('kept')).toEqual([
      'written out by the coordinator, every entry signed by the signer',
    ]);
  });

  test('kept by the coordinator of a signer that was paired anew', () => {
    const anew = new TestRecord(stranger).open().exported({ identity: coordinator });
    const card = signerCard({ identity: stranger });
    expect(findingsOf({ ...cards, card, anew })).toEqual([]);
    expect(findingsOf({ ...cards, anew })).toEqual(['signature_invalid anew']);
  });

  test('kept by the coordinator, but faulty: each with the code it has in an own export', () => {
    const kept = (record: TestRecord, options: { keyringId?: string } = {}): string[] =>
      findingsOf({ ...cards, kept: record.exported({ ...options, identity: coordinator }) });
    expect(kept(new TestRecord().open(), { keyringId: OTHER_KEYRING })).toEqual([
      'keyring_unknown kept',
    ]);
    expect(kept(new TestRecord(coordinator).open())).toEqual(['signature_invalid kept']);
    const cut = new TestRecord().open();
    cut.append(signedEvent(1));
    cut.entries.shift();
    expect(kept(cut)).toEqual(['chain_broken kept']);
    const unopened = new TestRecord();
    unopened.append({ kind: 'revoked', publicKey: new Uint8Array(32) });
    expect(kept(unopened)).toEqual(['record_opening kept']);
  });

  test('kept by a coordinator of another network, by a stranger, or by one who has no card', () => {
    const third = identityOf(9);
    const kept = new TestRecord().open().exported({ identity: third });
    expect(findingsOf({ ...cards, kept })).toEqual(['card_missing kept']);
    const card = coordinatorCard({ identity: third, network: 'devnet' });
    expect(findingsOf({ ...cards, card, kept })).toEqual(['network_mismatch kept']);
    const officer = sealPairingCard(
      { role: 'officer', network: 'private', label: 'Ann', keyring: null },
      third,
    );
    expect(findingsOf({ ...cards, officer, kept })).toEqual(['card_role kept']);
    expect(findingsOf({ ...cards, card: coordinatorCard({ identity: third }), kept })).toEqual([]);
  });

  test('signature_invalid: an export of the coordinator changed after it was sealed', () => {
    const kept = new TestRecord().open().exported({ identity: coordinator });
    kept[kept.length - 1]! ^= 1;
    expect(findingsOf({ ...cards, kept })).toEqual(['signature_invalid kept']);
  });

  test('chain_broken: an export from the middle', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(1));
    record.entries.shift();
    expect(ofRecord(record)).toEqual(['chain_broken record']);
  });
});
