/** Options that several commands take, and checks that all of them need. */

import { SPEED_DEFAULT, SPEED_MAX, SPEED_MIN, VERSION_MAX, VERSION_MIN } from '@airlock/light';
import type { Argv } from 'yargs';
import type { CommandResult } from '../commands/result.ts';
import type { Incoming } from '../crossing/incoming.ts';
import type { Outgoing } from '../crossing/outgoing.ts';
import { SignerError } from '../error.ts';

/** Options before every command. */
export interface Globals {
  home: string;
  'passphrase-file': string | undefined;
  json: boolean;
}

export type Run = (result: CommandResult | Promise<CommandResult>) => void;

const LABEL = /^[ -~]{0,64}$/;

export function parseLabel(label: string): string {
  if (LABEL.test(label)) return label;
  throw usage('expected --label of at most 64 printable ASCII characters', label);
}

/** @param got what was typed instead, if something was */
export function usage(expected: string, got?: unknown): SignerError {
  const message = got === undefined ? expected : `${expected}, got ${JSON.stringify(got)}`;
  return new SignerError('usage', message, { next: 'see "airlock-signer --help"' });
}

/** Options that may be given more than once. */
const LISTS = ['_', '$0', 'pictures', 'slip'];

const WHOLE_NUMBER = /^(0|[1-9][0-9]{0,14})$/;

/** An option that takes a whole number in decimal: yargs itself takes nothing at all for 0. */
export function wholeNumber(
  name: string,
  describe: string,
): {
  readonly type: 'string';
  readonly describe: string;
  readonly coerce: (typed: unknown) => number;
} {
  const coerce = (typed: unknown): number => {
    if (typeof typed === 'string' && WHOLE_NUMBER.test(typed)) return Number(typed);
    throw usage(`expected one --${name}, a whole number`, typed);
  };
  return { type: 'string', describe, coerce };
}

/**
 * yargs hands an array for an option that is given twice.
 * @param lists further options that this command takes more than once
 */
export function assertSingle(
  args: Readonly<Record<string, unknown>>,
  lists: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(args)) {
    if (LISTS.includes(name) || lists.includes(name)) continue;
    if (Array.isArray(value)) throw usage(`--${name} was given more than once`);
    if (value === '') throw usage(`--${name} is empty`);
  }
}

export const security: {
  readonly type: 'number';
  readonly choices: readonly [1, 2, 3];
  readonly describe: string;
} = { type: 'number', choices: [1, 2, 3], describe: 'Security level' };
export const confirm: { readonly type: 'string'; readonly describe: string } = {
  type: 'string',
  describe: 'The four words instead of typing them (scripts; never on mainnet)',
};

/** For what reads the secret to sign, void, spend or surrender. */
export const acceptNetwork: {
  readonly type: 'boolean';
  readonly default: false;
  readonly describe: string;
} = {
  type: 'boolean',
  default: false,
  describe: 'Sign beside a network (never on mainnet); every later response says so',
};

/** For commands that need UUIDs which the coordinator has erased. */
export const slip: {
  readonly type: 'string';
  readonly array: true;
  readonly nargs: 1;
  readonly default: string[];
  readonly describe: string;
} = {
  type: 'string',
  array: true,
  nargs: 1,
  default: [],
  describe: 'A custody slip; may be given several times',
};

const FROM = ['file', 'qr'] as const;
const TO = ['file', 'qr', 'png', 'gif', 'html'] as const;

interface FromArgs {
  readonly from: (typeof FROM)[number];
  readonly pictures: readonly string[] | undefined;
}

/** For commands that take a message. */
export function withFrom<T>(command: Argv<T>): Argv<T & FromArgs> {
  return command
    .option('from', {
      choices: FROM,
      default: 'file' as const,
      describe: 'By file, or by QR codes',
    })
    .option('pictures', {
      type: 'string',
      array: true,
      describe:
        'With --from qr: pictures of the codes, or the folder that a camera fills (default: lines on standard input)',
    });
}

/** @param path of the file that was named, if one was */
export function incomingOf({ from, pictures }: FromArgs, path: string | undefined): Incoming {
  if (from === 'file') {
    if (pictures !== undefined) throw usage('--pictures goes with --from qr');
    if (path === undefined) throw usage('expected a file, or --from qr');
    return { kind: 'file', path };
  }
  if (path !== undefined) throw usage('expected either a file or --from qr, not both');
  return { kind: 'light', pictures: pictures ?? [] };
}

interface ToArgs {
  readonly to: (typeof TO)[number];
  readonly out: string | undefined;
  readonly speed: number | undefined;
  readonly 'code-version': number | undefined;
  readonly sequential: boolean;
}

/** For commands that make a message. */
export function withTo<T>(command: Argv<T>): Argv<T & ToArgs> {
  return command
    .option('to', {
      choices: TO,
      default: 'file' as const,
      describe:
        'A file; codes in this terminal (qr); or pictures of codes: png (a folder), gif, html',
    })
    .option('out', { type: 'string', describe: 'File to write; for png a new folder' })
    .option(
      'speed',
      wholeNumber(
        'speed',
        `Codes a second, ${SPEED_MIN} to ${SPEED_MAX} (default ${SPEED_DEFAULT})`,
      ),
    )
    .option(
      'code-version',
      wholeNumber(
        'code-version',
        `Size of the codes, ${VERSION_MIN} to ${VERSION_MAX} (default: fitting)`,
      ),
    )
    .option('sequential', {
      type: 'boolean',
      default: false,
      describe: 'For other readers of Uniform Resources',
    });
}

function within(name: string, value: number | undefined, [low, high]: readonly [number, number]) {
  if (value === undefined || (value >= low && value <= high)) return value;
  throw usage(`expected --${name} of ${low} to ${high}`, value);
}

export function outgoingOf(args: ToArgs): Outgoing {
  const { to, out, speed, sequential } = args;
  const version = args['code-version'];
  if (to === 'file') {
    if (speed !== undefined || version !== undefined || sequential) {
      throw usage(
        '--speed, --code-version and --sequential are of codes: give --to qr, png, gif or html',
      );
    }
    if (out === undefined) throw usage('expected --out FILE, or --to qr');
    return { kind: 'file', path: out };
  }
  const codes = {
    speed: within('speed', speed, [SPEED_MIN, SPEED_MAX]),
    version: within('code-version', version, [VERSION_MIN, VERSION_MAX]),
    mode: sequential ? ('sequential' as const) : ('chosen' as const),
  };
  if (to === 'qr') {
    if (out !== undefined) throw usage('--to qr shows codes in the terminal: leave out --out');
    return { kind: 'qr', ...codes };
  }
  if (out === undefined) throw usage(`expected --out with --to ${to}`);
  return { kind: to, path: out, ...codes };
}
