/** Keyrings: their id, and deriving keys from the salt. */
import { sha256 } from '@airlock/gap';
import {
  type Argon2,
  addressOfSeed,
  deriveRaw,
  deriveSeed,
  type Network,
  type Scheme,
  type SecurityLevel,
} from '@airlock/protocol';

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
