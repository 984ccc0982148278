/** Damaged files: one flipped bit or an early end anywhere, and the file is refused with a GapError. */
import { describe, expect, test } from '@jest/globals';
import { GapError } from '../src/error.ts';
import {
  batchFile,
  ISSUED,
  requestFile,
  responseFile,
  SAMPLES,
  type Sample,
  voidReceiptFile,
} from './samples.ts';

const SMALL: readonly (readonly [string, Sample])[] = [
  ['pairing card', SAMPLES.card!],
  ['address batch', { ...SAMPLES.batch!, file: batchFile(ISSUED.slice(0, 1)) }],
  ['signing request', { ...SAMPLES.request!, file: requestFile() }],
  ['signing response', { ...SAMPLES.response!, file: responseFile() }],
  ['void request', SAMPLES['void request']!],
  ['void receipt', { ...SAMPLES['void receipt']!, file: voidReceiptFile() }],
];

describe.each(SMALL)('a %s', (_name, { file, open }) => {
  test('is accepted as it is', () => {
    expect(() => open(file)).not.toThrow();
  });

  test('is refused with a GapError whatever single bit of it is flipped', () => {
    const survivors: unknown[] = [];
    const flipped = file.slice();
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        open(flipped);
        survivors.push(bit);
      } catch (error) {
        if (!(error instanceof GapError)) survivors.push([bit, error]);
      }
      flipped[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(survivors).toEqual([]);
  });

  test('is refused with a GapError wherever it ends early', () => {
    const survivors: unknown[] = [];
    for (let length = 0; length < file.length; length += 1) {
      try {
        open(file.subarray(0, length));
        survivors.push(length);
      } catch (error) {
        if (!(error instanceof GapError)) survivors.push([length, error]);
      }
    }
    expect(survivors).toEqual([]);
  });
});
