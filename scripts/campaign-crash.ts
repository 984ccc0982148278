/**
 * `npm run campaign:crash`: kills the signer before and after every kind of write, fsync, link, rename
 * and output, in seeded histories, and looks for a key with two hashes, a signature that left before
 * its entry was durable, and all else that docs/security.md forbids. `--faults` plants faults and looks
 * whether they are found.
 */
import { availableParallelism } from 'node:os';
import yargs from 'yargs';
import {
  addTallies,
  EMPTY_TALLY,
  runSimulated,
  type Tally,
} from '../test/campaigns/crash/campaign.ts';
import { FAULTS, type FaultResult, findFault } from '../test/campaigns/crash/faults.ts';
import { runProcesses } from '../test/campaigns/crash/processes.ts';
import { runNode } from '../test/campaigns/crash/run-node.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

/** One run in so many kills the built signer as a process of its own. */
const PROCESS_SHARE = 20;

const ONLY = ['simulated', 'processes'] as const;
type Only = (typeof ONLY)[number];

interface Options {
  readonly runs: number;
  readonly seed: number;
  readonly workers: number;
  readonly stopAtFirst: boolean;
}

const note = (text: string): void => void process.stderr.write(text);

/** Shares simulated runs among processes like this one. */
async function runShared({ runs, seed, workers }: Options): Promise<Tally> {
  let done = 0;
  const onNote = (line: string): void => {
    if (!/^run \d+$/.test(line)) return void note(`${line}\n`);
    done += 1;
    if (process.stderr.isTTY) note(`\r${done} of ${runs}`);
    else if (done % 50 === 0) note(`${done} of ${runs}\n`);
  };
  const share = Math.ceil(runs / workers);
  const shares = Array.from({ length: workers }, (_, i) => ({
    first: seed + i * share,
    count: Math.max(0, Math.min(share, runs - i * share)),
  }));
  const tallies = await Promise.all(
    shares
      .filter(({ count }) => count > 0)
      .map(async ({ first, count }) => {
        const args = ['--seed', String(first), '--runs', String(count), '--workers', '1', '--json'];
        const file = process.argv[1] ?? '';
        const { stdout } = await runNode([file, ...args, '--only', 'simulated'], onNote);
        return JSON.parse(stdout) as Tally;
      }),
  );
  if (process.stderr.isTTY) note('\n');
  return tallies.reduce(addTallies, EMPTY_TALLY);
}

const runAlone = ({ runs, seed, stopAtFirst }: Options): Promise<Tally> =>
  runSimulated({
    first: seed,
    runs,
    stopAtFirst,
    onRun: (run) => note(`run ${run}\n`),
  });

function countsText(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));
  return `${title}\n${rows.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}\n`).join('')}`;
}

function render(tally: Tally): string {
  const failed = tally.violations.map(({ seed, text }) => `  seed ${seed}: ${text}\n`).join('');
  return [
    countsText('Crashes, by what happened at which call', tally.crashes),
    countsText('Commands, by how they ended', tally.commands),
    `${tally.runs} runs, ${tally.keysSigned} keys signed, ${tally.violations.length} violations\n${failed}`,
  ].join('\n');
}

function renderFaults(results: readonly FaultResult[]): string {
  const rows = results.map(({ name, runs, example }) =>
    runs === null ? `  NOT FOUND: ${name}\n` : `  ${name}\n    found in run ${runs}: ${example}\n`,
  );
  return `Planted faults\n${rows.join('')}`;
}

async function runFaults(runs: number): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  for (const fault of FAULTS) {
    note(`${fault.name}…\n`);
    results.push(await findFault(fault, runs));
  }
  return results;
}

const runKilled = ({ runs, seed }: Pick<Options, 'runs' | 'seed'>): Promise<Tally> =>
  runProcesses({ first: seed, runs, onRun: (done) => note(`${done} of ${runs} processes\n`) });

async function runAll(options: Options, only: Only | undefined): Promise<Tally> {
  if (only === 'simulated') return runAlone(options);
  if (only === 'processes') return runKilled(options);
  const processes = Math.floor(options.runs / PROCESS_SHARE);
  const simulated = await runShared({ ...options, runs: options.runs - processes });
  const killed = await runKilled({ ...options, runs: processes });
  return addTallies(simulated, killed);
}

async function main(): Promise<boolean> {
  const { runs, seed, workers, json, faults, only, stopAtFirst } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:crash')
      .usage('$0 [options]\n\nKills the signer everywhere and looks for a second signature.')
      .option('runs', {
        type: 'string',
        default: 1_000,
        describe: 'Histories; with --faults: for each fault at most',
        coerce: wholeNumber('runs', { min: 1 }),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Seed of the first history',
        coerce: wholeNumber('seed', { min: 0 }),
      })
      .option('workers', {
        type: 'string',
        default: availableParallelism(),
        describe: 'Processes that share the histories',
        coerce: wholeNumber('workers', { min: 1 }),
      })
      .option('faults', { type: 'boolean', default: false, describe: 'Plant faults instead' })
      .option('only', { choices: ONLY, describe: 'One way alone, in this process' })
      .option('stop-at-first', {
        type: 'boolean',
        default: false,
        describe: 'End with the first violation (with --only simulated)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --runs 1 --seed 77 --only simulated', 'one history again'),
  ).parseAsync();
  const print = (value: unknown, text: string): void =>
    void process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
  if (faults) {
    const results = await runFaults(runs);
    print(results, renderFaults(results));
    return results.every(({ runs: found }) => found !== null);
  }
  const tally = await runAll({ runs, seed, workers, stopAtFirst }, only);
  print(tally, render(tally));
  return tally.violations.length === 0;
}

await runScript('campaign:crash', main);
