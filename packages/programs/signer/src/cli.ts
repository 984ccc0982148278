/** The command line: parses arguments into typed options, runs one command, maps errors to exit codes. */
import { GapError, type GapErrorCode } from '@airlock/gap';
import { LightError, type LightErrorCode } from '@airlock/light';
import { ProtocolError } from '@airlock/protocol';
import yargs, { type Argv } from 'yargs';
import { withCustody } from './cli/custody.ts';
import { withHomes } from './cli/homes.ts';
import { withInit, withKeys, withPairing } from './cli/keys.ts';
import { type Run, usage } from './cli/options.ts';
import { withSigning } from './cli/signing.ts';
import type { CommandResult } from './commands/result.ts';
import { isSystemError } from './disk.ts';
import type { Environment, Terminal } from './environment.ts';
import { SIGNER_ERROR_CODES, SignerError } from './error.ts';

const EXIT_OK = 0;
/** A defect of the program itself. */
const EXIT_DEFECT = 1;
export const EXIT_REFUSED = 3;
const EXIT_DISK = 5;

const LIGHT_NEXT: Readonly<Record<LightErrorCode, string>> = {
  too_long: 'carry a file: repeat the command with --to file --out FILE; what was recorded is kept',
  code_unreadable: 'nothing was shown; this machine draws wrongly: carry a file, and report it',
  picture_invalid: 'take the picture again as PNG or JPEG',
};

const GAP_NEXT: Readonly<Partial<Record<GapErrorCode, string>>> = {
  key_unknown:
    'not from a paired coordinator: sign nothing, and call its operator; pair only with words read aloud',
  type_unexpected: 'this command does not take such a file: "inspect" shows what it is',
  envelope_malformed:
    'check that it is the right file (what was fetched may be a reply with an error: read it), or ask the other side for it again',
};
const NEXT_OF_DAMAGE =
  'ask the other side for the file again; if it happens again, report the code';

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
    const { code, message } = cause;
    return { code, message, next: GAP_NEXT[code] ?? NEXT_OF_DAMAGE, exit: EXIT_REFUSED };
  }
  if (cause instanceof LightError) {
    const { code, message } = cause;
    return { code, message, next: LIGHT_NEXT[code], exit: EXIT_REFUSED };
  }
  if (cause instanceof ProtocolError) {
    const next = 'correct the value and repeat the command';
    return { code: cause.code, message: cause.message, next, exit: SIGNER_ERROR_CODES.usage };
  }
  if (isSystemError(cause)) {
    const next =
      'check the disk, then repeat the command: what was recorded (see "status") is kept, and the same answer comes again';
    return { code: 'disk_failed', message: cause.message, next, exit: EXIT_DISK };
  }
  const message = cause instanceof Error ? cause.message : 'unknown';
  const next = 'this is a defect of the program: report it; nothing was released';
  return { code: 'defect', message, next, exit: EXIT_DEFECT };
}

function buildParser(args: readonly string[], environment: Environment, run: Run): Argv {
  const parser = yargs([...args])
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .scriptName('airlock-signer')
    .usage('$0 --home DIR <command>\n\nThe offline signer: holds the salt, signs once per address.')
    .option('home', { type: 'string', demandOption: true, describe: "The signer's folder" })
    .option('passphrase-file', { type: 'string', describe: 'Passphrase from a file (scripts)' })
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' });
  withInit(parser, environment, run);
  withPairing(parser, environment, run);
  withKeys(parser, environment, run);
  withSigning(parser, environment, run);
  withCustody(parser, environment, run);
  withHomes(parser, environment, run);
  return (
    parser
      .demandCommand(1, 'expected a command')
      .strict()
      .middleware(() => environment.selfTest())
      .locale('en')
      .version('0.1.0')
      // Examples are copied: nothing of them is cut to the terminal's width.
      .wrap(null)
      .exitProcess(false)
      .example('$0 --home /secure/hot init --network mainnet', 'a new signer')
      .example('$0 --home /secure/hot sign --help', 'the options of one command')
      .epilogue(
        'Exit codes: 0 done, 2 usage, 3 refused, 4 home locked or damaged, 5 disk, 1 defect.',
      )
      .fail((message, cause) => {
        // What the parser itself finds, coercion included, comes as an error of its own.
        throw cause === undefined || cause.name === 'YError'
          ? usage(message || cause.message)
          : cause;
      })
  );
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

/** An error as an officer or a script reads it, and the exit code it stands for. */
export function refusalOf(
  cause: unknown,
  args: readonly string[],
): { readonly exit: number; readonly text: string } {
  const { code, message, next, exit } = describeError(cause);
  const text = isJson(args)
    ? JSON.stringify({ error: { code, message, next } })
    : `refused (${code}): ${message}\n  what to do: ${next}`;
  return { exit, text };
}

const isJson = (args: readonly string[]): boolean =>
  args.some((arg) => arg === '--json' || arg === '--json=true');

/** Runs one command line and resolves to its exit code. */
export async function runCli(args: readonly string[], environment: Environment): Promise<number> {
  const terminal = printable(environment.terminal);
  let pending: CommandResult | Promise<CommandResult> | null = null;
  try {
    await buildParser(args, { ...environment, terminal }, (result) => {
      pending = result;
    }).parseAsync();
    const result = (await pending) as CommandResult | null;
    if (result !== null) {
      if (isJson(args)) terminal.out(JSON.stringify(result.json));
      else for (const line of result.lines) terminal.out(line);
    }
    return EXIT_OK;
  } catch (cause) {
    const { exit, text } = refusalOf(cause, args);
    terminal.note(text);
    return exit;
  }
}
