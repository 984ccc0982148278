/** Codes of every size carry what the standard promises, and another reader than ours agrees. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import decodeQr from 'qr/decode.js';
import {
  charactersOf,
  drawMatrix,
  matrixOf,
  packedModules,
  type QrMatrix,
  QUIET_MODULES,
  readCode,
  VERSION_MAX,
  VERSION_MIN,
} from '../src/matrix.ts';
import { ALPHABET, drawn, noiseMatrix, refusal, textOf, VERSIONS } from './samples.ts';

/** ISO/IEC 18004, table 7: alphanumeric characters at level L. */
const TABLE = [
  395, 468, 535, 619, 667, 758, 854, 938, 1046, 1153, 1249, 1352, 1460, 1588, 1704, 1853, 1990,
  2132,
] as const;

/** The decoder on pixels that were drawn here, at a scale that the package does not use. */
function decoded(matrix: QrMatrix): string {
  const { width, height, pixels } = drawn(matrix, 2);
  const data = new Uint8Array(3 * pixels.length);
  for (let at = 0; at < pixels.length; at += 1) data.fill(pixels[at]!, 3 * at, 3 * at + 3);
  return decodeQr({ width, height, data }, { format: 'RGB', timeLimit: 1000 });
}

/** The format information beside the upper left finder pattern, unmasked (§7.9): level and mask. */
function formatOf({ isDark }: QrMatrix): number {
  const xs = [0, 1, 2, 3, 4, 5, 7, 8];
  const ys = [7, 5, 4, 3, 2, 1, 0];
  const bits = [...xs.map((x) => isDark(x, 8)), ...ys.map((y) => isDark(8, y))];
  return bits.reduce((word, bit) => word * 2 + Number(bit), 0) ^ 0b101_0100_0001_0010;
}

test('versions 10 to 27 are offered', () => {
  expect([VERSION_MIN, VERSION_MAX]).toEqual([10, 27]);
  expect(VERSIONS.map(charactersOf)).toEqual([...TABLE]);
});

describe.each(VERSIONS)('version %i', (version) => {
  const full = textOf(TABLE[version - 10]!, version);
  const matrix = matrixOf(full, version);

  test('carries exactly as many characters as the table says, of the whole alphabet', () => {
    expect(new Set(full)).toEqual(new Set(ALPHABET));
    expect(matrix).toMatchObject({ version, size: 17 + 4 * version });
    expect(decoded(matrix)).toBe(full);
    expect(refusal(() => matrixOf(`${full}0`, version))).toBe('too_long');
  });

  test('is of error correction level L, its finder and timing patterns in place', () => {
    expect(formatOf(matrix) >> 13).toBe(0b01);
    const row = (y: number, from: number): string =>
      Array.from({ length: 9 }, (_, at) => (matrix.isDark(from + at, y) ? '#' : '.')).join('');
    const left = Array.from({ length: 9 }, (_, at) => row(at - 1, -1));
    const ring = ['.........', '.#######.', '.#.....#.', '.#.###.#.'];
    expect(left.slice(0, 4)).toEqual(ring);
    expect(left.slice(4)).toEqual([ring[3], ring[3], ring[2], ring[1], ring[0]]);
    const between = Array.from({ length: matrix.size - 16 }, (_, at) => 8 + at);
    const isEven = between.map((at) => at % 2 === 0);
    expect(between.map((at) => matrix.isDark(at, 6))).toEqual(isEven);
    expect(between.map((at) => matrix.isDark(6, at))).toEqual(isEven);
  });
});

test.each([10, 27])('a short text takes the version asked for too: %i', (version) => {
  const short = matrixOf('UR:A/B', version);
  expect(short.size).toBe(17 + 4 * version);
  expect(decoded(short)).toBe('UR:A/B');
});

test.each(['lower', 'UR:Ä', 'A,B', 'A\n', '\0'])('%j is not in the alphabet: wrong use', (text) => {
  expect(() => matrixOf(text, 10)).toThrow(RangeError);
});

test.each([0, 41])('there is no version %i', (version) => {
  expect(() => matrixOf('A', version)).toThrow();
});

describe('a library that draws', () => {
  const library = 'qrcode/lib/core/qrcode.js';
  afterEach(() => {
    jest.resetModules();
  });

  /** What matrixOf says when the modules are these. */
  async function refusalOf(modules: { size: number; data: Uint8Array }): Promise<unknown> {
    jest.resetModules();
    jest.unstable_mockModule(library, () => ({ create: () => ({ modules }) }));
    const { matrixOf: makes } = await import('../src/matrix.ts');
    try {
      return makes('UR:A/B', 10);
    } catch (cause) {
      return cause;
    }
  }

  /** The modules of a text, as the library would have them. */
  function modulesOf(text: string): { size: number; data: Uint8Array } {
    const { size, isDark } = matrixOf(text, 10);
    const at = (index: number): boolean => isDark(index % size, Math.floor(index / size));
    return {
      size,
      data: Uint8Array.from({ length: size * size }, (_, index) => Number(at(index))),
    };
  }

  test('the right code is believed', async () => {
    expect(await refusalOf(modulesOf('UR:A/B'))).toMatchObject({ version: 10, size: 57 });
  });

  test.each([
    ['another text', modulesOf('UR:A/C')],
    ['nothing', { size: 57, data: new Uint8Array(57 * 57) }],
  ])('%s is found out', async (_, modules) => {
    const error = await refusalOf(modules);
    expect(error).toMatchObject({ name: 'LightError', code: 'code_unreadable' });
  });
});

describe('drawMatrix', () => {
  const matrix = matrixOf('HELLO', 10);

  test.each([1, 2, 3, 8])('draws each module as a square of %i pixels', (scale) => {
    const picture = drawMatrix(matrix, scale);
    expect(picture.width).toBe((57 + 2 * QUIET_MODULES) * scale);
    const expected = drawn(matrix, scale);
    expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
    expect(Buffer.compare(picture.pixels, expected.pixels)).toBe(0);
  });

  test('leaves four light modules around', () => {
    expect(QUIET_MODULES).toBe(4);
    const dark = [-4, -1, 57, 60].flatMap((at) =>
      Array.from({ length: 65 }, (_, along) => [at, along - 4] as const).filter(
        ([x, y]) => matrix.isDark(x, y) || matrix.isDark(y, x),
      ),
    );
    expect(dark).toEqual([]);
  });
});

test('packedModules: a bit a module, row by row, first bit highest, the last byte filled up', () => {
  for (const size of [1, 3, 8, 57]) {
    const matrix = noiseMatrix(size, size);
    const bits = Array.from({ length: size * size }, (_, at) =>
      Number(matrix.isDark(at % size, Math.floor(at / size))),
    ).join('');
    const bytes = bits.match(/.{1,8}/g) ?? [];
    const expected = bytes.map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
    expect([...Buffer.from(packedModules(matrix), 'base64')]).toEqual(expected);
  }
});

describe('readCode', () => {
  const text = textOf(395, 1);
  const picture = drawMatrix(matrixOf(text, 10), 4);

  test('reads a code that is turned, and one that is off centre on grey', () => {
    const { width, pixels } = picture;
    expect(readCode({ ...picture, pixels: pixels.slice().reverse() })).toBe(text);
    const wide = { width: width + 200, height: width + 50 };
    const grey = new Uint8Array(wide.width * wide.height).fill(230);
    for (let y = 0; y < width; y += 1) {
      const row = pixels.subarray(y * width, (y + 1) * width).map((pixel) => 20 + pixel * 0.8);
      grey.set(row, (y + 40) * wide.width + 150);
    }
    expect(readCode({ ...wide, pixels: grey })).toBe(text);
  });

  test('finds nothing where nothing is', () => {
    const blank = (width: number, height: number, grey: number) =>
      readCode({ width, height, pixels: new Uint8Array(width * height).fill(grey) });
    expect([blank(100, 100, 255), blank(100, 100, 0), blank(1, 1, 0), blank(3, 500, 9)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  test('finds nothing in a code of which half is gone', () => {
    const { width, height } = picture;
    const pixels = picture.pixels.slice().fill(255, (width * height) / 2);
    expect(readCode({ width, height, pixels })).toBeNull();
  });
});
