/**
 * The auditor's own conversions between bytes, integers and balanced ternary, by BigInt alone:
 * a fault of the kernel that the other programs use must not be repeated here.
 */

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const HASH_TRITS = 243;
export const HASH_BYTES = 48;

/** The integer that lies as far above the smallest of `trits` trits as 0 does: all digits 1. */
const halfOf = (trits: number): bigint => (3n ** BigInt(trits) - 1n) / 2n;
const HALF_243 = halfOf(HASH_TRITS);

/**
 * An integer as balanced trits, least significant first. Adding 11…1 turns digits of -1, 0, 1 into
 * ordinary digits of 0, 1, 2, which BigInt prints itself.
 */
export function integerToTrits(value: bigint, count: number): Int8Array {
  const half = count === HASH_TRITS ? HALF_243 : halfOf(count);
  if (value > half || value < -half) throw new RangeError(`expected an integer of ${count} trits`);
  const digits = (value + half).toString(3).padStart(count, '0');
  return Int8Array.from({ length: count }, (_, index) => Number(digits[count - 1 - index]) - 1);
}

/** 48 bytes as a big-endian integer in two's complement. */
export function bytesToInteger(bytes: Uint8Array): bigint {
  if (bytes.length !== HASH_BYTES) throw new RangeError(`expected ${HASH_BYTES} bytes`);
  return BigInt.asIntN(384, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** Whether the integer fits 243 trits. */
const fits = (value: bigint): boolean => value <= HALF_243 && value >= -HALF_243;

/** 48 bytes to 243 trits, or null if they stand for no integer of 243 trits. */
export function bytesToTrits(bytes: Uint8Array): Int8Array | null {
  const value = bytesToInteger(bytes);
  return fits(value) ? integerToTrits(value, HASH_TRITS) : null;
}

/** 48 bytes to 81 trytes, or null; base 27 at once, 6 times as fast as by way of trits. */
export function bytesToTrytes(bytes: Uint8Array): string | null {
  const value = bytesToInteger(bytes);
  if (!fits(value)) return null;
  const digits = (value + HALF_243).toString(27).padStart(81, '0');
  let trytes = '';
  for (let i = 80; i >= 0; i -= 1) {
    trytes += ALPHABET[(Number.parseInt(digits.charAt(i), 27) + 14) % 27];
  }
  return trytes;
}
