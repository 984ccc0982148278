/**
 * The disk as the signer sees it: appends and writes that return only when file and folder are
 * synced. It stands on the few calls of a file system that it needs, which are passed in: the crash
 * campaign cuts the power before and after each of them.
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
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SignerError } from './error.ts';

/** Calls of a file system; each throws the system's errors. */
export interface FileSystem {
  /** Opens a file or folder to be read, without waiting for what is no file. */
  readonly open: (path: string) => number;
  /** Creates a file, readable by its owner alone, under a name that must be free. */
  readonly openNew: (path: string) => number;
  /** Writes the bytes from `from` on; how many were written. */
  readonly write: (file: number, bytes: Uint8Array, from: number) => number;
  /** Fills the bytes from `at` on with those of the file from there on; how many came. */
  readonly read: (file: number, bytes: Uint8Array, at: number) => number;
  readonly stat: (file: number) => { readonly isFile: boolean; readonly size: number };
  readonly sync: (file: number) => void;
  readonly close: (file: number) => void;
  readonly link: (from: string, to: string) => void;
  readonly rename: (from: string, to: string) => void;
  readonly unlink: (path: string) => void;
  /** Makes a folder whose parent is there; nothing if it is there itself. */
  readonly makeFolder: (path: string) => void;
  /** Removes a folder with all that is in it; nothing if there is none. */
  readonly removeFolder: (path: string) => void;
  readonly names: (folder: string) => string[];
  readonly exists: (path: string) => boolean;
}

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
  /** Takes a name for ever, also on a stick without hard links; false if it was ever taken. */
  readonly claim: (path: string, bytes: Uint8Array) => boolean;
  /** Creates a file for the other side, also on a stick without hard links; false if it is there. */
  readonly deliver: (path: string, bytes: Uint8Array) => boolean;
  readonly remove: (path: string) => void;
  /** Removes what writes that a crash cut short have left in a folder. */
  readonly sweepParts: (folder: string) => void;
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

/**
 * Reads below a path that is to be a folder.
 * @throws SignerError usage if it is a file
 */
export function belowFolder<T>(disk: Pick<Disk, 'exists'>, path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!isCode(cause, 'ENOTDIR') || !disk.exists(path)) throw cause;
    throw new SignerError('usage', `expected a folder, but ${path} is a file`, {
      next: 'check the path: name the folder that holds, or is to hold, the signer',
    });
  }
}

function isCode(cause: unknown, code: string): boolean {
  return isSystemError(cause) && cause.code === code;
}

function syncFolder(fs: FileSystem, path: string): void {
  const folder = fs.open(path);
  try {
    fs.sync(folder);
  } finally {
    fs.close(folder);
  }
}

function writeAll(fs: FileSystem, file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.write(file, bytes, at);
}

function readAll(fs: FileSystem, path: string, bytesMax: number): Uint8Array {
  const file = fs.open(path);
  try {
    const { isFile, size } = fs.stat(file);
    if (!isFile || size > bytesMax) {
      throw new SignerError('file_invalid', `${path} is no file of at most ${bytesMax} bytes`, {
        next: 'check the path',
      });
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < bytes.length) {
      const count = fs.read(file, bytes, at);
      if (count === 0) return bytes.slice(0, at);
      at += count;
    }
    return bytes;
  } finally {
    fs.close(file);
  }
}

function unlinkIfThere(fs: FileSystem, path: string): void {
  try {
    fs.unlink(path);
  } catch (cause) {
    if (!isCode(cause, 'ENOENT')) throw cause;
  }
}

const PART_NAME = /^\..+\.[0-9a-f]{16}\.part$/;

/**
 * A new file beside its final name, synced. Its name cannot be guessed and is not followed if it is a
 * link: a prepared stick must not lead the write elsewhere.
 */
function writeBeside(fs: FileSystem, path: string, bytes: Uint8Array): string {
  const name = `.${basename(path)}.${randomBytes(8).toString('hex')}.part`;
  const beside = join(dirname(path), name);
  const file = fs.openNew(beside);
  try {
    writeAll(fs, file, bytes);
    fs.sync(file);
  } catch (cause) {
    unlinkIfThere(fs, beside);
    throw cause;
  } finally {
    fs.close(file);
  }
  return beside;
}

/** Writes a whole file beside a name and gives it that name by `link`, which says if it was free. */
function writeExclusively(
  fs: FileSystem,
  { path, bytes }: { path: string; bytes: Uint8Array },
  link: (beside: string) => boolean,
): boolean {
  const beside = writeBeside(fs, path, bytes);
  try {
    if (!link(beside)) return false;
  } finally {
    unlinkIfThere(fs, beside);
  }
  syncFolder(fs, dirname(path));
  return true;
}

function linkFree(fs: FileSystem, beside: string, path: string): boolean {
  try {
    fs.link(beside, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw cause;
  }
}

/** What a file system without hard links (FAT, exFAT: most sticks) answers to link. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Takes a name with an empty file; false if it is taken already. An empty file counts as free: it is
 * what a crash after this line leaves.
 */
function claimName(fs: FileSystem, path: string): boolean {
  try {
    fs.close(fs.openNew(path));
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return isEmptyFile(fs, path);
    throw cause;
  }
}

/** Of two that try, one succeeds; what a crash leaves of it, even empty, counts as taken. */
function claimForEver(fs: FileSystem, path: string, bytes: Uint8Array): boolean {
  let file: number;
  try {
    file = fs.openNew(path);
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw cause;
  }
  try {
    writeAll(fs, file, bytes);
    fs.sync(file);
  } finally {
    fs.close(file);
  }
  syncFolder(fs, dirname(path));
  return true;
}

function isEmptyFile(fs: FileSystem, path: string): boolean {
  const file = fs.open(path);
  try {
    const { isFile, size } = fs.stat(file);
    return isFile && size === 0;
  } finally {
    fs.close(file);
  }
}

function linkOrClaim(fs: FileSystem, beside: string, path: string): boolean {
  try {
    return linkFree(fs, beside, path);
  } catch (cause) {
    if (!NO_LINKS.some((code) => isCode(cause, code))) throw cause;
    if (!claimName(fs, path)) return false;
    fs.rename(beside, path);
    return true;
  }
}

/** A disk on a file system. */
export function createDisk(fs: FileSystem): Disk {
  const list = (folder: string): string[] => (fs.exists(folder) ? fs.names(folder).sort() : []);
  return {
    read: (path, bytesMax) => {
      try {
        return readAll(fs, path, bytesMax);
      } catch (cause) {
        if (isCode(cause, 'ENOENT')) return null;
        throw cause;
      }
    },
    exists: fs.exists,
    list,
    makeFolder: (path) => {
      fs.makeFolder(path);
      syncFolder(fs, dirname(path));
    },
    syncFolder: (path) => syncFolder(fs, path),
    replace: (path, bytes) => {
      fs.rename(writeBeside(fs, path, bytes), path);
      syncFolder(fs, dirname(path));
    },
    create: (path, bytes) =>
      writeExclusively(fs, { path, bytes }, (beside) => linkFree(fs, beside, path)),
    claim: (path, bytes) => claimForEver(fs, path, bytes),
    deliver: (path, bytes) =>
      writeExclusively(fs, { path, bytes }, (beside) => linkOrClaim(fs, beside, path)),
    remove: (path) => {
      fs.unlink(path);
      syncFolder(fs, dirname(path));
    },
    sweepParts: (folder) => {
      for (const name of list(folder)) if (PART_NAME.test(name)) fs.unlink(join(folder, name));
    },
    removeFolder: fs.removeFolder,
    moveFolder: (from, to) => {
      fs.rename(from, to);
      syncFolder(fs, dirname(to));
    },
  };
}

const nodeFileSystem: FileSystem = {
  // Without O_NONBLOCK a named pipe on a stick would hold the program for ever.
  open: (path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
  openNew: (path) => openSync(path, 'wx', 0o600),
  write: (file, bytes, from) => writeSync(file, bytes, from),
  read: (file, bytes, at) => readSync(file, bytes, at, bytes.length - at, at),
  stat: (file) => {
    const stat = fstatSync(file);
    return { isFile: stat.isFile(), size: stat.size };
  },
  sync: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  link: (from, to) => linkSync(from, to),
  rename: (from, to) => renameSync(from, to),
  unlink: (path) => unlinkSync(path),
  // Not recursive: Node's loop never ends where the system says that an existing parent is missing.
  makeFolder: (path) => {
    if (!isFolder(path)) mkdirSync(path, { mode: 0o700 });
  },
  removeFolder: (path) => rmSync(path, { recursive: true, force: true }),
  names: (folder) => readdirSync(folder),
  exists: (path) => existsSync(path),
};

/** The real disk. */
export const nodeDisk: Disk = createDisk(nodeFileSystem);

/**
 * A path without symbolic links, as the system follows it; of what cannot be followed to its end, the
 * path as it stands.
 */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    if (isSystemError(cause)) return resolve(path);
    throw cause;
  }
}

/** Which file a path leads to, whatever link it is, and the mounted file system that holds it. */
export interface FilePlace {
  readonly file: string;
  readonly medium: string;
}

/** Null where there is no file. */
export function filePlace(path: string): FilePlace | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return { file: `${dev}:${ino}`, medium: `${dev}` };
  } catch (cause) {
    if (isSystemError(cause)) return null;
    throw cause;
  }
}

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
