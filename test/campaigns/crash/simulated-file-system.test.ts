/** The simulated disk itself: what a power cut keeps, tears and loses, and how calls fail. */
import { describe, expect, test } from '@jest/globals';
import { createDisk } from '../../../packages/programs/signer/src/disk.ts';
import { createRandom } from '../decoders/random.ts';
import { type Plan, ProcessDied, SimulatedFileSystem } from './simulated-file-system.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function newFileSystem(plan: Plan | null = null): SimulatedFileSystem {
  const fs = new SimulatedFileSystem();
  fs.tree.put('/folder/old', bytes('old'));
  fs.startProcess(plan);
  return fs;
}

const textOf = (fs: SimulatedFileSystem, path: string): string | null => {
  const file = fs.tree.find(path);
  return file?.kind === 'file' ? Buffer.from(file.bytes).toString() : null;
};

function sync(fs: SimulatedFileSystem, path: string): void {
  const file = fs.open(path);
  fs.sync(file);
  fs.close(file);
}

function writeNew(fs: SimulatedFileSystem, path: string, text: string): void {
  const file = fs.openNew(path);
  fs.write(file, bytes(text), 0);
  fs.close(file);
}

/** What power cuts with many seeds leave of a file. */
function outcomes(path: string, prepare: (fs: SimulatedFileSystem) => void): Set<string | null> {
  const seen = new Set<string | null>();
  for (let seed = 0; seed < 200; seed += 1) {
    const fs = newFileSystem();
    prepare(fs);
    fs.cutPower(createRandom(seed));
    seen.add(textOf(fs, path));
  }
  return seen;
}

describe('a power cut', () => {
  test('keeps what was synced, file and folder', () => {
    const kept = outcomes('/folder/new', (fs) => {
      writeNew(fs, '/folder/new', 'new');
      sync(fs, '/folder/new');
      sync(fs, '/folder');
    });
    expect([...kept]).toEqual(['new']);
  });

  test('may lose a name whose folder was not synced, and never tears synced bytes', () => {
    const kept = outcomes('/folder/new', (fs) => {
      writeNew(fs, '/folder/new', 'new');
      sync(fs, '/folder/new');
    });
    expect(kept).toEqual(new Set(['new', null]));
  });

  test('may tear or zero bytes that were not synced', () => {
    const kept = outcomes('/folder/new', (fs) => {
      writeNew(fs, '/folder/new', 'new');
      sync(fs, '/folder');
    });
    expect(kept).toEqual(new Set(['new', 'ne', 'n', '', '\0', '\0\0', '\0\0\0']));
  });

  test('keeps the old or the new file of a rename, and may undo an unlink', () => {
    const replaced = outcomes('/folder/old', (fs) => {
      writeNew(fs, '/folder/new', 'new');
      sync(fs, '/folder/new');
      fs.rename('/folder/new', '/folder/old');
    });
    expect(replaced).toEqual(new Set(['old', 'new']));
    const removed = outcomes('/folder/old', (fs) => fs.unlink('/folder/old'));
    expect(removed).toEqual(new Set(['old', null]));
  });
});

describe('the plan', () => {
  test('kills before or after a call, and lets nothing happen afterwards', () => {
    for (const when of ['before', 'after'] as const) {
      const fs = newFileSystem({ kind: 'kill', at: 2, when });
      const file = fs.openNew('/folder/new');
      expect(() => fs.write(file, bytes('new'), 0)).toThrow(ProcessDied);
      expect(() => fs.unlink('/folder/old')).toThrow(ProcessDied);
      expect(() => fs.exists('/folder/old')).toThrow(ProcessDied);
      expect(textOf(fs, '/folder/new')).toBe(when === 'before' ? '' : 'new');
      expect(textOf(fs, '/folder/old')).toBe('old');
      expect([fs.isDead, fs.met]).toEqual([true, 'write']);
    }
  });

  test('fills the disk with a part of the bytes', () => {
    const fs = newFileSystem({ kind: 'error', at: 2, code: 'ENOSPC', lasts: true });
    const file = fs.openNew('/folder/new');
    expect(fs.write(file, bytes('eight by'), 0)).toBe(4);
    expect(() => fs.write(file, bytes('eight by'), 4)).toThrow('ENOSPC');
    expect(textOf(fs, '/folder/new')).toBe('eigh');
    expect(() => fs.openNew('/folder/more')).toThrow('ENOSPC');
  });

  test('fails one fsync, whose bytes a later fsync does not save', () => {
    const fs = newFileSystem({ kind: 'error', at: 3, code: 'EIO', lasts: false });
    writeNew(fs, '/folder/new', 'new');
    expect(() => sync(fs, '/folder/new')).toThrow('EIO');
    sync(fs, '/folder/new');
    sync(fs, '/folder');
    expect(textOf(fs, '/folder/new')).toBe('new');
    const durable = new SimulatedFileSystem(fs.tree.durableCopy());
    expect(textOf(durable, '/folder/new')).toBe('');
  });
});

test('the disk on it behaves as on the real one', () => {
  const disk = createDisk(newFileSystem());
  expect(disk.create('/folder/a', bytes('one'))).toBe(true);
  expect(disk.create('/folder/a', bytes('two'))).toBe(false);
  disk.replace('/folder/old', bytes('new'));
  expect(disk.list('/folder')).toEqual(['a', 'old']);
  expect(disk.read('/folder/none', 10)).toBeNull();
  expect(Buffer.from(disk.read('/folder/old', 10) ?? []).toString()).toBe('new');
  disk.makeFolder('/folder/deep');
  expect(() => disk.moveFolder('/folder/deep', '/folder')).toThrow('ENOTEMPTY');
  expect(() => disk.makeFolder('/none/deep')).toThrow('ENOENT');
});

test('a copy is a file system of its own', () => {
  const fs = newFileSystem();
  const copy = new SimulatedFileSystem(fs.tree.clone());
  copy.unlink('/folder/old');
  expect([textOf(fs, '/folder/old'), textOf(copy, '/folder/old')]).toEqual(['old', null]);
});
