/**
 * The entries of all files, each after the one of its record whose hash it names, so that the branches
 * of a fork are followed apart.
 */
import { EMPTY_HEAD, type Head, type RecordEntry } from '@airlock/gap';
import type { EntrySource } from './ledger-of-records.ts';

export interface KnownEntry {
  readonly source: EntrySource;
  readonly entry: RecordEntry;
  readonly hash: string;
}

/** Takes back what one entry changed, before another branch is followed. */
export type Undo = () => void;

/** Takes in each entry of a chain, after the one that stands before it if that is given. */
export type Follow = (known: KnownEntry, before: KnownEntry | undefined) => Undo;

export class Chains {
  /** By keyring and hash: a signer that writes another's entries into its own file hides none. */
  readonly #entries = new Map<string, KnownEntry>();

  /** Notes a verified entry; of two files that show it, the first that its own signer signed is named. */
  entry(source: EntrySource, entry: RecordEntry, { hash }: Head): void {
    const name = `${source.keyringId} ${hash}`;
    const known = this.#entries.get(name);
    if (known === undefined || (source.isSigners && !known.source.isSigners)) {
      this.#entries.set(name, { source, entry, hash });
    }
  }

  #before({ source, entry }: KnownEntry): KnownEntry | undefined {
    const before = this.#entries.get(`${source.keyringId} ${entry.previous}`);
    return before?.entry.number === entry.number - 1 ? before : undefined;
  }

  /**
   * Follows every chain from its first given entry on, to be asked when all are noted.
   * @param begin called for each chain; `isComplete` if it begins as its record does
   */
  follow(begin: (isComplete: boolean) => Follow): void {
    const firsts: KnownEntry[] = [];
    const after = new Map<KnownEntry, KnownEntry[]>();
    for (const known of this.#entries.values()) {
      const before = this.#before(known);
      if (before === undefined) firsts.push(known);
      else {
        const branches = after.get(before) ?? [];
        branches.push(known);
        after.set(before, branches);
      }
    }
    for (const first of firsts.sort((a, b) => a.entry.number - b.entry.number)) {
      const { number, previous } = first.entry;
      const follow = begin(number === 1 && previous === EMPTY_HEAD.hash);
      // A stack of one's own, since a record may have more entries than calls may nest.
      const tasks: (KnownEntry | Undo)[] = [first];
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        if (typeof task === 'function') {
          task();
          continue;
        }
        tasks.push(follow(task, this.#before(task)));
        for (const next of after.get(task) ?? []) tasks.push(next);
      }
    }
  }
}
