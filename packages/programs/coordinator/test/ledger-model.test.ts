/** Random commands against a small model that knows sums alone; replay and reopening agree at the end. */
import type { JournalEvent } from '@airlock/journal';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LedgerViolation } from '../src/ledger/booking.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import {
  arrived,
  confirmed,
  depositAddress,
  exported,
  imported,
  openBooked,
  paired,
  trytesOf,
  user,
  withdrawal,
} from './booked.ts';
import { ADDRESSES, agree, Model, STEPS, USERS } from './ledger-model.ts';
import { dump, replayed } from './world.ts';

/** Events that no state may accept, whatever came before. */
const FORBIDDEN: readonly ((model: Model) => JournalEvent)[] = [
  () => user('u0'),
  (model) => arrived(depositAddress(1), 5n, Math.max(1, Math.min(model.tail, 1))),
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
];

async function run(choices: readonly (readonly [number, number, bigint])[]): Promise<number> {
  const booked = await openBooked();
  await booked.record(paired, imported(ADDRESSES), ...USERS.map(user));
  const model = new Model();
  let steps = 0;
  for (const [choice, by, size] of choices) {
    const events = STEPS[choice % STEPS.length]!(model, by, size);
    if (events !== null) {
      await booked.record(...events);
      steps += 1;
    }
    if (by % 4 === 0) {
      const forbidden = FORBIDDEN[by % FORBIDDEN.length]!(model);
      const isFirst = forbidden.type === 'deposit.confirmed' && model.tail === 0;
      const { head } = booked.ledger.state;
      if (
        !isFirst &&
        !(
          forbidden.type === 'deposit.confirmed' &&
          !booked.ledger.state.get('movements', `${trytesOf('T', 1)}:0`)
        )
      ) {
        await expect(booked.record(forbidden)).rejects.toBeInstanceOf(LedgerViolation);
      }
      expect(booked.ledger.state.head).toEqual(head);
    }
    agree(booked, model);
  }
  const live = dump(booked.ledger.state);
  expect(await replayed(booked.store)).toEqual(live);
  expect(dump((await Ledger.open(booked.store, () => 1)).state)).toEqual(live);
  return steps;
}

describe('the ledger against its model', () => {
  const step = fc.tuple(
    fc.nat(STEPS.length - 1),
    fc.nat(100_000),
    fc.bigInt({ min: 1n, max: 1_000_000_000_000n }),
  );

  test('thousands of random commands: balances, sums and equation agree after every one', async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 250, maxLength: 250 }), async (choices) => {
        steps += await run(choices);
      }),
      { seed: 20_261_123, numRuns: 15, endOnFailure: true },
    );
    expect(steps).toBeGreaterThan(2000);
  }, 60_000);
});
