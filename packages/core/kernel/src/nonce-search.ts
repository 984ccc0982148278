/**
 * The host of curl.wasm: the search for a nonce with which Curl-P-81 gives enough zero trits. Made at
 * its first use, since most programs need none of it. It takes WebAssembly with SIMD, as Node has it on
 * x64 with SSE4.1 and on arm64. Wrong lengths and ranges are a caller's bug: RangeError.
 */
import { WASM_BASE64 } from './curl-wasm-bytes.ts';

const BLOCK_TRITS = 243;
const STATE_TRITS = 729;
const NONCE_TRITS = 81;

/** Attempts of one call: a few seconds. Whoever searches longer looks up in between. */
export const ATTEMPTS_MAX = 10_000_000;
/** 2^52: a start and a trit on top of it are exact in a plain number. */
const START_MAX = 4_503_599_627_370_496;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly trits: () => number;
  readonly transform: () => void;
  readonly search: (magnitude: number, attempts: number) => number;
}

interface Curl {
  readonly wasm: Exports;
  /** The 729 trits that `wasm` works on. */
  readonly state: Int8Array;
}

let made: Curl | undefined;

function curl(): Curl {
  if (made === undefined) {
    const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
    const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    made = { wasm, state: new Int8Array(wasm.memory.buffer, wasm.trits(), STATE_TRITS) };
  }
  return made;
}

function assertTrits(trits: Int8Array): void {
  if (trits.some((trit) => trit < -1 || trit > 1)) throw new RangeError('expected trits');
}

function assertInteger(name: string, value: number, [min, max]: readonly [number, number]): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`expected ${name} of ${min} to ${max}, got ${value}`);
  }
}

/**
 * The state of 729 trits in which everything but the last block of 243 is absorbed, and the last
 * block stands in place, not hashed yet: what a search begins with.
 */
export function curlMidstate(trits: Int8Array): Int8Array {
  if (trits.length === 0 || trits.length % BLOCK_TRITS !== 0) {
    throw new RangeError(`expected a positive multiple of ${BLOCK_TRITS} trits`);
  }
  assertTrits(trits);
  const { wasm, state } = curl();
  state.fill(0);
  for (let at = 0; at < trits.length; at += BLOCK_TRITS) {
    if (at > 0) wasm.transform();
    state.set(trits.subarray(at, at + BLOCK_TRITS));
  }
  return state.slice();
}

/** The nonce, an integer in balanced ternary, plus `count`; beyond the largest it goes on below. */
function addToNonce(nonce: Int8Array, count: number): void {
  let rest = count;
  for (let i = 0; rest !== 0 && i < nonce.length; i += 1) {
    const sum = (nonce[i] ?? 0) + rest;
    const trit = ((((sum + 1) % 3) + 3) % 3) - 1;
    nonce[i] = trit;
    rest = (sum - trit) / 3;
  }
}

export interface NonceSearch {
  /** 729 trits, see {@link curlMidstate}; the nonce is the last third of the last block. */
  readonly midstate: Int8Array;
  /** Zero trits at the end of the hash, 0 to 243. */
  readonly magnitude: number;
  /** How many nonces after the one in the state come first, 0 to 2^52. */
  readonly start: number;
  /** Nonces to try, one after another: 1 to {@link ATTEMPTS_MAX}. */
  readonly attempts: number;
}

/** The first of these nonces (81 trits) whose hash ends in enough zero trits, or null if none does. */
export function searchNonce({
  midstate,
  magnitude,
  start,
  attempts,
}: NonceSearch): Int8Array | null {
  if (midstate.length !== STATE_TRITS) throw new RangeError(`expected ${STATE_TRITS} trits`);
  assertTrits(midstate);
  assertInteger('a magnitude', magnitude, [0, BLOCK_TRITS]);
  assertInteger('a start', start, [0, START_MAX]);
  assertInteger('a number of attempts', attempts, [1, ATTEMPTS_MAX]);
  const nonce = midstate.slice(BLOCK_TRITS - NONCE_TRITS, BLOCK_TRITS);
  addToNonce(nonce, start);
  const { wasm, state } = curl();
  state.set(midstate);
  state.set(nonce, BLOCK_TRITS - NONCE_TRITS);
  const steps = wasm.search(magnitude, attempts);
  if (steps < 0) return null;
  addToNonce(nonce, steps);
  return nonce;
}
