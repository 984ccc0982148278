/** A code in a terminal: two modules a cell, by half blocks, black on white whatever its colours are. */
import { type QrMatrix, QUIET_MODULES } from './matrix.ts';

const HALVES = [
  [' ', '▄'],
  ['▀', '█'],
] as const;

/** Columns and rows of a code with its quiet zone. */
export function terminalSizeOf({ size }: Pick<QrMatrix, 'size'>): {
  readonly columns: number;
  readonly rows: number;
} {
  const side = size + 2 * QUIET_MODULES;
  return { columns: side, rows: Math.ceil(side / 2) };
}

/** Modules a side of a version's code. */
export const sizeOfVersion = (version: number): number => 17 + 4 * version;

/** Lines of blocks that stand for dark modules: to be written in black on white. */
export function terminalLines(matrix: QrMatrix): string[] {
  const { columns, rows } = terminalSizeOf(matrix);
  return Array.from({ length: rows }, (_, row) => {
    const cells = Array.from({ length: columns }, (_unused, column) => {
      const x = column - QUIET_MODULES;
      const y = 2 * row - QUIET_MODULES;
      return HALVES[matrix.isDark(x, y) ? 1 : 0][matrix.isDark(x, y + 1) ? 1 : 0];
    });
    return cells.join('');
  });
}

/** Black on white in 256 colours, whatever theme the terminal has. */
export const asBlackOnWhite = (line: string): string => `\u001b[38;5;16;48;5;231m${line}\u001b[0m`;
