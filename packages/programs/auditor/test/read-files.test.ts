/** Reading within bounds, on a disk made of memory. */
import { expect, test } from '@jest/globals';
import type { Finding } from '../src/findings.ts';
import { FILE_READ_BYTES_MAX, TOTAL_BYTES_MAX } from '../src/limits.ts';
import { type FileSystem, readFiles } from '../src/read-files.ts';

/** A disk whose files all hold `bytes`, whatever they say of their size. */
const diskOf = (bytes: Uint8Array, stated = bytes.length): FileSystem => ({
  stat: (path) => ({ kind: path === 'folder' ? 'folder' : 'file', bytes: stated }),
  list: (folder) => ['a', 'b'].map((name) => `${folder}/${name}`),
  read: (_, bytesMax) => bytes.subarray(0, bytesMax),
});

test('a folder gives its files, not named; a path gives a named one', () => {
  const { files } = readFiles(['folder', 'c'], diskOf(new Uint8Array(3)), () => {});
  expect(files.map(({ path, isNamed }) => [path, isNamed])).toEqual([
    ['folder/a', false],
    ['folder/b', false],
    ['c', true],
  ]);
});

test('a file that grows while it is read is refused by what was read', () => {
  const findings: Finding[] = [];
  const disk = diskOf(new Uint8Array(FILE_READ_BYTES_MAX + 5), 10);
  expect(readFiles(['a'], disk, (finding) => findings.push(finding)).files).toEqual([]);
  expect(findings.map(({ code }) => code)).toEqual(['file_too_large']);
});

test('too many bytes together end the run', () => {
  const disk = diskOf(new Uint8Array(FILE_READ_BYTES_MAX));
  const paths = Array.from({ length: TOTAL_BYTES_MAX / FILE_READ_BYTES_MAX + 1 }, (_, n) => `${n}`);
  expect(readFiles(paths.slice(1), disk, () => {}).files).toHaveLength(paths.length - 1);
  expect(() => readFiles(paths, disk, () => {})).toThrow(
    expect.objectContaining({ code: 'too_many_bytes' }),
  );
});

test('a fault of the program itself is not taken for a fault of the disk', () => {
  const bug = {
    ...diskOf(new Uint8Array(1)),
    stat: () => {
      throw new TypeError('bug');
    },
  };
  expect(() => readFiles(['a'], bug, () => {})).toThrow(TypeError);
});
