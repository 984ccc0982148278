/** For whom a record signed: coordinators that it had paired and not revoked. */
import type { RecordEvent } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  cards,
  coordinator,
  coordinatorCard,
  type Files,
  findingsOf,
  keysOf,
  OTHER_KEYRING,
  requestOf,
  respond,
  signedEventOf,
  signerCard,
  stranger,
  successor,
  sweep,
  TestRecord,
} from './world.ts';

const [a, b] = await keysOf(1, 2);
const keys = [a];
const two: Files = { ...cards, 'successor.card': coordinatorCard({ identity: successor }) };
const home = (kind: 'moved-in' | 'resumed', epoch: number): RecordEvent => ({
  kind,
  epoch,
  installation: new Uint8Array(16),
});

/** A request that is signed at the end of this record. */
function signedAt(record: TestRecord, identity = coordinator): Files {
  const request = requestOf([sweep(a, b)], { expectedHead: record.head, identity });
  record.append(signedEventOf(request));
  return { ...two, request };
}

const found = 'coordinator_not_paired record request';

describe('honest pairings give no finding', () => {
  const of = (prepare: (record: TestRecord) => void, identity = coordinator): string[] => {
    const record = new TestRecord().open();
    prepare(record);
    const files = signedAt(record, identity);
    return findingsOf({ ...files, record: record.exported() });
  };

  test('one of two coordinators is revoked, and the other one asks', () => {
    expect(
      of((record) => {
        record.pair(successor);
        record.revoke(coordinator);
      }, successor),
    ).toEqual([]);
  });

  test('revoked, and paired again before it asks', () => {
    expect(
      of((record) => {
        record.revoke(coordinator);
        record.pair(coordinator);
      }),
    ).toEqual([]);
  });

  test('a pairing outlasts moves and resumes', () => {
    expect(
      of((record) => {
        record.append({ kind: 'moved-out', epoch: 2 });
        record.append(home('moved-in', 2));
        record.append(home('resumed', 3));
      }),
    ).toEqual([]);
  });

  test('revoked after it asked, also where the record given ends before that', () => {
    const record = new TestRecord().open();
    const files = signedAt(record);
    const early = record.exported();
    record.revoke(coordinator);
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([]);
    expect(findingsOf({ ...files, record: record.exported(), early })).toEqual([]);
    expect(findingsOf({ ...files, record: record.exported({ identity: coordinator }) })).toEqual(
      [],
    );
  });

  test('what the entries before the given ones say is not guessed', () => {
    const record = new TestRecord().open({ coordinators: [] });
    const early = record.exported();
    record.append({ kind: 'network-accepted' });
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, keys, { record });
    expect(findingsOf({ ...cards, request, response })).toEqual([]);
    expect(findingsOf({ ...cards, request, response, early })).toEqual([]);
    expect(findingsOf({ ...cards, request, response, record: record.exported() })).toEqual([found]);
  });

  test('a request that was signed for a coordinator, and asked again by its successor', () => {
    const record = new TestRecord().open();
    const first = record.head;
    const request = requestOf([sweep(a, b)], { expectedHead: first });
    record.append(signedEventOf(request));
    record.pair(successor);
    record.revoke(coordinator);
    const again = requestOf([sweep(a, b)], { expectedHead: first, identity: successor });
    const files = { ...two, record: record.exported() };
    expect(findingsOf({ ...files, request })).toEqual([]);
    expect(findingsOf({ ...files, again, request })).toEqual([]);
    expect(findingsOf({ ...files, again })).toEqual([]);
  });

  test('a request of a revoked coordinator that its successor made anew, before it was signed', () => {
    const record = new TestRecord().open();
    const expectedHead = record.head;
    const request = requestOf([sweep(a, b)], { expectedHead });
    record.revoke(coordinator);
    record.pair(successor);
    const again = requestOf([sweep(a, b)], { expectedHead, identity: successor });
    record.append(signedEventOf(again));
    const files = { ...two, request, record: record.exported() };
    expect(findingsOf({ ...files, again })).toEqual([]);
    // Without the successor's file nothing shows that it was asked by anybody else.
    expect(findingsOf(files)).toEqual([found]);
  });

  test('a request that was refused is nothing that the record did', () => {
    const record = new TestRecord().open();
    record.revoke(coordinator);
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    expect(findingsOf({ ...cards, request, record: record.exported() })).toEqual([]);
  });
});

describe('coordinator_not_paired', () => {
  const of = (record: TestRecord, identity = coordinator): string[] => {
    const files = signedAt(record, identity);
    return findingsOf({ ...files, record: record.exported() });
  };

  test('revoked before it asked', () => {
    const record = new TestRecord().open();
    record.revoke(coordinator);
    const files = { ...signedAt(record), record: record.exported() };
    const { findings } = auditOf(files);
    expect(findings).toMatchObject([{ code: 'coordinator_not_paired', otherFile: 'request' }]);
    expect(findings[0]!.message).toMatch(/^entry 5 signs request 1 of the key .* revoked/);
    record.pair(coordinator);
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([found]);
  });

  test('never paired before, whether anybody is or nobody', () => {
    expect(of(new TestRecord().open({ coordinators: [] }))).toEqual([found]);
    expect(of(new TestRecord().open(), successor)).toEqual([found]);
    const late = new TestRecord().open({ coordinators: [] });
    const files = signedAt(late);
    late.pair(coordinator);
    expect(findingsOf({ ...files, record: late.exported() })).toEqual([found]);
  });

  test("excused by no record that is another keyring's", () => {
    const posing = new TestRecord(stranger).open({ keyringId: OTHER_KEYRING });
    posing.pair(successor);
    const record = new TestRecord().open();
    const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
    const files = { ...signedAt(record, successor), record: record.exported(), card };
    const other = posing.exported({ keyringId: OTHER_KEYRING });
    expect(findingsOf({ ...files, other })).toEqual([found]);
    expect(findingsOf({ ...files, posing: posing.exported() })).toContain(found);
  });

  test('paired in another role', () => {
    const record = new TestRecord().open({ coordinators: [] });
    record.pair(coordinator, 'signer');
    expect(of(record)).toEqual([found]);
  });

  test("by a response's own entries, and by the export that the coordinator kept", () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    record.revoke(coordinator);
    const response = respond(request, keys, { record });
    const files = { ...cards, request, response };
    expect(findingsOf(files)).toEqual(['coordinator_not_paired response request']);
    const kept = record.exported({ identity: coordinator });
    expect(findingsOf({ ...files, kept })).toEqual(['coordinator_not_paired kept request']);
  });

  test('on the branch that revoked it, and on no other one', () => {
    const revoking = new TestRecord().open();
    const faithful = revoking.copied();
    revoking.revoke(coordinator);
    const files = { ...signedAt(revoking), record: revoking.exported() };
    expect(findingsOf({ ...files, faithful: faithful.exported() })).toEqual([found]);
    const other = requestOf([sweep(b, a)], { sequence: 2, expectedHead: faithful.head });
    faithful.append(signedEventOf(other));
    const found2 = findingsOf({ ...files, other, faithful: faithful.exported() });
    expect(found2.filter((each) => each.startsWith('coordinator_not_paired'))).toEqual([found]);
    expect(found2).toContain('record_fork record faithful');
  });
});
