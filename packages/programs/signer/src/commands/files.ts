/** Reading what crossed the gap and writing what will: bounded, never half, never over another file. */
import { dirname, resolve, sep } from 'node:path';
import { FILE_BYTES_MAX } from '@airlock/gap';
import { isFolder } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';

export function readGapFile({ disk }: Environment, path: string): Uint8Array {
  let bytes: Uint8Array | null;
  try {
    bytes = disk.read(path, FILE_BYTES_MAX);
  } catch (cause) {
    throw new SignerError('file_invalid', `${path} cannot be read as an Airlock file`, {
      next: 'check that it is a file of at most 32 MiB that you may read',
      cause,
    });
  }
  if (bytes !== null) return bytes;
  throw new SignerError('path_missing', `there is no file ${path}`, { next: 'check the path' });
}

/** Refuses early, before anything is asked or recorded, a path that could not be written. */
export function assertWritable(path: string, home: string): void {
  if (resolve(path).startsWith(`${resolve(home)}${sep}`)) {
    throw new SignerError('usage', `${path} lies in the signer's own home`, {
      next: 'write to a stick or to another folder',
    });
  }
  if (!isFolder(dirname(resolve(path)))) {
    throw new SignerError('path_missing', `the folder of ${path} does not exist`, {
      next: 'check the path; is the stick mounted?',
    });
  }
  if (isFolder(path)) {
    throw new SignerError('file_exists', `${path} is a folder`, { next: 'name a file in it' });
  }
}

/** Writes a file for the other side; the same bytes may be written again, others may not. */
export function writeGapFile(environment: Environment, path: string, bytes: Uint8Array): void {
  const { disk } = environment;
  if (disk.deliver(path, bytes)) return;
  const there = readGapFile(environment, path);
  if (Buffer.compare(there, bytes) === 0) return;
  throw new SignerError('file_exists', `${path} exists and holds something else`, {
    next: 'choose another name; what was recorded is kept, so the command can be repeated',
  });
}
