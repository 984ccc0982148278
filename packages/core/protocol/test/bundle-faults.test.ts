/**
 * findBundleFault on good bundles and on every kind of bad one, beside @iota/bundle-validator. Where
 * that package is laxer or stricter than IRI's BundleValidator, whose rules are ours, the case says so.
 */

import { kerlOfTrytes, kerlOfWords, resolveAddress, trytesToWords } from '@airlock/kernel';
import { describe, expect, test } from '@jest/globals';
import {
  addressOfSeed,
  assembleBundle,
  BUNDLE_FAULTS,
  type BundleFault,
  decodeTransaction,
  encodeTransaction,
  finalizeBundle,
  findBundleFault,
  findValueFault,
  normalizeHash,
  type Slot,
  SUPPLY,
  signatureToTrytes,
  type Transaction,
  verifySignature,
  wordsToTrytes,
} from '../src/index.ts';
import { type Input, isLegacyBundle, seedOf, signedBundle, slotOf, slotsOf } from './legacy.ts';

const two: Input = { seed: seedOf(1), level: 2, value: 60n };
const one: Input = { seed: seedOf(2), level: 1, value: 40n };
const three: Input = { seed: seedOf(3), level: 3, value: 100n };
const payee = wordsToTrytes(kerlOfTrytes('P'.repeat(81)));
const other = wordsToTrytes(kerlOfTrytes('O'.repeat(81)));
const badAddress = `${payee.slice(0, 80)}M`;
const pay = (value: bigint, address: string = payee): Slot => slotOf({ address, value });

/** Slots 0 and 1: an input of level 2. 2: one of level 1. 3 and 4: outputs. */
const good = signedBundle(slotsOf([two, one], [pay(70n), pay(30n, other)]), [two, one]);

type Bundle = readonly Transaction[];
const change = (bundle: Bundle, index: number, fields: Partial<Transaction>): Transaction[] =>
  bundle.map((transaction, i) => (i === index ? { ...transaction, ...fields } : transaction));
const fragmentOf = (bundle: Bundle, index: number): string =>
  bundle[index]!.signatureMessageFragment;

describe('a bundle that IRI would confirm', () => {
  const level1 = signedBundle(slotsOf([one], [pay(40n)]), [one]);
  const level3 = signedBundle(slotsOf([three], [pay(100n)]), [three]);
  const outputsFirst = signedBundle([pay(60n), ...slotsOf([two], [])], [two]);
  const zeroSlots = signedBundle([pay(0n), pay(0n, badAddress)], []);
  const supply = { ...one, value: SUPPLY };
  test.each<[string, Bundle]>([
    ['inputs of levels 2 and 1', good],
    ['an input of level 1', level1],
    ['an input of level 3', level3],
    ['outputs before inputs', outputsFirst],
    ['one message', signedBundle([pay(0n)], [])],
    ['messages, of which one has an address with a last trit other than 0', zeroSlots],
    ['all there is', signedBundle(slotsOf([supply], [pay(SUPPLY)]), [one])],
    [
      'tag, attachment and message changed, and sent as trytes',
      change(good, 4, {
        tag: 'T'.repeat(27),
        nonce: 'X'.repeat(27),
        attachmentTimestamp: 1,
        signatureMessageFragment: 'A'.repeat(2187),
      }).map((transaction) => decodeTransaction(encodeTransaction(transaction))),
    ],
  ])('%s: no fault, and @iota/bundle-validator accepts', (_name, bundle) => {
    expect(findBundleFault(bundle)).toBeNull();
    expect(isLegacyBundle(bundle)).toBe(true);
  });
});

/** One change for each fault, in BUNDLE_FAULTS' order; each leaves the earlier ones absent. */
const changes: Record<BundleFault, (bundle: Bundle) => Transaction[]> = {
  bundle_empty: () => [],
  index_mismatch: (bundle) => change(bundle, 1, { currentIndex: 2 }),
  hash_field_mismatch: (bundle) => change(bundle, 1, { bundle: other }),
  value_out_of_range: (bundle) => change(bundle, 3, { value: SUPPLY + 1n }),
  address_last_trit: (bundle) => change(bundle, 3, { address: badAddress }),
  sum_not_zero: (bundle) => change(bundle, 4, { value: 31n }),
  bundle_hash_mismatch: (bundle) => change(bundle, 2, { timestamp: 1 }),
  signature_invalid: (bundle) => change(bundle, 1, { signatureMessageFragment: 'A'.repeat(2187) }),
};

describe('precedence', () => {
  test.each(BUNDLE_FAULTS.map((fault, index) => ({ fault, index })))(
    '$fault alone, and with every later fault as well, is what is reported',
    ({ fault, index }) => {
      expect(findBundleFault(changes[fault](good))).toBe(fault);
      const later = BUNDLE_FAULTS.slice(index).reduceRight<Bundle>(
        (bundle, name) => changes[name](bundle),
        good,
      );
      expect(findBundleFault(later)).toBe(fault);
    },
  );

  test('every fault has a change', () => {
    expect(Object.keys(changes)).toEqual([...BUNDLE_FAULTS]);
  });
});

/** An input of so many keys of one fragment each: past three, the hash's thirds repeat. */
function bundleOfKeys(fragments: number): Transaction[] {
  const key = Buffer.concat(
    Array.from({ length: fragments }, (_, i) => kerlOfWords(kerlOfWords(seedOf(9 + i)), 27)),
  );
  const chain = (word: Uint8Array, times: number): Uint8Array => {
    let value = word;
    for (let i = 0; i < times; i += 1) value = kerlOfWords(value);
    return value;
  };
  const chains = (times: (chunk: number) => number): Buffer =>
    Buffer.concat(
      Array.from({ length: 27 * fragments }, (_, chunk) =>
        chain(key.slice(48 * chunk, 48 * chunk + 48), times(chunk)),
      ),
    );
  const ends = chains(() => 26);
  const digests = Array.from({ length: fragments }, (_, i) =>
    kerlOfWords(ends.subarray(1296 * i, 1296 * i + 1296)),
  );
  const address = wordsToTrytes(kerlOfWords(Buffer.concat(digests)));
  const spent = Array.from({ length: fragments }, (_, i) => pay(i === 0 ? -1n : 0n, address));
  const finalized = finalizeBundle([...spent, pay(1n)]);
  const normalized = normalizeHash(finalized.hash);
  const signature = signatureToTrytes(chains((chunk) => 13 - normalized[chunk % 81]!));
  return assembleBundle({ ...finalized, fragments: new Map(signature.entries()) });
}

interface Case {
  readonly name: string;
  readonly fault: BundleFault;
  readonly bundle: () => Bundle;
  /** Set where @iota/bundle-validator accepts what IRI and we refuse: the reason. */
  readonly laxer?: string;
}

const resigned = (slots: readonly Slot[], inputs: readonly Input[] = [two, one]): Bundle =>
  signedBundle(slots, inputs);
const spent = slotsOf([two, one], []);
const addressOne = addressOfSeed(one.seed, 1);
const supplyOne = { ...one, value: SUPPLY };
const supplyTwo = { ...two, level: 1 as const, value: SUPPLY };

// Every fault here is the bundle's only one: hash and signatures are made over the bad slots.
const cases: Case[] = [
  {
    name: 'a last index one too high',
    fault: 'index_mismatch',
    bundle: () => good.map((transaction) => ({ ...transaction, lastIndex: 5 })),
  },
  { name: 'a missing last slot', fault: 'index_mismatch', bundle: () => good.slice(0, -1) },
  { name: 'a missing first slot', fault: 'index_mismatch', bundle: () => good.slice(1) },
  { name: 'a slot twice', fault: 'index_mismatch', bundle: () => [...good, good[4]!] },
  { name: 'slots in reverse', fault: 'index_mismatch', bundle: () => [...good].reverse() },
  {
    name: 'one slot that names another bundle',
    fault: 'hash_field_mismatch',
    bundle: () => change(good, 4, { bundle: other }),
    laxer: 'it reads the first slot’s bundle field only; IRI collects slots by that field',
  },
  {
    name: 'a value of the supply and 1',
    fault: 'value_out_of_range',
    bundle: () =>
      resigned(slotsOf([supplyOne, { ...supplyTwo, value: 1n }], [pay(SUPPLY + 1n)]), [
        supplyOne,
        supplyTwo,
      ]),
    laxer: 'it has no upper bound; no trytes of a transaction decode to such a value',
  },
  {
    name: 'values whose sum leaves the supply on the way',
    fault: 'value_out_of_range',
    bundle: () =>
      resigned(slotsOf([supplyOne, supplyTwo], [pay(SUPPLY), pay(SUPPLY, other)]), [
        supplyOne,
        supplyTwo,
      ]),
    laxer: 'it adds doubles and looks at the total only; IRI bounds every partial sum',
  },
  {
    name: 'an output to an address with a last trit other than 0',
    fault: 'address_last_trit',
    bundle: () => resigned([...spent, pay(70n, badAddress), pay(30n)]),
  },
  {
    name: 'outputs 1 iota too high',
    fault: 'sum_not_zero',
    bundle: () => resigned([...spent, pay(101n)]),
  },
  {
    name: 'outputs 1 iota too low',
    fault: 'sum_not_zero',
    bundle: () => resigned([...spent, pay(99n)]),
  },
  { name: 'no outputs', fault: 'sum_not_zero', bundle: () => resigned(spent) },
  {
    name: 'an output moved to another address after signing',
    fault: 'bundle_hash_mismatch',
    bundle: () => change(good, 3, { address: other }),
  },
  {
    name: 'value moved from one output to the other',
    fault: 'bundle_hash_mismatch',
    bundle: () => change(change(good, 3, { value: 69n }), 4, { value: 31n }),
  },
  {
    name: 'another obsolete tag',
    fault: 'bundle_hash_mismatch',
    bundle: () => change(good, 0, { obsoleteTag: 'M'.repeat(27) }),
  },
  {
    name: 'outputs exchanged',
    fault: 'bundle_hash_mismatch',
    bundle: () =>
      change(change(good, 3, { ...good[4]!, currentIndex: 3 }), 4, {
        ...good[3]!,
        currentIndex: 4,
      }),
  },
  {
    name: 'another bundle’s hash in every slot',
    fault: 'bundle_hash_mismatch',
    bundle: () => good.map((transaction) => ({ ...transaction, bundle: other })),
  },
  {
    name: 'one tryte of the first fragment changed',
    fault: 'signature_invalid',
    bundle: () => {
      const fragment = fragmentOf(good, 0);
      const tryte = fragment.startsWith('A') ? 'B' : 'A';
      return change(good, 0, { signatureMessageFragment: tryte + fragment.slice(1) });
    },
  },
  {
    name: 'one tryte of the last input’s fragment changed',
    fault: 'signature_invalid',
    bundle: () => {
      const fragment = fragmentOf(good, 2);
      const tryte = fragment.charAt(2184) === 'A' ? 'B' : 'A';
      return change(good, 2, {
        signatureMessageFragment: fragment.slice(0, 2184) + tryte + fragment.slice(2185),
      });
    },
  },
  {
    name: 'the two fragments of an input exchanged',
    fault: 'signature_invalid',
    bundle: () =>
      change(change(good, 0, { signatureMessageFragment: fragmentOf(good, 1) }), 1, {
        signatureMessageFragment: fragmentOf(good, 0),
      }),
  },
  {
    name: 'no signature',
    fault: 'signature_invalid',
    bundle: () => change(good, 2, { signatureMessageFragment: '9'.repeat(2187) }),
  },
  {
    name: 'a level-2 input with one slot',
    fault: 'signature_invalid',
    bundle: () => resigned([spent[0]!, pay(60n)]),
  },
  {
    name: 'a level-2 input with three slots',
    fault: 'signature_invalid',
    bundle: () => resigned([spent[0]!, spent[1]!, spent[1]!, pay(60n)]),
  },
  {
    name: 'an input spent twice of which the first signature is wrong',
    fault: 'signature_invalid',
    bundle: () => {
      const twice = resigned([spent[2]!, pay(40n), spent[2]!, pay(40n, other)]);
      return change(twice, 0, { signatureMessageFragment: '9'.repeat(2187) });
    },
    laxer: 'it keeps signatures by address, so that the last one of an address is all it verifies',
  },
];

describe('a bundle with one fault', () => {
  test.each(cases)('$name: $fault', ({ fault, bundle, laxer }) => {
    expect(findBundleFault(bundle())).toBe(fault);
    expect(isLegacyBundle(bundle())).toBe(laxer !== undefined);
  });

  test('cases and the empty bundle, which @iota/bundle-validator cannot take, hit every code', () => {
    expect(findBundleFault([])).toBe('bundle_empty');
    expect(() => isLegacyBundle([])).toThrow(TypeError);
    const hit = new Set<string>(['bundle_empty', ...cases.map(({ fault }) => fault)]);
    expect([...hit]).toEqual([...BUNDLE_FAULTS]);
  });
});

describe('where we differ from IRI or from @iota/bundle-validator on purpose', () => {
  test('a message after an output on the input’s own address is no fragment, as in IRI', () => {
    // @iota/bundle-validator takes it for one, because the slot before has the same address.
    const slots = [pay(-40n, addressOne), pay(10n, addressOne), pay(0n, addressOne), pay(30n)];
    const bundle = signedBundle(slots, [one]);
    expect(findBundleFault(bundle)).toBeNull();
    expect(isLegacyBundle(bundle)).toBe(false);
  });
});

describe('a multisignature, whose keys have more than three fragments together', () => {
  test.each([3, 4, 7])('%i fragments are accepted, as by @iota/bundle-validator', (fragments) => {
    const bundle = bundleOfKeys(fragments);
    expect(findBundleFault(bundle)).toBeNull();
    expect(isLegacyBundle(bundle)).toBe(true);
  });

  test.each([
    ['without the last fragment', (bundle: Bundle) => fragmentOf(bundle, 4)],
    ['with the first fragment for the fourth', (bundle: Bundle) => fragmentOf(bundle, 0)],
  ])('%s it is signature_invalid, as for @iota/bundle-validator', (_name, fragment) => {
    const bundle = bundleOfKeys(4);
    const wrong = change(bundle, 3, { signatureMessageFragment: fragment(bundle) });
    expect(findBundleFault(wrong)).toBe('signature_invalid');
    expect(isLegacyBundle(wrong)).toBe(false);
  });

  test('as the signature of one key it is none, though it resolves to the address', () => {
    const bundle = bundleOfKeys(4);
    const signature = trytesToWords([0, 1, 2, 3].map((i) => fragmentOf(bundle, i)).join(''));
    const { address, bundle: bundleHash } = bundle[0]!;
    expect(wordsToTrytes(resolveAddress(signature, normalizeHash(bundleHash)))).toBe(address);
    expect(verifySignature({ address, bundleHash, signature })).toBe(false);
  });
});

describe('findValueFault', () => {
  const values = (...list: bigint[]): { address: string; value: bigint }[] =>
    list.map((value) => ({ address: payee, value }));
  test.each([
    ['nothing', values(), null],
    ['zeros', values(0n, 0n), null],
    ['the supply out and in', values(SUPPLY, -SUPPLY), null],
    ['the supply in and out', values(-SUPPLY, SUPPLY), null],
    ['1 more than the supply', values(SUPPLY + 1n, -SUPPLY - 1n), 'value_out_of_range'],
    ['1 less than its negative', values(-SUPPLY - 1n, SUPPLY + 1n), 'value_out_of_range'],
    ['a part sum of the supply and 1', values(SUPPLY, 1n, -SUPPLY, -1n), 'value_out_of_range'],
    ['a part sum of its negative', values(-SUPPLY, -1n, SUPPLY, 1n), 'value_out_of_range'],
    ['1', values(1n), 'sum_not_zero'],
    ['-1', values(-1n), 'sum_not_zero'],
    ['a bad address with a value', [{ address: badAddress, value: 1n }], 'address_last_trit'],
    ['a bad address that is spent', [{ address: badAddress, value: -1n }], 'address_last_trit'],
    ['a bad address without one', [{ address: badAddress, value: 0n }], null],
  ])('%s: %s', (...[, list, fault]) => {
    expect(findValueFault(list)).toBe(fault);
  });
});
