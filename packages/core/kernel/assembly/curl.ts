/**
 * Curl-P-81 on 128 candidates at once, to find a nonce: a module of its own (curl.wasm), since the
 * signer needs none of it. Bit-sliced, after IRI's PearlDiver: bit j of a vector belongs to candidate j.
 */
const LANES: i32 = 128;
const ROUNDS: i32 = 81;
const STATE_TRITS: i32 = 729;
const HASH_TRITS: i32 = 243;
const NONCE_TRITS: i32 = 81;

/** A trit of all candidates: 16 bytes with a bit where it is 1, then 16 where it is -1. */
const TRIT: usize = 32;
const NEGATIVE: usize = 16;

/** What the host fills and reads: 729 signed bytes, of which the last block is the first third. */
const TRITS: usize = memory.data(729, 16);
/** TRITS for every candidate, each with a nonce of its own. */
const MIDSTATE: usize = memory.data(23328, 16);
const STATE: usize = memory.data(23328, 16);
const SCRATCH: usize = memory.data(23328, 16);
/** Carries from one trit of the nonces to the next. */
const CARRY: usize = memory.data(32, 16);
const NEXT_CARRY: usize = memory.data(32, 16);
const DIGIT: usize = memory.data(32, 16);

/** Where the nonce begins within the last block. */
const NONCE: i32 = HASH_TRITS - NONCE_TRITS;

/** 128 in balanced ternary, least significant trit first. */
const STEP_TRITS: i32 = 6;
const STEP: usize = memory.data<i8>([-1, 1, -1, -1, -1, 1]);

export function trits(): usize {
  return TRITS;
}

/**
 * The s-box on trits a and b. Worked out from Curl's table, in which the rows are b and the columns
 * a, both from -1 to 1: 1 0 -1, 1 -1 0, -1 1 0.
 */
function mix(to: usize, aP: v128, aN: v128, bP: v128, bN: v128): void {
  const either = v128.xor(aN, bP);
  v128.store(to, v128.andnot(either, aP));
  v128.store(to, v128.not(v128.or(either, v128.xor(aP, bN))), NEGATIVE);
}

/**
 * One round. Curl's index sequence is 0, 364, 728, 363, 727, … 1, 365, 0: two runs downwards, so that
 * each trit is read once, in order.
 */
function round(from: usize, to: usize): void {
  let lower = from + 364 * TRIT;
  let upper = from + 728 * TRIT;
  let p = v128.load(lower);
  let n = v128.load(lower, NEGATIVE);
  mix(to, v128.load(from), v128.load(from, NEGATIVE), p, n);
  to += TRIT;
  while (lower > from) {
    const upperP = v128.load(upper);
    const upperN = v128.load(upper, NEGATIVE);
    mix(to, p, n, upperP, upperN);
    lower -= TRIT;
    upper -= TRIT;
    p = v128.load(lower);
    n = v128.load(lower, NEGATIVE);
    mix(to + TRIT, upperP, upperN, p, n);
    to += 2 * TRIT;
  }
}

/** STATE = Curl's transformation of MIDSTATE. */
function hash(): void {
  round(MIDSTATE, STATE);
  for (let i = 1; i < ROUNDS; i += 2) {
    round(STATE, SCRATCH);
    round(SCRATCH, STATE);
  }
}

/** The same trit for every candidate. */
function spread(to: usize, trit: i32): void {
  v128.store(to, i8x16.splat(trit > 0 ? -1 : 0));
  v128.store(to, i8x16.splat(trit < 0 ? -1 : 0), NEGATIVE);
}

function spreadAll(): void {
  for (let i = 0; i < STATE_TRITS; ++i) {
    spread(MIDSTATE + <usize>i * TRIT, load<i8>(TRITS + i));
  }
}

/** TRITS = Curl's transformation of TRITS: one block absorbed. */
export function transform(): void {
  spreadAll();
  hash();
  for (let i = 0; i < STATE_TRITS; ++i) {
    const at = STATE + <usize>i * TRIT;
    store<i8>(TRITS + i, <i8>(load<u8>(at) & 1) - <i8>(load<u8>(at, NEGATIVE) & 1));
  }
}

/** The next nonce in TRITS; after the largest the smallest. */
function increment(): void {
  for (let i = NONCE; i < HASH_TRITS; ++i) {
    const trit = load<i8>(TRITS + i);
    if (trit < 1) {
      store<i8>(TRITS + i, trit + 1);
      return;
    }
    store<i8>(TRITS + i, -1);
  }
}

/** Candidate j gets the nonce in TRITS plus j. */
function setCandidates(): void {
  for (let lane = 0; lane < LANES; ++lane) {
    const bit: u8 = (<u8>1) << (<u8>(lane & 7));
    for (let i = NONCE; i < HASH_TRITS; ++i) {
      const byte = MIDSTATE + <usize>i * TRIT + (lane >> 3);
      const trit = load<i8>(TRITS + i);
      store<u8>(byte, trit > 0 ? load<u8>(byte) | bit : load<u8>(byte) & ~bit);
      store<u8>(
        byte,
        trit < 0 ? load<u8>(byte, NEGATIVE) | bit : load<u8>(byte, NEGATIVE) & ~bit,
        NEGATIVE,
      );
    }
    increment();
  }
}

/** Adds the trits at `added` to those at `to`; what does not fit goes to NEXT_CARRY. */
function add(to: usize, added: usize): void {
  const aP = v128.load(to);
  const aN = v128.load(to, NEGATIVE);
  const bP = v128.load(added);
  const bN = v128.load(added, NEGATIVE);
  const carryP = v128.and(aP, bP);
  const carryN = v128.and(aN, bN);
  const oneP = v128.or(v128.andnot(aP, v128.or(bP, bN)), v128.andnot(bP, v128.or(aP, aN)));
  const oneN = v128.or(v128.andnot(aN, v128.or(bP, bN)), v128.andnot(bN, v128.or(aP, aN)));
  // 1 + 1 is -1 and a carry, -1 - 1 is 1 and a negative one.
  v128.store(to, v128.or(oneP, carryN));
  v128.store(to, v128.or(oneN, carryP), NEGATIVE);
  v128.store(NEXT_CARRY, v128.or(v128.load(NEXT_CARRY), carryP));
  v128.store(NEXT_CARRY, v128.or(v128.load(NEXT_CARRY, NEGATIVE), carryN), NEGATIVE);
}

/** Adds 128 to every candidate's nonce. */
function stepCandidates(): void {
  spread(CARRY, 0);
  for (let i = 0; i < NONCE_TRITS; ++i) {
    const at = MIDSTATE + <usize>(NONCE + i) * TRIT;
    spread(NEXT_CARRY, 0);
    if (i < STEP_TRITS) {
      spread(DIGIT, load<i8>(STEP + i));
      add(at, DIGIT);
    } else if (!v128.any_true(v128.or(v128.load(CARRY), v128.load(CARRY, NEGATIVE)))) {
      return;
    }
    add(at, CARRY);
    // Two carries of one candidate are a 1 and a -1: together nothing.
    const p = v128.load(NEXT_CARRY);
    const n = v128.load(NEXT_CARRY, NEGATIVE);
    v128.store(CARRY, v128.andnot(p, n));
    v128.store(CARRY, v128.andnot(n, p), NEGATIVE);
  }
}

/** The first candidate whose hash ends in `magnitude` zero trits, or -1. */
function firstHit(magnitude: i32): i32 {
  let misses = i64x2.splat(0);
  for (let i = HASH_TRITS - magnitude; i < HASH_TRITS; ++i) {
    const at = STATE + <usize>i * TRIT;
    misses = v128.or(misses, v128.or(v128.load(at), v128.load(at, NEGATIVE)));
  }
  const low = ~i64x2.extract_lane(misses, 0);
  if (low != 0) return <i32>ctz(low);
  const high = ~i64x2.extract_lane(misses, 1);
  return high != 0 ? 64 + <i32>ctz(high) : -1;
}

/**
 * Tries the nonce in TRITS and the ones after it, `attempts` in all (at most 2^31 - 128).
 * @returns how many steps after the first one the first good one comes, or -1
 */
export function search(magnitude: i32, attempts: i32): i32 {
  spreadAll();
  setCandidates();
  for (let tried = 0; tried < attempts; tried += LANES) {
    hash();
    const lane = firstHit(magnitude);
    if (lane >= 0) return tried + lane < attempts ? tried + lane : -1;
    stepCandidates();
  }
  return -1;
}
