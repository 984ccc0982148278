/** Files that are no pictures, or bad ones: each ends in picture_invalid, soon and in bounded memory. */
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { encode as encodeJpeg } from 'jpeg-js';
import { LightError } from '../src/error.ts';
import { decodePicture, PICTURE_BYTES_MAX, readPicture } from '../src/picture.ts';
import { bytesOf, dice, PNG_SIGNATURE, pngChunk, pngFile, pngHeader, refusal } from './samples.ts';

const SIDE = 24;
const KIND = { width: SIDE, height: SIDE, depth: 8, colour: 0 };
const ROWS = Buffer.concat(
  Array.from({ length: SIDE }, (_, y) => [Buffer.from([y % 5]), bytesOf(SIDE, y)]).flat(),
);
const PALETTE_PNG = pngFile(
  { ...KIND, colour: 3, depth: 2 },
  Buffer.alloc(SIDE * (1 + SIDE / 4), 1),
  bytesOf(12, 1),
);
const PNG_FILE = pngFile(KIND, ROWS);
const JPEG_FILE = encodeJpeg(
  { width: SIDE, height: SIDE, data: Buffer.from(bytesOf(4 * SIDE * SIDE, 1)) },
  50,
).data;
const PGM_FILE = Buffer.concat([Buffer.from(`P5\n${SIDE} ${SIDE}\n255\n`), bytesOf(SIDE ** 2, 3)]);

const png = (...chunks: Uint8Array[]): Uint8Array => Buffer.concat([PNG_SIGNATURE, ...chunks]);
const END = pngChunk('IEND', new Uint8Array());
const data = (rows: Uint8Array): Uint8Array => pngChunk('IDAT', deflateSync(rows));

/** The good file with one row's filter changed. */
function pngWithFilter(filter: number): Uint8Array {
  const rows = Buffer.from(ROWS);
  rows[7 * (SIDE + 1)] = filter;
  return pngFile(KIND, rows);
}

const HEADER = pngHeader(KIND).subarray(8, 21);
const pngWithHeader = (header: Uint8Array): Uint8Array =>
  png(pngChunk('IHDR', header), data(ROWS), END);

/** Rows of as many bytes as such samples would take. */
const pngOfDepth = (depth: number): Uint8Array =>
  pngFile({ ...KIND, depth }, new Uint8Array(SIDE * (1 + (SIDE * depth) / 8)));

/** A chunk that says it is longer than it is. */
function longerChunk(length: number): Uint8Array {
  const chunk = Buffer.from(data(ROWS));
  chunk.writeUInt32BE(length, 0);
  return chunk;
}

const segment = (marker: number, ...body: number[]): Buffer =>
  Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff, ...body]);
const QUANTISERS = segment(0xdb, 0, ...Array<number>(64).fill(1));

/** A JPEG frame of one component. */
function frame(marker: number, width: number, height: number): Buffer {
  const size = [height >> 8, height & 0xff, width >> 8, width & 0xff];
  return segment(marker, 8, ...size, 1, 1, 0x11, 0);
}
const jpeg = (...parts: Uint8Array[]): Uint8Array =>
  Buffer.concat([Buffer.of(0xff, 0xd8), QUANTISERS, ...parts, Buffer.of(0xff, 0xd9)]);

/** A progressive JPEG file whose scans say "nothing new" of all pixels in a few bytes each. */
function scans(count: number, side: number): Uint8Array {
  const table = (kind: number, symbol: number): Buffer =>
    segment(0xc4, kind, 1, ...Array<number>(15).fill(0), symbol);
  const runs = Buffer.alloc(4 * Math.ceil((side * side) / 64 / 16_384) + 4, 0b0101_0101);
  const scan = Buffer.concat([segment(0xda, 1, 1, 0, 1, 63, 0), runs]);
  const tables = [table(0x00, 0), table(0x10, 0xe0)];
  return jpeg(frame(0xc2, side, side), ...tables, ...Array<Buffer>(count).fill(scan));
}

const CASES: Readonly<Record<string, Uint8Array>> = {
  'no bytes': new Uint8Array(),
  'one byte': Uint8Array.of(0x89),
  'a text': Buffer.from('UR:BYTES/AE'),
  'a GIF': Buffer.from('GIF89a\x01\0\x01\0\0\0\0;'),
  'a PPM': Buffer.from('P6 1 1 255 \0\0\0'),
  'a PGM in digits': Buffer.from('P2 1 1 255 0'),
  'a PNG signature alone': PNG_SIGNATURE,
  'a PNG file without a header': png(data(ROWS), END),
  'a PNG header that is too short': pngWithHeader(HEADER.subarray(0, 12)),
  'a PNG header that is too long': pngWithHeader(Buffer.concat([HEADER, Buffer.of(0)])),
  'a PNG file without pixels': png(pngHeader(KIND), END),
  'pixels that are no zlib stream': png(pngHeader(KIND), pngChunk('IDAT', ROWS), END),
  'a chunk longer than the file': png(pngHeader(KIND), longerChunk(10_000), END),
  'a chunk of 4 GiB': png(pngHeader(KIND), longerChunk(0xffff_ffff), END),
  'an interlaced PNG': pngFile({ ...KIND, interlace: 1 }, ROWS),
  'an unknown interlace method': pngFile({ ...KIND, interlace: 2 }, ROWS),
  'a row with filter 5': pngWithFilter(5),
  'a row with filter 255': pngWithFilter(255),
  'a row too few': pngFile(KIND, ROWS.subarray(SIDE + 1)),
  'a pixel too few': pngFile(KIND, ROWS.subarray(1)),
  'a pixel too many': pngFile(KIND, Buffer.concat([ROWS, Buffer.of(0)])),
  'a width of 0': pngFile({ ...KIND, width: 0 }, ROWS),
  'a height of 0': pngFile({ ...KIND, height: 0 }, ROWS),
  '4096 × 4097 pixels': pngFile({ ...KIND, width: 4096, height: 4097 }, ROWS),
  'a row of 2^32 − 1 pixels': pngFile({ ...KIND, width: 0xffff_ffff, height: 1 }, ROWS),
  '(2^32 − 1)² pixels': pngFile({ ...KIND, width: 0xffff_ffff, height: 0xffff_ffff }, ROWS),
  ...Object.fromEntries(
    [1, 5, 7, 255].map((colour) => [`colour type ${colour}`, pngFile({ ...KIND, colour }, ROWS)]),
  ),
  ...Object.fromEntries(
    [0, 3, 9, 32].map((depth) => [`${depth} bits a sample`, pngOfDepth(depth)]),
  ),
  'the two first bytes of a JPEG': Uint8Array.of(0xff, 0xd8),
  'a JPEG without a frame': jpeg(),
  'a JPEG of 65,535 × 65,535': jpeg(frame(0xc0, 65_535, 65_535)),
  'a JPEG of 4096 × 4097': jpeg(frame(0xc0, 4096, 4097)),
  'a JPEG of 0 × 0': jpeg(frame(0xc0, 0, 0)),
  'a JPEG of 8 × 0': jpeg(frame(0xc0, 8, 0)),
  'a JPEG of 0 × 8': jpeg(frame(0xc0, 0, 8)),
  'a JPEG of two frames': jpeg(frame(0xc0, 8, 8), frame(0xc0, 8, 8)),
  'a JPEG of arithmetic coding': jpeg(frame(0xc9, 8, 8)),
  'a JPEG of 101 scans': scans(101, 8),
  'a PGM of 0 × 1': Buffer.from('P5 0 1 255\n'),
  'a PGM of 99,999 × 99,999': Buffer.from('P5 99999 99999 255\n'),
  'a PGM of 100,000 × 1': Buffer.from(`P5 100000 1 255\n${'\0'.repeat(100_000)}`),
  'a PGM of 16 bits': Buffer.from('P5 1 1 65535\n\0\0'),
  'a PGM of 4 bits': Buffer.from('P5 1 1 15\n\0'),
  'a PGM of no size': Buffer.from('P5\n'),
  'a PGM whose comment has no end': Buffer.from(`P5\n#${'#'.repeat(5000)}`),
};

test.each(Object.entries(CASES))('refuses %s', (_, file) => {
  expect(refusal(() => decodePicture(file))).toBe('picture_invalid');
  expect(refusal(() => readPicture(file))).toBe('picture_invalid');
});

test.each([0, 1, 2, 3, 4, 5, 6, 7])('refuses a PNG whose signature differs in byte %i', (at) => {
  const file = Buffer.from(PNG_FILE);
  file[at]! ^= 0x20;
  expect(refusal(() => decodePicture(file))).toBe('picture_invalid');
});

describe('sizes at the limit', () => {
  test('32 MiB are read; one byte more is refused unseen', () => {
    expect(PICTURE_BYTES_MAX).toBe(33_554_432);
    const file = new Uint8Array(PICTURE_BYTES_MAX + 1);
    file.set(PGM_FILE);
    const { width, height } = decodePicture(file.subarray(0, -1));
    expect([width, height]).toEqual([SIDE, SIDE]);
    expect(refusal(() => decodePicture(file))).toBe('picture_invalid');
  });

  test('16,777,216 pixels are read; a row more is refused', () => {
    const file = new Uint8Array(4096 * 4098);
    file.set(Buffer.from('P5 4096 4096 255\n'));
    expect(decodePicture(file).pixels).toHaveLength(16_777_216);
    file.set(Buffer.from('P5 4096 4097 255\n'));
    expect(refusal(() => decodePicture(file))).toBe('picture_invalid');
  });

  test.each([
    ['PNG', pngFile({ ...KIND, width: 4096, height: 4097 }, ROWS), /at most 16777216 pixels/],
    ['JPEG', jpeg(frame(0xc0, 4096, 4097)), /maxResolutionInMP/],
  ])('a %s of a row too many is refused for that, before it is unpacked', (_, file, reason) => {
    let error: unknown;
    try {
      decodePicture(file);
    } catch (cause) {
      error = cause;
    }
    expect(error).toBeInstanceOf(LightError);
    const { message, cause } = error as LightError;
    expect(`${message} ${String(cause)}`).toMatch(reason);
  });

  test('a hundred scans of a JPEG are read', () => {
    expect(decodePicture(scans(100, 8))).toMatchObject({ width: 8, height: 8 });
  });
});

describe('bombs', () => {
  test('of what a PNG file unpacks to, no more than its size says', () => {
    const file = pngFile(KIND, new Uint8Array(64 * 1024 * 1024));
    let cause: unknown;
    try {
      decodePicture(file);
    } catch (error) {
      expect(error).toBeInstanceOf(LightError);
      cause = (error as LightError).cause;
    }
    expect(cause).toMatchObject({ code: 'ERR_BUFFER_TOO_LARGE' });
  });

  test('a JPEG of 4096 × 4096 whose scans are 43 bytes each does not take minutes', () => {
    const file = scans(100_000, 4096);
    const start = performance.now();
    expect(refusal(() => decodePicture(file))).toBe('picture_invalid');
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('files that end too early', () => {
  const endOfPixels = Buffer.from(PNG_FILE).indexOf('IEND') - 4;

  test('a PNG, wherever it is cut', () => {
    const accepted: number[] = [];
    for (let length = 0; length < PNG_FILE.length; length += 1) {
      const code = refusal(() => decodePicture(PNG_FILE.subarray(0, length)));
      if (code === 'accepted') accepted.push(length);
      else expect(code).toBe('picture_invalid');
    }
    // With all its pixels there, the end mark is not missed.
    expect(accepted).toEqual(Array.from({ length: 12 }, (_, at) => endOfPixels + at));
  });

  test.each([
    ['JPEG', JPEG_FILE],
    ['PGM', PGM_FILE],
  ])('a %s, wherever it is cut', (_, file) => {
    expect(refusal(() => decodePicture(file))).toBe('accepted');
    for (let length = 0; length < file.length; length += 1) {
      const code = refusal(() => decodePicture(file.subarray(0, length)));
      expect([length, code]).toEqual([length, 'picture_invalid']);
    }
  });
});

test.each([
  ['PNG', PNG_FILE, 2000],
  ['PNG with a palette', PALETTE_PNG, 1000],
  ['JPEG', JPEG_FILE, 1200],
  ['PGM', PGM_FILE, 500],
] as const)(
  'a %s with bytes changed, cut out or put in: refused or read, nothing else',
  (...args) => {
    const [kind, original, rounds] = args;
    const die = dice(kind.length);
    const before = process.resourceUsage().maxRSS;
    const start = performance.now();
    const outcomes = { accepted: 0, picture_invalid: 0, too_long: 0, code_unreadable: 0 };
    for (let round = 0; round < rounds; round += 1) {
      let file = Buffer.from(original);
      for (let change = die(4); change >= 0; change -= 1) {
        const at = die(file.length);
        const action = die(4);
        if (action === 0)
          file = Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + die(8))]);
        else if (action === 1) file = Buffer.concat([file.subarray(0, at), file]);
        else file[at] = action === 2 ? die(256) : file[at]! ^ (1 << die(8));
      }
      const code = refusal(() => {
        const { width, height, pixels } = decodePicture(file);
        if (!(width >= 1 && height >= 1 && pixels.length === width * height)) throw new TypeError();
      });
      outcomes[code] += 1;
    }
    expect(outcomes).toMatchObject({ too_long: 0, code_unreadable: 0 });
    expect(outcomes.accepted).toBeGreaterThan(0);
    expect(outcomes.picture_invalid).toBeGreaterThan(rounds / 10);
    expect(performance.now() - start).toBeLessThan(20_000);
    // Kilobytes: what one picture of the most pixels may take, and some.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(1_500_000);
  },
);
