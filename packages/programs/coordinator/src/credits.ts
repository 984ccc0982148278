/** When a deposit is credited: the rule of the policy (design §7), and the events that follow from it. */
import type { Command, Ledger } from './ledger/ledger.ts';
import type { DepositRow, SweepRow } from './ledger/rows.ts';
import type { CreditPolicy } from './settings.ts';

/** Whether a deposit becomes its user's as its sweep stands now. */
export function isCreditDue(
  policy: CreditPolicy,
  { status }: Pick<DepositRow, 'status'>,
  sweep: Pick<SweepRow, 'status'> | undefined,
): boolean {
  if (status !== 'confirmed') return false;
  if (policy === 'confirmed') return true;
  if (sweep === undefined) return false;
  // A void does not undo it: once it was requested the money is ours.
  return policy === 'swept' ? sweep.status !== 'planned' : sweep.status === 'confirmed';
}

/** Records the credits that are due of these deposits; how many. */
export function creditDue(
  { draft, record }: Command,
  policy: CreditPolicy,
  depositIds: Iterable<string>,
): number {
  let credited = 0;
  for (const depositId of depositIds) {
    const deposit = draft.get('deposits', depositId);
    if (deposit === undefined) continue;
    const sweep = draft.get('sweeps', deposit.sweepId ?? '');
    if (!isCreditDue(policy, deposit, sweep)) continue;
    record({ type: 'deposit.credited', depositId });
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
export async function creditRound(ledger: Ledger, policy: CreditPolicy): Promise<number> {
  const { state } = ledger;
  const due = [...state.find([{ index: 'deposits', name: 'confirmed' }])]
    .filter((deposit) => isCreditDue(policy, deposit, state.get('sweeps', deposit.sweepId ?? '')))
    .map(({ id }) => id);
  let credited = 0;
  for (let at = 0; at < due.length; at += CREDITS_MAX) {
    const part = due.slice(at, at + CREDITS_MAX);
    credited += await ledger.execute((command) => creditDue(command, policy, part));
  }
  return credited;
}
