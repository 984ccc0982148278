/** The committed WebAssembly is what assembly/ gives, what the host runs, and needs nothing. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { transformSync } from 'esbuild';
import { WASM_SHA256 as EXPORTED_SHA256 } from '../src/index.ts';
import { WASM_BASE64, WASM_SHA256 } from '../src/wasm-bytes.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const folder = 'packages/core/kernel';
const committed = readFileSync(join(root, folder, 'kernel.wasm'));

/** The part of the API that inspects a module, which TypeScript has only with the whole DOM. */
interface Inspector {
  readonly imports: (module: WebAssembly.Module) => readonly unknown[];
  readonly exports: (module: WebAssembly.Module) => readonly { name: string; kind: string }[];
}
const inspector = WebAssembly.Module as unknown as Inspector;

describe('kernel.wasm', () => {
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));

  test('is the base64 text that the host runs', () => {
    expect(WASM_BASE64).toBe(committed.toString('base64'));
  });

  test('has the digest that is stated', () => {
    expect(createHash('sha256').update(committed).digest('hex')).toBe(WASM_SHA256);
    expect(EXPORTED_SHA256).toBe(WASM_SHA256);
  });

  test('imports nothing', () => {
    expect(inspector.imports(module)).toEqual([]);
  });

  test('exports its memory and these functions alone', () => {
    const names = inspector.exports(module).map(({ kind, name }) => `${kind} ${name}`);
    expect(names.sort()).toEqual([
      'function absorbTrytes',
      'function absorbWords',
      'function deriveAddress',
      'function firstOutOfDomain',
      'function input',
      'function output',
      'function reset',
      'function resolveAddress',
      'function sign',
      'function squeeze',
      'function toDomain',
      'function toTrytes',
      'function toWords',
      'function wipe',
      'memory memory',
    ]);
  });
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

  test('reproduces the committed bytes from assembly/', () => {
    const { status, stdout } = build();
    expect(stdout).toBe(`kernel.wasm is reproduced, sha256 ${WASM_SHA256}\n`);
    expect(status).toBe(0);
  });

  test('fails if the source no longer gives the committed bytes, until it is told to write', () => {
    const kerl = join(scratch, folder, 'assembly/kerl.ts');
    const original = readFileSync(kerl, 'utf8');
    writeFileSync(kerl, original.replace('const RATE: usize = 104', 'const RATE: usize = 136'));
    expect(build()).toMatchObject({ status: 1, stdout: 'kernel.wasm differs from assembly/\n' });
    expect(build('--write').status).toBe(0);
    expect(readFileSync(join(scratch, folder, 'kernel.wasm')).equals(committed)).toBe(false);
  });
});
