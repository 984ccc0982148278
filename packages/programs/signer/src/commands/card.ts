/** `card` writes this signer's pairing card; `pair` takes another's, and revokes one. */
import { fingerprintWords, openPairingCard, sealPairingCard, sha256 } from '@airlock/gap';
import { confirmWords } from '../confirmation.ts';
import { type Incoming, receive } from '../crossing/incoming.ts';
import {
  assertDeliverable,
  deliver,
  type Outgoing,
  placeOf,
  placeText,
} from '../crossing/outgoing.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type OpenHome, readPassphraseOf, recordEvent, withHolder, withOpenHome } from '../home.ts';
import type { RecordState } from '../record-state.ts';
import { cardScreen, practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface CardOptions extends CommonOptions {
  readonly outgoing: Outgoing;
  readonly label: string;
}

export async function card(environment: Environment, options: CardOptions): Promise<CommandResult> {
  assertDeliverable(environment, options.outgoing, options.home);
  const passphrase = await readPassphraseOf(environment, options);
  return withOpenHome(environment, { path: options.home, passphrase }, async (home) => {
    const { keyring, network, publicKey } = home.header;
    const { label, outgoing } = options;
    const bytes = sealPairingCard({ role: 'signer', network, label, keyring }, home.identity);
    await deliver(environment, outgoing, { file: bytes, home: home.path });
    const words = fingerprintWords(publicKey);
    return {
      lines: [
        ...cardScreen({ role: 'signer', publicKey, network, label, keyring }, 'all'),
        `The card ${placeText(outgoing)}. Compare the words aloud with what the coordinator shows.`,
      ],
      json: { file: placeOf(outgoing), keyringId: keyring.id, fingerprintWords: words },
    };
  });
}

export interface PairOptions extends CommonOptions {
  /** The other side's card; null to revoke one. */
  readonly incoming: Incoming | null;
  readonly revoke?: string | undefined;
  readonly confirm?: string | undefined;
}

async function addPeer(
  environment: Environment,
  home: OpenHome,
  { file, confirm }: { file: Uint8Array; confirm: string | undefined },
): Promise<CommandResult> {
  const peer = openPairingCard(file);
  if (peer.role !== 'coordinator' && peer.role !== 'signer') {
    throw new SignerError('role_unsupported', `this signer pairs with no ${peer.role}`, {
      next: 'pair a coordinator, or the signer of a cold keyring',
    });
  }
  if (peer.network !== home.header.network) {
    throw new SignerError(
      'wrong_network',
      `the card is for network ${peer.network}, this keyring signs on ${home.header.network} only`,
      { next: 'take the card of a coordinator of the same network' },
    );
  }
  if (peer.keyring?.id === home.header.keyring.id) {
    throw new SignerError('wrong_keyring', "the card shows this home's own keyring", {
      next: 'take the card of a coordinator, or of the signer of another keyring',
    });
  }
  const key = Buffer.from(peer.publicKey).toString('hex');
  if (home.record.state.peers.has(key)) {
    throw new SignerError('already_paired', `this ${peer.role} is paired already`, {
      next: 'nothing needs to be done',
    });
  }
  const { note } = environment.terminal;
  for (const line of [...practiceBanner(home.header), ...cardScreen(peer, 'half')]) note(line);
  const digest = sha256(peer.publicKey);
  await confirmWords(environment, { digest, network: home.header.network, given: confirm });
  const { role, publicKey } = peer;
  const { record } = recordEvent(environment, home, { kind: 'paired', role, publicKey });
  const entry = record.state.head.number;
  return {
    lines: [
      ...practiceBanner(home.header),
      `Paired with the ${role} ${key.slice(0, 16)}… (entry ${entry}).`,
    ],
    json: { role, publicKey: key, entry },
  };
}

const REVOKED_DIGITS = /^[0-9a-f]{8,64}$/;

/** Why these digits name no key to revoke. */
function whyNoPeer({ peers, revokedPeers }: RecordState, digits: string): string {
  if (!REVOKED_DIGITS.test(digits)) {
    const came = `"${digits.slice(0, 64)}" (${digits.length} characters)`;
    return `expected the first 8 to 64 hexadecimal digits of a paired key, got ${came}`;
  }
  const count = [...peers.keys()].filter((key) => key.startsWith(digits)).length;
  const revoked = [...revokedPeers.keys()].filter((key) => key.startsWith(digits)).length;
  const were =
    revoked === 0 ? '' : `; ${revoked} that did ${revoked === 1 ? 'was' : 'were'} revoked`;
  return `expected one paired key that begins with ${digits}, but ${count} of ${peers.size} do${were}`;
}

function revokePeer(environment: Environment, home: OpenHome, typed: string): CommandResult {
  const digits = typed.toLowerCase();
  const { state } = home.record;
  const matches = [...state.peers].filter(([key]) => key.startsWith(digits));
  const [match] = matches;
  if (!REVOKED_DIGITS.test(digits) || match === undefined || matches.length > 1) {
    throw new SignerError('not_paired', whyNoPeer(state, digits), {
      next: 'list the paired keys with "status"; one that was revoked needs nothing more',
    });
  }
  const [key, { role, publicKey }] = match;
  const { record } = recordEvent(environment, home, { kind: 'revoked', publicKey });
  const entry = record.state.head.number;
  return {
    lines: [
      ...practiceBanner(home.header),
      `The ${role} ${key.slice(0, 16)}… is paired no more (entry ${entry}).`,
    ],
    json: { role, publicKey: key, revoked: true, entry },
  };
}

export async function pair(environment: Environment, options: PairOptions): Promise<CommandResult> {
  const { incoming, revoke, confirm } = options;
  if ((incoming === null) === (revoke === undefined)) {
    throw new SignerError('usage', 'expected either a card (--card, or --from qr) or --revoke', {
      next: 'see "airlock-signer pair --help"',
    });
  }
  const file = incoming === null ? null : await receive(environment, incoming, openPairingCard);
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path: options.home, passphrase }, async (home) =>
    file === null
      ? revokePeer(environment, home, revoke ?? '')
      : addPeer(environment, home, { file, confirm }),
  );
}
