/**
 * What every rule of the ledger is made of: changing balances of users and addresses and the terms of
 * the equation, and booking money that arrived. A balance below 0 is a violation.
 */
import { createHash } from 'node:crypto';
import { type AddressRow, type TotalsRow, type UserRow, ZERO_TOTALS } from './rows.ts';
import type { Draft } from './state.ts';

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
  const changed = { ...row, balance };
  draft.set('addresses', address, changed);
  return changed;
}

/** A movement's name: it is booked once per confirmed tail and index. */
export function movementKey(tail: string, index: number): string {
  return `${tail}:${index}`;
}

export function depositIdOf(tail: string, index: number): string {
  const digest = createHash('sha256').update(movementKey(tail, index)).digest('hex');
  return `dep_${digest.slice(0, 32)}`;
}

/**
 * Books confirmed money that came to one of our addresses: to its user while its key is free, as
 * stranded once the key has been asked to sign, to the operator on a hub address.
 */
export function bookArrival(
  draft: Draft,
  arrival: {
    readonly address: string;
    readonly amount: bigint;
    readonly bundle: string;
    readonly tail: string;
    readonly index: number;
  },
): void {
  const { address, amount, tail, index } = arrival;
  const key = movementKey(tail, index);
  if (draft.get('movements', key) !== undefined) {
    throw new LedgerViolation(`movement ${key} is booked already`);
  }
  const row = addToAddress(draft, address, amount);
  const { userId } = row;
  if (row.kind === 'deposit' && userId !== null) {
    const id = depositIdOf(tail, index);
    const status = row.status === 'active' ? 'confirmed' : 'stranded';
    const number = draft.head.number + 1;
    draft.set('deposits', id, { ...arrival, id, userId, status, sweepId: null, number });
    draft.set('movements', key, { depositId: id });
    if (status === 'confirmed') addToUser(draft, userId, { pendingDeposits: amount });
    addTotals(draft, {
      assets: amount,
      [status === 'confirmed' ? 'uncredited' : 'stranded']: amount,
    });
    return;
  }
  draft.set('movements', key, { depositId: null });
  const term = row.status === 'retired' ? 'stranded' : 'operator';
  addTotals(draft, { assets: amount, [term]: amount });
}
