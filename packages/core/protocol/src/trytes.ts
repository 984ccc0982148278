/** Trytes: the alphabet, padding, and integers in balanced ternary, least significant tryte first. */
import { ProtocolError } from './error.ts';

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const TRYTES = /^[9A-Z]*$/;

export function isTrytes(text: string, length?: number): boolean {
  return TRYTES.test(text) && (length === undefined || text.length === length);
}

/** Exactly `length` trytes. @throws ProtocolError trytes_malformed, trytes_length */
export function parseTrytes(text: unknown, length: number): string {
  const expected = `${length} trytes (9, A to Z)`;
  if (typeof text !== 'string') {
    throw new ProtocolError('trytes_malformed', { expected, got: typeof text });
  }
  if (!isTrytes(text)) {
    throw new ProtocolError('trytes_malformed', {
      expected,
      got: JSON.stringify(text.slice(0, 40)),
    });
  }
  if (text.length !== length) {
    throw new ProtocolError('trytes_length', { expected, got: `${text.length} trytes` });
  }
  return text;
}

/** The value of one tryte character, -13 to 13. */
export function tryteValue(character: string): number {
  const index = ALPHABET.indexOf(character);
  if (index < 0 || character.length !== 1) throw new RangeError('expected one tryte');
  return index > 13 ? index - 27 : index;
}

/** 27^11 / 2 is below 2^53: up to 11 trytes are exact in plain numbers, 20 times as fast as bigint. */
const EXACT_TRYTES_MAX = 11;
const EXACT_MAX = BigInt((27 ** EXACT_TRYTES_MAX - 1) / 2);

/** The trytes of an integer of at most 11 trytes, without padding. */
function encodeExact(value: number): string {
  let rest = value;
  let trytes = '';
  while (rest !== 0) {
    let digit = rest % 27;
    if (digit > 13) digit -= 27;
    if (digit < -13) digit += 27;
    rest = (rest - digit) / 27;
    trytes += ALPHABET[digit < 0 ? digit + 27 : digit];
  }
  return trytes;
}

/** An integer as `length` trytes. @throws ProtocolError integer_out_of_range */
export function encodeInteger(value: bigint, length: number): string {
  let rest = value;
  let trytes = '';
  while (rest > EXACT_MAX || rest < -EXACT_MAX) {
    let digit = rest % 27n;
    if (digit > 13n) digit -= 27n;
    if (digit < -13n) digit += 27n;
    rest = (rest - digit) / 27n;
    trytes += ALPHABET[Number(digit < 0n ? digit + 27n : digit)];
  }
  trytes += encodeExact(Number(rest));
  if (trytes.length > length) {
    const expected = `an integer that fits ${length} trytes`;
    throw new ProtocolError('integer_out_of_range', { expected, got: value.toString() });
  }
  return trytes.padEnd(length, '9');
}

/** The integer that trytes stand for. */
export function decodeInteger(trytes: string): bigint {
  let end = trytes.length;
  while (end > 0 && trytes.charAt(end - 1) === '9') end -= 1;
  let high = 0n;
  for (; end > EXACT_TRYTES_MAX; end -= 1) {
    high = high * 27n + BigInt(tryteValue(trytes.charAt(end - 1)));
  }
  let low = 0;
  for (let i = end - 1; i >= 0; i -= 1) low = low * 27 + tryteValue(trytes.charAt(i));
  return high === 0n ? BigInt(low) : high * 27n ** BigInt(end) + BigInt(low);
}

const TRITS_OF_TRYTE: readonly (readonly [number, number, number])[] = [...ALPHABET].map(
  (tryte) => {
    const value = tryteValue(tryte);
    const first = ((value + 13) % 3) - 1;
    const second = (((value - first) / 3 + 4) % 3) - 1;
    return [first, second, (value - first - 3 * second) / 9];
  },
);

/** Three trits (-1, 0, 1) a tryte. */
export function trytesToTrits(trytes: string): Int8Array {
  const trits = new Int8Array(trytes.length * 3);
  for (let i = 0; i < trytes.length; i += 1) {
    const triple = TRITS_OF_TRYTE[ALPHABET.indexOf(trytes.charAt(i))];
    if (triple === undefined) throw new RangeError('expected trytes');
    trits.set(triple, i * 3);
  }
  return trits;
}

/** Trits, a multiple of three, to trytes. */
export function tritsToTrytes(trits: Int8Array): string {
  if (trits.length % 3 !== 0) throw new RangeError('expected a multiple of 3 trits');
  let trytes = '';
  for (let i = 0; i < trits.length; i += 3) {
    const value = (trits[i] ?? 0) + 3 * (trits[i + 1] ?? 0) + 9 * (trits[i + 2] ?? 0);
    trytes += ALPHABET[(value + 27) % 27];
  }
  return trytes;
}
