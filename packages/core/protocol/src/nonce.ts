/**
 * Proof of work: a nonce with which a transaction's hash ends in `minWeightMagnitude` zero trits. The
 * search is the kernel's; its slices can be shared out to threads. Source: IRI's PearlDiver.
 */
import { curlMidstate, type NonceSearch, searchNonce } from '@airlock/kernel';
import { tritsToTrytes, trytesToTrits } from './trytes.ts';

/** What the main network asks for; about 3^14 hashes. */
const MAGNITUDE_MAX = 14;
const NONCE_TRYTES = 27;
/** Nonces of one call of the kernel: a few tenths of a second. */
const SLICE_ATTEMPTS = 1_000_000;

/** The part of a search that all its slices share: plain data, fit to be sent to a thread. */
export type NonceTask = Pick<NonceSearch, 'midstate' | 'magnitude'>;

/**
 * What a search for this transaction's nonce begins with.
 * @param minWeightMagnitude 0 to 14
 * @throws RangeError for another magnitude, and for what are no trytes or no multiple of 81
 */
export function nonceTask(trytes: string, minWeightMagnitude: number): NonceTask {
  const isInRange = minWeightMagnitude >= 0 && minWeightMagnitude <= MAGNITUDE_MAX;
  if (!isInRange) throw new RangeError('expected a minimum weight magnitude of 0 to 14');
  return { midstate: curlMidstate(trytesToTrits(trytes)), magnitude: minWeightMagnitude };
}

/** The trytes with another nonce, given as 81 trits. */
export function withNonce(trytes: string, nonce: Int8Array): string {
  if (nonce.length !== 3 * NONCE_TRYTES) throw new RangeError('expected a nonce of 81 trits');
  return trytes.slice(0, -NONCE_TRYTES) + tritsToTrytes(nonce);
}

/**
 * The transaction's trytes with the first nonce that satisfies the magnitude, from the one already
 * there on: about 3^magnitude hashes, of which a core does one to three million a second. Until it is
 * found nothing else runs.
 * @throws RangeError as {@link nonceTask}
 */
export function attachNonce(trytes: string, minWeightMagnitude: number): string {
  const task = nonceTask(trytes, minWeightMagnitude);
  for (let start = 0; ; start += SLICE_ATTEMPTS) {
    const nonce = searchNonce({ ...task, start, attempts: SLICE_ATTEMPTS });
    if (nonce !== null) return withNonce(trytes, nonce);
  }
}
