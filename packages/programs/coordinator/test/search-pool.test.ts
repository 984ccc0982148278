/** Threads of proof of work: shared out, ended when idle, stopped, and lost without a hang. */
import { nonceTask, transactionHash, weightMagnitude, withNonce } from '@airlock/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  SearchPool,
  type SearchPoolOptions,
  SLICE_ATTEMPTS,
  threadsFor,
} from '../src/proof-of-work/search-pool.ts';
import { serveSearches } from '../src/proof-of-work/search-worker.ts';
import { buildWorkerFile, type WorkerFile, workerOf } from './worker-file.ts';
import { codeOf } from './world.ts';

const trytesOf = (letter: string): string => letter.repeat(2673);
/** A task that no nonce will ever satisfy, and one that a thread solves at once. */
const hopeless = { ...nonceTask(trytesOf('H'), 0), magnitude: 200 };
const easy = nonceTask(trytesOf('E'), 5);
/** Worth two threads: more nonces than one slice holds. */
const twoThreads = nonceTask(trytesOf('T'), 10);

const ignore = (): void => undefined;

let file: WorkerFile;
beforeAll(async () => {
  file = await buildWorkerFile();
});
afterAll(() => file.remove());

const pools: SearchPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop()));
});

/** What the pool wants to be run later, at last not called off. */
interface Later {
  run: (() => void) | null;
}

function poolOf(options: Partial<SearchPoolOptions> = {}): SearchPool & { readonly later: Later } {
  const later: Later = { run: null };
  const after: SearchPoolOptions['after'] = (_delayMs, run) => {
    later.run = run;
    return () => {
      if (later.run === run) later.run = null;
    };
  };
  const pool = new SearchPool({ workerFile: file.url, threads: 2, after, ...options });
  pools.push(pool);
  return Object.assign(pool, { later });
}

/** A search that goes on for ever, once both threads have answered that they found nothing. */
async function searchForEver(pool: SearchPool): Promise<{ readonly outcome: Promise<unknown> }> {
  let slices = 0;
  let outcome: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    const found = pool.search(hopeless, (attempts) => {
      expect(attempts).toBe(SLICE_ATTEMPTS);
      slices += 1;
      if (slices === 4) resolve();
    });
    outcome = codeOf(found);
  });
  return { outcome };
}

test.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [5, 4],
  [64, 4],
])('of %i cores %i search', (cores, threads) => {
  expect(threadsFor(cores)).toBe(threads);
});

describe('a search', () => {
  test('finds a nonce that satisfies the magnitude, and makes threads only then', async () => {
    const pool = poolOf();
    expect(pool.threads).toBe(0);
    const nonce = await pool.search(easy, ignore);
    const hash = transactionHash(withNonce(trytesOf('E'), nonce));
    expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(5);
    expect(pool.threads).toBe(1);
  });

  test('that is worth more has more threads, up to what the pool may have', async () => {
    const pool = poolOf();
    const nonce = await pool.search(twoThreads, ignore);
    const hash = transactionHash(withNonce(trytesOf('T'), nonce));
    expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(10);
    expect(pool.threads).toBe(2);
    const one = poolOf({ threads: 1 });
    await one.search(twoThreads, ignore);
    expect(one.threads).toBe(1);
  });

  test('beside others gets a nonce of its own', async () => {
    const pool = poolOf();
    const found = await Promise.all(
      ['A', 'B', 'C'].map((letter) => pool.search(nonceTask(trytesOf(letter), 6), ignore)),
    );
    for (const [i, letter] of ['A', 'B', 'C'].entries()) {
      const hash = transactionHash(withNonce(trytesOf(letter), found[i]!));
      expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(6);
    }
  });
});

describe('threads', () => {
  test('are ended when there was nothing to do for a while, and made again', async () => {
    const pool = poolOf();
    await pool.search(easy, ignore);
    expect(pool.later.run).not.toBeNull();
    pool.later.run?.();
    expect(pool.threads).toBe(0);
    await pool.search(easy, ignore);
    expect(pool.threads).toBe(1);
  });

  test('are not ended while there is a search', async () => {
    const pool = poolOf();
    await pool.search(easy, ignore);
    const tooLate = pool.later.run;
    const { outcome } = await searchForEver(pool);
    expect(pool.later.run).toBeNull();
    tooLate?.();
    expect(pool.threads).toBe(2);
    await pool.stop();
    expect(await outcome).toBe('proof_of_work_failed');
  });

  test('a pool needs one or more', () => {
    expect(() => poolOf({ threads: 0 })).toThrow(RangeError);
  });

  test('serve searches, which the main thread does not', () => {
    expect(serveSearches).toThrow(TypeError);
  });
});

describe('stopping', () => {
  test('while a search goes on ends it with an error, and the threads', async () => {
    const pool = poolOf();
    const { outcome } = await searchForEver(pool);
    const waiting = codeOf(pool.search(easy, ignore));
    await pool.stop();
    expect(await outcome).toBe('proof_of_work_failed');
    expect(await waiting).toBe('proof_of_work_failed');
    expect(pool.threads).toBe(0);
  });

  test('lets no search begin', async () => {
    const pool = poolOf();
    await pool.stop();
    expect(await codeOf(pool.search(easy, ignore))).toBe('proof_of_work_failed');
    expect(pool.threads).toBe(0);
  });
});

describe('a thread that fails', () => {
  test.each([
    ['throws as it starts', "throw new RangeError('no memory')", 'no memory'],
    ['ends as it starts', 'process.exit(0)', 'a thread of it ended'],
    [
      'throws at a slice',
      "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { throw new Error('broken'); });",
      'broken',
    ],
  ])('because it %s fails the search, and the next one', async (_name, code, message) => {
    const pool = poolOf({ workerFile: workerOf(code) });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const search = pool.search(hopeless, ignore);
      await expect(search).rejects.toThrow(`proof of work failed: ${message}`);
      expect(await codeOf(search)).toBe('proof_of_work_failed');
    }
  });

  test('once leaves the searches after it their nonces', async () => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ magnitude }) => {
        if (magnitude === 200) throw new Error('broken');
        parentPort.postMessage(new Int8Array(81));
      });`;
    const pool = poolOf({ workerFile: workerOf(code), threads: 1 });
    const failing = codeOf(pool.search(hopeless, ignore));
    const waiting = pool.search(easy, ignore);
    expect(await failing).toBe('proof_of_work_failed');
    expect(await waiting).toEqual(new Int8Array(81));
  });
});
