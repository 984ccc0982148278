/**
 * The deposit monitor: asks the nodes what the watched addresses hold, looks up the transactions of
 * those about which the ledger knows otherwise (and of every address once a day), and books confirmed money once per (confirmed tail,
 * index). One odd address is put into quarantine; the others go on.
 */
import type { Coordinator } from '../coordinator.ts';
import { creditDue } from '../credits.ts';
import { CoordinatorError } from '../error.ts';
import { FaultLog, faultOf } from '../fault-log.ts';
import { type Arrival, depositIdOf, movementKey } from '../ledger/booking.ts';
import type { AddressRow } from '../ledger/rows.ts';
import { searchInParts } from './crowded.ts';
import {
  type Attached,
  type FoundAttachment,
  fetchTransactions,
  findAttachmentsOf,
  isWhole,
} from './tangle.ts';
import { isDue, isLookedUp, isRecent, isWatched, LOOK_UP_ROUNDS } from './watch.ts';

/** Deposit addresses, the ones used last, on which payments are seen before they are confirmed. */
const DETECTED_ADDRESSES_MAX = 1000;
/** Addresses whose balances are in memory at once. */
const PART_ADDRESSES = 10_000;
/** Transactions remembered as needing no second look. */
const DONE_MAX = 200_000;

/** Since when nodes and ledger disagree about an address. */
interface Disagreement {
  readonly since: number;
  readonly held: bigint;
  readonly booked: bigint;
}

export class DepositMonitor {
  readonly #coordinator: Coordinator;
  /** Transactions that need no second look: booked, of a sweep of ours, or without value. */
  readonly #done = new Set<string>();
  readonly #disagreements = new Map<string, Disagreement>();
  readonly #faults: FaultLog;
  #rounds: number;

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.#faults = new FaultLog(coordinator.log);
    // By chance: one that always begins at the same place never comes to the end if it is restarted daily.
    this.#rounds = Buffer.from(coordinator.random(4)).readUInt32BE() % LOOK_UP_ROUNDS;
  }

  /** One round. @returns how many movements were booked */
  async round(): Promise<number> {
    const { node, detected, ledger, now } = this.#coordinator;
    if (!(await node.isSynced())) return 0;
    const turn = { now: now(), round: this.#rounds };
    this.#rounds += 1;
    const due: string[] = [];
    const lookedUp: string[] = [];
    const recent: AddressRow[] = [];
    for (const row of ledger.state.rows('addresses')) {
      if (!isWatched(row)) continue;
      if (isDue(row, turn)) due.push(row.address);
      if (isLookedUp(row, turn.round)) lookedUp.push(row.address);
      const isOpen = row.status === 'active' && row.kind === 'deposit';
      if (isOpen && isRecent(row, turn.now)) recent.push(row);
    }
    const odd = await this.#odd(due);
    recent.sort((a, b) => b.activeAt - a.activeAt);
    const open = recent.slice(0, DETECTED_ADDRESSES_MAX).map(({ address }) => address);
    detected.clear();
    const booked = await this.#lookInParts([...new Set([...odd.keys(), ...open, ...lookedUp])]);
    await this.#judge(odd);
    return booked;
  }

  /** One address on which there is more than the nodes tell is left out and logged; the others go on. */
  async #lookInParts(addresses: readonly string[]): Promise<number> {
    const look = (part: readonly string[]): Promise<number> => this.look(part);
    const booked = await searchInParts(addresses, look, (address, cause) => {
      this.#faults.tell(`deposit monitor: address ${address}`, faultOf(cause));
      return 0;
    });
    return booked.reduce((sum, each) => sum + each, 0);
  }

  /**
   * Books what is confirmed on these addresses and not booked yet; how many movements.
   * @throws CoordinatorError node_unavailable, as TooManyFound if there is more than the nodes tell at once
   */
  async look(addresses: readonly string[]): Promise<number> {
    const { node } = this.#coordinator;
    const hashes = new Set(await node.findByAddresses(addresses));
    const fresh = [...hashes].filter((hash) => !this.#done.has(hash));
    const transactions = await fetchTransactions(node, fresh);
    const bundles = new Set<string>();
    if (this.#done.size > DONE_MAX) this.#done.clear();
    for (const { hash, value, bundle } of transactions.values()) {
      if (value > 0n && !this.#isOurSweep(bundle)) bundles.add(bundle);
      else this.#done.add(hash);
    }
    let booked = 0;
    for await (const [bundle, found] of findAttachmentsOf(this.#coordinator, [...bundles])) {
      booked += await this.#tryBundle(bundle, found);
    }
    return booked;
  }

  /**
   * What the nodes say of addresses about which the ledger knows, or lately knew, otherwise. What they do
   * not agree on now is left out.
   */
  async #odd(addresses: readonly string[]): Promise<Map<string, bigint>> {
    const { node, ledger } = this.#coordinator;
    const odd = new Map<string, bigint>();
    for (let at = 0; at < addresses.length; at += PART_ADDRESSES) {
      const part = addresses.slice(at, at + PART_ADDRESSES);
      const balances = await node.balances(part);
      for (const [place, address] of part.entries()) {
        const held = balances[place] ?? null;
        const row = ledger.state.get('addresses', address);
        if (held === null || row === undefined) continue;
        const isOdd = held !== row.balance || row.quarantine !== null;
        if (isOdd || this.#disagreements.has(address)) odd.set(address, held);
      }
    }
    return odd;
  }

  /** Quarantines what has been odd for too long, and releases what is odd no more. */
  async #judge(odd: ReadonlyMap<string, bigint>): Promise<void> {
    const { ledger, settings, now } = this.#coordinator;
    for (const [address, amount] of odd) {
      const row = ledger.state.get('addresses', address);
      if (row === undefined) continue;
      const { balance: booked, quarantine } = row;
      if (amount === booked) {
        this.#disagreements.delete(address);
        if (quarantine !== null) await this.#release(address);
        continue;
      }
      const known = this.#disagreements.get(address);
      const isKnown = known?.held === amount && known.booked === booked;
      const { since } = isKnown ? known : { since: now() };
      this.#disagreements.set(address, { since, held: amount, booked });
      if (quarantine !== null || now() - since < settings.quarantineAfterMs) continue;
      await this.#quarantine(address, `the nodes say ${amount} i, the ledger ${booked} i`);
    }
  }

  async #quarantine(address: string, reason: string): Promise<void> {
    const { ledger, log } = this.#coordinator;
    await ledger.execute(({ draft, record }) => {
      if (draft.get('addresses', address)?.quarantine !== null) return;
      record({ type: 'address.quarantined', address, reason });
      log(`address ${address} is in quarantine: ${reason}`);
    });
  }

  async #release(address: string): Promise<void> {
    const { ledger, log } = this.#coordinator;
    await ledger.execute(({ draft, record }) => {
      if ((draft.get('addresses', address)?.quarantine ?? null) === null) return;
      record({ type: 'address.released', address, reason: 'nodes and ledger agree again' });
      log(`address ${address} is in quarantine no more`);
    });
  }

  /** One odd bundle is left out and logged; a node that fails ends the round. */
  async #tryBundle(bundle: string, attachments: readonly FoundAttachment[]): Promise<number> {
    try {
      return await this.#bookBundle(bundle, attachments);
    } catch (cause) {
      if (cause instanceof CoordinatorError) throw cause;
      this.#faults.tell(`deposit monitor: bundle ${bundle}`, faultOf(cause));
      return 0;
    }
  }

  #isOurSweep(bundle: string): boolean {
    return this.#coordinator.ledger.state.get('sweeps', bundle) !== undefined;
  }

  async #bookBundle(bundle: string, attachments: readonly FoundAttachment[]): Promise<number> {
    let booked = 0;
    const valid = attachments.filter(({ instance }) => isWhole(instance, bundle));
    for (const { instance, isConfirmed } of valid) {
      if (isConfirmed) booked += await this.#bookInstance(instance);
    }
    if (attachments.some((each) => each.isConfirmed && !valid.includes(each))) {
      const fault = 'it is said to be confirmed, but is invalid';
      this.#faults.tell(`deposit monitor: bundle ${bundle}`, fault);
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

  /** Also on a hub address that a forgotten bundle spends, but by no forgotten bundle, which pays its own. */
  #isBookable(row: AddressRow, bundle: string): boolean {
    if (isWatched(row)) return true;
    if (row.status === 'pooled' || row.kind !== 'hub') return false;
    const forgotten = this.#coordinator.ledger.state.rows('forgottenKeys');
    return ![...forgotten].some(({ bundleHash }) => bundleHash === bundle);
  }

  /** Books what a confirmed attachment brought to our addresses. */
  async #bookInstance(instance: readonly Attached[]): Promise<number> {
    const { ledger, settings } = this.#coordinator;
    const [{ hash: tail, bundle }] = instance as readonly [Attached, ...Attached[]];
    let booked = 0;
    for (const transaction of instance) {
      const { hash, address, value: amount, currentIndex: index } = transaction;
      const row = ledger.state.get('addresses', address);
      // What came to an address that is not watched yet is booked once it is.
      if (amount <= 0n || row === undefined || !this.#isBookable(row, bundle)) continue;
      const text = transaction.signatureMessageFragment.replace(/9+$/, '');
      const message = settings.keepMessages ? text : null;
      booked += await this.#bookMovement({ address, amount, bundle, tail, index, message });
      this.#done.add(hash);
    }
    return booked;
  }

  #bookMovement(movement: Arrival): Promise<number> {
    const { ledger, settings } = this.#coordinator;
    const { tail, index } = movement;
    return ledger.execute((command) => {
      const { draft, record } = command;
      if (draft.get('movements', movementKey(tail, index)) !== undefined) return 0;
      const depositId = depositIdOf(tail, index);
      record({ type: 'deposit.confirmed', depositId, ...movement });
      creditDue(command, settings, [depositId]);
      return 1;
    });
  }
}
