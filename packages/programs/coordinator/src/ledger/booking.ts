/**
 * What every rule of the ledger is made of: changing balances of users and addresses and the terms of
 * the equation, and booking money that arrived. A balance below 0 is a violation.
 */
import { sha256Hex } from '@airlock/journal';
import { type AddressRow, isHealable, type TotalsRow, type UserRow, ZERO_TOTALS } from './rows.ts';
import type { Draft, View } from './state.ts';

/** An event that must not be: a defect of whoever made it, never an answer to a client. */
export class LedgerViolation extends Error {
  override readonly name = 'LedgerViolation';
}

export function need<T>(row: T | undefined, what: string): T {
  if (row === undefined) throw new LedgerViolation(`there is no ${what}`);
  return row;
}

export function totals(draft: Draft): TotalsRow {
  return draft.get('totals', '') ?? ZERO_TOTALS;
}

/** Adds to the equation's terms. */
export function addTotals(draft: Draft, deltas: Partial<TotalsRow>): void {
  const now = totals(draft);
  const sum = { ...now };
  for (const [name, delta] of Object.entries(deltas) as [keyof TotalsRow, bigint][]) {
    sum[name] = now[name] + delta;
  }
  draft.set('totals', '', sum);
}

/**
 * Changes the operator account. Only a decision with a reason may take it below 0: a correction, or a
 * payout that is made again.
 */
export function addToOperator(draft: Draft, amount: bigint): void {
  addTotals(draft, { operator: amount });
  const { operator } = totals(draft);
  if (amount < 0n && operator < 0n) {
    throw new LedgerViolation('the operator account would fall below 0');
  }
}

/** Changes a user's balances; none may fall below 0. */
export function addToUser(
  draft: Draft,
  userId: string,
  deltas: Partial<Omit<UserRow, 'id'>>,
): UserRow {
  const user = need(draft.get('users', userId), `user ${userId}`);
  const row = {
    id: user.id,
    available: user.available + (deltas.available ?? 0n),
    pendingDeposits: user.pendingDeposits + (deltas.pendingDeposits ?? 0n),
    pendingWithdrawals: user.pendingWithdrawals + (deltas.pendingWithdrawals ?? 0n),
  };
  if (row.available < 0n || row.pendingDeposits < 0n || row.pendingWithdrawals < 0n) {
    throw new LedgerViolation(`a balance of ${userId} would fall below 0`);
  }
  draft.set('users', userId, row);
  return row;
}

export function addToAddress(draft: Draft, address: string, amount: bigint): AddressRow {
  const row = need(draft.get('addresses', address), `address ${address}`);
  const balance = row.balance + amount;
  if (balance < 0n) throw new LedgerViolation(`the balance of ${address} would fall below 0`);
  const changed = { ...row, balance, activeAt: draft.at };
  draft.set('addresses', address, changed);
  return changed;
}

/** Whether a sweep may still be confirmed: not one that lost a key to another bundle, or was abandoned. */
export function isAwaited(view: Pick<View, 'get'>, sweepId: string | null): boolean {
  const sweep = view.get('sweeps', sweepId ?? '');
  if (sweep === undefined || sweep.status === 'confirmed') return false;
  return sweep.status !== 'blocked' || isHealable(sweep);
}

/** A movement's name: it is booked once per confirmed tail and index. */
export function movementKey(tail: string, index: number): string {
  return `${tail}:${index}`;
}

export function depositIdOf(tail: string, index: number): string {
  const digest = sha256Hex(movementKey(tail, index));
  return `dep_${digest.slice(0, 32)}`;
}

/** What the sweep of a retired address will spend beyond what the ledger knows to be on it. */
function shortfallOf(draft: Draft, { address, balance, sweepId }: AddressRow): bigint {
  const sweep = draft.get('sweeps', sweepId ?? '');
  if (sweep === undefined || sweep.status === 'confirmed') return 0n;
  const amount = sweep.inputs.find((input) => input.address === address)?.amount ?? 0n;
  return amount > balance ? amount - balance : 0n;
}

/** Money that came to one of our addresses with a confirmed transaction. */
export interface Arrival {
  readonly address: string;
  readonly amount: bigint;
  readonly bundle: string;
  readonly tail: string;
  readonly index: number;
  readonly message: string | null;
}

/** The equation's term of a deposit that is not credited. */
export const TERM_OF = {
  confirmed: 'uncredited',
  quarantined: 'quarantined',
  stranded: 'stranded',
} as const;

/** Where money stands on arrival. */
function statusOfArrival(row: AddressRow): keyof typeof TERM_OF {
  const { status, quarantine, kind, sweepId } = row;
  // What a forgotten bundle did not spend of hub money is stranded when that bundle is booked.
  const isForgotten = kind === 'hub' && sweepId === null;
  if (status === 'retired' && !isForgotten) return 'stranded';
  return quarantine === null ? 'confirmed' : 'quarantined';
}

/**
 * Books confirmed money that came to one of our addresses: to its user while its key is free, as
 * stranded once the key has been asked to sign, to the operator on a hub address. What fills a
 * shortfall, which a correction has booked as the operator's loss, is the operator's.
 */
export function bookArrival(draft: Draft, arrival: Arrival): void {
  const { address, amount, tail, index } = arrival;
  const key = movementKey(tail, index);
  if (draft.get('movements', key) !== undefined) {
    throw new LedgerViolation(`movement ${key} is booked already`);
  }
  const before = need(draft.get('addresses', address), `address ${address}`);
  const short = before.status === 'retired' ? shortfallOf(draft, before) : 0n;
  const filled = short < amount ? short : amount;
  const rest = amount - filled;
  const row = addToAddress(draft, address, amount);
  addTotals(draft, { assets: amount });
  addToOperator(draft, filled);
  const { userId } = row;
  const status = statusOfArrival(row);
  if (row.kind !== 'deposit' || userId === null || rest === 0n) {
    draft.set('movements', key, { depositId: null });
    addTotals(draft, { [status === 'stranded' ? 'stranded' : 'operator']: rest });
    return;
  }
  const id = depositIdOf(tail, index);
  const number = draft.head.number + 1;
  const fields = { ...arrival, id, userId, status, amount: rest };
  draft.set('deposits', id, { ...fields, sweepId: null, number, confirmedAt: draft.at });
  draft.set('movements', key, { depositId: id });
  if (status !== 'stranded') addToUser(draft, userId, { pendingDeposits: rest });
  addTotals(draft, { [TERM_OF[status]]: rest });
}
