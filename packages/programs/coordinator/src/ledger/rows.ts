/** The rows of the ledger's state: what follows from the journal, table by table. */
import type { AlarmName, Shortfall, SweepInput, SweepOutput } from '@airlock/journal';

export interface KeyringRow {
  readonly id: string;
  readonly network: string;
  /** Hexadecimal Ed25519 key of its signer. */
  readonly publicKey: string;
  readonly scheme: string;
  readonly securityLevel: number;
  readonly practice: boolean;
  readonly label: string;
  /** cold: its money is spent by cold orders alone. */
  readonly purpose: 'hot' | 'cold';
  readonly state: 'active' | 'suspended';
  /** Journal number of its first pairing. */
  readonly paired: number;
  /** The signer's head as last imported. */
  readonly head: { readonly number: number; readonly hash: string };
  /** The highest sequence that was given to a request, here or by the signer's record. */
  readonly sequence: number;
  /** Which home of the record signs: 1 for the first. */
  readonly epoch: number;
  /** Whether this signer was ever used with a network. */
  readonly networkAccepted: boolean;
  readonly batches: number;
  /** Deposit addresses handed out, and since when (Unix ms; 0: none yet). */
  readonly assigned: number;
  readonly assignedSince: number;
}

export interface UserRow {
  readonly id: string;
  readonly available: bigint;
  /** Confirmed, not credited yet. */
  readonly pendingDeposits: bigint;
  /** Debited, not confirmed on the network yet. */
  readonly pendingWithdrawals: bigint;
}

/** In the place of an order: the seed of its key was given away. */
export const SURRENDERED = 'surrendered';

/**
 * pooled: made by a signer, nobody's yet. active: handed to a user, or the output of a sweep.
 * retired: input of a sweep; its key belongs to that bundle for ever. Without a sweep: input of one that
 * the signer's record names and this coordinator has forgotten.
 */
export type AddressStatus = 'pooled' | 'active' | 'retired';

export interface AddressRow {
  readonly address: string;
  readonly keyringId: string;
  readonly kind: 'deposit' | 'hub';
  readonly status: AddressStatus;
  readonly userId: string | null;
  readonly securityLevel: number;
  readonly commitment: string;
  readonly batch: number;
  readonly index: number;
  /** Journaled confirmed money on it: its part of the assets. */
  readonly balance: bigint;
  /** The sweep that spends it. */
  readonly sweepId: string | null;
  /** Of a hub address: the sweep that pays into it. */
  readonly fundedBy: string | null;
  /** Why nodes and ledger disagree about it; null while they do not. */
  readonly quarantine: string | null;
  /** The order that set it aside, which keeps it out of sweeps, or {@link SURRENDERED}; else null. */
  readonly custody: string | null;
  /** When it was handed out, or money last moved on it (Unix ms). */
  readonly activeAt: number;
}

export type DepositStatus = 'confirmed' | 'credited' | 'stranded' | 'quarantined';

export interface DepositRow {
  readonly id: string;
  readonly userId: string;
  readonly address: string;
  readonly amount: bigint;
  readonly bundle: string;
  readonly tail: string;
  readonly index: number;
  readonly status: DepositStatus;
  readonly sweepId: string | null;
  /** Journal number of its confirmation: oldest first. */
  readonly number: number;
  /** When it was booked (Unix ms). */
  readonly confirmedAt: number;
  /** Trytes, if messages are kept. */
  readonly message: string | null;
}

export type WithdrawalStatus =
  | 'queued'
  | 'planned'
  | 'requested'
  | 'signed'
  | 'attached'
  | 'confirmed'
  | 'cancelled'
  /** Its sweep cannot be signed or confirmed as things are, or is a bundle that is forgotten here. */
  | 'blocked';

export interface WithdrawalRow {
  readonly id: string;
  /** Null: the operator's own. */
  readonly userId: string | null;
  readonly address: string;
  readonly amount: bigint;
  readonly tag: string;
  readonly reference: string | null;
  readonly status: WithdrawalStatus;
  readonly sweepId: string | null;
  /** Journal number of its request: the queue's order. */
  readonly number: number;
  /** Unix ms. */
  readonly requestedAt: number;
  /** The withdrawal that pays it again, by somebody's decision. */
  readonly replacedBy: string | null;
  /** The withdrawal in a blocked sweep that it pays again. */
  readonly replaces: string | null;
}

/**
 * blocked: requested, but the signer's record binds one of its keys or payouts to another bundle; or
 * signed, but its inputs do not hold what it spends.
 */
export type SweepStatus =
  | 'planned'
  | 'requested'
  | 'refused'
  | 'blocked'
  | 'signed'
  | 'attached'
  | 'confirmed';

export interface SweepRow {
  /** The bundle hash. */
  readonly id: string;
  readonly keyringId: string;
  /** The cold order that spends cold addresses by it; null: it spends none. */
  readonly orderId: string | null;
  readonly requestId: string | null;
  readonly status: SweepStatus;
  readonly inputs: readonly SweepInput[];
  readonly outputs: readonly SweepOutput[];
  readonly timestamp: number;
  readonly obsoleteTag: string;
  readonly tails: readonly string[];
  readonly confirmedTail: string | null;
  /** Tails by which the bundle was confirmed again, after its inputs were paid again. */
  readonly replays: readonly string[];
  /** Why somebody gave it up, who will not have it signed; else null. */
  readonly abandoned: string | null;
  /** Of a signed sweep that is blocked: what is missing on its inputs. */
  readonly shortfalls: readonly Shortfall[];
}

/** voided: never to be signed; what it asked for is asked again in another request. */
export type RequestStatus = 'outstanding' | 'void-requested' | 'voided' | 'answered';

export interface RequestRow {
  readonly id: string;
  readonly keyringId: string;
  readonly sequence: number;
  readonly digest: string;
  readonly expectedHead: { readonly number: number; readonly hash: string };
  readonly createdAt: number;
  readonly sweepIds: readonly string[];
  readonly status: RequestStatus;
  /** What its void requests say, the newest last: a newer one names a later head. */
  readonly voidings: readonly Voiding[];
}

export interface Voiding {
  readonly expectedHead: { readonly number: number; readonly hash: string };
  readonly createdAt: number;
}

/** Whether a response to the request may still come. */
export function isUnanswered({ status }: RequestRow): boolean {
  return status === 'outstanding' || status === 'void-requested';
}

/** Whether a sweep is blocked although it is signed: anybody may attach it, and heal it. */
export function isHealable({ status, shortfalls }: SweepRow): boolean {
  return status === 'blocked' && shortfalls.length > 0;
}

/** What the signer's record binds to a bundle that this coordinator does not know. */
export interface ForgottenRow {
  readonly bundleHash: string;
  /** Whether the signer built it itself, without a request. */
  readonly alone: boolean;
}

export type ColdOrderType = 'set-aside' | 'bring-back' | 'spend';

/**
 * open: a set-aside waits for the signer's receipt, a bring-back for its slip. in-custody: of a set-aside, the UUIDs
 * are erased here. done: of a bring-back; and of a spend, whose sweep has a status of its own.
 */
export type ColdOrderStatus = 'open' | 'in-custody' | 'done' | 'cancelled';

/** What an officer asked for about cold money. */
export interface ColdOrderRow {
  readonly id: string;
  readonly type: ColdOrderType;
  readonly status: ColdOrderStatus;
  readonly keyringId: string;
  /** In the slip's order; of a spend, none. */
  readonly addresses: readonly string[];
  /** Of a set-aside: what each held then, as in the slip. */
  readonly amounts: readonly bigint[];
  /** Of a set-aside; else ''. */
  readonly slipDigest: string;
  /** What people call the copies of the slip, by the receipt. */
  readonly copies: readonly string[];
  /** Of a bring-back: the set-aside that it undoes. */
  readonly custodyId: string | null;
  /** Of a spend. */
  readonly sweepId: string | null;
  readonly reference: string | null;
  /** Journal number of its opening. */
  readonly number: number;
  /** Unix ms, as in the slip. */
  readonly createdAt: number;
}

export interface AlarmRow {
  readonly alarm: AlarmName;
  readonly subject: string;
  readonly detail: string;
  /** Unix ms. */
  readonly raisedAt: number;
  /** Unix ms; null while it is raised. */
  readonly clearedAt: number | null;
}

/** The equation's terms: assets = the sum of all others, at every entry. */
export interface TotalsRow {
  readonly assets: bigint;
  readonly users: bigint;
  readonly unpaidWithdrawals: bigint;
  readonly uncredited: bigint;
  readonly quarantined: bigint;
  readonly stranded: bigint;
  readonly operator: bigint;
}

export const ZERO_TOTALS: TotalsRow = {
  assets: 0n,
  users: 0n,
  unpaidWithdrawals: 0n,
  uncredited: 0n,
  quarantined: 0n,
  stranded: 0n,
  operator: 0n,
};

/** Every table with its row. A movement says that (tail, index) is booked, and as which deposit. */
export interface Tables {
  keyrings: KeyringRow;
  users: UserRow;
  addresses: AddressRow;
  deposits: DepositRow;
  withdrawals: WithdrawalRow;
  sweeps: SweepRow;
  requests: RequestRow;
  /** By keyring and commitment. */
  forgottenKeys: ForgottenRow;
  /** By keyring and id; and by id alone, the first bundle that any record named. */
  forgottenWithdrawals: ForgottenRow;
  /** By keyring and commitment: keys whose seed was given away. */
  surrenderedKeys: { readonly surrendered: true };
  movements: { readonly depositId: string | null };
  coldOrders: ColdOrderRow;
  /** By alarm and subject. */
  alarms: AlarmRow;
  totals: TotalsRow;
}

export type TableName = keyof Tables;

export const TABLES: readonly TableName[] = [
  'keyrings',
  'users',
  'addresses',
  'deposits',
  'withdrawals',
  'sweeps',
  'requests',
  'forgottenKeys',
  'forgottenWithdrawals',
  'surrenderedKeys',
  'movements',
  'coldOrders',
  'alarms',
  'totals',
];

/** What a user's history shows: one row an event that touched the user. */
export interface HistoryRow {
  readonly number: number;
  readonly at: number;
  readonly type: string;
  /** Change of the available balance. */
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly depositId?: string;
  readonly withdrawalId?: string;
  readonly transferId?: string;
  readonly sweepId?: string;
}
