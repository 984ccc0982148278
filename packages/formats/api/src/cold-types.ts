/** What the operations of cold storage take and give. */
import type { CodesQuery, Media } from './light-types.ts';
import type { ById, Op } from './operation.ts';
import type { Page, PageQuery } from './schema.ts';

/** A hub address with money: what can be set aside, or is. */
export interface HubAddress {
  readonly address: string;
  readonly keyringId: string;
  readonly balance: string;
  /** cold: it is in no sweep but a cold order's. */
  readonly temperature: 'hot' | 'cold';
  /** The order that set it aside; null for an address of a cold keyring, too. */
  readonly custodyId: string | null;
  /** Why it cannot be set aside now; null if it can. */
  readonly obstacle: string | null;
}

export interface ColdOrder {
  readonly id: string;
  readonly type: 'set-aside' | 'bring-back' | 'spend';
  /**
   * open: a set-aside waits for the signer's receipt, a bring-back for its slip. in-custody: the UUIDs are erased here.
   * done: brought back; or of a spend, whose sweep has a status of its own.
   */
  readonly status: 'open' | 'in-custody' | 'done' | 'cancelled';
  readonly keyringId: string;
  readonly addresses: readonly {
    readonly address: string;
    readonly balance: string;
    /** held: in this custody now. */
    readonly state: 'held' | 'spent' | 'free' | 'surrendered';
  }[];
  /** What the held addresses hold together. */
  readonly held: string;
  /** Of a set-aside: the words of its slip, to compare with the signer's screen. */
  readonly slipWords: readonly string[];
  /** Copies of the slip, as the receipt names them. */
  readonly copies: readonly string[];
  /** Of a bring-back: the set-aside that it undoes. */
  readonly custodyId: string | null;
  readonly sweepId: string | null;
  readonly requestId: string | null;
  readonly reference: string | null;
  readonly createdAt: string;
  /** Of a set-aside: files made before, which hold its UUIDs wherever they are kept. */
  readonly olderFiles: readonly {
    readonly type: 'address-batch' | 'signing-request' | 'custody-slip' | 'backup' | 'signer-home';
    readonly what: string;
  }[];
}

/** What would bring hot money back to where it has to be; the body of the call that does it. */
export interface ColdProposal {
  readonly why: string;
  /** What is missing, in iota. */
  readonly missing: string;
  /** What the call would bring, in iota; of a top-up, nothing by itself. */
  readonly brings: string;
  readonly call: {
    readonly method: 'POST';
    readonly path: '/v1/cold-orders' | '/v1/top-ups';
    readonly body: Readonly<Record<string, unknown>>;
  };
}

export interface Payout {
  /** UUID version 4; made of the call's idempotency key if not given. */
  readonly id?: string | undefined;
  readonly address: string;
  readonly checksum?: 'none' | undefined;
  readonly amount: string;
  readonly tag?: string | undefined;
}

export type NewColdOrder =
  | {
      readonly type: 'set-aside';
      readonly keyringId?: string | undefined;
      readonly addresses?: readonly string[] | undefined;
      /** At least so much, in whole addresses, the largest first. */
      readonly amount?: string | undefined;
      readonly reference?: string | undefined;
    }
  | {
      readonly type: 'bring-back';
      readonly custodyId: string;
      readonly addresses?: readonly string[] | undefined;
      readonly reference?: string | undefined;
    }
  | {
      readonly type: 'spend';
      readonly keyringId: string;
      readonly addresses?: readonly string[] | undefined;
      /** To a hub address of a hot keyring. */
      readonly toHot?: string | undefined;
      readonly hotKeyringId?: string | undefined;
      /** Queued withdrawals to be paid by it. */
      readonly withdrawalIds?: readonly string[] | undefined;
      /** Payouts of the operator's own. */
      readonly payouts?: readonly Payout[] | undefined;
      /** Whose hub address gets the rest; the spending keyring's, if not given. */
      readonly restKeyringId?: string | undefined;
      /** Why the operator account may fall below 0 by the payouts. */
      readonly lossReason?: string | undefined;
      readonly reference?: string | undefined;
    };

export interface SlipQuery extends Omit<CodesQuery, 'format'> {
  /** Default: file. print: a page to be printed, with codes that need no screen. */
  readonly format?: 'file' | 'html' | 'gif' | 'frames' | 'print' | undefined;
}

export interface ColdOperations {
  listHubAddresses: Op<{
    query: PageQuery & { readonly temperature?: 'hot' | 'cold' | undefined };
    reply: Page<HubAddress>;
  }>;
  listColdProposals: Op<{ reply: { readonly data: readonly ColdProposal[] } }>;
  createColdOrder: Op<{ body: NewColdOrder; reply: ColdOrder }>;
  listColdOrders: Op<{
    query: PageQuery & { readonly type?: ColdOrder['type'] | undefined };
    reply: Page<ColdOrder>;
  }>;
  getColdOrder: Op<{ params: ById; reply: ColdOrder }>;
  getCustodySlip: Op<{ params: ById; query: SlipQuery; reply: Media }>;
  importCustodySlip: Op<{ params: ById; body: Uint8Array; reply: ColdOrder }>;
  importCustodyReceipt: Op<{ params: ById; body: Uint8Array; reply: ColdOrder }>;
  cancelColdOrder: Op<{ params: ById; reply: ColdOrder }>;
  repeatColdSpend: Op<{ params: ById; reply: ColdOrder }>;
}
