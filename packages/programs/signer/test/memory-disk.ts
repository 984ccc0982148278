/** A disk in memory: thousands of homes that can be copied, compared and spoiled without a file. */
import { basename, dirname } from 'node:path';
import type { Disk } from '../src/disk.ts';
import { SignerError } from '../src/error.ts';

export class MemoryDisk implements Disk {
  readonly files: Map<string, Uint8Array>;
  readonly #folders: Set<string>;

  constructor(files: ReadonlyMap<string, Uint8Array> = new Map(), folders: Iterable<string> = []) {
    this.files = new Map(files);
    this.#folders = new Set(folders);
  }

  /** A copy of this disk; files are never changed in place, so that their bytes can be shared. */
  copy(): MemoryDisk {
    return new MemoryDisk(this.files, this.#folders);
  }

  readonly read = (path: string, bytesMax: number): Uint8Array | null => {
    const bytes = this.files.get(path);
    if (bytes === undefined) return null;
    if (bytes.length <= bytesMax) return bytes.slice();
    throw new SignerError('file_invalid', `${path} is too long`, { next: 'check the path' });
  };

  readonly exists = (path: string): boolean => this.files.has(path) || this.#folders.has(path);

  readonly list = (folder: string): string[] =>
    [...this.files.keys()]
      .filter((path) => dirname(path) === folder)
      .map((path) => basename(path))
      .sort();

  readonly makeFolder = (path: string): void => {
    this.#folders.add(path);
  };

  readonly syncFolder = (): void => undefined;

  readonly replace = (path: string, bytes: Uint8Array): void => {
    this.files.set(path, bytes.slice());
  };

  readonly create = (path: string, bytes: Uint8Array): boolean => {
    if (this.exists(path)) return false;
    this.replace(path, bytes);
    return true;
  };

  readonly deliver = (path: string, bytes: Uint8Array): boolean => this.create(path, bytes);

  readonly claim = (path: string, bytes: Uint8Array): boolean => this.create(path, bytes);

  readonly remove = (path: string): void => {
    this.files.delete(path);
  };

  readonly sweepParts = (): void => undefined;

  readonly removeFolder = (folder: string): void => {
    for (const path of this.files.keys())
      if (path.startsWith(`${folder}/`)) this.files.delete(path);
    this.#folders.delete(folder);
  };

  readonly moveFolder = (from: string, to: string): void => {
    for (const [path, bytes] of [...this.files]) {
      if (!path.startsWith(`${from}/`)) continue;
      this.files.delete(path);
      this.files.set(to + path.slice(from.length), bytes);
    }
    this.#folders.delete(from);
    this.#folders.add(to);
  };
}
