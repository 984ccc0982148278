/**
 * The ledger's rules for withdrawals before they are in a sweep: requested, cancelled, and paid again
 * by somebody's decision. One without a user is the operator's own.
 */
import type { JournalEntry, JournalEvent } from '@airlock/journal';
import {
  addToOperator,
  addTotals,
  addToUser,
  isAwaited,
  LedgerViolation,
  need,
} from './booking.ts';
import type { WithdrawalRow } from './rows.ts';
import type { Draft, View } from './state.ts';

type WithdrawalEvent = Extract<
  JournalEvent,
  { type: 'withdrawal.requested' | 'withdrawal.cancelled' | 'withdrawal.replaced' }
>;
type EventOf<T extends WithdrawalEvent['type']> = Extract<WithdrawalEvent, { type: T }>;

type Debit = Pick<EventOf<'withdrawal.requested'>, 'userId' | 'amount' | 'lossReason'> & {
  readonly id: string;
};

/** Moves a payout's amount between who asked for it and what is still to be paid. */
function debit(
  draft: Draft,
  { id, userId, amount, lossReason }: Debit,
  { number, at, event: { type } }: JournalEntry,
): void {
  addTotals(draft, { unpaidWithdrawals: amount });
  if (userId === null) {
    // Below 0 only by a loss that somebody has decided.
    if (lossReason === null) addToOperator(draft, -amount);
    else addTotals(draft, { operator: -amount });
    return;
  }
  const user = addToUser(draft, userId, { available: -amount, pendingWithdrawals: amount });
  addTotals(draft, { users: -amount });
  const balanceAfter = user.available;
  const row = { number, at, type, amount: -amount, balanceAfter, withdrawalId: id };
  draft.history.push({ userId, row });
}

function queue(
  draft: Draft,
  fields: Pick<
    WithdrawalRow,
    'id' | 'userId' | 'address' | 'amount' | 'tag' | 'reference' | 'replaces'
  >,
): void {
  const { id } = fields;
  if (draft.get('withdrawals', id) !== undefined) {
    throw new LedgerViolation(`withdrawal ${id} exists already`);
  }
  // The exchange asks again, after a restore, for what the signer has signed already.
  const sweepId = draft.get('forgottenWithdrawals', id)?.bundleHash ?? null;
  if (draft.get('sweeps', sweepId ?? '') !== undefined) {
    throw new LedgerViolation(`withdrawal ${id} was paid by bundle ${sweepId}`);
  }
  draft.set('withdrawals', id, {
    ...fields,
    status: sweepId === null ? 'queued' : 'blocked',
    sweepId,
    number: draft.head.number + 1,
    requestedAt: draft.at,
    replacedBy: null,
  });
}

function applyRequested(
  draft: Draft,
  event: EventOf<'withdrawal.requested'>,
  entry: JournalEntry,
): void {
  if (event.amount <= 0n) throw new LedgerViolation('a withdrawal moves more than 0');
  const { type: _type, withdrawalId: id, lossReason, ...fields } = event;
  if (lossReason !== null && event.userId !== null) {
    throw new LedgerViolation(`withdrawal ${id} is a user's: no loss is decided by it`);
  }
  queue(draft, { ...fields, id, replaces: null });
  debit(draft, { ...fields, id, lossReason }, entry);
}

/** What a payout pays again, directly or not, the last one first. */
function* originalsOf(view: Pick<View, 'get'>, id: string): Generator<WithdrawalRow> {
  let row = view.get('withdrawals', id);
  while (row !== undefined && row.replaces !== null) {
    row = view.get('withdrawals', row.replaces);
    if (row !== undefined) yield row;
  }
}

/** What a payout pays again and is under way once more, or paid: then it must not be made; else null. */
export function findOvertaking(view: Pick<View, 'get'>, id: string): WithdrawalRow | null {
  for (const original of originalsOf(view, id)) {
    if (original.status !== 'blocked' && original.status !== 'cancelled') return original;
  }
  return null;
}

/**
 * What a payout pays again and may still be confirmed, perhaps in a bundle that is forgotten here: given
 * back, it would be paid all the same; else null.
 */
export function findAwaited(view: Pick<View, 'get'>, id: string): WithdrawalRow | null {
  for (const original of originalsOf(view, id)) {
    const { sweepId } = original;
    const isForgotten = sweepId !== null && view.get('sweeps', sweepId) === undefined;
    if (isForgotten || isAwaited(view, sweepId)) return original;
  }
  return null;
}

function applyCancelled(
  draft: Draft,
  { withdrawalId: id }: EventOf<'withdrawal.cancelled'>,
  entry: JournalEntry,
): void {
  const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  const { status, userId, amount } = withdrawal;
  if (status !== 'queued') throw new LedgerViolation(`withdrawal ${id} is ${status}`);
  if (findAwaited(draft, id) !== null) {
    throw new LedgerViolation(`what withdrawal ${id} replaces may still be confirmed`);
  }
  draft.set('withdrawals', id, { ...withdrawal, status: 'cancelled' });
  debit(draft, { id, userId, amount: -amount, lossReason: null }, entry);
}

/** The first payout may still be confirmed: until then both are to be paid, one by the operator. */
function applyReplaced(draft: Draft, event: EventOf<'withdrawal.replaced'>): void {
  const { withdrawalId, replacementId } = event;
  const withdrawal = need(draft.get('withdrawals', withdrawalId), `withdrawal ${withdrawalId}`);
  const { status, replacedBy, userId, address, amount, tag, reference } = withdrawal;
  if (status !== 'blocked' || replacedBy !== null) {
    throw new LedgerViolation(`withdrawal ${withdrawalId} is not blocked, or was replaced before`);
  }
  draft.set('withdrawals', withdrawalId, { ...withdrawal, replacedBy: replacementId });
  const same = { userId, address, amount, tag, reference };
  queue(draft, { ...same, id: replacementId, replaces: withdrawalId });
  addTotals(draft, { unpaidWithdrawals: amount, operator: -amount });
}

export function applyWithdrawalEvent(
  draft: Draft,
  event: WithdrawalEvent,
  entry: JournalEntry,
): void {
  switch (event.type) {
    case 'withdrawal.requested':
      applyRequested(draft, event, entry);
      break;
    case 'withdrawal.cancelled':
      applyCancelled(draft, event, entry);
      break;
    case 'withdrawal.replaced':
      applyReplaced(draft, event);
  }
}
