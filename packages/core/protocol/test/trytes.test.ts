/** Trytes, trits and integers, against @iota/converter. */

import converter from '@iota/converter';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeInteger,
  encodeInteger,
  isTrytes,
  parseTrytes,
  tritsToTrytes,
  trytesToTrits,
  tryteValue,
} from '../src/index.ts';
import { codeOf, runs, trytesArbitrary } from './legacy.ts';

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const largest = (length: number): bigint => (27n ** BigInt(length) - 1n) / 2n;

describe('parseTrytes', () => {
  test('returns exactly the trytes asked for', () => {
    expect(parseTrytes(ALPHABET, 27)).toBe(ALPHABET);
    expect(parseTrytes('', 0)).toBe('');
  });

  test.each<[string, unknown, string]>([
    ['a lower-case letter', 'a'.repeat(27), 'trytes_malformed'],
    ['a zero', '0'.repeat(27), 'trytes_malformed'],
    ['a trailing line feed', `${'9'.repeat(26)}\n`, 'trytes_malformed'],
    ['a number', 9, 'trytes_malformed'],
    ['null', null, 'trytes_malformed'],
    ['an array', ['9'.repeat(27)], 'trytes_malformed'],
    ['one tryte less', '9'.repeat(26), 'trytes_length'],
    ['one tryte more', '9'.repeat(28), 'trytes_length'],
    ['nothing', '', 'trytes_length'],
    ['both faults, of which the alphabet comes first', 'a', 'trytes_malformed'],
  ])('refuses %s', async (_name, value, code) => {
    expect(await codeOf(() => parseTrytes(value, 27))).toBe(code);
  });

  test('isTrytes looks at the length only if one is given', () => {
    expect(isTrytes('')).toBe(true);
    expect(isTrytes('ABC9')).toBe(true);
    expect(isTrytes('ABC9', 4)).toBe(true);
    expect(isTrytes('ABC9', 3)).toBe(false);
    expect(isTrytes('ABC8')).toBe(false);
  });
});

describe('trits', () => {
  test('every tryte has the value and the trits of @iota/converter', () => {
    for (const tryte of ALPHABET) {
      const trits = converter.trytesToTrits(tryte);
      expect([...trytesToTrits(tryte)]).toEqual([...trits]);
      expect(tryteValue(tryte)).toBe(converter.value(trits));
    }
  });

  test('trytes come back from their trits, which @iota/converter agrees on', () => {
    const any = fc.nat(200).chain((length) => trytesArbitrary(length));
    fc.assert(
      fc.property(any, (trytes) => {
        const trits = trytesToTrits(trytes);
        expect([...trits]).toEqual([...converter.trytesToTrits(trytes)]);
        expect(tritsToTrytes(trits)).toBe(trytes);
      }),
      runs(200),
    );
  });

  test.each<[string, () => unknown]>([
    ['a tryte outside the alphabet', () => trytesToTrits('AB0')],
    ['4 trits', () => tritsToTrytes(new Int8Array(4))],
    ['the value of no tryte', () => tryteValue('')],
    ['the value of two trytes', () => tryteValue('AB')],
    ['the value of another character', () => tryteValue('a')],
  ])('%s: RangeError', (_name, run) => {
    expect(run).toThrow(RangeError);
  });
});

describe('integers', () => {
  test('come back from their trytes', () => {
    const any = fc
      .integer({ min: 1, max: 27 })
      .chain((length) =>
        fc.tuple(fc.constant(length), fc.bigInt({ min: -largest(length), max: largest(length) })),
      );
    fc.assert(
      fc.property(any, ([length, value]) => {
        const trytes = encodeInteger(value, length);
        expect(trytes).toHaveLength(length);
        expect(decodeInteger(trytes)).toBe(value);
      }),
      runs(500),
    );
  });

  test('trytes come back from their integer', () => {
    const any = fc.nat(40).chain((length) => trytesArbitrary(length));
    fc.assert(
      fc.property(any, (trytes) => {
        expect(encodeInteger(decodeInteger(trytes), trytes.length)).toBe(trytes);
      }),
      runs(500),
    );
  });

  test('agree with @iota/converter where a double is exact', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const trits = new Int8Array(81);
        trits.set(converter.fromValue(value));
        expect(encodeInteger(BigInt(value), 27)).toBe(converter.tritsToTrytes(trits));
        expect(Number(decodeInteger(converter.tritsToTrytes(trits)))).toBe(value);
      }),
      runs(500),
    );
  });

  test.each([1, 2, 9, 11, 27])(
    '%i trytes reach from N to M and not one further',
    async (length) => {
      const bound = largest(length);
      expect(encodeInteger(bound, length)).toBe('M'.repeat(length));
      expect(encodeInteger(-bound, length)).toBe('N'.repeat(length));
      expect(decodeInteger('M'.repeat(length))).toBe(bound);
      expect(decodeInteger('N'.repeat(length))).toBe(-bound);
      expect(await codeOf(() => encodeInteger(bound + 1n, length))).toBe('integer_out_of_range');
      expect(await codeOf(() => encodeInteger(-bound - 1n, length))).toBe('integer_out_of_range');
    },
  );

  test('0 is 9s, and no trytes are 0', () => {
    expect(encodeInteger(0n, 9)).toBe('999999999');
    expect(encodeInteger(0n, 0)).toBe('');
    expect(decodeInteger('')).toBe(0n);
    expect(() => decodeInteger('A1')).toThrow(RangeError);
  });
});
