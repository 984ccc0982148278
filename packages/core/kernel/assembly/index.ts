/**
 * The kernel's exports: Kerl, conversions and Winternitz one-time signatures (ISS, key index 0) on
 * two fixed buffers that the host fills and reads. Nothing here allocates or imports.
 */
import { bytesToTrytes, clearLastTrit, lastTrit, trytesToBytes, wipeInteger } from './integer';
import { STATE } from './keccak';
import { kerlAbsorb, kerlChain, kerlReset, kerlSqueeze } from './kerl';

const WORD: usize = 48;
const TRYTES: usize = 81;
const CHUNKS: i32 = 27; // chunks of a fragment
const FRAGMENT: usize = WORD * 27;
const BUFFER: usize = 16384; // bytes: 202 blocks of trytes or 12 fragments

const INPUT: usize = memory.data(16384, 16);
const OUTPUT: usize = memory.data(16384, 16);
/** Private chain values, up to three fragments. */
const KEY: usize = memory.data(3888, 16);
const SUBSEED: usize = memory.data(48, 16);
const BLOCK: usize = memory.data(48, 16);

export function input(): usize {
  return INPUT;
}

export function output(): usize {
  return OUTPUT;
}

/** Starts a new Kerl hash. */
export function reset(): void {
  kerlReset();
}

/** Absorbs `count` words of 48 bytes at INPUT. */
export function absorbWords(count: i32): void {
  for (let i = 0; i < count; ++i) kerlAbsorb(INPUT + <usize>i * WORD);
}

/** Absorbs `count` blocks of 81 tryte characters at INPUT. */
export function absorbTrytes(count: i32): void {
  for (let i = 0; i < count; ++i) {
    trytesToBytes(INPUT + <usize>i * TRYTES, BLOCK);
    kerlAbsorb(BLOCK);
  }
}

/** Squeezes `count` words to OUTPUT. */
export function squeeze(count: i32): void {
  for (let i = 0; i < count; ++i) kerlSqueeze(OUTPUT + <usize>i * WORD);
}

/** `count` blocks of 81 tryte characters at INPUT to words at OUTPUT. */
export function toWords(count: i32): void {
  for (let i: usize = 0; i < <usize>count; ++i) {
    trytesToBytes(INPUT + i * TRYTES, OUTPUT + i * WORD);
  }
}

/** `count` words at INPUT to blocks of 81 tryte characters at OUTPUT. */
export function toTrytes(count: i32): void {
  for (let i: usize = 0; i < <usize>count; ++i) {
    bytesToTrytes(INPUT + i * WORD, OUTPUT + i * TRYTES);
  }
}

/** Index of the first of `count` words at INPUT outside Kerl's domain, or -1. */
export function firstOutOfDomain(count: i32): i32 {
  for (let i = 0; i < count; ++i) {
    if (lastTrit(INPUT + <usize>i * WORD) != 0) return i;
  }
  return -1;
}

/** Sets the 243rd trit of the integer (48 bytes) at INPUT to 0. */
export function toDomain(): void {
  clearLastTrit(INPUT);
  memory.copy(OUTPUT, INPUT, WORD);
}

/** KEY = the private chain values of the seed at INPUT (key index 0: its subseed is Kerl(seed)). */
function expandKey(level: i32): void {
  kerlReset();
  kerlAbsorb(INPUT);
  kerlSqueeze(SUBSEED);
  kerlReset();
  kerlAbsorb(SUBSEED);
  const chunks = level * CHUNKS;
  for (let i = 0; i < chunks; ++i) kerlSqueeze(KEY + <usize>i * WORD);
}

/** The word at `to` = the digest of the fragment of final chain values that stands at `from`. */
function digestOf(from: usize, to: usize): void {
  kerlReset();
  for (let chunk = 0; chunk < CHUNKS; ++chunk) kerlAbsorb(from + <usize>chunk * WORD);
  kerlSqueeze(to);
}

/** OUTPUT = the address of the seed (48 bytes at INPUT) at a security level of 1 to 3. */
export function deriveAddress(level: i32): void {
  expandKey(level);
  const chunks = level * CHUNKS;
  for (let i = 0; i < chunks; ++i) kerlChain(KEY + <usize>i * WORD, 26);
  for (let fragment = 0; fragment < level; ++fragment) {
    digestOf(KEY + <usize>fragment * FRAGMENT, KEY + <usize>fragment * WORD);
  }
  kerlReset();
  for (let fragment = 0; fragment < level; ++fragment) kerlAbsorb(KEY + <usize>fragment * WORD);
  kerlSqueeze(OUTPUT);
}

/**
 * OUTPUT = the signature, `level` fragments of 27 words, by the seed (48 bytes at INPUT) over the
 * normalised bundle hash (81 signed bytes of -13 to 13 after the seed).
 */
export function sign(level: i32): void {
  expandKey(level);
  const chunks = level * CHUNKS;
  for (let i = 0; i < chunks; ++i) {
    kerlChain(KEY + <usize>i * WORD, 13 - <i32>load<i8>(INPUT + WORD + i));
  }
  memory.copy(OUTPUT, KEY, <usize>chunks * WORD);
}

/**
 * OUTPUT = the digest that the signature fragment at INPUT resolves to. The normalised bundle hash (81
 * signed bytes) follows it, of which the fragment signs the `third` (0 to 2).
 */
export function resolveDigest(third: i32): void {
  const normalized = INPUT + FRAGMENT + <usize>(third * CHUNKS);
  for (let i = 0; i < CHUNKS; ++i) {
    kerlChain(INPUT + <usize>i * WORD, 13 + <i32>load<i8>(normalized + i));
  }
  digestOf(INPUT, OUTPUT);
}

/** Overwrites every buffer that may hold a seed or a chain value. */
export function wipe(): void {
  memory.fill(INPUT, 0, BUFFER);
  memory.fill(OUTPUT, 0, BUFFER);
  memory.fill(KEY, 0, FRAGMENT * 3);
  memory.fill(SUBSEED, 0, WORD);
  memory.fill(BLOCK, 0, WORD);
  memory.fill(STATE, 0, 200);
  wipeInteger();
}
