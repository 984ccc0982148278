/** What a coordinator's ledger has to satisfy at any moment, and a round of what heals it after a restore. */
import { expect } from '@jest/globals';
import { recount } from '../src/ledger/recount.ts';
import type { TotalsRow } from '../src/ledger/rows.ts';
import { recoverForgotten } from '../src/tangle/recovery.ts';
import { differenceOf, dump, replayed, stateOf, type World } from './world.ts';

export const totalsOf = (of: World): TotalsRow | undefined => stateOf(of).get('totals', '');

/** One round over all forgotten bundles; how many were booked. */
export const recover = (of: World): Promise<number> =>
  recoverForgotten(of.coordinator, (addresses) => of.monitor.look(addresses));

/** The equation holds, the rows add up to its terms, and the journal alone gives the same state. */
export async function expectSound(of: World): Promise<void> {
  expect(differenceOf(stateOf(of))).toBe(0n);
  expect(recount(stateOf(of))).toEqual([]);
  expect(await replayed(of.store)).toEqual(dump(stateOf(of)));
}
