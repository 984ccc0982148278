/** Shapes: each accepts its limit and refuses what lies beyond, naming the place. */

import { trytesToWords } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { type CborValue, Tagged } from '../src/cbor.ts';
import {
  bytes,
  choice,
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  identifier,
  integer,
  list,
  nullable,
  oneOf,
  type Shape,
  struct,
  tag,
  text,
  truth,
  tuple,
  unsigned,
  uuid,
  withdrawalId,
} from '../src/shape.ts';
import { ONE_OF_EACH } from './fields.ts';
import { addressOf, hex, refusal, unhex, uuidOf, WITHDRAWAL_ID } from './samples.ts';

const zeros = (length: number): Uint8Array => new Uint8Array(length);
const word = trytesToWords(addressOf('A'));
/** The least integer that has a 243rd trit: (3^242 + 1) / 2. */
const beyondDomain = unhex(((3n ** 242n + 1n) / 2n).toString(16).padStart(96, '0'));

const pair = struct<{ first: number; second: string | null }>({
  first: field(1, unsigned(9)),
  second: field(30, nullable(text(/^[a-z]{1,3}$/, 'up to three letters'))),
});
type Choice = { readonly kind: 'bare' } | { readonly kind: 'full'; readonly size: number };
const pick = choice<Choice>({
  bare: [0, struct<object>({})],
  full: [7, struct<{ size: number }>({ size: field(1, unsigned(5)) })],
});

interface Case {
  readonly name: string;
  readonly shape: Shape<unknown>;
  /** What stands in memory, and in CBOR. */
  readonly good: readonly (readonly [unknown, CborValue])[];
  readonly range: readonly CborValue[];
  /** The types of {@link ONE_OF_EACH}, by place, that are not a field_type. */
  readonly fits: readonly number[];
}

const kase = <T>(
  name: string,
  shape: Shape<T>,
  rest: {
    readonly good: readonly (readonly [T, CborValue])[];
    readonly range: readonly CborValue[];
    readonly fits: readonly number[];
  },
): Case => ({ name, shape: shape as Shape<unknown>, ...rest });

const INTEGERS = [0, 1];
const BYTES = [2];
const TEXT = [3];
const ARRAYS = [4];
const MAPS = [5];

const CASES: readonly Case[] = [
  kase('integer', integer(-5n, 7n), {
    good: [
      [-5n, -5n],
      [0n, 0n],
      [7n, 7n],
    ],
    range: [-6n, 8n, 2n ** 64n - 1n, -(2n ** 64n)],
    fits: INTEGERS,
  }),
  kase('unsigned', unsigned(), {
    good: [
      [0, 0n],
      [Number.MAX_SAFE_INTEGER, 2n ** 53n - 1n],
    ],
    range: [-1n, 2n ** 53n],
    fits: INTEGERS,
  }),
  kase('unsigned with a limit', unsigned(3), {
    good: [
      [0, 0n],
      [3, 3n],
    ],
    range: [-1n, 4n],
    fits: INTEGERS,
  }),
  kase('truth', truth, {
    good: [
      [true, true],
      [false, false],
    ],
    range: [],
    fits: [7],
  }),
  kase('bytes of one length', bytes(4), {
    good: [[unhex('01020304'), unhex('01020304')]],
    range: [zeros(0), zeros(3), zeros(5)],
    fits: BYTES,
  }),
  kase('bytes of bounded length', bytes(1, 3), {
    good: [
      [zeros(1), zeros(1)],
      [zeros(3), zeros(3)],
    ],
    range: [zeros(0), zeros(4)],
    fits: BYTES,
  }),
  kase('hash', hash, {
    good: [[addressOf('A'), word]],
    range: [zeros(47), zeros(49), beyondDomain, new Uint8Array(48).fill(0x7f)],
    fits: BYTES,
  }),
  kase('uuid', uuid, {
    good: [
      ['A'.repeat(64), zeros(48)],
      ['/'.repeat(64), new Uint8Array(48).fill(0xff)],
    ],
    range: [zeros(47), zeros(49)],
    fits: BYTES,
  }),
  kase('digest', digest, {
    good: [['ab'.repeat(32), new Uint8Array(32).fill(0xab)]],
    range: [zeros(31), zeros(33)],
    fits: BYTES,
  }),
  kase('identifier', identifier('zz_'), {
    good: [[`zz_${'01'.repeat(16)}`, new Uint8Array(16).fill(1)]],
    range: [zeros(15), zeros(17)],
    fits: BYTES,
  }),
  kase('withdrawalId', withdrawalId, {
    good: [
      [WITHDRAWAL_ID, unhex(WITHDRAWAL_ID.replaceAll('-', ''))],
      ['00000000-0000-4000-8000-000000000000', unhex('00000000000040008000000000000000')],
      ['ffffffff-ffff-4fff-bfff-ffffffffffff', unhex('ffffffffffff4fffbfffffffffffffff')],
    ],
    range: [
      zeros(15),
      zeros(17),
      unhex('00000000000030008000000000000000'),
      unhex('00000000000050008000000000000000'),
      unhex('00000000000040007000000000000000'),
      unhex('0000000000004000c000000000000000'),
    ],
    fits: BYTES,
  }),
  kase('text', text(/^[a-z]{1,3}$/, 'up to three letters'), {
    good: [
      ['a', 'a'],
      ['abc', 'abc'],
    ],
    range: ['', 'abcd', 'A', 'a\n', 'a\u0000', 'ä'],
    fits: TEXT,
  }),
  kase('tag', tag, {
    good: [
      ['9'.repeat(27), '9'.repeat(27)],
      ['Z'.repeat(27), 'Z'.repeat(27)],
    ],
    range: ['9'.repeat(26), '9'.repeat(28), `${'9'.repeat(26)}a`, `${'9'.repeat(26)}8`],
    fits: TEXT,
  }),
  kase('oneOf', oneOf(['red', 'blue']), {
    good: [
      ['red', 'red'],
      ['blue', 'blue'],
    ],
    // A word is compared whatever its type, so that a wrong type is out of range as well.
    range: ['', 'Red', 'redd', ...ONE_OF_EACH],
    fits: [0, 1, 2, 3, 4, 5, 6, 7, 8],
  }),
  kase('nullable', nullable(unsigned(3)), {
    good: [
      [null, null],
      [3, 3n],
    ],
    range: [4n],
    fits: [...INTEGERS, 8],
  }),
  kase('list', list(unsigned(3), { min: 1, max: 2 }), {
    good: [
      [[1], [1n]],
      [
        [1, 2],
        [1n, 2n],
      ],
    ],
    range: [[], [1n, 2n, 3n], [4n]],
    fits: ARRAYS,
  }),
  kase('tuple', tuple<readonly [number, boolean]>(unsigned(3), truth), {
    good: [
      [
        [3, true],
        [3n, true],
      ],
    ],
    range: [[], [1n], [1n, true, true], [4n, true]],
    fits: ARRAYS,
  }),
  kase('struct', pair, {
    good: [
      [
        { first: 9, second: 'abc' },
        new Map<bigint, CborValue>([
          [1n, 9n],
          [30n, 'abc'],
        ]),
      ],
    ],
    range: [
      new Map<bigint, CborValue>([
        [1n, 10n],
        [30n, null],
      ]),
    ],
    fits: MAPS,
  }),
  kase<Choice>('choice', pick, {
    good: [
      [{ kind: 'bare' }, [0n, new Map()]],
      [{ kind: 'full', size: 5 }, [7n, new Map([[1n, 5n]])]],
    ],
    range: [
      [1n, new Map()],
      [-1n, new Map()],
      ['bare', new Map()],
      [7n, new Map([[1n, 6n]])],
    ],
    fits: [],
  }),
];

describe.each(CASES)('$name', ({ shape, good, range, fits }) => {
  test('accepts its values up to the limits and encodes them back', () => {
    for (const [value, encoded] of good) {
      expect(shape.decode(encoded, 'it')).toEqual(value);
      expect(shape.encode(value)).toEqual(encoded);
      expect(decodeShape(shape, encodeShape(shape, value), 'it')).toEqual(value);
    }
  });

  test('refuses what lies beyond its limits with field_range, naming the place', () => {
    for (const value of range) {
      const error = refusal(() => shape.decode(value, 'there'));
      expect(error.code).toBe('field_range');
      expect(error.message).toMatch(/^there/);
    }
  });

  test('refuses every other CBOR type with field_type, naming the place', () => {
    const others = ONE_OF_EACH.filter((_, index) => !fits.includes(index));
    for (const value of others) {
      const error = refusal(() => shape.decode(value, 'there'));
      expect(error.code).toBe('field_type');
      expect(error.message).toMatch(/^there: expected /);
    }
  });
});

describe('struct', () => {
  const good = new Map<bigint, CborValue>([
    [1n, 1n],
    [30n, null],
  ]);

  test.each([
    [1n, 'it.first'],
    [30n, 'it.second'],
  ])('refuses a map that lacks key %p with field_missing', (key, path) => {
    const map = new Map(good);
    map.delete(key);
    const error = refusal(() => pair.decode(map, 'it'));
    expect(error.code).toBe('field_missing');
    expect(error.message).toBe(`${path} (key ${key}) is missing`);
  });

  test.each([0n, 2n, -1n, 31n, 2n ** 64n - 1n])(
    'refuses the unknown key %p with field_unknown',
    (key) => {
      const error = refusal(() => pair.decode(new Map(good).set(key, 1n), 'it'));
      expect(error.code).toBe('field_unknown');
      expect(error.message).toBe(`it: key ${key} is unknown`);
    },
  );

  test('refuses any key in a struct without fields', () => {
    expect(refusal(() => pick.decode([0n, new Map([[1n, 1n]])], 'it')).code).toBe('field_unknown');
  });

  test('encodes only its own fields', () => {
    const more = { first: 1, second: null, third: 3 };
    expect(pair.encode(more)).toEqual(good);
  });
});

describe('choice', () => {
  test.each([[[]], [[0n]], [[0n, new Map(), 1n]]])(
    'refuses an array of other than two items: %p',
    (value) => {
      expect(refusal(() => pick.decode(value as CborValue, 'it')).code).toBe('field_type');
    },
  );

  test('refuses the fields of another kind', () => {
    expect(refusal(() => pick.decode([0n, new Map([[1n, 5n]])], 'it')).code).toBe('field_unknown');
    expect(refusal(() => pick.decode([7n, new Map()], 'it')).code).toBe('field_missing');
  });
});

describe('paths', () => {
  const deep = struct<{ rows: readonly (readonly (readonly [number, Choice])[])[] }>({
    rows: field(
      1,
      list(list(tuple<readonly [number, Choice]>(unsigned(3), pick), { min: 1, max: 9 }), {
        min: 1,
        max: 9,
      }),
    ),
  });
  const rows = (item: CborValue): CborValue => new Map([[1n, [[[1n, [0n, new Map()]]], [item]]]]);

  test.each<readonly [CborValue, string]>([
    [[4n, [0n, new Map()]], 'it.rows[1][0][0]: expected an integer of 0 to 3'],
    [[1n, [7n, new Map()]], 'it.rows[1][0][1].full.size (key 1) is missing'],
    [[1n, [7n, new Map([[1n, 'x']])]], 'it.rows[1][0][1].full.size: expected an integer'],
    [[1n, [8n, new Map()]], 'it.rows[1][0][1]: expected a kind among bare, full'],
    [1n, 'it.rows[1][0]: expected an array'],
    [new Tagged(1n, []), 'it.rows[1][0]: expected an array'],
  ])('the message names the way to the fault (case %#)', (item, message) => {
    expect(refusal(() => deep.decode(rows(item), 'it')).message).toBe(message);
  });
});

describe('decodeShape', () => {
  test('refuses bytes that are not deterministic CBOR with the code of the fault', () => {
    expect(refusal(() => decodeShape(truth, unhex('f5f5'), 'it')).code).toBe('cbor_trailing');
  });
});

test('a hash and its 48 bytes are one to one at the ends of the domain', () => {
  const greatest = unhex(((3n ** 242n - 1n) / 2n).toString(16).padStart(96, '0'));
  const least = unhex((2n ** 384n - (3n ** 242n - 1n) / 2n).toString(16).padStart(96, '0'));
  for (const end of [greatest, least]) {
    expect(hex(hash.encode(hash.decode(end, 'it')) as Uint8Array)).toBe(hex(end));
  }
  expect(hash.decode(greatest, 'it')).toBe(`${'M'.repeat(80)}D`);
  expect(uuidOf('a')).toHaveLength(64);
});
