/** The ledger's rules for sweeps and requests: from the plan to the confirmed bundle. */
import type { JournalEvent } from '@airlock/journal';
import { assertColdness } from './apply-cold.ts';
import { findOvertaking } from './apply-withdrawal.ts';
import {
  addToAddress,
  addToOperator,
  addTotals,
  addToUser,
  bookArrival,
  LedgerViolation,
  movementKey,
  need,
  totals,
} from './booking.ts';
import {
  type AddressRow,
  isHealable,
  isUnanswered,
  type KeyringRow,
  type RequestRow,
  type SweepRow,
  type SweepStatus,
  type WithdrawalRow,
  type WithdrawalStatus,
} from './rows.ts';
import type { Draft, View } from './state.ts';

type SweepEvent = Extract<
  JournalEvent,
  {
    type:
      | 'sweep.planned'
      | 'request.exported'
      | 'response.imported'
      | 'sweep.attached'
      | 'sweep.confirmed'
      | 'sweep.replayed'
      | 'sweep.blocked'
      | 'sweep.unblocked'
      | 'sweep.abandoned';
  }
>;
type EventOf<T extends SweepEvent['type']> = Extract<SweepEvent, { type: T }>;

/** Whether another bundle has paid a payout of a sweep that was abandoned before. */
function isPaidElsewhere({ status, sweepId }: WithdrawalRow, { id, abandoned }: SweepRow): boolean {
  return abandoned !== null && status === 'confirmed' && sweepId !== id;
}

export function moveWithdrawals(draft: Draft, sweep: SweepRow, status: WithdrawalStatus): void {
  for (const { withdrawalId } of sweep.outputs) {
    if (withdrawalId === null) continue;
    const withdrawal = need(draft.get('withdrawals', withdrawalId), `withdrawal ${withdrawalId}`);
    if (isPaidElsewhere(withdrawal, sweep)) continue;
    draft.set('withdrawals', withdrawalId, { ...withdrawal, status, sweepId: sweep.id });
  }
}

function moveSweep(
  draft: Draft,
  sweepId: string,
  { from, to }: { from: readonly SweepStatus[]; to: Exclude<SweepStatus, 'refused'> },
): SweepRow {
  const sweep = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  if (!from.includes(sweep.status)) {
    throw new LedgerViolation(`sweep ${sweepId} is ${sweep.status}, not ${from.join(' or ')}`);
  }
  const moved = { ...sweep, status: to };
  draft.set('sweeps', sweepId, moved);
  moveWithdrawals(draft, moved, to);
  return moved;
}

/** Inputs are spent whole: whatever the ledger knows to be on them goes. */
function planInputs(draft: Draft, event: EventOf<'sweep.planned'>): void {
  for (const { address, amount, depositIds } of event.inputs) {
    const row = need(draft.get('addresses', address), `address ${address}`);
    if (row.status !== 'active' || row.keyringId !== event.keyringId) {
      throw new LedgerViolation(`address ${address} is ${row.status}: it cannot be swept`);
    }
    if (row.quarantine !== null) {
      throw new LedgerViolation(`address ${address} is in quarantine`);
    }
    assertColdness(draft, row, event.orderId);
    if (row.balance !== amount || amount <= 0n) {
      throw new LedgerViolation(`address ${address} holds ${row.balance}, not ${amount}`);
    }
    draft.set('addresses', address, { ...row, status: 'retired', sweepId: event.sweepId });
    for (const id of depositIds) {
      const deposit = need(draft.get('deposits', id), `deposit ${id}`);
      if (deposit.address !== address || deposit.sweepId !== null) {
        throw new LedgerViolation(`deposit ${id} is not free on ${address}`);
      }
      draft.set('deposits', id, { ...deposit, sweepId: event.sweepId });
    }
  }
}

function planOutputs(draft: Draft, event: EventOf<'sweep.planned'>): void {
  for (const { kind, address, amount, withdrawalId } of event.outputs) {
    if (amount <= 0n) throw new LedgerViolation('an output of 0 is never planned');
    if (kind === 'withdrawal') {
      const id = withdrawalId ?? '';
      const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
      const { status } = withdrawal;
      if (status !== 'queued' || withdrawal.amount !== amount || withdrawal.address !== address) {
        throw new LedgerViolation(`withdrawal ${id} does not fit the sweep`);
      }
      if (findOvertaking(draft, id) !== null) {
        throw new LedgerViolation(`what withdrawal ${id} is to pay again is under way`);
      }
      // At once, so that the same sweep cannot pay it a second time.
      draft.set('withdrawals', id, { ...withdrawal, status: 'planned' });
      continue;
    }
    const row = need(draft.get('addresses', address), `address ${address}`);
    const isOwn = row.keyringId === event.keyringId;
    if (row.kind !== 'hub' || row.status !== 'pooled' || kind !== (isOwn ? 'own' : 'cold')) {
      throw new LedgerViolation(`address ${address} is no fresh hub address for ${kind} money`);
    }
    const used = { ...row, status: 'active', activeAt: draft.at } as const;
    draft.set('addresses', address, { ...used, fundedBy: event.sweepId });
  }
}

function applyPlanned(draft: Draft, event: EventOf<'sweep.planned'>): void {
  const sum = (amounts: readonly { readonly amount: bigint }[]): bigint =>
    amounts.reduce((total, { amount }) => total + amount, 0n);
  if (sum(event.inputs) !== sum(event.outputs)) {
    throw new LedgerViolation('inputs and outputs of a sweep differ');
  }
  planInputs(draft, event);
  planOutputs(draft, event);
  const { type: _type, sweepId, ...fields } = event;
  const order = event.orderId === null ? undefined : draft.get('coldOrders', event.orderId);
  if (event.orderId !== null && order?.sweepId !== sweepId) {
    throw new LedgerViolation(`sweep ${sweepId} is not what cold order ${event.orderId} asks for`);
  }
  const sweep: SweepRow = {
    ...fields,
    id: sweepId,
    abandoned: null,
    requestId: null,
    status: 'planned',
    tails: [],
    confirmedTail: null,
    replays: [],
    shortfalls: [],
  };
  if (draft.get('sweeps', sweepId) !== undefined) {
    throw new LedgerViolation(`sweep ${sweepId} exists already`);
  }
  draft.set('sweeps', sweepId, sweep);
  moveWithdrawals(draft, sweep, 'planned');
}

/** Whether its request was voided: the same bundle may be asked for in another one, for ever. */
export function isAskedAgain(view: View, sweepId: string, keyringId: string): boolean {
  const sweep = view.get('sweeps', sweepId);
  if (sweep?.status !== 'requested' || sweep.keyringId !== keyringId) return false;
  return view.get('requests', sweep.requestId ?? '')?.status === 'voided';
}

function applyExported(draft: Draft, event: EventOf<'request.exported'>): void {
  const { type: _type, requestId, ...fields } = event;
  const keyring = need(draft.get('keyrings', event.keyringId), `keyring ${event.keyringId}`);
  if (event.sequence !== keyring.sequence + 1) {
    throw new LedgerViolation(`sequence ${event.sequence} does not follow ${keyring.sequence}`);
  }
  draft.set('keyrings', keyring.id, { ...keyring, sequence: event.sequence });
  const request = { ...fields, id: requestId, status: 'outstanding', voidings: [] } as const;
  draft.set('requests', requestId, request);
  for (const sweepId of event.sweepIds) {
    const from = isAskedAgain(draft, sweepId, keyring.id) ? 'requested' : 'planned';
    const sweep = moveSweep(draft, sweepId, { from: [from], to: 'requested' });
    draft.set('sweeps', sweepId, { ...sweep, requestId });
  }
}

/** A request that is neither answered nor voided. */
export function needUnanswered(request: RequestRow): void {
  if (isUnanswered(request)) return;
  throw new LedgerViolation(`request ${request.id} is ${request.status}`);
}

/** Moves the signer's head on; what arrives late does not take it back. */
export function raiseHead(draft: Draft, keyringId: string, head: KeyringRow['head']): KeyringRow {
  const keyring = need(draft.get('keyrings', keyringId), `keyring ${keyringId}`);
  if (head.number < keyring.head.number) return keyring;
  const raised = { ...keyring, head };
  draft.set('keyrings', keyringId, raised);
  return raised;
}

function applyResponse(draft: Draft, event: EventOf<'response.imported'>): void {
  const request = need(draft.get('requests', event.requestId), `request ${event.requestId}`);
  needUnanswered(request);
  draft.set('requests', request.id, { ...request, status: 'answered' });
  raiseHead(draft, request.keyringId, event.head);
  const answered = [...event.signed, ...event.refused.map(({ sweepId }) => sweepId)];
  if (answered.some((sweepId) => !request.sweepIds.includes(sweepId))) {
    throw new LedgerViolation(`request ${request.id} does not hold these sweeps`);
  }
  for (const sweepId of event.signed) {
    if (draft.get('sweeps', sweepId)?.status === 'confirmed') continue;
    moveSweep(draft, sweepId, { from: ['requested'], to: 'signed' });
  }
  for (const { sweepId } of event.refused) {
    // It has lost a key meanwhile.
    if (draft.get('sweeps', sweepId)?.status === 'blocked') continue;
    // Its inputs stay locked: a request that has left can be signed for ever.
    const sweep = moveSweep(draft, sweepId, { from: ['requested'], to: 'requested' });
    draft.set('sweeps', sweepId, { ...sweep, status: 'refused' });
  }
}

function applyAttached(draft: Draft, event: EventOf<'sweep.attached'>): void {
  const sweep = moveSweep(draft, event.sweepId, { from: ['signed', 'attached'], to: 'attached' });
  draft.set('sweeps', sweep.id, { ...sweep, tails: [...sweep.tails, event.tail] });
}

/** Slot index of output `place`: every input takes as many slots as its level. */
export function slotOfOutput(sweep: Pick<SweepRow, 'inputs'>, place: number): number {
  return sweep.inputs.reduce((slots, { securityLevel }) => slots + securityLevel, 0) + place;
}

/** Books what a confirmed sweep paid to somebody. */
export function payOut(draft: Draft, id: string): void {
  const { userId, amount, replacedBy } = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  addTotals(draft, { unpaidWithdrawals: -amount });
  // One that was replaced is not what its user waits for any more, unless that needs not be paid now.
  const isAwaited = replacedBy === null || dropQueued(draft, replacedBy);
  if (userId !== null && isAwaited) addToUser(draft, userId, { pendingWithdrawals: -amount });
}

/** What was to be paid instead is cancelled for the operator, who bore it, if no sweep has it yet. */
function dropQueued(draft: Draft, id: string): boolean {
  const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  const { status, amount, replacedBy } = withdrawal;
  if (replacedBy !== null) return dropQueued(draft, replacedBy);
  if (status !== 'queued') return false;
  draft.set('withdrawals', id, { ...withdrawal, status: 'cancelled' });
  addTotals(draft, { unpaidWithdrawals: -amount, operator: amount });
  return true;
}

/** What a correction had taken for lost was there, for it is spent now: it is the operator's again. */
export function spend(draft: Draft, address: string, amount: bigint): AddressRow {
  const { balance } = need(draft.get('addresses', address), `address ${address}`);
  const found = balance < amount ? amount - balance : 0n;
  addTotals(draft, { assets: found - amount, operator: found });
  return addToAddress(draft, address, found - amount);
}

/**
 * Our own money comes to a hub address. If its key has been asked to sign by then, which takes a bundle
 * that a restored coordinator had forgotten, it is stranded, whatever the operator has. What a forgotten
 * bundle is going to spend of it is not told apart before that is booked.
 */
export function takeOwn(draft: Draft, address: string, amount: bigint): AddressRow {
  const before = need(draft.get('addresses', address), `address ${address}`);
  const isLate = before.status === 'retired' && before.sweepId !== null;
  if (isLate) addTotals(draft, { stranded: amount, operator: -amount });
  return addToAddress(draft, address, amount);
}

function applyConfirmed(draft: Draft, { sweepId, tail }: EventOf<'sweep.confirmed'>): void {
  // A requested one: its response was imported by a coordinator of which this one is a backup.
  const from: SweepStatus[] = ['requested', 'signed', 'attached'];
  const before = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  if (isHealable(before) || before.abandoned !== null) from.push('blocked');
  const sweep = moveSweep(draft, sweepId, { from, to: 'confirmed' });
  const { tails } = sweep;
  draft.set('sweeps', sweepId, {
    ...sweep,
    confirmedTail: tail,
    tails: tails.includes(tail) ? tails : [...tails, tail],
    shortfalls: [],
  });
  for (const { address, amount } of sweep.inputs) spend(draft, address, amount);
  for (const [place, { kind, address, amount, withdrawalId }] of sweep.outputs.entries()) {
    const index = slotOfOutput(sweep, place);
    if (kind === 'own' || kind === 'cold') {
      takeOwn(draft, address, amount);
      addTotals(draft, { assets: amount });
      draft.set('movements', movementKey(tail, index), { depositId: null });
      continue;
    }
    const withdrawal = need(draft.get('withdrawals', withdrawalId ?? ''), 'withdrawal of a payout');
    // Whoever abandoned it has taken that upon the operator.
    if (isPaidElsewhere(withdrawal, sweep)) addTotals(draft, { operator: -amount });
    else payOut(draft, withdrawal.id);
    // A payout to one of our own addresses comes back as a deposit.
    if (draft.get('addresses', address) !== undefined) {
      bookArrival(draft, { address, amount, bundle: sweepId, tail, index, message: null });
    }
  }
}

/**
 * A confirmed sweep confirmed once more: its inputs had been paid again, which was booked as stranded.
 * What came back to own addresses is the operator's or stranded; what the payouts took is gone.
 */
function applyReplayed(draft: Draft, { sweepId, tail }: EventOf<'sweep.replayed'>): void {
  const sweep = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  const { status, confirmedTail, replays } = sweep;
  if (status !== 'confirmed' || confirmedTail === tail || replays.includes(tail)) {
    throw new LedgerViolation(`sweep ${sweepId} is ${status}; ${tail} is no replay of it`);
  }
  draft.set('sweeps', sweepId, { ...sweep, replays: [...replays, tail] });
  for (const { address, amount } of sweep.inputs) {
    addToAddress(draft, address, -amount);
    const { stranded } = totals(draft);
    const fromStranded = amount < stranded ? amount : stranded;
    addTotals(draft, { assets: -amount, stranded: -fromStranded });
    // What a correction had booked there is the operator's.
    addToOperator(draft, fromStranded - amount);
  }
  for (const [place, { address, amount }] of sweep.outputs.entries()) {
    if (draft.get('addresses', address) === undefined) continue;
    const index = slotOfOutput(sweep, place);
    bookArrival(draft, { address, amount, bundle: sweepId, tail, index, message: null });
  }
}

function applyBlocked(draft: Draft, { sweepId, shortfalls }: EventOf<'sweep.blocked'>): void {
  if (shortfalls.length === 0) throw new LedgerViolation('a blocked sweep has a shortfall');
  const sweep = moveSweep(draft, sweepId, { from: ['signed', 'attached'], to: 'blocked' });
  draft.set('sweeps', sweepId, { ...sweep, shortfalls });
}

function applyUnblocked(draft: Draft, { sweepId }: EventOf<'sweep.unblocked'>): void {
  const before = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  if (!isHealable(before)) {
    throw new LedgerViolation(`sweep ${sweepId} is ${before.status}: it cannot be healed`);
  }
  const to = before.tails.length === 0 ? 'signed' : 'attached';
  const sweep = moveSweep(draft, sweepId, { from: ['blocked'], to });
  draft.set('sweeps', sweepId, { ...sweep, shortfalls: [] });
}

/**
 * Whether a sweep that was not signed may be given up: its request was voided, the signer refused it, or
 * it lost a key or a payout to another bundle.
 */
export function isAbandonable(view: View, sweep: SweepRow): boolean {
  if (sweep.abandoned !== null) return false;
  const isLost = sweep.status === 'blocked' && !isHealable(sweep);
  return isLost || sweep.status === 'refused' || isAskedAgain(view, sweep.id, sweep.keyringId);
}

/** It waits for nothing, and what it was to pay may be paid otherwise. */
function applyAbandoned(draft: Draft, { sweepId, reason }: EventOf<'sweep.abandoned'>): void {
  const before = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  if (!isAbandonable(draft, before)) {
    throw new LedgerViolation(`sweep ${sweepId} is ${before.status}: it is not given up`);
  }
  // The payouts of one that is blocked already may be another bundle's by now.
  const sweep =
    before.status === 'blocked'
      ? before
      : moveSweep(draft, sweepId, { from: ['requested', 'refused'], to: 'blocked' });
  draft.set('sweeps', sweepId, { ...sweep, abandoned: reason });
}

export function applySweepEvent(draft: Draft, event: SweepEvent): void {
  switch (event.type) {
    case 'sweep.planned':
      applyPlanned(draft, event);
      break;
    case 'request.exported':
      applyExported(draft, event);
      break;
    case 'response.imported':
      applyResponse(draft, event);
      break;
    case 'sweep.attached':
      applyAttached(draft, event);
      break;
    case 'sweep.confirmed':
      applyConfirmed(draft, event);
      break;
    case 'sweep.replayed':
      applyReplayed(draft, event);
      break;
    case 'sweep.blocked':
      applyBlocked(draft, event);
      break;
    case 'sweep.unblocked':
      applyUnblocked(draft, event);
      break;
    case 'sweep.abandoned':
      applyAbandoned(draft, event);
  }
}
