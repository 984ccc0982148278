/**
 * `custody`: reads a custody slip back from the media that will keep it, derives every address again,
 * and writes the receipt with which the coordinator erases the UUIDs. It records nothing.
 */
import { COPIES_MAX, type OpenedSlip, sealCustodyReceipt, wordsOf } from '@airlock/gap';
import { readGapFile } from '../crossing/files.ts';
import { type Incoming, receive } from '../crossing/incoming.ts';
import {
  assertDeliverable,
  deliver,
  type Outgoing,
  placeOf,
  placeText,
} from '../crossing/outgoing.ts';
import { filePlace } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type OpenHome, readHome, readPassphraseOf, withHolder } from '../home.ts';
import { assertDerives } from '../keyring.ts';
import { practiceBanner, slipScreen } from '../screen.ts';
import { openSlip, reviewSlip, type SlipFile, slipName, totalOf } from '../slips.ts';
import type { CommandResult, CommonOptions } from './result.ts';

/** A copy of a slip: what people call it, and where it is read from. */
export interface Copy {
  readonly name: string;
  readonly incoming: Incoming;
}

const ONE_MEDIUM =
  'WARNING: copies were read from one medium. If it fails, they are lost together: read each from where it will be kept.';

export interface CustodyOptions extends CommonOptions {
  readonly copies: readonly Copy[];
  readonly outgoing: Outgoing;
}

interface ReadCopy {
  readonly name: string;
  readonly file: SlipFile;
}

const different = (values: readonly string[]): number => new Set(values).size;

/**
 * No copy is read twice, not through a link either.
 * @returns whether two copies lie on one medium, of which the receipt would say that there are two
 */
function assertDistinct(copies: readonly Copy[]): boolean {
  if (copies.length === 0 || copies.length > COPIES_MAX) {
    throw new SignerError('usage', `expected 1 to ${COPIES_MAX} copies, got ${copies.length}`, {
      next: 'give each with --copy "NAME=FILE", or one by light with --from qr --name NAME',
    });
  }
  const names = copies.map(({ name }) => name);
  const places = copies.flatMap(({ incoming }) =>
    incoming.kind === 'file' ? (filePlace(incoming.path) ?? []) : [],
  );
  if (
    different(names) === names.length &&
    different(places.map(({ file }) => file)) === places.length
  ) {
    return different(places.map(({ medium }) => medium)) < places.length;
  }
  throw new SignerError('usage', 'two copies have one name, or are one file', {
    next: 'read each copy from its own medium, and name where it is kept',
  });
}

async function readCopies(
  environment: Environment,
  { home, copies }: CustodyOptions,
): Promise<ReadCopy[]> {
  const { state } = readHome(environment.disk, home).record;
  const read: ReadCopy[] = [];
  for (const { name, incoming } of copies) {
    const source = `copy "${name}"`;
    const bytes =
      incoming.kind === 'file'
        ? readGapFile(environment, incoming.path)
        : await receive(environment, incoming, (came) => {
            openSlip(state, { source, bytes: came });
          });
    read.push({ name, file: { source, bytes } });
  }
  return read;
}

/** One slip, whichever copy is read. */
function openCopies(home: OpenHome, copies: readonly ReadCopy[]): OpenedSlip {
  const [first, ...rest] = copies.map(({ name, file }) => ({
    name,
    opened: openSlip(home.record.state, file),
  }));
  if (first === undefined) throw new TypeError('expected a copy');
  const other = rest.find(({ opened }) => opened.digest !== first.opened.digest);
  if (other === undefined) return first.opened;
  throw new SignerError(
    'copies_differ',
    `"${first.name}" holds slip ${slipName(first.opened.digest)}, "${other.name}" holds ${slipName(other.opened.digest)}`,
    { next: 'erase nothing online; find out which slip belongs to the order, and copy it again' },
  );
}

export async function custody(
  environment: Environment,
  options: CustodyOptions,
): Promise<CommandResult> {
  const { outgoing, home: path } = options;
  const isOneMedium = assertDistinct(options.copies);
  assertDeliverable(environment, outgoing, path);
  const copies = await readCopies(environment, options);
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path, passphrase }, async (home) => {
    const { keyring, network } = home.header;
    const opened = openCopies(home, copies);
    const { slip, digest } = opened;
    reviewSlip(home.record.state, { id: keyring.id, network }, slip);
    const names = copies.map(({ name }) => name);
    for (const line of slipScreen(home.header, opened, names)) environment.terminal.note(line);
    if (isOneMedium) environment.terminal.note(ONE_MEDIUM);
    await assertDerives(environment, home, slip.addresses);
    const count = slip.addresses.length;
    const named = { orderId: slip.orderId, slipDigest: digest, keyringId: keyring.id, network };
    const receipt = sealCustodyReceipt({ ...named, count, copies: names }, home.identity);
    await deliver(environment, outgoing, { file: receipt, home: path });
    return {
      lines: [
        ...practiceBanner(home.header),
        `All ${count} addresses derive from this slip, and no key of them is used: the receipt ${placeText(outgoing)}.`,
        'With it the coordinator erases their UUIDs. Put the copies where their names say BEFORE that.',
      ],
      json: {
        file: placeOf(outgoing),
        orderId: slip.orderId,
        slipDigest: digest,
        digestWords: wordsOf(digest),
        count,
        total: totalOf(slip).toString(),
        copies: names,
        isOneMedium,
        practice: keyring.practice,
      },
    };
  });
}
