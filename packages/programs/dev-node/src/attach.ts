/**
 * Attaching with real Curl-P-81 proof of work, as IRI's attachToTangle: the last transaction
 * approves trunk and branch, each one before it approves the next one and the trunk.
 */
import {
  attachNonce,
  decodeTransaction,
  encodeTransaction,
  hashOfTransaction,
  NINE_TRYTES_MAX,
  NULL_TAG,
  type Transaction,
} from '@airlock/protocol';
import type { NewTransaction } from './tangle.ts';

export interface Attachment {
  readonly trunk: string;
  readonly branch: string;
  readonly minWeightMagnitude: number;
  /** Milliseconds. */
  readonly now: number;
}

/** One transaction with trunk, branch, times and nonce. An empty tag becomes the obsolete tag. */
export function attachTransaction(
  transaction: Transaction,
  attachment: Attachment,
): NewTransaction {
  const { tag, obsoleteTag } = transaction;
  const unsealed = encodeTransaction({
    ...transaction,
    tag: tag === NULL_TAG ? obsoleteTag : tag,
    trunkTransaction: attachment.trunk,
    branchTransaction: attachment.branch,
    attachmentTimestamp: attachment.now,
    attachmentTimestampLowerBound: 0,
    attachmentTimestampUpperBound: NINE_TRYTES_MAX,
  });
  const trytes = attachNonce(unsealed, attachment.minWeightMagnitude);
  return { trytes, hash: hashOfTransaction(trytes), transaction: decodeTransaction(trytes) };
}

/** What the transaction before the given one, by index, approves. */
export function attachmentBefore(
  previous: NewTransaction | undefined,
  attachment: Attachment,
): Attachment {
  if (previous === undefined) return attachment;
  return { ...attachment, trunk: previous.hash, branch: attachment.trunk };
}

/** A whole bundle, given by index; the result begins with the last one: approvees go first. */
export function attachBundle(
  transactions: readonly Transaction[],
  attachment: Attachment,
): NewTransaction[] {
  const attached: NewTransaction[] = [];
  for (const transaction of [...transactions].reverse()) {
    attached.push(attachTransaction(transaction, attachmentBefore(attached.at(-1), attachment)));
  }
  return attached;
}
