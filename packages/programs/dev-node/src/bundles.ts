/**
 * Bundles as they hang in the tangle: from a tail along trunks. IRI's BundleValidator, with the two
 * rules about what a bundle approves that IRI 1.8.3 added.
 */
import { type BundleFault, findBundleFault, NULL_HASH } from '@airlock/protocol';
import type { StoredTransaction, Tangle } from './tangle.ts';

/** Beyond the protocol's faults: parts that approve something else than the head, or a non-tail. */
export type InstanceFault = BundleFault | 'approval_mismatch' | 'approves_non_tail';

export type BundleInstance =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly fault: InstanceFault }
  | { readonly kind: 'valid'; readonly transactions: readonly StoredTransaction[] };

const INCOMPLETE: BundleInstance = { kind: 'incomplete' };

export class Bundles {
  readonly #tangle: Tangle;
  /** A complete instance never changes: hashes chain its transactions. */
  readonly #known = new Map<string, BundleInstance>();

  constructor(tangle: Tangle) {
    this.#tangle = tangle;
  }

  /** The instance that begins at a tail. */
  inspect(tail: StoredTransaction): BundleInstance {
    const known = this.#known.get(tail.hash);
    if (known !== undefined) return known;
    const instance = this.#examine(tail);
    if (instance.kind !== 'incomplete') this.#known.set(tail.hash, instance);
    return instance;
  }

  /** Whether money left the address: in a confirmed transaction or in any valid bundle. */
  isSpentFrom(address: string): boolean {
    return this.#tangle
      .find('address', address)
      .some(
        (stored) =>
          stored.transaction.value < 0n &&
          (stored.confirmedAt > 0 ||
            this.#tailsOf(stored).some((tail) => this.inspect(tail).kind === 'valid')),
      );
  }

  #examine(tail: StoredTransaction): BundleInstance {
    const transactions = this.#gather(tail);
    if (transactions === null) return INCOMPLETE;
    const fault = findBundleFault(transactions.map(({ transaction }) => transaction));
    if (fault !== null) return { kind: 'invalid', fault };
    const { trunkTransaction, branchTransaction } = (transactions.at(-1) ?? tail).transaction;
    const isMismatch = transactions
      .slice(0, -1)
      .some(({ transaction }) => transaction.branchTransaction !== trunkTransaction);
    if (isMismatch) return { kind: 'invalid', fault: 'approval_mismatch' };
    for (const hash of [trunkTransaction, branchTransaction]) {
      if (hash === NULL_HASH) continue;
      const approvee = this.#tangle.get(hash);
      if (approvee === undefined) return INCOMPLETE;
      if (approvee.transaction.currentIndex !== 0) {
        return { kind: 'invalid', fault: 'approves_non_tail' };
      }
    }
    return { kind: 'valid', transactions };
  }

  /** The tail and what follows along trunks within the bundle; null while one is missing. */
  #gather(tail: StoredTransaction): StoredTransaction[] | null {
    const { bundle, lastIndex } = tail.transaction;
    const transactions = [tail];
    for (let last = tail; last.transaction.currentIndex !== lastIndex; ) {
      const hash = last.transaction.trunkTransaction;
      const next = this.#tangle.get(hash);
      if (next === undefined) return hash === NULL_HASH ? transactions : null;
      const isOfBundle = next.transaction.bundle === bundle && next.transaction.currentIndex !== 0;
      if (!isOfBundle) return transactions;
      transactions.push(next);
      last = next;
    }
    return transactions;
  }

  /** Tails from which a transaction can be reached along trunks, index by index. */
  #tailsOf(stored: StoredTransaction): StoredTransaction[] {
    let level = [stored];
    for (let index = stored.transaction.currentIndex; index > 0 && level.length > 0; index -= 1) {
      level = level.flatMap(({ hash, transaction: { bundle } }) =>
        this.#tangle
          .approvers(hash)
          .filter(
            ({ transaction }) =>
              transaction.trunkTransaction === hash &&
              transaction.bundle === bundle &&
              transaction.currentIndex === index - 1,
          ),
      );
    }
    return level.filter(({ transaction }) => transaction.currentIndex === 0);
  }
}
