/** A thread of proof of work: it answers slices of a search, one after another, until it is ended. */
import { parentPort } from 'node:worker_threads';
import { type NonceSearch, searchNonce } from '@airlock/protocol';

/** What a thread is asked. */
export type Slice = NonceSearch;
/** What it answers: the nonce (81 trits), or that none of the slice will do. */
export type SliceResult = Int8Array | null;

/**
 * The worker's whole work.
 * @throws TypeError outside a worker thread
 */
export function serveSearches(): void {
  const port = parentPort;
  if (port === null) throw new TypeError('expected to run in a worker thread');
  port.on('message', (slice: Slice) => {
    const result: SliceResult = searchNonce(slice);
    port.postMessage(result);
  });
}
