/** Standard output that takes nothing: each line still reaches the officer, on standard error. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { removeTemporaryFolders, temporaryFolder } from './world.ts';

const PROGRAM = join(temporaryFolder(), 'lines.mjs');
const LINES = ['For your log: alone 1.', 'Only this home knows of it.'];

beforeAll(async () => {
  await build({
    stdin: {
      contents: `
        import { nodeTerminal } from './terminal.ts';
        process.stdout.on('error', () => { process.exitCode = 5; });
        await new Promise((go) => process.stdin.once('data', go));
        for (const line of ${JSON.stringify(LINES)}) nodeTerminal.out(line);`,
      resolveDir: join(import.meta.dirname, '../src'),
    },
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
});

afterAll(removeTemporaryFolders);

/** What standard error says, once the program was told to go on. */
async function told(child: ChildProcess): Promise<string[]> {
  let text = '';
  child.stderr?.on('data', (data) => {
    text += String(data);
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdin?.end('go\n');
  await ended;
  return text.split('\n');
}

describe('a line that standard output does not take is on standard error', () => {
  test('where the disk is full', async () => {
    const stdio = ['pipe', openSync('/dev/full', 'w'), 'pipe'] as const;
    expect(await told(spawn(process.execPath, [PROGRAM], { stdio: [...stdio] }))).toEqual([
      ...LINES,
      '',
    ]);
  });

  test('where nobody reads the pipe any more', async () => {
    const child = spawn(process.execPath, [PROGRAM]);
    child.stdout.destroy();
    expect(await told(child)).toEqual([...LINES, '']);
  });
});

test('a line that was written is not told twice', async () => {
  const child = spawn(process.execPath, [PROGRAM]);
  child.stdout.resume();
  expect(await told(child)).toEqual(['']);
});
