/** The bundle of a spend: its transactions in the order of their indexes, and what is wrong with them. */

import { decodeTransaction, isEmpty, type Transaction } from '../transaction.ts';
import { independentBundleHash } from '../wots.ts';
import type { SpendFile } from './spend-file.ts';
import { type BundleFinding, findBundleFaults, type RuledSlot } from './verify-bundle.ts';

/** An input, and its signature's fragments as far as the bundle has them. */
export interface SpentInput {
  readonly index: number;
  readonly address: string;
  /** 1 to 3: as many fragments. */
  readonly level: number;
  readonly signature: readonly string[];
}

export interface SpendBundle {
  readonly inputs: readonly SpentInput[];
  readonly payees: number;
  readonly faults: readonly BundleFinding[];
}

const LEVEL_MAX = 3;

/** What each transaction is, by its value alone: one of value 0 on an input's address belongs to it. */
function rolesOf(transactions: readonly Transaction[]): RuledSlot[] {
  let input: Transaction | null = null;
  return transactions.map((transaction, index) => {
    const { address, value } = transaction;
    if (value > 0n) {
      input = null;
      return { address, value, role: { kind: 'payee' } };
    }
    if (value === 0n && input?.address === address) {
      return { address, value, role: { kind: 'fragment' } };
    }
    input = value < 0n ? transaction : null;
    if (input === null) return { address, value, role: { kind: 'fragment' } };
    const after = transactions.slice(index + 1);
    const end = after.findIndex((next) => next.value !== 0n || next.address !== address);
    const securityLevel = Math.min(1 + (end < 0 ? after.length : end), LEVEL_MAX);
    return { address, value, role: { kind: 'input', securityLevel } };
  });
}

/** The first place at which the transactions are not one bundle as the signer writes it, or null. */
function findFormFault(transactions: readonly Transaction[]): string | null {
  const last = transactions.length - 1;
  for (const [index, each] of transactions.entries()) {
    const { currentIndex, lastIndex, tag, obsoleteTag } = each;
    if (currentIndex !== index || lastIndex !== last) {
      return `trytes[${last - index}]: expected transaction ${index} of 0 to ${last}, the highest first; got ${currentIndex} of 0 to ${lastIndex}: transactions are missing, exchanged or changed`;
    }
    if (!each.isUnattached) {
      return `trytes[${last - index}]: expected trunk, branch, attachment times and nonce of nines, as the signer writes them; got others, which nothing signs: look for the file as it was written`;
    }
    if (!isEmpty(tag) && tag !== obsoleteTag) {
      return `trytes[${last - index}]: expected a tag of nines, or its obsolete tag ${obsoleteTag}, got ${tag}, which nothing signs: look for the file as it was written`;
    }
  }
  return null;
}

/** Inputs without a whole signature, and signatures that belong to no input. */
function findSignatureFaults(
  transactions: readonly Transaction[],
  roles: readonly RuledSlot[],
): string[] {
  return transactions.flatMap(({ fragment }, index) => {
    const isPayee = roles[index]?.role.kind === 'payee';
    if (isPayee === isEmpty(fragment)) return [];
    return isPayee
      ? [`transaction ${index} pays, but has a signature or message where nines are expected`]
      : [`transaction ${index} has nines where a fragment of its input's signature is expected`];
  });
}

function findHashFaults(transactions: readonly Transaction[], bundleHash: string): string[] {
  const faults: string[] = [];
  const hash = independentBundleHash(transactions);
  if (hash !== bundleHash) {
    faults.push(`the file names bundle ${bundleHash}, the hash of its transactions is ${hash}`);
  }
  const other = transactions.findIndex(({ bundle }) => bundle !== bundleHash);
  if (other >= 0) {
    const { bundle } = transactions[other] as Transaction;
    faults.push(`the file names bundle ${bundleHash}, its transaction ${other} bundle ${bundle}`);
  }
  return faults;
}

/** Decodes and checks a spend's transactions; the one-time signatures are left to be verified. */
export function readSpendBundle({ trytes, bundleHash }: SpendFile): SpendBundle {
  const transactions = trytes.map(decodeTransaction).reverse();
  const roles = rolesOf(transactions);
  const form = findFormFault(transactions);
  const faults: BundleFinding[] = [
    ...(form === null ? [] : [{ code: 'encoding', message: form } as const]),
    ...findHashFaults(transactions, bundleHash).map(
      (message) => ({ code: 'bundle_hash_mismatch', message }) as const,
    ),
    ...findBundleFaults(roles, bundleHash),
    ...findSignatureFaults(transactions, roles).map(
      (message) => ({ code: 'signatures_incomplete', message }) as const,
    ),
  ];
  const inputs = roles.flatMap(({ address, role }, index): SpentInput[] => {
    if (role.kind !== 'input') return [];
    const level = role.securityLevel;
    const signature = transactions.slice(index, index + level).map(({ fragment }) => fragment);
    return [{ index, address, level, signature }];
  });
  const payees = roles.filter(({ role }) => role.kind === 'payee').length;
  return { inputs, payees, faults };
}
