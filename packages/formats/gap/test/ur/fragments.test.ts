/** Which fragments a part mixes: published answers, and what holds for all. */
import { expect, test } from '@jest/globals';
import { crc32 } from '../../src/ur/crc32.ts';
import { degreeOf, fragmentsOf } from '../../src/ur/fragments.ts';
import { FRAGMENTS_FROM_12, wolfMessage } from './vectors.ts';

const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

test('parts 1 to 30 of the published message of 11 fragments', () => {
  const mixing = { count: 11, checksum: crc32(wolfMessage(1024)) };
  const plain = Array.from({ length: 11 }, (_, index) => [index]);
  const parts = Array.from({ length: 30 }, (_, i) => sorted(fragmentsOf(i + 1, mixing)));
  expect(parts).toEqual([...plain, ...FRAGMENTS_FROM_12]);
});

test.each([1, 2, 7, 33, 512])(
  'of %i fragments each is taken once, as many as the degree',
  (count) => {
    for (let sequence = 1; sequence <= count + 50; sequence += 1) {
      const mixing = { count, checksum: 0xdeadbeef };
      const fragments = fragmentsOf(sequence, mixing);
      expect(fragments).toHaveLength(degreeOf(sequence, mixing));
      expect(new Set(fragments).size).toBe(fragments.length);
      expect(Math.min(...fragments)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...fragments)).toBeLessThan(count);
    }
  },
);

test('the highest number has fragments, the next one does not exist', () => {
  const mixing = { count: 5, checksum: 0xffffffff };
  expect(fragmentsOf(0xffffffff, mixing).length).toBeGreaterThan(0);
  expect(() => fragmentsOf(0x100000000, mixing)).toThrow(/out of range/);
});
