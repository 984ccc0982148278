/** Transactions: 2,673 trytes to named fields and back. Source: IRI TransactionViewModel's offsets. */
import { SUPPLY } from './amount.ts';
import { transactionHash } from './curl.ts';
import { ProtocolError } from './error.ts';
import { decodeInteger, encodeInteger, parseTrytes } from './trytes.ts';

export const TRANSACTION_TRYTES = 2673;
export const FRAGMENT_TRYTES = 2187;
export const TAG_TRYTES = 27;
export const HASH_TRYTES = 81;
export const NULL_HASH: string = '9'.repeat(HASH_TRYTES);
export const NULL_TAG: string = '9'.repeat(TAG_TRYTES);
export const NULL_FRAGMENT: string = '9'.repeat(FRAGMENT_TRYTES);
/** The largest integer of nine trytes: bound of timestamps and indexes. */
export const NINE_TRYTES_MAX: number = (27 ** 9 - 1) / 2;

export interface Transaction {
  readonly signatureMessageFragment: string;
  readonly address: string;
  /** Iota, -SUPPLY to SUPPLY. */
  readonly value: bigint;
  readonly obsoleteTag: string;
  /** Unix time in seconds. */
  readonly timestamp: number;
  readonly currentIndex: number;
  readonly lastIndex: number;
  readonly bundle: string;
  readonly trunkTransaction: string;
  readonly branchTransaction: string;
  readonly tag: string;
  /** Unix time in milliseconds, as the next two. */
  readonly attachmentTimestamp: number;
  readonly attachmentTimestampLowerBound: number;
  readonly attachmentTimestampUpperBound: number;
  readonly nonce: string;
}

/** @throws ProtocolError trytes_malformed, trytes_length, transaction_value_range */
export function decodeTransaction(trytes: unknown): Transaction {
  const text = parseTrytes(trytes, TRANSACTION_TRYTES);
  let at = 0;
  const take = (length: number): string => {
    at += length;
    return text.slice(at - length, at);
  };
  const takeNumber = (): number => Number(decodeInteger(take(9)));
  const signatureMessageFragment = take(FRAGMENT_TRYTES);
  const address = take(HASH_TRYTES);
  const value = decodeInteger(take(27));
  if (value > SUPPLY || value < -SUPPLY) {
    const expected = `a value of -${SUPPLY} to ${SUPPLY}`;
    throw new ProtocolError('transaction_value_range', { expected, got: value.toString() });
  }
  return {
    signatureMessageFragment,
    address,
    value,
    obsoleteTag: take(TAG_TRYTES),
    timestamp: takeNumber(),
    currentIndex: takeNumber(),
    lastIndex: takeNumber(),
    bundle: take(HASH_TRYTES),
    trunkTransaction: take(HASH_TRYTES),
    branchTransaction: take(HASH_TRYTES),
    tag: take(TAG_TRYTES),
    attachmentTimestamp: takeNumber(),
    attachmentTimestampLowerBound: takeNumber(),
    attachmentTimestampUpperBound: takeNumber(),
    nonce: take(TAG_TRYTES),
  };
}

const nine = (value: number): string => encodeInteger(BigInt(value), 9);

/** @throws ProtocolError trytes_malformed, trytes_length, integer_out_of_range, transaction_value_range */
export function encodeTransaction(transaction: Transaction): string {
  const { value } = transaction;
  if (value > SUPPLY || value < -SUPPLY) {
    const expected = `a value of -${SUPPLY} to ${SUPPLY}`;
    throw new ProtocolError('transaction_value_range', { expected, got: value.toString() });
  }
  return [
    parseTrytes(transaction.signatureMessageFragment, FRAGMENT_TRYTES),
    parseTrytes(transaction.address, HASH_TRYTES),
    encodeInteger(value, 27),
    parseTrytes(transaction.obsoleteTag, TAG_TRYTES),
    nine(transaction.timestamp),
    nine(transaction.currentIndex),
    nine(transaction.lastIndex),
    parseTrytes(transaction.bundle, HASH_TRYTES),
    parseTrytes(transaction.trunkTransaction, HASH_TRYTES),
    parseTrytes(transaction.branchTransaction, HASH_TRYTES),
    parseTrytes(transaction.tag, TAG_TRYTES),
    nine(transaction.attachmentTimestamp),
    nine(transaction.attachmentTimestampLowerBound),
    nine(transaction.attachmentTimestampUpperBound),
    parseTrytes(transaction.nonce, TAG_TRYTES),
  ].join('');
}

/** The transaction's hash (81 trytes): Curl-P-81 over all its trytes. */
export function hashOfTransaction(trytes: string): string {
  return transactionHash(parseTrytes(trytes, TRANSACTION_TRYTES));
}
