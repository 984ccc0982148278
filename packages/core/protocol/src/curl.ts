/**
 * Curl-P-81, which gives transactions their hash: plain, trit by trit, and so the reference of the
 * kernel's search (nonce.ts). Source: IRI's Curl.
 */
import { tritsToTrytes, trytesToTrits } from './trytes.ts';

const HASH_TRITS = 243;
const STATE_TRITS = 729;
const ROUNDS = 81;

/** Index sequence of a round: each new trit mixes the last index with the one 364 further. */
const INDEX = new Uint16Array(STATE_TRITS + 1);
for (let i = 0; i < STATE_TRITS; i += 1) {
  const index = INDEX[i] ?? 0;
  INDEX[i + 1] = index < 365 ? index + 364 : index - 365;
}

/** The s-box at (a + 4b + 5), a and b from -1 to 1. */
const TRUTH = new Int8Array([1, 0, -1, 2, 1, -1, 0, 2, -1, 1, 0]);

function transform(state: Int8Array, scratch: Int8Array): void {
  let from = state;
  let to = scratch;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let i = 0; i < STATE_TRITS; i += 1) {
      const a = from[INDEX[i] as number] as number;
      const b = from[INDEX[i + 1] as number] as number;
      to[i] = TRUTH[a + (b << 2) + 5] as number;
    }
    [from, to] = [to, from];
  }
  // An odd number of rounds leaves the result in the scratch space.
  state.set(from);
}

/** State after absorbing `trits`, a multiple of 243. */
function absorb(trits: Int8Array, state: Int8Array, scratch: Int8Array): void {
  for (let at = 0; at < trits.length; at += HASH_TRITS) {
    state.set(trits.subarray(at, at + HASH_TRITS));
    transform(state, scratch);
  }
}

/** Curl-P-81 over a transaction's trytes: 81 trytes. */
export function transactionHash(trytes: string): string {
  const state = new Int8Array(STATE_TRITS);
  absorb(trytesToTrits(trytes), state, new Int8Array(STATE_TRITS));
  return tritsToTrytes(state.subarray(0, HASH_TRITS));
}

/** Zero trits at the end of a hash (81 trytes). */
export function weightMagnitude(hash: string): number {
  const trits = trytesToTrits(hash);
  let zeros = 0;
  while (zeros < trits.length && trits[trits.length - 1 - zeros] === 0) zeros += 1;
  return zeros;
}
