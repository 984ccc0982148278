/** What the package offers, pinned; and its README's sample, which must run and print what it says. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import * as light from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(light).sort().join(' ')).toBe(
    [
      'Animation LIGHT_ERROR_CODES LightError PICTURE_BYTES_MAX QUIET_MODULES SECONDS_MAX',
      'SPEED_DEFAULT SPEED_MAX SPEED_MIN VERSION_MAX VERSION_MIN asBlackOnWhite charactersOf',
      'decodePicture drawMatrix encodeGif encodePng htmlPlayer matrixOf packedModules plansFor',
      'readCode readPicture secondsOf sizeOfVersion terminalLines terminalSizeOf urTypeOf',
    ].join(' '),
  );
});

describe('README.md', () => {
  test('the sample prints what its comments say', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const sample = readme.match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';
    const { outputFiles } = buildSync({
      stdin: {
        contents: sample,
        loader: 'ts',
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const run = spawnSync(process.execPath, ['--input-type=module'], {
      input: outputFiles[0]!.text,
      encoding: 'utf8',
    });
    const said = [...sample.matchAll(/\/\/ → (.*)/g)].map(([, text]) => `${text}\n`);
    expect(said.length).toBeGreaterThan(0);
    expect(run.stdout + run.stderr).toBe(said.join(''));
  });
});
