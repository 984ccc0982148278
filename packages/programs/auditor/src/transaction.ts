/**
 * Transactions from their 2,673 trytes, by code of the auditor's own: what the bundle hash covers, the
 * signature fragment, and what a node fills in when it attaches them.
 */
import { trytesToInteger } from './ternary.ts';
import type { EssenceSlot } from './wots.ts';

export const TRANSACTION_TRYTES = 2673;

/** Trytes of each field, in the order of IRI's TransactionViewModel. */
const FIELDS = {
  fragment: 2187,
  address: 81,
  value: 27,
  obsoleteTag: 27,
  timestamp: 9,
  currentIndex: 9,
  lastIndex: 9,
  bundle: 81,
  trunk: 81,
  branch: 81,
  tag: 27,
  attachmentTimestamps: 27,
  nonce: 27,
} as const;
type Field = keyof typeof FIELDS;

export interface Transaction extends EssenceSlot {
  /** 2,187 trytes: a piece of a signature, or nines. */
  readonly fragment: string;
  readonly currentIndex: number;
  readonly lastIndex: number;
  readonly bundle: string;
  readonly tag: string;
  /** Whether trunk, branch, attachment's times and nonce are all nines: nobody has attached it. */
  readonly isUnattached: boolean;
}

/** Whether a field holds nothing. */
export const isEmpty = (trytes: string): boolean => /^9*$/.test(trytes);

/** @param trytes 2,673 of them, which the caller has looked at */
export function decodeTransaction(trytes: string): Transaction {
  let at = 0;
  const texts = {} as Record<Field, string>;
  for (const [field, length] of Object.entries(FIELDS) as [Field, number][]) {
    texts[field] = trytes.slice(at, at + length);
    at += length;
  }
  if (at !== trytes.length) throw new RangeError(`expected ${at} trytes, got ${trytes.length}`);
  const { fragment, address, obsoleteTag, bundle, tag } = texts;
  const number = (field: Field): number => Number(trytesToInteger(texts[field]));
  const { trunk, branch, attachmentTimestamps, nonce } = texts;
  return {
    fragment,
    address,
    value: trytesToInteger(texts.value),
    obsoleteTag,
    timestamp: number('timestamp'),
    currentIndex: number('currentIndex'),
    lastIndex: number('lastIndex'),
    bundle,
    tag,
    isUnattached: isEmpty(trunk + branch + attachmentTimestamps + nonce),
  };
}
