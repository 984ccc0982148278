/**
 * `npm run campaign:coordinator`: the built coordinator under load from several clients, killed at seeded
 * moments and started again on the same data, and looked at from outside: whatever was acknowledged is
 * there exactly once. `--faults` plants faults and looks whether they are found.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { runCampaign, type Tally } from '../test/campaigns/coordinator/campaign.ts';
import { FAULTS, type FaultResult, findFault } from '../test/campaigns/coordinator/faults.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

const note = (text: string): void => void process.stderr.write(text);

function noteRun(done: number, runs: number): void {
  if (process.stderr.isTTY) note(`\r${done} of ${runs}`);
  else if (done % 10 === 0) note(`${done} of ${runs}\n`);
}

function countsText(title: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b));
  return `${title}\n${rows.map(([name, count]) => `  ${String(count).padStart(6)}  ${name}\n`).join('')}`;
}

function render({ runs, kills, operations, violations }: Tally): string {
  const failed = violations.map(({ seed, text }) => {
    return `  ${text}\n    again: npm run campaign:coordinator -- --runs 1 --seed ${seed}\n`;
  });
  return [
    countsText('Kills, by their moment', kills),
    countsText('Operations, by how they ended', operations),
    `${runs} runs, ${violations.length} violations\n${failed.join('')}`,
  ].join('\n');
}

function renderFaults(results: readonly FaultResult[]): string {
  const rows = results.map(({ name, runs, example }) =>
    runs === null ? `  NOT FOUND: ${name}\n` : `  ${name}\n    found in run ${runs}: ${example}\n`,
  );
  return `Planted faults\n${rows.join('')}`;
}

async function main(): Promise<boolean> {
  const { runs, seed, workers, json, faults } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:coordinator')
      .usage('$0 [options]\n\nKills the coordinator and looks for what is lost or doubled.')
      .option('runs', {
        type: 'string',
        default: 300,
        describe: 'Runs; with --faults: for each fault at most',
        coerce: wholeNumber('runs', { min: 1 }),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Seed of the first run',
        coerce: wholeNumber('seed', { min: 0 }),
      })
      .option('workers', {
        type: 'string',
        default: availableParallelism(),
        describe: 'Runs at a time',
        coerce: wholeNumber('workers', { min: 1 }),
      })
      .option('faults', { type: 'boolean', default: false, describe: 'Plant faults instead' })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --runs 1 --seed 77', 'one run again: same operations, same kills'),
  ).parseAsync();
  const print = (value: unknown, text: string): void =>
    void process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : text);
  if (faults) {
    const results: FaultResult[] = [];
    for (const fault of FAULTS) {
      note(`${fault.name}…\n`);
      results.push(await findFault(fault, { first: seed, runs, workers }));
    }
    print(results, renderFaults(results));
    return results.every(({ runs: found }) => found !== null);
  }
  const file = join(process.cwd(), 'dist/airlock-coordinator.mjs');
  const onRun = (done: number): void => noteRun(done, runs);
  const tally = await runCampaign({ first: seed, runs, workers, file, onRun });
  if (process.stderr.isTTY) note('\n');
  print(tally, render(tally));
  return tally.violations.length === 0;
}

await runScript('campaign:coordinator', main);
