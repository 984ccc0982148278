/**
 * Rebuilds the kernel's WebAssembly from assembly/ and compares it with the committed bytes;
 * `--write` replaces them. Exits 1 if they differ.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(process.cwd(), 'packages/core/kernel');
const wasmPath = join(folder, 'kernel.wasm');
const bytesPath = join(folder, 'src/wasm-bytes.ts');
const scratch = mkdtempSync(join(tmpdir(), 'airlock-kernel-'));

try {
  const built = join(scratch, 'kernel.wasm');
  const compiler = join(process.cwd(), 'node_modules/assemblyscript/bin/asc.js');
  const options = ['-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort=', '--outFile', built];
  const { status } = spawnSync(
    process.execPath,
    [compiler, join(folder, 'assembly/index.ts'), ...options],
    { stdio: 'inherit' },
  );
  if (status !== 0) throw new Error('the AssemblyScript compiler failed');
  const wasm = readFileSync(built);
  const digest = createHash('sha256').update(wasm).digest('hex');
  const source = [
    '/** Generated from assembly/ by `npm run build:kernel -- --write`: kernel.wasm in base64. */',
    `export const WASM_SHA256: string = '${digest}';`,
    `export const WASM_BASE64: string =\n  '${wasm.toString('base64')}';`,
    '',
  ].join('\n');
  if (process.argv.includes('--write')) {
    writeFileSync(wasmPath, wasm);
    writeFileSync(bytesPath, source);
    process.stdout.write(`kernel.wasm written: ${wasm.length} bytes, sha256 ${digest}\n`);
  } else {
    const same = wasm.equals(readFileSync(wasmPath)) && source === readFileSync(bytesPath, 'utf8');
    process.stdout.write(
      same
        ? `kernel.wasm is reproduced, sha256 ${digest}\n`
        : 'kernel.wasm differs from assembly/\n',
    );
    process.exitCode = same ? 0 : 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}
