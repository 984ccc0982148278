/** Ways to fill one sweep with inputs, and which of the waiting payouts each can pay: for the planner. */
import type { AddressRow, WithdrawalRow } from '../ledger/rows.ts';
import { totalOf } from '../ledger/sums.ts';
import type { PlanMaterial } from './plan.ts';

type Deposits = PlanMaterial['deposits'];

/** Payouts in one sweep: few enough for an officer to read. */
export const WITHDRAWALS_PER_SWEEP_MAX = 20;

/** Deposits of one sweep, and what it can pay with hub money on the places that they leave. */
export interface Way {
  readonly group: Deposits;
  readonly most: bigint;
  /** To payouts younger than the reserved one, so that it gets its own. */
  readonly mostToYounger: bigint;
  /** The payout that hub money is kept for. */
  readonly reserved: WithdrawalRow | null;
}

/** What a sweep may take beside its deposits. */
interface Means {
  /** Smallest first. */
  readonly hub: readonly AddressRow[];
  readonly maxInputs: number;
  readonly reserved: WithdrawalRow | null;
}

/** The most that `maxInputs` hub addresses, smallest first, hold together (iota). */
export function capacityOf(hub: readonly AddressRow[], maxInputs: number): bigint {
  return maxInputs === 0 ? 0n : totalOf(hub.slice(-maxInputs));
}

/** The way of a sweep of these deposits, at most `maxInputs`. */
export function wayOf(group: Deposits, { hub, maxInputs, reserved }: Means): Way {
  const own = totalOf(group.map(({ address }) => address));
  const capacity = capacityOf(hub, maxInputs - group.length);
  const free = totalOf(hub) - (reserved?.amount ?? 0n);
  const allowance = free > 0n ? free : 0n;
  const forYounger = capacity < allowance ? capacity : allowance;
  return { group, most: own + capacity, mostToYounger: own + forYounger, reserved };
}

/** Whether a payout came after the one that hub money is kept for. */
export function isYounger({ number }: WithdrawalRow, reserved: WithdrawalRow | null): boolean {
  return reserved !== null && number > reserved.number;
}

function capacityFor(withdrawal: WithdrawalRow, { most, mostToYounger, reserved }: Way): bigint {
  return isYounger(withdrawal, reserved) ? mostToYounger : most;
}

/** Whether one of these ways can pay a payout, if it pays no other. */
export function isPayable(withdrawal: WithdrawalRow, ways: readonly Way[]): boolean {
  return ways.some((way) => withdrawal.amount <= capacityFor(withdrawal, way));
}

/** Of payouts, oldest first, as many as fit; one that does not fit is passed over. */
export function chooseWithdrawals(
  waiting: readonly WithdrawalRow[],
  way: Way,
): readonly WithdrawalRow[] {
  const chosen: WithdrawalRow[] = [];
  let need = 0n;
  for (const withdrawal of waiting) {
    if (chosen.length === WITHDRAWALS_PER_SWEEP_MAX) break;
    if (need + withdrawal.amount > capacityFor(withdrawal, way)) continue;
    chosen.push(withdrawal);
    need += withdrawal.amount;
  }
  return chosen;
}
