/** Deterministic CBOR against RFC 8949 appendix A, against cborg, and against itself. */
import { describe, expect, test } from '@jest/globals';
import {
  Tagged as CborgTagged,
  decode as cborgDecode,
  encode as cborgEncode,
  rfc8949EncodeOptions,
} from 'cborg';
import fc from 'fast-check';
import { type CborMap, type CborValue, decodeCbor, encodeCbor, Tagged } from '../src/cbor.ts';
import { DEPTH_MAX } from '../src/limits.ts';
import { hex, refusal, unhex, verdictOf } from './samples.ts';

/** RFC 8949 appendix A, as far as it lies within the subset. */
const APPENDIX_A: readonly (readonly [CborValue, string])[] = [
  [0n, '00'],
  [1n, '01'],
  [10n, '0a'],
  [23n, '17'],
  [24n, '1818'],
  [25n, '1819'],
  [100n, '1864'],
  [1000n, '1903e8'],
  [1_000_000n, '1a000f4240'],
  [1_000_000_000_000n, '1b000000e8d4a51000'],
  [18_446_744_073_709_551_615n, '1bffffffffffffffff'],
  [-18_446_744_073_709_551_616n, '3bffffffffffffffff'],
  [-1n, '20'],
  [-10n, '29'],
  [-100n, '3863'],
  [-1000n, '3903e7'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [new Tagged(0n, '2013-03-21T20:04:00Z'), 'c074323031332d30332d32315432303a30343a30305a'],
  [new Tagged(1n, 1_363_896_240n), 'c11a514b67b0'],
  [new Tagged(23n, unhex('01020304')), 'd74401020304'],
  [new Tagged(24n, unhex('6449455446')), 'd818456449455446'],
  [new Tagged(32n, 'http://www.example.com'), 'd82076687474703a2f2f7777772e6578616d706c652e636f6d'],
  [new Uint8Array(), '40'],
  [unhex('01020304'), '4401020304'],
  ['', '60'],
  ['a', '6161'],
  ['IETF', '6449455446'],
  ['"\\', '62225c'],
  ['\u00fc', '62c3bc'],
  ['\u6c34', '63e6b0b4'],
  ['\ud800\udd51', '64f0908591'],
  [[], '80'],
  [[1n, 2n, 3n], '83010203'],
  [[1n, [2n, 3n], [4n, 5n]], '8301820203820405'],
  [
    Array.from({ length: 25 }, (_, i) => BigInt(i + 1)),
    '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
  ],
  [new Map(), 'a0'],
  [
    new Map([
      [1n, 2n],
      [3n, 4n],
    ]),
    'a201020304',
  ],
];

/** Every other example of appendix A: well-formed CBOR that this format refuses. */
const APPENDIX_A_REFUSED: readonly (readonly [string, string])[] = [
  ['f90000', 'cbor_float'],
  ['f98000', 'cbor_float'],
  ['f93c00', 'cbor_float'],
  ['fb3ff199999999999a', 'cbor_float'],
  ['f93e00', 'cbor_float'],
  ['f97bff', 'cbor_float'],
  ['fa47c35000', 'cbor_float'],
  ['fa7f7fffff', 'cbor_float'],
  ['fb7e37e43c8800759c', 'cbor_float'],
  ['f90001', 'cbor_float'],
  ['f90400', 'cbor_float'],
  ['f9c400', 'cbor_float'],
  ['fbc010666666666666', 'cbor_float'],
  ['f97c00', 'cbor_float'],
  ['f97e00', 'cbor_float'],
  ['f9fc00', 'cbor_float'],
  ['fa7f800000', 'cbor_float'],
  ['fa7fc00000', 'cbor_float'],
  ['faff800000', 'cbor_float'],
  ['fb7ff0000000000000', 'cbor_float'],
  ['fb7ff8000000000000', 'cbor_float'],
  ['fbfff0000000000000', 'cbor_float'],
  ['c1fb41d452d9ec200000', 'cbor_float'],
  ['f7', 'cbor_unsupported'],
  ['f0', 'cbor_unsupported'],
  ['f8ff', 'cbor_unsupported'],
  ['a26161016162820203', 'cbor_unsupported'],
  ['826161a161626163', 'cbor_unsupported'],
  ['a56161614161626142616361436164614461656145', 'cbor_unsupported'],
  ['5f42010243030405ff', 'cbor_indefinite'],
  ['7f657374726561646d696e67ff', 'cbor_indefinite'],
  ['9fff', 'cbor_indefinite'],
  ['9f018202039f0405ffff', 'cbor_indefinite'],
  ['83018202039f0405ff', 'cbor_indefinite'],
  ['bf61610161629f0203ffff', 'cbor_indefinite'],
  ['bf6346756ef563416d7421ff', 'cbor_indefinite'],
];

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'cbor_truncated'],
  ['a head without its 1-byte argument', '18', 'cbor_truncated'],
  ['a head without its 2-byte argument', '1901', 'cbor_truncated'],
  ['a head without its 4-byte argument', '1a010000', 'cbor_truncated'],
  ['a head without its 8-byte argument', '1b01000000000000', 'cbor_truncated'],
  ['a byte string that ends early', '4201', 'cbor_truncated'],
  ['a text that ends early', '6261', 'cbor_truncated'],
  ['an array that ends early', '8201', 'cbor_truncated'],
  ['a map that ends after a key', 'a101', 'cbor_truncated'],
  ['a map that ends after a pair', 'a20102', 'cbor_truncated'],
  ['a tag without a value', 'c1', 'cbor_truncated'],
  ['23 in 1 byte', '1817', 'cbor_not_minimal'],
  ['255 in 2 bytes', '1900ff', 'cbor_not_minimal'],
  ['65,535 in 4 bytes', '1a0000ffff', 'cbor_not_minimal'],
  ['2^32-1 in 8 bytes', '1b00000000ffffffff', 'cbor_not_minimal'],
  ['-24 in 1 byte', '3817', 'cbor_not_minimal'],
  ['-256 in 2 bytes', '3900ff', 'cbor_not_minimal'],
  ['a byte string with a long length', '580141', 'cbor_not_minimal'],
  ['a text with a long length', '780141', 'cbor_not_minimal'],
  ['an array with a long length', '980101', 'cbor_not_minimal'],
  ['a map with a long length', 'b8010101', 'cbor_not_minimal'],
  ['a tag with a long number', 'd80101', 'cbor_not_minimal'],
  ['an indefinite byte string', '5fff', 'cbor_indefinite'],
  ['an indefinite text', '7fff', 'cbor_indefinite'],
  ['an indefinite array', '9fff', 'cbor_indefinite'],
  ['an indefinite map', 'bfff', 'cbor_indefinite'],
  ['a lone break', 'ff', 'cbor_indefinite'],
  ['an indefinite integer', '1f', 'cbor_indefinite'],
  ['an indefinite tag', 'df00', 'cbor_indefinite'],
  ['a half float', 'f93c00', 'cbor_float'],
  ['a single float', 'fa3f800000', 'cbor_float'],
  ['a double float', 'fb3ff0000000000000', 'cbor_float'],
  ['a float cut off', 'f9', 'cbor_float'],
  ['undefined', 'f7', 'cbor_unsupported'],
  ['simple value 0', 'e0', 'cbor_unsupported'],
  ['simple value 19', 'f3', 'cbor_unsupported'],
  ['false in 2 bytes', 'f814', 'cbor_unsupported'],
  ['simple value 255', 'f8ff', 'cbor_unsupported'],
  ['reserved simple 28', 'fc', 'cbor_unsupported'],
  ['reserved simple 29', 'fd', 'cbor_unsupported'],
  ['reserved simple 30', 'fe', 'cbor_unsupported'],
  ['a text as a map key', 'a1616100', 'cbor_unsupported'],
  ['a byte string as a map key', 'a1416100', 'cbor_unsupported'],
  ['an array as a map key', 'a18000', 'cbor_unsupported'],
  ['true as a map key', 'a1f500', 'cbor_unsupported'],
  ['a lone continuation byte', '6180', 'cbor_utf8'],
  ['an overlong slash', '62c0af', 'cbor_utf8'],
  ['an overlong slash in three bytes', '63e080af', 'cbor_utf8'],
  ['a high surrogate', '63eda080', 'cbor_utf8'],
  ['a low surrogate', '63edbfbf', 'cbor_utf8'],
  ['a surrogate pair in six bytes', '66eda080edb080', 'cbor_utf8'],
  ['a code point past U+10FFFF', '64f4908080', 'cbor_utf8'],
  ['a character cut by the end of its text', '62e6b0', 'cbor_utf8'],
  ['byte ff in a text', '61ff', 'cbor_utf8'],
  ['keys that fall', 'a202000100', 'cbor_key_order'],
  ['a negative key before a positive one', 'a220000000', 'cbor_key_order'],
  ['a negative key before a longer positive one', 'a22000181800', 'cbor_key_order'],
  ['a duplicate key', 'a201000100', 'cbor_key_order'],
  ['a byte after the value', '0000', 'cbor_trailing'],
  ['a break after the value', '00ff', 'cbor_trailing'],
];

const nested = (levels: number): Uint8Array =>
  new Uint8Array([...Array<number>(levels).fill(0x81), 0]);

/** Our values in cborg's terms: numbers where they are safe, its own tag class. */
function toCborg(value: CborValue): unknown {
  if (typeof value === 'bigint') {
    return BigInt.asIntN(54, value) === value ? Number(value) : value;
  }
  if (value instanceof Tagged) return new CborgTagged(Number(value.tag), toCborg(value.value));
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item: CborValue) => toCborg(item));
  if (value instanceof Map) {
    return new Map([...(value as CborMap)].map(([key, item]) => [toCborg(key), toCborg(item)]));
  }
  return value;
}

function ofCborg(value: unknown): CborValue {
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof CborgTagged) return new Tagged(BigInt(value.tag), ofCborg(value.value));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(ofCborg);
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [ofCborg(key) as bigint, ofCborg(item)]));
  }
  return value as CborValue;
}

/** Map entries in the order of their encodings, so that values compare equal. */
function sorted(value: CborValue): CborValue {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof Tagged) return new Tagged(value.tag, sorted(value.value));
  if (Array.isArray(value)) return value.map((item: CborValue) => sorted(item));
  if (!(value instanceof Map)) return value;
  const entries = [...(value as CborMap)].map(([key, item]) => [key, sorted(item)] as const);
  const rank = (key: bigint): bigint => (key >= 0n ? key : 2n ** 64n - key);
  return new Map(entries.sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1)));
}

const integers = fc.oneof(
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
);
const TAGS = [0, 1, 2, 23, 24, 98, 255, 256, 65_536];

const values: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    integers,
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.constantFrom<CborValue>(true, false, null),
    fc.array(tie('value'), { maxLength: 30 }),
    fc
      .uniqueArray(fc.tuple(integers, tie('value')), {
        maxLength: 30,
        selector: ([key]) => key,
      })
      .map((entries) => new Map(entries)),
    fc
      .tuple(fc.constantFrom(...TAGS), tie('value'))
      .map(([tag, item]) => new Tagged(BigInt(tag), item)),
  ),
})).value;

const cborgOptions = {
  strict: true,
  useMaps: true,
  allowIndefinite: false,
  allowUndefined: false,
  rejectDuplicateMapKeys: true,
  tags: CborgTagged.preserve(...TAGS),
};

describe('RFC 8949 appendix A', () => {
  test.each(APPENDIX_A)('%p encodes to %s and back', (value, encoded) => {
    expect(hex(encodeCbor(value))).toBe(encoded);
    expect(decodeCbor(unhex(encoded))).toEqual(value);
  });

  test.each(APPENDIX_A_REFUSED)(
    'refuses %s, which lies outside the subset, with %s',
    (bytes, code) => {
      expect(refusal(() => decodeCbor(unhex(bytes))).code).toBe(code);
    },
  );
});

describe('refusals', () => {
  test.each(REFUSED)('refuses %s (%s) with %s', (_what, bytes, code) => {
    expect(refusal(() => decodeCbor(unhex(bytes))).code).toBe(code);
  });

  const majors = [0, 1, 2, 3, 4, 5, 6, 7];
  test.each(majors)(
    'refuses reserved additional information 28 to 30 in major type %i',
    (major) => {
      for (const info of [28, 29, 30]) {
        const bytes = new Uint8Array([(major << 5) | info, 0, 0, 0, 0, 0, 0, 0, 0]);
        expect(refusal(() => decodeCbor(bytes)).code).toBe('cbor_unsupported');
      }
    },
  );

  test.each([0, 1, 2, 3, 4, 5, 6])('refuses indefinite length in major type %i', (major) => {
    const bytes = new Uint8Array([(major << 5) | 31, 0xff]);
    expect(refusal(() => decodeCbor(bytes)).code).toBe('cbor_indefinite');
  });

  test('accepts the least integer of each width and refuses the one below it in that width', () => {
    for (const [bytes, least] of [
      ['1818', 24n],
      ['190100', 256n],
      ['1a00010000', 65_536n],
      ['1b0000000100000000', 2n ** 32n],
    ] as const) {
      expect(decodeCbor(unhex(bytes))).toBe(least);
    }
  });

  test('accepts DEPTH_MAX levels and refuses one more, whether arrays, maps or tags', () => {
    expect(verdictOf(() => decodeCbor(nested(DEPTH_MAX)))).toBe('accepted');
    expect(verdictOf(() => decodeCbor(nested(DEPTH_MAX + 1)))).toBe('cbor_too_deep');
    for (const opening of [[0xa1, 0x00], [0xc1]]) {
      const of = (levels: number): Uint8Array =>
        new Uint8Array([...Array<number[]>(levels).fill(opening).flat(), 0]);
      expect(verdictOf(() => decodeCbor(of(DEPTH_MAX)))).toBe('accepted');
      expect(verdictOf(() => decodeCbor(of(DEPTH_MAX + 1)))).toBe('cbor_too_deep');
    }
  });

  test('refuses a million nested arrays without exhausting the stack', () => {
    expect(refusal(() => decodeCbor(nested(1_000_000))).code).toBe('cbor_too_deep');
  });

  test.each([2, 3, 4, 5])('refuses a huge count in major type %i without allocating', (major) => {
    for (const argument of [2n ** 64n - 1n, 2n ** 53n, 2n ** 32n]) {
      const bytes = Buffer.alloc(12);
      bytes[0] = (major << 5) | 27;
      bytes.writeBigUInt64BE(argument, 1);
      const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
      expect(refusal(() => decodeCbor(bytes)).message).toMatch(/^\d+ items were announced/);
      const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
      expect(after - before).toBeLessThan(4 * 2 ** 20);
    }
  });

  test('counts a map pair as two bytes at least', () => {
    const error = refusal(() => decodeCbor(unhex('a3010203')));
    expect(error.code).toBe('cbor_truncated');
    expect(error.message).toBe('3 items were announced, but 3 bytes are left');
  });

  test('keeps a byte order mark, so that the text encodes to the same bytes', () => {
    const bytes = unhex('64efbbbf61');
    expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
  });

  test('refuses to encode integers beyond 64 bits as wrong use', () => {
    expect(() => encodeCbor(2n ** 64n)).toThrow(RangeError);
    expect(() => encodeCbor(-(2n ** 64n) - 1n)).toThrow(RangeError);
  });
});

describe('properties', () => {
  test('what is encoded decodes to the same value, and cborg agrees both ways', () => {
    fc.assert(
      fc.property(values, (value) => {
        const encoded = encodeCbor(value);
        expect(decodeCbor(encoded)).toEqual(sorted(value));
        expect(sorted(ofCborg(cborgDecode(encoded, cborgOptions)))).toEqual(sorted(value));
        const theirs = cborgEncode(toCborg(value), rfc8949EncodeOptions);
        expect(hex(theirs)).toBe(hex(encoded));
        expect(decodeCbor(new Uint8Array(theirs))).toEqual(sorted(value));
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  const encodesToItself = (bytes: Uint8Array): void => {
    if (verdictOf(() => decodeCbor(bytes)) !== 'accepted') return;
    if (Buffer.compare(encodeCbor(decodeCbor(bytes)), bytes) !== 0) {
      throw new Error(`${hex(bytes)} re-encodes to ${hex(encodeCbor(decodeCbor(bytes)))}`);
    }
  };

  test('random bytes that decode re-encode to exactly the same bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), encodesToItself), {
      numRuns: 20_000,
      seed: 2,
    });
  });

  test('altered encodings that decode re-encode to exactly the same bytes', () => {
    let accepted = 0;
    fc.assert(
      fc.property(
        values,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 12 }),
        (value, changes) => {
          const encoded = encodeCbor(value);
          for (const [at, byte] of changes) {
            const altered = encoded.slice();
            altered[at % altered.length] = byte;
            encodesToItself(altered);
            if (verdictOf(() => decodeCbor(altered)) === 'accepted') accepted += 1;
          }
        },
      ),
      { numRuns: 3000, seed: 3 },
    );
    expect(accepted).toBeGreaterThan(1000);
  });

  test('every sequence of one or two bytes is refused or re-encodes to itself', () => {
    for (let n = 0; n < 0x10000; n += 1) encodesToItself(new Uint8Array([n >> 8, n & 0xff]));
    for (let n = 0; n < 0x100; n += 1) encodesToItself(new Uint8Array([n]));
  });
});
