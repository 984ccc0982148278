/**
 * What a camera or scanner sees, sorted into transfers: a code that is still on another screen never
 * gets in the way of the one that is wanted. Foreign and damaged lines are passed over.
 */
import { UrDecoder } from './decoder.ts';
import { UR_TRANSFERS_MAX } from './limits.ts';
import { isSameTransfer, parsePart } from './part.ts';

export interface ReceivedMessage {
  readonly type: string;
  readonly message: Uint8Array;
}

export class UrReceiver {
  readonly #type: string | null;
  /** Whose last useful part is the longest ago comes first. */
  readonly #decoders: UrDecoder[] = [];

  /** @param type the only type that is wanted, or null for any */
  constructor(type: string | null) {
    this.#type = type;
  }

  /** The transfer that is furthest, for a progress bar; null before the first part. */
  get furthest(): { readonly received: number; readonly count: number } | null {
    const shares = this.#decoders.map(({ received, transfer: { count } }) => ({ received, count }));
    shares.sort((a, b) => b.received / b.count - a.received / a.count);
    return shares[0] ?? null;
  }

  /** Lines that a new receiver can be given to go on after a restart. */
  get usefulParts(): string[] {
    return this.#decoders.flatMap((decoder) => decoder.usefulParts);
  }

  /**
   * Takes a line. @returns a message if that completed one. Whoever asked verifies it: should it be a
   * forgery, the same transfer begins anew with the next part.
   */
  take(line: string): ReceivedMessage | null {
    const part = parsePart(line);
    if (part === null || (this.#type !== null && part.transfer.type !== this.#type)) return null;
    const { transfer } = part;
    const at = this.#decoders.findIndex((each) => isSameTransfer(each.transfer, transfer));
    const decoder = this.#decoders[at] ?? new UrDecoder(transfer);
    if (!decoder.take(part)) return null;
    if (at >= 0) this.#decoders.splice(at, 1);
    const { message } = decoder;
    if (message !== null) return { type: transfer.type, message };
    if (this.#decoders.length >= UR_TRANSFERS_MAX) this.#dropOne();
    this.#decoders.push(decoder);
    return null;
  }

  /** One of the fewest parts: however many strangers pass by, what has begun to arrive stays. */
  #dropOne(): void {
    const fewest = Math.min(...this.#decoders.map(({ received }) => received));
    const at = this.#decoders.findIndex(({ received }) => received === fewest);
    this.#decoders.splice(at, 1);
  }
}
