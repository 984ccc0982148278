/**
 * The disk as the signer sees it: appends and writes that return only when file and folder are
 * synced. Passed in, so that tests can cut the power anywhere.
 */
import { randomBytes } from 'node:crypto';
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
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SignerError } from './error.ts';

export interface Disk {
  /** The file's bytes, or null if it does not exist. Refuses files over `bytesMax`. */
  readonly read: (path: string, bytesMax: number) => Uint8Array | null;
  readonly exists: (path: string) => boolean;
  readonly list: (folder: string) => string[];
  /** Makes a folder that does not exist, readable by its owner alone. */
  readonly makeFolder: (path: string) => void;
  /** Syncs a folder: what was named in it before is named in it after a power cut. */
  readonly syncFolder: (path: string) => void;
  /** Writes a whole file that is there either completely or not at all; replaces one of that name. */
  readonly replace: (path: string, bytes: Uint8Array) => void;
  /**
   * Creates a whole file; false if the name is taken. Of two processes exactly one succeeds. Needs a
   * file system with hard links, as a home's has to be.
   */
  readonly create: (path: string, bytes: Uint8Array) => boolean;
  /** Creates a file for the other side, also on a stick without hard links; false if it is there. */
  readonly deliver: (path: string, bytes: Uint8Array) => boolean;
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

function readAll(path: string, bytesMax: number): Uint8Array {
  // Without O_NONBLOCK a named pipe on a stick would hold the program for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const { size } = stat;
    if (!stat.isFile() || size > bytesMax) {
      throw new SignerError('file_invalid', `${path} is no file of at most ${bytesMax} bytes`, {
        next: 'check the path',
      });
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(file, bytes, at, bytes.length - at, at);
      if (count === 0) return bytes.slice(0, at);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/**
 * A new file beside its final name, synced. Its name cannot be guessed and is not followed if it is a
 * link: a prepared stick must not lead the write elsewhere.
 */
function writeBeside(path: string, bytes: Uint8Array): string {
  const name = `.${basename(path)}.${randomBytes(8).toString('hex')}.part`;
  const beside = join(dirname(path), name);
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw cause;
  } finally {
    closeSync(file);
  }
  return beside;
}

/** Gives a finished file its name, which must be free. */
function nameExclusively(beside: string, path: string, link: () => boolean): boolean {
  try {
    if (!link()) return false;
  } finally {
    rmSync(beside, { force: true });
  }
  syncFolder(dirname(path));
  return true;
}

function linkFree(beside: string, path: string): boolean {
  try {
    linkSync(beside, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw cause;
  }
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
      return readAll(path, bytesMax);
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return null;
      throw cause;
    }
  },
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []),
  makeFolder: (path) => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    syncFolder(dirname(path));
  },
  syncFolder,
  replace: (path, bytes) => {
    const beside = writeBeside(path, bytes);
    renameSync(beside, path);
    syncFolder(dirname(path));
  },
  create: (path, bytes) => {
    const beside = writeBeside(path, bytes);
    return nameExclusively(beside, path, () => linkFree(beside, path));
  },
  deliver: (path, bytes) => {
    const beside = writeBeside(path, bytes);
    return nameExclusively(beside, path, () => {
      try {
        return linkFree(beside, path);
      } catch (cause) {
        if (!NO_LINKS.some((code) => isCode(cause, code))) throw cause;
        if (!claimName(path)) return false;
        renameSync(beside, path);
        return true;
      }
    });
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
