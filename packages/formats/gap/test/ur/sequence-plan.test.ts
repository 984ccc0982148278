/** The rule of the numbers shown: any K in a row give the message, whoever the message and K. */
import { expect, test } from '@jest/globals';
import { degreeOf, fragmentsOf, type Mixing } from '../../src/ur/fragments.ts';
import { bitVector, RecentSpan } from '../../src/ur/linear-span.ts';
import { type SequenceMode, sequenceNumbers } from '../../src/ur/sequence-plan.ts';

function numbersOf(mixing: Mixing, mode: SequenceMode, frames: number): number[] {
  const numbers: number[] = [];
  for (const number of sequenceNumbers(mixing, mode)) {
    numbers.push(number);
    if (numbers.length === frames) break;
  }
  return numbers;
}

/** Whether K frames from a place on are independent, by a span of their own. */
function isWhole(mixing: Mixing, numbers: readonly number[]): boolean {
  const span = new RecentSpan(mixing.count);
  return numbers.every((number) => {
    const vector = bitVector(mixing.count, fragmentsOf(number, mixing));
    const isNew = span.isNew(vector, 0);
    span.add(vector, 0);
    return isNew;
  });
}

const SMALL = Array.from({ length: 24 }, (_, i) => i + 1);

test.each([...SMALL, 33, 64, 65, 89])(
  'K = %i: any K frames in a row of 4K are independent',
  (count) => {
    for (const checksum of [0, 0x12345678, 0xffffffff]) {
      const mixing = { count, checksum };
      const numbers = numbersOf(mixing, 'chosen', 4 * count);
      const step = Math.max(1, Math.floor(count / 8));
      for (let from = 0; from + count <= numbers.length; from += step) {
        const window = numbers.slice(from, from + count);
        expect({ from, isWhole: isWhole(mixing, window) }).toEqual({ from, isWhole: true });
      }
    }
  },
);

test.each([...SMALL, 33, 64, 65, 89])(
  'K = %i: so are any K over the end of the loop, in which each number comes once',
  (count) => {
    for (const checksum of [0, 0x12345678, 0xffffffff]) {
      const mixing = { count, checksum };
      const numbers = numbersOf(mixing, 'chosen', 5 * count);
      const loop = numbers.slice(0, 4 * count);
      expect(numbers.slice(4 * count)).toEqual(loop.slice(0, count));
      expect(new Set(loop).size).toBe(loop.length);
      const step = Math.max(1, Math.floor(count / 8));
      for (let from = 3 * count; from < 4 * count; from += step) {
        const window = numbers.slice(from, from + count);
        expect({ from, isWhole: isWhole(mixing, window) }).toEqual({ from, isWhole: true });
      }
    }
  },
);

test('for few fragments too, of which not every set of parts can close a loop', () => {
  for (const count of [2, 3, 4, 5, 6, 7, 8]) {
    for (let checksum = 1; checksum <= 50; checksum += 1) {
      const mixing = { count, checksum };
      const numbers = numbersOf(mixing, 'chosen', 5 * count);
      for (let from = 3 * count; from < 4 * count; from += 1) {
        const window = numbers.slice(from, from + count);
        expect({ mixing, isWhole: isWhole(mixing, window) }).toEqual({ mixing, isWhole: true });
      }
    }
  }
});

test('K = 512: an animation of 4K frames, of windows of which all are whole', () => {
  const mixing = { count: 512, checksum: 0xcafe };
  const numbers = numbersOf(mixing, 'chosen', 2560);
  // Six digits, which the text of a part has room for.
  expect(Math.max(...numbers)).toBeLessThan(1_000_000);
  for (const from of [0, 1, 300, 511, 1000, 1536, 1537, 1800, 2047]) {
    expect(isWhole(mixing, numbers.slice(from, from + 512))).toBe(true);
  }
});

test('plain parts come first and once; each number once; mixes are of a middle degree', () => {
  for (const count of [8, 33, 100]) {
    const mixing = { count, checksum: 77 };
    const numbers = numbersOf(mixing, 'chosen', 4 * count);
    expect(numbers.slice(0, count)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(new Set(numbers).size).toBe(numbers.length);
    const degrees = numbers.slice(count).map((number) => degreeOf(number, mixing));
    expect(Math.min(...degrees)).toBeGreaterThanOrEqual(count / 2);
    expect(Math.max(...degrees)).toBeLessThanOrEqual((3 * count) / 4);
  }
});

test('sequential is 1, 2, 3', () => {
  expect(numbersOf({ count: 3, checksum: 1 }, 'sequential', 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
