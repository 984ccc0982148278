/** GIF files, as two other decoders see them: omggif, and a strict one of LZW below. */
import { describe, expect, test } from '@jest/globals';
import { type GifFrame, GifReader } from 'omggif';
import { encodeGif } from '../src/gif.ts';
import { matrixOf, type QrMatrix } from '../src/matrix.ts';
import { drawn, greysOfRgba, noiseMatrix, textOf } from './samples.ts';

const matrices = [1, 2, 3, 4].map((seed) => matrixOf(textOf(395, seed), 10));

/** Grey pixels of a frame. */
function greysOf(reader: GifReader, index: number): Uint8Array {
  const pixels = new Uint8Array(4 * reader.width * reader.height);
  reader.decodeAndBlitFrameRGBA(index, pixels);
  return greysOfRgba(pixels);
}

interface Lzw {
  /** Grey pixels: the palette is black and white. */
  readonly greys: Uint8Array;
  readonly clears: number;
  readonly widest: number;
}

/** LZW as GIF89a, appendix F, has it: fails if the end does not stand where it belongs. */
function strictLzw(file: Uint8Array, frame: GifFrame): Lzw {
  const data = file.subarray(frame.data_offset, frame.data_offset + frame.data_length);
  const bytes: number[] = [];
  let at = 1;
  for (let length = data[at]!; length > 0; length = data[at]!) {
    for (const byte of data.subarray(at + 1, at + 1 + length)) bytes.push(byte);
    at += 1 + length;
  }
  expect(at).toBe(data.length - 1);
  const clear = 1 << data[0]!;
  const indexes: number[] = [];
  let [position, width, clears, widest] = [0, data[0]! + 1, 0, 0];
  let table: number[][] = [];
  let previous: number[] | null = null;
  for (;;) {
    let code = 0;
    if (position + width > 8 * bytes.length) throw new TypeError('ends before its end');
    for (let bit = 0; bit < width; bit += 1, position += 1) {
      code |= ((bytes[position >> 3]! >> (position & 7)) & 1) << bit;
    }
    if (code === clear + 1) break;
    if (code === clear) {
      table = Array.from({ length: clear + 2 }, (_, index) => [index]);
      [previous, width, clears] = [null, data[0]! + 1, clears + 1];
      continue;
    }
    const known: number[] | undefined = table[code];
    if (known === undefined && (code !== table.length || previous === null)) {
      throw new TypeError(`code ${code} of ${table.length}`);
    }
    const entry: number[] = known ?? [...previous!, previous![0]!];
    for (const index of entry) indexes.push(index);
    if (previous !== null && table.length < 4096) table.push([...previous, entry[0]!]);
    if (table.length === 1 << width && width < 12) width += 1;
    previous = entry;
    widest = Math.max(widest, width);
  }
  expect(8 * bytes.length - position).toBeLessThan(8);
  return { greys: Uint8Array.from(indexes, (index) => 255 * index), clears, widest };
}

describe('an animation of four codes', () => {
  const file = encodeGif(matrices, { scale: 3, codesPerSecond: 6 });
  const reader = new GifReader(file);

  test('has exactly the pixels of each code, frame by frame', () => {
    expect(reader.numFrames()).toBe(4);
    for (const [index, matrix] of matrices.entries()) {
      const { width, height, pixels } = drawn(matrix, 3);
      expect([reader.width, reader.height]).toEqual([width, height]);
      const frame = reader.frameInfo(index);
      expect([frame.x, frame.y, frame.width, frame.height]).toEqual([0, 0, width, height]);
      expect(Buffer.compare(greysOf(reader, index), pixels)).toBe(0);
    }
  });

  test('repeats for ever, and no code shines through the next', () => {
    expect(reader.loopCount()).toBe(0);
    for (let index = 0; index < 4; index += 1) {
      expect(reader.frameInfo(index)).toMatchObject({ transparent_index: null, disposal: 0 });
    }
  });

  test('begins as GIF89a and ends with the trailer', () => {
    expect(Buffer.from(file.subarray(0, 6)).toString('latin1')).toBe('GIF89a');
    expect(file.at(-1)).toBe(0x3b);
  });
});

test.each([
  [2, 50],
  [3, 33],
  [6, 17],
  [7, 14],
  [12, 8],
])('%i codes a second: %i hundredths each', (codesPerSecond, delay) => {
  const reader = new GifReader(encodeGif(matrices.slice(0, 2), { scale: 1, codesPerSecond }));
  expect([reader.frameInfo(0).delay, reader.frameInfo(1).delay]).toEqual([delay, delay]);
});

test('takes codes as they come and asks for each once', () => {
  let asked = 0;
  function* one(): Generator<QrMatrix, void> {
    asked += 1;
    yield matrices[0]!;
  }
  const reader = new GifReader(encodeGif(one(), { scale: 1, codesPerSecond: 6 }));
  expect([asked, reader.numFrames()]).toEqual([1, 1]);
});

test.each([
  ['a code at a large scale', matrixOf(textOf(2132, 9), 27), 8],
  ['noise', noiseMatrix(250, 1), 1],
])('%s fills the table of 4096 codes, which then begins anew', (_, matrix, scale) => {
  const file = encodeGif([matrix], { scale, codesPerSecond: 6 });
  const reader = new GifReader(file);
  const { pixels } = drawn(matrix, scale);
  const { greys, clears, widest } = strictLzw(file, reader.frameInfo(0));
  expect(clears).toBeGreaterThan(1);
  expect(widest).toBe(12);
  expect(Buffer.compare(greys, pixels)).toBe(0);
  expect(Buffer.compare(greysOf(reader, 0), pixels)).toBe(0);
});

test('pictures of every size end where their width of codes says', () => {
  for (let size = 0; size < 60; size += 1) {
    for (const seed of [1, 2, 3]) {
      const matrix = noiseMatrix(size, seed);
      const file = encodeGif([matrix], { scale: 1, codesPerSecond: 6 });
      const { greys } = strictLzw(file, new GifReader(file).frameInfo(0));
      expect(Buffer.compare(greys, drawn(matrix, 1).pixels)).toBe(0);
    }
  }
});
