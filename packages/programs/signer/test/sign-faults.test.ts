/** Signing, making addresses and pairing while disks fail, others write and clocks jump. */
import { fingerprintWords, type RequestSlot, sealPairingCard } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../src/disk.ts';
import {
  bundle,
  COORDINATOR,
  input,
  KEYS,
  makeWorld,
  own,
  type Run,
  removeTemporaryFolders,
  requestOf,
  STRANGER,
  seal,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A request for the home as it is now. */
const request = (at: World, ...slots: RequestSlot[][]): Uint8Array =>
  seal(requestOf(at.state(), slots));

/** A disk whose `at`-th call that changes something fails: before it, half-way or after it. */
function failingDisk(at: number, when: 'before' | 'half' | 'after'): Disk & { calls: string[] } {
  const calls: string[] = [];
  const fail = (): never => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
  };
  const guard =
    <A extends unknown[], R>(name: string, act: (...args: A) => R) =>
    (...args: A): R => {
      calls.push(name);
      if (calls.length !== at) return act(...args);
      if (when === 'before') return fail();
      if (when === 'half' && name === 'append') {
        const [path, bytes] = args as unknown as [string, Uint8Array];
        nodeDisk.append(path, bytes.subarray(0, bytes.length >> 1));
      } else if (when === 'after') act(...args);
      return fail();
    };
  return {
    ...nodeDisk,
    calls,
    makeFolder: guard('makeFolder', nodeDisk.makeFolder),
    cut: guard('cut', nodeDisk.cut),
    append: guard('append', nodeDisk.append),
    replace: guard('replace', nodeDisk.replace),
    create: guard('create', nodeDisk.create),
    remove: guard('remove', nodeDisk.remove),
    removeFolder: guard('removeFolder', nodeDisk.removeFolder),
    moveFolder: guard('moveFolder', nodeDisk.moveFolder),
  };
}

const MOMENTS = ['before', 'half', 'after'] as const;

describe('a disk that fails', () => {
  /** Fails each call in turn, then repeats on a sound disk. */
  async function atEachCall(
    act: (at: World) => Promise<Run>,
    check: (at: World, failed: string, when: string) => void,
    finish: (at: World) => void = () => undefined,
  ): Promise<string[]> {
    const sound = world.copy();
    const counting = failingDisk(0, 'before');
    sound.disk = counting;
    expect((await act(sound)).exit).toBe(0);
    for (let call = 1; call <= counting.calls.length; call += 1) {
      const isAppend = counting.calls[call - 1] === 'append';
      for (const when of isAppend ? MOMENTS : (['before', 'after'] as const)) {
        const at = world.copy();
        const disk = failingDisk(call, when);
        at.disk = disk;
        const run = await act(at);
        expect({ exit: run.exit, code: run.code }).toEqual({ exit: 5, code: 'disk_failed' });
        at.disk = nodeDisk;
        // The process ends: its lock is that of a dead one.
        if (nodeDisk.exists(at.path('home/lock'))) at.write('home/lock', '4194305 gone 1\n');
        check(at, disk.calls[call - 1]!, when);
        const again = await act(at);
        expect(again).toMatchObject({ exit: 0, code: '' });
        finish(at);
        expect((await at.run('status')).exit).toBe(0);
      }
    }
    return counting.calls;
  }

  test('while signing: no response, and the repetition gives one entry and one hash', async () => {
    const file = request(world, sweep(0, 1));
    const expected = world.copy();
    await expected.sign(file);
    const calls = await atEachCall(
      (at) => at.sign(file),
      (at, failed, when) => {
        // After the response was written, only the lock remains to be removed.
        const isWritten = failed === 'remove' || (failed === 'create' && when === 'after');
        if (!isWritten) expect(nodeDisk.exists(at.path('response'))).toBe(false);
      },
      (at) => {
        expect(at.head()).toEqual(expected.head());
        expect(hex(at.read('response'))).toBe(hex(expected.read('response')));
      },
    );
    expect(calls).toEqual([
      'create',
      'append',
      'makeFolder',
      'replace',
      'replace',
      'create',
      'remove',
    ]);
  }, 60_000);

  test('while making addresses: no batch that the record does not hold', async () => {
    await atEachCall(
      async (at) => {
        const out = at.path(`${at.state().batches.length + 1}.batch`);
        return at.run('addresses', '--count', '2', '--out', out);
      },
      (at) => expect(at.state().batches.length).toBeLessThanOrEqual(2),
    );
  }, 60_000);

  test('while pairing: the record holds the key once or not at all', async () => {
    const card = { role: 'coordinator', network: 'private', label: '', keyring: null } as const;
    const file = sealPairingCard(card, STRANGER);
    const words = fingerprintWords(STRANGER.publicKey).slice(4).join(' ');
    await atEachCall(
      async (at) => {
        if (at.state().peers.size === 2) return at.run('status');
        return at.run('pair', '--card', at.write('card', file), '--confirm', words);
      },
      (at) => expect(at.head().number).toBeLessThanOrEqual(4),
      (at) => expect([at.head().number, at.state().peers.size]).toEqual([4, 2]),
    );
  }, 60_000);

  test('while revoking: the record holds it once or not at all', async () => {
    const prefix = hex(COORDINATOR.publicKey).slice(0, 8);
    await atEachCall(
      async (at) => {
        if (at.state().peers.size === 0) return at.run('status');
        return at.run('pair', '--revoke', prefix);
      },
      (at) => expect(at.head().number).toBeLessThanOrEqual(4),
      (at) => expect([at.head().number, at.state().peers.size]).toEqual([4, 0]),
    );
  }, 60_000);

  test('while a refusal is logged: exit 5, nothing is signed, the record stays', async () => {
    const at = world.copy();
    at.disk = failingDisk(2, 'before');
    const run = await at.run('sign', at.write('junk', 'junk'), '--out', at.path('out'));
    expect(run).toMatchObject({ exit: 5, code: 'disk_failed', out: [] });
    expect(at.head()).toEqual(world.head());
  });
});

describe('another writer', () => {
  test('between reading and writing the record: record_moved, and nothing is signed', async () => {
    const at = world.copy();
    const other = world.copy();
    await other.sign(request(other, sweep(2, 3)));
    const theirs = other.read('home/record').slice(at.read('home/record').length);
    const intrude = (): void => nodeDisk.append(at.path('home/record'), theirs);
    const file = request(at, sweep(0, 1));
    const disks: Disk[] = [
      // Before the signer looks at the end of the file.
      {
        ...nodeDisk,
        readFrom: (path, offset) => {
          if (path.endsWith('record')) intrude();
          return nodeDisk.readFrom(path, offset);
        },
      },
      // After it has looked, before it writes.
      {
        ...nodeDisk,
        append: (path, bytes) => {
          if (path.endsWith('record')) intrude();
          nodeDisk.append(path, bytes);
        },
      },
    ];
    for (const [index, disk] of disks.entries()) {
      at.write('home/record', world.read('home/record'));
      at.disk = disk;
      expect(await at.sign(file)).toMatchObject({ exit: 4, code: 'record_moved', out: [] });
      expect(at.files()).toEqual([]);
      expect(nodeDisk.exists(at.path('response'))).toBe(false);
      // What the other wrote is still there, in its place.
      const record = at.read('home/record');
      const start = world.read('home/record').length;
      expect(hex(record.slice(start, start + theirs.length))).toBe(hex(theirs));
      // In time, ours was not written at all; too late, both stand there and the home is closed.
      at.disk = nodeDisk;
      expect((await at.run('status')).code).toBe(['', 'record_damaged'][index]);
    }
  });

  test('that swaps the record for a shorter one: nothing is signed', async () => {
    const at = world.copy();
    const shorter = at.read('home/record').slice(0, 300);
    at.disk = {
      ...nodeDisk,
      append: (path, bytes) => {
        nodeDisk.replace(path, shorter);
        nodeDisk.append(path, bytes);
      },
    };
    expect(await at.sign(request(at, sweep(0, 1)))).toMatchObject({
      exit: 4,
      code: 'record_moved',
    });
    expect(at.files()).toEqual([]);
  });
});

describe('a clock', () => {
  test.each([0, -1, -1e12, 1e15])('at %d ms does not spoil the record', async (now) => {
    const at = world.copy();
    at.now = () => now;
    expect((await at.sign(request(at, sweep(0, 1)))).exit).toBe(0);
    expect((await at.run('record')).exit).toBe(0);
    const junk = await at.run('sign', at.write('junk', 'junk'), '--out', at.path('out'));
    expect(junk.exit).toBe(3);
  });
});
