/** Passphrases and typed confirmations: from the officer's keyboard, or from files for scripts. */
import { wordsOf } from '@airlock/gap';
import type { Network } from '@airlock/protocol';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import { assertMemoryStays } from './machine.ts';
import { PASSPHRASE_CHARACTERS_MIN } from './sealed-secret.ts';
import { moveSecret } from './secret-bytes.ts';

const FILE_BYTES_MAX = 4096;
const NEWLINE = 10;
/** Words of a digest that the screen shows; the officer types the others. */
export const WORDS_SHOWN = 4;

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

const normalize = (typed: string): string[] =>
  typed
    .toLowerCase()
    .split(/[\s,-]+/)
    .filter((word) => word !== '');

/**
 * The officer proves to have the other side's screen before him: of the digest's eight words ours
 * shows four, and he types the other four. `given` stands in for typing, except on mainnet.
 * @throws SignerError confirmation_required, confirmation_wrong, confirm_on_mainnet
 */
export async function confirmWords(
  environment: Environment,
  { digest, network, given }: { digest: string; network: Network; given: string | undefined },
): Promise<void> {
  if (given !== undefined && network === 'mainnet') {
    throw new SignerError('confirm_on_mainnet', '--confirm is for scripts, never for mainnet', {
      next: 'run the command without --confirm and type the words',
    });
  }
  const words = wordsOf(digest);
  const typed =
    given ??
    (await environment.terminal.ask(
      `Type words ${WORDS_SHOWN + 1} to ${words.length} from the other side's screen: `,
    ));
  if (typed === null) {
    throw new SignerError(
      'confirmation_required',
      'no words were typed: nothing was signed or recorded',
      {
        next: 'run the command again, in a terminal (scripts: --confirm, never on mainnet)',
      },
    );
  }
  const last = normalize(typed).slice(-WORDS_SHOWN).join(' ');
  if (last === words.slice(WORDS_SHOWN).join(' ')) return;
  throw new SignerError('confirmation_wrong', 'these are not the words of this file', {
    next: 'compare the first four words with the other side: if they differ, this is another file',
  });
}
