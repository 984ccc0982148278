/** What the operations of the operator's own money, of decisions and of alarms take and give. */
import type { ById, Op } from './operation.ts';
import type { Withdrawal } from './operation-types.ts';
import type { Page, PageQuery } from './schema.ts';

export interface TopUp {
  /** 90 trytes: a hub address; what comes to it is the operator's. */
  readonly address: string;
  readonly keyringId: string;
  readonly reference: string | null;
  /** Base64: that the keyring's signer made the address. */
  readonly proof: string;
}

export interface QuarantinedAddress {
  readonly address: string;
  readonly kind: 'deposit' | 'hub';
  readonly userId: string | null;
  readonly balance: string;
  readonly reason: string;
}

export interface Correction {
  readonly address: string;
  /** What the ledger booked to the operator: below 0 for a loss. */
  readonly amount: string;
  /** What the address holds by the nodes, and now by the ledger. */
  readonly balance: string;
}

export interface AlarmView {
  readonly alarm: string;
  readonly subject: string;
  readonly detail: string;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
}

export interface Reconciliation {
  /** Journal number that the ledger was read at. */
  readonly number: number;
  readonly at: string;
  /** Addresses compared, and those about which the nodes did not agree. */
  readonly addresses: number;
  readonly unknown: number;
  readonly ledger: string;
  readonly nodes: string;
  /** Every address about which nodes and ledger disagree; at most 1,000 are named. */
  readonly differences: readonly {
    readonly address: string;
    readonly ledger: string;
    readonly nodes: string;
    readonly status: 'pooled' | 'active' | 'retired';
    readonly quarantined: boolean;
  }[];
}

export interface OperatorOperations {
  createTopUp: Op<{
    body: { readonly keyringId?: string | undefined; readonly reference?: string | undefined };
    reply: TopUp;
  }>;
  createOperatorWithdrawal: Op<{
    body: {
      readonly id?: string | undefined;
      readonly address: string;
      readonly checksum?: 'none' | undefined;
      readonly amount: string;
      readonly tag?: string | undefined;
      readonly reference?: string | undefined;
      /** Only with the id of a payout that a restored coordinator has forgotten with its cold order. */
      readonly lossReason?: string | undefined;
    };
    reply: Withdrawal;
  }>;
  cancelOperatorWithdrawal: Op<{ params: ById; reply: Withdrawal }>;
  replaceWithdrawal: Op<{
    params: ById;
    body: { readonly reason: string };
    reply: Withdrawal;
  }>;
  correctBalance: Op<{
    params: { readonly address: string };
    body: { readonly reason: string };
    reply: Correction;
  }>;
  listQuarantinedAddresses: Op<{ query: PageQuery; reply: Page<QuarantinedAddress> }>;
  listAlarms: Op<{
    query: PageQuery & { readonly status?: 'raised' | 'cleared' | undefined };
    reply: Page<AlarmView>;
  }>;
  clearAlarm: Op<{
    body: { readonly alarm: string; readonly subject: string };
    reply: AlarmView;
  }>;
  getReconciliation: Op<{ reply: Reconciliation }>;
}
