/** Passphrases: from the officer's keyboard, or from files for scripts. */
import type { Network } from '@airlock/protocol';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import { assertMemoryStays } from './machine.ts';
import { PASSPHRASE_CHARACTERS_MIN } from './sealed-secret.ts';
import { moveSecret } from './secret-bytes.ts';

const FILE_BYTES_MAX = 4096;
const NEWLINE = 10;

/** A file's bytes less one final newline: the caller wipes them. */
export function readSecretFile(environment: Environment, path: string): Uint8Array {
  const bytes = environment.disk.read(path, FILE_BYTES_MAX);
  if (bytes === null) {
    throw new SignerError('path_missing', `there is no file ${path}`, { next: 'check the path' });
  }
  return moveSecret(bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes);
}

async function askHidden({ terminal }: Environment, question: string): Promise<Uint8Array> {
  const answer = await terminal.askSecret(question);
  if (answer !== null) return answer;
  throw new SignerError('passphrase_required', 'no passphrase was typed: nothing was done', {
    next: 'run the command again, in a terminal (scripts: --passphrase-file)',
  });
}

/**
 * The passphrase of an existing home: the first secret in memory, which must not reach a disk.
 * @param network of the home's keyring
 * @throws SignerError swap_enabled, core_dumps_enabled, passphrase_required
 */
export async function readPassphrase(
  environment: Environment,
  { file, network }: { readonly file: string | undefined; readonly network: Network },
): Promise<Uint8Array> {
  assertMemoryStays(environment, network);
  return askOrRead(environment, file);
}

function askOrRead(environment: Environment, file: string | undefined): Promise<Uint8Array> {
  return file === undefined
    ? askHidden(environment, 'Passphrase: ')
    : Promise.resolve(readSecretFile(environment, file));
}

/** The passphrase of a new home: typed twice and long enough. */
export async function chooseNewPassphrase(
  environment: Environment,
  file: string | undefined,
): Promise<Uint8Array> {
  const passphrase = await askOrRead(environment, file);
  if (passphrase.length < PASSPHRASE_CHARACTERS_MIN) {
    throw new SignerError(
      'passphrase_too_short',
      `expected a passphrase of at least ${PASSPHRASE_CHARACTERS_MIN} characters`,
      { next: 'choose a longer one: six random words are good' },
    );
  }
  if (file === undefined) {
    const again = await askHidden(environment, 'The same passphrase again: ');
    if (Buffer.compare(passphrase, again) !== 0) {
      throw new SignerError('passphrase_wrong', 'the two passphrases differ', {
        next: 'repeat the command',
      });
    }
    again.fill(0);
  }
  return passphrase;
}
