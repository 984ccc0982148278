/**
 * The ledger's rule for a bundle that this coordinator had forgotten, since it was restored from a
 * backup, and that the Tangle shows as confirmed: its deposits are credited, its payouts are paid.
 */
import type { JournalEntry, JournalEvent, SweepOutput } from '@airlock/journal';
import { keyName } from './apply-record.ts';
import { payOut, slotOfOutput } from './apply-sweep.ts';
import {
  addToAddress,
  addTotals,
  addToUser,
  bookArrival,
  LedgerViolation,
  movementKey,
  need,
  TERM_OF,
} from './booking.ts';
import type { Draft } from './state.ts';

type Recovered = Extract<JournalEvent, { type: 'sweep.recovered' }>;

/** What the bundle swept is credited, although it was booked as stranded meanwhile. */
function creditSwept(
  draft: Draft,
  { address, amount: spent, depositIds }: Recovered['inputs'][number],
  { number, at, event }: JournalEntry & { readonly event: Recovered },
): void {
  const { sweepId } = event;
  let rest = spent;
  for (const id of depositIds) {
    const deposit = need(draft.get('deposits', id), `deposit ${id}`);
    const { status, userId, amount } = deposit;
    rest -= amount;
    if (rest < 0n) throw new LedgerViolation(`deposit ${id} is more than ${address} has spent`);
    if (deposit.address !== address || deposit.sweepId !== null || status === 'credited') {
      throw new LedgerViolation(`deposit ${id} is not free on ${address}`);
    }
    draft.set('deposits', id, { ...deposit, status: 'credited', sweepId });
    const pendingDeposits = status === 'stranded' ? 0n : -amount;
    const user = addToUser(draft, userId, { available: amount, pendingDeposits });
    addTotals(draft, { users: amount });
    addTotals(draft, { [TERM_OF[status]]: -amount });
    const row = { amount, balanceAfter: user.available, depositId: id, sweepId };
    draft.history.push({ userId, number, at, type: 'deposit.credited', ...row });
  }
}

function spendInputs(draft: Draft, entry: JournalEntry & { readonly event: Recovered }): void {
  const { sweepId, keyringId, inputs } = entry.event;
  for (const input of inputs) {
    const { address, amount } = input;
    const row = need(draft.get('addresses', address), `address ${address}`);
    const bound = draft.get('forgottenKeys', keyName(keyringId, row.commitment));
    if (row.keyringId !== keyringId || bound?.bundleHash !== sweepId || row.sweepId !== null) {
      throw new LedgerViolation(`the key of ${address} is not bound to bundle ${sweepId}`);
    }
    creditSwept(draft, input, entry);
    addToAddress(draft, address, -amount);
    addTotals(draft, { assets: -amount });
    draft.set('addresses', address, { ...need(draft.get('addresses', address), ''), sweepId });
  }
}

function takeBack(draft: Draft, { address, amount }: SweepOutput, event: Recovered): void {
  const before = need(draft.get('addresses', address), `address ${address}`);
  if (before.kind !== 'hub' || before.keyringId !== event.keyringId) {
    throw new LedgerViolation(`address ${address} is no hub address of ${event.keyringId}`);
  }
  const row = addToAddress(draft, address, amount);
  addTotals(draft, { assets: amount });
  // One that a later forgotten bundle spends is retired already.
  const status = row.status === 'pooled' ? 'active' : row.status;
  draft.set('addresses', address, { ...row, status, fundedBy: event.sweepId });
}

function payOutputs(draft: Draft, event: Recovered): void {
  const { sweepId, tail } = event;
  for (const [place, output] of event.outputs.entries()) {
    const { kind, address, amount, withdrawalId } = output;
    const index = slotOfOutput(event, place);
    if (kind === 'own') {
      takeBack(draft, output, event);
      const key = movementKey(tail, index);
      if (draft.get('movements', key) !== undefined) {
        throw new LedgerViolation(`movement ${key} is booked already`);
      }
      draft.set('movements', key, { depositId: null });
      continue;
    }
    const id = withdrawalId ?? '';
    const withdrawal = need(draft.get('withdrawals', id), `withdrawal ${id}`);
    const isThis = withdrawal.address === address && withdrawal.amount === amount;
    if (!isThis || withdrawal.status !== 'blocked' || withdrawal.sweepId !== sweepId) {
      throw new LedgerViolation(`withdrawal ${id} is not what bundle ${sweepId} pays`);
    }
    payOut(draft, id);
    draft.set('withdrawals', id, { ...withdrawal, status: 'confirmed' });
    if (draft.get('addresses', address) !== undefined) {
      bookArrival(draft, { address, amount, bundle: sweepId, tail, index, message: null });
    }
  }
}

export function applyRecovered(
  draft: Draft,
  entry: JournalEntry & { readonly event: Recovered },
): void {
  const { type: _type, tail, sweepId, ...essence } = entry.event;
  if (draft.get('sweeps', sweepId) !== undefined) {
    throw new LedgerViolation(`sweep ${sweepId} is not forgotten`);
  }
  spendInputs(draft, entry);
  payOutputs(draft, entry.event);
  draft.set('sweeps', sweepId, {
    ...essence,
    id: sweepId,
    requestId: null,
    status: 'confirmed',
    tails: [tail],
    confirmedTail: tail,
    replays: [],
    shortfalls: [],
  });
}
