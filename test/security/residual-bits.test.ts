/** The counting behind docs/security.md: against brute force, against real hashes, and as a forger would. */
import { kerlOfWords } from '@airlock/kernel';
import {
  addressOfSeed,
  encodeInteger,
  normalizeHash,
  signHash,
  trytesToWords,
  verifySignature,
  wordsToTrytes,
} from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  countForgeable,
  createRandom,
  drawSignedHash,
  drawSignedThird,
  estimateForgeable,
  forgeryBits,
  LEVELS,
  log2Of,
  measureChoices,
  measureMixedLevels,
  measureSignatures,
  normalizeThird,
  rawThirds,
  reachOf,
  spreadOf,
  THIRDS,
  type Third,
  type ThirdShape,
  thirdBits,
  uncoveredBits,
} from '../../scripts/residual-bits.ts';

const [FULL, , LAST] = THIRDS as [ThirdShape, ThirdShape, ThirdShape];
const everywhere = (value: number, length = 27): Third => new Int8Array(length).fill(value);

/** Every raw third, normalised by the definition, one nudge after another. */
function countByTrying(shape: ThirdShape, reach: Third): bigint {
  const { length, limit, lastLimit } = shape;
  let count = 0n;
  const raw = new Int8Array(length);
  const visit = (index: number): void => {
    if (index === length) {
      if (normalizeThird(raw.slice(), limit).every((v, i) => v <= reach[i]!)) count += 1n;
      return;
    }
    const most = index === length - 1 ? lastLimit : limit;
    for (let value = -most; value <= most; value += 1) {
      raw[index] = value;
      visit(index + 1);
    }
  };
  visit(0);
  return count;
}

/** Real bundle hashes: Kerl of a counter. */
function kerlHash(number: number): string {
  return wordsToTrytes(kerlOfWords(trytesToWords(encodeInteger(BigInt(number), 81))));
}

const thirdOf = (hash: string): Third => normalizeHash(hash).slice(0, 27);

/** Hashes that a signer would sign, and the first number that was not looked at. */
function signableHashes(count: number): { hashes: string[]; next: number } {
  const hashes: string[] = [];
  let next = 0;
  for (; hashes.length < count; next += 1) {
    const hash = kerlHash(next);
    if (!normalizeHash(hash).includes(13)) hashes.push(hash);
  }
  return { hashes, next };
}

describe('counting', () => {
  test('agrees with brute force for every shape and reach of small thirds', () => {
    const random = createRandom(1, 'small');
    for (let round = 0; round < 1_500; round += 1) {
      const limit = 1 + (random() % 2);
      const length = 3 + (random() % 2);
      const shape = { length, limit, lastLimit: random() % 2 === 0 ? limit : 1 };
      const reach = Int8Array.from({ length }, () => (random() % (2 * limit + 1)) - limit);
      const found = { shape, reach, count: countForgeable(shape, reach) };
      expect(found).toEqual({ shape, reach, count: countByTrying(shape, reach) });
    }
  });

  test('counts every raw third once when everything is in reach: 0 bits', () => {
    for (const shape of THIRDS) {
      expect(countForgeable(shape, everywhere(13))).toBe(rawThirds(shape));
      expect(thirdBits(shape, everywhere(13))).toBe(0);
    }
  });

  test('after one signature counts the raw thirds of the signed third itself', () => {
    const random = createRandom(2, 'once');
    for (let round = 0; round < 200; round += 1) {
      const third = drawSignedThird(random, FULL);
      const lead = third.findIndex((value) => value !== -13);
      // 27 by its first value; with leading values of -13 each of those could have been anything.
      const own = lead === 0 ? 27n : 27n ** BigInt(lead) * BigInt(14 - third[lead]!);
      expect(countForgeable(FULL, third)).toBe(own);
    }
  });

  test('counts nothing for a reach that cannot sum to 0', () => {
    expect(countForgeable(FULL, everywhere(-1))).toBe(0n);
    expect(estimateForgeable(FULL, everywhere(-1))).toBe(0);
  });

  test('grows with the reach, so that each further signature costs bits', () => {
    const random = createRandom(3, 'growing');
    for (let round = 0; round < 20; round += 1) {
      const thirds = Array.from({ length: 5 }, () => drawSignedThird(random, LAST));
      const bits = thirds.map((_, i) => thirdBits(LAST, reachOf(thirds.slice(0, i + 1))));
      for (let i = 1; i < bits.length; i += 1) expect(bits[i]).toBeLessThanOrEqual(bits[i - 1]!);
      expect(bits[4]).toBeLessThan(bits[0]!);
    }
  });

  test('the floating-point ranking agrees with the exact count', () => {
    const random = createRandom(4, 'ranking');
    for (let round = 0; round < 100; round += 1) {
      for (const shape of THIRDS) {
        const reach = reachOf([drawSignedThird(random, shape), drawSignedThird(random, shape)]);
        const exact = log2Of(countForgeable(shape, reach));
        expect(Math.log2(estimateForgeable(shape, reach))).toBeCloseTo(exact, 9);
      }
    }
  });

  test('takes logarithms of integers beyond the range of a double', () => {
    expect(log2Of(1n)).toBe(0);
    expect(log2Of(2n ** 2_000n)).toBe(2_000);
    expect(log2Of(3n ** 700n)).toBeCloseTo(700 * Math.log2(3), 9);
    expect(() => log2Of(0n)).toThrow(RangeError);
  });
});

describe('the model against real hashes', () => {
  test('normalises as the protocol does', () => {
    for (let number = 0; number < 2_000; number += 1) {
      const hash = kerlHash(number);
      const raw = Int8Array.from(hash, (tryte) => {
        const index = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(tryte);
        return index > 13 ? index - 27 : index;
      });
      const thirds = [0, 27, 54].map((at) => normalizeThird(raw.slice(at, at + 27), 13));
      expect(thirds.flatMap((third) => [...third])).toEqual([...normalizeHash(hash)]);
      expect(Math.abs(raw[80]!)).toBeLessThanOrEqual(4);
    }
  });

  test('as many Kerl hashes fall within a forger’s reach as counted', () => {
    const { hashes, next } = signableHashes(6);
    const reach = reachOf(hashes.map(thirdOf));
    const chance = 2 ** -thirdBits(FULL, reach);
    const tries = 60_000;
    let hits = 0;
    for (let i = 0; i < tries; i += 1) {
      if (thirdOf(kerlHash(next + i)).every((value, j) => value <= reach[j]!)) hits += 1;
    }
    const deviation = Math.sqrt(tries * chance * (1 - chance));
    expect(tries * chance).toBeGreaterThan(50);
    expect(Math.abs(hits - tries * chance)).toBeLessThan(4 * deviation);
  });

  test('six signatures of one key are enough to forge a seventh that verifies', () => {
    const seed = new Uint8Array(48).fill(7);
    const sign = (bundleHash: string): Uint8Array => signHash({ seed, bundleHash, level: 1 });
    const { hashes, next } = signableHashes(6);
    const reach = reachOf(hashes.map(thirdOf));
    let number = next;
    while (!thirdOf(kerlHash(number)).every((value, i) => value <= reach[i]!)) number += 1;
    const target = kerlHash(number);
    expect(hashes).not.toContain(target);
    const shown = hashes.map((hash) => ({ third: thirdOf(hash), signature: sign(hash) }));
    const chunks = [...thirdOf(target)].map((value, i) => {
      const source = shown.find(({ third }) => third[i]! >= value)!;
      let chunk: Uint8Array = source.signature.slice(i * 48, i * 48 + 48);
      for (let at = source.third[i]!; at > value; at -= 1) chunk = kerlOfWords(chunk);
      return chunk;
    });
    const forged = new Uint8Array(Buffer.concat(chunks));
    const address = addressOfSeed(seed, 1);
    expect(verifySignature({ address, bundleHash: hashes[0]!, signature: sign(hashes[0]!) })).toBe(
      true,
    );
    expect(verifySignature({ address, bundleHash: target, signature: forged })).toBe(true);
  });
});

describe('measuring', () => {
  test('gives the same figures for the same seed, and others for another', () => {
    const measure = (seed: number) => ({
      signatures: measureSignatures(seed, 20),
      mixed: measureMixedLevels(seed, 20),
      choices: measureChoices({ seed, samples: 3, candidates: [1, 20] }),
    });
    expect(measure(5)).toEqual(measure(5));
    expect(measure(5)).not.toEqual(measure(6));
  });

  test('has a row for each level and number of signatures, unchanged by JSON', () => {
    const rows = measureSignatures(1, 20);
    expect(rows.map(({ level, signatures }) => [level, signatures])).toEqual(
      LEVELS.flatMap((level) => [1, 2, 3, 4].map((count) => [level, count])),
    );
    for (const { bits } of rows) {
      expect(Object.keys(bits)).toEqual(['p5', 'median', 'p95']);
      expect(bits.p5).toBeGreaterThan(0);
      expect(bits.p5).toBeLessThanOrEqual(bits.median);
      expect(bits.median).toBeLessThanOrEqual(bits.p95);
    }
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });

  test('finds at level 2 what the design rests on: 238 bits, then about 61, then about 37', () => {
    const median = measureSignatures(1, 150)
      .filter(({ level }) => level === 2)
      .map(({ bits }) => bits.median);
    expect(median[0]).toBeGreaterThan(230);
    expect(Math.abs(median[1]! - 61)).toBeLessThan(3);
    expect(Math.abs(median[2]! - 37)).toBeLessThan(3);
  });

  test('an attacker who chooses pays less, a defender who chooses makes it dearer', () => {
    const rows = measureChoices({ seed: 1, samples: 5, candidates: [1, 10, 100] });
    for (const level of LEVELS) {
      const [one, ten, hundred] = rows.filter((row) => row.level === level);
      expect(one!.attacker).toEqual(one!.defender);
      // Each set of candidates holds the smaller ones.
      expect(ten!.attacker.median).toBeLessThanOrEqual(one!.attacker.median);
      expect(hundred!.attacker.median).toBeLessThanOrEqual(ten!.attacker.median);
      expect(hundred!.attacker.median).toBeLessThan(one!.attacker.median);
      expect(ten!.defender.median).toBeGreaterThanOrEqual(one!.defender.median);
      expect(hundred!.defender.median).toBeGreaterThanOrEqual(ten!.defender.median);
      expect(hundred!.defender.median).toBeGreaterThan(one!.defender.median);
    }
  });

  test('levels of one UUID share their chains: signing at 1 and 3 opens level 1 alone', () => {
    const rows = measureMixedLevels(1, 40).filter(({ signedAt }) => signedAt.join() === '1,3');
    const [one, two, three] = rows.map(({ bits }) => bits!.median);
    expect(one).toBeLessThan(40);
    expect(two).toBeGreaterThan(120);
    expect(three).toBeGreaterThan(220);
  });

  test('a third that no signature shows cannot be forged', () => {
    const random = createRandom(8, 'absent');
    const hashes = [drawSignedHash(random), drawSignedHash(random)];
    expect(forgeryBits(hashes, [1, 2])).toHaveLength(2);
    const rows = measureMixedLevels(1, 20).filter(({ signedAt }) => signedAt.join() === '1,2');
    expect(rows.map(({ bits }) => bits === null)).toEqual([false, false, true]);
  });

  test('one hash in about 122 has no 13', () => {
    expect(2 ** uncoveredBits(0)).toBeCloseTo(121.6, 0);
    expect(uncoveredBits(3)).toBe(0);
  });

  test('percentiles are members of the sample', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ p5: 1, median: 2, p95: 4 });
  });
});
