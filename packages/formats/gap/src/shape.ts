/**
 * Shapes: one definition a message gives its decoder (unknown fields, wrong types and lengths refused
 * with the path) and its encoder. Maps have small integer keys, as the CDDL in docs/gap.md names them.
 */
import { bytesToHash, bytesToUuid, hashToBytes, isTrytes, uuidToBytes } from '@airlock/protocol';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';
import { GapError } from './error.ts';
import { ITEMS_MAX } from './limits.ts';

export interface Shape<T> {
  readonly decode: (value: CborValue, path: string) => T;
  readonly encode: (value: T) => CborValue;
}

interface Field<T> {
  readonly key: bigint;
  readonly shape: Shape<T>;
}

function typeError(path: string, expected: string): GapError {
  return new GapError('field_type', `${path}: expected ${expected}`);
}

function rangeError(path: string, expected: string): GapError {
  return new GapError('field_range', `${path}: expected ${expected}`);
}

/** An integer of `min` to `max` as bigint. */
export function integer(min: bigint, max: bigint): Shape<bigint> {
  return {
    decode: (value, path) => {
      if (typeof value !== 'bigint') throw typeError(path, 'an integer');
      if (value < min || value > max) throw rangeError(path, `an integer of ${min} to ${max}`);
      return value;
    },
    encode: (value) => value,
  };
}

/** An integer of `min` (default 0) to `max` (a safe integer) as number. */
export function unsigned(max: number = Number.MAX_SAFE_INTEGER, min = 0): Shape<number> {
  const inner = integer(BigInt(min), BigInt(max));
  return {
    decode: (value, path) => Number(inner.decode(value, path)),
    encode: (value) => BigInt(value),
  };
}

/** An integer from 1 on: sequences and numbers of batches and entries. */
export const ordinal: Shape<number> = unsigned(Number.MAX_SAFE_INTEGER, 1);

export const truth: Shape<boolean> = {
  decode: (value, path) => {
    if (typeof value !== 'boolean') throw typeError(path, 'true or false');
    return value;
  },
  encode: (value) => value,
};

/** Bytes of a bounded length. Decoded bytes are a view of the message. */
export function bytes(min: number, max: number = min): Shape<Uint8Array> {
  return {
    decode: (value, path) => {
      if (!(value instanceof Uint8Array)) throw typeError(path, 'a byte string');
      if (value.length < min || value.length > max) {
        throw rangeError(path, min === max ? `${min} bytes` : `${min} to ${max} bytes`);
      }
      return value;
    },
    encode: (value) => value,
  };
}

/** Bytes of a fixed length that stand as text in memory: identifiers, hashes, digests. */
function bytesAs(options: {
  readonly length: number;
  readonly what: string;
  readonly toText: (value: Uint8Array) => string | null;
  readonly toBytes: (text: string) => Uint8Array;
}): Shape<string> {
  const inner = bytes(options.length);
  return {
    decode: (value, path) => {
      const text = options.toText(inner.decode(value, path));
      if (text === null) throw rangeError(path, options.what);
      return text;
    },
    encode: (text) => options.toBytes(text),
  };
}

const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const toHex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

/** 48 bytes in Kerl's domain: an address or bundle hash of 81 trytes. */
export const hash: Shape<string> = bytesAs({
  length: 48,
  what: 'a hash whose 243rd trit is 0',
  toText: bytesToHash,
  toBytes: hashToBytes,
});

/** 48 bytes: a UUID in Hub's sense. */
export const uuid: Shape<string> = bytesAs({
  length: 48,
  what: 'a UUID',
  toText: bytesToUuid,
  toBytes: uuidToBytes,
});

/** 32 bytes: SHA-256, as 64 hexadecimal digits. */
export const digest: Shape<string> = bytesAs({
  length: 32,
  what: 'a digest',
  toText: toHex,
  toBytes: fromHex,
});

/** 16 bytes that stand in memory as a prefix and 32 hexadecimal digits. */
export function identifier(prefix: string): Shape<string> {
  return bytesAs({
    length: 16,
    what: 'an identifier',
    toText: (value) => prefix + toHex(value),
    toBytes: (text) => fromHex(text.slice(prefix.length)),
  });
}

/** 16 bytes: a withdrawal's id, a UUID version 4 of RFC 9562 in its usual text form. */
export const withdrawalId: Shape<string> = bytesAs({
  length: 16,
  what: 'a UUID version 4',
  toText: (value) => {
    const text = toHex(value).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    return /^.{14}4.{4}[89ab]/.test(text) ? text : null;
  },
  toBytes: (text) => fromHex(text.replaceAll('-', '')),
});

/** Text that matches `pattern`; patterns here never admit control characters. */
export function text(pattern: RegExp, what: string): Shape<string> {
  return {
    decode: (value, path) => {
      if (typeof value !== 'string') throw typeError(path, 'text');
      if (!pattern.test(value)) throw rangeError(path, what);
      return value;
    },
    encode: (value) => value,
  };
}

/** 27 trytes. */
export const tag: Shape<string> = {
  decode: (value, path) => {
    if (typeof value !== 'string') throw typeError(path, 'text');
    if (!isTrytes(value, 27)) throw rangeError(path, '27 trytes');
    return value;
  },
  encode: (value) => value,
};

/** One of several words. */
export function oneOf<T extends string>(words: readonly T[]): Shape<T> {
  return {
    decode: (value, path) => {
      const found = words.find((word) => word === value);
      if (found === undefined) throw rangeError(path, `one of ${words.join(', ')}`);
      return found;
    },
    encode: (value) => value,
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    decode: (value, path) => (value === null ? null : shape.decode(value, path)),
    encode: (value) => (value === null ? null : shape.encode(value)),
  };
}

export function list<T>(
  shape: Shape<T>,
  { min, max }: { min: number; max: number },
): Shape<readonly T[]> {
  return {
    decode: (value, path) => {
      if (!Array.isArray(value)) throw typeError(path, 'an array');
      if (value.length < min || value.length > max)
        throw rangeError(path, `${min} to ${max} items`);
      return value.map((item: CborValue, index) => shape.decode(item, `${path}[${index}]`));
    },
    encode: (items) => items.map((item) => shape.encode(item)),
  };
}

/** An array with one shape a place. */
export function tuple<T extends readonly unknown[]>(
  ...shapes: { readonly [K in keyof T]: Shape<T[K]> }
): Shape<T> {
  return {
    decode: (value, path) => {
      if (!Array.isArray(value)) throw typeError(path, 'an array');
      if (value.length !== shapes.length) throw rangeError(path, `${shapes.length} items`);
      return shapes.map((shape, index) =>
        shape.decode(value[index] as CborValue, `${path}[${index}]`),
      ) as unknown as T;
    },
    encode: (items) => shapes.map((shape, index) => shape.encode(items[index])),
  };
}

export function field<T>(key: number, shape: Shape<T>): Field<T> {
  return { key: BigInt(key), shape };
}

/** A map with exactly these fields: a missing or an unknown one is refused. */
export function struct<T extends object>(
  fields: {
    readonly [K in keyof T]-?: Field<T[K]>;
  },
): Shape<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const keys = new Set(names.map((name) => fields[name].key));
  return {
    decode: (value, path) => {
      if (!(value instanceof Map)) throw typeError(path, 'a map');
      const result: Partial<T> = {};
      for (const name of names) {
        const { key, shape } = fields[name];
        const item = value.get(key);
        if (item === undefined) {
          throw new GapError('field_missing', `${path}.${name} (key ${key}) is missing`);
        }
        result[name] = shape.decode(item, `${path}.${name}`);
      }
      for (const key of value.keys()) {
        if (!keys.has(key)) throw new GapError('field_unknown', `${path}: key ${key} is unknown`);
      }
      return result as T;
    },
    encode: (value) =>
      new Map(names.map((name) => [fields[name].key, fields[name].shape.encode(value[name])])),
  };
}

/**
 * One of several structs, each an array [number, fields]: the number says which, and stands in memory
 * as the property `kind`.
 */
export function choice<T extends { readonly kind: string }>(
  variants: {
    readonly [K in T['kind']]: readonly [number, Shape<Omit<Extract<T, { kind: K }>, 'kind'>>];
  },
): Shape<T> {
  const kinds = Object.keys(variants) as T['kind'][];
  return {
    decode: (value, path) => {
      if (!Array.isArray(value) || value.length !== 2) throw typeError(path, 'an array of 2 items');
      const kind = kinds.find((name) => BigInt(variants[name][0]) === value[0]);
      if (kind === undefined) throw rangeError(path, `a kind among ${kinds.join(', ')}`);
      const fields = variants[kind][1].decode(value[1] as CborValue, `${path}.${kind}`);
      return { ...fields, kind } as unknown as T;
    },
    encode: (value) => {
      const [number, shape] = variants[value.kind as T['kind']];
      return [BigInt(number), shape.encode(value as never)];
    },
  };
}

export function encodeShape<T>(shape: Shape<T>, value: T): Uint8Array {
  return encodeCbor(shape.encode(value));
}

/** @param message its name, for error texts, and the most values it may be made of */
export function decodeShape<T>(
  shape: Shape<T>,
  encoded: Uint8Array,
  message: string | { readonly name: string; readonly itemsMax: number },
): T {
  const { name, itemsMax } =
    typeof message === 'string' ? { name: message, itemsMax: ITEMS_MAX } : message;
  return shape.decode(decodeCbor(encoded, itemsMax), name);
}
