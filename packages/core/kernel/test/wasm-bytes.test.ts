/** The committed WebAssembly is what assembly/ gives, what the hosts run, and needs nothing. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import * as curlBytes from '../src/curl-wasm-bytes.ts';
import { WASM_SHA256 as EXPORTED_SHA256 } from '../src/index.ts';
import * as kernelBytes from '../src/wasm-bytes.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const folder = 'packages/core/kernel';
const committed = (file: string): Buffer => readFileSync(join(root, folder, file));

/** The part of the API that inspects a module, which TypeScript has only with the whole DOM. */
interface Inspector {
  readonly imports: (module: WebAssembly.Module) => readonly unknown[];
  readonly exports: (module: WebAssembly.Module) => readonly { name: string; kind: string }[];
}
const inspector = WebAssembly.Module as unknown as Inspector;

const MODULES = [
  {
    file: 'kernel.wasm',
    bytes: kernelBytes,
    functions: [
      'absorbTrytes absorbWords deriveAddress firstOutOfDomain input output reset resolveDigest',
      'sign squeeze toDomain toTrytes toWords wipe',
    ],
  },
  { file: 'curl.wasm', bytes: curlBytes, functions: ['search transform trits'] },
];

describe.each(MODULES)('$file', ({ file, bytes, functions }) => {
  const module = new WebAssembly.Module(Buffer.from(bytes.WASM_BASE64, 'base64'));

  test('is the base64 text that its host runs', () => {
    expect(bytes.WASM_BASE64).toBe(committed(file).toString('base64'));
  });

  test('has the digest that is stated', () => {
    expect(createHash('sha256').update(committed(file)).digest('hex')).toBe(bytes.WASM_SHA256);
  });

  test('imports nothing', () => {
    expect(inspector.imports(module)).toEqual([]);
  });

  test('exports its memory and these functions alone', () => {
    const names = inspector.exports(module).map(({ kind, name }) => `${kind} ${name}`);
    const expected = functions.join(' ').split(' ');
    expect(names.sort()).toEqual([...expected.map((name) => `function ${name}`), 'memory memory']);
  });
});

test('the digest that the package states is that of the module which holds keys', () => {
  expect(EXPORTED_SHA256).toBe(kernelBytes.WASM_SHA256);
});

/** scripts/build-kernel.ts on a copy, so that a test never writes to the working tree. */
describe('build:kernel', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-build-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  cpSync(join(root, folder), join(scratch, folder), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  const script = join(scratch, 'build-kernel.mjs');
  const source = readFileSync(join(root, 'scripts/build-kernel.ts'), 'utf8');
  writeFileSync(script, transformSync(source, { loader: 'ts', target: 'node20' }).code);
  const build = (...args: string[]): { status: number | null; stdout: string } =>
    spawnSync(process.execPath, [script, ...args], { cwd: scratch, encoding: 'utf8' });

  const reproduced = [
    `kernel.wasm is reproduced, sha256 ${kernelBytes.WASM_SHA256}\n`,
    `curl.wasm is reproduced, sha256 ${curlBytes.WASM_SHA256}\n`,
  ] as const;

  test('reproduces the committed bytes from assembly/', () => {
    const { status, stdout } = build();
    expect(stdout).toBe(reproduced.join(''));
    expect(status).toBe(0);
  });

  test('fails if a source no longer gives the committed bytes, until it is told to write', () => {
    const path = join(scratch, folder, 'assembly/curl.ts');
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, source.replace('const ROUNDS: i32 = 81', 'const ROUNDS: i32 = 27'));
    expect(build()).toMatchObject({
      status: 1,
      stdout: `${reproduced[0]}curl.wasm differs from assembly/\n`,
    });
    expect(build('--write').status).toBe(0);
    const isWritten = ({ file }: { readonly file: string }): boolean =>
      !readFileSync(join(scratch, folder, file)).equals(committed(file));
    expect(MODULES.map(isWritten)).toEqual([false, true]);
  });
});
