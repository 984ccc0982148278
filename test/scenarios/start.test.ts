/** `npm start` as its user runs it: the printed curl lines work, Ctrl-C stops it, its data goes on. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { ROOT } from '../repo/workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-start-'));
const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

interface Started {
  readonly child: ChildProcess;
  readonly output: string;
  readonly curls: readonly string[];
}

/** Starts in a process group of its own, as a terminal would, and waits until it tells how to go on. */
function start(ports: readonly [number, number]): Promise<Started> {
  const args = [
    ...['start', '--data', join(folder, 'data'), '--signer', join(folder, 'signer')],
    ...['--port', String(ports[0]), '--node-port', String(ports[1])],
  ];
  const child = spawn(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stdout?.on('data', (text: Buffer) => {
      output += text.toString();
      if (!output.includes('Ctrl-C stops')) return;
      const curls = output.split('\n').filter((line) => line.startsWith('  curl '));
      resolve({ child, output, curls });
    });
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`ended with ${code}: ${output}`));
    });
  });
}

/** Ctrl-C: an interrupt to the whole group. */
function interrupt({ child }: Started): Promise<number | null> {
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  process.kill(-(child.pid ?? 0), 'SIGINT');
  return ended;
}

const run = (line: string): unknown =>
  JSON.parse(execFileSync('sh', ['-c', line], { encoding: 'utf8' }));

test('the curl lines work, Ctrl-C ends with 0, and the next start goes on from the data', async () => {
  const ports = [await freePort(), await freePort()] as const;
  const first = await start(ports);
  expect(first.output).toMatch(/API keys \(practice\):/);
  for (const role of ['exchange', 'officer', 'auditor', 'admin']) {
    expect(first.output).toMatch(new RegExp(`${role} +airlock_`));
  }
  expect(first.curls).toHaveLength(3);
  const [user, address, statement] = first.curls.map(run);
  expect(user).toMatchObject({ balance: { available: '0' } });
  expect(address).toMatchObject({ status: 'active', securityLevel: 2 });
  expect(statement).toMatchObject({ difference: '0' });
  expect(await interrupt(first)).toBe(0);

  const second = await start(ports);
  expect(second.output).not.toMatch(/making a practice signer/);
  const again = run(second.curls[2] ?? '') as { number: number };
  expect(again.number).toBe((statement as { number: number }).number);
  expect(await interrupt(second)).toBe(0);
}, 120_000);
