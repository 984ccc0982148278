/**
 * Recovery: bundles that a restored coordinator has forgotten, read back from the Tangle once they are
 * confirmed there. What they swept is credited and what they paid is paid, by the bundle itself.
 */
import type { JournalEvent, SweepInput, SweepOutput } from '@airlock/journal';
import type { Coordinator } from '../coordinator.ts';
import { moveToHotUser } from '../credits.ts';
import { CoordinatorError } from '../error.ts';
import { FaultLog } from '../fault-log.ts';
import { forgottenBundles, keyName } from '../ledger/apply-record.ts';
import { LedgerViolation } from '../ledger/booking.ts';
import type { Command } from '../ledger/ledger.ts';
import type { AddressRow, DepositRow } from '../ledger/rows.ts';
import type { LedgerState } from '../ledger/state.ts';
import { TooManyFound } from '../nodes/node-client.ts';
import type { Settings } from '../settings.ts';
import { type Attached, fetchTransactions, findAttachments, isWhole } from './tangle.ts';

type Recovered = Extract<JournalEvent, { type: 'sweep.recovered' }>;

/** Why a forgotten bundle cannot be booked yet; it is tried again in every round. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** Sums that are looked at for the deposits of one input: of 16, whatever their amounts. */
const SUMS_MAX = 131_072;

/**
 * Deposits that hold an amount together, exactly: what came after an address was swept does not count, and
 * nodes name transactions in no order. The oldest ones up to it, if there are none or too many to tell.
 */
function holdingTogether(deposits: readonly DepositRow[], amount: bigint): DepositRow[] {
  const sums = new Map<bigint, readonly DepositRow[]>([[0n, []]]);
  let looked = 0;
  for (const deposit of deposits) {
    looked += sums.size;
    if (looked > SUMS_MAX) break;
    for (const [sum, found] of [...sums]) {
      const next = sum + deposit.amount;
      if (next <= amount && !sums.has(next)) sums.set(next, [...found, deposit]);
    }
    const found = sums.get(amount);
    if (found !== undefined) return [...found];
  }
  let sum = 0n;
  return deposits.filter((deposit) => {
    sum += deposit.amount;
    return sum <= amount;
  });
}

/** Deposits that an input swept and that are not credited. */
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
  return holdingTogether(deposits, amount).filter(({ status }) => status !== 'credited');
}

/** Without its user, what came to a deposit address would be booked as the operator's. */
function assertClaimed({ kind, userId, address }: AddressRow): void {
  if (kind !== 'deposit' || userId !== null) return;
  throw new NotYet(`nobody has said whose deposit address ${address} is`);
}

/** @param isDecided whether somebody has decided: what is missing was taken for lost by a correction */
function inputOf(state: LedgerState, { address, value }: Attached, isDecided: boolean): SweepInput {
  const row = state.get('addresses', address);
  if (row === undefined) throw new NotYet(`its input ${address} is in no imported address batch`);
  assertClaimed(row);
  if (row.balance < -value && !isDecided) {
    throw new NotYet(`what came to its input ${address} is not booked, or was corrected`);
  }
  const depositIds = sweptDeposits(state, row, -value).map(({ id }) => id);
  return { address, amount: -value, securityLevel: row.securityLevel, depositIds };
}

/** Own money that a bundle moves between our hub addresses, whichever keyring made them. */
function movedTo({ kind, keyringId }: AddressRow, spender: string): 'own' | 'cold' | null {
  if (kind !== 'hub') return null;
  return keyringId === spender ? 'own' : 'cold';
}

/** Outputs of a bundle that the signer built alone: ours, or paid unasked. */
function outputsAlone(
  state: LedgerState,
  keyringId: string,
  paid: readonly Attached[],
): SweepOutput[] {
  return paid.map(({ address, value: amount, obsoleteTag: tag }) => {
    const row = state.get('addresses', address);
    if (row !== undefined) assertClaimed(row);
    const kind = (row === undefined ? null : movedTo(row, keyringId)) ?? 'unasked';
    return { address, amount, kind, withdrawalId: null, tag };
  });
}

/** Ids of the withdrawals that the record says a forgotten bundle pays. */
function withdrawalsOf(state: LedgerState, bundle: string): string[] {
  const ids = [...state.entriesOf('forgottenWithdrawals')].flatMap(([key, { bundleHash }]) =>
    bundleHash === bundle ? [key.slice(key.indexOf('/') + 1)] : [],
  );
  return [...new Set(ids)];
}

interface Asked {
  readonly bundle: string;
  readonly keyringId: string;
  /** Whether somebody has decided: what nobody has asked for again as it was paid is the operator's. */
  readonly isDecided: boolean;
}

function outputsOf(
  state: LedgerState,
  { bundle, keyringId, isDecided }: Asked,
  paid: readonly Attached[],
): SweepOutput[] {
  const named = withdrawalsOf(state, bundle);
  const waiting = named.flatMap((id) => state.get('withdrawals', id) ?? []);
  const outputs = paid.map(({ address, value: amount, obsoleteTag: tag }): SweepOutput => {
    const row = state.get('addresses', address);
    if (row !== undefined) assertClaimed(row);
    const place = waiting.findIndex((each) => each.address === address && each.amount === amount);
    const [withdrawal] = place < 0 ? [] : waiting.splice(place, 1);
    if (withdrawal !== undefined) {
      return { address, amount, kind: 'withdrawal', withdrawalId: withdrawal.id, tag };
    }
    const kind = row === undefined ? null : movedTo(row, keyringId);
    if (kind !== null) return { address, amount, kind, withdrawalId: null, tag };
    if (isDecided) return { address, amount, kind: 'unasked', withdrawalId: null, tag };
    throw new NotYet(`no withdrawal of ${amount} i to ${address} was asked for again`);
  });
  // A payout to a hub address looks like a remainder as long as nobody has asked for it again.
  const found = outputs.map(({ withdrawalId }) => withdrawalId);
  const missing = named.filter((id) => !found.includes(id));
  if (missing.length === 0 || isDecided) return outputs;
  throw new NotYet(`not asked for again: withdrawals ${missing.join(', ')}`);
}

/** The event that books a confirmed attachment of a forgotten bundle. @throws NotYet */
function eventOf(
  state: LedgerState,
  instance: readonly Attached[],
  lossReason: string | null,
): Recovered {
  const [first] = instance;
  if (first === undefined) throw new TypeError('an attachment has a tail');
  const { hash: tail, bundle: sweepId, timestamp, obsoleteTag } = first;
  const inputs = instance
    .filter(({ value }) => value < 0n)
    .map((each) => inputOf(state, each, lossReason !== null));
  const paid = instance.filter(({ value }) => value > 0n);
  const { keyringId = '', commitment = '' } =
    state.get('addresses', inputs[0]?.address ?? '') ?? {};
  const isAlone = state.get('forgottenKeys', keyName(keyringId, commitment))?.alone === true;
  const outputs = isAlone
    ? outputsAlone(state, keyringId, paid)
    : outputsOf(state, { bundle: sweepId, keyringId, isDecided: lossReason !== null }, paid);
  const essence = { keyringId, inputs, outputs, timestamp, obsoleteTag };
  return { type: 'sweep.recovered', sweepId, tail, lossReason, ...essence };
}

/** Own addresses that a bundle spends from, as far as they are known here. */
function spentAddresses(state: LedgerState, instance: readonly Attached[]): AddressRow[] {
  return instance.flatMap(({ address, value }) => {
    const row = state.get('addresses', address);
    return value < 0n && row !== undefined ? [row] : [];
  });
}

/** A confirmed attachment of a bundle, with what came to its inputs booked; null if there is none. */
async function confirmedAttachment(
  coordinator: Coordinator,
  bundle: string,
  look: Look,
): Promise<readonly Attached[] | null> {
  const attachments = await findAttachments(coordinator, bundle);
  const confirmed = attachments.find(
    ({ instance, isConfirmed }) => isConfirmed && isWhole(instance, bundle),
  );
  if (confirmed === undefined) return null;
  const spent = spentAddresses(coordinator.ledger.state, confirmed.instance);
  await look(spent.map(({ address }) => address));
  return confirmed.instance;
}

/**
 * What another forgotten bundle brought to an input is booked with that bundle: a decision must not take it
 * for lost before, as it takes what a correction has taken off. @throws NotYet
 */
async function assertNoneBefore(
  { node, ledger: { state } }: Coordinator,
  instance: readonly Attached[],
): Promise<void> {
  const short = instance.flatMap(({ address, value }) =>
    (state.get('addresses', address)?.balance ?? 0n) < -value ? [address] : [],
  );
  if (short.length === 0) return;
  const forgotten = forgottenBundles(state);
  const came = await fetchTransactions(node, await node.findByAddresses(short));
  for (const { address, value, bundle } of came.values()) {
    if (value <= 0n || !forgotten.has(bundle)) continue;
    throw new NotYet(`bundle ${bundle}, which pays to its input ${address}, is not booked`);
  }
}

/** Books what is confirmed on addresses. */
type Look = (addresses: readonly string[]) => Promise<unknown>;

/** Books a forgotten bundle, and what follows from the deposits that it credits. */
function book(command: Command, settings: Settings, event: Recovered): void {
  command.record(event);
  const swept = event.inputs.flatMap(({ depositIds }) => depositIds);
  moveToHotUser(command, settings, swept);
}

/**
 * One round over all forgotten bundles. One that cannot be booked, or of which there is more than the
 * nodes tell, is left out and told of once.
 * @param faults what was said of earlier rounds
 * @returns how many were recovered
 */
export async function recoverForgotten(
  coordinator: Coordinator,
  look: Look,
  faults: FaultLog = new FaultLog(coordinator.log),
): Promise<number> {
  const { ledger, log, settings } = coordinator;
  let recovered = 0;
  for (const bundle of forgottenBundles(ledger.state)) {
    try {
      const instance = await confirmedAttachment(coordinator, bundle, look);
      if (instance === null) continue;
      await ledger.execute((command) =>
        book(command, settings, eventOf(ledger.state, instance, null)),
      );
      recovered += 1;
      log(`forgotten bundle ${bundle} is confirmed, and booked as the Tangle has it`);
    } catch (cause) {
      if (cause instanceof TooManyFound) {
        faults.tell(`forgotten bundle ${bundle} cannot be looked at`, cause.message);
        continue;
      }
      if (!(cause instanceof NotYet || cause instanceof LedgerViolation)) throw cause;
      faults.tell(`forgotten bundle ${bundle} is confirmed, but not booked`, cause.message);
    }
  }
  return recovered;
}

/**
 * Books a confirmed forgotten bundle now, whatever is missing for it, which the operator bears: somebody's
 * decision, with a reason. @throws CoordinatorError not_found, state_changed
 */
export async function bookForgotten<T>(
  coordinator: Coordinator,
  { bundle, reason, reply }: ForgottenDecision<T>,
  look: Look,
): Promise<T> {
  const { ledger, settings } = coordinator;
  const next = 'GET /v1/alarms?status=raised lists sweep.forgotten; wait until it is confirmed';
  const instance = forgottenBundles(ledger.state).has(bundle)
    ? await confirmedAttachment(coordinator, bundle, look)
    : null;
  if (instance === null) {
    throw new CoordinatorError('not_found', `no forgotten bundle ${bundle} is confirmed`, { next });
  }
  try {
    await assertNoneBefore(coordinator, instance);
    return await ledger.execute((command) => {
      book(command, settings, eventOf(ledger.state, instance, reason));
      return reply(command);
    });
  } catch (cause) {
    if (!(cause instanceof NotYet || cause instanceof LedgerViolation)) throw cause;
    throw new CoordinatorError('state_changed', `it cannot be booked yet: ${cause.message}`, {
      next,
    });
  }
}

export interface ForgottenDecision<T> {
  readonly bundle: string;
  readonly reason: string;
  /** Called in the command that books it. */
  readonly reply: (command: Command) => T;
}
