/** Second opinions for the kernel's tests: BigInt arithmetic, the legacy packages, the vectors. */
import { readFileSync } from 'node:fs';
import converter from '@iota/converter';
import curl from '@iota/curl';
import kerl from '@iota/kerl';
import fc from 'fast-check';

export const WEIGHT: bigint = 3n ** 242n;
/** The largest integer of Kerl's domain. */
export const HALF: bigint = (WEIGHT - 1n) / 2n;

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function vectorsOf(file: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/${file}`, import.meta.url), 'utf8'),
  );
}

/** 48 bytes, two's complement. */
export function bytesOf(integer: bigint): Uint8Array {
  const hex = BigInt.asUintN(384, integer).toString(16).padStart(96, '0');
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function integerOf(bytes: Uint8Array): bigint {
  return BigInt.asIntN(384, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** 243 balanced trits, least significant first; trit by trit, with no trick. */
export function tritsOf(integer: bigint): number[] {
  let rest = integer;
  return Array.from({ length: 243 }, () => {
    const trit = (((rest % 3n) + 4n) % 3n) - 1n;
    rest = (rest - trit) / 3n;
    return Number(trit);
  });
}

export function trytesOfTrits(trits: readonly number[]): string {
  let trytes = '';
  for (let i = 0; i < trits.length; i += 3) {
    trytes += ALPHABET[(trits[i]! + 3 * trits[i + 1]! + 9 * trits[i + 2]! + 27) % 27];
  }
  return trytes;
}

/** The integer that `trits` stand for. */
export function integerOfTrits(trits: readonly number[]): bigint {
  return trits.reduceRight((sum, trit) => sum * 3n + BigInt(trit), 0n);
}

/** The trytes as Kerl reads them: the 243rd trit of each block is 0. */
export function withLastTritCleared(trytes: string): string {
  return trytes.replace(/.{81}/g, (block) => {
    const trits = [...converter.trytesToTrits(block)];
    trits[242] = 0;
    return trytesOfTrits(trits);
  });
}

/** Kerl by @iota/kerl: blocks absorbed, `count` blocks squeezed. */
export function legacyKerl(trytes: string, count = 1): string {
  const sponge = new kerl.default();
  const trits = converter.trytesToTrits(trytes);
  sponge.absorb(trits, 0, trits.length);
  const output = new Int8Array(243 * count);
  sponge.squeeze(output, 0, output.length);
  return converter.tritsToTrytes(output);
}

/** Curl-P-81 by @iota/curl: the hash's 243 trits. */
export function legacyCurl(trits: Int8Array): Int8Array {
  const sponge = new curl.default(81);
  sponge.absorb(trits, 0, trits.length);
  const hash = new Int8Array(243);
  sponge.squeeze(hash, 0, hash.length);
  return hash;
}

export function trytesArbitrary(
  lengthMin: number,
  lengthMax: number = lengthMin,
): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: lengthMin, maxLength: lengthMax, max: 26 })
    .map((bytes) => Array.from(bytes, (byte) => ALPHABET[byte]).join(''));
}

export function blocksArbitrary(blocksMax: number): fc.Arbitrary<string> {
  return fc.integer({ min: 1, max: blocksMax }).chain((count) => trytesArbitrary(81 * count));
}

/** A fixed seed, so that a failure repeats; fast-check prints the rest of its replay line. */
export function runs(numRuns: number): { seed: number; numRuns: number } {
  return { seed: 20_190_817, numRuns };
}
