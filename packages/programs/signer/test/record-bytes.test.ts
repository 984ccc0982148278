/**
 * The record cut and flipped at every byte: refused; cut by whole entries: refused by what was stored,
 * or by the coordinator's head. Never a shorter record that signs again. The same for 64 KiB:
 * `npm run campaign:record`.
 */
import { describe, expect, jest, test } from '@jest/globals';
import type { MemoryDisk } from './memory-disk.ts';

// The second, slow check of each signature (sign-faulty.test.ts) tells nothing here.
jest.unstable_mockModule('@iota/signing', () => ({ default: { validateSignatures: () => true } }));
const { damageEverywhere, makeRecordOf, namesOf, openingOf, pathOf, sizeOf } = await import(
  './record-damage.ts'
);
const { give, HOME, makeMemoryHome, stateOf } = await import('./memory-home.ts');
const { bundle, input, KEYS, own, requestOf, seal, seededRandom } = await import('./world.ts');

const BYTES = 3_000;
const FLIPS = 40;

const sweep = (from: number): ReturnType<typeof bundle> =>
  bundle(input(KEYS[from]!, 5n), own(KEYS[from + 1]!, 5n));

const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex');

test('a record of 5 KB is refused wherever it is cut or flipped', () => {
  const home = makeRecordOf(BYTES);
  const { cut, flipped, faults } = damageEverywhere(home);
  expect(faults).toEqual([]);
  expect([cut, flipped]).toEqual([sizeOf(home), sizeOf(home)]);
  expect(cut).toBeGreaterThanOrEqual(BYTES);
}, 180_000);

describe('a record that lacks its last entries', () => {
  /** A home that has signed six requests, and its answers. */
  const signedHome = async (): Promise<MemoryDisk> => {
    const home = makeMemoryHome();
    for (let i = 0; i < 6; i += 1) {
      const file = seal(requestOf(stateOf(home), [sweep(2 * i)]));
      expect((await give(home, { command: 'sign', file })).code).toBe('');
    }
    return home;
  };

  test('is refused as damaged while the answers it has given are there', async () => {
    const home = await signedHome();
    for (const name of namesOf(home).reverse()) {
      expect(openingOf(home)).toBe(name === '00000009' ? 'accepted' : 'record_damaged');
      home.remove(pathOf(name));
    }
    expect(openingOf(home)).toBe('record_damaged');
  });

  test("is refused by the coordinator's head if those are gone as well, and signs nothing", async () => {
    const home = await signedHome();
    const next = seal(requestOf(stateOf(home), [sweep(20)]));
    for (const lacking of [1, 2, 3, 4, 5, 6]) {
      const old = home.copy();
      for (const name of namesOf(home).slice(-lacking)) old.remove(pathOf(name));
      for (const name of old.list(`${HOME}/requests`)) old.remove(`${HOME}/requests/${name}`);
      expect(openingOf(old)).toBe('accepted');
      const head = stateOf(old).head;
      const answer = await give(old, { command: 'sign', file: next });
      expect(answer).toEqual({ output: null, code: 'signer_behind' });
      expect(stateOf(old).head).toEqual(head);
      expect(old.list(`${HOME}/requests`)).toEqual([]);
    }
  });
});

test('stored requests and answers that are cut or flipped are made again with the same bytes', async () => {
  const sound = makeMemoryHome();
  const file = seal(requestOf(stateOf(sound), [sweep(0)]));
  const first = await give(sound, { command: 'sign', file });
  const later = seal(requestOf(stateOf(sound), [sweep(2)]));
  await give(sound, { command: 'sign', file: later });
  const paths = sound.list(`${HOME}/requests`).map((name) => `${HOME}/requests/${name}`);
  expect(paths).toHaveLength(4);
  const bytes = seededRandom('damage');
  const random = (below: number): number => Buffer.from(bytes(4)).readUInt32BE() % below;
  const { head } = stateOf(sound);
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const home = sound.copy();
    for (const path of paths) {
      const damaged = home.files.get(path)!.slice();
      const at = random(damaged.length);
      damaged[at]! ^= 1 << random(8);
      home.replace(path, random(3) === 0 ? damaged.subarray(0, at) : damaged);
    }
    const again = await give(home, { command: 'sign', file });
    expect({ code: again.code, output: hex(again.output) }).toEqual({
      code: '',
      output: hex(first.output),
    });
    expect(stateOf(home).head).toEqual(head);
  }
}, 180_000);
