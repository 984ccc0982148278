/**
 * The equation's terms counted again from the rows, which no event adds up: what the ledger keeps as
 * sums must be what its rows hold.
 */
import { type TotalsRow, ZERO_TOTALS } from './rows.ts';
import type { LedgerState } from './state.ts';

export interface Miscount {
  readonly term: keyof TotalsRow;
  readonly booked: bigint;
  readonly counted: bigint;
}

/** Every term that rows alone determine; not stranded and operator, which are what remains. */
export function recount(state: LedgerState): Miscount[] {
  const counted = { assets: 0n, users: 0n, unpaidWithdrawals: 0n, uncredited: 0n, quarantined: 0n };
  for (const { balance } of state.rows('addresses')) counted.assets += balance;
  for (const { available } of state.rows('users')) counted.users += available;
  for (const { status, amount } of state.rows('withdrawals')) {
    if (status !== 'confirmed' && status !== 'cancelled') counted.unpaidWithdrawals += amount;
  }
  for (const { status, amount } of state.rows('deposits')) {
    if (status === 'confirmed') counted.uncredited += amount;
    if (status === 'quarantined') counted.quarantined += amount;
  }
  const totals = state.get('totals', '') ?? ZERO_TOTALS;
  const terms = Object.keys(counted) as (keyof typeof counted)[];
  return terms
    .map((term) => ({ term, booked: totals[term], counted: counted[term] }))
    .filter((each) => each.booked !== each.counted);
}
