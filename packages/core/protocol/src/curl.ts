/**
 * Curl-P-81, which gives transactions their hash: plain JavaScript, and so the reference of the kernel's
 * search (nonce.ts). Source: IRI's Curl.
 */
import { tritsToTrytes, trytesToTrits } from './trytes.ts';

const HASH_TRITS = 243;
const STATE_TRITS = 729;
const ROUNDS = 81;
const STRIDE = 364;

/** Words of 32 bits that hold a bit of each trit; the last one holds these bits and seven more. */
const WORDS = 23;
const LAST_BITS = STATE_TRITS % 32;
const LAST_MASK = (1 << LAST_BITS) - 1;

/** A bit of each trit, twice over, so that a turned state is read off from any bit on. */
type Row = Int32Array;

const makeRow = (): Row => new Int32Array(2 * WORDS + 1);

/** Repeats the first 729 bits after themselves. */
function repeat(row: Row): void {
  const last = WORDS - 1;
  row[last] = ((row[last] as number) & LAST_MASK) | ((row[0] as number) << LAST_BITS);
  for (let i = 1; i <= WORDS; i += 1) {
    const before = (row[i - 1] as number) >>> (32 - LAST_BITS);
    row[last + i] = before | ((row[i] as number) << LAST_BITS);
  }
}

function put(row: Row, number: number, isSet: boolean): void {
  const bit = 1 << (number & 31);
  const word = row[number >> 5] as number;
  row[number >> 5] = isSet ? word | bit : word & ~bit;
}

/**
 * The state between rounds. A round gives trit m from the trits 364m and 364(m + 1), indexes modulo 729.
 * Numbered anew before each round, trit m being number m * 364^rounds, it gives number k from the numbers
 * k and k + 364^rounds: the state is turned as a whole and combined with itself, 32 trits at a time, in
 * a tenth of the time that it takes trit by trit.
 */
class State {
  /** Which trits are 1, and which are -1. */
  readonly #positive = makeRow();
  readonly #negative = makeRow();
  /** Trit m is number m times this. */
  #factor = 1;

  /** Puts trits in the place of the first ones. */
  set(trits: Int8Array): void {
    for (const [m, trit] of trits.entries()) {
      const number = (m * this.#factor) % STATE_TRITS;
      put(this.#positive, number, trit > 0);
      put(this.#negative, number, trit < 0);
    }
  }

  /** The first trits. */
  take(count: number): Int8Array {
    return Int8Array.from({ length: count }, (_, m) => {
      const number = (m * this.#factor) % STATE_TRITS;
      const bitOf = (row: Row): number => ((row[number >> 5] as number) >>> (number & 31)) & 1;
      return bitOf(this.#positive) - bitOf(this.#negative);
    });
  }

  transform(): void {
    for (let round = 0; round < ROUNDS; round += 1) this.#round();
  }

  #round(): void {
    const [positive, negative] = [this.#positive, this.#negative];
    repeat(positive);
    repeat(negative);
    this.#factor = (this.#factor * STRIDE) % STATE_TRITS;
    const ahead = this.#factor >> 5;
    const right = this.#factor & 31;
    // In two steps, since a shift by 32 is one by 0.
    const left = 31 - right;
    for (let i = 0; i < WORDS; i += 1) {
      const at = i + ahead;
      const aP = positive[i] as number;
      const aN = negative[i] as number;
      const bP =
        ((positive[at] as number) >>> right) | (((positive[at + 1] as number) << 1) << left);
      const bN =
        ((negative[at] as number) >>> right) | (((negative[at + 1] as number) << 1) << left);
      // The s-box, whose table is by rows of b and columns of a: 1 0 -1, 1 -1 0, -1 1 0.
      const either = aN ^ bP;
      positive[i] = either & ~aP;
      negative[i] = ~(either | (aP ^ bN));
    }
  }
}

/** Curl-P-81 over a transaction's trytes: 81 trytes. */
export function transactionHash(trytes: string): string {
  const trits = trytesToTrits(trytes);
  const state = new State();
  for (let at = 0; at < trits.length; at += HASH_TRITS) {
    state.set(trits.subarray(at, at + HASH_TRITS));
    state.transform();
  }
  return tritsToTrytes(state.take(HASH_TRITS));
}

/** Zero trits at the end of a hash (81 trytes). */
export function weightMagnitude(hash: string): number {
  const trits = trytesToTrits(hash);
  let zeros = 0;
  while (zeros < trits.length && trits[trits.length - 1 - zeros] === 0) zeros += 1;
  return zeros;
}
