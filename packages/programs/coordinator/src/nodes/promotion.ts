/**
 * The transaction that promotes another one: without value and signature, it only approves (IOTA Hub's
 * rule). Anyone may send such; nobody holds money at its address.
 */
import {
  assembleBundle,
  bundleHash,
  encodeTransaction,
  NULL_TAG,
  type Slot,
} from '@airlock/protocol';

/** A valid address (its last trit is 0) of which nobody has a key: it says what it is for. */
export const PROMOTION_ADDRESS: string = 'AIRLOCK9APPROVES9A9TRANSACTION'.padEnd(81, '9');

/** Trytes not attached yet. @param now Unix milliseconds */
export function promotionTrytes(now: number): string {
  const timestamp = Math.floor(now / 1000);
  const slot = { address: PROMOTION_ADDRESS, value: 0n, timestamp };
  const slots: Slot[] = [{ ...slot, tag: NULL_TAG, obsoleteTag: NULL_TAG }];
  const hash = bundleHash(slots);
  const [transaction] = assembleBundle({ slots, hash, fragments: new Map() });
  if (transaction === undefined) throw new RangeError('expected one transaction');
  return encodeTransaction(transaction);
}
