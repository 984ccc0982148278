/**
 * The events of the coordinator's journal: a closed union, from which all state follows. Amounts are
 * bigint here and decimal strings in the encoding; UUIDs never appear, only commitments to them.
 */

export interface JournaledAddress {
  readonly address: string;
  readonly securityLevel: number;
  /** SHA-256 of the UUID's 48 bytes, hexadecimal. */
  readonly commitment: string;
  readonly pool: 'deposit' | 'hub';
  /** Place in the signer's batch. */
  readonly index: number;
}

export interface SweepInput {
  readonly address: string;
  readonly amount: bigint;
  readonly securityLevel: number;
  /** Deposits that the input sweeps; none for a hub address. */
  readonly depositIds: readonly string[];
}

export interface SweepOutput {
  readonly address: string;
  readonly amount: bigint;
  /**
   * own: a hub address of the sweep's keyring; cold: one of another keyring of ours. unasked: paid by a bundle that the
   * signer built alone, to whomever: the operator bears it.
   */
  readonly kind: 'own' | 'cold' | 'withdrawal' | 'unasked';
  /** Of a withdrawal; null for the others. */
  readonly withdrawalId: string | null;
  /** 27 trytes. */
  readonly tag: string;
}

/** What a signer's record says was signed, of a bundle that this coordinator does not know. */
export interface ForgottenBundle {
  readonly bundleHash: string;
  /** Commitments to the UUIDs of the keys that signed it. */
  readonly commitments: readonly string[];
  readonly withdrawalIds: readonly string[];
  /** Whether the signer built it itself, without a request. */
  readonly alone: boolean;
}

/** An input that holds less than its sweep spends. */
export interface Shortfall {
  readonly address: string;
  /** What is missing, in iota. */
  readonly amount: bigint;
}

/** What somebody has to look at; each is raised and cleared by itself for each subject. */
export const ALARMS = [
  'pool.low',
  'request.stale',
  'withdrawal.delayed',
  'withdrawal.unsafe',
  'float.low',
  'reserve.low',
  'hot.short',
  'deposit.stranded',
  'address.quarantined',
  'address.surrendered',
  'sweep.blocked',
  'sweep.replayed',
  'sweep.forgotten',
  'keyring.behind',
  'keyring.forked',
  'node.disagrees',
  'equation.broken',
] as const;

export type AlarmName = (typeof ALARMS)[number];

export type JournalEvent =
  | {
      readonly type: 'keyring.paired';
      readonly keyringId: string;
      readonly network: string;
      /** Ed25519 public key of its signer, hexadecimal. */
      readonly publicKey: string;
      readonly scheme: string;
      readonly securityLevel: number;
      readonly practice: boolean;
      readonly label: string;
      /** cold: its money is spent by cold orders alone. */
      readonly purpose: 'hot' | 'cold';
    }
  | {
      readonly type: 'keyring.switched';
      readonly keyringId: string;
      readonly state: 'active' | 'suspended';
    }
  | {
      readonly type: 'addresses.imported';
      readonly keyringId: string;
      readonly batch: number;
      readonly root: string;
      readonly addresses: readonly JournaledAddress[];
    }
  | { readonly type: 'user.created'; readonly userId: string }
  | { readonly type: 'address.assigned'; readonly address: string; readonly userId: string }
  | {
      readonly type: 'deposit.confirmed';
      readonly depositId: string;
      readonly address: string;
      readonly amount: bigint;
      readonly bundle: string;
      readonly tail: string;
      readonly index: number;
      /** Its message, without the 9s at its end, if messages are kept; else null. */
      readonly message: string | null;
    }
  | { readonly type: 'deposit.credited'; readonly depositId: string }
  | {
      /** A hub address for money of the operator's own. */
      readonly type: 'top-up.opened';
      readonly address: string;
      readonly reference: string | null;
    }
  | {
      readonly type: 'address.quarantined';
      readonly address: string;
      readonly reason: string;
    }
  | { readonly type: 'address.released'; readonly address: string; readonly reason: string }
  | {
      /** Somebody's decision: what the ledger did not know, or what is lost, is the operator's. */
      readonly type: 'balance.corrected';
      readonly address: string;
      /** Below 0: a loss. */
      readonly amount: bigint;
      readonly reason: string;
    }
  | {
      readonly type: 'withdrawal.requested';
      readonly withdrawalId: string;
      /** Null: the operator's own. */
      readonly userId: string | null;
      readonly address: string;
      readonly amount: bigint;
      readonly tag: string;
      readonly reference: string | null;
      /** Why the operator account may fall below 0 by it: a loss that somebody decided; else null. */
      readonly lossReason: string | null;
    }
  | { readonly type: 'withdrawal.cancelled'; readonly withdrawalId: string }
  | {
      /** Somebody's decision: a payout in a blocked sweep is paid again, at the operator's risk. */
      readonly type: 'withdrawal.replaced';
      readonly withdrawalId: string;
      readonly replacementId: string;
      readonly reason: string;
    }
  | {
      readonly type: 'transfer.booked';
      readonly transferId: string;
      readonly entries: readonly { readonly userId: string; readonly amount: bigint }[];
      readonly reference: string | null;
    }
  | {
      /** Hub addresses leave sweeping; their UUIDs go into a custody slip. */
      readonly type: 'custody.opened';
      readonly orderId: string;
      readonly keyringId: string;
      /** In the slip's order. */
      readonly addresses: readonly string[];
      /** What each held then, in iota. */
      readonly amounts: readonly bigint[];
      readonly slipDigest: string;
      /** Unix ms, as in the slip. */
      readonly createdAt: number;
      readonly reference: string | null;
    }
  | {
      /** The signer's receipt came: the UUIDs are erased in the same batch. */
      readonly type: 'custody.received';
      readonly orderId: string;
      readonly receiptDigest: string;
      readonly copies: readonly string[];
    }
  | {
      /** Addresses in custody are to be swept again, once the slip comes. */
      readonly type: 'bring-back.opened';
      readonly orderId: string;
      readonly custodyId: string;
      readonly addresses: readonly string[];
      readonly reference: string | null;
    }
  | {
      /** The slip came: the UUIDs are in the vault again, and the addresses are swept like any. */
      readonly type: 'bring-back.done';
      readonly orderId: string;
    }
  | {
      /** A custody without a receipt, or a bring-back without its slip, is called off. */
      readonly type: 'cold-order.cancelled';
      readonly orderId: string;
    }
  | {
      /** One bundle that spends cold addresses; its sweep is planned in the same batch. */
      readonly type: 'cold-spend.opened';
      readonly orderId: string;
      readonly keyringId: string;
      readonly sweepId: string;
      readonly reference: string | null;
    }
  | {
      readonly type: 'sweep.planned';
      readonly sweepId: string;
      /** The cold order that spends cold addresses by it; null: it spends none. */
      readonly orderId: string | null;
      readonly keyringId: string;
      readonly inputs: readonly SweepInput[];
      readonly outputs: readonly SweepOutput[];
      /** Unix time in seconds, of every slot. */
      readonly timestamp: number;
      /** Of slot 0, raised until the normalised hash holds no 13. */
      readonly obsoleteTag: string;
    }
  | {
      readonly type: 'request.exported';
      readonly requestId: string;
      readonly keyringId: string;
      readonly sequence: number;
      readonly digest: string;
      readonly expectedHead: { readonly number: number; readonly hash: string };
      readonly createdAt: number;
      readonly sweepIds: readonly string[];
    }
  | {
      readonly type: 'response.imported';
      readonly requestId: string;
      /** The signer's head as recomputed from its entries. */
      readonly head: { readonly number: number; readonly hash: string };
      readonly signed: readonly string[];
      readonly refused: readonly { readonly sweepId: string; readonly code: string }[];
    }
  | {
      readonly type: 'void.requested';
      readonly requestId: string;
      readonly expectedHead: { readonly number: number; readonly hash: string };
      readonly createdAt: number;
    }
  | {
      readonly type: 'request.voided';
      readonly requestId: string;
      /** The signer's head as recomputed from its entries. */
      readonly head: { readonly number: number; readonly hash: string };
      /** The signer's entry that voids the request, or gives its sequence to another one. */
      readonly entryNumber: number;
    }
  | {
      readonly type: 'record.imported';
      readonly keyringId: string;
      readonly head: { readonly number: number; readonly hash: string };
      /** The highest sequence that was signed or voided. */
      readonly sequence: number;
      readonly epoch: number;
      readonly networkAccepted: boolean;
      readonly forgotten: readonly ForgottenBundle[];
      /** Commitments to the UUIDs of keys whose seed was given away. */
      readonly surrendered: readonly string[];
    }
  | { readonly type: 'sweep.attached'; readonly sweepId: string; readonly tail: string }
  | { readonly type: 'sweep.confirmed'; readonly sweepId: string; readonly tail: string }
  | { readonly type: 'sweep.replayed'; readonly sweepId: string; readonly tail: string }
  | {
      /** A signed sweep that the network cannot confirm as things are. */
      readonly type: 'sweep.blocked';
      readonly sweepId: string;
      readonly reason: string;
      readonly shortfalls: readonly Shortfall[];
    }
  | { readonly type: 'sweep.unblocked'; readonly sweepId: string }
  | {
      /** Somebody's decision: the bundle of a voided request is not asked for again. Its inputs stay locked. */
      readonly type: 'sweep.abandoned';
      readonly sweepId: string;
      readonly reason: string;
    }
  | {
      /** A forgotten bundle, read back from the Tangle, where it is confirmed. */
      readonly type: 'sweep.recovered';
      readonly sweepId: string;
      readonly keyringId: string;
      readonly inputs: readonly SweepInput[];
      readonly outputs: readonly SweepOutput[];
      readonly timestamp: number;
      readonly obsoleteTag: string;
      readonly tail: string;
      /** Why the operator account may fall below 0 by what it paid unasked; else null. */
      readonly lossReason: string | null;
    }
  | {
      readonly type: 'alarm.raised';
      readonly alarm: AlarmName;
      /** What it is about: an id, an address, a node's name. */
      readonly subject: string;
      readonly detail: string;
    }
  | { readonly type: 'alarm.cleared'; readonly alarm: AlarmName; readonly subject: string };

export type JournalEventType = JournalEvent['type'];

export interface JournalEntry {
  /** 1 for the first. */
  readonly number: number;
  /** SHA-256 of the entry before, hexadecimal; of nothing, 64 zeros. */
  readonly previous: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly event: JournalEvent;
}
