/** Reading what crossed the gap and writing what will: bounded, never half, never over another file. */
import { basename, dirname, resolve, sep } from 'node:path';
import { FILE_BYTES_MAX } from '@airlock/gap';
import { type Disk, isFolder, realPath } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';

export function readGapFile({ disk }: Environment, path: string): Uint8Array {
  let bytes: Uint8Array | null;
  try {
    bytes = disk.read(path, FILE_BYTES_MAX);
  } catch (cause) {
    const next = isFolder(path)
      ? 'name the files in the folder'
      : 'check that it is a file of at most 32 MiB that you may read';
    throw new SignerError('file_invalid', `${path} cannot be read as an Airlock file`, {
      next,
      cause,
    });
  }
  if (bytes !== null) return bytes;
  throw new SignerError('path_missing', `there is no file ${path}`, { next: 'check the path' });
}

/** Refuses early, before anything is asked or recorded, a path that could not be written. */
export function assertWritable(path: string, home: string): void {
  assertOutside(path, home);
  if (isFolder(path)) {
    throw new SignerError('file_exists', `${path} is a folder`, { next: 'name a file in it' });
  }
}

/** Refuses early a folder that could not be made, or that lies in the home. */
export function assertOutside(path: string, home: string): void {
  const target = resolve(path);
  const inHome = realPath(home);
  // Links may lead there, also those of a stick's file system, and `..` after one leads back from its end.
  const followed = [path, target].flatMap((each) => [
    realPath(each),
    resolve(realPath(dirname(each)), basename(each)),
  ]);
  const isInside = [target, ...followed].some(
    (each) => each === inHome || each.startsWith(`${inHome}${sep}`),
  );
  if (isInside) {
    throw new SignerError('usage', `${path} lies in the signer's own home`, {
      next: 'write to a stick or to another folder',
    });
  }
  if (!isFolder(dirname(target))) {
    throw new SignerError('path_missing', `the folder of ${path} does not exist`, {
      next: 'check the path; is the stick mounted?',
    });
  }
}

/** Writes a file for the other side; the same bytes may be written again, others may not. */
export function writeGapFile({ disk }: Environment, path: string, bytes: Uint8Array): void {
  if (disk.deliver(path, bytes) || holds(disk, path, bytes)) return;
  throw new SignerError('file_exists', `${path} exists and holds something else`, {
    next: 'choose another name; what was recorded is kept, so the command can be repeated',
  });
}

function holds(disk: Disk, path: string, bytes: Uint8Array): boolean {
  try {
    return Buffer.compare(disk.read(path, bytes.length) ?? new Uint8Array(), bytes) === 0;
  } catch (cause) {
    // Longer than these bytes, or no file.
    if (cause instanceof SignerError) return false;
    throw cause;
  }
}
