/** Keyrings: their id, and deriving keys from the salt. */
import { type IssuedAddress, sha256 } from '@airlock/gap';
import {
  type Argon2,
  addressOfSeed,
  deriveRaw,
  deriveSeed,
  type Network,
  type Scheme,
  type SecurityLevel,
} from '@airlock/protocol';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import type { OpenHome } from './home.ts';

/** No UUID: it is not 64 characters long. */
const ID_LABEL = 'airlock/keyring-id/v1';

/**
 * The id of a salt with its scheme and parameters: the same on every machine, so that a second set-up
 * is recognised. It goes through the scheme's own derivation, so that it helps nobody guess the salt
 * more cheaply than an address does. The network is not part of it.
 */
export async function keyringIdOf(options: {
  readonly scheme: Scheme;
  readonly salt: Uint8Array;
  readonly argon2: Argon2;
}): Promise<string> {
  const { scheme } = options;
  const raw = await deriveRaw({ ...options, network: 'mainnet', label: ID_LABEL });
  const parameters = JSON.stringify(
    scheme.name === 'hkdf-sha512'
      ? [scheme.name]
      : [scheme.name, scheme.timeCost, scheme.memoryKib, scheme.parallelism],
  );
  const id = sha256(new TextEncoder().encode(`${ID_LABEL}\0${parameters}\0`), raw);
  raw.fill(0);
  return `kr_${id.slice(0, 32)}`;
}

export interface KeyMaterial {
  readonly scheme: Scheme;
  readonly network: Network;
  readonly salt: Uint8Array;
  readonly argon2: Argon2;
}

/** What the keys of an open home are derived from. */
export function materialOf(
  { argon2 }: Pick<Environment, 'argon2'>,
  { header: { keyring, network }, secret: { salt } }: Pick<OpenHome, 'header' | 'secret'>,
): KeyMaterial {
  return { scheme: keyring.scheme, network, salt, argon2 };
}

/** The address of a UUID at a level. The seed is wiped. */
export async function deriveAddressOf(
  material: KeyMaterial,
  uuid: string,
  level: SecurityLevel,
): Promise<string> {
  const seed = await deriveSeed({ ...material, uuid });
  const address = addressOfSeed(seed, level);
  seed.fill(0);
  return address;
}

/** A key that is not that of its address. */
export function derivationMismatch(address: string): SignerError {
  return new SignerError('derivation_mismatch', `the key of ${address} derives another address`, {
    next: 'this machine computes wrongly or the record is not of this salt: stop and restore',
  });
}

/** Derives issued addresses again, and tells how far it is. @throws SignerError derivation_mismatch */
export async function assertDerives(
  environment: Pick<Environment, 'argon2' | 'terminal'>,
  home: OpenHome,
  addresses: readonly IssuedAddress[],
): Promise<void> {
  const material = materialOf(environment, home);
  for (const [index, { uuid, address, securityLevel }] of addresses.entries()) {
    if ((await deriveAddressOf(material, uuid, securityLevel)) !== address) {
      throw derivationMismatch(address);
    }
    environment.terminal.progress(index + 1, addresses.length);
  }
}
