/**
 * The node's own transactions of value 0: milestones, and joins that bring many tips together so
 * that one milestone confirms them all. Milestones are not signed: the node is alone.
 */
import {
  type Attachment,
  assembleBundle,
  attachBundleSync,
  bundleHash,
  encodeInteger,
  NULL_HASH,
  NULL_TAG,
} from '@airlock/protocol';
import type { NewTransaction } from './tangle.ts';

/** Where milestones are found, as on IRI's private networks. */
export const COORDINATOR_ADDRESS: string = `AIRLOCK9DEV9NODE9COORDINATOR${'9'.repeat(53)}`;

/** The latest milestone: 0 and the null hash before the first one. */
export interface Milestone {
  readonly index: number;
  readonly hash: string;
}

export const NO_MILESTONE: Milestone = { index: 0, hash: NULL_HASH };

type Work = Pick<Attachment, 'minWeightMagnitude' | 'now'>;

function attachEmpty(
  slot: { readonly address: string; readonly obsoleteTag: string },
  attachment: Attachment,
): NewTransaction {
  const timestamp = Math.floor(attachment.now() / 1000);
  // Unsigned, so that any normalised hash will do and the obsolete tag stays the index.
  const slots = [{ ...slot, value: 0n, tag: NULL_TAG, timestamp }];
  const transactions = assembleBundle({ slots, hash: bundleHash(slots), fragments: new Map() });
  const [attached] = attachBundleSync(transactions, attachment);
  if (attached === undefined) throw new RangeError('expected one transaction');
  return attached;
}

/**
 * The transactions of the milestone after `previous`: joins of the tips, then the milestone itself,
 * which approves the one before it.
 */
export function makeMilestone(
  options: { readonly previous: Milestone; readonly tips: readonly string[] } & Work,
): { transactions: NewTransaction[]; milestone: Milestone } {
  const { previous, tips, minWeightMagnitude, now } = options;
  const transactions: NewTransaction[] = [];
  let [branch = previous.hash, ...rest] = tips;
  for (const trunk of rest) {
    const join = attachEmpty(
      { address: NULL_HASH, obsoleteTag: NULL_TAG },
      { trunk, branch, minWeightMagnitude, now },
    );
    transactions.push(join);
    branch = join.hash;
  }
  const index = previous.index + 1;
  const milestone = attachEmpty(
    { address: COORDINATOR_ADDRESS, obsoleteTag: encodeInteger(BigInt(index), 27) },
    { trunk: previous.hash, branch, minWeightMagnitude, now },
  );
  transactions.push(milestone);
  return { transactions, milestone: { index, hash: milestone.hash } };
}
