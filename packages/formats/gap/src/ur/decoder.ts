/**
 * Reading Uniform Resources back: by elimination over GF(2), so that any K independent parts give the
 * message, whichever they are.
 */
import { crc32 } from './crc32.ts';
import { fragmentsOf } from './fragments.ts';
import { type BitVector, bitVector, hasBit, RecentSpan, xorInto } from './linear-span.ts';
import { formatPart, isSameTransfer, type Part, type Transfer } from './part.ts';

/** A part, and the fragments that it mixes. */
interface Equation {
  readonly vector: BitVector;
  readonly part: Part;
}

/** The message's fragments in order, from as many independent equations (Gauss and Jordan). */
function solve(equations: readonly Equation[], { count, fragmentBytes }: Transfer): Uint8Array {
  // Vector and data in one row of words, so that both are added at once.
  const vectorWords = Math.ceil(count / 32);
  const rows = equations.map(({ vector, part }) => {
    const row = new Uint32Array(vectorWords + Math.ceil(fragmentBytes / 4));
    row.set(vector);
    new Uint8Array(row.buffer, 4 * vectorWords).set(part.data);
    return row;
  });
  const fragments = new Uint8Array(count * fragmentBytes);
  for (let pivot = 0; pivot < count; pivot += 1) {
    const at = rows.findIndex((row, i) => i >= pivot && hasBit(row, pivot));
    const [row] = rows.splice(at, 1);
    if (at < 0 || row === undefined) throw new TypeError('expected independent equations');
    for (const other of rows) if (hasBit(other, pivot)) xorInto(other, row);
    rows.splice(pivot, 0, row);
  }
  for (const [index, row] of rows.entries()) {
    const data = new Uint8Array(row.buffer, 4 * vectorWords, fragmentBytes);
    fragments.set(data, index * fragmentBytes);
  }
  return fragments;
}

/** Collects the parts of one transfer. */
export class UrDecoder {
  readonly transfer: Transfer;
  #equations: Equation[] = [];
  #span: RecentSpan;
  #message: Uint8Array | null = null;

  constructor(transfer: Transfer) {
    this.transfer = transfer;
    this.#span = new RecentSpan(transfer.count);
  }

  /** Parts that told something new; as many as there are fragments give the message. */
  get received(): number {
    return this.#equations.length;
  }

  /** The texts of those parts: a decoder that is given them goes on where this one stands. */
  get usefulParts(): string[] {
    return this.#equations.map(({ part }) => formatPart(part));
  }

  /** The message once it is whole; its CRC-32 is right, nothing else is known of it. */
  get message(): Uint8Array | null {
    return this.#message;
  }

  /** @returns whether the part told something new */
  take(part: Part): boolean {
    if (!isSameTransfer(part.transfer, this.transfer)) {
      throw new TypeError('a part of another transfer');
    }
    if (this.#message !== null) return false;
    const vector = bitVector(this.transfer.count, fragmentsOf(part.sequence, this.transfer));
    if (!this.#span.isNew(vector, 0)) return false;
    this.#span.add(vector, 0);
    this.#equations.push({ vector, part });
    if (this.received === this.transfer.count) this.#finish();
    return true;
  }

  /** A wrong part among them, of a sender that lies, costs a new start. */
  #finish(): void {
    const message = solve(this.#equations, this.transfer).slice(0, this.transfer.messageBytes);
    if (crc32(message) === this.transfer.checksum) {
      this.#message = message;
      return;
    }
    this.#equations = [];
    this.#span = new RecentSpan(this.transfer.count);
  }
}
