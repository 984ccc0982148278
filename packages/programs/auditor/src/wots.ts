/**
 * Bundle hashes and one-time signatures by the independent implementation: @iota/kerl, @iota/signing
 * and @iota/converter, none of the code that the signer and the coordinator use.
 */
import converter from '@iota/converter';
import kerl from '@iota/kerl';
import signing from '@iota/signing';
import { bytesToTrits, HASH_BYTES, HASH_TRITS, integerToTrits } from './ternary.ts';

const FRAGMENT_CHUNKS = 27;
export const FRAGMENT_BYTES: number = FRAGMENT_CHUNKS * HASH_BYTES;
const FRAGMENT_TRITS = FRAGMENT_CHUNKS * HASH_TRITS;

/** What a bundle hash covers of a slot, besides its place. */
export interface EssenceSlot {
  readonly address: string;
  readonly value: bigint;
  readonly obsoleteTag: string;
  readonly timestamp: number;
}

/** The 486 trits of one slot: address, value, obsoleteTag, timestamp, index, last index. */
function essenceOf(slot: EssenceSlot, index: number, lastIndex: number): Int8Array {
  const parts = [
    converter.trytesToTrits(slot.address),
    integerToTrits(slot.value, 81),
    converter.trytesToTrits(slot.obsoleteTag),
    integerToTrits(BigInt(slot.timestamp), 27),
    integerToTrits(BigInt(index), 27),
    integerToTrits(BigInt(lastIndex), 27),
  ];
  const essence = new Int8Array(2 * HASH_TRITS);
  let at = 0;
  for (const part of parts) {
    essence.set(part, at);
    at += part.length;
  }
  if (at !== essence.length) throw new RangeError('expected an essence of 486 trits');
  return essence;
}

/** The hash (81 trytes) of a bundle whose slots stand in the order of their indexes. */
export function independentBundleHash(slots: readonly EssenceSlot[]): string {
  if (slots.length === 0) throw new RangeError('expected at least one slot');
  const sponge = new kerl.default();
  for (const [index, slot] of slots.entries()) {
    const essence = essenceOf(slot, index, slots.length - 1);
    sponge.absorb(essence, 0, essence.length);
  }
  const hash = new Int8Array(HASH_TRITS);
  sponge.squeeze(hash, 0, hash.length);
  return converter.tritsToTrytes(hash);
}

/** Whether one of the 81 values of the normalised hash is 13. */
export function exposesChainValue(bundleHash: string): boolean {
  return signing.normalizedBundle(converter.trytesToTrits(bundleHash)).includes(13);
}

/** A signature as a message has it, or as transactions do: fragments of 2,187 trytes. */
export type Signature = Uint8Array | readonly string[];

/**
 * Trytes as fragments of 6,561 trits, or null if one is not whole, or a chunk's last trit is not 0:
 * in bytes there is no such chunk.
 */
function fragmentsOfTrytes(signature: readonly string[]): Int8Array[] | null {
  const fragments = signature.map((trytes) => converter.trytesToTrits(trytes));
  const isCanonical = (trits: Int8Array): boolean =>
    trits.every((trit, index) => trit === 0 || index % HASH_TRITS !== HASH_TRITS - 1);
  const isWhole = fragments.length >= 1 && fragments.length <= 3;
  return isWhole && fragments.every((each) => each.length === FRAGMENT_TRITS && isCanonical(each))
    ? fragments
    : null;
}

/** A signature's bytes as fragments of 6,561 trits, or null if they are no whole fragments. */
function fragmentsOfBytes(signature: Uint8Array): Int8Array[] | null {
  const count = signature.length / FRAGMENT_BYTES;
  if (count !== 1 && count !== 2 && count !== 3) return null;
  const fragments = Array.from({ length: count }, () => new Int8Array(FRAGMENT_TRITS));
  for (let chunk = 0; chunk < count * FRAGMENT_CHUNKS; chunk += 1) {
    const trits = bytesToTrits(signature.subarray(chunk * HASH_BYTES, (chunk + 1) * HASH_BYTES));
    if (trits === null) return null;
    fragments[Math.floor(chunk / FRAGMENT_CHUNKS)]?.set(
      trits,
      (chunk % FRAGMENT_CHUNKS) * HASH_TRITS,
    );
  }
  return fragments;
}

/** Whether a signature (of each level 1,296 bytes or 2,187 trytes) over the hash resolves to the address. */
export function verifyWots(options: {
  readonly address: string;
  readonly bundleHash: string;
  readonly signature: Signature;
}): boolean {
  const { signature } = options;
  const fragments =
    signature instanceof Uint8Array ? fragmentsOfBytes(signature) : fragmentsOfTrytes(signature);
  const address = converter.trytesToTrits(options.address);
  const hash = converter.trytesToTrits(options.bundleHash);
  // The library compares as many trits as the expected address has: none would match anything.
  if (fragments === null || address.length !== HASH_TRITS || hash.length !== HASH_TRITS) {
    return false;
  }
  return signing.validateSignatures(address, fragments, hash);
}
