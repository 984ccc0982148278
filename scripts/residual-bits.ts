/**
 * What a one-time key still costs to forge after k signatures, by exact counting. Pure functions: a
 * normalised third, the reach of a forger in it, how many raw thirds normalise into that reach, and
 * the samples that scripts/second-signature-cost.ts prints. Method: docs/security.md.
 */

/** The form of a third. IOTA's: 27 values of -13 to 13; the small ones are for tests. */
export interface ThirdShape {
  readonly length: number;
  /** Values go from -limit to limit. */
  readonly limit: number;
  /** The same for the last value before normalising: Kerl leaves the last trit of a hash at 0. */
  readonly lastLimit: number;
}

const FULL: ThirdShape = { length: 27, limit: 13, lastLimit: 13 };
/** The three thirds of a bundle hash; the last tryte of the third one has two trits. */
export const THIRDS: readonly ThirdShape[] = [FULL, FULL, { ...FULL, lastLimit: 4 }];

export const LEVELS = [1, 2, 3] as const;
export type Level = (typeof LEVELS)[number];

/** The values of one third, or the highest values that a forger can show in it. */
export type Third = Int8Array;

function limitAt({ length, limit, lastLimit }: ThirdShape, index: number): number {
  return index === length - 1 ? lastLimit : limit;
}

/** Nudges a third, in place, from its first value on until it sums to 0, as IOTA does. */
export function normalizeThird(third: Third, limit: number): Third {
  let sum = 0;
  for (const value of third) sum += value;
  for (let i = 0; sum !== 0; i += 1) {
    const value = third[i] as number;
    const step = sum > 0 ? Math.min(sum, value + limit) : Math.max(sum, value - limit);
    third[i] = value - step;
    sum -= step;
  }
  return third;
}

/** A chain shown at value v gives every value up to v: the highest shown value of each position. */
export function reachOf(signed: readonly Third[]): Third {
  const [first, ...rest] = signed;
  if (first === undefined) throw new RangeError('expected at least one signed third');
  const reach = first.slice();
  for (const third of rest) {
    for (let i = 0; i < reach.length; i += 1) {
      reach[i] = Math.max(reach[i] as number, third[i] as number);
    }
  }
  return reach;
}

/** Raw thirds there are. */
export function rawThirds(shape: ThirdShape): bigint {
  const { length, limit, lastLimit } = shape;
  return BigInt(2 * limit + 1) ** BigInt(length - 1) * BigInt(2 * lastLimit + 1);
}

/** The reach, cut to what each position of a normalised third can hold. */
function highsOf(shape: ThirdShape, reach: Third): number[] {
  const { length, limit, lastLimit } = shape;
  if (length < 3 || lastLimit > limit || reach.length !== length) {
    throw new RangeError('expected a third of at least 3 values and a reach of that length');
  }
  return Array.from(reach, (value, i) => Math.min(value, limitAt(shape, i)));
}

/** Ways in which the values from one position on stay 0, 1, 2… below their highest in all. */
function prependRow(row: readonly bigint[], width: number): bigint[] {
  const next: bigint[] = [];
  let window = 0n;
  for (let d = 0; d < row.length; d += 1) {
    window += row[d] as bigint;
    if (d >= width) window -= row[d - width] as bigint;
    next.push(width > 0 ? window : 0n);
  }
  return next;
}

/**
 * How many raw thirds normalise to a third that is, at every position, at most the reach.
 *
 * A normalised third n comes from raw ones that differ from it in a prefix only. If the raw sum was not
 * negative: the j values before the last lowered one were lowered all the way to -limit, from
 * anything; the one at j from n_j or more. So with j leading values of -limit there are
 * (2·limit+1)^j · (limit+1-n_j) of them. Negative sums mirror that with leading values of +limit,
 * less the one raw third that is n itself. What is left is a sum over n, by dynamic programming
 * from the last position to the first.
 */
export function countForgeable(shape: ThirdShape, reach: Third): bigint {
  const { length, limit } = shape;
  const highs = highsOf(shape, reach);
  const base = BigInt(2 * limit + 1);
  const tops = highs.findIndex((high) => high !== limit);
  const sum = highs.reduce((total, high) => total + high, 0);
  const room = highs.reduce((total, high, i) => total + Math.max(0, high + limitAt(shape, i)), 0);
  // Without a 13 first in reach, no suffix needs to stay further below its highest than all do.
  const deficitMax = tops === 0 ? Math.max(0, sum) : room;
  let row = [1n, ...new Array<bigint>(deficitMax).fill(0n)];
  let suffix = 0;
  let count = 0n;
  for (let j = length - 1; j >= 0; j -= 1) {
    const high = highs[j] as number;
    // The last position is never nudged: the values before it would sum to more than it can weigh.
    const isNudged = j < length - 1;
    for (let value = -limit; isNudged && value <= high; value += 1) {
      const weight = base ** BigInt(j);
      // The suffix must sum to limit·j - value, or to -limit·j - value: so far below its highest.
      const lowered = row[suffix - limit * j + value] ?? 0n;
      if (value > -limit) count += weight * BigInt(limit + 1 - value) * lowered;
      if (value === limit || (tops !== -1 && j > tops)) continue;
      const raised = row[suffix + limit * j + value] ?? 0n;
      count += (weight * BigInt(value + limit + 1) - 1n) * raised;
    }
    row = prependRow(row, high + limitAt(shape, j) + 1);
    suffix += high;
  }
  return count;
}

/** The base-2 logarithm of a positive integer, to the precision of a double. */
export function log2Of(value: bigint): number {
  if (value <= 0n) throw new RangeError('expected a positive integer');
  const shift = Math.max(0, value.toString(2).length - 53);
  return Math.log2(Number(value >> BigInt(shift))) + shift;
}

/** Work in hashes (log2) until one third of a hash falls within reach, from the exact count. */
export function thirdBits(shape: ThirdShape, reach: Third): number {
  return log2Of(rawThirds(shape)) - log2Of(countForgeable(shape, reach));
}

/**
 * The same count in floating point, for a reach without the limit (13) and thirds of IOTA's form: fast
 * enough to choose among many candidates. What is reported is counted exactly afterwards.
 */
export function estimateForgeable(shape: ThirdShape, reach: Third): number {
  const { length, limit } = shape;
  const highs = highsOf(shape, reach);
  const sum = highs.reduce((total, high) => total + high, 0);
  if (sum < 0) return 0;
  let row = new Float64Array(sum + 1);
  let next = new Float64Array(sum + 1);
  row[0] = 1;
  let suffix = 0;
  let count = 0;
  for (let j = length - 1; j >= 0; j -= 1) {
    const high = highs[j] as number;
    const weight = (2 * limit + 1) ** j;
    const first = Math.max(1 - limit, limit * j - suffix);
    for (let value = first; j < length - 1 && value <= high; value += 1) {
      // At j = 0 raw thirds of negative sum come too: 2·limit+1 first values in all.
      const firsts = j === 0 ? 2 * limit + 1 : limit + 1 - value;
      count += weight * firsts * (row[suffix - limit * j + value] as number);
    }
    const width = high + limitAt(shape, j) + 1;
    let window = 0;
    for (let d = 0; d <= sum; d += 1) {
      window += row[d] as number;
      if (d >= width) window -= row[d - width] as number;
      next[d] = window;
    }
    [row, next] = [next, row];
    suffix += high;
  }
  return count;
}

/** A stream of uniform 32-bit numbers (sfc32), the same for the same seed and name. */
export type Random = () => number;

export function createRandom(seed: number, name: string): Random {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88 | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (const character of name) {
    b ^= character.codePointAt(0) ?? 0;
    for (let i = 0; i < 16; i += 1) next();
  }
  return next;
}

function uniformBelow(random: Random, bound: number): number {
  for (;;) {
    const value = random() >>> 27;
    if (value < bound) return value;
  }
}

/** A normalised third as a signer signs it: of a uniform raw third, without a 13. */
export function drawSignedThird(random: Random, shape: ThirdShape): Third {
  const third = new Int8Array(shape.length);
  for (;;) {
    for (let i = 0; i < third.length; i += 1) {
      const limit = limitAt(shape, i);
      third[i] = uniformBelow(random, 2 * limit + 1) - limit;
    }
    if (!normalizeThird(third, shape.limit).includes(shape.limit)) return third;
  }
}

/** A normalised bundle hash as a signer signs it. Whether a 13 occurs is independent in each third. */
export type SignedHash = readonly Third[];

export function drawSignedHash(random: Random): SignedHash {
  return THIRDS.map((shape) => drawSignedThird(random, shape));
}

/** Work (log2) to forge at each level, up to the highest one that any of the signatures has. */
export function forgeryBits(signatures: readonly SignedHash[], levels: readonly Level[]): number[] {
  const bits: number[] = [];
  let total = 0;
  for (const [index, shape] of THIRDS.entries()) {
    const shown = signatures.filter((_, i) => (levels[i] ?? 0) > index);
    if (shown.length === 0) break;
    total += thirdBits(shape, reachOf(shown.map((hash) => hash[index] as Third)));
    bits.push(total);
  }
  return bits;
}

/** Nearest-rank percentiles, in bits. */
export interface Spread {
  readonly p5: number;
  readonly median: number;
  readonly p95: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
  return { p5: at(0.05), median: at(0.5), p95: at(0.95) };
}

export interface SignaturesRow {
  readonly level: Level;
  readonly signatures: number;
  readonly bits: Spread;
}

const SIGNATURES_MAX = 4;

/** One key, k signatures at one level over unrelated hashes. */
export function measureSignatures(seed: number, samples: number): SignaturesRow[] {
  const rows: SignaturesRow[] = [];
  for (let signatures = 1; signatures <= SIGNATURES_MAX; signatures += 1) {
    const random = createRandom(seed, `signatures ${signatures}`);
    const levels = new Array<Level>(signatures).fill(3);
    const drawn = Array.from({ length: samples }, () =>
      forgeryBits(
        levels.map(() => drawSignedHash(random)),
        levels,
      ),
    );
    for (const level of LEVELS) {
      const bits = spreadOf(drawn.map((each) => each[level - 1] as number));
      rows.push({ level, signatures, bits });
    }
  }
  return rows.sort((a, b) => a.level - b.level || a.signatures - b.signatures);
}

export interface MixedRow {
  /** Levels of one UUID at which its key has signed, each time over another hash. */
  readonly signedAt: readonly Level[];
  readonly forgedAt: Level;
  /** Null where a third has no signature: its chains are not shown at all. */
  readonly bits: Spread | null;
}

const MIXED_LEVELS: readonly (readonly Level[])[] = [
  [1, 2],
  [1, 3],
  [2, 3],
  [1, 2, 3],
];

/** One UUID that signed at more than one level: the levels share their chains. */
export function measureMixedLevels(seed: number, samples: number): MixedRow[] {
  return MIXED_LEVELS.flatMap((signedAt) => {
    const random = createRandom(seed, `mixed ${signedAt.join('+')}`);
    const drawn = Array.from({ length: samples }, () =>
      forgeryBits(
        signedAt.map(() => drawSignedHash(random)),
        signedAt,
      ),
    );
    return LEVELS.map((forgedAt): MixedRow => {
      const values = drawn.flatMap((bits) => bits[forgedAt - 1] ?? []);
      return { signedAt, forgedAt, bits: values.length === 0 ? null : spreadOf(values) };
    });
  });
}

export interface ChoiceRow {
  readonly level: Level;
  readonly candidates: number;
  /** The second bundle is the candidate that makes forging cheapest, or dearest. */
  readonly attacker: Spread;
  readonly defender: Spread;
}

export interface ChoiceOptions {
  readonly seed: number;
  readonly samples: number;
  /** Numbers of candidates; each set holds the smaller ones. */
  readonly candidates: readonly number[];
  readonly onSample?: (done: number) => void;
}

/** Floating point ranks the candidates; what the chosen one costs is counted exactly. */
function chooseSecond(first: SignedHash, random: Random, candidates: readonly number[]): Choice[] {
  const chosen: Choice[] = [];
  const best = LEVELS.map((level) => ({
    level,
    cheap: 0,
    dear: Infinity,
    low: first,
    high: first,
  }));
  for (let count = 1; count <= Math.max(...candidates); count += 1) {
    const second = drawSignedHash(random);
    let ways = 1;
    for (const at of best) {
      const third = at.level - 1;
      const reach = reachOf([first[third] as Third, second[third] as Third]);
      ways *= estimateForgeable(THIRDS[third] as ThirdShape, reach);
      if (ways > at.cheap) [at.cheap, at.low] = [ways, second];
      if (ways < at.dear) [at.dear, at.high] = [ways, second];
    }
    if (!candidates.includes(count)) continue;
    for (const { level, low, high } of best) {
      const bits = (second: SignedHash): number =>
        forgeryBits([first, second], [level, level])[level - 1] as number;
      chosen.push({ level, candidates: count, attacker: bits(low), defender: bits(high) });
    }
  }
  return chosen;
}

interface Choice {
  readonly level: Level;
  readonly candidates: number;
  readonly attacker: number;
  readonly defender: number;
}

/** Two signatures, of which the second is over one of N candidates that somebody chooses. */
export function measureChoices(options: ChoiceOptions): ChoiceRow[] {
  const { seed, samples, candidates, onSample } = options;
  const random = createRandom(seed, 'choices');
  const drawn: Choice[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    drawn.push(...chooseSecond(drawSignedHash(random), random, candidates));
    onSample?.(sample);
  }
  return LEVELS.flatMap((level) =>
    [...candidates]
      .sort((a, b) => a - b)
      .map((count): ChoiceRow => {
        const cell = drawn.filter((each) => each.level === level && each.candidates === count);
        return {
          level,
          candidates: count,
          attacker: spreadOf(cell.map((each) => each.attacker)),
          defender: spreadOf(cell.map((each) => each.defender)),
        };
      }),
  );
}

/** Exact: -log2 of the chance that a hash has no 13 in the thirds that a level does not cover. */
export function uncoveredBits(level: 0 | Level): number {
  return THIRDS.slice(level)
    .map((shape) => thirdBits(shape, new Int8Array(shape.length).fill(shape.limit - 1)))
    .reduce((sum, bits) => sum + bits, 0);
}
