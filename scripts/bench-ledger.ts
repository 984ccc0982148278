/**
 * `npm run bench:ledger`: the coordinator's ledger against LevelDB alone, against itself with a short
 * history, and its HTTP writes against an empty handler. Sides take turns, medians count. Exits 1 if a
 * goal is missed.
 */
import { spawnSync } from 'node:child_process';
import yargs from 'yargs';
import { judgeHttp } from '../test/benchmarks/ledger/http-writes.ts';
import { judgeHistory } from '../test/benchmarks/ledger/long-history.ts';
import { judgeWatching } from '../test/benchmarks/ledger/million-addresses.ts';
import { judgeThroughput } from '../test/benchmarks/ledger/throughput.ts';
import type { Verdict } from '../test/campaigns/light/verdict.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';
import { ProgramFailed } from './programs.ts';

const note = (text: string): void => void process.stderr.write(`${text}\n`);

const GOALS = ['L1', 'L2', 'L3', 'L4'] as const;

/** One goal in a process of its own: what another one left on the heap would slow it down. */
function judgeApart(goal: (typeof GOALS)[number]): Verdict {
  const args = [...process.argv.slice(1), '--only', goal, '--json'];
  const { stdout, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error !== undefined) throw error;
  const [verdict] = stdout === '' ? [] : (JSON.parse(stdout) as Verdict[]);
  if (verdict === undefined) throw new ProgramFailed(`${goal} has no verdict`);
  return verdict;
}

async function main(): Promise<boolean> {
  const { rounds, transfers, history, addresses, only, json } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('bench:ledger')
      .usage('$0 [options]\n\nHolds the ledger to its goals L1 to L4.')
      .option('rounds', {
        type: 'string',
        default: 5,
        describe: 'Rounds whose median counts',
        coerce: wholeNumber('rounds', { min: 1 }),
      })
      .option('transfers', {
        type: 'string',
        default: 10_000,
        describe: 'Transfers of a round',
        coerce: wholeNumber('transfers', { min: 1_000 }),
      })
      .option('history', {
        type: 'string',
        default: 1_000_000,
        describe: 'Entries of the long history, in hundreds',
        coerce: wholeNumber('history', { min: 100 }),
      })
      .option('addresses', {
        type: 'string',
        default: 1_000_000,
        describe: 'Addresses under watch',
        coerce: wholeNumber('addresses', { min: 1_000 }),
      })
      .option('only', { choices: GOALS, describe: 'One goal alone' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --only L3', 'HTTP writes alone'),
  ).parseAsync();
  const measures: Readonly<Record<(typeof GOALS)[number], () => Promise<Verdict>>> = {
    L1: () => judgeThroughput({ rounds, transfers }),
    L2: () => judgeHistory({ rounds, transfers, entries: history }),
    L3: () => judgeHttp({ rounds, transfers }),
    L4: () => judgeWatching(addresses),
  };
  const verdicts: Verdict[] = [];
  for (const goal of GOALS.filter((each) => (only ?? each) === each)) {
    if (only !== undefined) note(`${goal}…`);
    verdicts.push(only === undefined ? judgeApart(goal) : await measures[goal]());
  }
  process.stdout.write(
    json
      ? `${JSON.stringify(verdicts, null, 2)}\n`
      : verdicts
          .map(({ goal, verdict, text }) => {
            return `${goal}  ${verdict === 'missed' ? 'MISSED' : verdict}  ${text}\n`;
          })
          .join(''),
  );
  return verdicts.every(({ verdict }) => verdict !== 'missed');
}

await runScript('bench:ledger', main);
