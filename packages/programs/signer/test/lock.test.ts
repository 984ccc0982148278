/** The lock: one process at a time, none for ever. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodeDisk, readSystemText } from '../src/disk.ts';
import { currentProcess, withLock } from '../src/lock.ts';
import { makeWorld, removeTemporaryFolders, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const lockText = (at: World): string => Buffer.from(at.read('home/lock')).toString();
const addresses = (at: World, name: string): ReturnType<World['run']> =>
  at.run('addresses', '--count', '1', '--out', at.path(name));

test('a second call while the first one works is refused', async () => {
  const at = world.copy();
  await withLock(nodeDisk, at.home, async () => {
    const { pid, boot, started } = currentProcess();
    expect(lockText(at)).toBe(`${pid} ${boot} ${started}\n`);
    expect(await addresses(at, 'a')).toMatchObject({ exit: 4, code: 'home_locked' });
  });
  expect((await addresses(at, 'a')).exit).toBe(0);
  expect(at.head().number).toBe(4);
});

test('two commands at once: one works, one is refused', async () => {
  const at = world.copy();
  const runs = await Promise.all([addresses(at, 'a'), addresses(at, 'b')]);
  expect(runs.map(({ exit }) => exit).sort()).toEqual([0, 4]);
  expect(at.head().number).toBe(4);
});

test('the lock of another process that runs is respected, and taken over when it has ended', async () => {
  const at = world.copy();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const pid = child.pid!;
  await new Promise((resolve) => child.on('spawn', resolve));
  const stat = readSystemText(`/proc/${pid}/stat`)!;
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const { boot } = currentProcess();
  at.write('home/lock', `${pid} ${boot} ${started}\n`);
  expect(await addresses(at, 'a')).toMatchObject({ exit: 4, code: 'home_locked' });
  // The same pid, given to a process that started at another time.
  at.write('home/lock', `${pid} ${boot} ${Number(started) + 1}\n`);
  expect((await addresses(at, 'b')).exit).toBe(0);
  at.write('home/lock', `${pid} ${boot} ${started}\n`);
  child.kill();
  await ended;
  expect((await addresses(at, 'c')).exit).toBe(0);
});

test.each([
  ['of another boot', `${process.pid} another-boot ${currentProcess().started}\n`],
  ['of a dead process', `4194305 ${currentProcess().boot} 1\n`],
  ['without text', ''],
  ['with junk', '\u001b[2Jjunk'],
])('a lock %s is taken over', async (_, text) => {
  const at = world.copy();
  at.write('home/lock', text);
  expect((await addresses(at, 'a')).exit).toBe(0);
});

test('the lock is gone after success and after an error', async () => {
  const at = world.copy();
  await addresses(at, 'a');
  expect(nodeDisk.exists(at.path('home/lock'))).toBe(false);
  expect((await addresses(at, 'a')).code).toBe('file_exists');
  expect(nodeDisk.exists(at.path('home/lock'))).toBe(false);
  at.write('passphrase', 'not the passphrase');
  expect((await addresses(at, 'b')).code).toBe('passphrase_wrong');
  expect(nodeDisk.exists(at.path('home/lock'))).toBe(false);
});

test('what a crashed process left half written is swept', async () => {
  const at = world.copy();
  const part = '.00000004.0123456789abcdef.part';
  for (const folder of ['record', 'requests']) at.write(`home/${folder}/${part}`, 'half');
  expect((await addresses(at, 'a')).exit).toBe(0);
  expect(at.files('home/record')).toEqual(['00000001', '00000002', '00000003', '00000004']);
  expect(at.files('home/requests')).toEqual([]);
});

test('a folder without a signer is not locked', async () => {
  const at = world.copy();
  nodeDisk.makeFolder(at.path('empty'));
  for (const home of [at.path('empty'), at.path('nothing')]) {
    const run = await at.runBare(
      ...['--home', home, '--passphrase-file', at.path('passphrase')],
      ...['addresses', '--count', '1', '--out', at.path('a')],
    );
    expect(run).toMatchObject({ exit: 4, code: 'home_missing' });
  }
  expect(at.files('empty')).toEqual([]);
});
