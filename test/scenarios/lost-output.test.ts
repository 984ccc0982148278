/** The built programs where what they print has nowhere to go: a reader that left, a full disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  makeWorld,
  removeTemporaryFolders,
  type World,
} from '../../packages/programs/signer/test/world.ts';
import { ROOT } from '../repo/workspace.ts';

/** Takes no byte; not every system has it. */
const FULL = '/dev/full';
const PLACES = ['a closed pipe', FULL].filter((place) => place !== FULL || existsSync(FULL));
const TRACE = /\n\s+at |node:|Unhandled/;

let world: World;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  removeTemporaryFolders();
});

interface Ended {
  readonly exit: number | null;
  readonly note: string;
}

function start(program: string, args: readonly string[], out: 'pipe' | number): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'dist', program), ...args], {
    stdio: ['ignore', out, 'pipe'],
  });
  running.add(child);
  child.on('close', () => running.delete(child));
  return child;
}

/** Runs a built program whose standard output leads to that place. */
async function runInto(place: string, program: string, args: readonly string[]): Promise<Ended> {
  const full = place === FULL ? openSync(FULL, 'w') : null;
  const child = start(program, args, full ?? 'pipe');
  if (full !== null) closeSync(full);
  child.stdout?.destroy();
  let note = '';
  child.stderr?.on('data', (text: Buffer) => {
    note += text.toString();
  });
  const [exit] = (await once(child, 'close')) as [number | null];
  return { exit, note };
}

describe.each(PLACES)('the signer, into %s', (place) => {
  test('tells that its help is lost', async () => {
    const { exit, note } = await runInto(place, 'airlock-signer.mjs', ['--help']);
    expect(exit).toBe(5);
    expect(note).toMatch(/^refused \(disk_failed\): .+\n {2}what to do: .+\n$/);
    expect(note).not.toMatch(TRACE);
  });

  test('tells a script that its answer is lost, and gives it on standard error', async () => {
    const args = ['--home', world.home, 'status', '--json'];
    const { exit, note } = await runInto(place, 'airlock-signer.mjs', args);
    expect(exit).toBe(5);
    const [answer, fault] = note.split('\n').map((line) => JSON.parse(line || 'null'));
    expect(answer).toMatchObject({ keyringId: expect.stringMatching(/^kr_/) });
    expect(fault).toMatchObject({ error: { code: 'disk_failed' } });
  });
});

test('the auditor says nothing of a reader that left', async () => {
  const ended = await runInto('a closed pipe', 'airlock-audit.mjs', ['--help']);
  expect(ended).toEqual({ exit: 0, note: '' });
});

test.each([
  ['airlock-signer.mjs', 5, ['--home', 'nowhere', 'status']],
  ['airlock-audit.mjs', 2, ['verify', 'nowhere']],
] as const)('%s ends with exit code %d where nobody reads its errors', async (...row) => {
  const [program, exit, args] = row;
  const child = start(program, args, 'pipe');
  child.stdout?.resume();
  child.stderr?.destroy();
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code).toBe(exit);
});
