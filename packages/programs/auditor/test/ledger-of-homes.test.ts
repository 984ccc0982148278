/** Records that change homes, and signers that were used with a network. */
import type { RecordEvent } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  cards,
  type Files,
  findingsOf,
  keysOf,
  requestOf,
  respond,
  sweep,
  TestRecord,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const keys = [a, b, c];
const home = (kind: 'moved-in' | 'resumed', epoch: number, byte = 1): RecordEvent => ({
  kind,
  epoch,
  installation: new Uint8Array(16).fill(byte),
});
const movedOut = (epoch: number): RecordEvent => ({ kind: 'moved-out', epoch });
const REVOKED: RecordEvent = { kind: 'revoked', publicKey: new Uint8Array(32) };
const NETWORK: RecordEvent = { kind: 'network-accepted' };

const ofEvents = (...events: readonly RecordEvent[]): string[] => {
  const record = new TestRecord().open();
  for (const event of events) record.append(event);
  return findingsOf({ ...cards, record: record.exported() });
};

describe('homes in order', () => {
  test('a record that is moved, resumed after that, and moved again gives no finding', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer1 = respond(one, keys, { record });
    record.append(movedOut(2));
    record.append(home('moved-in', 2));
    const two = requestOf([sweep(b, c)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, keys, { record });
    record.append(home('resumed', 3));
    record.append(movedOut(4));
    record.append(home('resumed', 4));
    const result = auditOf({ ...cards, one, two, answer1, answer2, record: record.exported() });
    expect(result.findings).toEqual([]);
    expect(result.files.find(({ path }) => path === 'record')!.notes).toEqual([
      'moved to another home with entry 6 (epoch 2)',
      'taken up from kept files with entry 8 (epoch 3)',
      'taken up from kept files with entry 10 (epoch 4)',
    ]);
  });

  test('a record that ends handed over, and one taken over with a later epoch, give none', () => {
    expect(ofEvents(movedOut(2))).toEqual([]);
    expect(ofEvents(movedOut(2), home('moved-in', 3), home('resumed', 4))).toEqual([]);
  });

  test('after a hand-over, resumed names its epoch or any later one, and goes on from there', () => {
    for (const epoch of [2, 3, 7]) {
      expect(ofEvents(movedOut(2), home('resumed', epoch))).toEqual([]);
      const next = [movedOut(epoch + 1), home('moved-in', epoch + 1)];
      expect(ofEvents(movedOut(2), home('resumed', epoch), ...next)).toEqual([]);
      expect(ofEvents(movedOut(2), home('resumed', epoch), home('resumed', epoch))).toEqual([
        'epoch_not_rising record',
      ]);
    }
    expect(ofEvents(movedOut(3), home('resumed', 2))).toEqual(['epoch_not_rising record']);
  });

  test('epoch_not_rising: resumed, taken over or handed over with an epoch that was before', () => {
    const rising = ['epoch_not_rising record'];
    expect(ofEvents(home('resumed', 2), home('resumed', 2))).toEqual(rising);
    expect(ofEvents(home('resumed', 3), home('resumed', 2))).toEqual(rising);
    expect(ofEvents(movedOut(3), home('moved-in', 2))).toEqual(rising);
    expect(ofEvents(movedOut(3), home('resumed', 2))).toEqual(rising);
    expect(ofEvents(home('resumed', 2), movedOut(2), home('moved-in', 2))).toEqual(rising);
  });

  test('moved_out_used: the home that handed over goes on', () => {
    expect(ofEvents(movedOut(2), REVOKED)).toEqual(['moved_out_used record']);
    expect(ofEvents(movedOut(2), NETWORK)).toEqual(['moved_out_used record']);
    expect(ofEvents(movedOut(2), movedOut(3), home('moved-in', 3))).toEqual([
      'moved_out_used record',
    ]);
  });

  test('moved_in_unannounced: the entry before hands nothing over', () => {
    expect(ofEvents(home('moved-in', 2))).toEqual(['moved_in_unannounced record']);
    expect(ofEvents(movedOut(2), home('moved-in', 2), home('moved-in', 3))).toEqual([
      'moved_in_unannounced record',
    ]);
    const first = new TestRecord();
    first.append(home('moved-in', 2));
    expect(findingsOf({ ...cards, record: first.exported() })).toEqual([
      'moved_in_unannounced record',
      'record_opening record',
    ]);
  });

  test('entries of a response alone are followed as far as they are given', () => {
    const record = new TestRecord().open();
    record.append(movedOut(2));
    const taken = record.copied();
    taken.append(home('moved-in', 2));
    const of = (each: TestRecord): string[] => {
      const request = requestOf([sweep(a, b)], { expectedHead: record.head });
      const response = respond(request, keys, { record: each });
      return findingsOf({ ...cards, request, response });
    };
    expect(of(taken)).toEqual([]);
    expect(of(record.copied())).toEqual([]);
    const used = respond(requestOf([sweep(a, b)], { expectedHead: record.head }), keys, {
      record: record.copied(),
    });
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    expect(findingsOf({ ...cards, request, used, record: record.exported() })).toEqual([
      'moved_out_used used record',
    ]);
  });
});

describe('two homes of one record that both sign', () => {
  /** Both homes begin with the same entries; each signs one request. */
  const branches = (oldHome: TestRecord, newHome: TestRecord): Files => {
    const one = requestOf([sweep(a, b)], { expectedHead: oldHome.head });
    const two = requestOf([sweep(b, c)], { sequence: 2, expectedHead: newHome.head });
    const byOld = respond(one, keys, { record: oldHome });
    const byNew = respond(two, keys, { record: newHome });
    return { ...cards, one, two, byOld, byNew, record: newHome.exported() };
  };

  test('record_fork: a home thought lost signs; both files are named, also without the export', () => {
    const lost = new TestRecord().open();
    const resumed = lost.copied();
    resumed.append(home('resumed', 2));
    const files = branches(lost, resumed);
    expect(findingsOf(files)).toEqual(['record_fork record byOld']);
    const other = resumed.copied();
    other.append(REVOKED);
    const { record: _, byNew: __, ...rest } = files;
    expect(findingsOf({ ...rest, other: other.exported() })).toEqual(['record_fork other byOld']);
  });

  test('record_fork: two homes resumed from the same files', () => {
    const one = new TestRecord().open();
    const two = one.copied();
    one.append(home('resumed', 2, 1));
    two.append(home('resumed', 2, 2));
    expect(findingsOf(branches(one, two))).toEqual([
      'head_off_record one record',
      'record_fork record byOld',
    ]);
  });

  test('record_fork and moved_out_used: the old machine signs after it handed over', () => {
    const old = new TestRecord().open();
    old.append(movedOut(2));
    const taken = old.copied();
    taken.append(home('moved-in', 2));
    expect(findingsOf(branches(old, taken))).toEqual([
      'moved_out_used byOld record',
      'record_fork record byOld',
    ]);
  });
});

describe('networks', () => {
  /** A response of a signer that was used with a network before, after or never. */
  const answered = (options: { at?: 'before' | 'after'; says?: boolean }): Files => {
    const record = new TestRecord().open();
    if (options.at === 'before') record.append(NETWORK);
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, keys, {
      record,
      response: (r) => ({ ...r, networkAccepted: options.says ?? r.networkAccepted }),
    });
    if (options.at === 'after') record.append(NETWORK);
    return { ...cards, request, response, record: record.exported() };
  };

  test('a signer used with a network is a note, and no finding', () => {
    for (const at of ['before', 'after'] as const) {
      const result = auditOf(answered({ at }));
      expect(result.findings).toEqual([]);
      const notes = result.files.flatMap((file) => file.notes);
      const entry = at === 'before' ? 4 : 5;
      const noted = `its signer has been used with a network, from entry ${entry} on`;
      expect(notes).toContain(noted);
      const response = 'its signer had been used with a network when it made this';
      expect(notes.includes(response)).toBe(at === 'before');
    }
    const notes = auditOf(answered({})).files.flatMap((file) => file.notes);
    expect(notes.join()).not.toContain('network');
  });

  test('network_use_mismatch: a response that says otherwise than the record', () => {
    const mismatch = ['network_use_mismatch response'];
    expect(findingsOf(answered({ at: 'before', says: false }))).toEqual(mismatch);
    expect(findingsOf(answered({ at: 'after', says: true }))).toEqual(mismatch);
    expect(findingsOf(answered({ says: true }))).toEqual(mismatch);
  });

  test('what the entries before the given ones say is not guessed', () => {
    const { record: _, ...files } = answered({ at: 'before' });
    expect(findingsOf(files)).toEqual([]);
    const { record: __, ...silent } = answered({ at: 'before', says: false });
    expect(findingsOf(silent)).toEqual([]);
  });

  test('network_accepted_twice: it is said once and holds for ever', () => {
    expect(ofEvents(NETWORK, home('resumed', 2))).toEqual([]);
    expect(ofEvents(NETWORK, home('resumed', 2), NETWORK)).toEqual([
      'network_accepted_twice record',
    ]);
  });
});
