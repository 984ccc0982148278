/**
 * The ledger's rules: how each event changes the state. A pure function of state and event; an event
 * that a rule forbids throws {@link LedgerViolation} and leaves the draft to be thrown away. After
 * every event the equation of design §7 is asserted exactly.
 */
import type { JournalEntry, JournalEvent } from '@airlock/journal';
import { applyRecordEvent, keyName } from './apply-record.ts';
import { applySweepEvent } from './apply-sweep.ts';
import { addTotals, addToUser, bookArrival, LedgerViolation, need, totals } from './booking.ts';
import type { TotalsRow } from './rows.ts';
import type { Draft } from './state.ts';

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>;

function applyPaired(draft: Draft, event: EventOf<'keyring.paired'>): void {
  const { type: _type, keyringId, ...card } = event;
  const known = draft.get('keyrings', keyringId);
  draft.set('keyrings', keyringId, {
    id: keyringId,
    state: 'active',
    paired: draft.head.number + 1,
    head: { number: 0, hash: '0'.repeat(64) },
    sequence: 0,
    epoch: 1,
    networkAccepted: false,
    batches: 0,
    assigned: 0,
    assignedSince: 0,
    ...known,
    ...card,
  });
}

function applyImported(draft: Draft, event: EventOf<'addresses.imported'>): void {
  const { keyringId, batch } = event;
  const keyring = need(draft.get('keyrings', keyringId), `keyring ${keyringId}`);
  draft.set('keyrings', keyringId, { ...keyring, batches: keyring.batches + 1 });
  const hasSigned = (commitment: string): boolean =>
    draft.get('forgottenKeys', keyName(keyringId, commitment)) !== undefined;
  for (const { pool, ...address } of event.addresses) {
    if (draft.get('addresses', address.address) !== undefined) {
      throw new LedgerViolation(`address ${address.address} is known already`);
    }
    draft.set('addresses', address.address, {
      ...address,
      keyringId,
      batch,
      kind: pool,
      // Made before this coordinator was restored, and imported again: its key may have signed.
      status: hasSigned(address.commitment) ? 'retired' : 'pooled',
      userId: null,
      balance: 0n,
      sweepId: null,
      fundedBy: null,
    });
  }
}

function applyAssigned(draft: Draft, event: EventOf<'address.assigned'>, at: number): void {
  const row = need(draft.get('addresses', event.address), `address ${event.address}`);
  need(draft.get('users', event.userId), `user ${event.userId}`);
  if (row.kind !== 'deposit' || row.status !== 'pooled') {
    throw new LedgerViolation(`address ${event.address} is not in the deposit pool`);
  }
  draft.set('addresses', row.address, { ...row, status: 'active', userId: event.userId });
  const keyring = need(draft.get('keyrings', row.keyringId), `keyring ${row.keyringId}`);
  draft.set('keyrings', keyring.id, {
    ...keyring,
    assigned: keyring.assigned + 1,
    assignedSince: keyring.assignedSince === 0 ? at : keyring.assignedSince,
  });
}

function applyCredited(
  draft: Draft,
  event: EventOf<'deposit.credited'>,
  entry: JournalEntry,
): void {
  const deposit = need(draft.get('deposits', event.depositId), `deposit ${event.depositId}`);
  if (deposit.status !== 'confirmed') {
    throw new LedgerViolation(`deposit ${deposit.id} is ${deposit.status}`);
  }
  const { id, userId, amount, sweepId } = deposit;
  draft.set('deposits', id, { ...deposit, status: 'credited' });
  const user = addToUser(draft, userId, { available: amount, pendingDeposits: -amount });
  addTotals(draft, { uncredited: -amount, users: amount });
  draft.history.push({
    userId,
    number: entry.number,
    at: entry.at,
    type: event.type,
    amount,
    balanceAfter: user.available,
    depositId: id,
    ...(sweepId === null ? {} : { sweepId }),
  });
}

function applyWithdrawal(
  draft: Draft,
  event: EventOf<'withdrawal.requested'>,
  entry: JournalEntry,
): void {
  const { type, withdrawalId: id, ...fields } = event;
  if (draft.get('withdrawals', id) !== undefined) {
    throw new LedgerViolation(`withdrawal ${id} exists already`);
  }
  if (event.amount <= 0n) throw new LedgerViolation('a withdrawal moves more than 0');
  const { number, at } = entry;
  // The exchange asks again, after a restore, for what the signer has signed already.
  const sweepId = draft.get('forgottenWithdrawals', id)?.bundleHash ?? null;
  const status = sweepId === null ? 'queued' : 'blocked';
  draft.set('withdrawals', id, { ...fields, id, status, sweepId, number });
  const { userId, amount } = event;
  const user = addToUser(draft, userId, { available: -amount, pendingWithdrawals: amount });
  addTotals(draft, { users: -amount, unpaidWithdrawals: amount });
  const balanceAfter = user.available;
  draft.history.push({ userId, number, at, type, amount: -amount, balanceAfter, withdrawalId: id });
}

function applyCancelled(
  draft: Draft,
  event: EventOf<'withdrawal.cancelled'>,
  entry: JournalEntry,
): void {
  const id = event.withdrawalId;
  const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  if (withdrawal.status !== 'queued') {
    throw new LedgerViolation(`withdrawal ${id} is ${withdrawal.status}`);
  }
  draft.set('withdrawals', id, { ...withdrawal, status: 'cancelled' });
  const { userId, amount } = withdrawal;
  const user = addToUser(draft, userId, { available: amount, pendingWithdrawals: -amount });
  addTotals(draft, { users: amount, unpaidWithdrawals: -amount });
  const { number, at } = entry;
  const balanceAfter = user.available;
  draft.history.push({
    userId,
    number,
    at,
    type: event.type,
    amount,
    balanceAfter,
    withdrawalId: id,
  });
}

function applyTransfer(draft: Draft, event: EventOf<'transfer.booked'>, entry: JournalEntry): void {
  const { transferId, entries, reference } = event;
  if (draft.get('transfers', transferId) !== undefined) {
    throw new LedgerViolation(`transfer ${transferId} exists already`);
  }
  if (entries.reduce((sum, { amount }) => sum + amount, 0n) !== 0n) {
    throw new LedgerViolation('a transfer sums to exactly 0');
  }
  const { number, at } = entry;
  draft.set('transfers', transferId, { id: transferId, number, entries, reference });
  for (const { userId, amount } of entries) {
    const { available: balanceAfter } = addToUser(draft, userId, { available: amount });
    draft.history.push({ userId, number, at, type: event.type, amount, balanceAfter, transferId });
  }
}

function applySwitched(draft: Draft, { keyringId, state }: EventOf<'keyring.switched'>): void {
  const keyring = need(draft.get('keyrings', keyringId), `keyring ${keyringId}`);
  draft.set('keyrings', keyringId, { ...keyring, state });
}

/** Applies one entry to a draft. @throws LedgerViolation */
export function applyEntry(draft: Draft, entry: JournalEntry): void {
  const { event } = entry;
  switch (event.type) {
    case 'keyring.paired':
      applyPaired(draft, event);
      break;
    case 'keyring.switched':
      applySwitched(draft, event);
      break;
    case 'addresses.imported':
      applyImported(draft, event);
      break;
    case 'user.created':
      if (draft.get('users', event.userId) !== undefined) {
        throw new LedgerViolation(`user ${event.userId} exists already`);
      }
      draft.set('users', event.userId, {
        id: event.userId,
        available: 0n,
        pendingDeposits: 0n,
        pendingWithdrawals: 0n,
      });
      break;
    case 'address.assigned':
      applyAssigned(draft, event, entry.at);
      break;
    case 'deposit.confirmed':
      bookArrival(draft, event);
      break;
    case 'deposit.credited':
      applyCredited(draft, event, entry);
      break;
    case 'withdrawal.requested':
      applyWithdrawal(draft, event, entry);
      break;
    case 'withdrawal.cancelled':
      applyCancelled(draft, event, entry);
      break;
    case 'transfer.booked':
      applyTransfer(draft, event, entry);
      break;
    case 'void.requested':
    case 'request.voided':
    case 'record.imported':
      applyRecordEvent(draft, event);
      break;
    default:
      applySweepEvent(draft, event);
  }
  assertEquation(draft);
}

/** What is missing or too much: 0 for a sound ledger. */
export function difference(row: TotalsRow): bigint {
  const { assets, users, unpaidWithdrawals, uncredited, quarantined, stranded, operator } = row;
  return assets - users - unpaidWithdrawals - uncredited - quarantined - stranded - operator;
}

function assertEquation(draft: Draft): void {
  const row = totals(draft);
  if (difference(row) !== 0n) {
    throw new LedgerViolation(`assets and claims differ by ${difference(row)}`);
  }
}
