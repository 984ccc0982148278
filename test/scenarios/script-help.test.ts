/** `npm run TASK -- --help` says what the task does and shows an example, and does nothing else. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ROOT } from '../repo/workspace.ts';

const run = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'scripts/run.mjs'), ...args], {
    encoding: 'utf8',
    cwd: ROOT,
    timeout: 50_000,
  });

test.each([
  ['bench', 'npm run bench -- --json'],
  ['bench-pow', 'npm run bench:pow -- --seconds 1'],
  ['canary', 'npm run canary'],
  ['test-docs', 'npm run test:docs -- --verbose'],
  ['start', 'npm start -- --port 8081'],
  ['demo', 'npm run demo -- --kills 20 --seed 1'],
])(
  '%s --help',
  (task, example) => {
    const { status, stdout } = run(task, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^.+\n\n[A-Z].+\.\n\nOptions:\n/);
    expect(stdout.slice(stdout.indexOf('Examples:'))).toContain(`\n  ${example}  `);
  },
  60_000,
);

test.each([
  ['start', '--port=abc', '--port: expected one whole number of 1 to 65535, got "abc"'],
  ['start', '--prot=1', 'Unknown argument: prot'],
  ['canary', 'all', 'Unknown argument: all'],
])(
  '%s %s ends with 2 and says why',
  (task, arg, message) => {
    const { status, stdout, stderr } = run(task, arg);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`${message}\n`);
  },
  60_000,
);
