/** Signing, making addresses and pairing while disks fail, others write and clocks jump. */
import { fingerprintWords, type RequestSlot, sealPairingCard } from '@airlock/gap';
import { addressOfSeed, deriveSeed, plainArgon2 } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../src/disk.ts';
import type { Environment } from '../src/environment.ts';
import { readHome } from '../src/home.ts';
import { deriveSeeds } from '../src/sign.ts';
import { spend, surrender, trytesOf, withScreen } from './alone.ts';
import {
  bundle,
  COORDINATOR,
  IDENTITY_KEY,
  input,
  KEYS,
  makeWorld,
  NOW,
  own,
  type Run,
  removeTemporaryFolders,
  requestOf,
  SALT,
  SIGNER,
  SILENT,
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

/** A disk whose `at`-th call that changes something fails: before it or after it. */
function failingDisk(at: number, when: 'before' | 'after'): Disk & { calls: string[] } {
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
      if (when === 'after') act(...args);
      return fail();
    };
  return {
    ...nodeDisk,
    calls,
    makeFolder: guard('makeFolder', nodeDisk.makeFolder),
    deliver: guard('deliver', nodeDisk.deliver),
    replace: guard('replace', nodeDisk.replace),
    create: guard('create', nodeDisk.create),
    remove: guard('remove', nodeDisk.remove),
    removeFolder: guard('removeFolder', nodeDisk.removeFolder),
    moveFolder: guard('moveFolder', nodeDisk.moveFolder),
  };
}

const MOMENTS = ['before', 'after'] as const;

describe('a disk that fails', () => {
  const recorded = new Map<World, boolean>();
  const screens = new Map<World, unknown[]>();

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
      for (const when of MOMENTS) {
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
        const isWritten = failed === 'remove' || (failed === 'deliver' && when === 'after');
        if (!isWritten) expect(nodeDisk.exists(at.path('response'))).toBe(false);
      },
      (at) => {
        expect(at.head()).toEqual(expected.head());
        expect(hex(at.read('response'))).toBe(hex(expected.read('response')));
      },
    );
    expect(calls).toEqual([
      'create',
      'create',
      'makeFolder',
      'replace',
      'replace',
      'deliver',
      'remove',
    ]);
  }, 60_000);

  test('while spending alone: one hash, whose bundle the repetition gives a day later', async () => {
    const expected = world.copy();
    await spend(expected);
    const calls = await atEachCall(
      (at) => spend(at),
      (at, failed, when) => {
        const isWritten = failed === 'remove' || (failed === 'deliver' && when === 'after');
        if (!isWritten) expect(nodeDisk.exists(at.path('trytes'))).toBe(false);
        // The bundle's time is that of its plan: a repetition must not build another one.
        recorded.set(at, at.head().number === 4);
        at.now = () => NOW + 86_400_000;
      },
      (at) => {
        expect(at.head().number).toBe(4);
        const { bundleHash } = trytesOf(at);
        expect([...at.state().signedAlone.keys()]).toEqual([bundleHash]);
        expect(bundleHash === trytesOf(expected).bundleHash).toBe(recorded.get(at));
        expect(at.files()).toEqual(['00000004.alone', '00000004.spend']);
      },
    );
    expect(calls).toEqual([
      ...['create', 'makeFolder', 'replace', 'create'],
      ...['makeFolder', 'replace', 'deliver', 'remove'],
    ]);
    expect([...recorded.values()].filter((isRecorded) => !isRecorded).length).toBeGreaterThan(3);
  }, 60_000);

  test('while a seed is given away: it is not shown before its entry is recorded', async () => {
    await atEachCall(
      (at) => {
        const painted = withScreen(at);
        const { paint } = at.terminal;
        const shown = (lines: readonly string[] | null): void => {
          expect(at.state().surrendered.size).toBe(1);
          paint?.(lines);
        };
        at.terminal = { ...at.terminal, paint: shown };
        screens.set(at, painted);
        return surrender(at);
      },
      (at, failed) => expect(screens.get(at)).toHaveLength(failed === 'remove' ? 2 : 0),
      (at) => {
        expect([at.head().number, at.state().surrendered.size]).toEqual([4, 1]);
        expect(at.files()).toEqual(['00000004.alone']);
        expect(screens.get(at)).toHaveLength(2);
      },
    );
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

  test('while a refusal is logged: the refusal is told all the same, the record stays', async () => {
    const at = world.copy();
    at.disk = failingDisk(2, 'before');
    const run = await at.run('sign', at.write('junk', 'junk'), '--out', at.path('out'));
    expect(run).toMatchObject({ exit: 3, code: 'envelope_malformed', out: [] });
    expect(run.note.join('\n')).toContain('refusals.log could not be written');
    expect(at.head()).toEqual(world.head());
  });
});

describe('another writer', () => {
  const ENTRY = '/record/00000004';

  test('that takes the entry first: record_moved, nothing is signed, and its entry stays', async () => {
    const at = world.copy();
    const other = world.copy();
    await other.sign(request(other, sweep(2, 3)));
    const theirs = other.read(`home${ENTRY}`);
    const file = request(at, sweep(0, 1));
    at.disk = {
      ...nodeDisk,
      create: (path, bytes) => {
        if (path.endsWith(ENTRY)) nodeDisk.create(path, theirs);
        return nodeDisk.create(path, bytes);
      },
    };
    expect(await at.sign(file)).toMatchObject({ exit: 4, code: 'record_moved', out: [] });
    expect(at.files()).toEqual([]);
    expect(nodeDisk.exists(at.path('response'))).toBe(false);
    expect(hex(at.read(`home${ENTRY}`))).toBe(hex(theirs));
    at.disk = nodeDisk;
    expect((await at.run('status')).code).toBe('');
    expect(at.head()).toEqual(other.head());
  });

  test('that takes away entries meanwhile: nothing is signed', async () => {
    const at = world.copy();
    at.disk = {
      ...nodeDisk,
      create: (path, bytes) => {
        if (path.endsWith(ENTRY)) nodeDisk.remove(at.path('home/record/00000003'));
        return nodeDisk.create(path, bytes);
      },
    };
    expect(await at.sign(request(at, sweep(0, 1)))).toMatchObject({
      exit: 4,
      code: 'record_damaged',
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

  test.each([10, -10])('%d years off, and right again, changes no rule', async (years) => {
    const at = world.copy();
    const file = request(at, sweep(0, 1));
    at.now = () => NOW + years * 365.25 * 86_400_000;
    expect((await at.sign(file)).exit).toBe(0);
    const response = hex(at.read('response'));
    at.now = () => NOW;
    expect((await at.sign(file, 'again')).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(response);
    const theft = request(at, sweep(0, 2));
    expect((await at.sign(theft, 'theft')).code).toBe('key_already_signed');
    expect((await at.sign(request(at, sweep(2, 3)), 'next')).exit).toBe(0);
    expect(at.head().number).toBe(5);
  });
});

test('a derivation that fails leaves no seed of those before it', async () => {
  const scheme = { name: 'hub-argon2id', timeCost: 1, memoryKib: 8, parallelism: 1 } as const;
  const { header, ...rest } = readHome(nodeDisk, world.home);
  const keyring = { ...header.keyring, scheme };
  const secret = { salt: SALT, identityKey: IDENTITY_KEY };
  const home = { ...rest, header: { ...header, keyring }, secret, identity: SIGNER };
  const { uuid } = key(0);
  const options = { scheme, network: 'private', salt: SALT, uuid, argon2: plainArgon2 } as const;
  const seed = await deriveSeed(options);
  const first = { ...key(0), address: addressOfSeed(seed, 1) };
  const inputs = [first, key(1)].map((each) => ({
    ...each,
    index: 0,
    amount: 1n,
    slipDigest: null,
  }));
  let hashes = 0;
  const argon2 = async (asked: Parameters<typeof plainArgon2>[0]): Promise<Uint8Array> => {
    hashes += 1;
    if (hashes === 1) return plainArgon2(asked);
    throw new RangeError('could not allocate memory');
  };
  const kept = jest.spyOn(Map.prototype, 'set');
  try {
    const environment = { terminal: SILENT, argon2 } as Environment;
    await expect(deriveSeeds(environment, home, inputs)).rejects.toThrow(
      'could not allocate memory',
    );
    const [[, left] = []] = kept.mock.calls.filter(([name]) => name === uuid);
    expect(left).toEqual(new Uint8Array(seed.length));
  } finally {
    kept.mockRestore();
  }
});
