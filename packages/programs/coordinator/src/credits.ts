/**
 * When a deposit is credited: the rule of the policy, and the events that follow from it, with
 * its move to the hot user of an exchange that keeps the balances itself.
 */
import type { Command, Ledger } from './ledger/ledger.ts';
import { type DepositRow, SURRENDERED, type SweepRow } from './ledger/rows.ts';
import type { View } from './ledger/state.ts';
import type { CreditPolicy, Settings } from './settings.ts';

/** Settings that say when and to whom deposits are credited. */
export type CreditSettings = Pick<Settings, 'creditPolicy' | 'hotUser'>;

/**
 * The policy of a deposit: on an address of a cold keyring, or one whose seed was given away, no sweep
 * ever comes that it could wait for; nor for what a correction took for lost, which the operator bore.
 */
function policyOf(
  view: Pick<View, 'get'>,
  { creditPolicy }: CreditSettings,
  { address, amount, sweepId }: Pick<DepositRow, 'address' | 'amount' | 'sweepId'>,
): CreditPolicy {
  const { keyringId = '', custody = null, balance = 0n } = view.get('addresses', address) ?? {};
  const isCold = view.get('keyrings', keyringId)?.purpose === 'cold';
  const isBorne = sweepId === null && balance < amount;
  // Whoever gave a seed away bears it, not the user.
  return isCold || custody === SURRENDERED || isBorne ? 'confirmed' : creditPolicy;
}

/** Whether a deposit becomes its user's as its sweep stands now. */
export function isCreditDue(
  policy: CreditPolicy,
  { status }: Pick<DepositRow, 'status'>,
  sweep: Pick<SweepRow, 'status' | 'abandoned'> | undefined,
): boolean {
  if (status !== 'confirmed') return false;
  if (policy === 'confirmed') return true;
  if (sweep === undefined) return false;
  // A void does not undo it: once it was requested the money is ours.
  if (policy === 'swept') return sweep.status !== 'planned';
  // One that was given up is not waited for, and its deposits are in no other.
  return sweep.status === 'confirmed' || sweep.abandoned !== null;
}

/**
 * Moves deposits that this command has credited to the hot user, who is created if missing. It cannot fail:
 * what was credited just now is there.
 */
export function moveToHotUser(
  { draft, record }: Command,
  { hotUser }: CreditSettings,
  depositIds: Iterable<string>,
): void {
  if (hotUser === null) return;
  for (const depositId of depositIds) {
    const deposit = draft.get('deposits', depositId);
    if (deposit?.status !== 'credited' || deposit.userId === hotUser) continue;
    if (draft.get('users', hotUser) === undefined) {
      record({ type: 'user.created', userId: hotUser });
    }
    const { userId, amount } = deposit;
    record({
      type: 'transfer.booked',
      // Known to whoever knows the deposit, and the same after a restore.
      transferId: depositId.replace(/^dep_/, 'tr_'),
      entries: [
        { userId, amount: -amount },
        { userId: hotUser, amount },
      ],
      reference: depositId,
    });
  }
}

/** Records the credits that are due of these deposits, each with its move to the hot user; how many. */
export function creditDue(
  command: Command,
  settings: CreditSettings,
  depositIds: Iterable<string>,
): number {
  const { draft, record } = command;
  let credited = 0;
  for (const depositId of depositIds) {
    const deposit = draft.get('deposits', depositId);
    if (deposit === undefined) continue;
    const sweep = draft.get('sweeps', deposit.sweepId ?? '');
    if (!isCreditDue(policyOf(draft, settings, deposit), deposit, sweep)) continue;
    record({ type: 'deposit.credited', depositId });
    moveToHotUser(command, settings, [depositId]);
    credited += 1;
  }
  return credited;
}

/** Credits of one command. */
const CREDITS_MAX = 500;

/**
 * Everything that is due but was not credited when it happened: after a release from quarantine, a
 * payout that came to a deposit address, or a change of the policy.
 */
export async function creditRound(ledger: Ledger, settings: CreditSettings): Promise<number> {
  const { state } = ledger;
  const due = [...state.find([{ index: 'deposits', name: 'confirmed' }])]
    .filter((deposit) => {
      const sweep = state.get('sweeps', deposit.sweepId ?? '');
      return isCreditDue(policyOf(state, settings, deposit), deposit, sweep);
    })
    .map(({ id }) => id);
  let credited = 0;
  for (let at = 0; at < due.length; at += CREDITS_MAX) {
    const part = due.slice(at, at + CREDITS_MAX);
    credited += await ledger.execute((command) => creditDue(command, settings, part));
  }
  return credited;
}
