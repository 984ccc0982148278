/** The auditor's own conversions against those of the kernel, which it must not use. */

import { encodeInteger, trytesToWords, wordsToTrytes } from '@airlock/protocol';
import converter from '@iota/converter';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bytesToTrits,
  bytesToTrytes,
  integerToTrits,
  isTrytes,
  trytesToInteger,
} from '../src/ternary.ts';

const trytes81 = fc
  .array(fc.constantFrom(...'9ABCDEFGHIJKLMNOPQRSTUVWXYZ'), { minLength: 80, maxLength: 80 })
  .map((characters) => `${characters.join('')}D`);
const EDGES = ['9'.repeat(81), `${'M'.repeat(80)}D`, `${'N'.repeat(80)}W`, `A${'9'.repeat(80)}`];

const runs = { seed: 20_190_817, numRuns: 300 };

describe('conversions', () => {
  test('bytes become the trytes that the kernel made them of', () => {
    const check = (trytes: string): void => {
      const bytes = trytesToWords(trytes);
      expect(bytesToTrytes(bytes)).toBe(wordsToTrytes(bytes));
      expect(bytesToTrits(bytes)).toEqual(converter.trytesToTrits(wordsToTrytes(bytes)));
    };
    EDGES.forEach(check);
    fc.assert(fc.property(trytes81, check), runs);
  });

  test('integers become the trits that protocol writes as trytes', () => {
    const half = (27n ** 27n - 1n) / 2n;
    fc.assert(
      fc.property(fc.bigInt({ min: -half, max: half }), (value) => {
        expect(integerToTrits(value, 81)).toEqual(
          converter.trytesToTrits(encodeInteger(value, 27)),
        );
      }),
      runs,
    );
  });

  test('trytes become the integer that protocol wrote as them; other text is refused', () => {
    const half = (27n ** 27n - 1n) / 2n;
    const check = (value: bigint): void => {
      expect(trytesToInteger(encodeInteger(value, 27))).toBe(value);
    };
    [half, -half, 0n, 13n, -13n, 14n].forEach(check);
    fc.assert(fc.property(fc.bigInt({ min: -half, max: half }), check), runs);
    expect(() => trytesToInteger('a')).toThrow(RangeError);
    expect(['', '9AZ', 'a', 'A B', 'A\n'].map(isTrytes)).toEqual([true, true, false, false, false]);
  });

  test('bytes whose 243rd trit is not 0 are null, integers beyond their trits are refused', () => {
    const largest = new Uint8Array(48).fill(255);
    largest[0] = 127;
    expect(bytesToTrytes(largest)).toBeNull();
    expect(bytesToTrits(largest)).toBeNull();
    expect(() => integerToTrits(14n, 3)).toThrow(RangeError);
    expect(() => bytesToTrytes(new Uint8Array(47))).toThrow(RangeError);
  });
});
