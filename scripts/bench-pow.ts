/**
 * `npm run bench:pow`: the kernel's nonce search against plain JavaScript Curl, side by side on one core
 * in alternating rounds, and in threads as the coordinator has them. Exits 1 below the goal, or if
 * the three do not agree on a hash.
 */
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import converter from '@iota/converter';
import curl from '@iota/curl';
import yargs from 'yargs';
import {
  attachNonce,
  type NonceTask,
  nonceTask,
  searchNonce,
  transactionHash,
  weightMagnitude,
} from '../packages/core/protocol/src/index.ts';
import {
  SearchPool,
  threadsFor,
} from '../packages/programs/coordinator/src/proof-of-work/search-pool.ts';
import { serveSearches } from '../packages/programs/coordinator/src/proof-of-work/search-worker.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';
import { stopwatch } from './stopwatch.ts';

/** How many times as fast as the plain Curl the kernel has to be. */
const GOAL = 8;
const ROUNDS = 5;
/** As long as a transaction without its signature: what the hash is worth does not hang on it. */
const TRYTES = 'AIRLOCK9BENCH'.padEnd(486, '9');
/** Satisfied by no nonce, so that a search tries all. */
const HOPELESS: NonceTask = { ...nonceTask(TRYTES, 0), magnitude: 243 };

interface Rate {
  readonly name: string;
  readonly hashesPerSecond: number;
}

/** A way to hash: does about so many hashes when called. */
interface Way {
  readonly name: string;
  readonly hashes: number;
  readonly run: () => void;
}

function legacyCurl(trytes: string): string {
  const sponge = new curl.default(81);
  const trits = converter.trytesToTrits(trytes);
  sponge.absorb(trits, 0, trits.length);
  const hash = new Int8Array(243);
  sponge.squeeze(hash, 0, hash.length);
  return converter.tritsToTrytes(hash);
}

/** Plain Curl and @iota/curl give the same hash, which is as heavy as the kernel says. */
function assertAgreement(): void {
  const attached = attachNonce(TRYTES, 9);
  const hash = transactionHash(attached);
  if (hash !== legacyCurl(attached) || weightMagnitude(hash) < 9) {
    throw new Error(`the kernel's nonce gives ${hash}, by @iota/curl ${legacyCurl(attached)}`);
  }
}

function waysOnOneCore(): Way[] {
  const block = TRYTES.slice(0, 81);
  const blocks = converter.trytesToTrits(block.repeat(100));
  const sponge = new curl.default(81);
  return [
    {
      name: 'plain JavaScript',
      hashes: 100,
      run: () => void transactionHash(block.repeat(100)),
    },
    { name: '@iota/curl', hashes: 100, run: () => sponge.absorb(blocks, 0, blocks.length) },
    {
      name: 'kernel',
      hashes: 65_536,
      run: () => void searchNonce({ ...HOPELESS, start: 0, attempts: 65_536 }),
    },
  ];
}

const secondsSince = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e9;

function rateOf({ hashes, run }: Way, seconds: number): number {
  const elapsedMs = stopwatch();
  let done = 0;
  while (elapsedMs() < seconds * 1_000) {
    run();
    done += hashes;
  }
  return (done / elapsedMs()) * 1_000;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Rounds alternate and medians count; a first round warms up. */
function ratesOnOneCore(seconds: number): Rate[] {
  const measured = waysOnOneCore().map((way) => ({ way, rates: [] as number[] }));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const { way, rates } of measured) {
      const rate = rateOf(way, seconds / ROUNDS);
      if (round >= 0) rates.push(rate);
    }
  }
  return measured.map(({ way, rates }) => ({ name: way.name, hashesPerSecond: median(rates) }));
}

/** By the clock, since threads are to use more than one core. Counts once each thread has done some ten slices: by then they are compiled for speed. */
async function rateOfThreads(threads: number, seconds: number): Promise<Rate> {
  const pool = new SearchPool({
    workerFile: new URL(import.meta.url),
    threads,
    after: () => () => undefined,
  });
  let [slices, counted, start, hashesPerSecond] = [0, 0, 0n, 0];
  const search = pool.search(HOPELESS, (attempts) => {
    slices += 1;
    if (slices <= 10 * threads) {
      start = process.hrtime.bigint();
      return;
    }
    counted += attempts;
    if (secondsSince(start) < seconds || hashesPerSecond > 0) return;
    hashesPerSecond = counted / secondsSince(start);
    void pool.stop();
  });
  const stopped = await search.then(
    () => new Error('a nonce was found that cannot be'),
    (cause: unknown) => cause,
  );
  if (hashesPerSecond === 0) throw stopped;
  return { name: `kernel, ${threads} ${threads === 1 ? 'thread' : 'threads'}`, hashesPerSecond };
}

/** Mean time of a transaction's search at this magnitude. */
function secondsFor(magnitude: number, { hashesPerSecond }: Rate): string {
  const seconds = 3 ** magnitude / hashesPerSecond;
  return `${seconds < 10 ? seconds.toPrecision(2) : Math.round(seconds).toLocaleString('en')} s`;
}

function tableOf(rates: readonly Rate[], plain: Rate): string {
  const rows = rates.map((rate) => [
    rate.name,
    Math.round(rate.hashesPerSecond).toLocaleString('en'),
    `${(rate.hashesPerSecond / plain.hashesPerSecond).toFixed(1)}x`,
    secondsFor(9, rate),
    secondsFor(14, rate),
  ]);
  const table = [['Curl-P-81', 'hashes/s', 'ratio', 'magnitude 9', 'magnitude 14'], ...rows];
  return table
    .map(([name = '', ...rest]) => name.padEnd(20) + rest.map((cell) => cell.padStart(14)).join(''))
    .map((line) => `${line}\n`)
    .join('');
}

async function main(): Promise<boolean> {
  const { seconds, json } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('bench:pow')
      .usage('$0 [options]\n\nHolds the nonce search to its goal against plain JavaScript.')
      .option('seconds', {
        type: 'string',
        default: 5,
        describe: 'Time of each measurement',
        coerce: wholeNumber('seconds', { min: 1, max: 600 }),
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --seconds 1', 'shorter, and less exact'),
  ).parseAsync();
  assertAgreement();
  const rates = ratesOnOneCore(seconds);
  const [plain, , kernel] = rates;
  if (plain === undefined || kernel === undefined) throw new Error('nothing was measured');
  const cores = availableParallelism();
  for (const threads of [1, 2, 4].filter((count) => count <= cores)) {
    rates.push(await rateOfThreads(threads, seconds));
  }
  const ratio = kernel.hashesPerSecond / plain.hashesPerSecond;
  const isMet = ratio >= GOAL;
  process.stdout.write(
    json
      ? `${JSON.stringify({ rates, ratio, goal: GOAL, isMet, cores }, null, 2)}\n`
      : `${tableOf(rates, plain)}\ngoal: ${GOAL}x on one core, ${isMet ? 'met' : 'MISSED'}; ` +
          `of ${cores} cores the coordinator takes ${threadsFor(cores)} for proof of work\n`,
  );
  return isMet;
}

if (isMainThread) await runScript('bench:pow', main);
else serveSearches();
