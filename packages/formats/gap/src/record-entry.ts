/**
 * Entries of a signer's record: numbered, chained by SHA-256, each signed by the signer's identity, so
 * that two entries with one number prove a fork. UUIDs appear as commitments only.
 */
import type { Network, SecurityLevel } from '@airlock/protocol';
import { GapError } from './error.ts';
import {
  type Identity,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  sha256,
  verifyIdentity,
} from './identity.ts';
import {
  BATCH_ADDRESSES_MAX,
  BUNDLES_MAX,
  ENTRY_BYTES_MAX,
  EPOCH_MAX,
  INPUTS_MAX,
  INSTALLATION_BYTES,
  SLOTS_MAX,
} from './limits.ts';
import {
  type KeyringDescription,
  keyringDescription,
  network,
  ROLES,
  type Role,
  securityLevel,
} from './pairing-card.ts';
import {
  bytes,
  choice,
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  identifier,
  list,
  oneOf,
  ordinal,
  type Shape,
  struct,
  truth,
  tuple,
  unsigned,
  withdrawalId,
} from './shape.ts';

/** A place in a record: how many entries it has, and the SHA-256 of the last one. */
export interface Head {
  readonly number: number;
  readonly hash: string;
}

export const head: Shape<Head> = struct<Head>({
  number: field(1, unsigned()),
  hash: field(2, digest),
});

/** The keys and payments that one signed bundle consumed. */
export interface Verdict {
  readonly bundleHash: string;
  /** Commitment and level of each key that signed. */
  readonly keys: readonly (readonly [string, SecurityLevel])[];
  readonly withdrawalIds: readonly string[];
}

export type RecordEvent =
  | {
      readonly kind: 'opened';
      readonly keyring: KeyringDescription;
      readonly network: Network;
      readonly publicKey: Uint8Array;
    }
  | { readonly kind: 'paired'; readonly role: Role; readonly publicKey: Uint8Array }
  | { readonly kind: 'revoked'; readonly publicKey: Uint8Array }
  | {
      readonly kind: 'issued';
      readonly batch: number;
      readonly count: number;
      readonly root: string;
    }
  | {
      readonly kind: 'signed';
      readonly requestId: string;
      readonly sequence: number;
      readonly requestDigest: string;
      /** One a bundle, in the request's order. */
      readonly verdicts: readonly Verdict[];
    }
  /** The request will never be signed here. */
  | ({ readonly kind: 'voided' } & Voiding)
  /** Handed over: this home signs nothing from here on. */
  | { readonly kind: 'moved-out'; readonly epoch: number }
  /** Taken over from a home that was moved out. */
  | ({ readonly kind: 'moved-in' } & Installation)
  /** Taken up again from files, since the home before was lost. */
  | ({ readonly kind: 'resumed' } & Installation)
  /** From here on this signer has been used with a network. */
  | { readonly kind: 'network-accepted' }
  /** A bundle that the signer built itself, from a custody slip, without any request. */
  | { readonly kind: 'signed-alone'; readonly verdict: Verdict }
  /** The seed of this key was given away: it is never to sign here. */
  | { readonly kind: 'surrendered'; readonly commitment: string };

export interface Voiding {
  readonly requestId: string;
  readonly sequence: number;
  readonly requestDigest: string;
  readonly bundleHashes: readonly string[];
  /**
   * Whether the request never had enough approvals, so that its bundles will never be signed and their
   * inputs are free. Without officers nobody can know that no copy has signed it: false.
   */
  readonly frees: boolean;
}

export interface Installation {
  /** 1 for a record's first home, and one more for each that follows it. */
  readonly epoch: number;
  /** 16 bytes drawn at random: two homes set up from the same files differ. */
  readonly installation: Uint8Array;
}

export interface RecordEntry {
  /** 1 for the first. */
  readonly number: number;
  /** Hash of the entry before; of nothing, 64 zeros. */
  readonly previous: string;
  /** Unix time in milliseconds by the offline clock: for people, nothing depends on it. */
  readonly at: number;
  readonly event: RecordEvent;
}

/** An entry as it is kept and carried: its bytes, which the chain hashes, and their signature. */
export interface SealedEntry {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

/** The head of a record without entries. */
export const EMPTY_HEAD: Head = { number: 0, hash: '0'.repeat(64) };

const publicKey = bytes(PUBLIC_KEY_BYTES);

const verdict: Shape<Verdict> = struct<Verdict>({
  bundleHash: field(1, hash),
  keys: field(
    2,
    list(tuple<readonly [string, SecurityLevel]>(digest, securityLevel), {
      min: 1,
      max: INPUTS_MAX,
    }),
  ),
  withdrawalIds: field(3, list(withdrawalId, { min: 0, max: SLOTS_MAX })),
});

const epoch = field(1, unsigned(EPOCH_MAX, 2));

const installation: Shape<Installation> = struct<Installation>({
  epoch,
  installation: field(2, bytes(INSTALLATION_BYTES)),
});

const recordEvent: Shape<RecordEvent> = choice<RecordEvent>({
  opened: [
    0,
    struct<{ keyring: KeyringDescription; network: Network; publicKey: Uint8Array }>({
      keyring: field(1, keyringDescription),
      network: field(2, network),
      publicKey: field(3, publicKey),
    }),
  ],
  paired: [
    1,
    struct<{ role: Role; publicKey: Uint8Array }>({
      role: field(1, oneOf(ROLES)),
      publicKey: field(2, publicKey),
    }),
  ],
  revoked: [2, struct<{ publicKey: Uint8Array }>({ publicKey: field(1, publicKey) })],
  issued: [
    3,
    struct<{ batch: number; count: number; root: string }>({
      batch: field(1, ordinal),
      count: field(2, unsigned(BATCH_ADDRESSES_MAX, 1)),
      root: field(3, digest),
    }),
  ],
  signed: [
    4,
    struct<{
      requestId: string;
      sequence: number;
      requestDigest: string;
      verdicts: readonly Verdict[];
    }>({
      requestId: field(1, identifier('sr_')),
      sequence: field(2, ordinal),
      requestDigest: field(3, digest),
      verdicts: field(4, list(verdict, { min: 1, max: BUNDLES_MAX })),
    }),
  ],
  voided: [
    5,
    struct<Voiding>({
      requestId: field(1, identifier('sr_')),
      sequence: field(2, ordinal),
      requestDigest: field(3, digest),
      bundleHashes: field(4, list(hash, { min: 1, max: BUNDLES_MAX })),
      frees: field(5, truth),
    }),
  ],
  'moved-out': [6, struct<{ epoch: number }>({ epoch })],
  'moved-in': [7, installation],
  resumed: [8, installation],
  'network-accepted': [9, struct<object>({})],
  'signed-alone': [10, struct<{ verdict: Verdict }>({ verdict: field(1, verdict) })],
  surrendered: [11, struct<{ commitment: string }>({ commitment: field(1, digest) })],
});

const recordEntry: Shape<RecordEntry> = struct<RecordEntry>({
  number: field(1, ordinal),
  previous: field(2, digest),
  at: field(3, unsigned()),
  event: field(4, recordEvent),
});

export const sealedEntry: Shape<SealedEntry> = struct<SealedEntry>({
  body: field(1, bytes(1, ENTRY_BYTES_MAX)),
  signature: field(2, bytes(SIGNATURE_BYTES)),
});

const CONTEXT = Buffer.from('airlock:record/v1\0', 'utf8');

const signedBytes = (body: Uint8Array): Uint8Array =>
  new Uint8Array(Buffer.concat([CONTEXT, body]));

/** The head after an entry. */
export function headOf(entry: RecordEntry, body: Uint8Array): Head {
  return { number: entry.number, hash: sha256(body) };
}

/** The entry that follows `head`, encoded and signed. */
export function sealEntry(
  head: Head,
  { at, event }: Pick<RecordEntry, 'at' | 'event'>,
  identity: Identity,
): SealedEntry {
  const entry = { number: head.number + 1, previous: head.hash, at, event };
  const body = encodeShape(recordEntry, entry);
  return { body, signature: identity.sign(signedBytes(body)) };
}

/**
 * Opens an entry on its own: signed by this key, whatever it follows.
 * @throws GapError signature_invalid
 */
export function readEntry(sealed: SealedEntry, publicKey: Uint8Array): RecordEntry {
  const { body, signature } = sealed;
  if (!verifyIdentity({ publicKey, message: signedBytes(body), signature })) {
    throw new GapError('signature_invalid', 'an entry is not signed by its signer');
  }
  return decodeShape(recordEntry, body, 'record-entry');
}

/**
 * Opens an entry that must follow `head` and bear the signature of this key.
 * @throws GapError chain_broken, signature_invalid
 */
export function openEntry(
  sealed: SealedEntry,
  head: Head,
  publicKey: Uint8Array,
): { readonly entry: RecordEntry; readonly head: Head } {
  const entry = readEntry(sealed, publicKey);
  if (entry.number !== head.number + 1 || entry.previous !== head.hash) {
    throw new GapError(
      'chain_broken',
      `expected entry ${head.number + 1} after ${head.hash.slice(0, 16)}…, but entry ${entry.number} after ${entry.previous.slice(0, 16)}… came`,
    );
  }
  return { entry, head: headOf(entry, sealed.body) };
}
