/** The pairing cards among the files: whose signatures count, and for what. */
import {
  type Envelope,
  fingerprintWords,
  keyIdOf,
  openPairingCard,
  type PairingCard,
  type Role,
} from '@airlock/gap';
import { AuditError } from './error.ts';
import type { AddFinding } from './findings.ts';
import { FINGERPRINT_WORDS } from './limits.ts';
import type { InputFile } from './read-files.ts';

export interface KnownCard {
  readonly card: PairingCard;
  readonly file: string;
}

interface TakenCard {
  readonly card: PairingCard;
  readonly words: string;
  readonly notes: readonly string[];
}

/** The words of `--trust`, in the form in which they are compared. @throws AuditError */
export function parseTrust(words: string): string {
  const list = words
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  if (list.length === FINGERPRINT_WORDS) return list.join(' ');
  const message = `--trust: expected ${FINGERPRINT_WORDS} words in quotes, got ${list.length}`;
  throw new AuditError('trust_malformed', message);
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export class Cards {
  readonly #byKeyId = new Map<string, KnownCard>();
  readonly #signers = new Map<string, readonly [KnownCard, ...KnownCard[]]>();
  readonly #trusted: ReadonlySet<string> | null;

  /** @param trusted words of the only cards to be believed; null believes all */
  constructor(trusted: readonly string[] | null) {
    this.#trusted = trusted === null ? null : new Set(trusted);
  }

  /** Opens a card and takes it, unless a finding says why not. @throws GapError */
  take(file: InputFile, add: AddFinding): TakenCard {
    const card = openPairingCard(file.bytes);
    const words = fingerprintWords(card.publicKey).join(' ');
    const known = { card, file: file.path };
    if (this.#trusted !== null && !this.#trusted.has(words)) {
      const message = `its words are "${words}": not among those given with --trust`;
      add({ code: 'card_untrusted', file: file.path, message });
      return { card, words, notes: [] };
    }
    const keyId = hex(keyIdOf(card.publicKey));
    const sameKey = this.#byKeyId.get(keyId);
    const signers = card.keyring === null ? undefined : this.#signers.get(card.keyring.id);
    const sameKeyring = signers?.[0];
    const conflict =
      sameKey !== undefined && !isSameOwner(sameKey.card, card)
        ? { other: sameKey, message: 'one key is shown with another role, network or keyring' }
        : sameKeyring !== undefined && sameKeyring.card.network !== card.network
          ? { other: sameKeyring, message: 'one keyring is shown on two networks' }
          : null;
    if (conflict !== null) {
      const { other, message } = conflict;
      add({ code: 'card_conflict', file: other.file, otherFile: file.path, message });
      return { card, words, notes: [] };
    }
    if (sameKey === undefined) this.#byKeyId.set(keyId, known);
    if (card.keyring !== null && sameKey === undefined) {
      this.#signers.set(card.keyring.id, signers === undefined ? [known] : [...signers, known]);
    }
    // Rightful after a signer was paired anew; otherwise there are two signers.
    const isOtherKey = sameKeyring !== undefined && sameKey === undefined;
    const note = `its keyring is shown with another key by ${sameKeyring?.file}`;
    return { card, words, notes: isOtherKey ? [note] : [] };
  }

  /** The cards of signers, one a key, that show this keyring; the first one found comes first. */
  signersOf(keyringId: string): readonly PairingCard[] {
    return (this.#signers.get(keyringId) ?? []).map(({ card }) => card);
  }

  /** The cards of all signers, one a key. */
  signers(): readonly PairingCard[] {
    return [...this.#signers.values()].flat().map(({ card }) => card);
  }

  /**
   * The cards of the keys that signed the envelope, if all have one of these roles; otherwise the
   * finding that says which has none.
   */
  signedBy(
    envelope: Envelope,
    roles: readonly Role[],
  ):
    | { readonly kind: 'known'; readonly cards: readonly [PairingCard, ...PairingCard[]] }
    | {
        readonly kind: 'fault';
        readonly code: 'card_missing' | 'card_role';
        readonly message: string;
      } {
    const cards: PairingCard[] = [];
    for (const { keyId } of envelope.signatures) {
      const known = this.#byKeyId.get(hex(keyId));
      if (known === undefined) {
        const message = `no card of the key that signed it (key id ${hex(keyId).slice(0, 16)}…)`;
        return { kind: 'fault', code: 'card_missing', message };
      }
      if (!roles.includes(known.card.role)) {
        const message = `expected the signature of a ${roles.join(' or ')}, but the card of the key that signed it (${known.file}) is that of a ${known.card.role}`;
        return { kind: 'fault', code: 'card_role', message };
      }
      cards.push(known.card);
    }
    const [first, ...others] = cards;
    if (first === undefined) throw new RangeError('expected an envelope with a signature');
    return { kind: 'known', cards: [first, ...others] };
  }
}

function isSameOwner(a: PairingCard, b: PairingCard): boolean {
  return a.role === b.role && a.network === b.network && a.keyring?.id === b.keyring?.id;
}
