/**
 * Balances by address and what a part of the tangle would change in them. IRI's LedgerServiceImpl:
 * a tip is consistent if no bundle below it is invalid and no balance would fall below 0 in sum.
 */
import { NULL_HASH } from '@airlock/protocol';
import type { Bundles } from './bundles.ts';
import { approveesOf, type StoredTransaction, type Tangle } from './tangle.ts';

/** A consistent set of unconfirmed transactions and the sum of what they move. */
export interface Cone {
  readonly visited: Set<string>;
  readonly diff: Map<string, bigint>;
}

export type ConeFault = 'not_solid' | 'invalid_bundle' | 'conflict';

export function createCone(): Cone {
  return { visited: new Set(), diff: new Map() };
}

export class Ledger {
  readonly #tangle: Tangle;
  readonly #bundles: Bundles;
  readonly #balances: Map<string, bigint>;

  constructor(options: {
    readonly tangle: Tangle;
    readonly bundles: Bundles;
    readonly genesis: ReadonlyMap<string, bigint>;
  }) {
    this.#tangle = options.tangle;
    this.#bundles = options.bundles;
    this.#balances = new Map(options.genesis);
  }

  /** What an address holds by the latest milestone and, if given, after an unconfirmed cone. */
  balanceOf(address: string, cone?: Cone): bigint {
    return (this.#balances.get(address) ?? 0n) + (cone?.diff.get(address) ?? 0n);
  }

  /** Adds a tip and all it approves to a consistent cone, or leaves the cone as it was. */
  extend(cone: Cone, tip: string): ConeFault | null {
    const added = this.#collect(cone, tip);
    if (typeof added === 'string') return added;
    for (const [address, change] of added.diff) {
      if (this.balanceOf(address, cone) + change < 0n) return 'conflict';
    }
    for (const hash of added.visited) cone.visited.add(hash);
    for (const [address, change] of added.diff) {
      cone.diff.set(address, (cone.diff.get(address) ?? 0n) + change);
    }
    return null;
  }

  /**
   * Books a milestone's cone and marks it as confirmed.
   * @returns how many transactions it confirmed, itself included
   * @throws RangeError if the cone is not consistent, which tip selection rules out
   */
  confirm(milestone: string, index: number): number {
    const cone = createCone();
    const fault = this.extend(cone, milestone);
    if (fault !== null) throw new RangeError(`milestone ${index} is inconsistent: ${fault}`);
    for (const [address, change] of cone.diff) {
      const balance = this.balanceOf(address) + change;
      if (balance === 0n) this.#balances.delete(address);
      else this.#balances.set(address, balance);
    }
    for (const hash of cone.visited) {
      const stored = this.#tangle.get(hash);
      if (stored !== undefined) this.#tangle.markConfirmed(stored, index);
    }
    return cone.visited.size;
  }

  /** Sum of all balances: the supply, always. */
  total(): bigint {
    let total = 0n;
    for (const balance of this.#balances.values()) total += balance;
    return total;
  }

  #collect(cone: Cone, tip: string): Cone | ConeFault {
    const added = createCone();
    const open = [tip];
    for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
      if (hash === NULL_HASH || cone.visited.has(hash) || added.visited.has(hash)) continue;
      const stored = this.#tangle.get(hash);
      if (stored === undefined || !stored.solid) return 'not_solid';
      if (stored.confirmedAt > 0) continue;
      added.visited.add(hash);
      if (stored.transaction.currentIndex === 0 && !this.#addValues(added.diff, stored)) {
        return 'invalid_bundle';
      }
      open.push(...approveesOf(stored));
    }
    return added;
  }

  #addValues(diff: Map<string, bigint>, tail: StoredTransaction): boolean {
    const instance = this.#bundles.inspect(tail);
    if (instance.kind !== 'valid') return false;
    for (const { transaction } of instance.transactions) {
      const { address, value } = transaction;
      if (value !== 0n) diff.set(address, (diff.get(address) ?? 0n) + value);
    }
    return true;
  }
}
