/** `init`: what it makes, what it refuses, and that it never leaves half a home. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../src/disk.ts';
import {
  cheapArgon2,
  PASSPHRASE,
  type Run,
  removeTemporaryFolders,
  temporaryFolder,
  World,
} from './world.ts';

afterAll(removeTemporaryFolders);

const INIT = ['init', '--network', 'private'] as const;
const newWorld = (): World => Object.assign(new World(temporaryFolder()), { argon2: cheapArgon2 });

async function refused(run: Promise<Run>, exit: number, code: string): Promise<void> {
  const { exit: got, code: gotCode, out } = await run;
  expect({ exit: got, code: gotCode, out }).toEqual({ exit, code, out: [] });
}

describe('a new signer', () => {
  test('has its files and nothing else, also under a path that ends in a slash', async () => {
    const world = newWorld();
    nodeDisk.makeFolder(world.home);
    const run = await world.runBare(
      ...['--home', `${world.home}/`, '--passphrase-file', world.path('passphrase')],
      ...[...INIT, '--json'],
    );
    expect(run).toMatchObject({ exit: 0 });
    expect(JSON.parse(run.out[0]!)).toMatchObject({
      network: 'private',
      scheme: { name: 'hkdf-sha512' },
      securityLevel: 2,
      practice: false,
    });
    expect(world.files('home')).toEqual(['record', 'requests', 'secret']);
    expect(world.files('.')).toEqual(['home', 'passphrase']);
    await refused(world.run(...INIT), 4, 'home_exists');
  });

  test('of the same salt has the same keyring id and another identity', async () => {
    const ids: Record<string, unknown>[] = [];
    for (const seed of ['one', 'two']) {
      const world = newWorld();
      const salt = world.write('salt', 'a salt of Hub\n');
      const { random } = world;
      world.random = (bytes) =>
        random(bytes).map((byte) => byte ^ seed.length ^ seed.charCodeAt(0));
      const cheap = ['--argon2-memory-kib', '64', '--argon2-time-cost', '1'];
      const run = await world.run(...INIT, '--salt-file', salt, ...cheap, '--json');
      ids.push(JSON.parse(run.out[0]!));
    }
    expect(ids[0]!.keyringId).toBe(ids[1]!.keyringId);
    expect(ids[0]!.publicKey).not.toBe(ids[1]!.publicKey);
    expect(ids[0]!.scheme).toEqual({
      name: 'hub-argon2id',
      timeCost: 1,
      memoryKib: 64,
      parallelism: 1,
    });
  });

  test('of a scheme of Hub without its salt says that the salt is a new one', async () => {
    const cheap = ['--argon2-memory-kib', '64', '--argon2-time-cost', '1'];
    const told = async (...args: string[]): Promise<string> => {
      const world = newWorld();
      world.write('salt', 'a salt of Hub\n');
      const given = args.map((arg) => arg.replace('@', `${world.folder}/`));
      const run = await world.run(...INIT, ...given);
      expect(run.exit).toBe(0);
      return run.out.join('\n');
    };
    const drawn = await told('--scheme', 'hub-argon2id', ...cheap);
    expect(drawn).toContain("A new salt was drawn: it is NOT YOUR HUB'S");
    expect(drawn).toContain('give --salt-file');
    expect(await told('--salt-file', '@salt', ...cheap)).not.toContain('drawn');
    expect(await told()).not.toContain('drawn');
    expect(JSON.parse(await told('--json'))).toMatchObject({ saltDrawn: true });
  });

  test('is refused over a folder that holds anything', async () => {
    const world = newWorld();
    nodeDisk.makeFolder(world.home);
    world.write('home/note', 'x');
    await refused(world.run(...INIT), 4, 'home_exists');
    expect(world.files('home')).toEqual(['note']);
  });

  test('typed: the passphrase is asked twice, and must be the same', async () => {
    const world = newWorld();
    const typed = async (...answers: string[]): Promise<Run> => {
      world.answers = answers;
      return world.runBare('--home', world.home, ...INIT);
    };
    await refused(typed(), 2, 'passphrase_required');
    await refused(typed(PASSPHRASE), 2, 'passphrase_required');
    await refused(typed(PASSPHRASE, `${PASSPHRASE}!`), 2, 'passphrase_wrong');
    await refused(typed('eleven char'), 2, 'passphrase_too_short');
    await refused(typed(''), 2, 'passphrase_too_short');
    expect(nodeDisk.exists(world.home)).toBe(false);
    expect((await typed('twelve chars', 'twelve chars')).exit).toBe(0);
  });
});

test.each<[string, number, string, readonly string[]]>([
  ['an empty salt file', 2, 'salt_empty', ['--salt-file', '@empty']],
  ['a salt file with a newline alone', 2, 'salt_empty', ['--salt-file', '@newline']],
  ['a salt that is too short', 2, 'salt_invalid', ['--salt-file', '@short']],
  ['a salt that is too long', 2, 'salt_invalid', ['--salt-file', '@long']],
  ['a salt file for HKDF', 2, 'salt_invalid', ['--salt-file', '@salt', '--scheme', 'hkdf-sha512']],
  ['a salt file that is missing', 5, 'path_missing', ['--salt-file', '@none']],
  ['a practice signer on devnet', 3, 'practice_only', ['--practice', '--network', 'devnet']],
  ['an unknown network', 2, 'usage', ['--network', 'testnet']],
  ['an unknown scheme', 2, 'usage', ['--scheme', 'md5']],
  ['level 0', 2, 'usage', ['--security', '0']],
  ['Argon2 parameters for HKDF', 2, 'usage', ['--argon2-time-cost', '1']],
  ['an Argon2 cost of 0', 2, 'scheme_invalid', ['--salt-file', '@salt', '--argon2-time-cost', '0']],
  ['a label too long', 2, 'usage', ['--label', 'x'.repeat(65)]],
])('%s is refused: exit %d, %s', async (...row) => {
  const [, exit, code, args] = row;
  const world = newWorld();
  world.write('empty', '');
  world.write('newline', '\n');
  world.write('short', 'seven b');
  world.write('long', 'x'.repeat(1_025));
  world.write('salt', 'x'.repeat(40));
  const network = args.includes('--network') ? [] : ['--network', 'private'];
  const given = args.map((arg) => arg.replace('@', `${world.folder}/`));
  await refused(world.run('init', ...network, ...given), exit, code);
  expect(nodeDisk.exists(world.home)).toBe(false);
});

test('a disk that fails leaves no home, and the command can be repeated', async () => {
  const world = newWorld();
  const full = (): never => {
    throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  };
  const names = ['makeFolder', 'replace', 'create', 'moveFolder'] as const;
  for (const name of names) {
    world.disk = { ...nodeDisk, [name]: full } as Disk;
    await refused(world.run(...INIT), 5, 'disk_failed');
    expect(nodeDisk.exists(world.home)).toBe(false);
  }
  world.disk = nodeDisk;
  expect((await world.run(...INIT)).exit).toBe(0);
  expect(world.files('.')).toEqual(['home', 'passphrase']);
});
