/** What each operation of the API takes and gives, as types: the server's handlers and the client share them. */

import type { ColdOperations } from './cold-types.ts';
import type { EventOperations } from './event-types.ts';
import type { CodesQuery, FramesTaken, Media } from './light-types.ts';
import type { NodesView } from './node-types.ts';
import type { ById, Op } from './operation.ts';
import type { OperatorOperations } from './operator-types.ts';
import type { Page, PageQuery } from './schema.ts';

export type Role = 'exchange' | 'officer' | 'auditor' | 'admin';

export interface User {
  readonly id: string;
  readonly balance: {
    readonly available: string;
    readonly pendingDeposits: string;
    readonly pendingWithdrawals: string;
  };
}

export interface DepositAddress {
  readonly address: string;
  readonly status: 'active' | 'retired';
  readonly keyringId: string;
  readonly securityLevel: number;
  /** Base64: shows that the keyring's signer made the address (docs/gap.md). */
  readonly proof: string;
}

export interface HistoryEntry {
  readonly number: number;
  readonly type: string;
  readonly amount: string;
  readonly balanceAfter: string;
  readonly depositId?: string | undefined;
  readonly withdrawalId?: string | undefined;
  readonly transferId?: string | undefined;
  readonly sweepId?: string | undefined;
  readonly at: string;
}

export interface Deposit {
  /** Null while only detected: an unconfirmed transaction is no deposit yet. */
  readonly id: string | null;
  readonly userId: string;
  readonly address: string;
  readonly amount: string;
  readonly bundle: string;
  readonly index: number;
  readonly status: 'detected' | 'confirmed' | 'credited' | 'stranded' | 'quarantined';
  readonly sweepId: string | null;
  /** Its message in trytes, if the coordinator keeps messages. */
  readonly message: string | null;
}

export interface Withdrawal {
  readonly id: string;
  /** Null: the operator's own. */
  readonly userId: string | null;
  readonly address: string;
  readonly amount: string;
  readonly tag: string;
  readonly reference: string | null;
  readonly status:
    | 'queued'
    | 'planned'
    | 'requested'
    | 'signed'
    | 'attached'
    | 'confirmed'
    | 'cancelled'
    | 'blocked';
  readonly sweepId: string | null;
  /** The withdrawal that pays it again, by somebody’s decision. */
  readonly replacedBy: string | null;
  readonly cancellable: boolean;
}

export interface TransferEntry {
  readonly userId: string;
  readonly amount: string;
}

export interface Transfer {
  readonly id: string;
  readonly number: number;
  readonly entries: readonly TransferEntry[];
  readonly reference: string | null;
}

export interface AddressInfo {
  readonly kind: 'none' | 'deposit' | 'hub' | 'cold';
  readonly userId: string | null;
  readonly spent: boolean;
  readonly balance: string;
  readonly withdrawable: boolean;
  readonly reasons: readonly string[];
  /** Why nodes and ledger disagree about it, while it is in quarantine. */
  readonly quarantine: string | null;
}

export interface JournalEventView {
  readonly number: number;
  readonly at: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Keyring {
  readonly id: string;
  readonly network: string;
  /** cold: its money is spent by cold orders alone. */
  readonly purpose: 'hot' | 'cold';
  readonly state: 'active' | 'suspended';
  readonly label: string;
  readonly practice: boolean;
  readonly securityLevel: number;
  readonly scheme: string;
  readonly fingerprintWords: readonly string[];
  /** The signer's record as far as it is known here. */
  readonly head: { readonly number: number; readonly hash: string };
  /** Eight words of the head, compared aloud when a signer is resumed. */
  readonly headWords: readonly string[];
  /** Which home of the record signs: 1 for the first, one more for each that followed it. */
  readonly epoch: number;
  /** Whether this signer was ever used with a network. */
  readonly networkAccepted: boolean;
  readonly pool: {
    readonly deposit: number;
    readonly hub: number;
    readonly daysLeft: number | null;
  };
  /** Ids of requests that wait for a response; those to be voided are not among them. */
  readonly outstanding: readonly string[];
}

export type SigningRequestStatus = 'outstanding' | 'void-requested' | 'voided' | 'answered';

/** Sweeps of a request after an import. */
export interface SweepState {
  readonly bundleHash: string;
  readonly status: string;
}

export interface PlannedSweep {
  readonly bundleHash: string;
  readonly inputs: number;
  readonly spent: string;
  readonly toOwn: string;
  readonly toCold: string;
  readonly toWithdrawals: string;
  readonly withdrawalIds: readonly string[];
}

export interface SigningRequestView {
  /** Null for a dry run. */
  readonly id: string | null;
  readonly sequence: number;
  readonly keyringId: string;
  readonly status: 'dry-run' | SigningRequestStatus;
  /** Eight words; the signer shows the first four, the officer types the other four. */
  readonly digestWords: readonly string[];
  /** Those of its void request, once it was asked for; then empty no more. */
  readonly voidWords: readonly string[];
  readonly totalsByClass: {
    readonly spent: string;
    readonly own: string;
    /** To hub addresses of other keyrings of ours. */
    readonly cold: string;
    readonly withdrawals: string;
  };
  readonly sweeps: readonly PlannedSweep[];
  /** Addresses and withdrawals left out this time, and why. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

export interface Sweep {
  readonly bundleHash: string;
  readonly keyringId: string;
  /** The cold order that spends cold addresses by it. */
  readonly orderId: string | null;
  readonly requestId: string | null;
  readonly status: string;
  readonly inputs: readonly { readonly address: string; readonly amount: string }[];
  readonly outputs: readonly {
    readonly address: string;
    readonly amount: string;
    /** unasked: paid by a bundle that the signer built alone. */
    readonly kind: 'own' | 'cold' | 'withdrawal' | 'unasked';
  }[];
  readonly withdrawalIds: readonly string[];
  readonly tails: readonly string[];
  readonly confirmedTail: string | null;
  /** Why somebody gave it up: it is not asked for again. */
  readonly abandoned: string | null;
  /** What is missing on the inputs of a blocked sweep. */
  readonly shortfalls: readonly { readonly address: string; readonly amount: string }[];
}

export interface Statement {
  readonly number: number;
  readonly assets: string;
  readonly users: string;
  readonly unpaidWithdrawals: string;
  readonly uncredited: string;
  readonly quarantined: string;
  readonly stranded: string;
  readonly operator: string;
  readonly difference: string;
}

export interface Stats {
  readonly users: number;
  readonly userBalances: string;
  readonly addresses: {
    readonly pooled: number;
    readonly active: number;
    readonly retired: number;
  };
  readonly withdrawals: Readonly<Record<string, number>>;
  readonly sweeps: Readonly<Record<string, number>>;
  readonly journalNumber: number;
}

export interface ApiKey {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly createdAt: string;
}

export interface Health {
  readonly status: 'ok' | 'unready';
  readonly network: string;
  readonly checks: Readonly<Record<string, string>>;
}

/** Every operation by its operationId. */
export interface Operations extends EventOperations, OperatorOperations, ColdOperations {
  createUser: Op<{ body: { readonly id: string }; reply: User }>;
  getUser: Op<{ params: ById; reply: User }>;
  createDepositAddress: Op<{
    params: ById;
    body: { readonly keyringId?: string | undefined; readonly address?: string | undefined };
    reply: DepositAddress;
  }>;
  listDepositAddresses: Op<{
    params: ById;
    query: PageQuery & { readonly status?: 'active' | 'retired' | undefined };
    reply: Page<DepositAddress>;
  }>;
  listHistory: Op<{ params: ById; query: PageQuery; reply: Page<HistoryEntry> }>;
  listDeposits: Op<{
    query: PageQuery & {
      readonly userId?: string | undefined;
      readonly status?: Deposit['status'] | undefined;
    };
    reply: Page<Deposit>;
  }>;
  createWithdrawal: Op<{
    body: {
      readonly id?: string | undefined;
      readonly userId: string;
      readonly address: string;
      readonly checksum?: 'none' | undefined;
      readonly amount: string;
      readonly tag?: string | undefined;
      readonly reference?: string | undefined;
    };
    reply: Withdrawal;
  }>;
  getWithdrawal: Op<{ params: ById; reply: Withdrawal }>;
  listWithdrawals: Op<{
    query: PageQuery & {
      readonly userId?: string | undefined;
      readonly status?: Withdrawal['status'] | undefined;
    };
    reply: Page<Withdrawal>;
  }>;
  cancelWithdrawal: Op<{ params: ById; reply: Withdrawal }>;
  createTransfer: Op<{
    body: {
      readonly entries: readonly TransferEntry[];
      readonly reference?: string | undefined;
    };
    reply: Transfer;
  }>;
  getTransfer: Op<{ params: ById; reply: Transfer }>;
  getAddress: Op<{
    params: { readonly address: string };
    query: { readonly checksum?: 'none' | undefined };
    reply: AddressInfo;
  }>;
  getPairingCard: Op<{ reply: Uint8Array }>;
  pairKeyring: Op<{
    query: { readonly purpose?: 'hot' | 'cold' | undefined };
    body: Uint8Array;
    reply: Keyring;
  }>;
  listKeyrings: Op<{ query: PageQuery; reply: Page<Keyring> }>;
  getKeyring: Op<{ params: ById; reply: Keyring }>;
  suspendKeyring: Op<{ params: ById; reply: Keyring }>;
  activateKeyring: Op<{ params: ById; reply: Keyring }>;
  importAddressBatch: Op<{
    body: Uint8Array;
    reply: {
      readonly keyringId: string;
      readonly batch: number;
      readonly added: number;
      readonly alreadyImported: boolean;
      readonly pool: Keyring['pool'];
    };
  }>;
  getPairingCardQr: Op<{ query: CodesQuery; reply: Media }>;
  getSigningRequestQr: Op<{ params: ById; query: CodesQuery; reply: Media }>;
  getVoidQr: Op<{ params: ById; query: CodesQuery; reply: Media }>;
  importResponseFrames: Op<{
    params: ById;
    body: { readonly frames: readonly string[] };
    reply: FramesTaken;
  }>;
  importFrames: Op<{ body: { readonly frames: readonly string[] }; reply: FramesTaken }>;
  getKeyringRecord: Op<{ params: ById; reply: Uint8Array }>;
  importRecordExport: Op<{
    body: Uint8Array;
    reply: {
      readonly keyringId: string;
      readonly head: Keyring['head'];
      /** Entries that were new here. */
      readonly added: number;
      /** Entries known here that the export lacks: it is of an old copy. */
      readonly behind: number;
      readonly alreadyImported: boolean;
      /** Bundles that the record says were signed and that are not known here. */
      readonly forgottenBundles: readonly string[];
      readonly blockedWithdrawals: readonly string[];
      readonly voidedRequests: readonly string[];
    };
  }>;
  createSigningRequest: Op<{
    body: {
      readonly keyringId: string;
      readonly maxSweeps?: number | undefined;
      readonly maxInputs?: number | undefined;
      readonly dryRun?: boolean | undefined;
    };
    reply: SigningRequestView;
  }>;
  listSigningRequests: Op<{
    query: PageQuery & { readonly status?: SigningRequestStatus | undefined };
    reply: Page<SigningRequestView>;
  }>;
  getSigningRequest: Op<{ params: ById; reply: SigningRequestView }>;
  getSigningRequestFile: Op<{ params: ById; reply: Uint8Array }>;
  importSigningResponse: Op<{
    body: Uint8Array;
    reply: {
      readonly requestId: string;
      readonly sweeps: readonly SweepState[];
      readonly alreadyImported: boolean;
    };
  }>;
  voidSigningRequest: Op<{ params: ById; reply: SigningRequestView }>;
  getVoidFile: Op<{ params: ById; reply: Uint8Array }>;
  importVoidReceipt: Op<{
    body: Uint8Array;
    reply: {
      readonly requestId: string;
      readonly sweeps: readonly SweepState[];
      readonly alreadyImported: boolean;
    };
  }>;
  listSweeps: Op<{
    query: PageQuery & { readonly status?: string | undefined };
    reply: Page<Sweep>;
  }>;
  abandonSweep: Op<{
    params: { readonly bundleHash: string };
    body: { readonly reason: string };
    reply: Sweep;
  }>;
  getSweep: Op<{ params: { readonly bundleHash: string }; reply: Sweep }>;
  getStats: Op<{ reply: Stats }>;
  getStatement: Op<{ reply: Statement }>;
  getNodes: Op<{ reply: NodesView }>;
  createApiKey: Op<{
    body: { readonly role: Role; readonly name?: string | undefined };
    reply: ApiKey & { readonly key: string };
  }>;
  listApiKeys: Op<{ query: PageQuery; reply: Page<ApiKey> }>;
  deleteApiKey: Op<{ params: ById; reply: ApiKey }>;
  getHealth: Op<{ reply: Health }>;
  getReadiness: Op<{ reply: Health }>;
  getOpenApi: Op<{ reply: object }>;
}

export type OperationId = keyof Operations;
