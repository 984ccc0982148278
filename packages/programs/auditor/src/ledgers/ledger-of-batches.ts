/**
 * What was issued: each batch that the signer signed against the `issued` entries of its record, and
 * each key that a record signs with against the batches that it issued before.
 */
import type { BatchStatement, RecordEntry, RecordEvent } from '@airlock/gap';
import type { AddFinding } from '../findings.ts';
import { verdictsOf } from '../messages/verdicts.ts';
import type { KnownEntry } from './chains.ts';
import type { EntrySource, Source } from './ledger-of-records.ts';
import type { Standing } from './standing.ts';

/** Commitments of the keys that an entry uses up. */
function keysOf(event: RecordEvent): string[] {
  if (event.kind === 'surrendered') return [event.commitment];
  return verdictsOf(event).flatMap(({ keys }) => keys.map(([commitment]) => commitment));
}

interface GivenBatch extends Source {
  readonly number: number;
}

export class LedgerOfBatches {
  readonly #batches: GivenBatch[] = [];
  /** Roots of the batches given, by themselves and each after its keyring. */
  readonly #roots = new Set<string>();
  /** By a UUID's commitment: roots of the batches that hold it. */
  readonly #rootsOf = new Map<string, readonly string[]>();
  /** Numbers that entries issue, each after its keyring. */
  readonly #issued = new Set<string>();
  /** By keyring: the highest number in a record that is given from its first entry on. */
  readonly #highest = new Map<string, Pick<GivenBatch, 'file' | 'number'>>();

  /** Notes a batch that is given, with the commitments of its UUIDs. */
  batch(
    { keyringId, file }: Source,
    { number, root }: BatchStatement,
    commitments: readonly string[],
  ): void {
    this.#batches.push({ keyringId, file, number });
    this.#roots.add(root).add(`${keyringId} ${root}`);
    const roots = [root];
    for (const commitment of commitments) {
      const known = this.#rootsOf.get(commitment);
      if (known === undefined) this.#rootsOf.set(commitment, roots);
      else if (!known.includes(root)) this.#rootsOf.set(commitment, [...known, root]);
    }
  }

  /** Whether a batch of the keyring among the files holds the key. */
  holds(keyringId: string, commitment: string): boolean {
    const roots = this.#rootsOf.get(commitment) ?? [];
    return roots.some((root) => this.#roots.has(`${keyringId} ${root}`));
  }

  /** Whether the batch with this root is among the files. */
  isGiven(root: string): boolean {
    return this.#roots.has(root);
  }

  /** Notes an entry that issues a batch. */
  entry({ keyringId, isSigners }: EntrySource, { event }: RecordEntry): void {
    if (event.kind === 'issued' && isSigners) this.#issued.add(`${keyringId} ${event.batch}`);
  }

  /** Checks the keys of an entry that signs against what is issued before it. */
  check({ source, entry }: KnownEntry, standing: Standing, add: AddFinding): void {
    const { keyringId, file, isSigners } = source;
    const { number, event } = entry;
    if (event.kind === 'issued' && standing.isComplete && isSigners) {
      const highest = this.#highest.get(keyringId)?.number ?? 0;
      if (event.batch > highest) this.#highest.set(keyringId, { file, number: event.batch });
    }
    const keys = keysOf(event);
    if (keys.length === 0 || !standing.knowsIssued) return;
    const isIssued = (commitment: string): boolean =>
      (this.#rootsOf.get(commitment) ?? []).some((root) => standing.hasIssued(root));
    const [first, ...others] = keys.filter((commitment) => !isIssued(commitment));
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const message = `entry ${number} ${event.kind === 'surrendered' ? 'gives away' : 'signs with'} the key of UUID commitment ${first}${more}, which no batch holds that was issued before it`;
    add({ code: 'key_not_issued', file, message });
  }

  /**
   * Batches that a record has passed over, to be asked when its chains are followed. One with a higher
   * number than any in the record may be newer than what is given of it; one whose number was issued
   * with another root is `batch_two_roots`.
   */
  checkBatches(add: AddFinding): void {
    for (const { keyringId, file, number } of this.#batches) {
      const highest = this.#highest.get(keyringId);
      const isPassed = highest !== undefined && highest.number > number;
      if (!isPassed || this.#issued.has(`${keyringId} ${number}`)) continue;
      const message = `the record has issued batch ${highest.number}, but never batch ${number}`;
      add({ code: 'batch_not_issued', file, otherFile: highest.file, message });
    }
  }
}
