/** PNG files, as another decoder and our own see them. */
import { inflateSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { matrixOf } from '../src/matrix.ts';
import { decodePicture, readPicture } from '../src/picture.ts';
import { encodePng } from '../src/png.ts';
import { drawn, greysOfRgba, noiseMatrix, textOf } from './samples.ts';

const CASES = [
  [10, 1],
  [10, 3],
  [10, 8],
  [11, 4],
  [27, 2],
  [27, 4],
] as const;

/** What pngjs reads: CRCs of chunks and the checksum of the pixels included. */
function byPngjs(file: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const { width, height, data } = PNG.sync.read(Buffer.from(file));
  return { width, height, pixels: greysOfRgba(data) };
}

test.each(CASES)('version %i at scale %i: the same pixels to every reader', (version, scale) => {
  const text = textOf(200, version);
  const matrix = matrixOf(text, version);
  const file = encodePng(matrix, scale);
  const expected = drawn(matrix, scale);
  for (const picture of [byPngjs(file), decodePicture(file)]) {
    expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
    expect(Buffer.compare(picture.pixels, expected.pixels)).toBe(0);
  }
  if (scale > 2) expect(readPicture(file)).toBe(text);
});

test('pictures whose rows end within a byte keep every pixel', () => {
  for (let size = 1; size <= 17; size += 1) {
    const matrix = noiseMatrix(size, size);
    const expected = drawn(matrix, 1).pixels;
    expect(Buffer.compare(byPngjs(encodePng(matrix, 1)).pixels, expected)).toBe(0);
  }
});

test('pixels over 65,535 bytes go into several stored blocks of one zlib stream', () => {
  const file = Buffer.from(encodePng(noiseMatrix(800, 1), 1));
  const at = file.indexOf('IDAT');
  const stream = file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4));
  // Header, blocks of five bytes more than they hold, Adler-32; Node verifies the last.
  const rows = 808 * (1 + 101);
  expect(stream).toHaveLength(2 + 5 * Math.ceil(rows / 65_535) + rows + 4);
  expect(inflateSync(stream)).toHaveLength(rows);
});

test('a file is the chunks IHDR, IDAT and IEND: one bit of grey, not interlaced', () => {
  const file = Buffer.from(encodePng(noiseMatrix(20, 1), 2));
  expect(file.subarray(0, 8)).toEqual(Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]));
  const types: string[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    types.push(file.toString('latin1', at + 4, at + 8));
  }
  expect(types).toEqual(['IHDR', 'IDAT', 'IEND']);
  expect([...file.subarray(16, 29)]).toEqual([0, 0, 0, 56, 0, 0, 0, 56, 1, 0, 0, 0, 0]);
});
