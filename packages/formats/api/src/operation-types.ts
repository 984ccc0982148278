/** What each operation of the API takes and gives, as types: the server's handlers and the client share them. */

import type { ColdOperations } from './cold-types.ts';
import type { EventOperations } from './event-types.ts';
import type { NodesView } from './node-types.ts';
import type { OfficerOperations } from './officer-types.ts';
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
export interface Operations
  extends EventOperations,
    OfficerOperations,
    OperatorOperations,
    ColdOperations {
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
