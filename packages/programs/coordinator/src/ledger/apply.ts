/**
 * The ledger's rules: how each event changes the state. A pure function of state and event; an event
 * that a rule forbids throws {@link LedgerViolation} and leaves the draft to be thrown away. After
 * every event the equation (docs/glossary.md) is asserted exactly.
 */
import type { AlarmName, JournalEntry, JournalEvent } from '@airlock/journal';
import { applyAddressEvent } from './apply-address.ts';
import { applyColdEvent } from './apply-cold.ts';
import { applyRecordEvent, keyName } from './apply-record.ts';
import { applyRecovered } from './apply-recovered.ts';
import { applySweepEvent } from './apply-sweep.ts';
import { applyWithdrawalEvent } from './apply-withdrawal.ts';
import { addTotals, addToUser, bookArrival, LedgerViolation, need, totals } from './booking.ts';
import { type AddressRow, SURRENDERED, type TotalsRow, ZERO_TOTALS } from './rows.ts';
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
  const isGiven = (commitment: string): boolean =>
    draft.get('surrenderedKeys', keyName(keyringId, commitment)) !== undefined;
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
      status: hasSigned(address.commitment) || isGiven(address.commitment) ? 'retired' : 'pooled',
      userId: null,
      balance: 0n,
      sweepId: null,
      fundedBy: null,
      quarantine: null,
      custody: isGiven(address.commitment) ? SURRENDERED : null,
      activeAt: draft.at,
    });
  }
}

/** In the pool; or locked by a forgotten bundle, handed out before this coordinator was restored. */
export function isAssignable({ kind, status, userId, sweepId, custody }: AddressRow): boolean {
  if (kind !== 'deposit' || userId !== null || custody !== null) return false;
  return status === 'pooled' || (status === 'retired' && sweepId === null);
}

function applyAssigned(draft: Draft, event: EventOf<'address.assigned'>): void {
  const row = need(draft.get('addresses', event.address), `address ${event.address}`);
  need(draft.get('users', event.userId), `user ${event.userId}`);
  if (!isAssignable(row)) {
    throw new LedgerViolation(`address ${event.address} is not in the deposit pool`);
  }
  const { at: activeAt } = draft;
  const status = row.status === 'pooled' ? 'active' : row.status;
  draft.set('addresses', row.address, { ...row, status, userId: event.userId, activeAt });
  const keyring = need(draft.get('keyrings', row.keyringId), `keyring ${row.keyringId}`);
  draft.set('keyrings', keyring.id, {
    ...keyring,
    assigned: keyring.assigned + 1,
    assignedSince: keyring.assignedSince === 0 ? activeAt : keyring.assignedSince,
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
  const { number, at } = entry;
  const change = { amount, balanceAfter: user.available, depositId: id };
  const sweep = sweepId === null ? {} : { sweepId };
  draft.history.push({ userId, row: { number, at, type: event.type, ...change, ...sweep } });
}

/**
 * No rule looks at a transfer again, so that the state holds none. Its id needs no look either: it is
 * 128 bits drawn here, and a call that is repeated is stopped by its idempotency key; or those of a deposit,
 * which is credited, and moved to the hot user, once.
 */
function applyTransfer(draft: Draft, event: EventOf<'transfer.booked'>, entry: JournalEntry): void {
  const { transferId, entries } = event;
  if (entries.reduce((sum, { amount }) => sum + amount, 0n) !== 0n) {
    throw new LedgerViolation('a transfer sums to exactly 0');
  }
  const { number, at } = entry;
  draft.transfers.push({ transferId, number });
  for (const { userId, amount } of entries) {
    const { available: balanceAfter } = addToUser(draft, userId, { available: amount });
    const row = { number, at, type: event.type, amount, balanceAfter, transferId };
    draft.history.push({ userId, row });
  }
}

function applySwitched(draft: Draft, { keyringId, state }: EventOf<'keyring.switched'>): void {
  const keyring = need(draft.get('keyrings', keyringId), `keyring ${keyringId}`);
  draft.set('keyrings', keyringId, { ...keyring, state });
}

/** Where an alarm stands in its table. */
export function alarmKey(alarm: AlarmName, subject: string): string {
  return `${alarm}/${subject}`;
}

function applyAlarm(draft: Draft, event: EventOf<'alarm.raised' | 'alarm.cleared'>): void {
  const { type, alarm, subject } = event;
  const key = alarmKey(alarm, subject);
  const known = draft.get('alarms', key);
  const isRaised = known?.clearedAt === null;
  if (isRaised === (type === 'alarm.raised')) {
    throw new LedgerViolation(`alarm ${alarm} of ${subject} ${isRaised ? 'is' : 'is not'} raised`);
  }
  if (type === 'alarm.raised') {
    const { detail } = event;
    draft.set('alarms', key, { alarm, subject, detail, raisedAt: draft.at, clearedAt: null });
  } else if (known !== undefined) draft.set('alarms', key, { ...known, clearedAt: draft.at });
}

/** Applies one entry to a draft. @throws LedgerViolation */
export function applyEntry(draft: Draft, entry: JournalEntry): void {
  const { event } = entry;
  draft.at = entry.at;
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
      applyAssigned(draft, event);
      break;
    case 'deposit.confirmed':
      bookArrival(draft, event);
      break;
    case 'deposit.credited':
      applyCredited(draft, event, entry);
      break;
    case 'withdrawal.requested':
    case 'withdrawal.cancelled':
    case 'withdrawal.replaced':
      applyWithdrawalEvent(draft, event, entry);
      break;
    case 'top-up.opened':
    case 'address.quarantined':
    case 'address.released':
    case 'balance.corrected':
      applyAddressEvent(draft, event);
      break;
    case 'custody.opened':
    case 'custody.received':
    case 'bring-back.opened':
    case 'bring-back.done':
    case 'cold-order.cancelled':
    case 'cold-spend.opened':
      applyColdEvent(draft, event);
      break;
    case 'sweep.recovered':
      applyRecovered(draft, { ...entry, event });
      break;
    case 'alarm.raised':
    case 'alarm.cleared':
      applyAlarm(draft, event);
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

/** The terms of the equation but the operator's, which a decision may take below 0. */
const TERMS = (Object.keys(ZERO_TOTALS) as (keyof TotalsRow)[]).filter(
  (name) => name !== 'operator',
);

function assertEquation(draft: Draft): void {
  const row = totals(draft);
  if (difference(row) !== 0n) {
    throw new LedgerViolation(`assets and claims differ by ${difference(row)}`);
  }
  for (const name of TERMS) {
    if (row[name] < 0n) throw new LedgerViolation(`${name} would fall below 0`);
  }
}
