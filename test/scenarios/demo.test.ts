/** The demo as its user runs it: the whole cold path, with the coordinator killed on the way. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../repo/workspace.ts';

test('the demo by light, with kills, ends with exit code 0 and an audit without findings', () => {
  const launcher = join(ROOT, 'scripts/run.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [launcher, 'demo', '--gap', 'qr', '--kills', '4', '--seed', '7'],
    { encoding: 'utf8', cwd: ROOT, timeout: 290_000 },
  );
  expect({ status, stderr: stderr.replaceAll('building…\n', '') }).toEqual({
    status: 0,
    stderr: '',
  });
  expect(stdout).toMatch(/auditor: 13 files verified, no key has two hashes, verdict ok/);
  expect(stdout).toMatch(/killed 4 times: nothing lost, nothing doubled/);
  expect(stdout).toMatch(/isolation: (a network namespace|none from this system)/);
  expect(stdout.match(/by light, rotated, blurred, 30 % missed: \d+ pictures/g)).toHaveLength(3);
  expect(stdout).toMatch(/the first request asked again: the same bytes/);
}, 300_000);

test('a wrong argument of the demo is refused before anything starts', () => {
  const launcher = join(ROOT, 'scripts/run.mjs');
  const { status, stderr } = spawnSync(process.execPath, [launcher, 'demo', '--kill', '4'], {
    encoding: 'utf8',
    cwd: ROOT,
    timeout: 50_000,
  });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/Unknown argument: kill/);
  expect(stderr).not.toMatch(/\n\s+at /);
}, 60_000);
