/**
 * The threads of proof of work: each takes the next slice of a search when it is done with its last.
 * They are made when they are needed first, and ended when there was nothing to do for a while.
 */
import { Worker } from 'node:worker_threads';
import type { NonceTask } from '@airlock/protocol';
import { CoordinatorError } from '../error.ts';
import type { Slice, SliceResult } from './search-worker.ts';

/** Nonces of one slice: some 20 milliseconds, which is how long a thread goes on in vain. */
export const SLICE_ATTEMPTS = 32_768;
/** Longer than the pause between two bundles of a round, so that these share their threads. */
const IDLE_MS = 10_000;
const THREADS_MAX = 4;

/** How many threads a machine gives: one core is left to everything else. */
export function threadsFor(cores: number): number {
  return Math.max(1, Math.min(cores - 1, THREADS_MAX));
}

export interface SearchPoolOptions {
  /** The file that answers in a worker with `serveSearches`. */
  readonly workerFile: URL;
  /** At most so many threads at once, from 1 on. */
  readonly threads: number;
  /** Runs something later, once; the result calls it off. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

interface Search {
  readonly task: NonceTask;
  /** Threads that are worth their start: one is enough where one slice probably holds the nonce. */
  readonly threadsMax: number;
  readonly onVain: (attempts: number) => void;
  readonly settle: (outcome: Int8Array | CoordinatorError) => void;
  /** Where its next slice starts. */
  next: number;
  /** Threads at it. */
  threads: number;
}

function failed(what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('proof_of_work_failed', `proof of work failed: ${what}`, {
    next: 'it is tried again in a later round; to let the node do it, use --proof-of-work remote',
    cause,
  });
}

export class SearchPool {
  readonly #options: SearchPoolOptions;
  /** Searches that have no nonce yet, the oldest first. */
  readonly #searches = new Set<Search>();
  /** Every thread, and the search that it is at. */
  readonly #threads = new Map<Worker, Search | null>();
  #cancelIdle: () => void = () => undefined;
  #isStopped = false;

  constructor(options: SearchPoolOptions) {
    if (!(options.threads >= 1)) throw new RangeError('expected a thread or more');
    this.#options = options;
  }

  /** Threads that are there now. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * A nonce (81 trits) for the task. The oldest search has all threads that it is worth.
   * @param onVain told of each slice that held none
   * @throws CoordinatorError proof_of_work_failed if it is stopped, or a thread at it ends
   */
  search(task: NonceTask, onVain: (attempts: number) => void): Promise<Int8Array> {
    if (this.#isStopped) return Promise.reject(failed('it was stopped'));
    this.#cancelIdle();
    return new Promise((resolve, reject) => {
      const expected = 3 ** task.magnitude;
      const search: Search = {
        task,
        threadsMax: Math.min(this.#options.threads, Math.ceil(expected / SLICE_ATTEMPTS)),
        onVain,
        settle: (outcome) => {
          // What other threads still answer to it is of no interest.
          if (!this.#searches.delete(search)) return;
          if (outcome instanceof CoordinatorError) reject(outcome);
          else resolve(outcome);
        },
        next: 0,
        threads: 0,
      };
      this.#searches.add(search);
      this.#handOut();
    });
  }

  /** Ends every thread; every search, now and later, fails. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelIdle();
    for (const search of this.#searches) search.settle(failed('it was stopped'));
    await this.#endThreads();
  }

  async #endThreads(): Promise<void> {
    const workers = [...this.#threads.keys()];
    this.#threads.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  /** Gives slices to threads until every search has what it is worth, or no thread is free. */
  #handOut(): void {
    for (const search of this.#searches) {
      while (search.threads < search.threadsMax) {
        const worker = this.#freeThread();
        if (worker === undefined) return;
        this.#threads.set(worker, search);
        search.threads += 1;
        const slice: Slice = { ...search.task, start: search.next, attempts: SLICE_ATTEMPTS };
        search.next += SLICE_ATTEMPTS;
        worker.postMessage(slice);
      }
    }
    if (this.#searches.size === 0 && this.#threads.size > 0) this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    this.#cancelIdle();
    this.#cancelIdle = this.#options.after(IDLE_MS, () => {
      if (this.#searches.size === 0) void this.#endThreads();
    });
  }

  #freeThread(): Worker | undefined {
    for (const [worker, search] of this.#threads) if (search === null) return worker;
    if (this.#threads.size >= this.#options.threads) return undefined;
    const worker = new Worker(this.#options.workerFile);
    this.#threads.set(worker, null);
    worker.on('message', (result: SliceResult) => this.#answered(worker, result));
    worker.once('error', (cause) => this.#lost(worker, failed(cause.message, cause)));
    worker.once('exit', () => this.#lost(worker, failed('a thread of it ended')));
    return worker;
  }

  /** The search that a thread was at is left, and the thread free. */
  #leave(worker: Worker): Search | null {
    const search = this.#threads.get(worker) ?? null;
    if (search !== null) search.threads -= 1;
    return search;
  }

  #answered(worker: Worker, result: SliceResult): void {
    // A thread that was ended meanwhile may have answered before.
    if (!this.#threads.has(worker)) return;
    const search = this.#leave(worker);
    this.#threads.set(worker, null);
    if (result !== null) search?.settle(result);
    else if (search !== null && this.#searches.has(search)) search.onVain(SLICE_ATTEMPTS);
    this.#handOut();
  }

  #lost(worker: Worker, cause: CoordinatorError): void {
    const search = this.#leave(worker);
    if (!this.#threads.delete(worker)) return;
    search?.settle(cause);
    this.#handOut();
  }
}
