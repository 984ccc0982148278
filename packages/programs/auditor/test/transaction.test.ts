/** The auditor's own decoding of transactions against that of the protocol package, which it must not use. */
import { decodeTransaction as decodeByProtocol } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeTransaction, TRANSACTION_TRYTES } from '../src/transaction.ts';

const ALPHABET = [...'9ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** Any trytes but for the value's upper ones: protocol refuses more than there is. */
const trytes = fc
  .array(fc.constantFrom(...ALPHABET), {
    minLength: TRANSACTION_TRYTES,
    maxLength: TRANSACTION_TRYTES,
  })
  .map((all) => all.fill('9', 2268 + 10, 2295).join(''));

test('fields are those that protocol finds', () => {
  fc.assert(
    fc.property(trytes, (text) => {
      const { fragment, isUnattached, ...mine } = decodeTransaction(text);
      const other = decodeByProtocol(text);
      expect(other).toMatchObject(mine);
      expect(fragment).toBe(other.signatureMessageFragment);
      expect(isUnattached).toBe(false);
    }),
    { seed: 20_261_126, numRuns: 100 },
  );
});

test('one is unattached if all that a node fills in is nines', () => {
  const blank = '9'.repeat(TRANSACTION_TRYTES);
  expect(decodeTransaction(blank).isUnattached).toBe(true);
  for (const place of [2430, 2510, 2511, 2591, 2619, 2645, 2646, 2672]) {
    const text = `${blank.slice(0, place)}A${blank.slice(place + 1)}`;
    expect(decodeTransaction(text).isUnattached).toBe(false);
  }
  expect(decodeTransaction(`${blank.slice(0, 2592)}A${blank.slice(2593)}`).isUnattached).toBe(true);
});

test('of another length it is refused', () => {
  expect(() => decodeTransaction('9'.repeat(2672))).toThrow(RangeError);
});
