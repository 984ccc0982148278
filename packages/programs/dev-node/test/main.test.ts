/** The program as people start it: one line when it listens, exit codes, no stack traces. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';

// Npm packages are found from there, and nothing reads it as a source at the same time.
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/airlock');
mkdirSync(CACHE, { recursive: true });
const FOLDER = mkdtempSync(join(CACHE, 'bundles-'));
const PROGRAM = join(FOLDER, 'main.mjs');

beforeAll(() =>
  build({
    entryPoints: [join(import.meta.dirname, '../src/main.ts')],
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['express', 'yargs', 'hash-wasm'],
  }).then(() => undefined),
);
afterAll(() => rmSync(FOLDER, { recursive: true }));

interface Run {
  readonly child: ChildProcess;
  /** The first line on stdout. */
  readonly line: Promise<string>;
  readonly end: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [PROGRAM, ...args]);
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  const line = new Promise<string>((resolve) => {
    // A program that ends without a line has an empty one, which no test expects.
    child.on('close', () => resolve(stdout));
    child.stdout.on('data', (data) => {
      stdout += String(data);
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
  });
  const end = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, line, end };
}

async function ask(url: string, command: object): Promise<Record<string, unknown>> {
  const headers = { 'X-IOTA-API-Version': '1' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(command) });
  return (await response.json()) as Record<string, unknown>;
}

describe('airlock-dev-node', () => {
  test('issues milestones, ends with 0 on SIGTERM, and knows its past on restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-dev-node-'));
    const args = ['--port', '0', '--mwm', '1', '--milestone-ms', '50'];
    args.push('--state', join(folder, 'state.jsonl'));
    const first = run(...args);
    const line = await first.line;
    expect(line).toMatch(
      /^dev node listening on http:\/\/127\.0\.0\.1:\d+ \(minWeightMagnitude 1, .*50 ms\)$/,
    );
    const url = /http:\S+/.exec(line)![0];
    const { tail } = await ask(url, {
      command: 'faucet',
      address: 'A'.repeat(80) + '9',
      amount: 7,
    });
    const isConfirmed = async (): Promise<boolean> => {
      const answer = await ask(url, { command: 'getInclusionStates', transactions: [tail] });
      return (answer.states as boolean[])[0] === true;
    };
    while (!(await isConfirmed())) await new Promise((resolve) => setTimeout(resolve, 20));
    first.child.kill('SIGTERM');
    expect(await first.end).toMatchObject({ code: 0, stderr: '' });

    const second = run(...args);
    const again = /http:\S+/.exec(await second.line)![0];
    const balances = { command: 'getBalances', addresses: ['A'.repeat(80) + '9'] };
    expect((await ask(again, balances)).balances).toEqual(['7']);
    second.child.kill('SIGINT');
    expect((await second.end).code).toBe(0);
    rmSync(folder, { recursive: true });
  });

  test('a port in use ends with 1 and one line', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { code, stderr } = await run('--port', String(port), '--mwm', '1').end;
    blocker.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^airlock-dev-node: listen EADDRINUSE: .*\n$/);
  });

  test('a state file that cannot be used ends with 1 and one line', async () => {
    const { code, stderr } = await run(
      ...['--port', '0', '--state', join(FOLDER, 'missing', 'state')],
    ).end;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^airlock-dev-node: cannot use state file: ENOENT: .*\n$/);
  });

  test('bad arguments end with 2 and one line, --help with 0', async () => {
    const bad = await run('--mwm', '99').end;
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/^airlock-dev-node: --mwm: .*\n$/);
    const help = await run('--help').end;
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Examples:');
  });
});
