/**
 * The tangle: every transaction by hash, what approves it, and the lookups of findTransactions.
 * A transaction is solid once everything it approves, down to the null hash, is here.
 */
import { NULL_HASH, type Transaction } from '@airlock/protocol';

export interface StoredTransaction {
  readonly hash: string;
  readonly trytes: string;
  readonly transaction: Transaction;
  /** Number of arrival, from 0. */
  readonly order: number;
  solid: boolean;
  /** Index of the milestone that confirmed it, 0 for none. */
  confirmedAt: number;
}

export type NewTransaction = Pick<StoredTransaction, 'hash' | 'trytes' | 'transaction'>;

export const LOOKUPS = ['bundle', 'address', 'tag', 'obsoleteTag'] as const;
export type Lookup = (typeof LOOKUPS)[number];

type Index = Map<string, StoredTransaction[]>;

function append(index: Index, key: string, stored: StoredTransaction): void {
  const list = index.get(key);
  if (list === undefined) index.set(key, [stored]);
  else list.push(stored);
}

export class Tangle {
  readonly #byHash = new Map<string, StoredTransaction>();
  readonly #lookups: Readonly<Record<Lookup, Index>> = {
    bundle: new Map(),
    address: new Map(),
    tag: new Map(),
    obsoleteTag: new Map(),
  };
  readonly #approvers: Index = new Map();
  /** In order of arrival. */
  readonly #unconfirmed = new Set<StoredTransaction>();
  readonly #missing = new Set<string>();
  readonly #tips = new Set<string>();

  /** Stores a transaction; null if it is here already. */
  add(added: NewTransaction): StoredTransaction | null {
    if (this.#byHash.has(added.hash)) return null;
    const stored = { ...added, order: this.#byHash.size, solid: false, confirmedAt: 0 };
    this.#byHash.set(stored.hash, stored);
    this.#missing.delete(stored.hash);
    this.#unconfirmed.add(stored);
    for (const lookup of LOOKUPS) {
      append(this.#lookups[lookup], stored.transaction[lookup], stored);
    }
    for (const approvee of approveesOf(stored)) {
      append(this.#approvers, approvee, stored);
      this.#tips.delete(approvee);
      if (!this.has(approvee)) this.#missing.add(approvee);
    }
    if (this.approvers(stored.hash).length === 0) this.#tips.add(stored.hash);
    this.#propagateSolidity(stored);
    return stored;
  }

  /** Whether the hash is known; the null hash always is. */
  has(hash: string): boolean {
    return hash === NULL_HASH || this.#byHash.has(hash);
  }

  get(hash: string): StoredTransaction | undefined {
    return this.#byHash.get(hash);
  }

  /** Transactions whose trunk or branch is `hash`. */
  approvers(hash: string): readonly StoredTransaction[] {
    return this.#approvers.get(hash) ?? [];
  }

  find(lookup: Lookup, value: string): readonly StoredTransaction[] {
    return this.#lookups[lookup].get(value) ?? [];
  }

  /** Hashes that something approves and nobody has sent. */
  missing(): string[] {
    return [...this.#missing];
  }

  /** Hashes that nothing approves. */
  tips(): string[] {
    return [...this.#tips];
  }

  /** Solid transactions of index 0 that no milestone has confirmed, in order of arrival. */
  unconfirmedTails(): StoredTransaction[] {
    return [...this.#unconfirmed].filter(
      ({ solid, transaction }) => solid && transaction.currentIndex === 0,
    );
  }

  markConfirmed(stored: StoredTransaction, milestoneIndex: number): void {
    stored.confirmedAt = milestoneIndex;
    this.#unconfirmed.delete(stored);
  }

  /** Which of the `wanted` hashes the tips approve, directly or not; a tip approves itself. */
  findInPastCone(tips: readonly string[], wanted: ReadonlySet<string>): Set<string> {
    const found = new Set<string>();
    const visited = new Set<string>([NULL_HASH]);
    const open = [...tips];
    for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
      if (visited.has(hash)) continue;
      visited.add(hash);
      if (wanted.has(hash) && found.add(hash).size === wanted.size) return found;
      const stored = this.#byHash.get(hash);
      if (stored !== undefined) open.push(...approveesOf(stored));
    }
    return found;
  }

  #isSolid(hash: string): boolean {
    return hash === NULL_HASH || this.#byHash.get(hash)?.solid === true;
  }

  /** Marks a new transaction, and what waited for it, as solid where that is so now. */
  #propagateSolidity(added: StoredTransaction): void {
    const open = [added];
    for (let stored = open.pop(); stored !== undefined; stored = open.pop()) {
      if (stored.solid || !approveesOf(stored).every((hash) => this.#isSolid(hash))) continue;
      stored.solid = true;
      open.push(...this.approvers(stored.hash));
    }
  }
}

/** The one or two hashes that a transaction approves. */
export function approveesOf({ transaction }: Pick<StoredTransaction, 'transaction'>): string[] {
  const { trunkTransaction, branchTransaction } = transaction;
  return trunkTransaction === branchTransaction
    ? [trunkTransaction]
    : [trunkTransaction, branchTransaction];
}
