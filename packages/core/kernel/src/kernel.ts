/**
 * The kernel's host: instantiates the WebAssembly synchronously, without imports, and gives its
 * exports typed, length-checked functions. Words are 48 bytes (a signed 384-bit integer, big-endian,
 * whose 243rd trit is 0); trytes are ASCII of "9A-Z". Wrong lengths are a caller's bug: RangeError.
 */
import { WASM_BASE64 } from './wasm-bytes.ts';

export const WORD_BYTES = 48;
const BLOCK_TRYTES = 81;
/** A signature fragment: 27 chain values. */
export const FRAGMENT_BYTES: number = 27 * WORD_BYTES;

/** Blocks that fit the kernel's buffers in one call. */
const BLOCKS_MAX = 128;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly input: () => number;
  readonly output: () => number;
  readonly reset: () => void;
  readonly absorbWords: (count: number) => void;
  readonly absorbTrytes: (count: number) => void;
  readonly squeeze: (count: number) => void;
  readonly toWords: (count: number) => void;
  readonly toTrytes: (count: number) => void;
  readonly firstOutOfDomain: (count: number) => number;
  readonly toDomain: () => void;
  readonly deriveAddress: (level: number) => void;
  readonly sign: (level: number) => void;
  readonly resolveDigest: (third: number) => void;
  readonly wipe: () => void;
}

const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
const wasm = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
const memory = new Uint8Array(wasm.memory.buffer);
const input = wasm.input();
const output = wasm.output();

const TRYTES = /^[9A-Z]*$/;

function assertBlocks(length: number, unit: number): void {
  if (length === 0 || length % unit !== 0) {
    throw new RangeError(`expected a positive multiple of ${unit}, got ${length}`);
  }
}

function assertLevel(level: number): void {
  if (level !== 1 && level !== 2 && level !== 3) {
    throw new RangeError(`expected a security level of 1 to 3, got ${level}`);
  }
}

function putTrytes(trytes: string): void {
  if (!TRYTES.test(trytes)) throw new RangeError('expected trytes (9, A to Z)');
  for (let i = 0; i < trytes.length; i += 1) memory[input + i] = trytes.charCodeAt(i);
}

function putNormalized(normalized: Int8Array, offset: number): void {
  if (normalized.length !== 81)
    throw new RangeError(`expected 81 values, got ${normalized.length}`);
  for (let i = 0; i < 81; i += 1) {
    const value = normalized[i] ?? Number.NaN;
    if (!(value >= -13 && value <= 13)) throw new RangeError('expected values of -13 to 13');
    memory[input + offset + i] = value;
  }
}

/** A copy of what the kernel has put out. Its own buffer keeps seeds out of V8's heap, which moves. */
function take(bytes: number): Uint8Array {
  const copy = new Uint8Array(new ArrayBuffer(bytes));
  copy.set(memory.subarray(output, output + bytes));
  return copy;
}

/** Kerl over a multiple of 81 trytes: one word. */
export function kerlOfTrytes(trytes: string): Uint8Array {
  assertBlocks(trytes.length, BLOCK_TRYTES);
  wasm.reset();
  for (let at = 0; at < trytes.length; at += BLOCKS_MAX * BLOCK_TRYTES) {
    const part = trytes.slice(at, at + BLOCKS_MAX * BLOCK_TRYTES);
    putTrytes(part);
    wasm.absorbTrytes(part.length / BLOCK_TRYTES);
  }
  wasm.squeeze(1);
  return take(WORD_BYTES);
}

/** Kerl over a multiple of 48 bytes: `count` words (default 1). */
export function kerlOfWords(words: Uint8Array, count = 1): Uint8Array {
  assertBlocks(words.length, WORD_BYTES);
  if (count < 1 || count > BLOCKS_MAX) throw new RangeError('expected 1 to 128 words');
  wasm.reset();
  for (let at = 0; at < words.length; at += BLOCKS_MAX * WORD_BYTES) {
    const part = words.subarray(at, at + BLOCKS_MAX * WORD_BYTES);
    memory.set(part, input);
    wasm.absorbWords(part.length / WORD_BYTES);
  }
  wasm.squeeze(count);
  return take(count * WORD_BYTES);
}

/** Blocks of 81 trytes to words; the last trit of each block is taken as 0, as Kerl does. */
export function trytesToWords(trytes: string): Uint8Array {
  assertBlocks(trytes.length, BLOCK_TRYTES);
  const blocks = trytes.length / BLOCK_TRYTES;
  const words = new Uint8Array(blocks * WORD_BYTES);
  for (let block = 0; block < blocks; block += BLOCKS_MAX) {
    const count = Math.min(BLOCKS_MAX, blocks - block);
    putTrytes(trytes.slice(block * BLOCK_TRYTES, (block + count) * BLOCK_TRYTES));
    wasm.toWords(count);
    words.set(take(count * WORD_BYTES), block * WORD_BYTES);
  }
  return words;
}

/**
 * Words to blocks of 81 trytes.
 * @throws RangeError if a word lies outside Kerl's domain: see {@link isInDomain}.
 */
export function wordsToTrytes(words: Uint8Array): string {
  assertBlocks(words.length, WORD_BYTES);
  let trytes = '';
  for (let at = 0; at < words.length; at += BLOCKS_MAX * WORD_BYTES) {
    const part = words.subarray(at, at + BLOCKS_MAX * WORD_BYTES);
    const count = part.length / WORD_BYTES;
    memory.set(part, input);
    if (wasm.firstOutOfDomain(count) !== -1) throw new RangeError('a word has a 243rd trit');
    wasm.toTrytes(count);
    trytes += Buffer.from(take(count * BLOCK_TRYTES)).toString('latin1');
  }
  return trytes;
}

/** Whether every word's 243rd trit is 0, the only form in which a chain value is accepted. */
export function isInDomain(words: Uint8Array): boolean {
  assertBlocks(words.length, WORD_BYTES);
  for (let at = 0; at < words.length; at += BLOCKS_MAX * WORD_BYTES) {
    const part = words.subarray(at, at + BLOCKS_MAX * WORD_BYTES);
    memory.set(part, input);
    if (wasm.firstOutOfDomain(part.length / WORD_BYTES) !== -1) return false;
  }
  return true;
}

/**
 * The integer (48 bytes, two's complement) with its 243rd trit set to 0: how 48 bytes of key
 * derivation become a seed. Kernel memory is wiped after.
 */
export function toDomain(integer: Uint8Array): Uint8Array {
  if (integer.length !== WORD_BYTES) throw new RangeError('expected 48 bytes');
  memory.set(integer, input);
  wasm.toDomain();
  const word = take(WORD_BYTES);
  wasm.wipe();
  return word;
}

/** The address (48 bytes) of a seed (48 bytes) at key index 0. Kernel memory is wiped after. */
export function deriveAddress(seed: Uint8Array, level: number): Uint8Array {
  assertLevel(level);
  if (seed.length !== WORD_BYTES) throw new RangeError('expected a seed of 48 bytes');
  memory.set(seed, input);
  wasm.deriveAddress(level);
  const address = take(WORD_BYTES);
  wasm.wipe();
  return address;
}

/**
 * The signature (level × 1,296 bytes) of a seed at key index 0 over a normalised bundle hash.
 * Kernel memory is wiped after. Which hash may be signed is the caller's decision and duty.
 */
export function sign(seed: Uint8Array, normalized: Int8Array, level: number): Uint8Array {
  assertLevel(level);
  if (seed.length !== WORD_BYTES) throw new RangeError('expected a seed of 48 bytes');
  // The values first: if they are refused, no seed is left behind.
  putNormalized(normalized, WORD_BYTES);
  memory.set(seed, input);
  wasm.sign(level);
  const signature = take(level * FRAGMENT_BYTES);
  wasm.wipe();
  return signature;
}

/**
 * The address (48 bytes) that a signature over a normalised hash resolves to. Fragment i signs third
 * i % 3 of the hash: a key has 1 to 3 fragments, the keys of a multisignature any number together.
 */
export function resolveAddress(signature: Uint8Array, normalized: Int8Array): Uint8Array {
  assertBlocks(signature.length, FRAGMENT_BYTES);
  const fragments = signature.length / FRAGMENT_BYTES;
  const digests = new Uint8Array(fragments * WORD_BYTES);
  putNormalized(normalized, FRAGMENT_BYTES);
  for (let i = 0; i < fragments; i += 1) {
    memory.set(signature.subarray(i * FRAGMENT_BYTES, (i + 1) * FRAGMENT_BYTES), input);
    wasm.resolveDigest(i % 3);
    digests.set(take(WORD_BYTES), i * WORD_BYTES);
  }
  return kerlOfWords(digests);
}
