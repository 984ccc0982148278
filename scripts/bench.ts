/**
 * `npm run bench`: our kernel against the legacy JavaScript packages, side by side in one process on
 * one core. Rounds alternate, medians count. Exits 1 if results differ or a ratio is missed.
 */
import bundleValidator from '@iota/bundle-validator';
import converter from '@iota/converter';
import signing from '@iota/signing';
import transactionConverter from '@iota/transaction-converter';
import yargs from 'yargs';
import { toDomain } from '../packages/core/kernel/src/index.ts';
import {
  addressOfSeed,
  assembleBundle,
  decodeTransaction,
  encodeTransaction,
  finalizeBundle,
  findBundleFault,
  NULL_HASH,
  NULL_TAG,
  type Slot,
  signatureToTrytes,
  signHash,
  wordsToTrytes,
} from '../packages/core/protocol/src/index.ts';
import { runScript, strictly } from './command-line.ts';

/** Both sides do not give the same. */
class ResultsDiffer extends Error {}

const LEVEL = 2;
const INPUTS = 5;

interface Comparison {
  readonly name: string;
  readonly goal: number;
  readonly rounds: number;
  /** Operations of ours in one round, to outlast the clock's grain; the other side does one. */
  readonly repeats: number;
  /** One operation each; the results of a round must be equal. */
  readonly ours: (round: number) => string;
  readonly theirs: (round: number) => string;
}

interface Result {
  readonly name: string;
  readonly oursMs: number;
  readonly theirsMs: number;
  readonly ratio: number;
  readonly goal: number;
  readonly met: boolean;
}

function seedOf(number: number): Uint8Array {
  return toDomain(Uint8Array.from({ length: 48 }, (_, i) => (number * 101 + i * 37 + 11) & 0xff));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function timed<T>(run: () => T): { result: T; ms: number } {
  const start = process.hrtime.bigint();
  const result = run();
  return { result, ms: Number(process.hrtime.bigint() - start) / 1e6 };
}

function compare(comparison: Comparison): Result {
  const { name, goal, rounds, repeats, ours, theirs } = comparison;
  const oursMs: number[] = [];
  const theirsMs: number[] = [];
  // Round -1 warms both sides up and does not count.
  for (let round = -1; round < rounds; round += 1) {
    process.stderr.write(`\r${name}: round ${round + 1} of ${rounds} `);
    const mine = timed(() => {
      let result = '';
      for (let i = 0; i < repeats; i += 1) result = ours(round);
      return result;
    });
    const other = timed(() => theirs(round));
    if (mine.result !== other.result) {
      throw new ResultsDiffer(
        `${name}: ours gives ${mine.result}, the legacy package ${other.result}`,
      );
    }
    if (round < 0) continue;
    oursMs.push(mine.ms / repeats);
    theirsMs.push(other.ms);
  }
  process.stderr.write('\n');
  const [a, b] = [median(oursMs), median(theirsMs)];
  return { name, oursMs: a, theirsMs: b, ratio: b / a, goal, met: b / a >= goal };
}

const addressGeneration: Comparison = {
  name: `address, level ${LEVEL}`,
  goal: 400,
  rounds: 21,
  repeats: 100,
  ours: (round) => addressOfSeed(seedOf(round), LEVEL),
  theirs: (round) => {
    const seed = converter.trytesToTrits(wordsToTrytes(seedOf(round)));
    const key = signing.key(signing.subseed(seed, 0), LEVEL);
    return converter.tritsToTrytes(signing.address(signing.digests(key)));
  },
};

/** The trytes of a finalised and signed bundle: five inputs, a payee, a remainder. */
function signedBundle(): string[] {
  const slotOf = (address: string, value: bigint): Slot => {
    return { address, value, obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp: 1_561_000_000 };
  };
  const seeds = Array.from({ length: INPUTS }, (_, i) => seedOf(1000 + i));
  const spent = seeds.flatMap((seed) => {
    const address = addressOfSeed(seed, LEVEL);
    return Array.from({ length: LEVEL }, (_, i) => slotOf(address, i === 0 ? -1_000_000n : 0n));
  });
  const payee = slotOf(addressOfSeed(seedOf(2000), LEVEL), 3_500_000n);
  const remainder = slotOf(addressOfSeed(seedOf(2001), LEVEL), 1_500_000n);
  const finalized = finalizeBundle([...spent, payee, remainder]);
  const fragments = seeds.flatMap((seed) =>
    signatureToTrytes(signHash({ seed, bundleHash: finalized.hash, level: LEVEL })),
  );
  const bundle = assembleBundle({ ...finalized, fragments: new Map(fragments.entries()) });
  return bundle.map(encodeTransaction);
}

/** Both sides start from trytes. The legacy side is spared the transactions' Curl hashes. */
function bundleVerification(): Comparison {
  const good = signedBundle();
  // In every second round one tryte of the last input's last fragment is another one.
  const last = INPUTS * LEVEL - 1;
  const flipped = good.map((trytes, i) =>
    i === last ? (trytes.startsWith('A') ? 'B' : 'A') + trytes.slice(1) : trytes,
  );
  const bundleOf = (round: number): string[] => (round % 2 === 0 ? good : flipped);
  return {
    name: `verification, ${INPUTS} inputs, level ${LEVEL}`,
    goal: 300,
    rounds: 12,
    repeats: 20,
    ours: (round) => {
      const fault = findBundleFault(bundleOf(round).map(decodeTransaction));
      return fault === null ? 'accepted' : 'rejected';
    },
    theirs: (round) => {
      const bundle = bundleOf(round).map((trytes) =>
        transactionConverter.asTransactionObject(trytes, NULL_HASH),
      );
      return bundleValidator.default(bundle) ? 'accepted' : 'rejected';
    },
  };
}

function tableOf(results: readonly Result[]): string {
  const ms = (value: number): string => `${value.toPrecision(3)} ms`;
  const rows = results.map((result) => [
    result.name,
    ms(result.oursMs),
    ms(result.theirsMs),
    `${Math.floor(result.ratio)}x`,
    `${result.goal}x`,
    result.met ? 'met' : 'MISSED',
  ]);
  const table = [['operation', 'ours', 'legacy', 'ratio', 'goal', 'verdict'], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

async function main(): Promise<boolean> {
  const { json } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('bench')
      .usage(
        '$0 [options]\n\nHolds the kernel to its goals against the legacy JavaScript packages.',
      )
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON array' })
      .example('npm run $0 -- --json', 'unrounded figures'),
  ).parseAsync();
  try {
    const results = [compare(addressGeneration), compare(bundleVerification())];
    process.stdout.write(json ? `${JSON.stringify(results, null, 2)}\n` : tableOf(results));
    return results.every(({ met }) => met);
  } catch (cause) {
    if (!(cause instanceof ResultsDiffer)) throw cause;
    process.stderr.write(`\n${cause.message}\n`);
    return false;
  }
}

await runScript('bench', main);
