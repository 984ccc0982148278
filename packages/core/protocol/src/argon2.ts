/**
 * Argon2 (RFC 9106, version 1.3) as an argument: a program that keeps secrets runs it where nothing of
 * it stays behind. `plainArgon2` runs it here; its memory is not overwritten.
 */
import { argon2i, argon2id } from 'hash-wasm';

export interface Argon2Options {
  readonly variant: 'argon2id' | 'argon2i';
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  /** Passes. */
  readonly timeCost: number;
  readonly memoryKib: number;
  /** Lanes. */
  readonly parallelism: number;
  /** Bytes of the result. */
  readonly hashLength: number;
}

export type Argon2 = (options: Argon2Options) => Promise<Uint8Array>;

export const plainArgon2: Argon2 = (options) => {
  const { variant, password, salt, timeCost, memoryKib, parallelism, hashLength } = options;
  const derive = variant === 'argon2id' ? argon2id : argon2i;
  return derive({
    password,
    salt,
    iterations: timeCost,
    memorySize: memoryKib,
    parallelism,
    hashLength,
    outputType: 'binary',
  });
};
