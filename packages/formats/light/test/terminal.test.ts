/** Codes as text: their size, their blocks, and what a camera would read from them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type GreyPicture, matrixOf, type QrMatrix, readCode } from '../src/matrix.ts';
import { asBlackOnWhite, sizeOfVersion, terminalLines, terminalSizeOf } from '../src/terminal.ts';
import { drawn, noiseMatrix, textOf, VERSIONS } from './samples.ts';

const GOLDEN = new URL('golden/terminal-v15.txt', import.meta.url);
const TEXT = `UR:AIRLOCK-SIGNING-REQUEST/1-9/${textOf(727, 15)}`;

/** Upper and lower half of a cell that a terminal shows in black. */
const HALVES: Readonly<Record<string, readonly [boolean, boolean]>> = {
  ' ': [false, false],
  '▀': [true, false],
  '▄': [false, true],
  '█': [true, true],
};

/** The pixels of lines of half blocks: a cell is `scale` wide and twice as high. */
function picturedLines(lines: readonly string[], scale: number): GreyPicture {
  const [width, height] = [(lines[0] ?? '').length * scale, lines.length * 2 * scale];
  const pixels = new Uint8Array(width * height).fill(255);
  for (let y = 0; y < height; y += 1) {
    const module = Math.floor(y / scale);
    for (let x = 0; x < width; x += 1) {
      const halves = HALVES[lines[module >> 1]![Math.floor(x / scale)]!]!;
      if (halves[module & 1]) pixels[y * width + x] = 0;
    }
  }
  return { width, height, pixels };
}

describe('a code of version 15', () => {
  const lines = terminalLines(matrixOf(TEXT, 15));

  test('takes 85 columns and 43 rows', () => {
    expect(terminalSizeOf({ size: sizeOfVersion(15) })).toEqual({ columns: 85, rows: 43 });
    expect(lines).toHaveLength(43);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([85]));
  });

  test('is the golden file', () => {
    expect(`${lines.join('\n')}\n`).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});

test('the golden file decodes to the text', () => {
  expect(TEXT).toHaveLength(758);
  const lines = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n');
  const blank = ' '.repeat(85);
  // White lines at the end went with the white space.
  while (lines.length < 43) lines.push(blank);
  expect(
    readCode(
      picturedLines(
        lines.map((line) => line.padEnd(85)),
        4,
      ),
    ),
  ).toBe(TEXT);
});

test.each(VERSIONS)('version %i: size, and the same modules as in a picture', (version) => {
  const matrix = noiseMatrix(17 + 4 * version, version);
  expect(sizeOfVersion(version)).toBe(matrix.size);
  const { columns, rows } = terminalSizeOf(matrix);
  expect([columns, rows]).toEqual([matrix.size + 8, Math.ceil((matrix.size + 8) / 2)]);
  const shown = picturedLines(terminalLines(matrix), 1);
  expect([shown.width, shown.height]).toEqual([columns, 2 * rows]);
  const { pixels } = drawn(matrix, 1);
  expect(Buffer.compare(shown.pixels.subarray(0, pixels.length), pixels)).toBe(0);
  // An odd number of modules leaves half a row, which is white.
  expect(new Set(shown.pixels.subarray(pixels.length))).toEqual(new Set([255]));
});

test('each pair of modules is its own block', () => {
  const corner: QrMatrix = {
    ...noiseMatrix(4, 0),
    isDark: (x, y) => y >= 0 && y < 2 && x >= 0 && x < 4 && ((x >> y) & 1) === 1,
  };
  const lines = terminalLines(corner);
  expect(lines).toHaveLength(6);
  expect(lines[2]).toBe(`${' '.repeat(4)} ▀▄█${' '.repeat(4)}`);
  expect(lines.filter((_, at) => at !== 2)).toEqual(Array(5).fill(' '.repeat(12)));
});

test('a line is black on white whatever the theme, and the theme is back after it', () => {
  expect(asBlackOnWhite('█ ')).toBe('\x1b[38;5;16;48;5;231m█ \x1b[0m');
});
