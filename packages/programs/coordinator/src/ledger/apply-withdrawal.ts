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
import type { WithdrawalRow, WithdrawalStatus } from './rows.ts';
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
  fields: Pick<WithdrawalRow, 'id' | 'userId' | 'address' | 'amount' | 'tag' | 'reference'>,
): void {
  const { id } = fields;
  if (draft.get('withdrawals', id) !== undefined) {
    throw new LedgerViolation(`withdrawal ${id} exists already`);
  }
  // The exchange asks again, after a restore, for what the signer has signed already.
  const sweepId = draft.get('forgottenWithdrawals', id)?.bundleHash ?? null;
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
  queue(draft, { ...fields, id });
  debit(draft, { ...fields, id, lossReason }, entry);
}

/** Payouts under way that were replaced, by their replacement. */
export function originalsOf(
  withStatus: (status: WithdrawalStatus) => Iterable<WithdrawalRow>,
): ReadonlyMap<string, WithdrawalRow> {
  const found = new Map<string, WithdrawalRow>();
  for (const status of ['blocked', 'signed', 'attached'] as const) {
    for (const row of withStatus(status)) {
      if (row.replacedBy !== null) found.set(row.replacedBy, row);
    }
  }
  return found;
}

/** What a payout replaces, directly or not, and that may still be confirmed. */
export function awaitedBefore(
  view: Pick<View, 'get'>,
  originals: ReadonlyMap<string, WithdrawalRow>,
  id: string,
): WithdrawalRow[] {
  const original = originals.get(id);
  if (original === undefined) return [];
  const before = awaitedBefore(view, originals, original.id);
  return isAwaited(view, original.sweepId) ? [original, ...before] : before;
}

/** What the cancellation of a replacement would pay a second time, or null. */
export function originalAwaited(draft: Draft, id: string): WithdrawalRow | null {
  const originals = originalsOf((name) => draft.find({ index: 'withdrawals', name }));
  return awaitedBefore(draft, originals, id)[0] ?? null;
}

function applyCancelled(
  draft: Draft,
  { withdrawalId: id }: EventOf<'withdrawal.cancelled'>,
  entry: JournalEntry,
): void {
  const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  const { status, userId, amount } = withdrawal;
  if (status !== 'queued') throw new LedgerViolation(`withdrawal ${id} is ${status}`);
  if (originalAwaited(draft, id) !== null) {
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
  queue(draft, { id: replacementId, userId, address, amount, tag, reference });
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
