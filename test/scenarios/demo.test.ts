/** The demo as its user runs it: the whole cold path, with the coordinator killed on the way. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../repo/workspace.ts';

test('the demo by light, with kills, ends with exit code 0 and an audit without findings', () => {
  const launcher = join(ROOT, 'scripts/run.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [launcher, 'demo', '--gap', 'qr', '--kills', '3', '--seed', '7'],
    { encoding: 'utf8', cwd: ROOT, timeout: 290_000 },
  );
  expect({ status, stderr: stderr.replaceAll('building…\n', '') }).toEqual({
    status: 0,
    stderr: '',
  });
  expect(stdout).toMatch(/auditor: 13 files verified, no key has two hashes, verdict ok/);
  expect(stdout).toMatch(/killed 3 times: nothing lost, nothing doubled/);
  expect(stdout).toMatch(/isolation: (a network namespace|none from this system)/);
  expect(stdout.match(/by light, rotated, blurred, 30 % missed: \d+ pictures/g)).toHaveLength(3);
  expect(stdout).toMatch(/the first request asked again: the same bytes/);
}, 300_000);

test.each([
  ['--kill', '4', /^Unknown argument: kill\n/m],
  ['--kills', 'abc', /^--kills: expected one whole number of 0 to 10000, got "abc"\n/m],
  ['--kills', '-3', /^--kills: expected one whole number of 0 to 10000, got "-3"\n/m],
])(
  '%s %s is refused before anything starts',
  (name, value, message) => {
    const launcher = join(ROOT, 'scripts/run.mjs');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [launcher, 'demo', `${name}=${value}`],
      { encoding: 'utf8', cwd: ROOT, timeout: 50_000 },
    );
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  },
  60_000,
);

test('ended by TERM, it leaves no folder behind', async () => {
  const launcher = join(ROOT, 'scripts/run.mjs');
  const child = spawn(process.execPath, [launcher, 'demo'], { cwd: ROOT });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  child.stdout.on('data', (text) => {
    output += String(text);
    if (output.includes('dev node and coordinator run')) child.kill('SIGTERM');
  });
  expect(await ended).toBe(1);
  const folder = /demo in ([^;]+);/.exec(output)?.[1] ?? '';
  expect(folder).not.toBe('');
  expect(existsSync(folder)).toBe(false);
}, 60_000);
