/** The command line: parses arguments into typed options, runs one command, maps errors to exit codes. */
import { GapError } from '@airlock/gap';
import {
  isSecurityLevel,
  NETWORKS,
  ProtocolError,
  parseUuid,
  SCHEME_NAMES,
} from '@airlock/protocol';
import yargs, { type Argv } from 'yargs';
import { addresses, deriveOne } from './commands/addresses.ts';
import { card, pair } from './commands/card.ts';
import { init } from './commands/init.ts';
import { inspect } from './commands/inspect.ts';
import type { CommandResult } from './commands/result.ts';
import { sign } from './commands/sign.ts';
import { record, status } from './commands/status.ts';
import { isSystemError } from './disk.ts';
import type { Environment, Terminal } from './environment.ts';
import { SIGNER_ERROR_CODES, SignerError } from './error.ts';

export const EXIT_OK = 0;
/** A defect of the program itself. */
export const EXIT_DEFECT = 1;
export const EXIT_REFUSED = 3;
export const EXIT_DISK = 5;

/** Options before every command. */
interface Globals {
  home: string;
  'passphrase-file': string | undefined;
  json: boolean;
}

type Run = (result: CommandResult | Promise<CommandResult>) => void;

const LABEL = /^[ -~]{0,64}$/;

function parseLabel(label: string): string {
  if (LABEL.test(label)) return label;
  throw new SignerError('usage', 'expected --label of at most 64 printable ASCII characters', {
    next: 'repeat the command with another label',
  });
}

function usage(message: string): SignerError {
  return new SignerError('usage', message, { next: 'see "airlock-signer --help"' });
}

/** yargs hands an array for an option that is given twice, and NaN for no number. */
function assertSingle(args: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(args)) {
    if (name === '_' || name === '$0') continue;
    if (Array.isArray(value)) throw usage(`--${name} was given more than once`);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw usage(`expected a whole number for --${name}`);
    }
    if (value === '') throw usage(`--${name} is empty`);
  }
}

const out = { type: 'string', demandOption: true, describe: 'File to write' } as const;
const file = { type: 'string', demandOption: true, describe: 'File to read' } as const;
const security = { type: 'number', choices: [1, 2, 3], describe: 'Security level' } as const;
const confirm = {
  type: 'string',
  describe: 'The four words instead of typing them (scripts; never on mainnet)',
} as const;

function withInit(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  const count = { type: 'number' } as const;
  return parser.command(
    'init',
    'Make a new signer with its keyring',
    (command) =>
      command
        .option('network', { choices: NETWORKS, demandOption: true, describe: 'Signs only here' })
        .option('scheme', {
          choices: SCHEME_NAMES,
          describe: 'UUID + salt → seed (default: hkdf-sha512; with --salt-file hub-argon2id)',
        })
        .option('salt-file', { type: 'string', describe: "IOTA Hub's salt, less a final newline" })
        .option('security', { ...security, default: 2 })
        .option('argon2-time-cost', { ...count, describe: "Hub's argon2TCost" })
        .option('argon2-memory-kib', { ...count, describe: "Hub's argon2MCost (KiB)" })
        .option('argon2-parallelism', { ...count, describe: "Hub's argon2Parallelism" })
        .option('label', { type: 'string', default: 'signer', describe: 'Name for people' })
        .option('practice', { type: 'boolean', default: false, describe: 'Marked on every screen' })
        .example('$0 --home /secure/hot init --network mainnet', 'draws a salt, asks a passphrase'),
    (args) => {
      assertSingle(args);
      if (!isSecurityLevel(args.security)) throw usage('expected --security of 1 to 3');
      run(
        init(environment, {
          home: args.home,
          passphraseFile: args['passphrase-file'],
          network: args.network,
          scheme: args.scheme,
          saltFile: args.saltFile,
          security: args.security,
          practice: args.practice,
          label: parseLabel(args.label),
          argon2: {
            timeCost: args.argon2TimeCost,
            memoryKib: args.argon2MemoryKib,
            parallelism: args.argon2Parallelism,
          },
        }),
      );
    },
  );
}

function withPairing(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'card',
      "Write this signer's pairing card",
      (command) =>
        command
          .option('out', out)
          .option('label', { type: 'string', default: 'signer', describe: 'Name for people' })
          .example('$0 --home /secure/hot card --out /media/stick/signer.card', ''),
      (args) => {
        assertSingle(args);
        const { home } = args;
        const label = parseLabel(args.label);
        run(
          card(environment, {
            home,
            passphraseFile: args['passphrase-file'],
            out: args.out,
            label,
          }),
        );
      },
    )
    .command(
      'pair',
      'Pair with a coordinator (or a cold keyring), or revoke one',
      (command) =>
        command
          .option('card', { type: 'string', describe: "The other side's pairing card" })
          .option('revoke', {
            type: 'string',
            describe: 'First digits of the public key to revoke',
          })
          .option('confirm', confirm)
          .example('$0 --home /secure/hot pair --card /media/stick/coordinator.card', ''),
      (args) => {
        assertSingle(args);
        run(pair(environment, args));
      },
    );
}

function withKeys(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'addresses',
      'Make a batch of new addresses',
      (command) =>
        command
          .option('count', { type: 'number', describe: 'How many new addresses' })
          .option('batch', { type: 'number', describe: 'Write this earlier batch again' })
          .option('out', out)
          .example('$0 --home /secure/hot addresses --count 1000 --out /media/stick/1.batch', ''),
      (args) => {
        assertSingle(args);
        run(
          addresses(environment, {
            home: args.home,
            passphraseFile: args['passphrase-file'],
            out: args.out,
            count: args.count ?? null,
            batch: args.batch ?? null,
          }),
        );
      },
    )
    .command(
      'derive',
      'Show the address of one UUID; records and signs nothing',
      (command) =>
        command
          .option('uuid', { type: 'string', demandOption: true, describe: '64 base64 characters' })
          .option('security', security)
          .example('$0 --home /secure/hot derive --uuid "$UUID" --security 2', ''),
      (args) => {
        assertSingle(args);
        const level = args.security;
        if (level !== undefined && !isSecurityLevel(level)) throw usage('expected level 1 to 3');
        run(
          deriveOne(environment, {
            home: args.home,
            passphraseFile: args['passphrase-file'],
            uuid: parseUuid(args.uuid),
            security: level,
          }),
        );
      },
    );
}

function withSigning(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'inspect <file>',
      'Show what a file holds and whether this signer would accept it',
      (command) =>
        command
          .positional('file', file)
          .example('$0 --home /secure/hot inspect /media/stick/request', ''),
      (args) => {
        assertSingle(args);
        run(inspect(environment, args));
      },
    )
    .command(
      'sign <file>',
      'Show a signing request, have it confirmed, sign it',
      (command) =>
        command
          .positional('file', file)
          .option('out', out)
          .option('confirm', confirm)
          .example(
            '$0 --home /secure/hot sign /media/stick/request --out /media/stick/response',
            '',
          ),
      (args) => {
        assertSingle(args);
        run(sign(environment, args));
      },
    )
    .command(
      'record',
      "List the record's entries; with --out, export it for the auditor",
      (command) =>
        command
          .option('out', { ...out, demandOption: false })
          .example('$0 --home /secure/hot record --out /media/stick/record', ''),
      (args) => {
        assertSingle(args);
        run(record(environment, args));
      },
    )
    .command(
      'status',
      'Show what this signer is and how far its record goes',
      (command) => command.example('$0 --home /secure/hot status', ''),
      (args) => {
        assertSingle(args);
        run(status(environment, args));
      },
    );
}

/** Errors as code, message and next step; whatever else happens is a defect or a disk's fault. */
function describeError(cause: unknown): {
  readonly code: string;
  readonly message: string;
  readonly next: string;
  readonly exit: number;
} {
  if (cause instanceof SignerError) {
    const { code, message, next } = cause;
    return { code, message, next, exit: SIGNER_ERROR_CODES[code] };
  }
  if (cause instanceof GapError) {
    const next =
      cause.code === 'key_unknown'
        ? 'pair with its maker first ("pair"); if that is not yours, report it and sign nothing'
        : 'ask the other side for the file again; if it happens again, report the code';
    return { code: cause.code, message: cause.message, next, exit: EXIT_REFUSED };
  }
  if (cause instanceof ProtocolError) {
    const next = 'correct the value and repeat the command';
    return { code: cause.code, message: cause.message, next, exit: SIGNER_ERROR_CODES.usage };
  }
  if (isSystemError(cause)) {
    const next = 'nothing was signed unless a response was written; check the disk and repeat';
    return { code: 'disk_failed', message: cause.message, next, exit: EXIT_DISK };
  }
  const message = cause instanceof Error ? cause.message : 'unknown';
  const next = 'this is a defect of the program: report it; nothing was released';
  return { code: 'defect', message, next, exit: EXIT_DEFECT };
}

function buildParser(args: readonly string[], environment: Environment, run: Run): Argv {
  const parser = yargs([...args])
    .scriptName('airlock-signer')
    .usage('$0 --home DIR <command>\n\nThe offline signer: holds the salt, signs once per address.')
    .option('home', { type: 'string', demandOption: true, describe: "The signer's folder" })
    .option('passphrase-file', { type: 'string', describe: 'Passphrase from a file (scripts)' })
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' });
  withInit(parser, environment, run);
  withPairing(parser, environment, run);
  withKeys(parser, environment, run);
  withSigning(parser, environment, run);
  return parser
    .demandCommand(1, 'expected a command')
    .strict()
    .locale('en')
    .version('0.1.0')
    .wrap(100)
    .exitProcess(false)
    .epilogue('Exit codes: 0 done, 2 usage, 3 refused, 4 home locked or damaged, 5 disk, 1 defect.')
    .fail((message, cause) => {
      throw cause ?? usage(message);
    });
}

/** Control characters and turns of the writing direction: paths and file names may hold them. */
const UNPRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function printable(terminal: Terminal): Terminal {
  const clean = (line: string): string => line.replace(UNPRINTABLE, '\ufffd');
  return {
    ...terminal,
    out: (line) => terminal.out(clean(line)),
    note: (line) => terminal.note(clean(line)),
  };
}

/** Runs one command line and resolves to its exit code. */
export async function runCli(args: readonly string[], environment: Environment): Promise<number> {
  const terminal = printable(environment.terminal);
  const isJson = args.some((arg) => arg === '--json' || arg === '--json=true');
  let pending: CommandResult | Promise<CommandResult> | null = null;
  try {
    await buildParser(args, { ...environment, terminal }, (result) => {
      pending = result;
    }).parseAsync();
    const result = (await pending) as CommandResult | null;
    if (result !== null) {
      if (isJson) terminal.out(JSON.stringify(result.json));
      else for (const line of result.lines) terminal.out(line);
    }
    return EXIT_OK;
  } catch (cause) {
    const { code, message, next, exit } = describeError(cause);
    if (isJson) terminal.note(JSON.stringify({ error: { code, message, next } }));
    else terminal.note(`refused (${code}): ${message}\n  what to do: ${next}`);
    return exit;
  }
}
