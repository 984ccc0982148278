/**
 * Attaching a bundle, as IRI's attachToTangle: the last transaction approves trunk and branch, each one
 * before it approves the next one and the trunk. Who does the proof of work, and where, is the caller's.
 */
import { weightMagnitude } from './curl.ts';
import { attachNonce } from './nonce.ts';
import {
  decodeTransaction,
  encodeTransaction,
  hashOfTransaction,
  NINE_TRYTES_MAX,
  NULL_TAG,
  type Transaction,
} from './transaction.ts';

export interface Attachment {
  readonly trunk: string;
  readonly branch: string;
  /** 0 to 14. */
  readonly minWeightMagnitude: number;
  /** Unix time in milliseconds, looked at once a transaction. */
  readonly now: () => number;
}

export interface AttachedTransaction {
  readonly trytes: string;
  readonly hash: string;
  readonly transaction: Transaction;
}

/** Proof of work done elsewhere: the trytes again, with a nonce that satisfies the magnitude. */
export type NonceFinder = (trytes: string, minWeightMagnitude: number) => Promise<string>;

/** Trytes ready for proof of work. An empty tag becomes the obsolete tag. */
function unsealed(
  transaction: Transaction,
  { trunk, branch, now }: Pick<Attachment, 'trunk' | 'branch' | 'now'>,
): string {
  const { tag, obsoleteTag } = transaction;
  return encodeTransaction({
    ...transaction,
    tag: tag === NULL_TAG ? obsoleteTag : tag,
    trunkTransaction: trunk,
    branchTransaction: branch,
    attachmentTimestamp: now(),
    attachmentTimestampLowerBound: 0,
    attachmentTimestampUpperBound: NINE_TRYTES_MAX,
  });
}

/** @throws RangeError if a finder gave back another transaction, or too light a one */
function sealed(trytes: string, found: string, minWeightMagnitude: number): AttachedTransaction {
  const hash = hashOfTransaction(found);
  const transaction = decodeTransaction(found);
  const { nonce } = transaction;
  if (found !== trytes.slice(0, -nonce.length) + nonce) {
    throw new RangeError('proof of work gave back another transaction');
  }
  if (weightMagnitude(hash) < minWeightMagnitude) {
    throw new RangeError(`proof of work below a magnitude of ${minWeightMagnitude}`);
  }
  return { trytes: found, hash, transaction };
}

/** Yields each transaction's trytes, the last one's first, and is given them back with their nonce. */
function* chain(
  transactions: readonly Transaction[],
  attachment: Attachment,
): Generator<string, AttachedTransaction[], string> {
  const attached: AttachedTransaction[] = [];
  for (const transaction of [...transactions].reverse()) {
    const next = attached.at(-1);
    const approvees =
      next === undefined ? attachment : { trunk: next.hash, branch: attachment.trunk };
    const trytes = unsealed(transaction, { now: attachment.now, ...approvees });
    attached.push(sealed(trytes, yield trytes, attachment.minWeightMagnitude));
  }
  return attached;
}

/**
 * Attaches a bundle, given by index, with proof of work by `findNonce`, one transaction after another.
 * The result begins with the last one: approvees go first.
 * @throws RangeError for a magnitude outside 0 to 14, and if the proof of work is none
 * @throws ProtocolError if trunk, branch or a field does not fit its trytes
 */
export async function attachBundle(
  transactions: readonly Transaction[],
  attachment: Attachment,
  findNonce: NonceFinder,
): Promise<AttachedTransaction[]> {
  const steps = chain(transactions, attachment);
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next(await findNonce(step.value, attachment.minWeightMagnitude));
  }
  return step.value;
}

/** As {@link attachBundle}, with the proof of work done here and nothing else running meanwhile. */
export function attachBundleSync(
  transactions: readonly Transaction[],
  attachment: Attachment,
): AttachedTransaction[] {
  const steps = chain(transactions, attachment);
  let step = steps.next();
  while (step.done !== true) {
    step = steps.next(attachNonce(step.value, attachment.minWeightMagnitude));
  }
  return step.value;
}
