/** Bundle hashes, normalising and finalising, against the vectors, @iota/bundle and @iota/signing. */

import bundle from '@iota/bundle';
import converter from '@iota/converter';
import signing from '@iota/signing';
import transactionConverter from '@iota/transaction-converter';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  assembleBundle,
  bundleHash,
  exposesKey,
  finalizeBundle,
  findBundleFault,
  NULL_FRAGMENT,
  NULL_HASH,
  NULL_TAG,
  normalizeHash,
  type Slot,
  SUPPLY,
  slotsOfInput,
} from '../src/index.ts';
import {
  hashArbitrary,
  isLegacyBundle,
  runs,
  slotOf,
  trytesArbitrary,
  vectorsOf,
} from './legacy.ts';

interface VectorSlot extends Omit<Slot, 'value'> {
  readonly value: number;
  readonly currentIndex: number;
  readonly lastIndex: number;
  readonly signatureMessageFragment: string;
}
interface Vectors {
  readonly hub_uuid_salt: readonly { bundleHash?: string; normalizedBundle?: number[] }[];
  readonly normalized_bundle: readonly { hash: string; normalized: number[]; origin: string }[];
  readonly bundle_hash: readonly { bundleHash: string; transactions: readonly VectorSlot[] }[];
}
const vectors = vectorsOf('iota-legacy.json') as Vectors;

const slotArbitrary: fc.Arbitrary<Slot> = fc.record({
  address: trytesArbitrary(81),
  value: fc.bigInt({ min: -SUPPLY, max: SUPPLY }),
  obsoleteTag: trytesArbitrary(27),
  tag: trytesArbitrary(27),
  timestamp: fc.nat(2_000_000_000),
});
const slotsArbitrary = fc.array(slotArbitrary, { minLength: 1, maxLength: 8 });

/** Obsolete tags and hash of the bundle that @iota/bundle makes of the slots. */
function legacyFinalize(slots: readonly Slot[]): { tags: string[]; hash: string } {
  const entries = slots.map(({ address, value, obsoleteTag, tag, timestamp }) => ({
    address: converter.trytesToTrits(address),
    value: converter.fromValue(Number(value)),
    obsoleteTag: converter.trytesToTrits(obsoleteTag),
    issuanceTimestamp: converter.fromValue(timestamp),
    tag: converter.trytesToTrits(tag),
  }));
  const trits = bundle.finalizeBundle(bundle.createBundle(entries));
  const trytes = converter.tritsToTrytes(trits).match(/.{2673}/g) as string[];
  const objects = trytes.map((text) => transactionConverter.asTransactionObject(text, NULL_HASH));
  return { tags: objects.map(({ obsoleteTag }) => obsoleteTag), hash: objects[0]!.bundle };
}

describe('bundleHash', () => {
  test.each(vectors.bundle_hash)('is $bundleHash for the published bundle', (vector) => {
    const slots = vector.transactions.map((slot) => ({ ...slot, value: BigInt(slot.value) }));
    expect(bundleHash(slots)).toBe(vector.bundleHash);
    const fragments = new Map(
      vector.transactions.map((slot, index) => [index, slot.signatureMessageFragment]),
    );
    const transactions = assembleBundle({ slots, hash: vector.bundleHash, fragments });
    for (const [index, transaction] of transactions.entries()) {
      expect(transaction).toMatchObject(slots[index]!);
    }
    expect(findBundleFault(transactions)).toBeNull();
    expect(isLegacyBundle(transactions)).toBe(true);
  });

  test('every field of a slot and its place change the hash, the tag does not', () => {
    const address = `A${'9'.repeat(80)}`;
    const slots = [slotOf({ value: 1n }), slotOf({ value: -1n, address })];
    const [first, second] = slots as [Slot, Slot];
    const others = [
      [{ ...first, address }, second],
      [{ ...first, value: 2n }, second],
      [{ ...first, timestamp: first.timestamp + 1 }, second],
      [{ ...first, obsoleteTag: `B${'9'.repeat(26)}` }, second],
      [second, first],
      [first],
      [first, second, second],
    ];
    expect(new Set([slots, ...others].map(bundleHash)).size).toBe(8);
    expect(bundleHash([{ ...first, tag: 'C'.repeat(27) }, second])).toBe(bundleHash(slots));
  });
});

describe('normalizeHash', () => {
  const published = [
    ...vectors.normalized_bundle,
    ...vectors.hub_uuid_salt.flatMap(({ bundleHash: hash, normalizedBundle: normalized }) =>
      hash === undefined || normalized === undefined ? [] : [{ hash, normalized }],
    ),
  ];
  test.each(published)('$hash has the published values', ({ hash, normalized }) => {
    expect([...normalizeHash(hash)]).toEqual(normalized);
    expect(exposesKey(normalizeHash(hash))).toBe(normalized.includes(13));
  });

  const legacy = (hash: string): number[] => [
    ...signing.normalizedBundle(converter.trytesToTrits(hash)),
  ];

  test('agrees with @iota/signing, and each third sums to 0', () => {
    fc.assert(
      fc.property(trytesArbitrary(81), (hash) => {
        const values = [...normalizeHash(hash)];
        expect(values).toEqual(legacy(hash));
        for (const third of [0, 27, 54]) {
          const part = values.slice(third, third + 27);
          expect(part.reduce((sum, value) => sum + value, 0)).toBe(0);
        }
      }),
      runs(1000),
    );
  });

  test('agrees with @iota/signing on hashes of two trytes only, thirds far from 0', () => {
    const letter = fc.constantFrom(...'MN9LO');
    const part = fc
      .tuple(letter, letter, fc.nat(27))
      .map(([a, b, count]) => a.repeat(count) + b.repeat(27 - count));
    fc.assert(
      fc.property(part, part, part, (one, two, three) => {
        expect([...normalizeHash(one + two + three)]).toEqual(legacy(one + two + three));
      }),
      runs(500),
    );
  });

  test.each([...'9AMNLOZ'])('agrees with @iota/signing on 81 times %s', (tryte) => {
    expect([...normalizeHash(tryte.repeat(81))]).toEqual(legacy(tryte.repeat(81)));
  });

  test.each(['', '9'.repeat(80), '9'.repeat(82), '0'.repeat(81)])('refuses "%s"', (hash) => {
    expect(() => normalizeHash(hash)).toThrow(RangeError);
  });
});

describe('finalizeBundle', () => {
  test('gives tags and hash of @iota/bundle when both start from the same tags', () => {
    fc.assert(
      fc.property(slotsArbitrary, (slots) => {
        const { slots: finalized, hash } = finalizeBundle(slots);
        expect({ tags: finalized.map(({ obsoleteTag }) => obsoleteTag), hash }).toEqual(
          legacyFinalize(slots),
        );
      }),
      runs(4),
    );
  });

  test('leaves no 13 anywhere in the hash and changes slot 0’s obsolete tag alone', () => {
    fc.assert(
      fc.property(slotsArbitrary, (slots) => {
        const { slots: finalized, hash } = finalizeBundle(slots);
        expect(bundleHash(finalized)).toBe(hash);
        expect([...normalizeHash(hash)]).not.toContain(13);
        expect(finalized.slice(1)).toEqual(slots.slice(1));
        expect({ ...finalized[0], obsoleteTag: '' }).toEqual({ ...slots[0], obsoleteTag: '' });
        expect(finalizeBundle(finalized)).toEqual({ slots: finalized, hash });
      }),
      runs(40),
    );
  });

  test('goes on from the largest tag to the smallest, as @iota/bundle does', () => {
    const exposed = [...Array(100).keys()]
      .map((timestamp) => slotOf({ obsoleteTag: 'M'.repeat(27), timestamp }))
      .find((slot) => exposesKey(normalizeHash(bundleHash([slot]))));
    const { slots, hash } = finalizeBundle([exposed!]);
    expect(slots[0]!.obsoleteTag.slice(9)).toBe('N'.repeat(18));
    expect({ tags: [slots[0]!.obsoleteTag], hash }).toEqual(legacyFinalize([exposed!]));
  });

  test('refuses no slots', () => {
    expect(() => finalizeBundle([])).toThrow(RangeError);
  });
});

describe('slotsOfInput', () => {
  const [a, b] = fc.sample(hashArbitrary, runs(2)) as [string, string];
  const slots = (...list: [string, bigint][]): { address: string; value: bigint }[] =>
    list.map(([address, value]) => ({ address, value }));
  test.each([
    ['the last slot', slots([b, 1n], [a, -1n]), 1, 1],
    ['level 1 before an output', slots([a, -1n], [b, 1n]), 0, 1],
    ['level 2', slots([a, -1n], [a, 0n], [b, 1n]), 0, 2],
    ['level 3 at the end', slots([b, 1n], [a, -1n], [a, 0n], [a, 0n]), 1, 3],
    ['four', slots([a, -1n], [a, 0n], [a, 0n], [a, 0n]), 0, 4],
    ['a message to another address', slots([a, -1n], [b, 0n], [a, 0n]), 0, 1],
    ['an output on the same address', slots([a, -2n], [a, 1n], [a, 0n]), 0, 1],
    ['a second input on the same address', slots([a, -1n], [a, 0n], [a, -1n], [a, 0n]), 0, 2],
  ])('%s', (...[, list, index, count]) => {
    expect(slotsOfInput(list, index)).toBe(count);
  });
});

describe('assembleBundle', () => {
  test('gives unattached transactions in order, with a null fragment where none is given', () => {
    const slots = [slotOf({ value: 5n }), slotOf({ value: -5n })];
    const fragments = new Map([[1, 'A'.repeat(2187)]]);
    const transactions = assembleBundle({ slots, hash: 'B'.repeat(81), fragments });
    expect(transactions).toEqual(
      slots.map((slot, index) => ({
        ...slot,
        signatureMessageFragment: index === 1 ? 'A'.repeat(2187) : NULL_FRAGMENT,
        currentIndex: index,
        lastIndex: 1,
        bundle: 'B'.repeat(81),
        trunkTransaction: NULL_HASH,
        branchTransaction: NULL_HASH,
        attachmentTimestamp: 0,
        attachmentTimestampLowerBound: 0,
        attachmentTimestampUpperBound: 0,
        nonce: NULL_TAG,
      })),
    );
  });
});
