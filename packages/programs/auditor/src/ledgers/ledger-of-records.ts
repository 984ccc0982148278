/**
 * What all files together say about each keyring's record: the hash of each entry's number, the root
 * of each batch number, the digest of each request sequence.
 */
import type { Head, RecordEntry } from '@airlock/gap';
import type { AddFinding } from '../findings.ts';
import { Claims } from './claims.ts';

/** Where an entry was found. */
export interface Source {
  readonly keyringId: string;
  readonly file: string;
}

/** Where an entry was found, and whether it may speak for its record. */
export interface EntrySource extends Source {
  /**
   * Whether the card of the key that signed the entry shows this keyring. Only then is it believed where
   * it excuses something; where it accuses, it counts in any case.
   */
  readonly isSigners: boolean;
}

export class LedgerOfRecords {
  readonly #entries = new Claims();
  readonly #batches = new Claims();
  readonly #sequences = new Claims();
  /** Pairs of files whose fork is reported already, by its first entry. */
  readonly #forks = new Set<string>();
  readonly #add: AddFinding;

  constructor(add: AddFinding) {
    this.#add = add;
  }

  get entryCount(): number {
    return this.#entries.size;
  }

  #head({ keyringId, file }: Source, head: Head): void {
    if (head.number === 0) return;
    const first = this.#entries.say(`${keyringId} ${head.number}`, { value: head.hash, file });
    if (first === null) return;
    const pair = JSON.stringify([keyringId, first.file, file]);
    if (this.#forks.has(pair)) return;
    this.#forks.add(pair);
    const message = `entry ${head.number} of ${keyringId} is ${first.value} in one file and ${head.hash} in the other`;
    this.#add({ code: 'record_fork', file: first.file, otherFile: file, message });
  }

  /** Notes a verified entry, its hash and, as the entry's word, that of the one before. */
  entry(source: Source, entry: RecordEntry, head: Head): void {
    this.#head(source, { number: entry.number - 1, hash: entry.previous });
    this.#head(source, head);
    const { event } = entry;
    if (event.kind === 'issued') this.batch(source, { number: event.batch, root: event.root });
    if (event.kind === 'signed' || event.kind === 'voided') {
      this.sequence(source, { sequence: event.sequence, digest: event.requestDigest });
    }
  }

  batch({ keyringId, file }: Source, batch: { number: number; root: string }): void {
    const first = this.#batches.say(`${keyringId} ${batch.number}`, { value: batch.root, file });
    if (first === null) return;
    const message = `batch ${batch.number} of ${keyringId} has the roots ${first.value} and ${batch.root}`;
    this.#add({ code: 'batch_two_roots', file: first.file, otherFile: file, message });
  }

  sequence({ keyringId, file }: Source, request: { sequence: number; digest: string }): void {
    const { sequence, digest } = request;
    const first = this.#sequences.say(`${keyringId} ${sequence}`, { value: digest, file });
    if (first === null) return;
    const message = `sequence ${sequence} of ${keyringId} names the requests ${first.value} and ${digest}`;
    this.#add({ code: 'sequence_two_digests', file: first.file, otherFile: file, message });
  }

  /** Compares a request's head with the entries noted, to be asked when all are. */
  checkHead({ keyringId, file }: Source, { number, hash }: Head): void {
    const entry = this.#entries.get(`${keyringId} ${number}`);
    if (entry === undefined || entry.value === hash) return;
    const message = `the request names head ${number}, ${hash}; entry ${number} is ${entry.value}`;
    this.#add({ code: 'head_off_record', file, otherFile: entry.file, message });
  }
}
