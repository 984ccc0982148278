/**
 * What makes a single transaction acceptable, whatever its bundle is worth: IRI's
 * TransactionValidator with its messages and its order.
 */
import {
  decodeTransaction,
  hashOfTransaction,
  hasZeroLastTrit,
  ProtocolError,
  type Transaction,
  weightMagnitude,
} from '@airlock/protocol';
import { DevNodeError } from './error.ts';
import { SNAPSHOT_TIMESTAMP_SECONDS, TIMESTAMP_FUTURE_SECONDS_MAX } from './limits.ts';
import type { NewTransaction } from './tangle.ts';

export interface TransactionRules {
  readonly minWeightMagnitude: number;
  /** Milliseconds. */
  readonly now: number;
}

function refuse(message: string, info: string, cause?: unknown): DevNodeError {
  return new DevNodeError('transaction_invalid', message, { info, cause });
}

function decode(trytes: string): Transaction {
  try {
    return decodeTransaction(trytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const isValue = error.code === 'transaction_value_range';
    const message = isValue ? 'Invalid transaction value' : 'Invalid trytes input';
    throw refuse(message, error.message, error);
  }
}

/** The attachment's time counts, or the bundle's if there is none. */
function hasValidTimestamp(transaction: Transaction, now: number): boolean {
  const { attachmentTimestamp, timestamp } = transaction;
  const time = attachmentTimestamp === 0 ? timestamp * 1000 : attachmentTimestamp;
  return (
    time >= SNAPSHOT_TIMESTAMP_SECONDS * 1000 && time <= now + TIMESTAMP_FUTURE_SECONDS_MAX * 1000
  );
}

/**
 * A transaction from outside with its hash.
 * @throws DevNodeError transaction_invalid
 */
export function parseTransaction(trytes: string, rules: TransactionRules): NewTransaction {
  const transaction = decode(trytes);
  if (!hasValidTimestamp(transaction, rules.now)) {
    throw refuse(
      'Invalid transaction timestamp.',
      `expected ${SNAPSHOT_TIMESTAMP_SECONDS} s to 2 h ahead of ${rules.now} ms`,
    );
  }
  const hash = hashOfTransaction(trytes);
  const weight = weightMagnitude(hash);
  if (weight < rules.minWeightMagnitude) {
    throw refuse(
      'Invalid transaction hash',
      `expected ${rules.minWeightMagnitude} zero trits at the end of the hash, got ${weight}`,
    );
  }
  if (transaction.value !== 0n && !hasZeroLastTrit(transaction.address)) {
    throw refuse('Invalid transaction address', 'expected a last trit of 0 where value moves');
  }
  return { hash, trytes, transaction };
}
