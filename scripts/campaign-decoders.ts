/**
 * `npm run campaign:decoders`: mutated inputs for every decoder of outside or stored bytes, in a worker
 * that a watch ends if an input does not. Exits with 1 on a finding, which it prints in full.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import yargs from 'yargs';
import {
  inputOf,
  judge,
  type Outcome,
  runTarget,
  TARGETS,
} from '../test/campaigns/decoders/campaign.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

const FINDINGS_MAX = 5;
/** Inputs after which memory has taken its shape. */
const WARM_UP_INPUTS = 20_000;
const WARM_UP_SECONDS = 10;
const GROWTH_BYTES_MAX = 64 * 1024 * 1024;
/** An input that does not end within this time is given up. */
const HANG_MS = 10_000;
const WATCH_MS = 500;

interface Settings {
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly targets: readonly string[];
  /** The worker's place: target, and input within it. */
  readonly place: Int32Array;
}

interface Report {
  readonly outcome: Outcome;
  readonly growthBytes: number;
}

function collectedRss(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().rss;
}

async function work({ seed, inputs, seconds, targets, place }: Settings): Promise<void> {
  for (const [number, name] of targets.entries()) {
    const target = TARGETS.find((each) => each.name === name);
    if (target === undefined) throw new TypeError(`no target ${name}`);
    const onInput = (index: number): void => {
      place[0] = number;
      place[1] = index;
    };
    const budget = { seed, findingsMax: FINDINGS_MAX, onInput };
    await runTarget(target, {
      ...budget,
      inputs: Math.min(inputs, WARM_UP_INPUTS),
      seconds: WARM_UP_SECONDS,
    });
    const before = collectedRss();
    const outcome = await runTarget(target, { ...budget, inputs, seconds });
    const report: Report = { outcome, growthBytes: collectedRss() - before };
    parentPort?.postMessage(report);
  }
}

function printFinding(finding: Outcome['findings'][number]): void {
  const { target, seed, index, what, input } = finding;
  process.stdout.write(
    `FINDING in ${target}: ${what}\n  again: npm run campaign:decoders -- --only "${target}" --seed ${seed} --index ${index}\n  input: ${Buffer.from(input).toString('hex')}\n`,
  );
}

/** Prints one decoder's figures; whether all was well. */
function print({ outcome, growthBytes }: Report): boolean {
  const { target, inputs, sealed, verdicts, findings, seconds, slowest } = outcome;
  const refusals = [...verdicts]
    .filter(([code]) => code !== 'accepted')
    .sort((a, b) => b[1] - a[1]);
  const accepted = verdicts.get('accepted') ?? 0;
  process.stdout.write(
    `${target}: ${inputs.toLocaleString('en')} inputs, ${sealed.toLocaleString('en')} of them sealed again; ` +
      `${Math.round(inputs / seconds).toLocaleString('en')}/s; accepted ${accepted.toLocaleString('en')}, ` +
      `refused ${(inputs - accepted).toLocaleString('en')} by ${refusals.length} codes; ` +
      `slowest ${slowest.ms.toFixed(1)} ms (input ${slowest.index}); memory ${(growthBytes / 2 ** 20).toFixed(1)} MiB\n` +
      `  ${refusals.map(([code, count]) => `${code} ${count}`).join(', ')}\n`,
  );
  for (const finding of findings) printFinding(finding);
  if (growthBytes <= GROWTH_BYTES_MAX) return findings.length === 0;
  process.stdout.write(`FINDING in ${target}: memory grew by ${growthBytes} bytes\n`);
  return false;
}

/** Runs the worker and watches it; resolves to the exit code. */
function watch(settings: Omit<Settings, 'place'>): Promise<boolean> {
  const place = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...settings, place } });
  let isWell = true;
  let inputs = 0;
  let last = '';
  let since = performance.now();
  return new Promise((resolve) => {
    const watcher = setInterval(() => {
      const now = `${place[0]} ${place[1]}`;
      if (now !== last) since = performance.now();
      last = now;
      if (performance.now() - since < HANG_MS) return;
      const target = TARGETS.find(({ name }) => name === settings.targets[place[0] ?? 0]);
      if (target !== undefined) {
        const finding = { target: target.name, seed: settings.seed, index: place[1] ?? 0 };
        const { input } = inputOf(target, finding);
        printFinding({ ...finding, what: `no end after ${HANG_MS} ms`, input });
      }
      isWell = false;
      void worker.terminate();
    }, WATCH_MS);
    worker.on('message', (report: Report) => {
      inputs += report.outcome.inputs;
      isWell = print(report) && isWell;
    });
    worker.on('error', (cause) => {
      process.stdout.write(`FINDING: the campaign itself failed: ${cause}\n`);
      isWell = false;
    });
    worker.on('exit', () => {
      clearInterval(watcher);
      const verdict = isWell ? 'no finding' : 'FINDINGS: see above';
      process.stdout.write(
        `${inputs.toLocaleString('en')} inputs, seed ${settings.seed}: ${verdict}\n`,
      );
      resolve(isWell);
    });
  });
}

/** One input again; its verdict and its bytes. */
async function repeat(name: string, place: { seed: number; index: number }): Promise<boolean> {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new TypeError('--index needs --only');
  const { input } = inputOf(target, place);
  const { verdict, fault } = await judge(target, input);
  process.stdout.write(`${Buffer.from(input).toString('hex')}\n${verdict}\n${fault ?? ''}\n`);
  return fault === null;
}

async function main(): Promise<boolean> {
  const { mutations, seconds, seed, only, index } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:decoders')
      .usage('$0 [options]\n\nGives every decoder mutated inputs, half of them signed again.')
      .option('mutations', {
        type: 'string',
        describe: 'Inputs for each decoder',
        coerce: wholeNumber('mutations', { min: 1 }),
      })
      .option('seconds', {
        type: 'string',
        describe: 'Seconds for each decoder',
        coerce: wholeNumber('seconds', { min: 1 }),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Another seed, other inputs',
        coerce: wholeNumber('seed', { min: 0 }),
      })
      .option('only', { choices: TARGETS.map(({ name }) => name), describe: 'This decoder alone' })
      .option('index', {
        type: 'string',
        describe: 'This input alone, again',
        coerce: wholeNumber('index', { min: 0 }),
      })
      .example('npm run $0 -- --mutations 1000000 --seconds 100000', 'a million inputs each'),
  ).parseAsync();
  if (index !== undefined) return repeat(only ?? '', { seed, index });
  return watch({
    seed,
    inputs: mutations ?? Number.MAX_SAFE_INTEGER,
    seconds: seconds ?? (mutations === undefined ? 60 : Number.MAX_SAFE_INTEGER),
    targets: only === undefined ? TARGETS.map(({ name }) => name) : [only],
  });
}

if (isMainThread) await runScript('campaign:decoders', main);
else await work(workerData as Settings);
