/** Second opinions for this package's tests: the legacy IOTA packages, the vectors, arbitraries. */
import { readFileSync } from 'node:fs';
import { toDomain } from '@airlock/kernel';
import bundleValidator from '@iota/bundle-validator';
import converter from '@iota/converter';
import curl from '@iota/curl';
import signing from '@iota/signing';
import fc from 'fast-check';
import {
  addressOfSeed,
  assembleBundle,
  finalizeBundle,
  NINE_TRYTES_MAX,
  ProtocolError,
  type ProtocolErrorCode,
  type SecurityLevel,
  type Slot,
  SUPPLY,
  signatureToTrytes,
  signHash,
  type Transaction,
} from '../src/index.ts';

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function vectorsOf(file: string): unknown {
  return JSON.parse(
    readFileSync(new URL(`../../../../test/vectors/${file}`, import.meta.url), 'utf8'),
  );
}

/** A fixed seed, so that a failure repeats; fast-check prints the rest of its replay line. */
export function runs(numRuns: number): { seed: number; numRuns: number } {
  return { seed: 20_190_817, numRuns };
}

export function trytesArbitrary(length: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: length, maxLength: length, max: 26 })
    .map((bytes) => Array.from(bytes, (byte) => ALPHABET[byte]).join(''));
}

/** 81 trytes with a last trit of 0. */
export const hashArbitrary: fc.Arbitrary<string> = fc
  .tuple(trytesArbitrary(80), fc.constantFrom(...'9ABCDWXYZ'))
  .map(([start, last]) => start + last);

export const levelArbitrary: fc.Arbitrary<SecurityLevel> = fc.constantFrom<SecurityLevel>(1, 2, 3);

export const seedArbitrary: fc.Arbitrary<Uint8Array> = fc
  .uint8Array({ minLength: 48, maxLength: 48 })
  .map((bytes) => toDomain(bytes));

const nine = fc.integer({ min: -NINE_TRYTES_MAX, max: NINE_TRYTES_MAX });

export const transactionArbitrary: fc.Arbitrary<Transaction> = fc.record({
  signatureMessageFragment: trytesArbitrary(2187),
  address: trytesArbitrary(81),
  value: fc.bigInt({ min: -SUPPLY, max: SUPPLY }),
  obsoleteTag: trytesArbitrary(27),
  timestamp: nine,
  currentIndex: nine,
  lastIndex: nine,
  bundle: trytesArbitrary(81),
  trunkTransaction: trytesArbitrary(81),
  branchTransaction: trytesArbitrary(81),
  tag: trytesArbitrary(27),
  attachmentTimestamp: nine,
  attachmentTimestampLowerBound: nine,
  attachmentTimestampUpperBound: nine,
  nonce: trytesArbitrary(27),
});

/** The transaction as @iota's packages know it; every amount is exact in a double. */
export function toLegacy(
  transaction: Transaction,
): Omit<Transaction, 'value'> & { value: number; hash: string } {
  return { ...transaction, value: Number(transaction.value), hash: '9'.repeat(81) };
}

/** The verdict of @iota/bundle-validator. */
export function isLegacyBundle(transactions: readonly Transaction[]): boolean {
  return bundleValidator.default(transactions.map(toLegacy));
}

/** The verdict of @iota/signing on fragments of 2,187 trytes. */
export function isLegacySignature(
  address: string,
  fragments: readonly string[],
  hash: string,
): boolean {
  return signing.validateSignatures(
    converter.trytesToTrits(address),
    fragments.map((fragment) => converter.trytesToTrits(fragment)),
    converter.trytesToTrits(hash),
  );
}

/** Curl-P-81 by @iota/curl. */
export function legacyCurl(trytes: string): string {
  const sponge = new curl.default(81);
  const trits = converter.trytesToTrits(trytes);
  sponge.absorb(trits, 0, trits.length);
  const output = new Int8Array(243);
  sponge.squeeze(output, 0, 243);
  return converter.tritsToTrytes(output);
}

/** The code of the ProtocolError that `run` throws or rejects with; anything else fails the test. */
export async function codeOf(run: () => unknown): Promise<ProtocolErrorCode> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  throw new Error('expected a ProtocolError, got none');
}

export function slotOf(slot: Partial<Slot>): Slot {
  return {
    address: '9'.repeat(81),
    value: 0n,
    obsoleteTag: '9'.repeat(27),
    tag: '9'.repeat(27),
    timestamp: 1_561_000_000,
    ...slot,
  };
}

export interface Input {
  readonly seed: Uint8Array;
  readonly level: SecurityLevel;
  readonly value: bigint;
}

/** Slots of inputs, each followed by its signature slots, and of outputs after or before them. */
export function slotsOf(inputs: readonly Input[], outputs: readonly Slot[]): Slot[] {
  const spent = inputs.flatMap(({ seed, level, value }) => {
    const address = addressOfSeed(seed, level);
    return Array.from({ length: level }, (_, i) => slotOf({ address, value: i ? 0n : -value }));
  });
  return [...spent, ...outputs];
}

/** A finalised bundle signed for every slot below 0 whose address one of the inputs has. */
export function signedBundle(slots: readonly Slot[], inputs: readonly Input[]): Transaction[] {
  const finalized = finalizeBundle(slots);
  const fragments = new Map<number, string>();
  const signerOf = new Map(
    inputs.map((input) => [addressOfSeed(input.seed, input.level), input] as const),
  );
  for (const [index, { value, address }] of slots.entries()) {
    const signer = signerOf.get(address);
    if (value >= 0n || signer === undefined) continue;
    const signature = signHash({ ...signer, bundleHash: finalized.hash });
    for (const [i, fragment] of signatureToTrytes(signature).entries()) {
      fragments.set(index + i, fragment);
    }
  }
  return assembleBundle({ ...finalized, fragments });
}

/** A seed that only the number tells from others. */
export function seedOf(number: number): Uint8Array {
  return toDomain(new Uint8Array(48).fill(number));
}
