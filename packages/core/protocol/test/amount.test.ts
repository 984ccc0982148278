/** Amounts: exactly the decimal strings of 0 to the supply. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, parseAmount, SUPPLY } from '../src/index.ts';
import { codeOf, runs } from './legacy.ts';

describe('parseAmount', () => {
  test('the supply is (3^33 - 1) / 2', () => {
    expect(SUPPLY).toBe((3n ** 33n - 1n) / 2n);
  });

  test('every amount comes back from its decimal string', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: SUPPLY }), (amount) => {
        expect(parseAmount(amount.toString())).toBe(amount);
      }),
      runs(500),
    );
  });

  test.each(['0', '1', '9', '10', '9007199254740993'.slice(0, 15), '2779530283277761'])(
    'accepts %s',
    (text) => {
      expect(parseAmount(text)).toBe(BigInt(text));
    },
  );

  test.each(['2779530283277762', '2779530283277770', '9007199254740993', '9999999999999999'])(
    'refuses %s, which is more than the supply',
    async (text) => {
      expect(await codeOf(() => parseAmount(text))).toBe('amount_out_of_range');
    },
  );

  test.each<[string, unknown]>([
    ['an empty string', ''],
    ['a leading zero', '01'],
    ['two zeros', '00'],
    ['a minus sign', '-1'],
    ['minus zero', '-0'],
    ['a plus sign', '+1'],
    ['a fraction', '1.0'],
    ['a bare point', '1.'],
    ['a leading space', ' 1'],
    ['a trailing space', '1 '],
    ['a trailing line feed', '1\n'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x1'],
    ['an underscore', '1_000'],
    ['a comma', '1,000'],
    ['a BigInt’s suffix', '1n'],
    ['full-width digits', '１２'],
    ['Arabic-Indic digits', '١٢'],
    ['17 digits', '10000000000000000'],
    ['17 digits, most of them zeros', '00000000000000001'],
    ['a million digits', '1'.repeat(1_000_000)],
    ['infinity', 'Infinity'],
    ['the number 1', 1],
    ['the bigint 1n', 1n],
    ['null', null],
    ['undefined', undefined],
    ['an array that prints as 1', ['1']],
    ['true', true],
  ])('refuses %s', async (_name, value) => {
    expect(await codeOf(() => parseAmount(value))).toBe('amount_malformed');
  });

  test('says what was expected and what came, shortened', () => {
    expect(() => parseAmount('x'.repeat(1000))).toThrow(
      `expected a decimal string of 0 to 2779530283277761 (iota), got "${'x'.repeat(40)}"`,
    );
  });
});

describe('formatAmount', () => {
  test.each([
    [0n, '0 i'],
    [1n, '1 i'],
    [999n, '999 i'],
    [1000n, '1,000 i (1 Ki)'],
    [1001n, '1,001 i (1.001 Ki)'],
    [999_999n, '999,999 i (999.999 Ki)'],
    [1_000_000n, '1,000,000 i (1 Mi)'],
    [1_500_000n, '1,500,000 i (1.5 Mi)'],
    [1_000_001n, '1,000,001 i (1.000001 Mi)'],
    [25_000_000_000n, '25,000,000,000 i (25 Gi)'],
    [1_000_000_000_000n, '1,000,000,000,000 i (1 Ti)'],
    [SUPPLY, '2,779,530,283,277,761 i (2.779530283277761 Pi)'],
    [-1n, '-1 i'],
    [-1_500_000n, '-1,500,000 i (-1.5 Mi)'],
  ])('%s', (amount, text) => {
    expect(formatAmount(amount)).toBe(text);
  });

  test('both forms it shows stand for the exact amount', () => {
    const sizes: Record<string, number> = { Pi: 15, Ti: 12, Gi: 9, Mi: 6, Ki: 3 };
    fc.assert(
      fc.property(fc.bigInt({ min: -SUPPLY, max: SUPPLY }), (amount) => {
        const [, grouped, whole, fraction = '', unit] = formatAmount(amount).match(
          /^(-?[\d,]+) i(?: \((-?\d+)(?:\.(\d+))? (.i)\))?$/,
        ) as string[];
        expect(BigInt(grouped!.replaceAll(',', ''))).toBe(amount);
        if (unit !== undefined) {
          expect(BigInt(whole! + fraction.padEnd(sizes[unit]!, '0'))).toBe(amount);
        }
      }),
      runs(500),
    );
  });
});
