/**
 * The ledger's rules for single addresses: those opened for the operator's own money, quarantine, and
 * corrections by somebody's decision.
 */
import type { JournalEvent } from '@airlock/journal';
import { addToAddress, addTotals, LedgerViolation, need } from './booking.ts';
import type { AddressRow } from './rows.ts';
import type { Draft } from './state.ts';

type AddressEvent = Extract<
  JournalEvent,
  {
    type: 'top-up.opened' | 'address.quarantined' | 'address.released' | 'balance.corrected';
  }
>;
type EventOf<T extends AddressEvent['type']> = Extract<AddressEvent, { type: T }>;

function applyOpened(draft: Draft, row: AddressRow): void {
  if (row.kind !== 'hub' || row.status !== 'pooled') {
    throw new LedgerViolation(`address ${row.address} is no fresh hub address`);
  }
  draft.set('addresses', row.address, { ...row, status: 'active', activeAt: draft.at });
}

/** Deposits of an address that no sweep has taken, in one status, get another. */
function moveDeposits(
  draft: Draft,
  address: string,
  { from, to }: Record<'from' | 'to', 'confirmed' | 'quarantined'>,
): void {
  for (const deposit of draft.find({ index: 'unswept', name: address })) {
    if (deposit.status !== from) continue;
    draft.set('deposits', deposit.id, { ...deposit, status: to });
    const sign = to === 'quarantined' ? 1n : -1n;
    const amount = sign * deposit.amount;
    addTotals(draft, { quarantined: amount, uncredited: -amount });
  }
}

function applyQuarantined(draft: Draft, row: AddressRow, reason: string): void {
  if (row.quarantine !== null) {
    throw new LedgerViolation(`address ${row.address} is in quarantine already`);
  }
  draft.set('addresses', row.address, { ...row, quarantine: reason });
  moveDeposits(draft, row.address, { from: 'confirmed', to: 'quarantined' });
}

function applyReleased(draft: Draft, row: AddressRow): void {
  if (row.quarantine === null) {
    throw new LedgerViolation(`address ${row.address} is not in quarantine`);
  }
  draft.set('addresses', row.address, { ...row, quarantine: null });
  moveDeposits(draft, row.address, { from: 'quarantined', to: 'confirmed' });
}

function applyCorrected(draft: Draft, event: EventOf<'balance.corrected'>): void {
  const { address, amount } = event;
  if (amount === 0n) throw new LedgerViolation('a correction moves more or less than 0');
  addToAddress(draft, address, amount);
  addTotals(draft, { assets: amount, operator: amount });
}

export function applyAddressEvent(draft: Draft, event: AddressEvent): void {
  const row = need(draft.get('addresses', event.address), `address ${event.address}`);
  switch (event.type) {
    case 'top-up.opened':
      applyOpened(draft, row);
      break;
    case 'address.quarantined':
      applyQuarantined(draft, row, event.reason);
      break;
    case 'address.released':
      applyReleased(draft, row);
      break;
    case 'balance.corrected':
      applyCorrected(draft, event);
  }
}
