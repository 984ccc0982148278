/** XChaCha20-Poly1305 against noble's own. */
import { describe, expect, test } from '@jest/globals';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import fc from 'fast-check';
import { openXChaCha, sealXChaCha, type XChaChaKey } from '../src/xchacha.ts';

const bytesOf = (min: number, max = min): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max });
const anyKey: fc.Arbitrary<XChaChaKey> = fc.record({
  key: bytesOf(32),
  nonce: bytesOf(24),
  aad: bytesOf(0, 200),
});
const given = {
  key: new Uint8Array(32).fill(1),
  nonce: new Uint8Array(24).fill(2),
  aad: new Uint8Array(5),
};
const sealed = sealXChaCha(given, Buffer.from('a secret'));
const flip = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
};

describe('XChaCha20-Poly1305', () => {
  test('is what noble makes, and opens what noble made', () => {
    fc.assert(
      fc.property(anyKey, bytesOf(0, 300), (key, plaintext) => {
        const other = xchacha20poly1305(key.key, key.nonce, key.aad).encrypt(plaintext);
        expect(sealXChaCha(key, plaintext)).toEqual(other);
        expect(openXChaCha(key, other)).toEqual(plaintext);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test('does not open with a byte of anything altered', () => {
    expect(Buffer.from(openXChaCha(given, sealed) ?? []).toString()).toBe('a secret');
    for (let at = 0; at < sealed.length; at += 1) {
      expect(openXChaCha(given, flip(sealed, at))).toBeNull();
    }
    for (const part of ['key', 'nonce', 'aad'] as const) {
      for (let at = 0; at < given[part].length; at += 1) {
        expect(openXChaCha({ ...given, [part]: flip(given[part], at) }, sealed)).toBeNull();
      }
    }
  });

  test('does not open what is cut short or made longer', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openXChaCha(given, sealed.slice(0, length))).toBeNull();
    }
    expect(openXChaCha(given, new Uint8Array([...sealed, 0]))).toBeNull();
    expect(openXChaCha({ ...given, aad: new Uint8Array(6) }, sealed)).toBeNull();
  });

  test('takes a nonce that stands anywhere in a larger buffer', () => {
    const file = new Uint8Array(40).fill(9);
    file.set(given.nonce, 7);
    const nonce = file.subarray(7, 31);
    expect(sealXChaCha({ ...given, nonce }, Buffer.from('a secret'))).toEqual(sealed);
  });

  test.each([
    [31, 24],
    [33, 24],
    [32, 12],
    [32, 25],
  ])('refuses a key of %i and a nonce of %i bytes', (key, nonce) => {
    const wrong = { key: new Uint8Array(key), nonce: new Uint8Array(nonce), aad: given.aad };
    expect(() => sealXChaCha(wrong, sealed)).toThrow(RangeError);
  });

  test('leaves key and plaintext as they were: wiping them is the caller’s', () => {
    const plaintext = Buffer.from('a secret');
    const key = given.key.slice();
    sealXChaCha({ ...given, key }, plaintext);
    expect(key).toEqual(given.key);
    expect(plaintext.toString()).toBe('a secret');
  });
});
