/**
 * The secret at rest: salt and identity key under a passphrase. Argon2id (RFC 9106) gives the key,
 * XChaCha20-Poly1305 seals; the header, public and readable without the passphrase, is authenticated.
 */
import {
  bytes,
  decodeShape,
  encodeShape,
  field,
  GapError,
  type KeyringDescription,
  keyringDescription,
  network,
  PRIVATE_KEY_BYTES,
  PUBLIC_KEY_BYTES,
  type Shape,
  struct,
  unsigned,
} from '@airlock/gap';
import type { Argon2, Network } from '@airlock/protocol';
import { SignerError } from './error.ts';
import { moveSecret, secretBytes } from './secret-bytes.ts';
import { openXChaCha, sealXChaCha } from './xchacha.ts';

/** Highest version of the home that this program reads. */
const HOME_VERSION = 1;
export const SALT_BYTES_MAX = 1024;
export const PASSPHRASE_CHARACTERS_MIN = 12;

/** What may be read without the passphrase. */
export interface HomeHeader {
  readonly version: number;
  readonly keyring: KeyringDescription;
  readonly network: Network;
  /** The signer's Ed25519 public key. */
  readonly publicKey: Uint8Array;
  readonly kdf: KdfParameters;
}

interface KdfParameters {
  readonly timeCost: number;
  readonly memoryKib: number;
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

export interface Secret {
  /** The keyring's salt: the one secret behind all its keys. */
  readonly salt: Uint8Array;
  /** The identity's private key. */
  readonly identityKey: Uint8Array;
}

/** 128 MiB and three passes: half a second here, far from free for a guesser. */
const KDF_COST = { timeCost: 3, memoryKib: 131_072 };
const KDF_SALT_BYTES = 16;
const NONCE_BYTES = 24;
export const SEALED_BYTES_MAX = 65_536;

const kdf: Shape<KdfParameters> = struct<KdfParameters>({
  timeCost: field(1, unsigned(16, 1)),
  memoryKib: field(2, unsigned(1_048_576, 8)),
  salt: field(3, bytes(KDF_SALT_BYTES)),
});

const header: Shape<HomeHeader> = struct<HomeHeader>({
  version: field(1, unsigned(1_000)),
  keyring: field(2, keyringDescription),
  network: field(3, network),
  publicKey: field(4, bytes(PUBLIC_KEY_BYTES)),
  kdf: field(5, kdf),
});

interface SealedFile {
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const sealedFile: Shape<SealedFile> = struct<SealedFile>({
  header: field(1, bytes(1, 4096)),
  nonce: field(2, bytes(NONCE_BYTES)),
  ciphertext: field(3, bytes(1, 8192)),
});

const secretFields: Shape<Secret> = struct<Secret>({
  salt: field(1, bytes(1, SALT_BYTES_MAX)),
  identityKey: field(2, bytes(PRIVATE_KEY_BYTES)),
});

const KEY_BYTES = 32;

function keyOf(argon2: Argon2, password: Uint8Array, kdf: KdfParameters): Promise<Uint8Array> {
  return argon2({ variant: 'argon2id', password, ...kdf, parallelism: 1, hashLength: KEY_BYTES });
}

/** The encoder would leave copies: it encodes zeros, and the secret is set in their place. */
function encodeSecret({ salt, identityKey }: Secret): Uint8Array {
  const zeros = { salt: secretBytes(salt.length), identityKey: secretBytes(identityKey.length) };
  const encoded = moveSecret(encodeShape(secretFields, zeros));
  const view = decodeShape(secretFields, encoded, 'secret');
  view.salt.set(salt);
  view.identityKey.set(identityKey);
  return encoded;
}

/** The sealed file's bytes. `secret` and `passphrase` stay the caller's to wipe. */
export async function sealSecret(options: {
  readonly header: Omit<HomeHeader, 'kdf' | 'version'>;
  readonly secret: Secret;
  readonly passphrase: Uint8Array;
  readonly random: (bytes: number) => Uint8Array;
  readonly argon2: Argon2;
}): Promise<Uint8Array> {
  const { secret, passphrase, random, argon2 } = options;
  const parameters = { ...KDF_COST, salt: random(KDF_SALT_BYTES) };
  const headerBytes = encodeShape(header, {
    ...options.header,
    version: HOME_VERSION,
    kdf: parameters,
  });
  const nonce = random(NONCE_BYTES);
  const key = await keyOf(argon2, passphrase, parameters);
  const plaintext = encodeSecret(secret);
  const ciphertext = sealXChaCha({ key, nonce, aad: headerBytes }, plaintext);
  key.fill(0);
  plaintext.fill(0);
  return encodeShape(sealedFile, { header: headerBytes, nonce, ciphertext });
}

function damaged(cause: unknown): SignerError {
  return new SignerError('secret_damaged', 'the sealed secret in this home is damaged', {
    next: 'bring back the file "secret" alone from a backup; never an older record',
    cause,
  });
}

function passphraseWrong(): SignerError {
  return new SignerError('passphrase_wrong', 'the passphrase does not open this home', {
    next: 'try again; if it is surely right, bring back the file "secret" alone from a backup; never an older record',
  });
}

function parseFile(file: Uint8Array): { readonly sealed: SealedFile; readonly header: HomeHeader } {
  try {
    const sealed = decodeShape(sealedFile, file, 'secret');
    const parsed = decodeShape(header, sealed.header, 'header');
    if (parsed.version > HOME_VERSION) {
      throw new SignerError('home_newer', `this home has version ${parsed.version}`, {
        next: 'use a signer at least as new as the one that wrote it',
      });
    }
    return { sealed, header: parsed };
  } catch (cause) {
    if (cause instanceof GapError) throw damaged(cause);
    throw cause;
  }
}

/** The header of a sealed file; not authenticated until the secret is opened. */
export function readHeader(file: Uint8Array): HomeHeader {
  return parseFile(file).header;
}

/**
 * Opens the sealed file.
 * @throws SignerError passphrase_wrong, also if the header or the secret was altered
 */
export async function openSecret(options: {
  readonly file: Uint8Array;
  readonly passphrase: Uint8Array;
  readonly argon2: Argon2;
}): Promise<Secret> {
  const { file, passphrase, argon2 } = options;
  const { sealed, header: parsed } = parseFile(file);
  // The KDF takes no empty passphrase, and none is ever chosen.
  if (passphrase.length === 0) throw passphraseWrong();
  const key = await keyOf(argon2, passphrase, parsed.kdf);
  const { nonce, header: aad, ciphertext } = sealed;
  const plaintext = openXChaCha({ key, nonce, aad }, ciphertext);
  key.fill(0);
  if (plaintext === null) throw passphraseWrong();
  const view = decodeShape(secretFields, plaintext, 'secret');
  return { salt: moveSecret(view.salt), identityKey: moveSecret(view.identityKey) };
}
