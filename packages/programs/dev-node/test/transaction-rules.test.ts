/** IRI's TransactionValidator: each rule with its message, at its limit. */

import {
  attachNonce,
  encodeTransaction,
  NULL_HASH,
  SUPPLY,
  type Transaction,
} from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { SNAPSHOT_TIMESTAMP_SECONDS, TIMESTAMP_FUTURE_SECONDS_MAX } from '../src/limits.ts';
import { parseTransaction } from '../src/transaction-rules.ts';
import { addressOf, makeBundle } from './harness.ts';

const NOW = 1_800_000_000_000;
const RULES = { minWeightMagnitude: 2, now: NOW };

function seal(changes: Partial<Transaction>, minWeightMagnitude = 2): string {
  const [transaction] = makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }] });
  const times = { attachmentTimestamp: NOW };
  return attachNonce(
    encodeTransaction({ ...transaction!, ...times, ...changes }),
    minWeightMagnitude,
  );
}

const latest = NOW + TIMESTAMP_FUTURE_SECONDS_MAX * 1000;
const earliest = SNAPSHOT_TIMESTAMP_SECONDS * 1000;

describe('parseTransaction', () => {
  test.each([
    ['latest attachment', { attachmentTimestamp: latest }],
    ['earliest attachment', { attachmentTimestamp: earliest }],
    ['latest bundle', { attachmentTimestamp: 0, timestamp: latest / 1000 }],
    ['earliest bundle', { attachmentTimestamp: 0, timestamp: earliest / 1000 }],
    ['old bundle, attached now', { timestamp: 1 }],
    ['the supply', { value: SUPPLY }],
    ['no value on an address outside Kerl’s domain', { address: 'M'.repeat(81) }],
    ['impossible indexes', { currentIndex: 5, lastIndex: 2 }],
  ])('accepts %s', (_, changes) => {
    expect(parseTransaction(seal(changes), RULES).transaction).toMatchObject(changes);
  });

  test.each([
    ['attached too late', { attachmentTimestamp: latest + 1 }, 'Invalid transaction timestamp.'],
    ['attached too early', { attachmentTimestamp: earliest - 1 }, 'Invalid transaction timestamp.'],
    [
      'a bundle too late',
      { attachmentTimestamp: 0, timestamp: latest / 1000 + 1 },
      'Invalid transaction timestamp.',
    ],
    [
      'a bundle too early',
      { attachmentTimestamp: 0, timestamp: earliest / 1000 - 1 },
      'Invalid transaction timestamp.',
    ],
    [
      'value on an address outside Kerl’s domain',
      { value: 1n, address: 'M'.repeat(81) },
      'Invalid transaction address',
    ],
  ])('refuses %s', (_, changes, message) => {
    expect(() => parseTransaction(seal(changes), RULES)).toThrow(message);
  });

  test('refuses a value beyond the supply', () => {
    const trytes = seal({ value: 0n });
    const spoiled = `${trytes.slice(0, 2187 + 81 + 11)}A${trytes.slice(2187 + 81 + 12)}`;
    expect(() => parseTransaction(spoiled, RULES)).toThrow('Invalid transaction value');
  });

  test('refuses bad proof of work', () => {
    // Too little for 9 zero trits but in one of 2,187 cases; the trunk is tried until it is.
    const trytes = seal({ trunkTransaction: NULL_HASH });
    expect(() => parseTransaction(trytes, { ...RULES, minWeightMagnitude: 81 })).toThrow(
      'Invalid transaction hash',
    );
  });

  test('refuses what is no transaction at all', () => {
    expect(() => parseTransaction('9', RULES)).toThrow('Invalid trytes input');
  });
});
