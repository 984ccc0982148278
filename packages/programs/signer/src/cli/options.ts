/** Options that several commands take, and checks that all of them need. */

import type { CommandResult } from '../commands/result.ts';
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
  throw new SignerError('usage', 'expected --label of at most 64 printable ASCII characters', {
    next: 'repeat the command with another label',
  });
}

export function usage(message: string): SignerError {
  return new SignerError('usage', message, { next: 'see "airlock-signer --help"' });
}

/** yargs hands an array for an option that is given twice, and NaN for no number. */
export function assertSingle(args: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(args)) {
    if (name === '_' || name === '$0') continue;
    if (Array.isArray(value)) throw usage(`--${name} was given more than once`);
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw usage(`expected a whole number for --${name}`);
    }
    if (value === '') throw usage(`--${name} is empty`);
  }
}

export const out: {
  readonly type: 'string';
  readonly demandOption: true;
  readonly describe: string;
} = { type: 'string', demandOption: true, describe: 'File to write' };
export const file: typeof out = { type: 'string', demandOption: true, describe: 'File to read' };
export const security: {
  readonly type: 'number';
  readonly choices: readonly [1, 2, 3];
  readonly describe: string;
} = { type: 'number', choices: [1, 2, 3], describe: 'Security level' };
export const confirm: { readonly type: 'string'; readonly describe: string } = {
  type: 'string',
  describe: 'The four words instead of typing them (scripts; never on mainnet)',
};

/** For `sign` and `void`. */
export const acceptNetwork: {
  readonly type: 'boolean';
  readonly default: false;
  readonly describe: string;
} = {
  type: 'boolean',
  default: false,
  describe: 'Sign beside a network (never on mainnet); every later response says so',
};
