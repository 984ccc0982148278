/** Xoshiro256** (Blackman and Vigna), seeded and read as BCR-2020-005 wants it for fountain codes. */
import { createHash } from 'node:crypto';

const MASK = 2n ** 64n - 1n;
const TWO_TO_64 = 2 ** 64;

const rotateLeft = (value: bigint, by: bigint): bigint =>
  ((value << by) & MASK) | (value >> (64n - by));

export class Xoshiro256 {
  readonly #state: [bigint, bigint, bigint, bigint];

  /** The state is the SHA-256 of the seed, as four big-endian words. */
  constructor(seed: Uint8Array) {
    const digest = createHash('sha256').update(seed).digest();
    this.#state = [0, 8, 16, 24].map((at) => digest.readBigUInt64BE(at)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
  }

  /** The next 64 bits. */
  next(): bigint {
    const s = this.#state;
    const result = (rotateLeft((s[1] * 5n) & MASK, 7n) * 9n) & MASK;
    const t = (s[1] << 17n) & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 45n);
    return result;
  }

  /** A number in [0, 1). */
  nextDouble(): number {
    return Number(this.next()) / TWO_TO_64;
  }

  /** A whole number from `low` to `high`, both included. */
  nextInt(low: number, high: number): number {
    return Math.floor(this.nextDouble() * (high - low + 1)) + low;
  }
}
