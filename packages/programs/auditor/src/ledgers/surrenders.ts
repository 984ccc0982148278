/** Keys that a record gives away: each once, on one branch. Their uses are for the ledger of keys. */

import type { AddFinding } from '../findings.ts';
import type { KnownEntry } from './chains.ts';
import type { Standing } from './standing.ts';

/** Checks an entry against what was given away before it. */
export function checkSurrender(
  { source, entry }: KnownEntry,
  standing: Standing,
  add: AddFinding,
): void {
  const { event, number } = entry;
  if (event.kind !== 'surrendered') return;
  if (standing.useAlone(event.commitment) !== 'surrendered') return;
  const message = `entry ${number} gives away the key of UUID commitment ${event.commitment}, which the record had given away before`;
  add({ code: 'surrendered_twice', file: source.file, message });
}
