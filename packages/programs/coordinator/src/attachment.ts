/**
 * Attaching signed sweeps: proof of work, broadcast, and again until one attachment is confirmed.
 * The signed bundle never changes; only where it stands in the Tangle does. After signing nothing
 * here refuses to broadcast.
 */
import {
  assembleBundle,
  decodeTransaction,
  encodeTransaction,
  findBundleFault,
  hashOfTransaction,
  signatureToTrytes,
  type Transaction,
} from '@airlock/protocol';
import { slotsOf } from './bundles.ts';
import type { Coordinator } from './coordinator.ts';
import type { SweepRow } from './ledger/rows.ts';
import { signaturesOf } from './responses.ts';
import { findAttachments, isWhole } from './tangle.ts';

/** A sweep not confirmed this long after its first attachment is attached again, then ever later. */
const REATTACH_AFTER_MS = 60_000;
const REATTACH_AFTER_MS_MAX = 3_600_000;
/** A sweep of which the node shows no attachment at all is attached again this soon. */
const REATTACH_LOST_AFTER_MS = 10_000;

/** How a sweep stands at the node; lost: no attachment of it is there, as after a crash before the broadcast. */
type Standing = 'confirmed' | 'pending' | 'lost';

/** The sweep's signed transactions, in the order of their index, not attached yet. */
async function signedTransactions(
  coordinator: Coordinator,
  sweep: SweepRow,
): Promise<Transaction[]> {
  const fragments = new Map<number, string>();
  for (const [index, signature] of await signaturesOf(coordinator, sweep)) {
    for (const [offset, trytes] of signatureToTrytes(signature).entries()) {
      fragments.set(index + offset, trytes);
    }
  }
  const transactions = assembleBundle({ slots: slotsOf(sweep), hash: sweep.id, fragments });
  const fault = findBundleFault(transactions);
  if (fault !== null) throw new TypeError(`sweep ${sweep.id} does not validate: ${fault}`);
  return transactions;
}

export class Attachment {
  readonly #coordinator: Coordinator;
  /** When each sweep was last attached by this process. */
  readonly #attachedAt = new Map<string, number>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /** One round over all sweeps that are signed and not confirmed. One that fails does not stop others. */
  async round(): Promise<void> {
    const { ledger, log } = this.#coordinator;
    const waiting = [...ledger.state.rows('sweeps')].filter(
      ({ status }) => status === 'signed' || status === 'attached',
    );
    for (const sweep of waiting) {
      try {
        const standing = await this.#look(sweep);
        if (this.#isDue(sweep, standing)) await this.#attach(sweep);
      } catch (cause) {
        log(`attachment of ${sweep.id}: ${cause instanceof Error ? cause.message : 'failed'}`);
      }
    }
    await this.findForgotten();
    await this.findReplays();
  }

  /**
   * Sweeps that are confirmed although no response to them is here: this coordinator was restored from a
   * backup, and had broadcast them before. They are booked as they are.
   */
  async findForgotten(): Promise<void> {
    const { ledger, node, log } = this.#coordinator;
    const requested = [...ledger.state.rows('sweeps')].filter(
      ({ status }) => status === 'requested',
    );
    const found = await node.findByBundles(requested.map(({ id }) => id));
    if (found.length === 0) return;
    for (const sweep of requested) {
      if ((await this.#look(sweep)) !== 'confirmed') continue;
      log(`ALARM sweep.confirmed: ${sweep.id} is confirmed, but no response to it was imported`);
    }
  }

  /**
   * Sweeps whose inputs hold enough money again: anyone may attach such a bundle once more, and the
   * network confirms it once more. What it moved then is booked as it is.
   */
  async findReplays(): Promise<void> {
    const { ledger, log } = this.#coordinator;
    const isFunded = ({ address, amount }: { address: string; amount: bigint }): boolean =>
      (ledger.state.get('addresses', address)?.balance ?? 0n) >= amount;
    const exposed = [...ledger.state.rows('sweeps')].filter(
      ({ status, inputs }) => status === 'confirmed' && inputs.every(isFunded),
    );
    for (const { id } of exposed) {
      for (const { instance, isConfirmed } of await findAttachments(this.#coordinator, id)) {
        const tail = instance[0]?.hash;
        if (!isConfirmed || tail === undefined || !isWhole(instance, id)) continue;
        await ledger.execute(({ draft, record }) => {
          const sweep = draft.get('sweeps', id);
          if (sweep === undefined || sweep.confirmedTail === tail) return;
          if (sweep.replays.includes(tail) || !sweep.inputs.every(isFunded)) return;
          record({ type: 'sweep.replayed', sweepId: id, tail });
          log(`ALARM sweep.replayed: ${id} was confirmed again by ${tail}`);
        });
      }
    }
  }

  #isDue({ id, status, tails }: SweepRow, standing: Standing): boolean {
    if (standing === 'confirmed') return false;
    if (status === 'signed') return true;
    const doubled = REATTACH_AFTER_MS * 2 ** Math.max(0, tails.length - 1);
    const pause = Math.min(REATTACH_AFTER_MS_MAX, doubled);
    const last = this.#attachedAt.get(id);
    if (standing === 'lost') {
      return last === undefined || this.#coordinator.now() - last >= REATTACH_LOST_AFTER_MS;
    }
    if (last === undefined) this.#attachedAt.set(id, this.#coordinator.now());
    return last !== undefined && this.#coordinator.now() - last >= pause;
  }

  /** Journals the sweep as confirmed if any attachment of its bundle is, whoever attached it. */
  async #look(sweep: SweepRow): Promise<Standing> {
    const { ledger } = this.#coordinator;
    const attachments = await findAttachments(this.#coordinator, sweep.id);
    const confirmed = attachments.find(
      ({ instance, isConfirmed }) => isConfirmed && isWhole(instance, sweep.id),
    );
    const tail = confirmed?.instance[0]?.hash;
    if (tail === undefined) return attachments.length === 0 ? 'lost' : 'pending';
    await ledger.execute(({ draft, record }) => {
      if (draft.get('sweeps', sweep.id)?.status === 'confirmed') return;
      record({ type: 'sweep.confirmed', sweepId: sweep.id, tail });
    });
    return 'confirmed';
  }

  async #attach(sweep: SweepRow): Promise<void> {
    const { node, ledger, now } = this.#coordinator;
    const trytes = (await signedTransactions(this.#coordinator, sweep)).map(encodeTransaction);
    const attached = await node.attach(trytes);
    const [first] = attached;
    if (first === undefined || decodeTransaction(first).bundle !== sweep.id) {
      throw new TypeError('the node attached something else');
    }
    const tail = hashOfTransaction(first);
    await ledger.execute(({ record, draft }) => {
      const status = draft.get('sweeps', sweep.id)?.status;
      if (status === 'signed' || status === 'attached') {
        record({ type: 'sweep.attached', sweepId: sweep.id, tail });
      }
    });
    this.#attachedAt.set(sweep.id, now());
    await node.broadcast(attached);
  }
}
