/** What the operations of keyrings, signing requests, sweeps and codes take and give. */
import type { CodesQuery, FramesTaken, Media } from './light-types.ts';
import type { ById, Op } from './operation.ts';
import type { Page, PageQuery } from './schema.ts';

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

export type SweepStatus =
  | 'planned'
  | 'requested'
  | 'refused'
  | 'blocked'
  | 'signed'
  | 'attached'
  | 'confirmed';

/** A sweep of a request after an import. */
export interface SweepState {
  readonly bundleHash: string;
  readonly status: SweepStatus;
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
  readonly status: SweepStatus;
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

/** What the signer's answer to a request, a response or the receipt of a void, has changed. */
interface ImportedAnswer {
  readonly requestId: string;
  readonly sweeps: readonly SweepState[];
  readonly alreadyImported: boolean;
}

export interface OfficerOperations {
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
    reply: ImportedAnswer;
  }>;
  voidSigningRequest: Op<{ params: ById; reply: SigningRequestView }>;
  getVoidFile: Op<{ params: ById; reply: Uint8Array }>;
  importVoidReceipt: Op<{
    body: Uint8Array;
    reply: ImportedAnswer;
  }>;
  listSweeps: Op<{
    query: PageQuery & { readonly status?: SweepStatus | undefined };
    reply: Page<Sweep>;
  }>;
  abandonSweep: Op<{
    params: { readonly bundleHash: string };
    body: { readonly reason: string };
    reply: Sweep;
  }>;
  bookForgottenBundle: Op<{
    params: { readonly bundleHash: string };
    body: { readonly reason: string };
    reply: { readonly bundleHash: string; readonly operator: string };
  }>;
  getSweep: Op<{ params: { readonly bundleHash: string }; reply: Sweep }>;
}
