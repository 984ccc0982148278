/** The coordinator's command line: what it takes, what it refuses, and how a failure is told. */
import { NETWORKS, type Network } from '@airlock/protocol';
import yargs, { type Argv } from 'yargs';
import { CoordinatorError } from './error.ts';
import { NODES_MAX } from './nodes/node-quorum.ts';
import { parseNodeUrl } from './nodes/node-url.ts';
import type { Settings } from './settings.ts';

export interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly network: Network;
  readonly node: readonly string[] | undefined;
  readonly quorum: number | undefined;
  readonly settings: string | undefined;
  readonly magnitude: number | undefined;
  readonly roundMs: number | undefined;
  readonly proofOfWork: 'local' | 'remote';
}

export interface KeyOptions {
  readonly data: string;
  readonly role: 'exchange' | 'officer' | 'auditor' | 'admin';
}

export interface Commands {
  readonly serve: (options: ServeOptions) => Promise<void>;
  readonly makeKey: (options: KeyOptions) => Promise<void>;
}

/** What is wrong with the URLs of nodes, which may hold secrets and are not repeated; null if nothing is. */
function faultOfNodes(urls: readonly unknown[], isArgument: boolean): string | null {
  const names = new Set<string>();
  for (const [index, url] of urls.entries()) {
    try {
      const { name, isConfidential } = parseNodeUrl(String(url));
      if (names.has(name)) return `expected each node once, got ${name} again`;
      if (isConfidential && isArgument) {
        return `URL ${index + 1}: expected no name, password, path or query, which others on this machine could read: give it in the settings file`;
      }
      names.add(name);
    } catch (cause) {
      if (!(cause instanceof CoordinatorError)) throw cause;
      return `URL ${index + 1}: ${cause.message}`;
    }
  }
  return null;
}

/** The nodes of arguments and settings together. @throws CoordinatorError invalid_request */
export function nodeUrls(
  { node = [], quorum }: ServeOptions,
  settings: Settings,
): readonly string[] {
  const urls = [...node, ...settings.nodes];
  const isCount = urls.length >= 1 && urls.length <= NODES_MAX;
  const expected = `expected 1 to ${NODES_MAX} URLs, in --node or the settings' nodes`;
  const fault = isCount ? faultOfNodes(urls, false) : expected;
  const isQuorum = quorum === undefined || quorum <= urls.length;
  const tooMany = `--quorum: expected at most ${urls.length}, for as many nodes were named, got ${quorum}`;
  const reason = fault ?? (isQuorum ? null : tooMany);
  if (reason === null) return urls;
  throw new CoordinatorError('invalid_request', `nodes: ${reason}`, { next: 'see --help' });
}

/** Read as text, since yargs would take "" for 0 and tell NaN as null. */
const NUMBERS: readonly (readonly [name: string, min: number, max: number])[] = [
  ['quorum', 1, NODES_MAX],
  ['port', 0, 65_535],
  ['magnitude', 1, 14],
  ['round-ms', 1, 3_600_000],
];
const WHOLE_NUMBER = /^\d{1,9}$/;

/** Of a text that {@link checkOptions} has let pass. */
const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

/** What is wrong with an option's value; true if nothing is, as yargs wants it. */
function checkOptions(options: Readonly<Record<string, unknown>>): true {
  if (options.help === true) return true;
  const invalid = (name: string, expected: string): never => {
    const got = JSON.stringify(options[name]) ?? 'nothing';
    const message = `--${name}: expected ${expected}, got ${got}`;
    throw new CoordinatorError('invalid_request', message, { next: 'see --help' });
  };
  const { data } = options;
  if (typeof data !== 'string' || data === '') invalid('data', 'one folder');
  if (Array.isArray(options.node)) {
    const fault = faultOfNodes(options.node, true);
    if (fault !== null) {
      throw new CoordinatorError('invalid_request', `--node: ${fault}`, { next: 'see --help' });
    }
  }
  for (const [name, min, max] of NUMBERS) {
    const text = options[name];
    const value = typeof text === 'string' && WHOLE_NUMBER.test(text) ? Number(text) : Number.NaN;
    if (text === undefined || (value >= min && value <= max)) continue;
    invalid(name, `one whole number of ${min} to ${max}`);
  }
  return true;
}

const SERVE_EXAMPLE = '$0 serve --data ./data --network private --node http://127.0.0.1:14265';
const KEY_EXAMPLE = '$0 api-key --data ./data --role admin';
const EXIT_CODES = 'Exit codes: 0 done, 1 failed, 2 usage.';
const UNKNOWN_COMMAND = /^Unknown commands?: /;

/** A fault that yargs has found, in one line: some of its messages have several. */
function faultOf(message: string): CoordinatorError {
  const line = message.replace(/\s*\n\s*/g, ' ');
  const told = UNKNOWN_COMMAND.test(line)
    ? `expected the command serve or api-key, got ${line.replace(UNKNOWN_COMMAND, '')}`
    : line;
  return new CoordinatorError('invalid_request', told, { next: 'see --help' });
}

function withServe<T extends { data: string | undefined }>(
  parser: Argv<T>,
  serve: Commands['serve'],
): Argv<T> {
  return parser.command(
    'serve',
    'Serve the HTTP API',
    (command) =>
      command
        .option('network', { choices: NETWORKS, demandOption: true, describe: 'IOTA network' })
        .option('node', {
          type: 'string',
          array: true,
          describe: "An IOTA node's URL; may be given several times, or in the settings",
        })
        .option('quorum', {
          type: 'string',
          describe: 'How many nodes must agree; the majority if not given',
        })
        .option('host', {
          type: 'string',
          requiresArg: true,
          default: '127.0.0.1',
          describe: 'Address to listen on',
        })
        .option('port', {
          type: 'string',
          requiresArg: true,
          default: '8080',
          describe: 'Port; 0: any free one',
        })
        .option('settings', { type: 'string', describe: 'A JSON file: see docs/settings.md' })
        .option('magnitude', { type: 'string', describe: 'Minimum weight magnitude' })
        .option('round-ms', { type: 'string', describe: 'Pause between rounds (milliseconds)' })
        .option('proof-of-work', {
          choices: ['local', 'remote'] as const,
          default: 'local' as const,
          describe: 'Here, or by the node: public nodes do it for nobody else',
        })
        .example(SERVE_EXAMPLE, '')
        .epilogue(EXIT_CODES),
    (args) =>
      serve({
        ...args,
        data: String(args.data),
        port: Number(args.port),
        quorum: numberOf(args.quorum),
        magnitude: numberOf(args.magnitude),
        roundMs: numberOf(args.roundMs),
      }),
  ) as unknown as Argv<T>;
}

/**
 * Runs the command that the arguments name.
 * @throws CoordinatorError invalid_request before anything is done, if they name none
 */
export async function runCommand(args: readonly string[], commands: Commands): Promise<void> {
  const parser = yargs(args)
    .scriptName('airlock-coordinator')
    .usage('$0 <command>\n\nThe online coordinator: users, balances, deposits, unsigned bundles.')
    // Not demanded, but checked: a command that is none is to be named first.
    .option('data', { type: 'string', describe: "The store's folder (required)" });
  await withServe(parser, commands.serve)
    .command(
      'api-key',
      'Make an API key while the coordinator is stopped; it is shown this once',
      (command) =>
        command
          .option('role', {
            choices: ['exchange', 'officer', 'auditor', 'admin'] as const,
            demandOption: true,
            describe: 'What the key may do',
          })
          .example(KEY_EXAMPLE, '')
          .epilogue(EXIT_CODES),
      (args) => commands.makeKey({ ...args, data: String(args.data) }),
    )
    // Else `--node URL serve` would take the command for another URL.
    .parserConfiguration({
      'greedy-arrays': false,
      'boolean-negation': false,
      'dot-notation': false,
    })
    .example(SERVE_EXAMPLE, '')
    .example(KEY_EXAMPLE, '')
    .epilogue(EXIT_CODES)
    .demandCommand(1, 'expected a command')
    .check(checkOptions)
    .strictCommands()
    .strict()
    .locale('en')
    .version('0.1.0')
    .wrap(null)
    .exitProcess(false)
    .fail((message, cause) => {
      throw cause ?? faultOf(String(message));
    })
    .parseAsync();
}

/** How a failure is told on standard error, and the exit code: 2 if the arguments are at fault. */
export function failureOf(cause: unknown): { readonly exitCode: 1 | 2; readonly text: string } {
  const isOurs = cause instanceof CoordinatorError;
  const message = cause instanceof Error ? cause.message : 'unknown';
  const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
  const unknown = isTaken
    ? 'give another --port'
    : 'check the arguments and the folder, and repeat';
  const next = isOurs ? cause.next : unknown;
  return {
    exitCode: isOurs && cause.code === 'invalid_request' ? 2 : 1,
    text: `failed (${isOurs ? cause.code : 'startup'}): ${message}\n  ${next}\n`,
  };
}
