/** The same request again: a hundred times, after fifty others, after a kill: its bytes, and one entry. */
import { afterAll, describe, expect, test } from '@jest/globals';
import type { MemoryDisk } from './memory-disk.ts';
import { type Answer, give, HOME, type Input, makeMemoryHome, stateOf } from './memory-home.ts';
import { voidOf } from './voids.ts';
import { bundle, input, KEYS, own, pay, removeTemporaryFolders, requestOf, seal } from './world.ts';

afterAll(removeTemporaryFolders);

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;

/** A request for the home as it is now: one key spent, a payment and a remainder. */
function requestFor(home: MemoryDisk, from: number, sequence = from + 1): Input {
  const slots = bundle(input(key(from), 5n), pay(from, 3n), own(key(from + 1), 2n));
  return { command: 'sign', file: seal(requestOf(stateOf(home), [slots], { sequence })) };
}

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');

/** The stored answer to the entry that the home now ends with. */
const storedPath = (home: MemoryDisk): string =>
  `${HOME}/requests/${String(stateOf(home).head.number).padStart(8, '0')}.response`;

/** Entries that answer the same sequence. */
const answersOf = (home: MemoryDisk): number => stateOf(home).requests.size;

async function expectSame(home: MemoryDisk, asked: Input, first: Answer): Promise<void> {
  const again = await give(home, asked);
  expect(again.code).toBe('');
  expect(hex(again.output)).toBe(hex(first.output));
}

/** Writing that dies where `die` throws. */
function dying<T>(
  act: (path: string, bytes: Uint8Array) => T,
  die: (path: string) => void,
): (path: string, bytes: Uint8Array) => T {
  return (path, bytes) => {
    die(path);
    return act(path, bytes);
  };
}

describe('a request that was signed', () => {
  test('gives the stored bytes a hundred times, and stays one entry', async () => {
    const home = makeMemoryHome();
    const asked = requestFor(home, 0);
    const first = await give(home, asked);
    const stored = home.files.get(storedPath(home))!;
    expect(hex(first.output)).toBe(hex(stored));
    const head = stateOf(home).head;
    for (let i = 0; i < 100; i += 1) await expectSame(home, asked, first);
    expect(stateOf(home).head).toEqual(head);
    expect(answersOf(home)).toBe(1);
  });

  test('gives the stored bytes after fifty later entries, stored or made again', async () => {
    const home = makeMemoryHome();
    const asked = requestFor(home, 0);
    const first = await give(home, asked);
    const path = storedPath(home);
    for (let i = 0; i < 50; i += 1) {
      const later = requestFor(home, 2 + 2 * (i % 15), 2 + i);
      // Voids are entries too, and cost no signature.
      const isVoid = i >= 15;
      const file = isVoid ? voidOf(later.file) : later.file;
      expect((await give(home, { command: isVoid ? 'void' : 'sign', file })).code).toBe('');
    }
    const head = stateOf(home).head;
    expect(head.number).toBe(3 + 1 + 50);
    await expectSame(home, asked, first);
    home.remove(path);
    await expectSame(home, asked, first);
    expect(hex(home.files.get(path) ?? null)).toBe(hex(first.output));
    expect(stateOf(home).head).toEqual(head);
  });

  test.each(['request', 'response', 'output'] as const)(
    'gives the same bytes and one entry after a kill before its %s was written',
    async (file) => {
      const original = makeMemoryHome();
      const asked = requestFor(original, 0);
      const home = original.copy();
      const first = await give(original, asked);
      const isKilledAt = (path: string): boolean =>
        file === 'output' ? /never-written$/.test(path) : path.endsWith(`.${file}`);
      let isKilled = false;
      const die = (path: string): void => {
        if (!isKilledAt(path)) return;
        isKilled = true;
        throw new Error('killed');
      };
      const killed = home.copy();
      const disk = Object.assign(killed, {
        replace: dying(killed.replace, die),
        deliver: dying(killed.deliver, die),
      });
      expect((await give(disk, asked)).output).toBeNull();
      expect(isKilled).toBe(true);
      expect(answersOf(killed)).toBe(1);
      const rebooted = killed.copy();
      await expectSame(rebooted, asked, first);
      await expectSame(rebooted, asked, first);
      expect(stateOf(rebooted).head).toEqual(stateOf(original).head);
      expect(hex(rebooted.files.get(storedPath(rebooted)) ?? null)).toBe(hex(first.output));
    },
  );
});
