/** Voids that free: who could have withheld approval, and whose findings they may settle. */
import type { RecordEvent } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  cards,
  coordinator,
  type Files,
  finalized,
  findingsOf,
  identityOf,
  inputSlots,
  keysOf,
  OTHER_KEYRING,
  paymentSlot,
  receiptOf,
  requestOf,
  signerCard,
  stranger,
  sweep,
  TestRecord,
  voidRequestOf,
} from './world.ts';

const [a, b] = await keysOf(1, 2);
const outside = 'OUTSIDE'.padEnd(81, '9');
const OFFICER: RecordEvent = {
  kind: 'paired',
  role: 'officer',
  publicKey: new Uint8Array(32).fill(8),
};

/** A request, and its void that frees at the end of the record. */
function freedAt(record: TestRecord): Files {
  const request = requestOf([sweep(a, b)], { expectedHead: record.head });
  const voidRequest = voidRequestOf(request);
  return {
    ...cards,
    request,
    voidRequest,
    receipt: receiptOf(voidRequest, { record, frees: true }),
  };
}

describe('officers of a void that frees', () => {
  const officer = identityOf(8);
  const other = identityOf(9);
  const of = (prepare: (record: TestRecord) => void): string[] => {
    const record = new TestRecord().open();
    prepare(record);
    const files = freedAt(record);
    return findingsOf({ ...files, record: record.exported() });
  };

  test('void_frees: the only officer was revoked before', () => {
    const revoked = of((record) => {
      record.pair(officer, 'officer');
      record.revoke(officer);
    });
    expect(revoked).toEqual(['void_frees record']);
    const all = of((record) => {
      for (const each of [officer, other]) record.pair(each, 'officer');
      for (const each of [officer, other]) record.revoke(each);
    });
    expect(all).toEqual(['void_frees record']);
    // Revoking somebody else leaves the officer; so does revoking an officer twice.
    const wrong = of((record) => {
      record.pair(officer, 'officer');
      record.revoke(officer);
      record.revoke(officer);
      record.revoke(coordinator);
    });
    expect(wrong).toEqual(['void_frees record']);
  });

  test('one officer of two is left, or the one revoked is paired again', () => {
    const one = of((record) => {
      record.pair(officer, 'officer');
      record.pair(other, 'officer');
      record.revoke(officer);
      record.revoke(officer);
    });
    expect(one).toEqual([]);
    const again = of((record) => {
      record.pair(officer, 'officer');
      record.revoke(officer);
      record.pair(officer, 'officer');
    });
    expect(again).toEqual([]);
    const unlike = of((record) => {
      record.pair(officer, 'officer');
      record.revoke(coordinator);
    });
    expect(unlike).toEqual([]);
  });

  test('revoked after the void, or on another branch', () => {
    const record = new TestRecord().open();
    record.pair(officer, 'officer');
    const branch = record.copied();
    branch.revoke(officer);
    const files = freedAt(record);
    record.revoke(officer);
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([]);
    const forked = { ...files, record: record.exported(), branch: branch.exported() };
    expect(findingsOf(forked)).not.toContain('void_frees record');
  });
});

describe('a void frees in its own keyring only', () => {
  const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
  const pay = (amount: bigint): ReturnType<typeof finalized> =>
    finalized([...inputSlots(a, amount), paymentSlot(outside, amount, 7)]);
  const first = requestOf([pay(9n)]);
  const second = requestOf([pay(10n)], { sequence: 2 });
  const twice = ['key_requested_twice first second', 'withdrawal_requested_twice first second'];
  const rogue = (): TestRecord => {
    const record = new TestRecord(stranger).open({ keyringId: OTHER_KEYRING });
    record.append(OFFICER);
    return record;
  };

  test("another keyring's void mutes no finding of this one", () => {
    const record = rogue();
    receiptOf(voidRequestOf(first), { record, frees: true, identity: stranger });
    const other = record.exported({ keyringId: OTHER_KEYRING });
    expect(findingsOf({ ...cards, card, first, second, other })).toEqual(twice);
  });

  test('nor does the receipt of another signer that names this keyring', () => {
    const receipt = receiptOf(voidRequestOf(first), {
      record: rogue(),
      frees: true,
      identity: stranger,
    });
    expect(findingsOf({ ...cards, card, first, second, receipt })).toEqual(
      [...twice, 'keyring_mismatch receipt'].sort(),
    );
  });

  test('of two keyrings that ask for one bundle, each has its own voids', () => {
    const elsewhere = requestOf([pay(9n)], { keyringId: OTHER_KEYRING });
    const record = rogue();
    const voidElsewhere = voidRequestOf(elsewhere);
    const receipt = receiptOf(voidElsewhere, { record, frees: true, identity: stranger });
    const files = { ...cards, card, elsewhere, receipt, voidElsewhere, first, second };
    const found = findingsOf(files);
    for (const code of ['key_requested_twice', 'withdrawal_requested_twice']) {
      expect(found.filter((each) => each.startsWith(code))).toHaveLength(1);
    }
    // One bundle is one hash, whoever asks for it.
    const one = findingsOf({ ...cards, card, first, elsewhere });
    expect(one.filter((each) => !each.startsWith('address_two_uuids'))).toEqual([]);
  });
});
