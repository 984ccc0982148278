/**
 * Recovery: bundles that a restored coordinator has forgotten, read back from the Tangle once they are
 * confirmed there. What they swept is credited and what they paid is paid, by the bundle itself.
 */
import type { JournalEvent, SweepInput, SweepOutput } from '@airlock/journal';
import type { Coordinator } from './coordinator.ts';
import { moveToHotUser } from './credits.ts';
import { FaultLog } from './fault-log.ts';
import { LedgerViolation } from './ledger/booking.ts';
import type { AddressRow, DepositRow } from './ledger/rows.ts';
import type { LedgerState } from './ledger/state.ts';
import { type Attached, findAttachments, isWhole } from './tangle.ts';

type Recovered = Extract<JournalEvent, { type: 'sweep.recovered' }>;

/** Why a forgotten bundle cannot be booked yet; it is tried again in every round. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** Bundles that the signer's record names and that no sweep of ours is. */
function forgottenBundles(state: LedgerState): Set<string> {
  const named = [...state.rows('forgottenKeys')].map(({ bundleHash }) => bundleHash);
  return new Set(named.filter((bundle) => state.get('sweeps', bundle) === undefined));
}

/** Deposits that an input swept and that are not credited: the oldest ones, up to its amount. */
function sweptDeposits(
  state: LedgerState,
  { address, userId, sweepId }: AddressRow,
  amount: bigint,
): DepositRow[] {
  // Of a sweep that was planned here over a key that had signed: it can never be signed.
  const isFree = (deposit: DepositRow): boolean =>
    deposit.sweepId === null || deposit.sweepId === sweepId;
  const deposits = [...state.find([{ index: 'depositsOf', name: userId ?? '' }])].filter(
    (deposit) => deposit.address === address && isFree(deposit),
  );
  let sum = 0n;
  const swept = deposits.filter((deposit) => {
    sum += deposit.amount;
    return sum <= amount;
  });
  return swept.filter(({ status }) => status !== 'credited');
}

/** Without its user, what came to a deposit address would be booked as the operator's. */
function assertClaimed({ kind, userId, address }: AddressRow): void {
  if (kind !== 'deposit' || userId !== null) return;
  throw new NotYet(`nobody has said whose deposit address ${address} is`);
}

function inputOf(state: LedgerState, { address, value }: Attached): SweepInput {
  const row = state.get('addresses', address);
  if (row === undefined) throw new NotYet(`its input ${address} is in no imported address batch`);
  assertClaimed(row);
  if (row.balance < -value) throw new NotYet(`what came to its input ${address} is not booked`);
  const depositIds = sweptDeposits(state, row, -value).map(({ id }) => id);
  return { address, amount: -value, securityLevel: row.securityLevel, depositIds };
}

function outputsOf(state: LedgerState, bundle: string, paid: readonly Attached[]): SweepOutput[] {
  const named = [...state.entriesOf('forgottenWithdrawals')].filter(
    ([, { bundleHash }]) => bundleHash === bundle,
  );
  const waiting = named.flatMap(([id]) => state.get('withdrawals', id) ?? []);
  const outputs = paid.map(({ address, value: amount, obsoleteTag: tag }): SweepOutput => {
    const row = state.get('addresses', address);
    if (row !== undefined) assertClaimed(row);
    const place = waiting.findIndex((each) => each.address === address && each.amount === amount);
    const [withdrawal] = place < 0 ? [] : waiting.splice(place, 1);
    if (withdrawal !== undefined) {
      return { address, amount, kind: 'withdrawal', withdrawalId: withdrawal.id, tag };
    }
    if (row?.kind === 'hub') {
      return { address, amount, kind: 'own', withdrawalId: null, tag };
    }
    throw new NotYet(`no withdrawal of ${amount} i to ${address} was asked for again`);
  });
  // A payout to a hub address looks like a remainder as long as nobody has asked for it again.
  const payouts = outputs.filter(({ kind }) => kind === 'withdrawal').length;
  if (payouts === named.length) return outputs;
  throw new NotYet(`${named.length - payouts} of its withdrawals were not asked for again`);
}

/** The event that books a confirmed attachment of a forgotten bundle. @throws NotYet */
function eventOf(state: LedgerState, instance: readonly Attached[]): Recovered {
  const [first] = instance;
  if (first === undefined) throw new TypeError('an attachment has a tail');
  const { hash: tail, bundle: sweepId, timestamp, obsoleteTag } = first;
  const inputs = instance.filter(({ value }) => value < 0n).map((each) => inputOf(state, each));
  const paid = instance.filter(({ value }) => value > 0n);
  const outputs = outputsOf(state, sweepId, paid);
  const keyringId = state.get('addresses', inputs[0]?.address ?? '')?.keyringId ?? '';
  const essence = { keyringId, inputs, outputs, timestamp, obsoleteTag };
  return { type: 'sweep.recovered', sweepId, tail, ...essence };
}

/** Own addresses that a bundle spends from, as far as they are known here. */
function spentAddresses(state: LedgerState, instance: readonly Attached[]): AddressRow[] {
  return instance.flatMap(({ address, value }) => {
    const row = state.get('addresses', address);
    return value < 0n && row !== undefined ? [row] : [];
  });
}

/**
 * One round over all forgotten bundles.
 * @param look books what is confirmed on addresses
 * @param faults what was said of earlier rounds
 * @returns how many were recovered
 */
export async function recoverForgotten(
  coordinator: Coordinator,
  look: (addresses: readonly string[]) => Promise<unknown>,
  faults: FaultLog = new FaultLog(coordinator.log),
): Promise<number> {
  const { ledger, log, settings } = coordinator;
  let recovered = 0;
  for (const bundle of forgottenBundles(ledger.state)) {
    const attachments = await findAttachments(coordinator, bundle);
    const confirmed = attachments.find(
      ({ instance, isConfirmed }) => isConfirmed && isWhole(instance, bundle),
    );
    if (confirmed === undefined) continue;
    const { instance } = confirmed;
    const spent = spentAddresses(ledger.state, instance);
    await look(spent.map(({ address }) => address));
    try {
      await ledger.execute((command) => {
        const event = eventOf(ledger.state, instance);
        command.record(event);
        const swept = event.inputs.flatMap(({ depositIds }) => depositIds);
        moveToHotUser(command, settings, swept);
      });
      recovered += 1;
      log(`forgotten bundle ${bundle} is confirmed, and booked as the Tangle has it`);
    } catch (cause) {
      if (!(cause instanceof NotYet || cause instanceof LedgerViolation)) throw cause;
      faults.tell(`forgotten bundle ${bundle} is confirmed, but not booked`, cause.message);
    }
  }
  return recovered;
}
