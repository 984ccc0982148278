/**
 * XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Poly1305 and its composition are noble's. ChaCha20 is
 * written out here because noble's and Node's both leave copies of the key or of the plaintext in memory
 * that they give back without overwriting it.
 */
import { _poly1305_aead as withPoly1305 } from '@noble/ciphers/chacha.js';
import type { XorStream } from '@noble/ciphers/utils.js';
import { secretBytes } from './secret-bytes.ts';

export interface XChaChaKey {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 24 bytes, never twice for one key. */
  readonly nonce: Uint8Array;
  /** What is authenticated and not encrypted. */
  readonly aad: Uint8Array;
}

const WORDS = 16;
const BLOCK_BYTES = 64;
/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

const secretWords = (): Uint32Array => new Uint32Array(secretBytes(4 * WORDS).buffer);

/** Writes bytes as little-endian words. */
function putBytes(words: Uint32Array, at: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; 4 * i < bytes.length; i += 1) words[at + i] = view.getUint32(4 * i, true);
}

/** RFC 8439 §2.1: each step adds a word to another and turns a third. */
function quarterRound(words: Uint32Array, [a, b, c, d]: readonly [number, number, number, number]) {
  const steps = [
    [a, b, d, 16],
    [c, d, b, 12],
    [a, b, d, 8],
    [c, d, b, 7],
  ] as const;
  for (const [to, add, turned, by] of steps) {
    words[to] = (words[to] as number) + (words[add] as number);
    const word = (words[turned] as number) ^ (words[to] as number);
    words[turned] = (word << by) | (word >>> (32 - by));
  }
}

const COLUMNS_AND_DIAGONALS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

function permute(words: Uint32Array): void {
  for (let round = 0; round < 10; round += 1) {
    for (const places of COLUMNS_AND_DIAGONALS) quarterRound(words, places);
  }
}

/** HChaCha20 (§2.2): the key of ChaCha20 that a key and the first 16 bytes of a nonce give. */
function subkeyOf(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const words = secretWords();
  words.set(SIGMA);
  putBytes(words, 4, key);
  putBytes(words, 12, nonce);
  permute(words);
  const subkey = secretBytes(32);
  const view = new DataView(subkey.buffer);
  for (let i = 0; i < 4; i += 1) {
    view.setUint32(4 * i, words[i] as number, true);
    view.setUint32(16 + 4 * i, words[12 + i] as number, true);
  }
  words.fill(0);
  return subkey;
}

interface Stream {
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
}

/** ChaCha20 (RFC 8439 §2.4): `output` becomes `data`, which it may be, with the stream on it. */
function xorStream(
  { key, nonce }: Stream,
  { data, output, counter }: { data: Uint8Array; output: Uint8Array; counter: number },
): void {
  const state = secretWords();
  const block = secretWords();
  state.set(SIGMA);
  putBytes(state, 4, key);
  putBytes(state, 13, nonce);
  for (let at = 0; at < data.length; at += BLOCK_BYTES) {
    state[12] = counter + at / BLOCK_BYTES;
    block.set(state);
    permute(block);
    for (let i = 0; i < BLOCK_BYTES && at + i < data.length; i += 1) {
      const word = (block[i >> 2] as number) + (state[i >> 2] as number);
      output[at + i] = (data[at + i] as number) ^ (word >>> (8 * (i & 3)));
    }
  }
  state.fill(0);
  block.fill(0);
}

const chaCha20Poly1305 = withPoly1305((...given: Parameters<XorStream>) => {
  const [key, nonce, data, output, counter = 0] = given;
  const result = output ?? secretBytes(data.length);
  xorStream({ key, nonce }, { data, output: result, counter });
  return result;
});

/** Runs ChaCha20-Poly1305 with the key and nonce that stand for these of XChaCha20 (§2.3). */
function withCipher<T>(
  { key, nonce, aad }: XChaChaKey,
  work: (cipher: ReturnType<typeof chaCha20Poly1305>) => T,
): T {
  if (key.length !== 32 || nonce.length !== 24) throw new RangeError('expected 32 and 24 bytes');
  const subkey = subkeyOf(key, nonce.subarray(0, 16));
  try {
    const shortNonce = new Uint8Array(12);
    shortNonce.set(nonce.subarray(16), 4);
    return work(chaCha20Poly1305(subkey, shortNonce, aad));
  } finally {
    subkey.fill(0);
  }
}

const TAG_BYTES = 16;

/** Ciphertext and tag. The plaintext stays the caller's to wipe. */
export function sealXChaCha(key: XChaChaKey, plaintext: Uint8Array): Uint8Array {
  const output = secretBytes(plaintext.length + TAG_BYTES);
  return withCipher(key, (cipher) => cipher.encrypt(plaintext, output));
}

/** The plaintext, the caller's to wipe; or null if key, nonce, aad or ciphertext is another. */
export function openXChaCha(key: XChaChaKey, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < TAG_BYTES) return null;
  const output = secretBytes(sealed.length - TAG_BYTES);
  return withCipher(key, (cipher) => {
    try {
      return cipher.decrypt(sealed, output);
    } catch {
      // A wrong tag, which noble finds before it decrypts.
      return null;
    }
  });
}
