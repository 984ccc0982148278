/**
 * Typed confirmations: the officer proves to have before him what our screen does not show: the other
 * side's words, or the ends of addresses that he was given elsewhere.
 */
import { wordsOf } from '@airlock/gap';
import { checksumOf, type Network } from '@airlock/protocol';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';

/** Words of a digest that the screen shows; the officer types the others. */
export const WORDS_SHOWN = 4;

function assertScripted(given: string | undefined, network: Network): void {
  if (given === undefined || network !== 'mainnet') return;
  throw new SignerError('confirm_on_mainnet', '--confirm is for scripts, never for mainnet', {
    next: 'run the command without --confirm, and type',
  });
}

function nothingTyped(what: string): SignerError {
  return new SignerError(
    'confirmation_required',
    `no ${what} typed: nothing was signed or recorded`,
    {
      next: 'run the command again, in a terminal (scripts: --confirm, never on mainnet)',
    },
  );
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
  assertScripted(given, network);
  const words = wordsOf(digest);
  const typed =
    given ??
    (await environment.terminal.ask(
      `Type words ${WORDS_SHOWN + 1} to ${words.length} from the other side's screen: `,
    ));
  if (typed === null) throw nothingTyped('words were');
  const last = normalize(typed).slice(-WORDS_SHOWN).join(' ');
  if (last === words.slice(WORDS_SHOWN).join(' ')) return;
  throw new SignerError('confirmation_wrong', 'these are not the words of this file', {
    next: 'compare the first four words with the other side: if they differ, this is another file',
  });
}

/**
 * Where no other screen shows the same bundle, the officer types the last group (the checksum, nine
 * trytes) of each address, as it stands where he has it from: our screen leaves it out. `given`, the
 * groups in their order, stands in for typing, except on mainnet.
 * @throws SignerError confirmation_required, confirmation_wrong, confirm_on_mainnet
 */
export async function confirmAddresses(
  environment: Environment,
  {
    addresses,
    network,
    given,
  }: { addresses: readonly string[]; network: Network; given: string | undefined },
): Promise<void> {
  assertScripted(given, network);
  const groups = given?.trim().split(/[\s,]+/);
  if (groups !== undefined && groups.length !== addresses.length) {
    throw new SignerError(
      'confirmation_wrong',
      `expected a last group for each of ${addresses.length} addresses`,
      { next: 'give them in the order of the screen' },
    );
  }
  for (const [index, address] of addresses.entries()) {
    const which = addresses.length === 1 ? 'the address' : `address ${index + 1}`;
    const typed =
      groups === undefined
        ? await environment.terminal.ask(
            `Type the last group (nine trytes) of ${which}, as you have it on paper: `,
          )
        : (groups[index] ?? '');
    if (typed === null) throw nothingTyped('last group was');
    if (typed.replaceAll(/\s/g, '').toUpperCase() === checksumOf(address)) continue;
    throw new SignerError('confirmation_wrong', `this is not the last group of ${which}`, {
      next: 'compare the whole address with your paper, group by group: one of them is wrong',
    });
  }
}
