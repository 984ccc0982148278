/**
 * Curl-P-81, which gives transactions their hash, and proof of work: a nonce for which that hash ends
 * in `minWeightMagnitude` zero trits. Source: IRI's Curl and PearlDiver.
 */
import { tritsToTrytes, trytesToTrits } from './trytes.ts';

const HASH_TRITS = 243;
const STATE_TRITS = 729;
const ROUNDS = 81;
const NONCE_TRITS = 81;

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

function increment(trits: Int8Array): void {
  for (let i = 0; i < trits.length; i += 1) {
    const trit = trits[i] as number;
    if (trit < 1) {
      trits[i] = trit + 1;
      return;
    }
    trits[i] = -1;
  }
}

/**
 * The transaction's trytes with a nonce that satisfies `minWeightMagnitude` (0 to 14; about 3^n
 * hashes of 0.3 ms: for private networks). Starts from the nonce already there.
 */
export function attachNonce(trytes: string, minWeightMagnitude: number): string {
  if (!(minWeightMagnitude >= 0 && minWeightMagnitude <= 14)) {
    throw new RangeError('expected a minimum weight magnitude of 0 to 14');
  }
  const trits = trytesToTrits(trytes);
  const scratch = new Int8Array(STATE_TRITS);
  const prefix = new Int8Array(STATE_TRITS);
  absorb(trits.subarray(0, trits.length - HASH_TRITS), prefix, scratch);
  const last = trits.subarray(trits.length - HASH_TRITS);
  const nonce = last.subarray(HASH_TRITS - NONCE_TRITS);
  const state = new Int8Array(STATE_TRITS);
  for (;;) {
    state.set(prefix);
    absorb(last, state, scratch);
    let zeros = 0;
    while (zeros < minWeightMagnitude && state[HASH_TRITS - 1 - zeros] === 0) zeros += 1;
    if (zeros === minWeightMagnitude) return tritsToTrytes(trits);
    increment(nonce);
  }
}
