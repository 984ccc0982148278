/** From paths to files in memory: folders one level deep, every number and size bounded. */
import { AuditError } from './error.ts';
import type { AddFinding } from './findings.ts';
import { FILE_READ_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX } from './limits.ts';
import { printable } from './printable.ts';

/** What the auditor needs of a disk. Each function may throw an Error, whose `code` is shown. */
export interface FileSystem {
  readonly stat: (path: string) => {
    readonly kind: 'file' | 'folder' | 'other';
    readonly bytes: number;
  };
  /** Paths of what a folder holds, in a stable order. */
  readonly list: (folder: string) => string[];
  /** At most `bytesMax` bytes. */
  readonly read: (path: string, bytesMax: number) => Uint8Array;
}

export interface InputFile {
  /** Safe to print. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whether the path was given itself; false if a folder was. */
  readonly isNamed: boolean;
}

export interface ReadFiles {
  readonly files: readonly InputFile[];
  /** Folders inside folders, which are not read. */
  readonly foldersSkipped: number;
}

interface Candidate {
  readonly path: string;
  readonly isNamed: boolean;
}

/** The operating system's name for what went wrong; whatever has none is a fault of this program. */
function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string') throw error;
  return printable(code);
}

/** Files with a finding of their own: those that are not there, too large, empty. */
export function readFiles(
  paths: readonly string[],
  fileSystem: FileSystem,
  add: AddFinding,
): ReadFiles {
  const unreadable = (path: string, why: string): void =>
    add({ code: 'file_unreadable', file: printable(path), message: `cannot be read: ${why}` });
  const candidates: Candidate[] = [];
  const files: InputFile[] = [];
  let foldersSkipped = 0;
  let totalBytes = 0;

  const takeFile = ({ path, isNamed }: Candidate, statedBytes: number): void => {
    const file = printable(path);
    const bytes =
      statedBytes > FILE_READ_BYTES_MAX ? null : fileSystem.read(path, FILE_READ_BYTES_MAX + 1);
    if (bytes === null || bytes.length > FILE_READ_BYTES_MAX) {
      const message = `more than ${FILE_READ_BYTES_MAX} bytes, which no Airlock file may have`;
      add({ code: 'file_too_large', file, message });
    } else if (bytes.length === 0) {
      add({ code: 'file_empty', file, message: 'the file is empty: copy it again' });
    } else {
      totalBytes += bytes.length;
      if (totalBytes > TOTAL_BYTES_MAX) {
        throw new AuditError('too_many_bytes', `more than ${TOTAL_BYTES_MAX} bytes in all files`);
      }
      files.push({ path: file, bytes, isNamed });
    }
  };
  const guarded = (path: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (error instanceof AuditError) throw error;
      unreadable(path, codeOf(error));
    }
  };

  for (const path of paths) {
    guarded(path, () => {
      if (fileSystem.stat(path).kind !== 'folder') candidates.push({ path, isNamed: true });
      else
        for (const inside of fileSystem.list(path))
          candidates.push({ path: inside, isNamed: false });
    });
    if (candidates.length > FILES_MAX) {
      throw new AuditError('too_many_files', `more than ${FILES_MAX} files in one run`);
    }
  }
  for (const candidate of candidates) {
    guarded(candidate.path, () => {
      const { kind, bytes } = fileSystem.stat(candidate.path);
      if (kind === 'file') takeFile(candidate, bytes);
      else if (kind === 'folder') foldersSkipped += 1;
      else unreadable(candidate.path, 'not a regular file');
    });
  }
  return { files, foldersSkipped };
}
