/** The real terminal's screen, in a process of its own: it may hold a seed, and no signal leaves it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** The source as a module that Node runs by itself. */
const { outputFiles } = buildSync({
  entryPoints: [fileURLToPath(new URL('../src/terminal.ts', import.meta.url))],
  bundle: true,
  platform: 'node',
  format: 'esm',
  write: false,
});
const TERMINAL = `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`;

const running = new Set<ChildProcess>();

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs these lines with the terminal, then stays; ended by a signal once they have run. */
async function runAndEnd(
  lines: string,
  signal: NodeJS.Signals,
): Promise<{ readonly out: string; readonly screen: string; readonly signal: string | null }> {
  const code = `
    import { EventEmitter } from 'node:events';
    import { nodeTerminal } from '${TERMINAL}';
    setInterval(() => undefined, 1000);
    const handlers = () => ${JSON.stringify(SIGNALS)}.map((name) => process.listenerCount(name));
    ${lines}
    process.stdout.write(JSON.stringify(handlers()) + '\\n');
  `;
  // Detached: without the terminal of whoever runs the tests.
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { detached: true });
  running.add(child);
  let out = '';
  let screen = '';
  child.stderr.on('data', (text: Buffer) => {
    screen += text.toString();
  });
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
    if (out.endsWith('\n')) child.kill(signal);
  });
  const [, ended] = (await once(child, 'close')) as [number | null, string | null];
  running.delete(child);
  return { out: out.trim(), screen, signal: ended };
}

describe.each(SIGNALS)('%s', (signal) => {
  test('ends the process as it would have, after the screen is left', async () => {
    const ended = await runAndEnd("nodeTerminal.paint(['SEED']);", signal);
    expect(ended).toMatchObject({ out: '[1,1,1]', signal });
    expect(ended.screen.startsWith(ENTER)).toBe(true);
    expect(ended.screen).toContain('SEED');
    expect(ended.screen.endsWith(LEAVE)).toBe(true);
  });
});

test('a terminal that goes away ends the process as its hang-up would', async () => {
  const gone = `
    const fail = () => stdin.emit('error', new Error('EIO'));
    const stdin = Object.assign(new EventEmitter(), { isTTY: true, setRawMode: fail });
    Object.defineProperty(process, 'stdin', { value: stdin });
    nodeTerminal.paint(['SEED']);
    stdin.emit('end');
  `;
  const ended = await runAndEnd(gone, 'SIGKILL');
  expect(ended).toMatchObject({ out: '', signal: 'SIGHUP' });
  expect(ended.screen.endsWith(LEAVE)).toBe(true);
});

test('a screen that is painted again is left once; no handler stays', async () => {
  const again = "for (const text of ['one', 'two']) nodeTerminal.paint([text]);";
  const left = 'nodeTerminal.paint(null); nodeTerminal.paint(null);';
  const ended = await runAndEnd(again + left, 'SIGTERM');
  expect(ended).toMatchObject({ out: '[0,0,0]', signal: 'SIGTERM' });
  expect(ended.screen.split(ENTER)).toHaveLength(2);
  expect(ended.screen.split(LEAVE)).toHaveLength(2);
  expect(ended.screen.endsWith(LEAVE)).toBe(true);
});
