/** What the checks of single files share: cards, ledgers, and the requests that responses answer. */
import type { SigningRequest } from '@airlock/gap';
import type { Cards } from './cards.ts';
import type { AddFinding } from './findings.ts';
import type { LedgerOfKeys } from './ledger-of-keys.ts';
import type { LedgerOfPayments } from './ledger-of-payments.ts';
import type { LedgerOfRecords } from './ledger-of-records.ts';

export interface KnownRequest {
  readonly request: SigningRequest;
  readonly digest: string;
  /** By the independent implementation, in the order of the request's bundles. */
  readonly bundleHashes: readonly string[];
  readonly file: string;
}

/** One signature to be verified when all else is read, since it is slow. */
export interface WotsJob {
  readonly file: string;
  /** Which input it is, for people. */
  readonly where: string;
  readonly address: string;
  readonly bundleHash: string;
  readonly signature: Uint8Array;
}

export interface Context {
  readonly add: AddFinding;
  readonly cards: Cards;
  readonly keys: LedgerOfKeys;
  readonly payments: LedgerOfPayments;
  readonly records: LedgerOfRecords;
  /** By digest. */
  readonly requests: Map<string, KnownRequest>;
  readonly wotsJobs: WotsJob[];
  /** Commitments of UUIDs that batches hold, each as `keyring commitment`. */
  readonly issued: Set<string>;
}

/** What a file's check reports besides its findings. */
export interface FileFacts {
  readonly keyringId: string | null;
  /** What the file holds, in one line. */
  readonly holds: string;
  readonly notes: readonly string[];
  /** Of a card. */
  readonly words?: string;
}
