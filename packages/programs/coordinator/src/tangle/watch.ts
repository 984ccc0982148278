/**
 * Which addresses a round asks the nodes about. Every address that was handed out is watched for ever:
 * those that were used lately in every round, the others in turns, spread evenly by their trytes, so
 * that a million addresses cost a few calls a round.
 */
import type { AddressRow } from '../ledger/rows.ts';

/** An address is recent for this long after it was handed out or money moved on it. */
export const RECENT_MS: number = 7 * 24 * 60 * 60 * 1000;
/** Rounds in which every older address that may still be paid to has its turn. */
export const ACTIVE_ROUNDS = 10;
/** Rounds in which every retired address has its turn. */
export const RETIRED_ROUNDS = 60;
/** Rounds in which the transactions of every address are looked up: a day's at 30 s a round. */
export const LOOK_UP_ROUNDS = 2880;

const TRYTES = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Evenly spread over 0 to 27³ - 1: addresses are random. */
function bucketOf(address: string): number {
  return [...address.slice(0, 3)].reduce((sum, tryte) => sum * 27 + TRYTES.indexOf(tryte), 0);
}

/**
 * Whether money on it is looked for at all. Not in a pool; and not locked by a bundle that is forgotten
 * here unless its user is known: what moved on it is booked when the bundle is recovered.
 */
export function isWatched({ status, sweepId, userId }: AddressRow): boolean {
  if (status === 'pooled') return false;
  return status === 'active' || sweepId !== null || userId !== null;
}

export interface Round {
  /** Unix ms. */
  readonly now: number;
  /** Counts from 0. */
  readonly round: number;
}

export function isRecent({ activeAt }: AddressRow, now: number): boolean {
  return now - activeAt < RECENT_MS;
}

/** Whether a watched address has its turn in this round. */
export function isDue(row: AddressRow, { now, round }: Round): boolean {
  if (isRecent(row, now)) return true;
  const rounds = row.status === 'retired' ? RETIRED_ROUNDS : ACTIVE_ROUNDS;
  return bucketOf(row.address) % rounds === round % rounds;
}

/**
 * Whether its transactions are looked up in this round, whatever its balance: what came and went between
 * two rounds, or fills what the ledger wrongly has, leaves the balance as it is.
 */
export function isLookedUp({ address }: AddressRow, round: number): boolean {
  return bucketOf(address) % LOOK_UP_ROUNDS === round % LOOK_UP_ROUNDS;
}
