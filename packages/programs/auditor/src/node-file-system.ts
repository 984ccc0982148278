/** The disk of this machine, read only. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FileSystem } from './read-files.ts';

const CHUNK_BYTES = 1024 * 1024;

/** Reads to the end or to the bound, whatever size was announced: a file may grow under our hands. */
function readBounded(path: string, bytesMax: number): Uint8Array {
  const descriptor = openSync(path, 'r');
  try {
    const parts: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const part = new Uint8Array(Math.min(CHUNK_BYTES, bytesMax - total));
      const count = readSync(descriptor, part);
      parts.push(part.subarray(0, count));
      total += count;
      if (count === 0 || total === bytesMax) return new Uint8Array(Buffer.concat(parts));
    }
  } finally {
    closeSync(descriptor);
  }
}

export const nodeFileSystem: FileSystem = {
  stat: (path) => {
    const stats = statSync(path);
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    return { kind, bytes: stats.size };
  },
  list: (folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  read: readBounded,
};
