/** The span of the newest vectors against plain elimination over just those. */
import { expect, test } from '@jest/globals';
import {
  type BitVector,
  bitVector,
  hasBit,
  lowestBit,
  RecentSpan,
  xorInto,
} from '../../src/ur/linear-span.ts';
import { randomNumbers } from './samples.ts';

/** Rank by elimination in big integers, which shares nothing with the code under test. */
export function rankOf(vectors: readonly bigint[]): number {
  const rows: bigint[] = [];
  for (let vector of vectors) {
    for (const row of rows) if ((vector ^ row) < vector) vector ^= row;
    if (vector === 0n) continue;
    rows.push(vector);
    rows.sort((a, b) => (a < b ? 1 : -1));
  }
  return rows.length;
}

const vectorOf = (bits: bigint, count: number): BitVector =>
  bitVector(
    count,
    Array.from({ length: count }, (_, i) => i).filter((i) => (bits >> BigInt(i)) & 1n),
  );

test('bits are found where they were put', () => {
  const vector = bitVector(70, [31, 32, 69]);
  expect([...vector]).toEqual([0x80000000, 1, 32]);
  expect([0, 31, 32, 33, 69].map((index) => hasBit(vector, index))).toEqual([
    false,
    true,
    true,
    false,
    true,
  ]);
  expect(lowestBit(vector)).toBe(31);
  xorInto(vector, bitVector(70, [31, 40]));
  expect(lowestBit(vector)).toBe(32);
  expect(lowestBit(bitVector(70, []))).toBe(-1);
});

test.each([1, 5, 12, 40])(
  'vectors of %i bits: new is what raises the rank of the newest',
  (count) => {
    const random = randomNumbers(count);
    const span = new RecentSpan(count);
    const added: bigint[] = [];
    const draw = (): bigint => {
      let bits = 0n;
      for (let i = 0; i < count; i += 1) bits = bits * 2n + (random.next().value < 0.4 ? 1n : 0n);
      return bits;
    };
    const verdicts = { true: 0, false: 0 };
    for (let time = 0; time < 200; time += 1) {
      const candidate = draw();
      for (const newest of [0, 1, count - 1, count, 2 * count]) {
        const since = Math.max(0, time - newest);
        const others = added.slice(since);
        const isNew = rankOf([...others, candidate]) > rankOf(others);
        expect(span.isNew(vectorOf(candidate, count), since)).toBe(isNew);
        verdicts[`${isNew}`] += 1;
      }
      added.push(candidate);
      span.add(vectorOf(candidate, count), time);
    }
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(50);
  },
);

test('asking and adding leave the vector as it was', () => {
  const span = new RecentSpan(8);
  const vector = bitVector(8, [1, 3]);
  span.add(vector, 0);
  expect(span.isNew(vector, 0)).toBe(false);
  span.add(vector, 1);
  expect(span.isNew(vector, 1)).toBe(false);
  expect([...vector]).toEqual([10]);
});
