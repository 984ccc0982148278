/** Sums counted from the rows: equal after every kind of event, and a wrong row is named. */
import { expect, test } from '@jest/globals';
import { recount } from '../src/ledger/recount.ts';
import { arrived, depositAddress, fundHub, openAliceAndBob, withdrawal } from './booked.ts';

test('a sound ledger has no miscount; a row that was changed behind it is named', async () => {
  const booked = await openAliceAndBob();
  await fundHub(booked);
  await booked.record(arrived(depositAddress(2), 9n, 2));
  await booked.record(withdrawal({ id: 'w1', userId: 'alice', amount: 30n }));
  const { state } = booked.ledger;
  expect(recount(state)).toEqual([]);
  const alice = state.get('users', 'alice')!;
  state.set('users', 'alice', { ...alice, available: alice.available + 1n });
  expect(recount(state)).toEqual([{ term: 'users', booked: 70n, counted: 71n }]);
});
