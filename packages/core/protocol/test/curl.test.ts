/** Curl-P-81 and the weight of a hash, against @iota/curl. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { transactionHash, weightMagnitude } from '../src/index.ts';
import { legacyCurl, runs, trytesArbitrary } from './legacy.ts';

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

test('trytes outside the alphabet are refused', () => {
  expect(() => transactionHash('a'.repeat(81))).toThrow(RangeError);
});
