/** What one sweep can pay with its deposits and with hub money on the places that are left. */
import { expect, test } from '@jest/globals';
import {
  chooseWithdrawals,
  isPayable,
  WITHDRAWALS_PER_SWEEP_MAX,
  wayOf,
} from '../src/signing/ways.ts';
import { depositsOf, hubOf, withdrawalRow } from './plans.ts';

const means = { hub: hubOf(1n, 10n, 100n), maxInputs: 3, reserved: null };

test('each deposit takes a place from hub money, the largest of which counts', () => {
  const mostOf = (...amounts: bigint[]): bigint => wayOf(depositsOf(...amounts), means).most;
  expect([mostOf(), mostOf(5n), mostOf(5n, 5n), mostOf(5n, 5n, 5n)]).toEqual([
    111n,
    115n,
    110n,
    15n,
  ]);
});

test('a payout younger than the reserved one takes what that leaves, and deposits', () => {
  const way = wayOf(depositsOf(5n), { ...means, reserved: withdrawalRow(2, 104n) });
  expect(isPayable(withdrawalRow(1, 115n), [way])).toBe(true);
  expect(isPayable(withdrawalRow(3, 12n), [way])).toBe(true);
  expect(isPayable(withdrawalRow(3, 13n), [way])).toBe(false);
});

test('no more payouts are chosen than an officer can read, and one that does not fit is passed over', () => {
  const small = Array.from({ length: 30 }, (_, place) => withdrawalRow(place + 2, 1n));
  const chosen = chooseWithdrawals([withdrawalRow(1, 112n), ...small], wayOf([], means));
  expect(chosen).toEqual(small.slice(0, WITHDRAWALS_PER_SWEEP_MAX));
});
