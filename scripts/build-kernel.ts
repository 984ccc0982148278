/**
 * Rebuilds the kernel's WebAssembly modules from assembly/ and compares them with the committed bytes;
 * `--write` replaces them. Exits 1 if one differs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Module {
  readonly wasm: string;
  readonly entry: string;
  /** The same bytes as base64, which a program of one file can carry. */
  readonly bytes: string;
  readonly options: readonly string[];
}

const MODULES: readonly Module[] = [
  {
    wasm: 'kernel.wasm',
    entry: 'assembly/index.ts',
    bytes: 'src/wasm-bytes.ts',
    options: [],
  },
  {
    wasm: 'curl.wasm',
    entry: 'assembly/curl.ts',
    bytes: 'src/curl-wasm-bytes.ts',
    options: ['--enable', 'simd'],
  },
];

const folder = join(process.cwd(), 'packages/core/kernel');
const compiler = join(process.cwd(), 'node_modules/assemblyscript/bin/asc.js');

function compile({ wasm, entry, options }: Module, scratch: string): Buffer {
  const built = join(scratch, wasm);
  const common = ['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--outFile', built];
  // The compiler is WebAssembly itself and runs for a second: to optimise it costs twice that.
  const args = ['--liftoff-only', compiler, join(folder, entry), ...common, ...options];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error('the AssemblyScript compiler failed');
  return readFileSync(built);
}

/** Writes or compares one module; whether its committed bytes are what assembly/ gives. */
function build(module: Module, scratch: string): boolean {
  const { wasm: name } = module;
  const wasm = compile(module, scratch);
  const digest = createHash('sha256').update(wasm).digest('hex');
  const source = [
    `/** Generated from assembly/ by \`npm run build:kernel -- --write\`: ${name} in base64. */`,
    `export const WASM_SHA256: string = '${digest}';`,
    `export const WASM_BASE64: string =\n  '${wasm.toString('base64')}';`,
    '',
  ].join('\n');
  const [wasmPath, bytesPath] = [join(folder, name), join(folder, module.bytes)];
  if (process.argv.includes('--write')) {
    writeFileSync(wasmPath, wasm);
    writeFileSync(bytesPath, source);
    process.stdout.write(`${name} written: ${wasm.length} bytes, sha256 ${digest}\n`);
    return true;
  }
  const isSame = wasm.equals(readFileSync(wasmPath)) && source === readFileSync(bytesPath, 'utf8');
  process.stdout.write(
    isSame ? `${name} is reproduced, sha256 ${digest}\n` : `${name} differs from assembly/\n`,
  );
  return isSame;
}

const scratch = mkdtempSync(join(tmpdir(), 'airlock-kernel-'));
try {
  const results = MODULES.map((module) => build(module, scratch));
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true });
}
