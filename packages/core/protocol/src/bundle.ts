/**
 * Bundles: essence hash, normalised hash, finalising, and the rules IRI's BundleValidator applies.
 * A slot is what the hash covers of a transaction, and its tag; its index is its place.
 */
import {
  FRAGMENT_BYTES,
  kerlOfTrytes,
  resolveAddress,
  trytesToWords,
  wordsToTrytes,
} from '@airlock/kernel';
import { hasZeroLastTrit } from './address.ts';
import { SUPPLY } from './amount.ts';
import { NULL_FRAGMENT, NULL_HASH, NULL_TAG, type Transaction } from './transaction.ts';
import { decodeInteger, encodeInteger, tryteValue } from './trytes.ts';

export interface Slot {
  readonly address: string;
  /** Iota; below 0: an input, spent whole. */
  readonly value: bigint;
  readonly obsoleteTag: string;
  readonly tag: string;
  /** Unix time in seconds. */
  readonly timestamp: number;
}

const TAG_MODULUS = 27n ** 27n;

/** The 162 trytes of each slot that the bundle hash covers. */
function essenceOf(slots: readonly Slot[]): string {
  const lastIndex = encodeInteger(BigInt(slots.length - 1), 9);
  return slots
    .map(
      (slot, index) =>
        slot.address +
        encodeInteger(slot.value, 27) +
        slot.obsoleteTag +
        encodeInteger(BigInt(slot.timestamp), 9) +
        encodeInteger(BigInt(index), 9) +
        lastIndex,
    )
    .join('');
}

/** The bundle hash (81 trytes) of one or more slots. */
export function bundleHash(slots: readonly Slot[]): string {
  return wordsToTrytes(kerlOfTrytes(essenceOf(slots)));
}

/**
 * The 81 values (-13 to 13) that a signature encodes: each third of the hash is nudged, from its
 * first tryte on, until it sums to 0, so that no third can be raised without lowering another value.
 */
export function normalizeHash(hash: string): Int8Array {
  const values = Int8Array.from(hash, tryteValue);
  if (values.length !== 81) throw new RangeError('expected a hash of 81 trytes');
  for (let third = 0; third < 81; third += 27) {
    const part = values.subarray(third, third + 27);
    let sum = part.reduce((total, value) => total + value, 0);
    for (let i = 0; sum !== 0; ) {
      const value = part[i] as number;
      if (sum > 0 && value > -13) {
        part[i] = value - 1;
        sum -= 1;
      } else if (sum < 0 && value < 13) {
        part[i] = value + 1;
        sum += 1;
      } else {
        i += 1;
      }
    }
  }
  return values;
}

/** Whether a value of 13 occurs, for which a signature would show a private chain value as it is. */
export function exposesKey(normalized: Int8Array): boolean {
  return normalized.includes(13);
}

/** Raises slot 0's obsoleteTag until the normalised hash holds no 13 in any of its 81 values. */
export function finalizeBundle(slots: readonly Slot[]): { slots: Slot[]; hash: string } {
  const [first, ...rest] = slots;
  if (first === undefined) throw new RangeError('expected at least one slot');
  let tag = decodeInteger(first.obsoleteTag);
  for (;;) {
    const candidate = [{ ...first, obsoleteTag: encodeInteger(tag, 27) }, ...rest];
    const hash = bundleHash(candidate);
    if (!exposesKey(normalizeHash(hash))) return { slots: candidate, hash };
    tag += 1n;
    if (tag > (TAG_MODULUS - 1n) / 2n) tag -= TAG_MODULUS;
  }
}

/** What can be wrong with a bundle, in the order in which it is looked for. */
export const BUNDLE_FAULTS = [
  'bundle_empty',
  'index_mismatch',
  'hash_field_mismatch',
  'value_out_of_range',
  'address_last_trit',
  'sum_not_zero',
  'bundle_hash_mismatch',
  'signature_invalid',
] as const;
export type BundleFault = (typeof BUNDLE_FAULTS)[number];

/** The fault of values and addresses alone, or null; the sum is 0 and no part sum leaves the supply. */
export function findValueFault(
  slots: readonly Pick<Slot, 'value' | 'address'>[],
): Extract<BundleFault, 'value_out_of_range' | 'address_last_trit' | 'sum_not_zero'> | null {
  let sum = 0n;
  for (const { value } of slots) {
    sum += value;
    if (value > SUPPLY || value < -SUPPLY || sum > SUPPLY || sum < -SUPPLY) {
      return 'value_out_of_range';
    }
  }
  for (const { value, address } of slots) {
    if (value !== 0n && !hasZeroLastTrit(address)) return 'address_last_trit';
  }
  return sum === 0n ? null : 'sum_not_zero';
}

/**
 * Slots that belong to the input at `index`: itself and every following slot of value 0 on its
 * address. IRI takes each of them for one more signature fragment.
 */
export function slotsOfInput(
  slots: readonly Pick<Slot, 'value' | 'address'>[],
  index: number,
): number {
  const input = slots[index];
  let count = 1;
  for (;;) {
    const next = slots[index + count];
    if (next === undefined || next.value !== 0n || next.address !== input?.address) return count;
    count += 1;
  }
}

/**
 * The first fault that IRI's BundleValidator would find, or null for a bundle it would confirm.
 * Transactions are given in the order of their index. An input may have any number of fragments: a
 * sender's address may be a multisignature's. {@link verifySignature} is for one key's own.
 */
export function findBundleFault(transactions: readonly Transaction[]): BundleFault | null {
  const [first] = transactions;
  if (first === undefined) return 'bundle_empty';
  for (const [index, transaction] of transactions.entries()) {
    if (transaction.currentIndex !== index || transaction.lastIndex !== transactions.length - 1) {
      return 'index_mismatch';
    }
  }
  if (transactions.some(({ bundle }) => bundle !== first.bundle)) return 'hash_field_mismatch';
  const valueFault = findValueFault(transactions);
  if (valueFault !== null) return valueFault;
  if (bundleHash(transactions) !== first.bundle) return 'bundle_hash_mismatch';
  const normalized = normalizeHash(first.bundle);
  for (const [index, { value, address }] of transactions.entries()) {
    if (value >= 0n) continue;
    const count = slotsOfInput(transactions, index);
    const fragments = transactions
      .slice(index, index + count)
      .map((transaction) => transaction.signatureMessageFragment);
    const signature = trytesToWords(fragments.join(''));
    if (wordsToTrytes(resolveAddress(signature, normalized)) !== address) {
      return 'signature_invalid';
    }
  }
  return null;
}

/**
 * Whether a signature by one key (level × 1,296 bytes, level 1 to 3) over a bundle hash belongs to an
 * address. A multisignature of more fragments does not.
 */
export function verifySignature(options: {
  readonly address: string;
  readonly bundleHash: string;
  readonly signature: Uint8Array;
}): boolean {
  const { signature } = options;
  const fragments = signature.length / FRAGMENT_BYTES;
  if (fragments !== 1 && fragments !== 2 && fragments !== 3) return false;
  const resolved = resolveAddress(signature, normalizeHash(options.bundleHash));
  return wordsToTrytes(resolved) === options.address;
}

/**
 * Slots with their signatures as unattached transactions, in the order of their index.
 * `fragments` gives 2,187 trytes for each index that has one.
 */
export function assembleBundle(options: {
  readonly slots: readonly Slot[];
  readonly hash: string;
  readonly fragments: ReadonlyMap<number, string>;
}): Transaction[] {
  const { slots, hash, fragments } = options;
  return slots.map((slot, index) => ({
    ...slot,
    signatureMessageFragment: fragments.get(index) ?? NULL_FRAGMENT,
    currentIndex: index,
    lastIndex: slots.length - 1,
    bundle: hash,
    trunkTransaction: NULL_HASH,
    branchTransaction: NULL_HASH,
    attachmentTimestamp: 0,
    attachmentTimestampLowerBound: 0,
    attachmentTimestampUpperBound: 0,
    nonce: NULL_TAG,
  }));
}
