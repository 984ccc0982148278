/** Pictures that a camera tool wrote: PNG, JPEG and PGM, as grey pixels. */
import { inflateSync } from 'node:zlib';
import { decode as decodeJpeg } from 'jpeg-js';
import { LightError } from './error.ts';
import { type GreyPicture, readCode } from './matrix.ts';

/** Pixels of a picture: 4096 × 4096. */
const PIXELS_MAX = 16_777_216;
/** Bytes of a picture's file. */
export const PICTURE_BYTES_MAX: number = 32 * 1024 * 1024;

function invalid(message: string, cause?: unknown): LightError {
  return new LightError('picture_invalid', message, { cause });
}

function assertSize(width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= PIXELS_MAX) return;
  throw invalid(`a picture of ${width} × ${height}: expected at most ${PIXELS_MAX} pixels`);
}

/** Luma of ITU-R BT.601. */
const greyOf = (red: number, green: number, blue: number): number =>
  (299 * red + 587 * green + 114 * blue) / 1000;

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Samples a pixel, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

interface PngParts {
  readonly header: Buffer;
  readonly palette: Uint8Array;
  readonly data: Buffer;
}

function pngParts(file: Uint8Array): PngParts {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const data: Buffer[] = [];
  let header: Buffer | null = null;
  let palette: Uint8Array = new Uint8Array();
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) throw invalid('a PNG file that ends too early');
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = body;
    if (type === 'PLTE') palette = body;
    if (type === 'IDAT') data.push(body);
    if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header?.length !== 13) throw invalid('a PNG file without a header');
  return { header, palette, data: Buffer.concat(data) };
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Undoes the filters of all rows in place (ISO/IEC 15948 §9). */
function unfilter(rows: Uint8Array, rowBytes: number, pixelBytes: number): void {
  const stride = rowBytes + 1;
  for (let start = 0; start + stride <= rows.length; start += stride) {
    const filter = rows[start] ?? 0;
    for (let at = start + 1; at < start + stride; at += 1) {
      const hasLeft = at - start > pixelBytes;
      const left = hasLeft ? (rows[at - pixelBytes] ?? 0) : 0;
      const up = start > 0 ? (rows[at - stride] ?? 0) : 0;
      const corner = hasLeft && start > 0 ? (rows[at - stride - pixelBytes] ?? 0) : 0;
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      if (added === undefined) throw invalid(`a PNG row with filter ${filter}`);
      rows[at] = (rows[at] ?? 0) + added;
    }
  }
}

function decodePng(file: Uint8Array): GreyPicture {
  const { header, palette, data } = pngParts(file);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth = 0, colour = 0, , , interlace = 0] = header.subarray(8);
  const samples = SAMPLES[colour];
  assertSize(width, height);
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(depth) || interlace !== 0) {
    throw invalid('a PNG file of a kind that is not read: interlaced, or an unknown colour type');
  }
  const rowBytes = Math.ceil((width * samples * depth) / 8);
  let rows: Buffer;
  try {
    rows = inflateSync(data, { maxOutputLength: (rowBytes + 1) * height });
  } catch (cause) {
    throw invalid('a PNG file whose pixels cannot be unpacked', cause);
  }
  if (rows.length < (rowBytes + 1) * height) throw invalid('a PNG file that ends too early');
  unfilter(rows, rowBytes, Math.max(1, (samples * depth) >> 3));
  const top = 2 ** Math.min(depth, 8) - 1;
  const sample = (y: number, index: number): number => {
    const row = y * (rowBytes + 1) + 1;
    if (depth >= 8) return rows[row + index * (depth >> 3)] ?? 0;
    const bit = index * depth;
    return ((rows[row + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & top;
  };
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const first = sample(y, x * samples);
      const rgb = (at: number): number =>
        colour === 3 ? (palette[3 * first + at] ?? 0) : sample(y, x * samples + at);
      const grey =
        colour === 0 || colour === 4 ? (first * 255) / top : greyOf(rgb(0), rgb(1), rgb(2));
      pixels[y * width + x] = grey;
    }
  }
  return { width, height, pixels };
}

/** Scans of a JPEG file: ten make a progressive one, and each is a walk over all pixels. */
const SCANS_MAX = 100;

function scansOf(file: Uint8Array): number {
  let count = 0;
  for (let at = file.indexOf(0xff); at >= 0; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] === 0xda) count += 1;
  }
  return count;
}

function decodeJpegGrey(file: Uint8Array): GreyPicture {
  if (scansOf(file) > SCANS_MAX) throw invalid(`a JPEG file of over ${SCANS_MAX} scans`);
  try {
    const limits = { maxResolutionInMP: PIXELS_MAX / 1e6, maxMemoryUsageInMB: 512 };
    const { width, height, data } = decodeJpeg(file, { ...limits, useTArray: true });
    assertSize(width, height);
    const pixels = new Uint8Array(width * height);
    for (let at = 0; at < pixels.length; at += 1) {
      pixels[at] = greyOf(data[4 * at] ?? 0, data[4 * at + 1] ?? 0, data[4 * at + 2] ?? 0);
    }
    return { width, height, pixels };
  } catch (cause) {
    throw invalid('a JPEG file that cannot be read', cause);
  }
}

/** PGM, binary, 8 bits (Netpbm): what grabbers write without a library. */
const PGM_HEADER = /^P5\s(?:#[^\n]*\n)*(\d{1,5})\s+(\d{1,5})\s+255\s/;

function decodePgm(file: Uint8Array): GreyPicture {
  const head = Buffer.from(file.subarray(0, 256)).toString('latin1');
  const [whole = '', width, height] = PGM_HEADER.exec(head) ?? [];
  const size = { width: Number(width ?? 0), height: Number(height ?? 0) };
  assertSize(size.width, size.height);
  const end = whole.length + size.width * size.height;
  const pixels = new Uint8Array(file.subarray(whole.length, end));
  if (pixels.length < size.width * size.height) throw invalid('a PGM file that ends too early');
  return { ...size, pixels };
}

/**
 * The picture in a file.
 * @throws LightError picture_invalid
 */
export function decodePicture(file: Uint8Array): GreyPicture {
  if (file.length > PICTURE_BYTES_MAX)
    throw invalid(`a picture of over ${PICTURE_BYTES_MAX} bytes`);
  if (Buffer.compare(file.subarray(0, 8), PNG_SIGNATURE) === 0) return decodePng(file);
  if (file[0] === 0xff && file[1] === 0xd8) return decodeJpegGrey(file);
  if (file[0] === 0x50 && file[1] === 0x35) return decodePgm(file);
  throw invalid('expected a PNG, JPEG or PGM picture');
}

/** The text of the code in a picture's file, or null if none is found in it. */
export function readPicture(file: Uint8Array): string | null {
  return readCode(decodePicture(file));
}
