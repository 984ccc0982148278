/**
 * Proof of work on bundles, done here: public nodes do it for nobody else. The transactions of a bundle
 * hang on each other, so that all threads work on one of them after another.
 */
import {
  type Attachment,
  attachBundle,
  decodeTransaction,
  type NonceFinder,
  nonceTask,
  withNonce,
} from '@airlock/protocol';
import { SearchPool, type SearchPoolOptions } from './search-pool.ts';

/** How far a bundle is. */
export interface Progress {
  /** Transactions that have their nonce, of so many. */
  readonly done: number;
  readonly of: number;
  /** Nonces tried in vain, in whole slices. */
  readonly attempts: number;
  /** Since the bundle's beginning. */
  readonly elapsedMs: number;
}

export interface ProofOfWorkOptions extends SearchPoolOptions {
  /** Told after each slice and each transaction. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface ProofOfWork {
  /**
   * Attaches a bundle, given by index and returned so.
   * @throws CoordinatorError proof_of_work_failed if it is stopped, or a thread of it fails
   * @throws ProtocolError if trunk, branch or a transaction is malformed
   */
  readonly attach: (trytes: readonly string[], attachment: Attachment) => Promise<string[]>;
  /** Ends what is under way, and every thread. */
  readonly stop: () => Promise<void>;
}

export function createProofOfWork(options: ProofOfWorkOptions): ProofOfWork {
  const pool = new SearchPool(options);
  return {
    attach: async (trytes, attachment) => {
      const { now } = attachment;
      const [of, began] = [trytes.length, now()];
      let [done, attempts] = [0, 0];
      const tell = (): void =>
        options.onProgress?.({ done, of, attempts, elapsedMs: now() - began });
      const findNonce: NonceFinder = async (unsealed, minWeightMagnitude) => {
        const task = nonceTask(unsealed, minWeightMagnitude);
        const nonce = await pool.search(task, (vain) => {
          attempts += vain;
          tell();
        });
        done += 1;
        tell();
        return withNonce(unsealed, nonce);
      };
      const attached = await attachBundle(trytes.map(decodeTransaction), attachment, findNonce);
      return attached.map((each) => each.trytes).reverse();
    },
    stop: () => pool.stop(),
  };
}
