/** One-time signatures: the only two functions that see a seed. Key index is always 0. */
import { deriveAddress, FRAGMENT_BYTES, sign, wordsToTrytes } from '@airlock/kernel';
import { exposesKey, normalizeHash } from './bundle.ts';

export type SecurityLevel = 1 | 2 | 3;

export function isSecurityLevel(value: unknown): value is SecurityLevel {
  return value === 1 || value === 2 || value === 3;
}

/** The address (81 trytes) of a seed (48 bytes). */
export function addressOfSeed(seed: Uint8Array, level: SecurityLevel): string {
  return wordsToTrytes(deriveAddress(seed, level));
}

/**
 * Signs a bundle hash. Whether this key may sign this hash is decided before, by the signer's record.
 * @returns level × 1,296 bytes
 * @throws RangeError if the normalised hash holds a 13, which would show a private chain value
 */
export function signHash(options: {
  readonly seed: Uint8Array;
  readonly bundleHash: string;
  readonly level: SecurityLevel;
}): Uint8Array {
  const normalized = normalizeHash(options.bundleHash);
  if (exposesKey(normalized)) throw new RangeError('the normalised hash holds a 13');
  return sign(options.seed, normalized, options.level);
}

/** A signature cut into fragments of 2,187 trytes, as transactions carry them. */
export function signatureToTrytes(signature: Uint8Array): string[] {
  const fragments: string[] = [];
  for (let at = 0; at < signature.length; at += FRAGMENT_BYTES) {
    fragments.push(wordsToTrytes(signature.subarray(at, at + FRAGMENT_BYTES)));
  }
  return fragments;
}
