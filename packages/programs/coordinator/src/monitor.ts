/**
 * The deposit monitor: asks the node about every watched address and books confirmed money once per
 * (confirmed tail, index). One odd transaction is left out and logged; the others go on.
 */
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { depositIdOf, movementKey } from './ledger/booking.ts';
import { type Attached, fetchTransactions, findAttachments, isWhole } from './tangle.ts';

export class DepositMonitor {
  readonly #coordinator: Coordinator;
  /** Transactions that need no second look: booked, of a sweep of ours, or without value. */
  readonly #done = new Set<string>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** Addresses that somebody may pay to. */
  #watched(): string[] {
    const rows = [...this.#coordinator.ledger.state.rows('addresses')];
    return rows.filter(({ status }) => status !== 'pooled').map(({ address }) => address);
  }

  /** One round. @returns how many movements were booked */
  async round(): Promise<number> {
    const { node, detected } = this.#coordinator;
    if (!(await node.isSynced())) return 0;
    const hashes = new Set(await node.findByAddresses(this.#watched()));
    const fresh = [...hashes].filter((hash) => !this.#done.has(hash));
    const transactions = await fetchTransactions(this.#coordinator.node, fresh);
    const bundles = new Set<string>();
    for (const { hash, value, bundle } of transactions.values()) {
      if (value > 0n && !this.#isOurSweep(bundle)) bundles.add(bundle);
      else this.#done.add(hash);
    }
    let booked = 0;
    detected.clear();
    for (const bundle of bundles) booked += await this.#tryBundle(bundle);
    return booked;
  }

  /** One odd bundle is left out and logged; a node that fails ends the round. */
  async #tryBundle(bundle: string): Promise<number> {
    try {
      return await this.#bookBundle(bundle);
    } catch (cause) {
      if (cause instanceof CoordinatorError) throw cause;
      const reason = cause instanceof Error ? cause.message : 'failed';
      this.#coordinator.log(`deposit monitor: bundle ${bundle}: ${reason}`);
      return 0;
    }
  }

  #isOurSweep(bundle: string): boolean {
    return this.#coordinator.ledger.state.get('sweeps', bundle) !== undefined;
  }

  async #bookBundle(bundle: string): Promise<number> {
    let booked = 0;
    const attachments = await findAttachments(this.#coordinator, bundle);
    const valid = attachments.filter(({ instance }) => isWhole(instance, bundle));
    for (const { instance, isConfirmed } of valid) {
      if (isConfirmed) booked += await this.#bookInstance(instance);
    }
    if (attachments.some((each) => each.isConfirmed && !valid.includes(each))) {
      this.#coordinator.log(
        `deposit monitor: bundle ${bundle} is said to be confirmed, but is invalid`,
      );
    }
    // Another attachment of a confirmed bundle brings nothing more.
    if (valid.some(({ isConfirmed }) => isConfirmed)) return booked;
    for (const { instance } of valid) this.#detect(instance);
    return booked;
  }

  #detect(instance: readonly Attached[]): void {
    const { ledger, detected } = this.#coordinator;
    for (const { address, value: amount, bundle, currentIndex: index } of instance) {
      const userId = ledger.state.get('addresses', address)?.userId ?? null;
      if (amount <= 0n || userId === null) continue;
      detected.set(movementKey(bundle, index), { userId, address, amount, bundle, index });
    }
  }

  /** Books what a confirmed attachment brought to our addresses. */
  async #bookInstance(instance: readonly Attached[]): Promise<number> {
    const { ledger } = this.#coordinator;
    const [{ hash: tail, bundle }] = instance as readonly [Attached, ...Attached[]];
    let booked = 0;
    for (const { hash, address, value: amount, currentIndex: index } of instance) {
      const row = ledger.state.get('addresses', address);
      // What came to an address that is not watched yet is booked once it is.
      if (amount <= 0n || row === undefined || row.status === 'pooled') continue;
      booked += await this.#bookMovement({ address, amount, bundle, tail, index });
      this.#done.add(hash);
    }
    return booked;
  }

  #bookMovement(movement: {
    readonly address: string;
    readonly amount: bigint;
    readonly bundle: string;
    readonly tail: string;
    readonly index: number;
  }): Promise<number> {
    const { ledger } = this.#coordinator;
    const { tail, index } = movement;
    return ledger.execute(({ draft, record }) => {
      if (draft.get('movements', movementKey(tail, index)) !== undefined) return 0;
      record({ type: 'deposit.confirmed', depositId: depositIdOf(tail, index), ...movement });
      return 1;
    });
  }
}
