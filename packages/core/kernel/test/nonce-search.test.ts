/** The search of a nonce against @iota/curl, candidate by candidate, and against BigInt arithmetic. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ATTEMPTS_MAX, curlMidstate, searchNonce } from '../src/index.ts';
import { integerOfTrits, legacyCurl, runs, tritsOf } from './reference.ts';

const NONCES = 3n ** 81n;
const trit = fc.integer({ min: -1, max: 1 });
const tritsArbitrary = (length: number): fc.Arbitrary<Int8Array> =>
  fc.array(trit, { minLength: length, maxLength: length }).map((list) => Int8Array.from(list));

/** The last block's nonce in balanced ternary, `count` nonces on, after the largest the smallest. */
function nonceAfter(trits: Int8Array, count: bigint): Int8Array {
  const sum = integerOfTrits([...trits.slice(-81)]) + count;
  const half = (NONCES - 1n) / 2n;
  const wrapped = ((((sum + half) % NONCES) + NONCES) % NONCES) - half;
  return Int8Array.from(tritsOf(wrapped).slice(0, 81));
}

function withNonce(trits: Int8Array, nonce: Int8Array): Int8Array {
  const copy = trits.slice();
  copy.set(nonce, copy.length - 81);
  return copy;
}

/** Zero trits at the end of the hash by @iota/curl. */
function legacyZeros(trits: Int8Array): number {
  const hash = [...legacyCurl(trits)].reverse();
  const first = hash.findIndex((value) => value !== 0);
  return first === -1 ? hash.length : first;
}

/** Which of the first `count` candidates satisfy the magnitude, by one search after another. */
function hitsOf(trits: Int8Array, magnitude: number, count: number): number[] {
  const midstate = curlMidstate(trits);
  const hits: number[] = [];
  for (let start = 0; start < count; ) {
    const nonce = searchNonce({ midstate, magnitude, start, attempts: count - start });
    if (nonce === null) return hits;
    const found = [...Array(count - start).keys()].find((step) =>
      nonceAfter(trits, BigInt(start + step)).every((value, i) => value === nonce[i]),
    );
    if (found === undefined) throw new RangeError('the nonce is none of the candidates');
    hits.push(start + found);
    start += found + 1;
  }
  return hits;
}

/** Zeros of the first `count` candidates by @iota/curl. */
function legacyZerosOf(trits: Int8Array, count: number): number[] {
  return [...Array(count).keys()].map((step) =>
    legacyZeros(withNonce(trits, nonceAfter(trits, BigInt(step)))),
  );
}

const hitsAmong = (zeros: readonly number[], magnitude: number): number[] =>
  [...zeros.keys()].filter((step) => (zeros[step] ?? 0) >= magnitude);

const [block] = fc.sample(tritsArbitrary(243), runs(1)) as [Int8Array];
const largest = new Int8Array(81).fill(1);
const nearCarry = Int8Array.from({ length: 81 }, (_, i) => (i < 4 ? -1 : i < 70 ? 1 : 0));

describe('searchNonce', () => {
  test.each([
    ['any nonce', block],
    ['the largest nonce, after which comes the smallest', withNonce(block, largest)],
    ['a nonce before a carry over 66 trits', withNonce(block, nearCarry)],
  ])('finds the candidates that @iota/curl finds, each of 400 from %s', (_name, trits) => {
    const zeros = legacyZerosOf(trits, 400);
    expect(hitsAmong(zeros, 1).length).toBeGreaterThan(100);
    expect(hitsOf(trits, 1, 400)).toEqual(hitsAmong(zeros, 1));
    expect(hitsOf(trits, 3, 400)).toEqual(hitsAmong(zeros, 3));
  });

  test.each([2, 5, 33])('counts every block of %i', (blocks) => {
    const [trits] = fc.sample(tritsArbitrary(243 * blocks), runs(1)) as [Int8Array];
    expect(hitsOf(trits, 1, 20)).toEqual(hitsAmong(legacyZerosOf(trits, 20), 1));
  });

  test('holds one candidate to exactly the zeros that its hash has', () => {
    fc.assert(
      fc.property(tritsArbitrary(486), (trits) => {
        const zeros = legacyZeros(trits);
        const task = { midstate: curlMidstate(trits), start: 0, attempts: 1 };
        expect(searchNonce({ ...task, magnitude: zeros })).toEqual(trits.slice(-81));
        expect(searchNonce({ ...task, magnitude: zeros + 1 })).toBeNull();
      }),
      runs(60),
    );
  });

  test('starts as many nonces on as it is told', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(block, withNonce(block, largest)),
        fc.oneof(fc.nat(300), fc.nat(2 ** 52), fc.constant(2 ** 52)),
        (trits, start) => {
          const midstate = curlMidstate(trits);
          const nonce = searchNonce({ midstate, magnitude: 0, start, attempts: 1 });
          expect(nonce).toEqual(nonceAfter(trits, BigInt(start)));
        },
      ),
      runs(200),
    );
  });

  test('tries no more than it is told, at the end of 128 candidates and within', () => {
    const midstate = curlMidstate(block);
    const [first = 0] = hitsAmong(legacyZerosOf(block, 400), 4);
    expect(first).toBeGreaterThan(0);
    for (const start of [first, Math.max(0, first - 128), Math.max(0, first - 127), 0]) {
      const before = first - start;
      const task = { midstate, magnitude: 4, start };
      expect(searchNonce({ ...task, attempts: before + 1 })).not.toBeNull();
      if (before > 0) expect(searchNonce({ ...task, attempts: before })).toBeNull();
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('reaches a magnitude of %i', (magnitude) => {
    const midstate = curlMidstate(block);
    const nonce = searchNonce({ midstate, magnitude, start: 0, attempts: 2_000_000 });
    expect(legacyZeros(withNonce(block, nonce!))).toBeGreaterThanOrEqual(magnitude);
  });

  test('leaves what it is given as it was, and one search does not depend on another', () => {
    const trits = block.slice();
    const midstate = curlMidstate(trits);
    const copy = midstate.slice();
    const task = { midstate, magnitude: 5, start: 0, attempts: 10_000 };
    const nonce = searchNonce(task);
    expect([trits, midstate]).toEqual([block, copy]);
    searchNonce({ ...task, midstate: curlMidstate(withNonce(block, largest)), start: 77 });
    expect(searchNonce(task)).toEqual(nonce);
  });
});

describe('curlMidstate', () => {
  test('of one block is the block, with nothing absorbed', () => {
    const state = curlMidstate(block);
    expect(state).toHaveLength(729);
    expect(state.slice(0, 243)).toEqual(block);
    expect(state.slice(243).every((value) => value === 0)).toBe(true);
  });

  test('of two blocks holds the second in place of the first one’s hash', () => {
    const state = curlMidstate(Int8Array.from([...block, ...block]));
    expect(state.slice(0, 243)).toEqual(block);
    expect(state.slice(243).filter((value) => value !== 0).length).toBeGreaterThan(250);
  });
});

describe('wrong use is a RangeError', () => {
  const task = { midstate: curlMidstate(block), magnitude: 1, start: 0, attempts: 1 };
  const bad = task.midstate.with(728, 2);
  test.each<[string, () => unknown]>([
    ['no trits', () => curlMidstate(new Int8Array(0))],
    ['242 trits', () => curlMidstate(new Int8Array(242))],
    ['a trit of 2', () => curlMidstate(new Int8Array(243).fill(2))],
    ['a trit of -2', () => curlMidstate(new Int8Array(243).fill(-2))],
    ['a state of 728 trits', () => searchNonce({ ...task, midstate: new Int8Array(728) })],
    ['a state with a trit of 2', () => searchNonce({ ...task, midstate: bad })],
    ['a magnitude below 0', () => searchNonce({ ...task, magnitude: -1 })],
    ['a magnitude of 244', () => searchNonce({ ...task, magnitude: 244 })],
    ['a magnitude of 1.5', () => searchNonce({ ...task, magnitude: 1.5 })],
    ['a start below 0', () => searchNonce({ ...task, start: -1 })],
    ['a start above 2^52', () => searchNonce({ ...task, start: 2 ** 52 + 1 })],
    ['no attempts', () => searchNonce({ ...task, attempts: 0 })],
    ['too many attempts', () => searchNonce({ ...task, attempts: ATTEMPTS_MAX + 1 })],
    ['attempts that are no number', () => searchNonce({ ...task, attempts: Number.NaN })],
  ])('%s', (_name, run) => {
    expect(run).toThrow(RangeError);
  });
});
