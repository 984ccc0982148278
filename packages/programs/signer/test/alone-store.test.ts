/** What a home keeps of spends and surrenders: read back as it was, damaged as an error, copied whole. */
import { EMPTY_HEAD, GapError, sealEntry } from '@airlock/gap';
import { SUPPLY } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import {
  copyAlone,
  keepAlone,
  keepPlan,
  openAlone,
  readAlone,
  readPlan,
} from '../src/alone-store.ts';
import { SignerError } from '../src/error.ts';
import { MemoryDisk } from './memory-disk.ts';
import { addressOf, NOW, SIGNER } from './world.ts';

const PLAN = {
  inputs: [{ address: addressOf('A'), amount: 5n }],
  payees: [{ address: addressOf('P'), amount: 5n }],
  tag: '9'.repeat(27),
  timestamp: 1_790_000_000,
};
const event = { kind: 'surrendered', commitment: 'ab'.repeat(32) } as const;
const entry = sealEntry(EMPTY_HEAD, { at: NOW, event }, SIGNER);
const HOME = '/home';

test('a plan is read back as it was kept, of its entry alone', () => {
  const disk = new MemoryDisk();
  keepPlan(disk, HOME, { entryNumber: 7, spend: PLAN });
  expect(readPlan(disk, HOME, 7)).toEqual(PLAN);
  expect(readPlan(disk, HOME, 8)).toBeNull();
});

test('an entry is read back with what it released, or with nothing', () => {
  const disk = new MemoryDisk();
  keepAlone(disk, HOME, { entryNumber: 1, entry, answer: null });
  keepAlone(disk, HOME, { entryNumber: 2, entry, answer: new Uint8Array([1, 2]) });
  expect(readAlone(disk, HOME, 1)).toEqual({ entry, answer: null });
  expect(readAlone(disk, HOME, 2)?.answer).toEqual(new Uint8Array([1, 2]));
  expect(readAlone(disk, HOME, 3)).toBeNull();
});

test('damaged files are refused, never half read', () => {
  const disk = new MemoryDisk();
  keepPlan(disk, HOME, { entryNumber: 7, spend: PLAN });
  const path = '/home/requests/00000007.spend';
  const whole = disk.files.get(path)!;
  disk.replace(path, whole.subarray(0, -1));
  expect(() => readPlan(disk, HOME, 7)).toThrow(GapError);
  expect(() => openAlone(whole)).toThrow(GapError);
  for (const amount of [SUPPLY + 1n, 10n ** 17n]) {
    const spend = { ...PLAN, inputs: [{ address: addressOf('A'), amount }] };
    keepPlan(disk, HOME, { entryNumber: 7, spend });
    expect(() => readPlan(disk, HOME, 7)).toThrow(GapError);
  }
});

test('all of them are copied; one that cannot be read stops it, unless it is passed over', () => {
  const disk = new MemoryDisk();
  keepPlan(disk, HOME, { entryNumber: 7, spend: PLAN });
  keepAlone(disk, HOME, { entryNumber: 7, entry, answer: null });
  disk.replace('/home/requests/00000003.response', new Uint8Array([1]));
  const names: string[] = [];
  copyAlone(disk, HOME, { copy: (name) => names.push(name) });
  expect(names.sort()).toEqual(['00000007.alone', '00000007.spend']);
  disk.replace('/home/requests/00000007.spend', new Uint8Array(3 * 1024 * 1024));
  expect(() => copyAlone(disk, HOME, { copy: () => undefined })).toThrow(SignerError);
  const skipped: string[] = [];
  copyAlone(disk, HOME, { copy: () => undefined, passOver: (name) => skipped.push(name) });
  expect(skipped).toEqual(['00000007.spend']);
});
