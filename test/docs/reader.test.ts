/** A reader of small guides: what is found to be otherwise than the guide says, and where. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parseGuide } from './guide.ts';
import { type Finding, Reader } from './reader.ts';

let notes: string;
let folder: string;
let reader: Reader;
let clock: number;
/** How long each look takes by the reader's clock. */
let lookMs: number;

beforeEach(() => {
  notes = mkdtempSync(join(tmpdir(), 'airlock-reader-'));
  folder = join(notes, 'folder');
  mkdirSync(folder);
  clock = 0;
  lookMs = 30_000;
  reader = new Reader({
    folder,
    notes,
    environment: { PATH: process.env.PATH, HOME: notes },
    adapt: (text) => text.replaceAll('8080', '18080'),
    startOptions: '--port 18080',
    now: () => {
      clock += lookMs;
      return clock;
    },
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    onStep: () => undefined,
    onOutput: () => undefined,
  });
});
afterEach(async () => {
  await reader.close();
  rmSync(notes, { recursive: true, force: true });
});

const follow = (...lines: string[]): Promise<Finding[]> =>
  reader.follow({ name: 'guide.md', sections: parseGuide(lines.join('\n')) });

const sh = (...lines: string[]): string[] => ['```sh', ...lines, '```'];
const text = (...lines: string[]): string[] => ['```text', ...lines, '```'];

test('nothing is found in a guide that is true, on the ports of the reader', async () => {
  const file = ['```ts', '// port.ts', 'listen(8080);', '```'];
  expect(await follow(...file, ...sh('cat port.ts'), ...text('…', 'listen(8080);'))).toEqual([]);
  expect(readFileSync(join(folder, 'port.ts'), 'utf8')).toContain('listen(18080);');
});

test('every other output is found, with its line, and the reader goes on', async () => {
  const first = [...sh('echo a'), ...text('b')];
  const second = [...sh('echo c'), ...text('c', 'd')];
  expect(await follow(...first, ...second)).toEqual([
    { guide: 'guide.md', line: 5, expected: 'b', got: 'a' },
    { guide: 'guide.md', line: 12, expected: 'd', got: '(nothing)' },
  ]);
});

test('a command that shows nothing has to succeed; one that shows something need not', async () => {
  const failing = 'echo no; false';
  expect(await follow(...sh(failing), ...text('no'))).toEqual([]);
  const [finding, ...others] = await follow(...sh(failing));
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ line: 2, expected: failing, got: 'exit code 1: no\n' });
});

test('an abbreviated value is the same in all guides that are read on one instance', async () => {
  const id = (digits: string): string[] => [...sh(`echo dep_${digits}`), ...text('dep_5b8a…')];
  expect(await follow(...id('0123456789'))).toEqual([]);
  expect(await follow(...id('0123456789'))).toEqual([]);
  expect(await follow(...id('9876543210'))).toHaveLength(1);
  await reader.stop();
  expect(await follow(...id('9876543210'))).toEqual([]);
});

test('a look after a wait is repeated until it is as shown, but not for ever', async () => {
  const look = (wanted: string): string[] => [
    ...sh('sleep 0', 'echo x >> looks', 'wc -l < looks'),
    ...text(wanted),
  ];
  expect(await follow(...look('2'))).toEqual([]);
  const [finding] = await follow(...look('9'));
  expect(finding).toMatchObject({ expected: '9', got: '4' });
});

test('npm start gets a terminal of its own, with the ports of the reader, and Ctrl-C', async () => {
  const scripts = { start: 'node start.mjs' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
  const program = `import { writeFileSync } from 'node:fs';
    process.once('SIGINT', () => { writeFileSync('stopped', ''); process.exit(); });
    setInterval(() => {}, 1000);
    console.log(process.argv.slice(2).join(' '));`;
  writeFileSync(join(folder, 'start.mjs'), program);
  lookMs = 1;
  const guide = [
    ...sh('npm start -- --settings a.json'),
    ...text('…', '--settings a.json --port 8080'),
  ];
  expect(await follow(...guide, ...sh('test ! -e stopped'))).toEqual([]);
  await reader.stop();
  expect(await follow(...sh('test -e stopped'))).toEqual([]);
}, 60_000);

test('npm start that ends is found with what it printed, and the guide is left', async () => {
  const scripts = { start: 'echo taken; exit 1' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts }));
  lookMs = 1;
  const findings = await follow(...sh('npm start'), ...text('…', 'up'), ...sh('false'));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ line: 2, expected: 'npm start' });
  expect(findings[0]?.got).toMatch(/it ended, and printed:/);
  expect(findings[0]?.got).toContain('taken');
}, 60_000);
