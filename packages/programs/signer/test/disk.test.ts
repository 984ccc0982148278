/** The disk: whole files, names that are taken once, and file systems of sticks. */
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, jest, test } from '@jest/globals';

let linkCode: string | null = null;
/** Bytes that the disk still takes; it takes three at a time. */
let room: number | null = null;
/** Which fsync fails: the first is the file's, the second its folder's. */
let failingSync = 0;
const fs = await import('node:fs');

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(code), { code, syscall });

jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  linkSync: (from: string, to: string) => {
    if (linkCode === null) return fs.linkSync(from, to);
    throw systemError(linkCode, 'link');
  },
  writeSync: (file: number, data: Uint8Array, from: number) => {
    if (room === null) return fs.writeSync(file, data, from);
    if (room === 0) throw systemError('ENOSPC', 'write');
    const count = Math.min(3, room, data.length - from);
    room -= count;
    return fs.writeSync(file, data, from, count);
  },
  fsyncSync: (file: number) => {
    failingSync -= 1;
    if (failingSync === 0) throw systemError('EIO', 'fsync');
    fs.fsyncSync(file);
  },
}));

const { isFolder, nodeDisk, readSystemText, realPath } = await import('../src/disk.ts');
const { removeTemporaryFolders, temporaryFolder, verdictOf } = await import('./world.ts');

afterAll(removeTemporaryFolders);

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();
const bytes = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

describe.each([null, 'EPERM', 'ENOTSUP'])('delivering a file, link answering %s', (code) => {
  test('writes it whole, once, and leaves nothing else', () => {
    linkCode = code;
    const folder = temporaryFolder();
    expect(nodeDisk.deliver(`${folder}/a`, bytes('one'))).toBe(true);
    expect(nodeDisk.deliver(`${folder}/a`, bytes('two'))).toBe(false);
    expect(text(nodeDisk.read(`${folder}/a`, 10))).toBe('one');
    expect(nodeDisk.list(folder)).toEqual(['a']);
    linkCode = null;
  });
});

test('an empty file, as a crash leaves it on a stick without links, is filled; another is not', () => {
  linkCode = 'EPERM';
  const folder = temporaryFolder();
  fs.writeFileSync(`${folder}/a`, '');
  expect(nodeDisk.deliver(`${folder}/a`, bytes('one'))).toBe(true);
  expect(nodeDisk.deliver(`${folder}/a`, bytes('two'))).toBe(false);
  expect(text(nodeDisk.read(`${folder}/a`, 10))).toBe('one');
  expect(nodeDisk.list(folder)).toEqual(['a']);
  linkCode = null;
});

const WRITERS = ['replace', 'create', 'deliver'] as const;

describe.each(WRITERS)('%s on a disk that fails', (writer) => {
  const write = (folder: string): unknown => nodeDisk[writer](`${folder}/a`, bytes('eleven byte'));

  test('writes all, if it is taken in parts', () => {
    const folder = temporaryFolder();
    room = 100;
    write(folder);
    room = null;
    expect(text(nodeDisk.read(`${folder}/a`, 20))).toBe('eleven byte');
  });

  test('leaves nothing, if the disk fills up', () => {
    const folder = temporaryFolder();
    room = 7;
    expect(() => write(folder)).toThrow('ENOSPC');
    room = null;
    expect(nodeDisk.list(folder)).toEqual([]);
  });

  test('leaves nothing, if the fsync of the file fails', () => {
    const folder = temporaryFolder();
    failingSync = 1;
    expect(() => write(folder)).toThrow('EIO');
    expect(nodeDisk.list(folder)).toEqual([]);
  });

  test('throws, if the fsync of the folder fails', () => {
    const folder = temporaryFolder();
    failingSync = 2;
    expect(() => write(folder)).toThrow('EIO');
    expect(nodeDisk.list(folder)).toEqual(['a']);
  });
});

test('sweepParts removes what cut-off writes left, and nothing else', () => {
  const folder = temporaryFolder();
  const part = '.00000004.0123456789abcdef.part';
  for (const name of [part, '.part', 'a.part', '00000004', '.00000004.part']) {
    fs.writeFileSync(`${folder}/${name}`, 'x');
  }
  nodeDisk.sweepParts(folder);
  nodeDisk.sweepParts(`${folder}/none`);
  expect(nodeDisk.list(folder)).toEqual(['.00000004.part', '.part', '00000004', 'a.part']);
});

test('creating a file writes it whole, once, and needs links', () => {
  const folder = temporaryFolder();
  expect(nodeDisk.create(`${folder}/a`, bytes('one'))).toBe(true);
  expect(nodeDisk.create(`${folder}/a`, bytes('two'))).toBe(false);
  expect(text(nodeDisk.read(`${folder}/a`, 10))).toBe('one');
  linkCode = 'EPERM';
  expect(() => nodeDisk.create(`${folder}/b`, bytes('one'))).toThrow('EPERM');
  expect(nodeDisk.list(folder)).toEqual(['a']);
  linkCode = null;
});

test('a prepared link beside the name is not followed', () => {
  const folder = temporaryFolder();
  fs.writeFileSync(`${folder}/secret`, 'secret');
  for (const name of [`.a.${process.pid}.part`, '.a.part', 'a']) {
    fs.symlinkSync(`${folder}/secret`, `${folder}/${name}`);
  }
  expect(nodeDisk.deliver(`${folder}/a`, bytes('one'))).toBe(false);
  nodeDisk.replace(`${folder}/a`, bytes('two'));
  expect(fs.readFileSync(`${folder}/secret`, 'utf8')).toBe('secret');
  expect(text(nodeDisk.read(`${folder}/a`, 10))).toBe('two');
});

test('another fault of link is not hidden', () => {
  linkCode = 'EIO';
  const folder = temporaryFolder();
  expect(() => nodeDisk.create(`${folder}/a`, bytes('one'))).toThrow('EIO');
  expect(nodeDisk.list(folder)).toEqual([]);
  linkCode = null;
});

test('replace puts another content in the place of the old one', () => {
  const folder = temporaryFolder();
  nodeDisk.replace(`${folder}/a`, bytes('one'));
  nodeDisk.replace(`${folder}/a`, bytes('two'));
  expect(text(nodeDisk.read(`${folder}/a`, 10))).toBe('two');
  expect(nodeDisk.list(folder)).toEqual(['a']);
});

test('folders and files are for their owner alone', () => {
  const folder = temporaryFolder();
  nodeDisk.makeFolder(`${folder}/home`);
  nodeDisk.create(`${folder}/home/a`, bytes('one'));
  nodeDisk.replace(`${folder}/home/b`, bytes('one'));
  expect(fs.statSync(`${folder}/home`).mode & 0o077).toBe(0);
  expect(fs.statSync(`${folder}/home/a`).mode & 0o077).toBe(0);
  expect(fs.statSync(`${folder}/home/b`).mode & 0o077).toBe(0);
});

test('read gives null for what does not exist, and refuses what is no file or too long', () => {
  const folder = temporaryFolder();
  expect(nodeDisk.read(`${folder}/none`, 10)).toBeNull();
  expect(verdictOf(() => nodeDisk.read(folder, 10_000))).toBe('file_invalid');
  nodeDisk.replace(`${folder}/a`, bytes('eleven byte'));
  expect(nodeDisk.read(`${folder}/a`, 11)).toHaveLength(11);
  expect(verdictOf(() => nodeDisk.read(`${folder}/a`, 10))).toBe('file_invalid');
});

test('a named pipe is refused instead of waited for', () => {
  const path = `${temporaryFolder()}/pipe`;
  execFileSync('mkfifo', [path]);
  expect(verdictOf(() => nodeDisk.read(path, 10))).toBe('file_invalid');
});

test('list, isFolder and readSystemText answer for what is not there', () => {
  const folder = temporaryFolder();
  expect(nodeDisk.list(`${folder}/none`)).toEqual([]);
  expect([isFolder(folder), isFolder(`${folder}/none`)]).toEqual([true, false]);
  expect(readSystemText(`${folder}/none`)).toBeNull();
});

test('a name that was ever claimed stays taken, also empty and without links', () => {
  linkCode = 'EPERM';
  const folder = temporaryFolder();
  expect(nodeDisk.claim(`${folder}/a`, bytes('one'))).toBe(true);
  expect(nodeDisk.claim(`${folder}/a`, bytes('two'))).toBe(false);
  fs.writeFileSync(`${folder}/b`, '');
  expect(nodeDisk.claim(`${folder}/b`, bytes('one'))).toBe(false);
  linkCode = null;
});

test('a folder is made only below one that is there', () => {
  const folder = temporaryFolder();
  nodeDisk.makeFolder(`${folder}/a`);
  nodeDisk.makeFolder(`${folder}/a`);
  expect(() => nodeDisk.makeFolder(`${folder}/b/c`)).toThrow('ENOENT');
  expect(() => nodeDisk.makeFolder('/proc/airlock')).toThrow();
});

test('a path is followed through links, and stands as it is where nothing is', () => {
  const folder = fs.realpathSync(temporaryFolder());
  nodeDisk.replace(`${folder}/file`, new Uint8Array([1]));
  fs.symlinkSync('file', `${folder}/link`);
  fs.symlinkSync('gone', `${folder}/broken`);
  expect(realPath(`${folder}/link`)).toBe(`${folder}/file`);
  expect(realPath(`${folder}/x/../file`)).toBe(`${folder}/file`);
  nodeDisk.makeFolder(`${folder}/far`);
  nodeDisk.makeFolder(`${folder}/far/off`);
  nodeDisk.replace(`${folder}/far/file`, new Uint8Array([1]));
  fs.symlinkSync('far/off', `${folder}/x`);
  expect(realPath(`${folder}/x/../file`)).toBe(`${folder}/far/file`);
  expect(realPath(`${folder}/broken`)).toBe(`${folder}/broken`);
});
