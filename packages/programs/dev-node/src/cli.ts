/** The command line of airlock-dev-node: its options, their bounds and its help text. */
import yargs from 'yargs';
import { MILESTONE_MS_MAX, MILESTONE_MS_MIN, MIN_WEIGHT_MAGNITUDE_MAX } from './limits.ts';
import { DEFAULT_MIN_WEIGHT_MAGNITUDE } from './node.ts';

export interface CliOptions {
  readonly host: string;
  readonly port: number;
  readonly minWeightMagnitude: number;
  readonly milestoneMs: number;
  readonly state: string | null;
}

/** What to do: serve, print a text and end well, or say what is wrong and end with 2. */
export type CliRequest =
  | { readonly kind: 'serve'; readonly options: CliOptions }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly message: string };

type Raw = Readonly<Record<string, unknown>>;

const NUMBERS: readonly (readonly [name: string, min: number, max: number])[] = [
  ['port', 0, 65_535],
  ['mwm', 1, MIN_WEIGHT_MAGNITUDE_MAX],
  ['milestone-ms', MILESTONE_MS_MIN, MILESTONE_MS_MAX],
];

/** Read as text, since yargs would take "" for 0 and "1e3" for 1000. */
function findFault(raw: Raw): string | null {
  for (const [name, min, max] of NUMBERS) {
    const text = raw[name];
    const value = typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      const got = JSON.stringify(text);
      return `--${name}: expected one whole number of ${min} to ${max}, got ${got}`;
    }
  }
  for (const name of ['host', 'state']) {
    const text = raw[name];
    if (text !== undefined && (typeof text !== 'string' || text === '')) {
      return `--${name}: expected one value that is not empty`;
    }
  }
  return null;
}

function describeOptions(args: readonly string[]) {
  return yargs([...args])
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .scriptName('airlock-dev-node')
    .usage('$0 [options]\n\nA local IOTA node that speaks IRI’s HTTP API and confirms by itself.')
    .option('host', { string: true, default: '127.0.0.1', describe: 'address to listen on' })
    .option('port', { string: true, default: '14265', describe: 'port, 0 for any free one' })
    .option('mwm', {
      string: true,
      default: String(DEFAULT_MIN_WEIGHT_MAGNITUDE),
      describe: 'minimum weight magnitude, 1 to 14',
    })
    .option('milestone-ms', {
      string: true,
      default: '2000',
      describe: 'milliseconds from one milestone to the next',
    })
    .option('state', { string: true, describe: 'file that keeps the tangle across restarts' })
    .example('$0 --port 14265 --state tangle.jsonl', 'survives restarts')
    .version(false)
    .strict()
    .epilogue('Exit codes: 0 stopped by SIGTERM or SIGINT, 1 it cannot run, 2 wrong arguments.')
    .exitProcess(false)
    .wrap(null);
}

/** @returns what the arguments ask for; nothing is printed */
export async function parseCli(args: readonly string[]): Promise<CliRequest> {
  let text = '';
  let fault: string | null = null;
  const parser = describeOptions(args).fail((message, error) => {
    fault = message ?? error?.message ?? 'invalid arguments';
  });
  const raw: Raw = await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    text = output;
  });
  const message = fault ?? (raw.help === true ? null : findFault(raw));
  if (message !== null) return { kind: 'usage', message };
  if (raw.help === true) return { kind: 'text', text };
  return {
    kind: 'serve',
    options: {
      host: String(raw.host),
      port: Number(raw.port),
      minWeightMagnitude: Number(raw.mwm),
      milestoneMs: Number(raw['milestone-ms']),
      state: typeof raw.state === 'string' ? raw.state : null,
    },
  };
}
