/** Pictures of the kinds that camera tools write, read to the pixel. What is refused: hostile-pictures. */
import { describe, expect, test } from '@jest/globals';
import { encode as encodeJpeg } from 'jpeg-js';
import { PNG } from 'pngjs';
import { drawMatrix, type GreyPicture, matrixOf } from '../src/matrix.ts';
import { decodePicture, readPicture } from '../src/picture.ts';
import { bytesOf, type PngKind, pngFile, textOf } from './samples.ts';

const [WIDTH, HEIGHT] = [13, 7];
const PIXELS = WIDTH * HEIGHT;
const TEXT = textOf(395, 1);
const CODE = drawMatrix(matrixOf(TEXT, 10), 4);

/** Luma of ITU-R BT.601, cut to a whole number. */
const luma = (red: number, green: number, blue: number): number =>
  Math.floor((299 * red + 587 * green + 114 * blue) / 1000);

/** Four bytes a pixel from grey ones. */
function rgbaOf({ width, height, pixels }: GreyPicture) {
  const data = Buffer.alloc(4 * pixels.length, 255);
  for (const [at, grey] of pixels.entries()) data.fill(grey, 4 * at, 4 * at + 3);
  return { width, height, data };
}

describe('PNG files made by pngjs', () => {
  const colours = bytesOf(4 * PIXELS, 7);
  const at = (pixel: number): [number, number, number] =>
    [...colours.subarray(4 * pixel, 4 * pixel + 3)] as [number, number, number];
  const png = new PNG({ width: WIDTH, height: HEIGHT });
  png.data.set(colours);
  // Grey of pngjs is the mean of the three, if they differ: they do not.
  const grey = new PNG({ width: WIDTH, height: HEIGHT });
  for (let pixel = 0; pixel < PIXELS; pixel += 1) {
    grey.data.fill(at(pixel)[0], 4 * pixel, 4 * pixel + 4);
  }
  const greys = Array.from({ length: PIXELS }, (_, pixel) => at(pixel)[0]);
  const lumas = Array.from({ length: PIXELS }, (_, pixel) => luma(...at(pixel)));

  test.each([
    [0, grey, greys],
    [2, png, lumas],
    [4, grey, greys],
    [6, png, lumas],
  ] as const)('colour type %i, each filter: every pixel', (colorType, source, expected) => {
    for (const filterType of [0, 1, 2, 3, 4, -1] as const) {
      // Without an alpha channel pngjs lays colours over white, by alpha: it is told there is none.
      const opaque = new PNG({ width: WIDTH, height: HEIGHT });
      opaque.data.set(source.data);
      if (colorType === 0 || colorType === 2) {
        for (let pixel = 0; pixel < PIXELS; pixel += 1) opaque.data[4 * pixel + 3] = 255;
      }
      const file = PNG.sync.write(opaque, { colorType, filterType });
      expect(file[25]).toBe(colorType);
      const picture = decodePicture(file);
      expect([picture.width, picture.height]).toEqual([WIDTH, HEIGHT]);
      expect([filterType, ...picture.pixels]).toEqual([filterType, ...expected]);
    }
  });

  test('a code in colour type 2 is read', () => {
    expect(readPicture(PNG.sync.write(rgbaOf(CODE), { colorType: 2, filterType: 1 }))).toBe(TEXT);
  });
});

/** Filters rows as ISO/IEC 15948 §9.2 says, row y with filter y modulo 5. */
function filtered(rows: readonly Uint8Array[], pixelBytes: number): Uint8Array {
  const paeth = (a: number, b: number, c: number): number => {
    const distances = [a, b, c].map((each) => Math.abs(a + b - c - each));
    return [a, b, c][distances.indexOf(Math.min(...distances))]!;
  };
  const out = rows.map((row, y) => {
    const above = rows[y - 1] ?? new Uint8Array(row.length);
    const bytes = row.map((value, x) => {
      const [a, b, c] = [row[x - pixelBytes] ?? 0, above[x]!, above[x - pixelBytes] ?? 0];
      return value - [0, a, b, Math.floor((a + b) / 2), paeth(a, b, c)][y % 5]!;
    });
    return Buffer.from([y % 5, ...bytes]);
  });
  return Buffer.concat(out);
}

/** Rows of samples of so many bits, highest bit first, the last byte of a row filled up. */
function packed(samples: readonly number[], perRow: number, depth: number): Uint8Array[] {
  return Array.from({ length: samples.length / perRow }, (_, y) => {
    const bits = samples
      .slice(y * perRow, (y + 1) * perRow)
      .map((sample) => sample.toString(2).padStart(depth, '0'))
      .join('');
    const padded = bits.padEnd(8 * Math.ceil(bits.length / 8), '1');
    return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
  });
}

const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Samples of a kind from a seed, and the file that holds them. */
function made(colour: number, depth: number, palette?: Uint8Array) {
  const perRow = WIDTH * SAMPLES[colour]!;
  const raw = bytesOf(2 * perRow * HEIGHT, 10 * colour + depth);
  const samples = Array.from(
    { length: perRow * HEIGHT },
    (_, at) => (256 * raw[2 * at]! + raw[2 * at + 1]!) % 2 ** depth,
  );
  const kind: PngKind = { width: WIDTH, height: HEIGHT, depth, colour };
  const pixelBytes = Math.max(1, (SAMPLES[colour]! * depth) / 8);
  const file = pngFile(kind, filtered(packed(samples, perRow, depth), pixelBytes), palette);
  return { samples, file };
}

describe('PNG files made by hand, with all five filters', () => {
  test.each([1, 2, 4, 8, 16])('grey of %i bits', (depth) => {
    const { samples, file } = made(0, depth);
    const top = depth === 16 ? 256 : (2 ** depth - 1) / 255;
    expect([...decodePicture(file).pixels]).toEqual(samples.map((each) => Math.floor(each / top)));
  });

  test.each([1, 2, 4, 8])('a palette of %i bits', (depth) => {
    const palette = bytesOf(3 * 2 ** depth, 3);
    const { samples, file } = made(3, depth, palette);
    const expected = samples.map((index) =>
      luma(palette[3 * index]!, palette[3 * index + 1]!, palette[3 * index + 2]!),
    );
    expect([...decodePicture(file).pixels]).toEqual(expected);
  });

  test("ties of Paeth's predictor go to the left, then to the one above", () => {
    const [width, height] = [61, 40];
    const rows = Array.from({ length: height }, (_, y) =>
      bytesOf(width, y).map((each) => each % 6),
    );
    const file = pngFile({ width, height, depth: 8, colour: 0 }, filtered(rows, 1));
    expect(Buffer.compare(decodePicture(file).pixels, Buffer.concat(rows))).toBe(0);
  });

  test('an index beyond the palette is black', () => {
    const { samples, file } = made(3, 4, Uint8Array.of(255, 255, 255, 255, 255, 255));
    expect([...decodePicture(file).pixels]).toEqual(samples.map((each) => (each < 2 ? 255 : 0)));
  });

  test.each([
    [2, 8],
    [2, 16],
    [4, 8],
    [4, 16],
    [6, 8],
    [6, 16],
  ])('colour type %i of %i bits', (colour, depth) => {
    const { samples, file } = made(colour, depth);
    const step = SAMPLES[colour]!;
    const high = samples.map((each) => (depth === 16 ? each >> 8 : each));
    const expected = Array.from({ length: PIXELS }, (_, pixel) => {
      const [first = 0, second = 0, third = 0] = high.slice(step * pixel);
      return colour === 4 ? first : luma(first, second, third);
    });
    expect([...decodePicture(file).pixels]).toEqual(expected);
  });

  test('pixels in several chunks, other chunks between, in a buffer that has more', () => {
    const { file, samples } = made(0, 8);
    const at = Buffer.from(file).indexOf('IDAT') - 4;
    const body = file.subarray(at + 8, at + 8 + Buffer.from(file).readUInt32BE(at));
    const chunk = (type: string, data: Uint8Array): Buffer => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(data.length, 0);
      head.write(type, 4, 'latin1');
      return Buffer.concat([head, data, Buffer.alloc(4)]);
    };
    const split = Buffer.concat([
      Buffer.alloc(5, 7),
      file.subarray(0, at),
      chunk('tEXt', Buffer.from('Comment\0IDAT')),
      ...Array.from(body, (_, byte) => chunk('IDAT', body.subarray(byte, byte + 1))),
      chunk('IEND', new Uint8Array()),
      Buffer.from('whatever follows'),
    ]);
    expect([...decodePicture(split.subarray(5)).pixels]).toEqual(samples);
  });
});

describe('JPEG', () => {
  test.each([95, 75, 40])('a code at quality %i is read', (quality) => {
    const { data, width, height } = encodeJpeg(rgbaOf(CODE), quality);
    const picture = decodePicture(data);
    expect([picture.width, picture.height]).toEqual([width, height]);
    expect(readPicture(data)).toBe(TEXT);
  });

  test.each([
    [0, 0, 0],
    [255, 255, 255],
    [200, 30, 90],
    [0, 0, 255],
  ] as const)('one colour, %i %i %i, is its luma', (red, green, blue) => {
    const data = Buffer.from(Array(64).fill([red, green, blue, 255]).flat());
    const { pixels } = decodePicture(encodeJpeg({ width: 8, height: 8, data }, 100).data);
    for (const grey of pixels) expect(Math.abs(grey - luma(red, green, blue))).toBeLessThan(4);
  });
});

describe('PGM', () => {
  const pixels = bytesOf(PIXELS, 5);
  const file = (head: string, end = ''): Buffer =>
    Buffer.concat([Buffer.from(head), pixels, Buffer.from(end)]);

  test.each([
    `P5\n${WIDTH} ${HEIGHT}\n255\n`,
    `P5 ${WIDTH} ${HEIGHT} 255 `,
    `P5\n# written by a grabber\n# twice\n${WIDTH}\t${HEIGHT}\r\n255\n`,
  ])('%j: every pixel', (head) => {
    for (const end of ['', 'P5 and a second picture']) {
      const picture = decodePicture(file(head, end));
      expect([picture.width, picture.height]).toEqual([WIDTH, HEIGHT]);
      expect(Buffer.compare(picture.pixels, pixels)).toBe(0);
    }
  });

  test('a code is read', () => {
    const head = Buffer.from(`P5\n${CODE.width} ${CODE.height}\n255\n`);
    expect(readPicture(Buffer.concat([head, CODE.pixels]))).toBe(TEXT);
  });

  test('the pixels are a copy: changing them leaves the file as it was', () => {
    const bytes = file(`P5 ${WIDTH} ${HEIGHT} 255\n`);
    const before = Buffer.from(bytes);
    decodePicture(bytes).pixels.fill(0);
    expect(bytes.equals(before)).toBe(true);
  });
});

test('a good picture without a code: null', () => {
  expect(readPicture(Buffer.from('P5 2 2 255\n\0\0\0\0'))).toBeNull();
});
