/** The pairing card: who someone is on the other side of the gap. Signed by the key that it shows. */
import {
  assertScheme,
  NETWORKS,
  type Network,
  ProtocolError,
  SCHEME_NAMES,
  type Scheme,
  type SecurityLevel,
} from '@airlock/protocol';
import { type Envelope, openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import { GapError } from './error.ts';
import { type Identity, keyIdOf, PUBLIC_KEY_BYTES } from './identity.ts';
import { LABEL_CHARACTERS_MAX } from './limits.ts';
import {
  bytes,
  decodeShape,
  encodeShape,
  field,
  identifier,
  nullable,
  oneOf,
  type Shape,
  struct,
  text,
  truth,
  unsigned,
} from './shape.ts';

export const ROLES = ['signer', 'coordinator', 'officer', 'exchange'] as const;
export type Role = (typeof ROLES)[number];

/** What a keyring is, without its secret. */
export interface KeyringDescription {
  /** `kr_` and 32 hexadecimal digits, derived from salt, scheme and parameters. */
  readonly id: string;
  readonly scheme: Scheme;
  /** The level of new addresses. */
  readonly securityLevel: SecurityLevel;
  /** A signer for practice: only on network `private`, and every screen says so. */
  readonly practice: boolean;
}

export interface PairingCard {
  readonly role: Role;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly network: Network;
  /** For people: up to 64 printable ASCII characters. */
  readonly label: string;
  /** Of a signer; null for the others. */
  readonly keyring: KeyringDescription | null;
}

export const keyringId: Shape<string> = identifier('kr_');
export const network: Shape<Network> = oneOf(NETWORKS);
export const label: Shape<string> = text(
  new RegExp(`^[ -~]{0,${LABEL_CHARACTERS_MAX}}$`),
  `at most ${LABEL_CHARACTERS_MAX} printable ASCII characters`,
);

interface SchemeFields {
  readonly name: (typeof SCHEME_NAMES)[number];
  readonly timeCost: number;
  readonly memoryKib: number;
  readonly parallelism: number;
}

const schemeFields: Shape<SchemeFields> = struct<SchemeFields>({
  name: field(1, oneOf(SCHEME_NAMES)),
  timeCost: field(2, unsigned(64)),
  memoryKib: field(3, unsigned(1_048_576)),
  parallelism: field(4, unsigned(16)),
});

/** A scheme's Argon2 parameters are 0 for HKDF, which has none. */
export const scheme: Shape<Scheme> = {
  decode: (value, path) => {
    const fields = schemeFields.decode(value, path);
    const { name, timeCost, memoryKib, parallelism } = fields;
    if (name !== 'hkdf-sha512') {
      const decoded = { name, timeCost, memoryKib, parallelism };
      try {
        assertScheme(decoded);
      } catch (cause) {
        if (!(cause instanceof ProtocolError)) throw cause;
        throw new GapError('field_range', `${path}: ${cause.message}`);
      }
      return decoded;
    }
    if (timeCost + memoryKib + parallelism === 0) return { name };
    throw new GapError('field_range', `${path}: hkdf-sha512 has no Argon2 parameters`);
  },
  encode: (value) =>
    schemeFields.encode(
      value.name === 'hkdf-sha512'
        ? { name: value.name, timeCost: 0, memoryKib: 0, parallelism: 0 }
        : value,
    ),
};

const level = unsigned(3) as Shape<SecurityLevel>;
export const securityLevel: Shape<SecurityLevel> = {
  decode: (value, path) => {
    const decoded = level.decode(value, path);
    if (decoded >= 1) return decoded;
    throw new GapError('field_range', `${path}: expected a security level of 1 to 3`);
  },
  encode: level.encode,
};

export const keyringDescription: Shape<KeyringDescription> = struct<KeyringDescription>({
  id: field(1, keyringId),
  scheme: field(2, scheme),
  securityLevel: field(3, securityLevel),
  practice: field(4, truth),
});

const pairingCard: Shape<PairingCard> = struct<PairingCard>({
  role: field(1, oneOf(ROLES)),
  publicKey: field(2, bytes(PUBLIC_KEY_BYTES)),
  network: field(3, network),
  label: field(4, label),
  keyring: field(5, nullable(keyringDescription)),
});

/** A card's file, signed by the identity whose key it shows. */
export function sealPairingCard(
  card: Omit<PairingCard, 'publicKey'>,
  identity: Identity,
): Uint8Array {
  const payload = encodeShape(pairingCard, { ...card, publicKey: identity.publicKey });
  return sealEnvelope('pairing-card', payload, [identity]);
}

/**
 * Opens a card. It proves only that its maker holds the key: whose key that is, people find out by
 * comparing its words.
 */
export function openPairingCard(file: Uint8Array): PairingCard {
  const envelope: Envelope = openEnvelope(file, 'pairing-card');
  // A card carries its own key, which is why it alone is parsed before it is verified.
  const card = decodeShape(pairingCard, envelope.payload, 'pairing-card');
  const [signature] = envelope.signatures;
  const isOwn = Buffer.compare(signature?.keyId ?? new Uint8Array(), keyIdOf(card.publicKey)) === 0;
  if (envelope.signatures.length !== 1 || !isOwn) {
    throw new GapError('key_unknown', 'the card is not signed by the key that it shows');
  }
  verifyEnvelope(envelope, [card.publicKey]);
  if ((card.role === 'signer') !== (card.keyring !== null)) {
    throw new GapError('field_range', 'a keyring belongs on the card of a signer, and only there');
  }
  if (card.keyring?.practice === true && card.network !== 'private') {
    throw new GapError('field_range', 'a practice signer works on network private only');
  }
  return { ...card, publicKey: card.publicKey.slice() };
}
