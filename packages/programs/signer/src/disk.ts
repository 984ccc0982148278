/**
 * The disk as the signer sees it: appends and writes that return only when file and folder are
 * synced. Passed in, so that tests can cut the power anywhere.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SignerError } from './error.ts';

export interface Disk {
  /** The file's bytes, or null if it does not exist. Refuses files over `bytesMax`. */
  readonly read: (path: string, bytesMax: number) => Uint8Array | null;
  /** Bytes from `offset` on, as the file holds them now. */
  readonly readFrom: (path: string, offset: number) => Uint8Array;
  readonly exists: (path: string) => boolean;
  readonly list: (folder: string) => string[];
  /** Makes a folder that does not exist, readable by its owner alone. */
  readonly makeFolder: (path: string) => void;
  /** Cuts the file to `length` bytes. */
  readonly cut: (path: string, length: number) => void;
  /** Appends at the file's end, wherever that is now; syncs file and folder. Creates the file. */
  readonly append: (path: string, bytes: Uint8Array) => void;
  /** Writes a whole file that is there either completely or not at all; replaces one of that name. */
  readonly replace: (path: string, bytes: Uint8Array) => void;
  /** Creates a file; false if it is there already. */
  readonly create: (path: string, bytes: Uint8Array) => boolean;
  readonly remove: (path: string) => void;
  /** Removes a folder with all that is in it; nothing if there is none. */
  readonly removeFolder: (path: string) => void;
  /** Renames a folder; one of the new name must be empty or absent. */
  readonly moveFolder: (from: string, to: string) => void;
}

/** An error of the operating system, told by its fields: it may come from another realm. */
export function isSystemError(
  cause: unknown,
): cause is { readonly code: unknown; readonly syscall: unknown; readonly message: string } {
  return typeof cause === 'object' && cause !== null && 'code' in cause && 'syscall' in cause;
}

function isCode(cause: unknown, code: string): boolean {
  return isSystemError(cause) && cause.code === code;
}

function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function readAll(path: string, offset: number, bytesMax: number): Uint8Array {
  // Without O_NONBLOCK a named pipe on a stick would hold the program for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const size = stat.size - offset;
    if (!stat.isFile() || size > bytesMax) {
      throw new SignerError('file_invalid', `${path} is no file of at most ${bytesMax} bytes`, {
        next: 'check the path',
      });
    }
    const bytes = new Uint8Array(Math.max(0, size));
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(file, bytes, at, bytes.length - at, offset + at);
      if (count === 0) return bytes.slice(0, at);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** A new file beside its final name, synced. */
function writeBeside(path: string, bytes: Uint8Array): string {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const file = openSync(beside, 'w', 0o600);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return beside;
}

/** What a file system without hard links (FAT, exFAT: most sticks) answers to link. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Takes a free name with an empty file; false if it is taken already. */
function claimName(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw cause;
  }
}

/** The real disk. */
export const nodeDisk: Disk = {
  read: (path, bytesMax) => {
    try {
      return readAll(path, 0, bytesMax);
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return null;
      throw cause;
    }
  },
  readFrom: (path, offset) => readAll(path, offset, Number.MAX_SAFE_INTEGER),
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []),
  makeFolder: (path) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolder(dirname(path));
  },
  cut: truncateSync,
  append: (path, bytes) => {
    const file = openSync(path, 'a', 0o600);
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    syncFolder(dirname(path));
  },
  replace: (path, bytes) => {
    const beside = writeBeside(path, bytes);
    renameSync(beside, path);
    syncFolder(dirname(path));
  },
  create: (path, bytes) => {
    const beside = writeBeside(path, bytes);
    try {
      linkSync(beside, path);
    } catch (cause) {
      if (isCode(cause, 'EEXIST')) return false;
      if (!NO_LINKS.some((code) => isCode(cause, code))) throw cause;
      if (!claimName(path)) return false;
      renameSync(beside, path);
    } finally {
      rmSync(beside, { force: true });
    }
    syncFolder(dirname(path));
    return true;
  },
  remove: (path) => {
    unlinkSync(path);
    syncFolder(dirname(path));
  },
  removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
  moveFolder: (from, to) => {
    renameSync(from, to);
    syncFolder(dirname(to));
  },
};

/** Whether a path's folder is there to be written into. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Reads a small text of the system, for example under /proc; null where there is none. */
export function readSystemText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isSystemError(cause)) return null;
    throw cause;
  }
}
