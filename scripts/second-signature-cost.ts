/**
 * `npm run second-signature-cost`: what it costs to forge with a one-time key that has signed more than
 * once, in bundle hashes (log2). The counting is in residual-bits.ts, the method in docs/security.md.
 */
import yargs from 'yargs';
import { runScript, strictly, wholeNumber } from './command-line.ts';
import {
  type ChoiceRow,
  LEVELS,
  type MixedRow,
  measureChoices,
  measureMixedLevels,
  measureSignatures,
  type SignaturesRow,
  type Spread,
  uncoveredBits,
} from './residual-bits.ts';

const CANDIDATES = [1, 100, 1_500, 10_000];
const SAMPLES_MIN = 20;
const SAMPLES_MAX = 100_000;

interface Costs {
  readonly seed: number;
  readonly samples: number;
  readonly choiceSamples: number;
  /** One bundle hash in so many (log2) has no 13 and may be signed. */
  readonly signableBits: number;
  /** What forging would cost more, at each level, if nodes refused a hash with a 13. */
  readonly refusal13Bits: readonly number[];
  readonly signatures: readonly SignaturesRow[];
  readonly mixedLevels: readonly MixedRow[];
  readonly choices: readonly ChoiceRow[];
}

type Options = Pick<Costs, 'seed' | 'samples' | 'choiceSamples'>;

function measure(options: Options): Costs {
  const { seed, samples, choiceSamples } = options;
  const note = (text: string): void => void process.stderr.write(text);
  note(`signatures at one level: ${samples} samples a cell\n`);
  const signatures = measureSignatures(seed, samples);
  note(`signatures at several levels: ${samples} samples a cell\n`);
  const mixedLevels = measureMixedLevels(seed, samples);
  const onSample = (done: number): void => {
    if (process.stderr.isTTY) note(`\rchosen second bundles: ${done} of ${choiceSamples}`);
    else if (done % 10 === 0) note(`chosen second bundles: ${done} of ${choiceSamples}\n`);
  };
  const choices = measureChoices({
    seed,
    samples: choiceSamples,
    candidates: CANDIDATES,
    onSample,
  });
  if (process.stderr.isTTY) note('\n');
  return {
    ...options,
    signableBits: uncoveredBits(0),
    refusal13Bits: LEVELS.map((level) => uncoveredBits(level)),
    signatures,
    mixedLevels,
    choices,
  };
}

const spreadText = (spread: Spread | null): string =>
  spread === null
    ? 'not possible'
    : [spread.p5, spread.median, spread.p95].map((bits) => bits.toFixed(0)).join(' / ');

function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   '))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

function signaturesText({ signatures, samples }: Costs): string {
  const counts = [...new Set(signatures.map((row) => row.signatures))];
  const cell = (level: number, count: number): string => {
    const row = signatures.find((each) => each.level === level && each.signatures === count);
    return spreadText(row?.bits ?? null);
  };
  const rows = LEVELS.map((level) => [
    `level ${level}`,
    ...counts.map((count) => cell(level, count)),
  ]);
  const heading = ['', ...counts.map((count) => `${count} signature${count === 1 ? '' : 's'}`)];
  return `One key, signatures over unrelated bundle hashes (${samples} samples a cell)\n${tableText([heading, ...rows])}`;
}

function choicesText({ choices, choiceSamples }: Costs): string {
  const rows = choices.map(({ level, candidates, attacker, defender }) => [
    `level ${level}`,
    candidates.toLocaleString('en'),
    spreadText(attacker),
    spreadText(defender),
  ]);
  const heading = ['', 'candidates', 'attacker chooses', 'defender chooses'];
  return `Two signatures, the second over one of N candidates (${choiceSamples} samples a cell)\n${tableText([heading, ...rows])}`;
}

function mixedText({ mixedLevels, samples }: Costs): string {
  const keys = [...new Set(mixedLevels.map(({ signedAt }) => signedAt.join(' and ')))];
  const rows = keys.map((key) => [
    `signed at ${key}`,
    ...mixedLevels
      .filter(({ signedAt }) => signedAt.join(' and ') === key)
      .map(({ bits }) => spreadText(bits)),
  ]);
  const heading = ['', ...LEVELS.map((level) => `forging at level ${level}`)];
  return `One UUID, one signature at each of several levels (${samples} samples a cell)\n${tableText([heading, ...rows])}`;
}

function render(costs: Costs): string {
  const extra = costs.refusal13Bits.map((bits) => bits.toFixed(1)).join(', ');
  return [
    'Work to forge some bundle, in bundle hashes: log2, as p5 / median / p95 over sampled hashes\n',
    signaturesText(costs),
    choicesText(costs),
    mixedText(costs),
    [
      `One bundle hash in ${(2 ** costs.signableBits).toFixed(0)} has no 13 (M) after normalising; only such are signed.`,
      `Nodes accept one with a 13. If they refused it, forging at levels 1, 2, 3 would cost ${extra} more.`,
      `Seed ${costs.seed}.\n`,
    ].join('\n'),
  ].join('\n');
}

const samplesRange = { min: SAMPLES_MIN, max: SAMPLES_MAX };

async function main(): Promise<boolean> {
  const { json, seed, samples, choiceSamples } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('second-signature-cost')
      .usage('$0 [options]\n\nWhat forging costs after a second signature, in hashes.')
      .option('samples', {
        type: 'string',
        default: 1_000,
        describe: 'Samples a cell',
        coerce: wholeNumber('samples', samplesRange),
      })
      .option('choice-samples', {
        type: 'string',
        default: 60,
        describe: 'Samples a cell of the table of chosen bundles',
        coerce: wholeNumber('choice-samples', samplesRange),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Seed of the sampled hashes',
        coerce: wholeNumber('seed', { min: 0, max: 2 ** 31 - 1 }),
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
      .example('npm run $0 -- --seed 7', 'other sampled hashes')
      .example('npm run $0 -- --json', 'unrounded figures'),
  ).parseAsync();
  const costs = measure({ seed, samples, choiceSamples });
  process.stdout.write(json ? `${JSON.stringify(costs, null, 2)}\n` : render(costs));
  return true;
}

await runScript('second-signature-cost', main);
