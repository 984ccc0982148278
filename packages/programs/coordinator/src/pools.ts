/** Fresh addresses by keyring and kind, in the order in which their signer made them. */
import { forgottenBundles } from './ledger/apply-record.ts';
import type { AddressRow } from './ledger/rows.ts';
import type { LedgerState } from './ledger/state.ts';

type Kind = AddressRow['kind'];

function poolKey(keyringId: string, kind: Kind): string {
  return `${keyringId}/${kind}`;
}

/** Queues over the state's pooled addresses; an address that is pooled no more is skipped. */
export class Pools {
  readonly #queues = new Map<string, string[]>();
  readonly #state: LedgerState;

  constructor(state: LedgerState) {
    this.#state = state;
    const pooled = [...state.rows('addresses')].filter(({ status }) => status === 'pooled');
    pooled.sort((a, b) => a.batch - b.batch || a.index - b.index);
    this.add(pooled);
  }

  /** Addresses of an imported batch, in their order. */
  add(rows: readonly Pick<AddressRow, 'address' | 'keyringId' | 'kind'>[]): void {
    for (const { address, keyringId, kind } of rows) {
      // A key that the signer's record shows as used is retired before it ever was in the pool.
      if (!this.#isPooled(address)) continue;
      const key = poolKey(keyringId, kind);
      const queue = this.#queues.get(key);
      if (queue === undefined) this.#queues.set(key, [address]);
      else queue.push(address);
    }
  }

  #live(keyringId: string, kind: Kind): string[] {
    const queue = this.#queues.get(poolKey(keyringId, kind)) ?? [];
    while (queue[0] !== undefined && !this.#isPooled(queue[0])) queue.shift();
    return queue;
  }

  #isPooled(address: string): boolean {
    return this.#state.get('addresses', address)?.status === 'pooled';
  }

  /**
   * Up to `count` next addresses, still in the pool. A bundle that a restored coordinator has forgotten
   * pays to hub addresses, of whichever keyring, that were next then: until it is booked they are taken
   * from the other end, so that nothing is spent from one to which its money is on its way.
   */
  next({ keyringId, kind }: { keyringId: string; kind: Kind }, count: number): AddressRow[] {
    const rows: AddressRow[] = [];
    const live = this.#live(keyringId, kind);
    const isForgetful = kind === 'hub' && forgottenBundles(this.#state).size > 0;
    for (const address of isForgetful ? live.toReversed() : live) {
      if (rows.length === count) break;
      const row = this.#state.get('addresses', address);
      if (row?.status === 'pooled') rows.push(row);
    }
    return rows;
  }

  /** Forgets addresses that were taken out of the pool other than in their order. */
  dropTaken(): void {
    for (const [key, queue] of this.#queues) {
      this.#queues.set(
        key,
        queue.filter((address) => this.#isPooled(address)),
      );
    }
  }

  size(keyringId: string, kind: Kind): number {
    return this.#live(keyringId, kind).filter((address) => this.#isPooled(address)).length;
  }
}
