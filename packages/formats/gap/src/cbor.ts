/**
 * Deterministic CBOR (RFC 8949 §4.2.1), the subset the gap needs: integers of 64 bits, byte and text
 * strings, arrays, maps, tags, false, true, null. Whatever would not re-encode to the same bytes is
 * refused by name.
 */
import { GapError } from './error.ts';
import { DEPTH_MAX, ITEMS_MAX } from './limits.ts';

export type CborMap = ReadonlyMap<bigint, CborValue>;
export type CborValue =
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | Tagged;

export class Tagged {
  readonly tag: bigint;
  readonly value: CborValue;

  constructor(tag: bigint, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 };
const UINT64_MAX = 2n ** 64n - 1n;

function encodeHead(major: number, argument: bigint): Buffer {
  if (argument < 0n || argument > UINT64_MAX) throw new RangeError('expected 64 bits');
  const type = major << 5;
  if (argument < 24n) return Buffer.from([type | Number(argument)]);
  if (argument < 0x100n) return Buffer.from([type | 24, Number(argument)]);
  const head = Buffer.alloc(argument < 0x10000n ? 3 : argument < 0x100000000n ? 5 : 9);
  head[0] = type | (head.length === 3 ? 25 : head.length === 5 ? 26 : 27);
  if (head.length === 9) head.writeBigUInt64BE(argument, 1);
  else head.writeUIntBE(Number(argument), 1, head.length - 1);
  return head;
}

function append(value: CborValue, parts: Uint8Array[]): void {
  if (typeof value === 'bigint') {
    const isNegative = value < 0n;
    parts.push(
      encodeHead(isNegative ? MAJOR.negative : MAJOR.unsigned, isNegative ? -1n - value : value),
    );
  } else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    parts.push(encodeHead(MAJOR.text, BigInt(bytes.length)), bytes);
  } else if (typeof value === 'boolean') {
    parts.push(Buffer.from([value ? 0xf5 : 0xf4]));
  } else if (value === null) {
    parts.push(Buffer.from([0xf6]));
  } else if (value instanceof Uint8Array) {
    parts.push(encodeHead(MAJOR.bytes, BigInt(value.length)), value);
  } else if (value instanceof Tagged) {
    parts.push(encodeHead(MAJOR.tag, value.tag));
    append(value.value, parts);
  } else if (value instanceof Map) {
    const entries = [...value].map(([key, item]) => ({ key: encodeCbor(key), item }));
    entries.sort((a, b) => Buffer.compare(a.key, b.key));
    parts.push(encodeHead(MAJOR.map, BigInt(entries.length)));
    for (const { key, item } of entries) {
      parts.push(key);
      append(item, parts);
    }
  } else {
    const items = value as readonly CborValue[];
    parts.push(encodeHead(MAJOR.array, BigInt(items.length)));
    for (const item of items) append(item, parts);
  }
}

/** The one encoding of a value. */
export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = [];
  append(value, parts);
  return new Uint8Array(Buffer.concat(parts));
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at = 0;
  #itemsLeft: number;

  constructor(bytes: Uint8Array, itemsMax: number) {
    this.#bytes = bytes;
    this.#itemsLeft = itemsMax;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) {
      throw new GapError(
        'cbor_truncated',
        `${length} more bytes were expected at offset ${start}, but ${this.#bytes.length - start} are left`,
      );
    }
    this.#at += length;
    return start;
  }

  #argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info === 31) throw new GapError('cbor_indefinite', 'an item of indefinite length came');
    if (info > 27)
      throw new GapError('cbor_unsupported', `reserved additional information ${info}`);
    const size = 1 << (info - 24);
    const at = this.#take(size);
    const argument =
      size === 8
        ? this.#view.getBigUint64(at)
        : BigInt(
            size === 4
              ? this.#view.getUint32(at)
              : size === 2
                ? this.#view.getUint16(at)
                : this.#view.getUint8(at),
          );
    const least = size === 1 ? 24n : 1n << BigInt(size * 4);
    if (argument < least) {
      throw new GapError('cbor_not_minimal', `the integer ${argument} came in ${size} bytes`);
    }
    return argument;
  }

  /** A count that cannot exceed the bytes left, so that nothing is allocated for what is not there. */
  #count(argument: bigint, bytesEach: number): number {
    const left = this.#bytes.length - this.#at;
    if (argument * BigInt(bytesEach) > BigInt(left)) {
      throw new GapError(
        'cbor_truncated',
        `${argument} items were announced, but ${left} bytes are left`,
      );
    }
    return Number(argument);
  }

  #map(argument: bigint, depth: number): CborMap {
    const count = this.#count(argument, 2);
    const map = new Map<bigint, CborValue>();
    let previous: Uint8Array | null = null;
    for (let i = 0; i < count; i += 1) {
      const start = this.#at;
      const key = this.value(depth);
      if (typeof key !== 'bigint')
        throw new GapError('cbor_unsupported', 'a map key is no integer');
      const encoded = this.#bytes.subarray(start, this.#at);
      if (previous !== null && Buffer.compare(previous, encoded) >= 0) {
        throw new GapError('cbor_key_order', `map key ${key} is repeated or out of order`);
      }
      previous = encoded;
      map.set(key, this.value(depth));
    }
    return map;
  }

  #simple(info: number): boolean | null {
    if (info === 20) return false;
    if (info === 21) return true;
    if (info === 22) return null;
    if (info >= 25 && info <= 27) throw new GapError('cbor_float', 'a floating-point number came');
    if (info === 31) throw new GapError('cbor_indefinite', 'an item of indefinite length came');
    throw new GapError('cbor_unsupported', `simple value ${info}`);
  }

  #text(length: number): string {
    const at = this.#take(length);
    try {
      return this.#utf8.decode(this.#bytes.subarray(at, at + length));
    } catch {
      throw new GapError('cbor_utf8', `the text at offset ${at} is not UTF-8`);
    }
  }

  value(depth: number): CborValue {
    this.#itemsLeft -= 1;
    if (this.#itemsLeft < 0) {
      throw new GapError('cbor_too_many', 'more values came than such a message has');
    }
    if (depth > DEPTH_MAX)
      throw new GapError('cbor_too_deep', `more than ${DEPTH_MAX} levels came`);
    const initial = this.#bytes[this.#take(1)] as number;
    const major = initial >> 5;
    const info = initial & 31;
    if (major === MAJOR.simple) return this.#simple(info);
    const argument = this.#argument(info);
    switch (major) {
      case MAJOR.unsigned:
        return argument;
      case MAJOR.negative:
        return -1n - argument;
      case MAJOR.bytes: {
        const at = this.#take(this.#count(argument, 1));
        return this.#bytes.subarray(at, this.#at);
      }
      case MAJOR.text:
        return this.#text(this.#count(argument, 1));
      case MAJOR.array: {
        const items: CborValue[] = [];
        for (let left = this.#count(argument, 1); left > 0; left -= 1) {
          items.push(this.value(depth + 1));
        }
        return items;
      }
      case MAJOR.map:
        return this.#map(argument, depth + 1);
      default:
        return new Tagged(argument, this.value(depth + 1));
    }
  }
}

/**
 * One value and nothing after it, made of at most `itemsMax` values. Byte strings are views of
 * `bytes`, not copies.
 */
export function decodeCbor(bytes: Uint8Array, itemsMax: number = ITEMS_MAX): CborValue {
  const reader = new Reader(bytes, itemsMax);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new GapError('cbor_trailing', 'bytes follow the end of the value');
  return value;
}
