/**
 * The ledger's rule for a bundle that this coordinator had forgotten, since it was restored from a
 * backup, and that the Tangle shows as confirmed: its deposits are credited, its payouts are paid.
 */
import type { JournalEntry, JournalEvent, SweepInput, SweepOutput } from '@airlock/journal';
import { keyName } from './apply-record.ts';
import { payOut, slotOfOutput, spend, takeOwn } from './apply-sweep.ts';
import {
  addToOperator,
  addTotals,
  addToUser,
  bookArrival,
  isAwaited,
  LedgerViolation,
  movementKey,
  need,
  TERM_OF,
} from './booking.ts';
import { type AddressRow, isHealable, type WithdrawalRow } from './rows.ts';
import type { Draft } from './state.ts';

type Recovered = Extract<JournalEvent, { type: 'sweep.recovered' }>;

/** What the bundle swept is credited, although it was booked as stranded meanwhile. */
function creditSwept(
  draft: Draft,
  { address, amount: spent, depositIds }: SweepInput,
  { number, at, event }: JournalEntry & { readonly event: Recovered },
): void {
  const { sweepId } = event;
  const known = draft.get('addresses', address)?.sweepId;
  let rest = spent;
  for (const id of depositIds) {
    const deposit = need(draft.get('deposits', id), `deposit ${id}`);
    const { status, userId, amount } = deposit;
    rest -= amount;
    if (rest < 0n) throw new LedgerViolation(`deposit ${id} is more than ${address} has spent`);
    const isFree = deposit.sweepId === null || deposit.sweepId === known;
    if (deposit.address !== address || !isFree || status === 'credited') {
      throw new LedgerViolation(`deposit ${id} is not free on ${address}`);
    }
    draft.set('deposits', id, { ...deposit, status: 'credited', sweepId });
    const pendingDeposits = status === 'stranded' ? 0n : -amount;
    const user = addToUser(draft, userId, { available: amount, pendingDeposits });
    addTotals(draft, { users: amount });
    addTotals(draft, { [TERM_OF[status]]: -amount });
    const change = { amount, balanceAfter: user.available, depositId: id, sweepId };
    draft.history.push({ userId, row: { number, at, type: 'deposit.credited', ...change } });
  }
}

/** Whether a key is in no sweep of ours, or in one that waits for nothing: it lost a key, or was abandoned. */
function isFreeKey(draft: Draft, { sweepId }: AddressRow): boolean {
  const sweep = draft.get('sweeps', sweepId ?? '');
  return sweepId === null || (sweep?.status === 'blocked' && !isHealable(sweep));
}

/** Of money on a used hub address: what came after the sweep was planned that lost the key, or nothing. */
function strandedBefore(draft: Draft, { address, balance, sweepId }: AddressRow): bigint {
  const sweep = draft.get('sweeps', sweepId ?? '');
  const planned = sweep?.inputs.find((input) => input.address === address)?.amount ?? balance;
  return balance > planned ? balance - planned : 0n;
}

/** @param mustHave whether the operator must have it: what a person left behind, or a user was credited */
function strandAtCost(draft: Draft, amount: bigint, mustHave: boolean): void {
  addTotals(draft, { stranded: amount });
  if (mustHave && amount > 0n) addToOperator(draft, -amount);
  else addTotals(draft, { operator: -amount });
}

/**
 * What the bundle left on an address came after its key had signed, whatever was known here then. Users
 * keep what was credited of it: nobody can spend it, so that the operator owes it, or somebody decides.
 * @param before the address as it was before the bundle spent from it
 */
function strandRest(
  draft: Draft,
  before: AddressRow,
  { alone, isDecided }: { readonly alone: boolean; readonly isDecided: boolean },
): void {
  const { address, kind, sweepId, userId } = before;
  const { balance } = need(draft.get('addresses', address), `address ${address}`);
  if (kind === 'hub') {
    strandAtCost(draft, balance - strandedBefore(draft, before), alone && !isDecided);
    return;
  }
  if (userId === null) return;
  let rest = balance;
  for (const deposit of draft.find({ index: 'depositsOf', name: userId })) {
    const { id, status, amount } = deposit;
    if (deposit.address !== address || status === 'credited') continue;
    rest -= amount;
    if (status === 'stranded' || deposit.sweepId !== sweepId) continue;
    draft.set('deposits', id, { ...deposit, status: 'stranded' });
    addTotals(draft, { [TERM_OF[status]]: -amount });
    addTotals(draft, { stranded: amount });
    addToUser(draft, userId, { pendingDeposits: -amount });
  }
  if (rest > 0n) strandAtCost(draft, rest, !isDecided);
}

function spendInputs(draft: Draft, entry: JournalEntry & { readonly event: Recovered }): void {
  const { sweepId, keyringId, inputs } = entry.event;
  for (const input of inputs) {
    const { address, amount } = input;
    const row = need(draft.get('addresses', address), `address ${address}`);
    const bound = draft.get('forgottenKeys', keyName(keyringId, row.commitment));
    if (row.keyringId !== keyringId || bound?.bundleHash !== sweepId || !isFreeKey(draft, row)) {
      throw new LedgerViolation(`the key of ${address} is not bound to bundle ${sweepId}`);
    }
    creditSwept(draft, input, entry);
    const spent = spend(draft, address, amount);
    strandRest(draft, row, { alone: bound.alone, isDecided: entry.event.lossReason !== null });
    draft.set('addresses', address, { ...spent, sweepId });
  }
}

/** @param key of the movement, which may have been booked as the operator's before it was recognised */
function takeBack(
  draft: Draft,
  { output: { address, amount, kind }, key }: { output: SweepOutput; key: string },
  event: Recovered,
): void {
  const before = need(draft.get('addresses', address), `address ${address}`);
  const isOwn = before.keyringId === event.keyringId;
  if (before.kind !== 'hub' || kind !== (isOwn ? 'own' : 'cold')) {
    throw new LedgerViolation(`address ${address} is no hub address for ${kind} money`);
  }
  const isBooked = draft.get('movements', key) !== undefined;
  const row = isBooked ? before : takeOwn(draft, address, amount);
  addTotals(draft, isBooked ? { operator: -amount } : { assets: amount });
  draft.set('movements', key, { depositId: null });
  // One that a later forgotten bundle spends is retired already.
  const status = row.status === 'pooled' ? 'active' : row.status;
  // A sweep of ours may pay to it as well: until that is confirmed nothing spends from it.
  const fundedBy = isAwaited(draft, row.fundedBy) ? row.fundedBy : event.sweepId;
  draft.set('addresses', address, { ...row, status, fundedBy });
}

/**
 * Whether a sweep of another keyring, whose signer knows nothing of this bundle, may pay it as well. One
 * of this keyring has lost it to this bundle.
 */
function isPaidByOther(
  draft: Draft,
  { sweepId }: WithdrawalRow,
  { keyringId }: Recovered,
): boolean {
  const other = draft.get('sweeps', sweepId ?? '');
  return other !== undefined && other.keyringId !== keyringId && isAwaited(draft, other.id);
}

/**
 * One that was cancelled, or paid by another keyring, before it came out that this bundle pays it, is the
 * operator's, who must have it unless somebody decided the loss.
 */
function payWithdrawal(draft: Draft, output: SweepOutput, event: Recovered): void {
  const { sweepId, lossReason } = event;
  const id = output.withdrawalId ?? '';
  const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
  const { status, address, amount } = withdrawal;
  const isThis = address === output.address && amount === output.amount;
  const isBound = [id, keyName(event.keyringId, id)].some(
    (key) => draft.get('forgottenWithdrawals', key)?.bundleHash === sweepId,
  );
  if (!isThis || !isBound) {
    throw new LedgerViolation(`withdrawal ${id} is not what bundle ${sweepId} pays`);
  }
  const isOthers = isPaidByOther(draft, withdrawal, event);
  if (isOthers && lossReason === null) {
    throw new LedgerViolation(`withdrawal ${id} is ${status} in another bundle as well`);
  }
  const isPaid = isOthers || status === 'confirmed';
  if (isPaid || status === 'cancelled') payByOperator(draft, amount, event);
  else payOut(draft, id);
  if (!isPaid) draft.set('withdrawals', id, { ...withdrawal, status: 'confirmed', sweepId });
}

/** @throws LedgerViolation if the operator has too little, and nobody has decided the loss */
function payByOperator(draft: Draft, amount: bigint, { lossReason }: Recovered): void {
  if (lossReason === null) addToOperator(draft, -amount);
  else addTotals(draft, { operator: -amount });
}

/**
 * What the signer paid alone is the operator's, who must have it unless somebody decided the loss; so is,
 * by a decision, a payout that nobody has asked for again as it was made.
 */
function payUnasked(draft: Draft, amount: bigint, event: Recovered): void {
  const { inputs, sweepId } = event;
  const isAlone = inputs.every(({ address }) => {
    const { commitment = '', keyringId = '' } = draft.get('addresses', address) ?? {};
    return draft.get('forgottenKeys', keyName(keyringId, commitment))?.alone === true;
  });
  if (!isAlone && event.lossReason === null) {
    throw new LedgerViolation(`bundle ${sweepId} was asked for: it pays withdrawals`);
  }
  payByOperator(draft, amount, event);
}

function payOutputs(draft: Draft, event: Recovered): void {
  const { sweepId, tail } = event;
  for (const [place, output] of event.outputs.entries()) {
    const { kind, address, amount } = output;
    const index = slotOfOutput(event, place);
    const key = movementKey(tail, index);
    if (kind === 'own' || kind === 'cold') {
      takeBack(draft, { output, key }, event);
      continue;
    }
    if (kind === 'withdrawal') payWithdrawal(draft, output, event);
    else payUnasked(draft, amount, event);
    // The monitor may have booked it before the bundle was recognised.
    const isBooked = draft.get('movements', key) !== undefined;
    if (draft.get('addresses', address) !== undefined && !isBooked) {
      bookArrival(draft, { address, amount, bundle: sweepId, tail, index, message: null });
    }
  }
}

/**
 * What was asked for again otherwise than the bundle has paid it can be paid by no other bundle: it is given
 * back, by the decision that the operator bears what was paid.
 */
function giveBackRest(
  draft: Draft,
  { number, at, event }: JournalEntry & { readonly event: Recovered },
): void {
  const { sweepId, lossReason } = event;
  if (lossReason === null) return;
  for (const withdrawal of draft.find({ index: 'withdrawals', name: 'blocked' })) {
    const { id, userId, amount, replacedBy } = withdrawal;
    if (withdrawal.sweepId !== sweepId) continue;
    draft.set('withdrawals', id, { ...withdrawal, status: 'cancelled' });
    addTotals(draft, { unpaidWithdrawals: -amount });
    if (userId === null || replacedBy !== null) {
      addTotals(draft, { operator: amount });
      continue;
    }
    const user = addToUser(draft, userId, { available: amount, pendingWithdrawals: -amount });
    addTotals(draft, { users: amount });
    const change = { amount, balanceAfter: user.available, withdrawalId: id, sweepId };
    draft.history.push({ userId, row: { number, at, type: 'withdrawal.cancelled', ...change } });
  }
}

export function applyRecovered(
  draft: Draft,
  entry: JournalEntry & { readonly event: Recovered },
): void {
  const { type: _type, tail, sweepId, lossReason: _lossReason, ...essence } = entry.event;
  if (draft.get('sweeps', sweepId) !== undefined) {
    throw new LedgerViolation(`sweep ${sweepId} is not forgotten`);
  }
  spendInputs(draft, entry);
  payOutputs(draft, entry.event);
  giveBackRest(draft, entry);
  draft.set('sweeps', sweepId, {
    ...essence,
    id: sweepId,
    orderId: null,
    abandoned: null,
    requestId: null,
    status: 'confirmed',
    tails: [tail],
    confirmedTail: tail,
    replays: [],
    shortfalls: [],
  });
}
