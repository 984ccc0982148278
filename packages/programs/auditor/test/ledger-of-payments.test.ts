/** Withdrawals across files: one id, one bundle hash. */

import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import { encodeInteger } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  cards,
  finalized,
  findingsOf,
  inputSlots,
  keysOf,
  paymentSlot,
  requestOf,
  type TestKey,
  TestRecord,
  uuidOf,
  withdrawalIdOf,
} from './world.ts';

const [c, d] = await keysOf(3, 4);
const outside = 'OUTSIDE'.padEnd(81, '9');

/** Any 81 trytes will do for a record alone. */
const hashOf = (number: number): string => encodeInteger(BigInt(number), 81);

function signedEvent(
  sequence: number,
  verdict: { uuid: string; hash: string; withdrawals?: readonly number[] },
): RecordEvent {
  return {
    kind: 'signed',
    requestId: `sr_${sequence.toString().padStart(32, '0')}`,
    sequence,
    requestDigest: sequence.toString(16).padStart(64, '0'),
    verdicts: [
      {
        bundleHash: verdict.hash,
        keys: [[uuidCommitment(verdict.uuid), 1]],
        withdrawalIds: (verdict.withdrawals ?? []).map(withdrawalIdOf),
      },
    ],
  };
}

describe('one withdrawal id, one hash', () => {
  test('withdrawal_two_hashes: two signed bundles pay it', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(1, { uuid: uuidOf(1), hash: hashOf(1), withdrawals: [7] }));
    record.append(signedEvent(2, { uuid: uuidOf(2), hash: hashOf(2), withdrawals: [7, 8] }));
    expect(findingsOf({ ...cards, record: record.exported() })).toEqual([
      'withdrawal_two_hashes record record',
    ]);
  });

  test('withdrawal_requested_twice: two bundles ask for it', () => {
    const pay = (key: TestKey): ReturnType<typeof finalized> =>
      finalized([...inputSlots(key, 9n), paymentSlot(outside, 9n, 7)]);
    const one = requestOf([pay(c)]);
    const two = requestOf([pay(d)], { sequence: 2 });
    expect(findingsOf({ ...cards, one, two })).toEqual(['withdrawal_requested_twice one two']);
  });
});
