/** The kernel against published vectors, BigInt arithmetic, @iota/kerl and @iota/signing. */

import converter from '@iota/converter';
import signing from '@iota/signing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  deriveAddress,
  FRAGMENT_BYTES,
  isInDomain,
  kerlOfTrytes,
  kerlOfWords,
  resolveAddress,
  sign,
  toDomain,
  trytesToWords,
  wordsToTrytes,
} from '../src/index.ts';
import {
  blocksArbitrary,
  bytesOf,
  HALF,
  integerOf,
  integerOfTrits,
  legacyKerl,
  runs,
  tritsOf,
  trytesArbitrary,
  trytesOfTrits,
  vectorsOf,
  WEIGHT,
  withLastTritCleared,
} from './reference.ts';

interface Vectors {
  readonly kerl: readonly { input: string; output: string }[];
  readonly address_generation: readonly {
    seed: string;
    index: number;
    security: number;
    address: string;
  }[];
}
const vectors = vectorsOf('iota-legacy.json') as Vectors;

const bytes48 = fc.uint8Array({ minLength: 48, maxLength: 48 });
const bytes48Balanced = fc.oneof(
  bytes48,
  // Around the two borders of Kerl's domain, where one bit decides.
  fc
    .tuple(fc.constantFrom(HALF, -HALF), fc.bigInt({ min: -300n, max: 300n }))
    .map(([border, offset]) => bytesOf(border + offset)),
);
const normalizedArbitrary = fc
  .array(fc.integer({ min: -13, max: 13 }), { minLength: 81, maxLength: 81 })
  .map((values) => Int8Array.from(values));

/** The signature by @iota/signing over a normalised hash, as bytes. */
function legacySignature(seed: string, normalized: Int8Array, level: number): Uint8Array {
  const key = signing.key(signing.subseed(converter.trytesToTrits(seed), 0), level);
  let trytes = '';
  for (let i = 0; i < level; i += 1) {
    const fragment = signing.signatureFragment(normalized, key, 27 * i, 6561 * i);
    trytes += converter.tritsToTrytes(fragment);
  }
  return trytesToWords(trytes);
}

describe('kerl', () => {
  test.each(vectors.kerl.map(({ input, output }, index) => ({ index, input, output })))(
    'gives the published output of vector $index',
    ({ input, output }) => {
      const words = kerlOfWords(trytesToWords(input), output.length / 81);
      expect(wordsToTrytes(words)).toBe(output);
      expect(wordsToTrytes(kerlOfTrytes(input))).toBe(output.slice(0, 81));
    },
  );

  test('agrees with @iota/kerl for 1 to 5 blocks absorbed and 1 to 4 squeezed', () => {
    fc.assert(
      fc.property(blocksArbitrary(5), fc.integer({ min: 1, max: 4 }), (input, count) => {
        const expected = legacyKerl(input, count);
        expect(wordsToTrytes(kerlOfWords(trytesToWords(input), count))).toBe(expected);
        expect(wordsToTrytes(kerlOfTrytes(input))).toBe(expected.slice(0, 81));
      }),
      runs(60),
    );
  });

  test.each([27, 128, 129, 256, 300])('agrees with @iota/kerl for %i blocks', (blocks) => {
    const [input] = fc.sample(trytesArbitrary(81 * blocks), runs(1)) as [string];
    const expected = legacyKerl(input);
    expect(wordsToTrytes(kerlOfTrytes(input))).toBe(expected);
    expect(wordsToTrytes(kerlOfWords(trytesToWords(input)))).toBe(expected);
  });

  test.each(['9', 'M', 'N', 'A', 'Z'])('agrees with @iota/kerl for a block of "%s"', (tryte) => {
    const input = tryte.repeat(81);
    expect(wordsToTrytes(kerlOfWords(trytesToWords(input), 3))).toBe(legacyKerl(input, 3));
  });

  test('a hash does not depend on the one before it', () => {
    const before = kerlOfTrytes('A'.repeat(81));
    kerlOfTrytes('B'.repeat(81 * 3));
    expect(kerlOfTrytes('A'.repeat(81))).toEqual(before);
  });
});

describe('words and trytes', () => {
  test('trytes come back from words with each block’s last trit cleared', () => {
    fc.assert(
      fc.property(blocksArbitrary(4), (trytes) => {
        expect(wordsToTrytes(trytesToWords(trytes))).toBe(withLastTritCleared(trytes));
      }),
      runs(300),
    );
  });

  test('more blocks than one call of the kernel holds convert like one at a time', () => {
    const [trytes] = fc.sample(trytesArbitrary(81 * 257), runs(1)) as [string];
    const blocks = trytes.match(/.{81}/g) as string[];
    const words = trytesToWords(trytes);
    expect(Buffer.from(words).toString('hex')).toBe(
      blocks.map((block) => Buffer.from(trytesToWords(block)).toString('hex')).join(''),
    );
    expect(isInDomain(words)).toBe(true);
    expect(wordsToTrytes(words)).toBe(blocks.map(withLastTritCleared).join(''));
  });

  test('words are the integer that BigInt arithmetic finds for the trits', () => {
    fc.assert(
      fc.property(trytesArbitrary(81), (trytes) => {
        const trits = [...converter.trytesToTrits(trytes)];
        trits[242] = 0;
        expect(integerOf(trytesToWords(trytes))).toBe(integerOfTrits(trits));
      }),
      runs(300),
    );
  });

  test.each([
    ['the largest integer', HALF, `${'M'.repeat(80)}D`],
    ['the smallest integer', -HALF, `${'N'.repeat(80)}W`],
    ['zero', 0n, '9'.repeat(81)],
    ['one', 1n, `A${'9'.repeat(80)}`],
    ['minus one', -1n, `Z${'9'.repeat(80)}`],
  ])('%s converts both ways', (_name, integer, trytes) => {
    expect(trytesOfTrits(tritsOf(integer))).toBe(trytes);
    expect(wordsToTrytes(bytesOf(integer))).toBe(trytes);
    expect(trytesToWords(trytes)).toEqual(bytesOf(integer));
  });

  test('81 times M or N is read as the extreme of the domain', () => {
    expect(integerOf(trytesToWords('M'.repeat(81)))).toBe(HALF);
    expect(integerOf(trytesToWords('N'.repeat(81)))).toBe(-HALF);
  });

  test.each([
    ['HALF + 1', HALF + 1n],
    ['-HALF - 1', -HALF - 1n],
    ['2^383 - 1', 2n ** 383n - 1n],
    ['-2^383', -(2n ** 383n)],
  ])('an integer of %s is not in the domain and is refused', (_name, integer) => {
    expect(isInDomain(bytesOf(integer))).toBe(false);
    expect(() => wordsToTrytes(bytesOf(integer))).toThrow(RangeError);
  });

  test('the domain is exactly -HALF to HALF', () => {
    fc.assert(
      fc.property(bytes48Balanced, (bytes) => {
        const integer = integerOf(bytes);
        expect(isInDomain(bytes)).toBe(integer >= -HALF && integer <= HALF);
      }),
      runs(500),
    );
  });

  test.each([0, 1, 127, 128, 129, 200])('one bad word among 201, at %i, is found', (place) => {
    const words = new Uint8Array(201 * 48);
    expect(isInDomain(words)).toBe(true);
    words.set(bytesOf(HALF + 1n), place * 48);
    expect(isInDomain(words)).toBe(false);
    expect(() => wordsToTrytes(words)).toThrow('a word has a 243rd trit');
  });
});

describe('toDomain', () => {
  test('sets the 243rd balanced trit to 0, as BigInt arithmetic does', () => {
    fc.assert(
      fc.property(bytes48Balanced, (bytes) => {
        const before = bytes.slice();
        const trits = tritsOf(integerOf(bytes));
        trits[242] = 0;
        const word = toDomain(bytes);
        expect(integerOf(word)).toBe(integerOfTrits(trits));
        expect(isInDomain(word)).toBe(true);
        expect(wordsToTrytes(word)).toBe(trytesOfTrits(trits));
        expect(bytes).toEqual(before);
      }),
      runs(500),
    );
  });

  test.each([
    ['HALF', HALF, HALF],
    ['-HALF', -HALF, -HALF],
    ['HALF + 1', HALF + 1n, HALF + 1n - WEIGHT],
    ['-HALF - 1', -HALF - 1n, WEIGHT - HALF - 1n],
    ['2^383 - 1', 2n ** 383n - 1n, 2n ** 383n - 1n - WEIGHT],
    ['-2^383', -(2n ** 383n), WEIGHT - 2n ** 383n],
    ['0', 0n, 0n],
    ['-1', -1n, -1n],
  ])('%s', (_name, integer, expected) => {
    expect(integerOf(toDomain(bytesOf(integer)))).toBe(expected);
  });
});

describe('addresses', () => {
  test.each(vectors.address_generation)(
    'seed $seed, key index $index, level $security',
    ({ seed, index, security, address }) => {
      // The kernel knows key index 0 only; index n of a seed is index 0 of seed + n.
      const sum = signing.add(converter.trytesToTrits(seed), converter.fromValue(index));
      const word = trytesToWords(converter.tritsToTrytes(sum));
      expect(wordsToTrytes(deriveAddress(word, security))).toBe(address);
    },
  );

  test.each([1, 2, 3])('agree with @iota/signing at level %i', (level) => {
    fc.assert(
      fc.property(bytes48, (bytes) => {
        const seed = toDomain(bytes);
        const trits = converter.trytesToTrits(wordsToTrytes(seed));
        const digests = signing.digests(signing.key(signing.subseed(trits, 0), level));
        const expected = converter.tritsToTrytes(signing.address(digests));
        expect(wordsToTrytes(deriveAddress(seed, level))).toBe(expected);
      }),
      { ...runs(1), seed: level },
    );
  });
});

describe('signatures', () => {
  test('agree with @iota/signing for any normalised values', () => {
    fc.assert(
      fc.property(
        bytes48,
        normalizedArbitrary,
        fc.constantFrom(1, 2, 3),
        (bytes, values, level) => {
          const seed = toDomain(bytes);
          const expected = legacySignature(wordsToTrytes(seed), values, level);
          expect(Buffer.from(sign(seed, values, level))).toEqual(Buffer.from(expected));
        },
      ),
      runs(4),
    );
  });

  test('resolve to the signing key’s address, and to another one if any bit is flipped', () => {
    fc.assert(
      fc.property(
        fc.record({
          bytes: bytes48,
          values: normalizedArbitrary,
          level: fc.constantFrom(1, 2, 3),
          flip: fc.nat(8 * FRAGMENT_BYTES - 1),
        }),
        ({ bytes, values, level, flip }) => {
          const seed = toDomain(bytes);
          const address = deriveAddress(seed, level);
          const signature = sign(seed, values, level);
          expect(signature.length).toBe(level * FRAGMENT_BYTES);
          expect(resolveAddress(signature, values)).toEqual(address);
          signature[flip >> 3]! ^= 1 << (flip & 7);
          expect(resolveAddress(signature, values)).not.toEqual(address);
        },
      ),
      runs(60),
    );
  });

  test.each([-13, 0, 13])('all values %i resolve to the address', (value) => {
    const seed = toDomain(new Uint8Array(48).fill(0x5a));
    const values = new Int8Array(81).fill(value);
    for (const level of [1, 2, 3]) {
      expect(resolveAddress(sign(seed, values, level), values)).toEqual(deriveAddress(seed, level));
    }
  });

  test('fragments past the third sign the thirds again, as @iota/signing resolves them', () => {
    const [values] = fc.sample(normalizedArbitrary, runs(1)) as [Int8Array];
    const [bytes] = fc.sample(bytes48, runs(1)) as [Uint8Array];
    const signature = kerlOfWords(toDomain(bytes), 27 * 4 + 20);
    const fragments = Buffer.concat([signature, signature]).subarray(0, 8 * FRAGMENT_BYTES);
    const digests = Array.from({ length: 8 }, (_, i) => {
      const fragment = fragments.subarray(i * FRAGMENT_BYTES, (i + 1) * FRAGMENT_BYTES);
      const third = values.slice((i % 3) * 27, (i % 3) * 27 + 27);
      return [...signing.digest(third, converter.trytesToTrits(wordsToTrytes(fragment)))];
    });
    const expected = converter.tritsToTrytes(signing.address(Int8Array.from(digests.flat())));
    expect(wordsToTrytes(resolveAddress(fragments, values))).toBe(expected);
  });

  test('a value of 13 shows the private chain value, which is why callers must refuse it', () => {
    const seed = toDomain(new Uint8Array(48).fill(7));
    const key = kerlOfWords(kerlOfWords(seed), 27);
    expect(sign(seed, new Int8Array(81).fill(13), 1)).toEqual(key);
  });
});

describe('wrong use is a RangeError', () => {
  const word = new Uint8Array(48);
  const values = new Int8Array(81);
  const tooHigh = Int8Array.from(values).fill(14, 80);
  const tooLow = Int8Array.from(values).fill(-14, 0, 1);
  test.each<[string, () => unknown]>([
    ['no trytes to hash', () => kerlOfTrytes('')],
    ['80 trytes to hash', () => kerlOfTrytes('9'.repeat(80))],
    ['a lower-case tryte', () => kerlOfTrytes('a'.repeat(81))],
    ['a bad tryte in the second part', () => kerlOfTrytes('9'.repeat(81 * 129 - 1) + '0')],
    ['no words to hash', () => kerlOfWords(new Uint8Array(0))],
    ['47 bytes to hash', () => kerlOfWords(new Uint8Array(47))],
    ['0 words squeezed', () => kerlOfWords(word, 0)],
    ['129 words squeezed', () => kerlOfWords(word, 129)],
    ['82 trytes to convert', () => trytesToWords('9'.repeat(82))],
    ['a tryte outside the alphabet', () => trytesToWords('1'.repeat(81))],
    ['49 bytes to convert', () => wordsToTrytes(new Uint8Array(49))],
    ['no bytes to check', () => isInDomain(new Uint8Array(0))],
    ['47 bytes of integer', () => toDomain(new Uint8Array(47))],
    ['49 bytes of integer', () => toDomain(new Uint8Array(49))],
    ['a seed of 47 bytes', () => deriveAddress(new Uint8Array(47), 2)],
    ['level 0', () => deriveAddress(word, 0)],
    ['level 4', () => deriveAddress(word, 4)],
    ['level 1.5', () => deriveAddress(word, 1.5)],
    ['signing with level 4', () => sign(word, values, 4)],
    ['signing with a seed of 49 bytes', () => sign(new Uint8Array(49), values, 2)],
    ['80 normalised values', () => sign(word, values.slice(1), 2)],
    ['82 normalised values', () => sign(word, new Int8Array(82), 2)],
    ['a normalised value of 14', () => sign(word, tooHigh, 2)],
    ['a normalised value of -14', () => sign(word, tooLow, 2)],
    ['an empty signature', () => resolveAddress(new Uint8Array(0), values)],
    ['a signature short of one byte', () => resolveAddress(new Uint8Array(1295), values)],
    ['a value of 14 to resolve', () => resolveAddress(new Uint8Array(1296), tooHigh)],
  ])('%s', (_name, run) => {
    expect(run).toThrow(RangeError);
  });

  test('128 words are squeezed at most', () => {
    expect(wordsToTrytes(kerlOfWords(word, 128))).toBe(legacyKerl('9'.repeat(81), 128));
  });
});
