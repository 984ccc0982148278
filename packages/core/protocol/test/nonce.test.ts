/** Proof of work: the kernel's search held against this package's plain Curl and @iota/curl. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachNonce,
  decodeInteger,
  encodeInteger,
  nonceTask,
  searchNonce,
  transactionHash,
  weightMagnitude,
  withNonce,
} from '../src/index.ts';
import { legacyCurl, runs, trytesArbitrary } from './legacy.ts';

const [sample] = fc.sample(trytesArbitrary(2673), runs(1)) as [string];
const NONCES = 27n ** 27n;
const HALF = (NONCES - 1n) / 2n;

/** The first good nonce by the plain Curl, one after another; after the largest comes the smallest. */
function plainAttachNonce(trytes: string, magnitude: number): string {
  const [body, nonce] = [trytes.slice(0, -27), decodeInteger(trytes.slice(-27))];
  for (let step = 0n; ; step += 1n) {
    const next = ((nonce + step + HALF) % NONCES) - HALF;
    const candidate = body + encodeInteger(next, 27);
    if (weightMagnitude(transactionHash(candidate)) >= magnitude) return candidate;
  }
}

describe('attachNonce', () => {
  test('finds the nonce that the plain Curl finds', () => {
    fc.assert(
      fc.property(trytesArbitrary(162), fc.integer({ min: 0, max: 4 }), (trytes, magnitude) => {
        expect(attachNonce(trytes, magnitude)).toBe(plainAttachNonce(trytes, magnitude));
      }),
      runs(25),
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'reaches a magnitude of %i, changing the nonce alone',
    (least) => {
      const attached = attachNonce(sample, least);
      expect(attached).toHaveLength(2673);
      expect(attached.slice(0, -27)).toBe(sample.slice(0, -27));
      const hash = legacyCurl(attached);
      expect(transactionHash(attached)).toBe(hash);
      expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(least);
    },
  );

  test('keeps a nonce that is good enough, and 0 asks for nothing', () => {
    const attached = attachNonce(sample, 5);
    expect(attachNonce(attached, 5)).toBe(attached);
    expect(attachNonce(attached, 1)).toBe(attached);
    expect(attachNonce(sample, 0)).toBe(sample);
  });

  test('goes on from the largest nonce to the smallest', () => {
    const trytes = sample.slice(0, -27) + 'M'.repeat(27);
    expect(weightMagnitude(transactionHash(trytes))).toBeLessThan(4);
    const attached = attachNonce(trytes, 4);
    expect(attached.slice(-20)).toBe('N'.repeat(20));
    expect(weightMagnitude(legacyCurl(attached))).toBeGreaterThanOrEqual(4);
  });

  test.each([-1, 15, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'a magnitude of %p is refused',
    (magnitude) => {
      expect(() => attachNonce(sample, magnitude)).toThrow(RangeError);
    },
  );

  test.each([
    ['outside the alphabet', 'a'.repeat(2673)],
    ['of no whole block', sample.slice(1)],
    ['that are none', ''],
  ])('trytes %s are refused', (_name, trytes) => {
    expect(() => attachNonce(trytes, 1)).toThrow(RangeError);
  });
});

describe('a search in slices', () => {
  const task = nonceTask(sample, 4);
  const whole = searchNonce({ ...task, start: 0, attempts: 5_000 })!;

  test('finds the same nonce, in the slice that holds it', () => {
    const found: Int8Array[] = [];
    for (let start = 0; found.length === 0; start += 50) {
      const nonce = searchNonce({ ...task, start, attempts: 50 });
      if (nonce !== null) found.push(nonce);
    }
    expect(found).toEqual([whole]);
    expect(withNonce(sample, whole)).toBe(attachNonce(sample, 4));
  });

  test('begins with what a message to a thread leaves unchanged', () => {
    const sent = structuredClone(task);
    expect(searchNonce({ ...sent, start: 0, attempts: 5_000 })).toEqual(whole);
  });
});

test('withNonce takes 81 trits and no other number', () => {
  expect(withNonce(sample, new Int8Array(81)).slice(-27)).toBe('9'.repeat(27));
  for (const length of [0, 80, 84]) {
    expect(() => withNonce(sample, new Int8Array(length))).toThrow(RangeError);
  }
});
