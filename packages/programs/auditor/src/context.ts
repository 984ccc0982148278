/** What the checks of single files share: cards, ledgers, and the requests that are answered. */
import type { SigningRequest, VoidRequest } from '@airlock/gap';
import type { Cards } from './cards.ts';
import type { AddFinding } from './findings.ts';
import type { Chains } from './ledgers/chains.ts';
import type { LedgerOfBatches } from './ledgers/ledger-of-batches.ts';
import type { LedgerOfHomes } from './ledgers/ledger-of-homes.ts';
import type { LedgerOfKeys } from './ledgers/ledger-of-keys.ts';
import type { LedgerOfPayments } from './ledgers/ledger-of-payments.ts';
import type { LedgerOfPeers } from './ledgers/ledger-of-peers.ts';
import type { LedgerOfRecords } from './ledgers/ledger-of-records.ts';
import type { LedgerOfVoids } from './ledgers/ledger-of-voids.ts';
import type { OwnOutputs } from './ledgers/own-outputs.ts';
import type { KnownSlip, KnownSlips } from './messages/slip-keys.ts';
import type { Signature } from './wots.ts';

export interface KnownRequest {
  readonly request: SigningRequest;
  readonly digest: string;
  /** By the independent implementation, in the order of the request's bundles. */
  readonly bundleHashes: readonly string[];
  readonly file: string;
  /** All slips among the files: the request's inputs may name them. */
  readonly slips: KnownSlips;
}

export interface KnownVoidRequest {
  readonly request: VoidRequest;
  readonly file: string;
}

/** One signature to be verified when all else is read, since it is slow. */
export interface WotsJob {
  readonly file: string;
  /** Which input it is, for people. */
  readonly where: string;
  readonly address: string;
  readonly bundleHash: string;
  readonly signature: Signature;
  /** Called if it resolves: where no file's own signature covers it, only that shows who signed. */
  readonly onVerified?: () => void;
}

export interface Context {
  readonly add: AddFinding;
  readonly cards: Cards;
  readonly keys: LedgerOfKeys;
  readonly payments: LedgerOfPayments;
  readonly records: LedgerOfRecords;
  readonly chains: Chains;
  readonly homes: LedgerOfHomes;
  readonly peers: LedgerOfPeers;
  readonly batches: LedgerOfBatches;
  readonly voids: LedgerOfVoids;
  readonly ownOutputs: OwnOutputs;
  /** By digest. */
  readonly requests: Map<string, KnownRequest>;
  /** By digest. */
  readonly slips: Map<string, KnownSlip>;
  /** By digest. */
  readonly voidRequests: Map<string, KnownVoidRequest>;
  readonly wotsJobs: WotsJob[];
}

/** What a file's check reports besides its findings. */
export interface FileFacts {
  readonly keyringId: string | null;
  /** What the file holds, in one line. */
  readonly holds: string;
  readonly notes: readonly string[];
  /** Of a card's key, or of a request's or void request's digest: what people compare. */
  readonly words?: string;
}
