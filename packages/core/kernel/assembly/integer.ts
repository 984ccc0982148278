/**
 * Signed 384-bit integers as 48 big-endian bytes, and their balanced-ternary form of 243 trits
 * whose last trit is 0. HALF = (3^242 - 1) / 2 is the largest such integer: Kerl's domain is
 * -HALF to HALF. Source: Kerl specification (IOTA IRI).
 */

/** HALF as six big-endian limbs of 64 bits. */
const H0: u64 = 0x5e69ebefa87fabdf;
const H1: u64 = 0xaa06a805a9f6808b;
const H2: u64 = 0x48bbae3679a4c702;
const H3: u64 = 0x50979d570c24486e;
const H4: u64 = 0x3ade00d91484504f;
const H5: u64 = 0x9f007669a5ce8964;

/** HALF as twelve limbs of 32 bits, least significant first. */
// biome-ignore format: one table
const HALF_WORDS: usize = memory.data<u32>([
  0xa5ce8964, 0x9f007669, 0x1484504f, 0x3ade00d9, 0x0c24486e, 0x50979d57,
  0x79a4c702, 0x48bbae36, 0xa9f6808b, 0xaa06a805, 0xa87fabdf, 0x5e69ebef,
]);

/** 3^242, the weight of the last trit, as six big-endian limbs of 64 bits. */
// biome-ignore format: one table
const LAST_TRIT_WEIGHT: usize = memory.data<u64>([
  0xbcd3d7df50ff57bf, 0x540d500b53ed0116, 0x91775c6cf3498e04,
  0xa12f3aae184890dc, 0x75bc01b22908a09f, 0x3e00ecd34b9d12c9,
]);

/** Twelve limbs of 32 bits, least significant first: the accumulator of both conversions. */
const WORDS: usize = memory.data(48, 16);

const SIX_TRYTES: u64 = 387420489; // 27^6, the largest power of 27 below 2^32
const TRYTES: i32 = 81;
const CHAR_9: u32 = 57;
const CHAR_A: u32 = 65;
const CHAR_N: u32 = 78;

/** Limb `index`, 0 the most significant. */
function limb(at: usize, index: usize): u64 {
  return bswap<u64>(load<u64>(at + (index << 3)));
}

/** Whether the magnitude given by six limbs (most significant first) is above HALF. */
function isAboveHalf(at: usize, flip: u64): bool {
  let n = limb(at, 0) ^ flip;
  if (n != H0) return n > H0;
  n = limb(at, 1) ^ flip;
  if (n != H1) return n > H1;
  n = limb(at, 2) ^ flip;
  if (n != H2) return n > H2;
  n = limb(at, 3) ^ flip;
  if (n != H3) return n > H3;
  n = limb(at, 4) ^ flip;
  if (n != H4) return n > H4;
  n = limb(at, 5) ^ flip;
  // A negative number's magnitude is its complement plus one.
  return flip ? n >= H5 : n > H5;
}

/** -1, 0 or 1: the 243rd trit of the integer at `at`; 0 means that it lies in Kerl's domain. */
export function lastTrit(at: usize): i32 {
  const top = limb(at, 0);
  const negative = <i64>top < 0;
  const flip: u64 = negative ? ~(<u64>0) : 0;
  if ((top ^ flip) < H0) return 0;
  if (!isAboveHalf(at, flip)) return 0;
  return negative ? -1 : 1;
}

/** Sets the 243rd trit of the integer at `at` to 0 by one conditional add or subtract of 3^242. */
export function clearLastTrit(at: usize): void {
  const trit = lastTrit(at);
  if (trit == 0) return;
  // Subtracting is adding the complement plus one.
  const flip: u64 = trit > 0 ? ~(<u64>0) : 0;
  let carry: u64 = trit > 0 ? 1 : 0;
  for (let i: i32 = 5; i >= 0; --i) {
    const address = at + ((<usize>i) << 3);
    const a = bswap<u64>(load<u64>(address));
    const b = load<u64>(LAST_TRIT_WEIGHT + ((<usize>i) << 3)) ^ flip;
    const partial = a + b;
    const sum = partial + carry;
    carry = (partial < a ? 1 : 0) | (sum < partial ? 1 : 0);
    store<u64>(address, bswap<u64>(sum));
  }
}

/** The digit of a tryte character, 0 ("N", -13) to 26 ("M", 13). The host has checked the alphabet. */
function digitOf(character: u32): u32 {
  if (character == CHAR_9) return 13;
  return character < CHAR_N ? character - CHAR_A + 14 : character - CHAR_N;
}

function characterOf(digit: u32): u32 {
  if (digit == 13) return CHAR_9;
  return digit > 13 ? digit - 14 + CHAR_A : digit + CHAR_N;
}

function multiplyAdd(factor: u64, addend: u64): void {
  let carry = addend;
  for (let i: usize = 0; i < 48; i += 4) {
    const product = <u64>load<u32>(WORDS + i) * factor + carry;
    store<u32>(WORDS + i, <u32>product);
    carry = product >> 32;
  }
}

function divide(divisor: u64): u64 {
  let remainder: u64 = 0;
  for (let i: isize = 44; i >= 0; i -= 4) {
    const dividend = (remainder << 32) | <u64>load<u32>(WORDS + i);
    store<u32>(WORDS + i, <u32>(dividend / divisor));
    remainder = dividend % divisor;
  }
  return remainder;
}

/**
 * 81 tryte characters at `from` to 48 bytes at `to`. The last trit is taken as 0, as Kerl does.
 * Works on n + HALF, which has no negative digit.
 */
export function trytesToBytes(from: usize, to: usize): void {
  let top = digitOf(load<u8>(from + TRYTES - 1));
  if (top > 17) top -= 9;
  else if (top < 9) top += 9;
  memory.fill(WORDS, 0, 48);
  store<u32>(WORDS, top - 9);

  let index: i32 = TRYTES - 2;
  while (index >= 0) {
    let factor: u64 = 1;
    let group: u64 = 0;
    for (let taken = 0; taken < 6 && index >= 0; ++taken, --index) {
      factor *= 27;
      group = group * 27 + digitOf(load<u8>(from + index));
    }
    multiplyAdd(factor, group);
  }

  let borrow: u64 = 0;
  for (let i: usize = 0; i < 48; i += 4) {
    const difference = <u64>load<u32>(WORDS + i) - load<u32>(HALF_WORDS + i) - borrow;
    store<u32>(to + 44 - i, bswap<u32>(<u32>difference));
    borrow = (difference >> 32) & 1;
  }
}

/** 48 bytes at `from`, which lie in Kerl's domain, to 81 tryte characters at `to`. */
export function bytesToTrytes(from: usize, to: usize): void {
  let carry: u64 = 0;
  for (let i: usize = 0; i < 48; i += 4) {
    const sum = <u64>bswap<u32>(load<u32>(from + 44 - i)) + load<u32>(HALF_WORDS + i) + carry;
    store<u32>(WORDS + i, <u32>sum);
    carry = sum >> 32;
  }
  let at = to;
  for (let group = 0; group < 13; ++group) {
    let digits = <u32>divide(SIX_TRYTES);
    for (let k = 0; k < 6; ++k, ++at) {
      store<u8>(at, characterOf(digits % 27));
      digits /= 27;
    }
  }
  let rest = load<u32>(WORDS);
  for (let k = 0; k < 2; ++k, ++at) {
    store<u8>(at, characterOf(rest % 27));
    rest /= 27;
  }
  store<u8>(at, characterOf(rest + 9));
}

/** Overwrites the accumulator, which may hold digits of a seed. */
export function wipeInteger(): void {
  memory.fill(WORDS, 0, 48);
}
