/** Random commands on a ledger and its model: what both the test and the campaign run. */
import assert from 'node:assert/strict';
import type { JournalEvent } from '@airlock/journal';
import { LedgerViolation } from '../src/ledger/booking.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import {
  arrived,
  coldKeyring,
  confirmed,
  depositAddress,
  exported,
  hubAddress,
  imported,
  inputOf,
  openBooked,
  ownOutput,
  paired,
  planned,
  trytesOf,
  user,
  withdrawal,
} from './booked.ts';
import { ADDRESSES, agree, Model, USERS } from './ledger-model.ts';
import { STEPS } from './ledger-model-decisions.ts';
import { dump, replayed } from './world.ts';

/** Which step, by which of several things, and how much. */
export type Choice = readonly [number, number, bigint];

/** Events that no state may accept, whatever came before. */
const FORBIDDEN: readonly ((model: Model) => JournalEvent)[] = [
  () => user('u0'),
  // A movement that is booked already, once there is one.
  (model) => (model.deposits.has(1) ? arrived(depositAddress(1), 5n, 1) : user('u1')),
  (model) => withdrawal({ id: 'too much', userId: 'u1', amount: model.available.get('u1')! + 1n }),
  (model) => exported(model.sequence + 2),
  () => confirmed(9999, 1),
  (model) => ({
    type: 'transfer.booked',
    transferId: 'overdraft',
    entries: [
      { userId: 'u2', amount: -model.available.get('u2')! - 1n },
      { userId: 'u3', amount: model.available.get('u2')! + 1n },
    ],
    reference: null,
  }),
  () => ({ type: 'address.released', address: depositAddress(ADDRESSES), reason: 'never' }),
  () => ({ type: 'sweep.unblocked', sweepId: trytesOf('S', 9999) }),
  // Cold money in an ordinary sweep, hot money in a cold order's.
  (model) => {
    const isRich = (each: string): boolean => (model.coins.get(each) ?? 0n) > 0n;
    const address = [...model.active].find((each) => model.cold.has(each) && isRich(each));
    const amount = model.coins.get(address ?? '') ?? 1n;
    const input = inputOf(address ?? depositAddress(ADDRESSES), amount);
    return planned(9999, [input], [ownOutput(hubAddress(model.nextHub), amount)]);
  },
  (model) => ({
    type: 'bring-back.opened',
    orderId: 'co_never',
    custodyId: [...model.custody].find(([, { status }]) => status === 'open')?.[0] ?? 'co_0',
    addresses: [hubAddress(1)],
    reference: null,
  }),
];

/**
 * Runs these choices until so many have led to a command; how many events of each type there were. Throws
 * where ledger and model differ.
 */
export async function runChoices(
  choices: Iterable<Choice>,
  commands: number = Number.POSITIVE_INFINITY,
): Promise<Map<string, number>> {
  const booked = await openBooked();
  await booked.record(paired, imported(ADDRESSES), ...USERS.map(user));
  await booked.record(...coldKeyring(ADDRESSES));
  const model = new Model();
  const seen = new Map<string, number>();
  let done = 0;
  for (const [choice, by, size] of choices) {
    if (done === commands) break;
    const events = STEPS[choice % STEPS.length]!(model, by, size);
    if (events !== null) {
      await booked.record(...events);
      done += 1;
      for (const { type } of events) seen.set(type, (seen.get(type) ?? 0) + 1);
    }
    if (by % 4 === 0) {
      const forbidden = FORBIDDEN[(by >> 2) % FORBIDDEN.length]!(model);
      const { head } = booked.ledger.state;
      await assert.rejects(booked.record(forbidden), LedgerViolation);
      assert.deepEqual(booked.ledger.state.head, head);
    }
    agree(booked, model);
  }
  const live = dump(booked.ledger.state);
  assert.deepEqual(await replayed(booked.store), live);
  assert.deepEqual(dump((await Ledger.open(booked.store, () => 1)).state), live);
  return seen;
}
