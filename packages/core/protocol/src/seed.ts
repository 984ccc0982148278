/**
 * How a UUID and a salt become a seed: IOTA Hub's two schemes byte for byte, and HKDF-SHA-512 for
 * salts that a signer drew. Hub: common/crypto/argon2_provider at 9df503d; RFC 9106; RFC 5869.
 */
import { createHmac } from 'node:crypto';
import { toDomain } from '@airlock/kernel';
import type { Argon2 } from './argon2.ts';
import { ProtocolError } from './error.ts';
import { parseUuid } from './uuid.ts';

export const NETWORKS = ['mainnet', 'devnet', 'private'] as const;
export type Network = (typeof NETWORKS)[number];

export interface Argon2Scheme {
  readonly name: 'hub-argon2id' | 'hub-argon2i';
  /** Passes, 1 to 64. */
  readonly timeCost: number;
  /** KiB, 8 to 1,048,576 (1 GiB), at least 8 a lane. */
  readonly memoryKib: number;
  /** Lanes, 1 to 16. */
  readonly parallelism: number;
}

export interface HkdfScheme {
  readonly name: 'hkdf-sha512';
}

export type Scheme = Argon2Scheme | HkdfScheme;
export const SCHEME_NAMES = ['hub-argon2id', 'hub-argon2i', 'hkdf-sha512'] as const;
export type SchemeName = (typeof SCHEME_NAMES)[number];

/** Argon2 refuses a shorter salt (RFC 9106 §3.1). Hub itself wanted more than 20 characters. */
export const ARGON2_SALT_BYTES_MIN = 8;
/** HKDF has no cost of its own, so that only a salt nobody can guess will do. */
export const HKDF_SALT_BYTES_MIN = 32;

/** What fits a length of one byte. */
const LABEL = /^[ -~]{1,255}$/;
const HKDF_SALT = 'airlock/seed/v1';

/** Hub's defaults: argon2id since June 2018 (t=4, 128 MiB), argon2i before (t=1, 64 MiB). */
export function defaultScheme(name: SchemeName): Scheme {
  if (name === 'hkdf-sha512') return { name };
  if (name === 'hub-argon2id') return { name, timeCost: 4, memoryKib: 131_072, parallelism: 1 };
  return { name, timeCost: 1, memoryKib: 65_536, parallelism: 1 };
}

/** @throws ProtocolError scheme_invalid */
export function assertScheme(scheme: Scheme): void {
  if (scheme.name === 'hkdf-sha512') return;
  const { timeCost, memoryKib, parallelism } = scheme;
  const isBetween = (value: number, low: number, high: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;
  if (
    SCHEME_NAMES.includes(scheme.name) &&
    isBetween(timeCost, 1, 64) &&
    isBetween(parallelism, 1, 16) &&
    isBetween(memoryKib, 8 * parallelism, 1_048_576)
  ) {
    return;
  }
  throw new ProtocolError('scheme_invalid', {
    expected: 'Argon2 with t 1 to 64, p 1 to 16 and m 8×p to 1,048,576 KiB',
    got: `t ${timeCost}, p ${parallelism}, m ${memoryKib}`,
  });
}

/** @throws ProtocolError salt_too_short */
export function assertSalt(scheme: Scheme, salt: Uint8Array): void {
  const least = scheme.name === 'hkdf-sha512' ? HKDF_SALT_BYTES_MIN : ARGON2_SALT_BYTES_MIN;
  if (salt.length >= least) return;
  const expected = `a salt of at least ${least} bytes for scheme ${scheme.name}`;
  throw new ProtocolError('salt_too_short', { expected, got: `${salt.length} bytes` });
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'ascii');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/**
 * The first 48 bytes of HKDF-SHA-512 (RFC 5869), for which one round of its expansion is enough. Node's
 * own hkdf keeps the salt in a key object that nothing can overwrite.
 */
function hkdf48(salt: Uint8Array, info: Uint8Array): Uint8Array {
  const pseudorandomKey = createHmac('sha512', HKDF_SALT).update(salt).digest();
  const round = createHmac('sha512', pseudorandomKey).update(info).update(Buffer.of(1)).digest();
  const output = new Uint8Array(new ArrayBuffer(48));
  output.set(round.subarray(0, 48));
  pseudorandomKey.fill(0);
  round.fill(0);
  return output;
}

/**
 * 48 bytes from a salt and a label of ASCII text: the raw output of the scheme's derivation function.
 * Labels other than UUIDs serve for what is not a seed, such as the keyring's id.
 */
export async function deriveRaw(options: {
  readonly scheme: Scheme;
  readonly network: Network;
  readonly salt: Uint8Array;
  readonly label: string;
  readonly argon2: Argon2;
}): Promise<Uint8Array> {
  const { scheme, network, salt, label, argon2 } = options;
  assertScheme(scheme);
  assertSalt(scheme, salt);
  if (!LABEL.test(label)) throw new RangeError('expected a label of 1 to 255 ASCII characters');
  if (scheme.name === 'hkdf-sha512') {
    return hkdf48(salt, Buffer.concat([lengthPrefixed(network), lengthPrefixed(label)]));
  }
  const { name, timeCost, memoryKib, parallelism } = scheme;
  return argon2({
    variant: name === 'hub-argon2id' ? 'argon2id' : 'argon2i',
    password: Buffer.from(label, 'ascii'),
    salt,
    timeCost,
    memoryKib,
    parallelism,
    hashLength: 48,
  });
}

/** The seed (48 bytes, Kerl's domain) of a UUID. The caller wipes it after use. */
export async function deriveSeed(options: {
  readonly scheme: Scheme;
  readonly network: Network;
  readonly salt: Uint8Array;
  readonly uuid: string;
  readonly argon2: Argon2;
}): Promise<Uint8Array> {
  const raw = await deriveRaw({ ...options, label: parseUuid(options.uuid) });
  const seed = toDomain(raw);
  raw.fill(0);
  return seed;
}
