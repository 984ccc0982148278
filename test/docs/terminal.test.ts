/** A shell that stays, and programs in the foreground: what they keep, when they end, what they leave. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Foreground, type Place, Shell, TerminalFault } from './terminal.ts';

const TIMEOUT_MS = 10_000;

let place: Place;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-terminal-'));
  place = { folder, environment: { PATH: process.env.PATH } };
});
afterEach(() => rmSync(place.folder, { recursive: true, force: true }));

/** Resolves once no process has this id. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('a shell', () => {
  let shell: Shell;
  beforeEach(() => {
    shell = new Shell(place, join(place.folder, 'command.sh'));
  });
  afterEach(() => shell.close());

  const outputOf = async (commands: string): Promise<string> =>
    (await shell.run(commands, TIMEOUT_MS)).output;

  test('keeps variables and functions, and gives both outputs in their order', async () => {
    await shell.run('A=1\ntwice() {\n  echo $1 $1\n}', TIMEOUT_MS);
    expect(await outputOf('twice $A\necho bad >&2\ntwice 2')).toBe('1 1\nbad\n2 2\n');
  });

  test("gives the last command's exit code, also of what is no command", async () => {
    expect(await shell.run('false; true', TIMEOUT_MS)).toEqual({ output: '', code: 0 });
    expect((await shell.run('true\nfalse', TIMEOUT_MS)).code).toBe(1);
    expect((await shell.run('if', TIMEOUT_MS)).code).not.toBe(0);
    expect(await outputOf('echo on')).toBe('on\n');
  });

  test('gives a program nothing to read', async () => {
    expect(await outputOf('cat; echo end')).toBe('end\n');
  });

  test('leaves what runs in the background until it is closed', async () => {
    const pid = Number(await outputOf('sleep 1000 &\necho $!'));
    expect(process.kill(pid, 0)).toBe(true);
    shell.close();
    await untilGone(pid);
  });

  test('is over after a command that does not end, with what it printed', async () => {
    const hanging = shell.run('echo before\nsleep 1000', 500);
    await expect(hanging).rejects.toThrow(/within 500 ms.*\nbefore/);
    const again = shell.run('echo again', TIMEOUT_MS);
    await expect(again).rejects.toThrow(new TerminalFault('it ended the shell; it printed:\n'));
  });

  test('is over after a command that ends it', async () => {
    await expect(shell.run('exit 3', TIMEOUT_MS)).rejects.toThrow('it ended the shell');
  });
});

describe('a program in the foreground', () => {
  test('gets Ctrl-C, and ends as it likes', async () => {
    const program = `node -e "
      process.once('SIGINT', () => { require('fs').writeFileSync('ended', 'by Ctrl-C'); process.exit(); });
      setInterval(() => {}, 1000);
      console.log('up');
    "`;
    const foreground = new Foreground(program, place);
    await until(() => foreground.output.includes('up'));
    expect(foreground.isEnded).toBe(false);
    await foreground.stop();
    expect(foreground.isEnded).toBe(true);
    expect(readFileSync(join(place.folder, 'ended'), 'utf8')).toBe('by Ctrl-C');
  });

  test('says when it has ended by itself', async () => {
    const foreground = new Foreground('echo gone', place);
    await until(() => foreground.isEnded);
    await foreground.stop();
    expect(foreground.output).toBe('gone\n');
  });
});
