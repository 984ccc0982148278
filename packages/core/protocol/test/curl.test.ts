/** Curl-P-81 and proof of work, against @iota/curl. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attachNonce, transactionHash, weightMagnitude } from '../src/index.ts';
import { legacyCurl, runs, trytesArbitrary } from './legacy.ts';

const [sample] = fc.sample(trytesArbitrary(2673), runs(1)) as [string];

describe('transactionHash', () => {
  test('agrees with @iota/curl on a transaction’s trytes', () => {
    fc.assert(
      fc.property(trytesArbitrary(2673), (trytes) => {
        expect(transactionHash(trytes)).toBe(legacyCurl(trytes));
      }),
      runs(8),
    );
  });

  test('agrees with @iota/curl on 1 to 5 blocks and on blocks of one tryte', () => {
    const any = fc.integer({ min: 1, max: 5 }).chain((count) => trytesArbitrary(81 * count));
    fc.assert(
      fc.property(any, (trytes) => {
        expect(transactionHash(trytes)).toBe(legacyCurl(trytes));
      }),
      runs(20),
    );
    for (const tryte of ['9', 'A', 'M', 'N', 'Z']) {
      expect(transactionHash(tryte.repeat(162))).toBe(legacyCurl(tryte.repeat(162)));
    }
  });
});

describe('weightMagnitude', () => {
  test.each([
    ['9'.repeat(81), 243],
    [`${'M'.repeat(80)}9`, 3],
    [`${'M'.repeat(80)}M`, 0],
    [`${'M'.repeat(80)}A`, 2],
    [`${'M'.repeat(80)}D`, 1],
    [`${'M'.repeat(78)}A99`, 8],
    [`${'M'.repeat(78)}N99`, 6],
  ])('%s: %i', (hash, zeros) => {
    expect(weightMagnitude(hash)).toBe(zeros);
  });
});

describe('attachNonce', () => {
  test.each([0, 1, 2, 3, 5, 7])('reaches a magnitude of %i, changing the nonce alone', (least) => {
    const attached = attachNonce(sample, least);
    expect(attached).toHaveLength(2673);
    expect(attached.slice(0, -27)).toBe(sample.slice(0, -27));
    const hash = legacyCurl(attached);
    expect(transactionHash(attached)).toBe(hash);
    expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(least);
  });

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

  test.each([-1, 15, Number.NaN, Number.POSITIVE_INFINITY])('%p is refused', (magnitude) => {
    expect(() => attachNonce(sample, magnitude)).toThrow(RangeError);
  });

  test('trytes outside the alphabet are refused', () => {
    expect(() => attachNonce('a'.repeat(2673), 1)).toThrow(RangeError);
    expect(() => transactionHash('a'.repeat(81))).toThrow(RangeError);
  });
});
