/** A set of sorted texts against a sorted list, whatever is added and removed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SortedTexts } from '../src/ledger/sorted-texts.ts';

const text = fc.oneof(
  {
    arbitrary: fc.integer({ min: 0, max: 3000 }).map((n) => String(n).padStart(5, '0')),
    weight: 9,
  },
  { arbitrary: fc.string({ maxLength: 3 }), weight: 1 },
);

describe('sorted texts', () => {
  test('are a sorted list without repetitions, and go on after any text', () => {
    const change = fc.record({ text, isAdded: fc.integer({ min: 0, max: 9 }).map((n) => n > 2) });
    const changes = fc.array(change, { minLength: 2000, maxLength: 6000, size: 'max' });
    fc.assert(
      fc.property(changes, fc.array(text, { maxLength: 5 }), (all, places) => {
        const sorted = new SortedTexts();
        const model = new Set<string>();
        for (const { text: each, isAdded } of all) {
          if (isAdded) sorted.add(each);
          else sorted.delete(each);
          if (isAdded) model.add(each);
          else model.delete(each);
        }
        const list = [...model].sort();
        expect(sorted.size).toBe(list.length);
        expect([...sorted.after()]).toEqual(list);
        for (const place of [...places, list[0] ?? '', list.at(-1) ?? '']) {
          expect([...sorted.after(place)]).toEqual(list.filter((each) => each > place));
        }
      }),
      { seed: 20_261_124, numRuns: 30, endOnFailure: true },
    );
  });

  test.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => 100_000 - i],
    ['scattered', (i: number) => (i * 7919) % 100_003],
  ])('a hundred thousand that come %s are there, and gone again', (_name, numberOf) => {
    const texts = Array.from({ length: 100_000 }, (_, i) => String(numberOf(i)).padStart(6, '0'));
    const sorted = new SortedTexts(texts);
    expect([...sorted.after()]).toEqual([...texts].sort());
    for (const each of texts) sorted.delete(each);
    expect(sorted.size).toBe(0);
    expect([...sorted.after()]).toEqual([]);
  });
});
