/** Transactions and their trytes, against @iota/transaction-converter. */

import transactionConverter from '@iota/transaction-converter';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeTransaction,
  encodeInteger,
  encodeTransaction,
  FRAGMENT_TRYTES,
  HASH_TRYTES,
  hashOfTransaction,
  NINE_TRYTES_MAX,
  NULL_FRAGMENT,
  NULL_HASH,
  NULL_TAG,
  SUPPLY,
  TAG_TRYTES,
  TRANSACTION_TRYTES,
  type Transaction,
} from '../src/index.ts';
import { codeOf, runs, toLegacy, transactionArbitrary, trytesArbitrary } from './legacy.ts';

const [sample] = fc.sample(transactionArbitrary, runs(1)) as [Transaction];
const extreme = (value: bigint, number: number): Transaction => ({
  ...sample,
  value,
  timestamp: number,
  currentIndex: number,
  lastIndex: number,
  attachmentTimestamp: number,
  attachmentTimestampLowerBound: number,
  attachmentTimestampUpperBound: number,
});

function expectSameAsLegacy(transaction: Transaction): void {
  const trytes = encodeTransaction(transaction);
  expect(trytes).toBe(transactionConverter.asTransactionTrytes(toLegacy(transaction)));
  const { hash, value, ...rest } = transactionConverter.asTransactionObject(trytes, NULL_HASH);
  expect(hash).toBe(NULL_HASH);
  expect(decodeTransaction(trytes)).toEqual({ ...rest, value: BigInt(value) });
}

describe('transactions', () => {
  test('come back from their trytes', () => {
    fc.assert(
      fc.property(transactionArbitrary, (transaction) => {
        const trytes = encodeTransaction(transaction);
        expect(trytes).toHaveLength(TRANSACTION_TRYTES);
        expect(decodeTransaction(trytes)).toEqual(transaction);
      }),
      runs(200),
    );
  });

  test('encode and decode as @iota/transaction-converter does', () => {
    fc.assert(fc.property(transactionArbitrary, expectSameAsLegacy), runs(60));
  });

  test.each([
    ['largest', SUPPLY, NINE_TRYTES_MAX],
    ['smallest', -SUPPLY, -NINE_TRYTES_MAX],
    ['zero', 0n, 0],
  ])('the %s values encode and decode as there', (_name, value, number) => {
    expectSameAsLegacy(extreme(value, number));
  });

  test('trytes come back from their transaction, if the value is one', async () => {
    const any = trytesArbitrary(TRANSACTION_TRYTES);
    const zeros = fc.constant('9'.repeat(16));
    await fc.assert(
      fc.asyncProperty(any, zeros, async (trytes, sixteen) => {
        // Only eleven trytes of the value may be other than 9, as @iota/transaction-converter has it.
        const good = trytes.slice(0, 2279) + sixteen + trytes.slice(2295);
        expect(encodeTransaction(decodeTransaction(good))).toBe(good);
        const bad = `${trytes.slice(0, 2279)}${'9'.repeat(15)}A${trytes.slice(2295)}`;
        expect(await codeOf(() => decodeTransaction(bad))).toBe('transaction_value_range');
        expect(() => transactionConverter.asTransactionObject(bad, NULL_HASH)).toThrow();
      }),
      runs(60),
    );
  });

  test('have the hash that @iota/transaction-converter computes', () => {
    const trytes = encodeTransaction(sample);
    expect(hashOfTransaction(trytes)).toBe(transactionConverter.asTransactionObject(trytes).hash);
  });

  test('the constants fit together', () => {
    expect(NULL_FRAGMENT).toHaveLength(FRAGMENT_TRYTES);
    expect(NULL_HASH).toHaveLength(HASH_TRYTES);
    expect(NULL_TAG).toHaveLength(TAG_TRYTES);
    expect(encodeInteger(BigInt(NINE_TRYTES_MAX), 9)).toBe('MMMMMMMMM');
    expect(FRAGMENT_TRYTES + 4 * HASH_TRYTES + 4 * TAG_TRYTES + 6 * 9).toBe(TRANSACTION_TRYTES);
  });
});

describe('decodeTransaction', () => {
  const trytes = encodeTransaction(sample);
  const withValue = (value: bigint): string =>
    trytes.slice(0, 2268) + encodeInteger(value, 27) + trytes.slice(2295);

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'trytes_malformed'],
    ['a number', 2673, 'trytes_malformed'],
    ['an object', sample, 'trytes_malformed'],
    ['lower case', trytes.toLowerCase(), 'trytes_malformed'],
    ['a trailing line feed', `${trytes}\n`, 'trytes_malformed'],
    ['an empty string', '', 'trytes_length'],
    ['2,672 trytes', trytes.slice(1), 'trytes_length'],
    ['2,674 trytes', `${trytes}9`, 'trytes_length'],
    ['a value above the supply by 1', withValue(SUPPLY + 1n), 'transaction_value_range'],
    ['a value below the supply by 1', withValue(-SUPPLY - 1n), 'transaction_value_range'],
    [
      'the largest value of 27 trytes',
      withValue((27n ** 27n - 1n) / 2n),
      'transaction_value_range',
    ],
  ])('refuses %s', async (_name, value, code) => {
    expect(await codeOf(() => decodeTransaction(value))).toBe(code);
  });

  test('accepts the supply and its negative', () => {
    expect(decodeTransaction(withValue(SUPPLY)).value).toBe(SUPPLY);
    expect(decodeTransaction(withValue(-SUPPLY)).value).toBe(-SUPPLY);
  });
});

describe('encodeTransaction', () => {
  const text = [
    ['signatureMessageFragment', FRAGMENT_TRYTES],
    ['address', HASH_TRYTES],
    ['obsoleteTag', TAG_TRYTES],
    ['bundle', HASH_TRYTES],
    ['trunkTransaction', HASH_TRYTES],
    ['branchTransaction', HASH_TRYTES],
    ['tag', TAG_TRYTES],
    ['nonce', TAG_TRYTES],
  ] as const;
  test.each(text)('refuses a %s that is not %i trytes', async (field, length) => {
    const encode = (value: string) => () => encodeTransaction({ ...sample, [field]: value });
    expect(await codeOf(encode('a'.repeat(length)))).toBe('trytes_malformed');
    expect(await codeOf(encode('9'.repeat(length - 1)))).toBe('trytes_length');
    expect(await codeOf(encode('9'.repeat(length + 1)))).toBe('trytes_length');
    expect(encode('9'.repeat(length))).not.toThrow();
  });

  test.each([
    'timestamp',
    'currentIndex',
    'lastIndex',
    'attachmentTimestamp',
    'attachmentTimestampLowerBound',
    'attachmentTimestampUpperBound',
  ])('refuses a %s that does not fit nine trytes', async (field) => {
    const encode = (value: number) => () => encodeTransaction({ ...sample, [field]: value });
    expect(await codeOf(encode(NINE_TRYTES_MAX + 1))).toBe('integer_out_of_range');
    expect(await codeOf(encode(-NINE_TRYTES_MAX - 1))).toBe('integer_out_of_range');
    expect(encode(1.5)).toThrow(RangeError);
    expect(encode(Number.NaN)).toThrow(RangeError);
  });

  test.each([SUPPLY + 1n, -SUPPLY - 1n])('refuses a value of %s', async (value) => {
    const code = await codeOf(() => encodeTransaction({ ...sample, value }));
    expect(code).toBe('transaction_value_range');
  });

  test.each(['', '9'.repeat(2672), 'a'.repeat(2673)])(
    'a hash of other trytes is refused',
    (trytes) => {
      expect(() => hashOfTransaction(trytes)).toThrow('expected 2673 trytes');
    },
  );
});
