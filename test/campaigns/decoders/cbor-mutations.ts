/**
 * Mutations that know CBOR: of the encoding (lengths, widths, counts, order of keys, endless items),
 * which a strict reader must refuse, and of the values, encoded without a fault, which reach the shapes.
 */
import { type CborMap, type CborValue, decodeCbor, encodeCbor, Tagged } from '@airlock/gap';
import { joined } from './byte-mutations.ts';
import { pick, type Random } from './random.ts';

/** Where an item of an encoding stands. */
interface Item {
  readonly start: number;
  /** End of its head, where its content begins. */
  readonly content: number;
  readonly end: number;
  readonly major: number;
  readonly argument: bigint;
  /** For the values of a map: where their key begins. */
  readonly keyStart: number | null;
}

type Step = bigint | number;

/** A place in a decoded value and what stands there. */
interface Place {
  readonly path: readonly Step[];
  readonly value: CborValue;
}

/** A valid sample with everything the mutations need to know of it. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly items: readonly Item[];
  readonly value: CborValue;
  readonly places: readonly Place[];
}

const UINT64_MAX = 2n ** 64n - 1n;
const DEEP = 20;

function headAt(bytes: Uint8Array, at: number): Pick<Item, 'content' | 'major' | 'argument'> {
  const initial = bytes[at] ?? 0;
  const info = initial & 31;
  const size = info < 24 ? 0 : 1 << (info - 24);
  let argument = BigInt(info);
  if (size > 0) {
    argument = 0n;
    for (let i = 1; i <= size; i += 1) argument = argument * 256n + BigInt(bytes[at + i] ?? 0);
  }
  return { content: at + 1 + size, major: initial >> 5, argument };
}

/** Notes the items of a valid encoding, outer ones after their inner ones. */
class Scanner {
  readonly items: Item[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Scans one item; returns its end. */
  scan(start: number, keyStart: number | null = null): number {
    const { content, major, argument } = headAt(this.#bytes, start);
    const count = Number(argument);
    let end = content;
    if (major === 2 || major === 3) end += count;
    if (major === 6) end = this.scan(content);
    if (major === 4) for (let i = 0; i < count; i += 1) end = this.scan(end);
    if (major === 5) {
      for (let i = 0; i < count; i += 1) {
        const key = end;
        end = this.scan(this.scan(key), key);
      }
    }
    this.items.push({ start, content, end, major, argument, keyStart });
    return end;
  }
}

function* placesOf(value: CborValue, path: readonly Step[] = []): Generator<Place> {
  yield { path, value };
  if (value instanceof Map) {
    for (const [key, item] of value as CborMap) yield* placesOf(item, [...path, key]);
  } else if (value instanceof Tagged) {
    yield* placesOf(value.value, [...path, 0]);
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly CborValue[]).entries()) {
      yield* placesOf(item, [...path, index]);
    }
  }
}

export function sampleOf(bytes: Uint8Array): Sample {
  const scanner = new Scanner(bytes);
  scanner.scan(0);
  const value = decodeCbor(bytes);
  return { bytes, items: scanner.items, value, places: [...placesOf(value)] };
}

/** A copy with another value at `path`. */
function withValue(value: CborValue, path: readonly Step[], item: CborValue): CborValue {
  const [step, ...rest] = path;
  if (step === undefined) return item;
  if (value instanceof Tagged) return new Tagged(value.tag, withValue(value.value, rest, item));
  if (value instanceof Map) {
    const copy = new Map(value as CborMap);
    copy.set(BigInt(step), withValue(copy.get(BigInt(step)) ?? null, rest, item));
    return copy;
  }
  const copy = [...(value as readonly CborValue[])];
  copy[Number(step)] = withValue(copy[Number(step)] ?? null, rest, item);
  return copy;
}

let deep: CborValue = 0n;
for (let level = 0; level < DEEP; level += 1)
  deep = level % 2 === 0 ? [deep] : new Map([[1n, deep]]);

/** One value of each type, and values at and beyond the edges of what messages hold. */
const STRANGE: readonly CborValue[] = [
  0n,
  1n,
  -1n,
  4n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2_779_530_283_277_761n,
  -2_779_530_283_277_762n,
  UINT64_MAX,
  -(2n ** 64n),
  true,
  false,
  null,
  '',
  'x'.repeat(65),
  'mainnet',
  '\u001b[2J',
  '\u202egnp',
  '\ud800',
  '9'.repeat(27),
  ...[0, 1, 16, 31, 32, 33, 47, 48, 49, 64, 1296, 1297, 4097].map((n) => new Uint8Array(n)),
  ...[16, 32, 48, 64].map((n) => new Uint8Array(n).fill(0xff)),
  [],
  Array(200).fill(0n),
  new Map(),
  new Map<bigint, CborValue>([[-1n, null]]),
  new Tagged(98n, []),
  deep,
];

/** The value itself, a little changed: what passes its type. */
function nudged(value: CborValue, random: Random): CborValue {
  if (typeof value === 'bigint') return value + pick(random, [1n, -1n, 256n, -value, -2n * value]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') {
    const at = random(value.length + 1);
    const character = pick(random, ['9', 'A', 'z', '\u0000', '\u001b', '\u202e', 'é', '']);
    return value.slice(0, at) + character + value.slice(at + random(2));
  }
  if (value instanceof Uint8Array) {
    if (value.length === 0 || random(4) === 0) return joined(value, Uint8Array.of(random(256)));
    const copy = value.slice();
    const at = random(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    return random(6) === 0 ? copy.subarray(1) : copy;
  }
  if (value instanceof Map) {
    const copy = new Map(value as CborMap);
    const keys = [...copy.keys()];
    if (keys.length > 0 && random(2) === 0) copy.delete(pick(random, keys));
    else copy.set(BigInt(random(30)) - 5n, pick(random, STRANGE));
    return copy;
  }
  if (value instanceof Tagged) return new Tagged(value.tag + 1n, value.value);
  if (value === null) return pick(random, STRANGE);
  const items = [...(value as readonly CborValue[])];
  const at = random(items.length + 1);
  const item = items[at] ?? items[0] ?? null;
  const change = random(4);
  if (change === 0) items.splice(at, 1);
  else if (change === 1) items.splice(at, 0, item);
  else if (change === 2) items.reverse();
  else items.push(...Array(1 + random(130)).fill(item));
  return items;
}

/** Valid CBOR with one to three values changed: what the shapes have to judge. */
function changeValues(sample: Sample, donor: Sample, random: Random): Uint8Array {
  let { value } = sample;
  let places = sample.places;
  for (let left = 1 + random(random(4) === 0 ? 3 : 1); left > 0; left -= 1) {
    const { path, value: there } = pick(random, places);
    const kind = random(4);
    const item =
      kind === 0
        ? pick(random, STRANGE)
        : kind === 1
          ? pick(random, donor.places).value
          : nudged(there, random);
    value = withValue(value, path, item);
    // Paths are those of the sample: a later change stays outside what an earlier one replaced.
    places = places.filter((place) => !overlap(place.path, path));
    if (places.length === 0) break;
  }
  try {
    return encodeCbor(value);
  } catch (cause) {
    // A number beyond 64 bits has no encoding.
    if (cause instanceof RangeError) return sample.bytes.slice(1);
    throw cause;
  }
}

function overlap(one: readonly Step[], other: readonly Step[]): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((step, index) => step === other[index]);
}

/** A head in a given width, minimal or not. */
function headOf(major: number, argument: bigint, size: number): Uint8Array {
  if (size === 0) return Uint8Array.of((major << 5) | Number(argument & 31n));
  const head = Buffer.alloc(9);
  head.writeBigUInt64BE(argument & UINT64_MAX, 1);
  const bytes = head.subarray(9 - size);
  return joined(Uint8Array.of((major << 5) | (24 + Math.log2(size))), bytes);
}

const COUNTS = [
  0n,
  1n,
  23n,
  24n,
  255n,
  65_535n,
  65_536n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  UINT64_MAX,
];

/** Another head for one item: a wider one, another count, another type, no end. */
function changeHead({ bytes, items }: Sample, _donor: Sample, random: Random): Uint8Array {
  const { start, content, major, argument } = pick(random, items);
  const sizes = [0, 1, 2, 4, 8];
  const kind = random(5);
  const wide = argument >= 2n ** 32n ? 8 : argument >= 65_536n ? 4 : argument >= 256n ? 2 : 1;
  const head =
    kind === 0
      ? headOf(major, argument, pick(random, sizes))
      : kind === 1
        ? headOf(major, pick(random, COUNTS), 8)
        : kind === 2
          ? headOf(random(8), argument, argument < 24n ? 0 : wide)
          : kind === 3
            ? Uint8Array.of((major << 5) | (28 + random(4)))
            : headOf(major, argument + (random(2) === 0 ? 1n : -1n), argument < 23n ? 0 : wide);
  return joined(bytes.subarray(0, start), head, bytes.subarray(content));
}

const FORBIDDEN = [
  'f7',
  'f97e00',
  'fa7fc00000',
  'fb3ff8000000000000',
  'f818',
  'ff',
  '5fff',
  '9fff',
  'bfff',
  '7f61780000ff',
  '61ff',
  '62c328',
  'c11a514b67b0',
  `${'81'.repeat(DEEP)}00`,
  `${'d862'.repeat(DEEP)}00`,
  '9b0000000100000000',
  'bb00ffffffffffffff',
  '5b7fffffffffffffff',
].map((text) => new Uint8Array(Buffer.from(text, 'hex')));

/** One item replaced by what deterministic CBOR does not have, or by an item of another sample. */
function replaceItem({ bytes, items }: Sample, donor: Sample, random: Random): Uint8Array {
  const { start, end } = pick(random, items);
  const other = pick(random, donor.items);
  const item =
    random(2) === 0 ? pick(random, FORBIDDEN) : donor.bytes.subarray(other.start, other.end);
  return joined(bytes.subarray(0, start), item, bytes.subarray(end));
}

/** A field of a map taken out, put in twice or moved behind the next, its count kept or not. */
function moveField({ bytes, items }: Sample, _donor: Sample, random: Random): Uint8Array {
  const fields = items.filter((item) => item.keyStart !== null);
  if (fields.length === 0) return bytes.slice(1);
  const { keyStart, end } = pick(random, fields);
  const start = keyStart ?? end;
  const field = bytes.subarray(start, end);
  const next = fields.find((item) => item.keyStart === end);
  const kind = random(3);
  if (kind === 0) return joined(bytes.subarray(0, start), bytes.subarray(end));
  if (kind === 1 || next === undefined) {
    return joined(bytes.subarray(0, end), field, bytes.subarray(end));
  }
  return joined(
    bytes.subarray(0, start),
    bytes.subarray(end, next.end),
    field,
    bytes.subarray(next.end),
  );
}

export const CBOR_MUTATIONS: readonly ((
  sample: Sample,
  donor: Sample,
  random: Random,
) => Uint8Array)[] = [changeValues, changeValues, changeValues, changeHead, replaceItem, moveField];
