/** Both stores pass the contract; LevelDB keeps a second opener out and says why it cannot open. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CoordinatorError } from '../src/error.ts';
import { openLevelStore } from '../src/store/level-store.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { KEYSPACES, keyOf, paddedNumber } from '../src/store/store.ts';
import { describeStore } from './store-contract.ts';

const places = new Map<string, Map<string, string>>();

describeStore('memory', {
  open: async (place) => {
    const values = places.get(place) ?? new Map<string, string>();
    places.set(place, values);
    return createMemoryStore(values);
  },
  freshPlace: () => String(places.size),
  remove: () => undefined,
});

const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'airlock-store-'));

describeStore('LevelDB', {
  open: openLevelStore,
  freshPlace: freshFolder,
  remove: (place) => rmSync(place, { recursive: true }),
});

describe('openLevelStore', () => {
  const failure = async (folder: string): Promise<CoordinatorError> => {
    const cause = await openLevelStore(folder).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(cause).toBeInstanceOf(CoordinatorError);
    return cause as CoordinatorError;
  };

  test('a folder that is open already is refused with store_unavailable, and stays usable', async () => {
    const folder = freshFolder();
    const store = await openLevelStore(folder);
    const error = await failure(folder);
    expect(error).toMatchObject({ code: 'store_unavailable' });
    expect(error.next).toContain('no other coordinator');
    await store.batch([{ type: 'put', key: 'a', value: '1' }]);
    await store.close();
    const again = await openLevelStore(folder);
    expect(await again.get('a')).toBe('1');
    await again.close();
    rmSync(folder, { recursive: true });
  });

  test('a path below a file is refused with store_unavailable', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'file'), 'x');
    expect((await failure(join(folder, 'file'))).code).toBe('store_unavailable');
    expect((await failure(join(folder, 'file', 'below'))).code).toBe('store_unavailable');
    rmSync(folder, { recursive: true });
  });

  test('missing folders are made', async () => {
    const folder = freshFolder();
    const store = await openLevelStore(join(folder, 'a', 'b'));
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test('a damaged manifest is refused with store_unavailable', async () => {
    const folder = freshFolder();
    await (await openLevelStore(folder)).close();
    writeFileSync(join(folder, 'CURRENT'), 'nothing\n');
    expect((await failure(folder)).code).toBe('store_unavailable');
    rmSync(folder, { recursive: true });
  });

  test('a folder without permission is refused with store_unavailable', async () => {
    // Root may write everywhere: there is nothing to refuse then.
    if (process.getuid?.() === 0) return;
    const folder = freshFolder();
    chmodSync(folder, 0o000);
    expect((await failure(folder)).code).toBe('store_unavailable');
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });
});

describe('keys', () => {
  test('no keyspace prefix begins with another one', () => {
    const prefixes = Object.values(KEYSPACES);
    expect(new Set(prefixes).size).toBe(prefixes.length);
    for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z]\/$/);
  });

  test('padded numbers sort as numbers do', () => {
    const numbers = [0, 9, 10, 99, 100, Number.MAX_SAFE_INTEGER];
    expect(numbers.map(paddedNumber).sort()).toEqual(numbers.map(paddedNumber));
    expect(keyOf('journal', paddedNumber(7))).toBe('j/0000000000000007');
  });
});
