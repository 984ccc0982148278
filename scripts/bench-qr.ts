/**
 * `npm run bench:qr`: Uniform Resources as we show and read them against an ideal code, against wallets'
 * peeling and against no code, and the goals Q1 to Q12 of the QR transport. Exits 1 if one is missed.
 */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import yargs from 'yargs';
import { type CampaignResult, runCampaign } from '../test/campaigns/light/campaign.ts';
import { type CellResult, SCHEME_NAMES, SCHEMES } from '../test/campaigns/light/delivery.ts';
import { textOf } from '../test/campaigns/light/statistics.ts';
import type { Verdict } from '../test/campaigns/light/verdict.ts';
import { loadZxing } from '../test/campaigns/light/zxing.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';
import { stopwatch } from './stopwatch.ts';

const note = (text: string): void =>
  void process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);

/** The engine's garbage collector, or undefined where it cannot be had. */
function garbageCollector(): (() => void) | undefined {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  return typeof collect === 'function' ? (collect as () => void) : undefined;
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function cellRow({ count, loss, isLate, trials, frames }: CellResult): string[] {
  return [
    String(count),
    `${100 * loss} %`,
    isLate ? 'late' : 'first',
    ...SCHEME_NAMES.map((scheme) => textOf(frames[scheme])),
    String(trials),
  ];
}

const verdictLine = ({ goal, verdict, text }: Verdict): string =>
  `${goal.padEnd(4)}${(verdict === 'missed' ? 'MISSED' : verdict).padEnd(10)}${text}\n`;

function render({ cells, verdicts }: CampaignResult): string {
  const titles = SCHEME_NAMES.map((scheme) => SCHEMES[scheme].title);
  const head = ['K', 'loss', 'start', ...titles, 'trials'];
  return [
    'Frames shown until the message is there: mean/p95/p99\n\n',
    tableOf([head, ...cells.map(cellRow)]),
    '\n',
    ...verdicts.map(verdictLine),
  ].join('');
}

async function main(): Promise<boolean> {
  const { trials, seed, json } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('bench:qr')
      .usage('$0 [options]\n\nHolds the QR transport to its goals Q1 to Q12.')
      .option('trials', {
        type: 'string',
        default: 1_000,
        describe: 'Trials of a cell; of two transfers at once a hundred times as many',
        coerce: wholeNumber('trials', { min: 1 }),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Seed of messages, losses and pictures',
        coerce: wholeNumber('seed', { min: 0 }),
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --trials 100 --seed 7', 'a tenth of the trials, with other losses'),
  ).parseAsync();
  const began = process.hrtime.bigint();
  const peer = await loadZxing(join(process.cwd(), 'node_modules'));
  const collect = garbageCollector();
  const result = await runCampaign({ trials, seed, stopwatch, peer, collect, note });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const { user, system } = process.cpuUsage();
  const cpuSeconds = (user + system) / 1e6;
  note('');
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...result, seconds, cpuSeconds }, null, 2)}\n`
      : `${render(result)}\n${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of processor\n`,
  );
  const missed = result.verdicts.filter(({ verdict }) => verdict === 'missed');
  if (missed.length === 0) return true;
  process.stderr.write(`missed: ${[...new Set(missed.map(({ goal }) => goal))].join(', ')}\n`);
  return false;
}

await runScript('bench:qr', main);
