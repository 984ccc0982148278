/** A process's memory as Linux shows it: every readable range of /proc/PID/maps, from /proc/PID/mem. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

interface Range {
  readonly start: number;
  readonly length: number;
  readonly name: string;
}

/** A range is read in pieces that overlap by less than the longest needle would need. */
const PIECE_BYTES = 16 * 1024 * 1024;
const OVERLAP_BYTES = 64;

function rangesOf(pid: number): Range[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const match = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (match === null) throw new Error(`a line of maps is not understood: ${line}`);
    const [, start = '', end = '', rights = '', name = ''] = match;
    if (!rights.startsWith('r')) return [];
    const from = Number.parseInt(start, 16);
    return [{ start: from, length: Number.parseInt(end, 16) - from, name: name || 'anonymous' }];
  });
}

/** The kernel's own pages in a process ([vvar]) are mapped, but not readable from outside. */
function isUnreadable(cause: unknown): boolean {
  return (cause as { code?: unknown }).code === 'EIO';
}

export interface ImageRead {
  readonly bytes: number;
  /** Ranges that could not be read. */
  readonly unread: readonly string[];
}

/** Hands every readable piece of memory to `take`; null if this system lets nobody read it. */
export function readImage(
  pid: number,
  take: (piece: Buffer, name: string, at: number) => void,
): ImageRead | null {
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, 'r');
  } catch {
    return null;
  }
  const unread: string[] = [];
  let bytes = 0;
  try {
    for (const { start, length, name } of rangesOf(pid)) {
      if (!Number.isSafeInteger(start)) {
        unread.push(name);
        continue;
      }
      try {
        for (let at = 0; at < length; at += PIECE_BYTES) {
          const piece = Buffer.alloc(Math.min(PIECE_BYTES + OVERLAP_BYTES, length - at));
          const count = readSync(memory, piece, 0, piece.length, start + at);
          bytes += Math.min(count, PIECE_BYTES);
          take(piece.subarray(0, count), name, start + at);
        }
      } catch (cause) {
        if (!isUnreadable(cause)) throw cause;
        unread.push(name);
      }
    }
  } finally {
    closeSync(memory);
  }
  return { bytes, unread };
}
