/** The samples in packages' READMEs that say what they print: they run, and print it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { PACKAGES, ROOT, readText } from './workspace.ts';

/** How a sample marks what a line prints. */
const PRINTED = /\/\/ → (.*)/g;

const SAMPLES = PACKAGES.map(({ name, folder }) => {
  const text = readText(join(folder, 'README.md')).match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';
  const printed = [...text.matchAll(PRINTED)].map(([, line]) => `${line}\n`).join('');
  return { name, folder, text, printed };
}).filter(({ printed }) => printed !== '');

test('these packages have one', () => {
  expect(SAMPLES.map(({ name }) => name)).toEqual([
    '@airlock/kernel',
    '@airlock/protocol',
    '@airlock/light',
  ]);
});

describe.each(SAMPLES)('$name', ({ folder, text, printed }) => {
  test('the sample prints what its comments say', () => {
    const { outputFiles } = buildSync({
      stdin: { contents: text, loader: 'ts', resolveDir: join(ROOT, folder, 'test') },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const run = spawnSync(process.execPath, ['--input-type=module'], {
      input: outputFiles[0]!.text,
      encoding: 'utf8',
    });
    expect(run.stdout + run.stderr).toBe(printed);
  });
});
