/** Rows of the state as the API shows them: amounts as decimal strings, addresses with checksum. */
import type {
  Deposit,
  Keyring,
  SigningRequestView,
  Sweep,
  Transfer,
  User,
  Withdrawal,
} from '@airlock/api';
import { fingerprintWords, wordsOf } from '@airlock/gap';
import type { JournalEvent, SweepOutput } from '@airlock/journal';
import { withChecksum } from '@airlock/protocol';
import type { Coordinator, DetectedDeposit } from '../coordinator.ts';
import { daysLeft } from '../keyrings.ts';
import type { DepositRow, KeyringRow, SweepRow, UserRow, WithdrawalRow } from '../ledger/rows.ts';
import { sumOf } from '../ledger/sums.ts';
import { requestsOf } from '../signing/selection.ts';

export function userView({ id, available, pendingDeposits, pendingWithdrawals }: UserRow): User {
  return {
    id,
    balance: {
      available: available.toString(),
      pendingDeposits: pendingDeposits.toString(),
      pendingWithdrawals: pendingWithdrawals.toString(),
    },
  };
}

export function depositView(row: DepositRow): Deposit {
  const { id, userId, address, amount, bundle, index, status, sweepId, message } = row;
  const shown = { address: withChecksum(address), amount: amount.toString() };
  return { id, userId, ...shown, bundle, index, status, sweepId, message };
}

export function detectedView(detected: DetectedDeposit): Deposit {
  const { userId, address, amount, bundle, index } = detected;
  const shown = { address: withChecksum(address), amount: amount.toString() };
  const none = { id: null, sweepId: null, message: null };
  return { ...none, userId, ...shown, bundle, index, status: 'detected' };
}

export function withdrawalView(row: WithdrawalRow): Withdrawal {
  const { id, userId, tag, reference, status, sweepId, replacedBy } = row;
  return {
    id,
    userId,
    address: withChecksum(row.address),
    amount: row.amount.toString(),
    tag,
    reference,
    status,
    sweepId,
    replacedBy,
    cancellable: status === 'queued',
  };
}

export function transferView(
  number: number,
  { transferId: id, entries, reference }: Extract<JournalEvent, { type: 'transfer.booked' }>,
): Transfer {
  const shown = entries.map(({ userId, amount }) => ({ userId, amount: amount.toString() }));
  return { id, number, entries: shown, reference };
}

export function poolView(coordinator: Coordinator, row: KeyringRow): Keyring['pool'] {
  const { pools } = coordinator;
  return {
    deposit: pools.size(row.id, 'deposit'),
    hub: pools.size(row.id, 'hub'),
    daysLeft: daysLeft(coordinator, row),
  };
}

export function keyringView(coordinator: Coordinator, row: KeyringRow): Keyring {
  const { id, network, purpose, state, label, practice, securityLevel, scheme, head, epoch } = row;
  const outstanding = requestsOf(coordinator.ledger, { keyringId: id, status: 'outstanding' });
  return {
    id,
    network,
    purpose,
    state,
    label,
    practice,
    securityLevel,
    scheme,
    fingerprintWords: fingerprintWords(new Uint8Array(Buffer.from(row.publicKey, 'hex'))),
    head,
    headWords: wordsOf(head.hash),
    epoch,
    networkAccepted: row.networkAccepted,
    pool: poolView(coordinator, row),
    outstanding: outstanding.map((request) => request.id),
  };
}

type Essence = Pick<SweepRow, 'inputs' | 'outputs'>;

const ofKind = ({ outputs }: Essence, kind: SweepOutput['kind']): bigint =>
  sumOf(outputs.filter((output) => output.kind === kind));

const withdrawalIdsOf = ({ outputs }: Essence): string[] =>
  outputs.flatMap(({ withdrawalId }) => (withdrawalId === null ? [] : [withdrawalId]));

/** A request, made or only tried, with what it moves. */
export function signingRequestView(request: {
  readonly id: string | null;
  readonly sequence: number;
  readonly keyringId: string;
  readonly status: SigningRequestView['status'];
  readonly digest: string;
  /** Of the request to void it, or ''. */
  readonly voidDigest: string;
  readonly sweeps: readonly (Essence & { readonly hash: string })[];
  readonly leftOut: SigningRequestView['leftOut'];
}): SigningRequestView {
  const { digest, voidDigest, sweeps, ...fields } = request;
  const words = (of: string): string[] => (of === '' ? [] : wordsOf(of));
  const total = (amountOf: (sweep: Essence) => bigint): string =>
    sweeps.reduce((sum, sweep) => sum + amountOf(sweep), 0n).toString();
  return {
    ...fields,
    digestWords: words(digest),
    voidWords: words(voidDigest),
    totalsByClass: {
      spent: total(({ inputs }) => sumOf(inputs)),
      own: total((sweep) => ofKind(sweep, 'own')),
      cold: total((sweep) => ofKind(sweep, 'cold')),
      withdrawals: total((sweep) => ofKind(sweep, 'withdrawal')),
    },
    sweeps: sweeps.map((sweep) => ({
      bundleHash: sweep.hash,
      inputs: sweep.inputs.length,
      spent: sumOf(sweep.inputs).toString(),
      toOwn: ofKind(sweep, 'own').toString(),
      toCold: ofKind(sweep, 'cold').toString(),
      toWithdrawals: ofKind(sweep, 'withdrawal').toString(),
      withdrawalIds: withdrawalIdsOf(sweep),
    })),
  };
}

export function sweepView(row: SweepRow): Sweep {
  const { id, keyringId, orderId, requestId, status, tails, confirmedTail } = row;
  return {
    bundleHash: id,
    keyringId,
    orderId,
    requestId,
    status,
    inputs: row.inputs.map(({ address, amount }) => ({
      address: withChecksum(address),
      amount: amount.toString(),
    })),
    outputs: row.outputs.map(({ address, amount, kind }) => ({
      address: withChecksum(address),
      amount: amount.toString(),
      kind,
    })),
    withdrawalIds: withdrawalIdsOf(row),
    tails,
    confirmedTail,
    abandoned: row.abandoned,
    shortfalls: row.shortfalls.map(({ address, amount }) => ({
      address: withChecksum(address),
      amount: amount.toString(),
    })),
  };
}
