/**
 * Hostile files: whatever comes, signed or not, it ends in a GapError or opens, and soon. Many more of
 * them, for every decoder, are what `npm run campaign:decoders` makes.
 */
import { describe, expect, test } from '@jest/globals';
import { GapError } from '../src/error.ts';
import { payloadOf, resealed, SAMPLES } from './samples.ts';

/** Mulberry32: the same numbers on every run. */
function generatorOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Bytes that mean much in CBOR: heads of every major type, edges of widths, break. */
const TELLING = [
  0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x3b, 0x40, 0x58, 0x5b, 0x5f, 0x60, 0x7b, 0x80,
  0x81, 0x82, 0x9b, 0x9f, 0xa0, 0xa1, 0xbb, 0xbf, 0xc0, 0xd8, 0xdb, 0xf4, 0xf6, 0xf7, 0xf9, 0xfb,
  0xff,
];

function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const parts = (): Uint8Array => {
    const start = random(bytes.length);
    return bytes.subarray(start, start + random(40));
  };
  const at = random(bytes.length);
  switch (random(7)) {
    case 0:
      return Uint8Array.from({ length: random(200) }, () => random(256));
    case 1:
      return bytes.slice(0, at);
    case 2:
      return new Uint8Array([...bytes.subarray(0, at), ...parts(), ...bytes.subarray(at)]);
    case 3:
      return new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(20))]);
    case 4:
      return new Uint8Array([...bytes.subarray(0, at), ...parts()]);
    default: {
      const copy = bytes.slice();
      for (let left = 1 + random(4); left > 0; left -= 1) {
        copy[random(copy.length)] = random(2) === 0 ? random(256) : TELLING[random(33)]!;
      }
      return copy;
    }
  }
}

const RUNS = 1_000;

describe.each(Object.entries(SAMPLES))(`%s, ${RUNS} times mutated`, (name, sample) => {
  const fuzz = (seed: number, make: (random: (below: number) => number) => Uint8Array): void => {
    const random = generatorOf(seed);
    let slowestMs = 0;
    for (let run = 0; run < RUNS / 2; run += 1) {
      const file = make(random);
      const start = performance.now();
      try {
        sample.open(file);
      } catch (error) {
        if (!(error instanceof GapError)) {
          throw new Error(`${name} seed ${seed} run ${run}: ${Buffer.from(file).toString('hex')}`, {
            cause: error,
          });
        }
      }
      slowestMs = Math.max(slowestMs, performance.now() - start);
    }
    expect(slowestMs).toBeLessThan(1000);
  };

  test('as a file, ends in a GapError or opens', () => {
    fuzz(1, (random) => mutated(sample.file, random));
  });

  test('in its payload and signed again with a valid key, ends in a GapError or opens', () => {
    const payload = payloadOf(sample);
    fuzz(2, (random) => resealed(sample, mutated(payload, random)));
  });
});
