/**
 * Bundles the programs into dist/ with esbuild. Coordinator, dev node and the scripts keep their npm
 * packages outside; signer and auditor become one file each, with every dependency inside.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Leaves third-party packages to Node's own resolution, and bundles ours.
 * @type {import('esbuild').Plugin} */
const thirdPartyOutside = {
  name: 'third-party-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@airlock/') ? null : { path, external: true },
    );
  },
};

/**
 * What an air-gapped file must not contain is replaced at its source: yargs-parser's `require` of
 * configuration files, bluebird (whose one use is Promise.resolve, but which builds functions from
 * text), jpeg-js's method that loads a picture from the network, and CommonJS `require` of built-ins, which
 * become imports. Of hash-wasm the form is taken from
 * which the twenty hashes that nobody calls can be left out.
 * @type {import('esbuild').Plugin}
 */
const airGapped = {
  name: 'air-gapped',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^yargs-parser$/ }, () => ({
      path: fileURLToPath(new URL('./air-gapped-yargs-parser.mjs', import.meta.url)),
    }));
    onResolve({ filter: /^hash-wasm$/ }, () => ({
      path: fileURLToPath(new URL('../node_modules/hash-wasm/dist/index.esm.js', import.meta.url)),
      sideEffects: false,
    }));
    onResolve({ filter: /^bluebird$/ }, () => ({ path: 'promise', namespace: 'replacement' }));
    onLoad({ filter: /.*/, namespace: 'replacement' }, () => ({
      contents: 'module.exports = Promise;',
    }));
    onLoad({ filter: /jpeg-js\/lib\/decoder\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const [start, end] = [source.indexOf('load: function'), source.indexOf('parse: function')];
      if (start < 0 || end < start) throw new Error(`${path} is not the decoder that is known`);
      return { contents: source.slice(0, start) + source.slice(end) };
    });
    onResolve({ filter: /^(node:)?crypto$/ }, ({ kind }) =>
      kind === 'require-call' ? { path: 'crypto', namespace: 'built-in' } : null,
    );
    onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `export * from 'node:${path}';`,
    }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
  legalComments: 'none',
};

/** The files that are carried to a machine with nothing on it. */
export const AIR_GAPPED_FILES = ['airlock-signer.mjs', 'airlock-audit.mjs'];

/** dist/SHA256SUMS, in the form that sha256sum --check reads. @param {string} root */
function writeChecksums(root) {
  const lines = AIR_GAPPED_FILES.map((file) => {
    const digest = createHash('sha256')
      .update(readFileSync(join(root, 'dist', file)))
      .digest('hex');
    return `${digest}  ${file}\n`;
  });
  writeFileSync(join(root, 'dist/SHA256SUMS'), lines.join(''));
}

/** The coordinator's web page: one script for the browser, and the WebAssembly that it loads.
 * @param {string} root */
async function bundleConsole(root) {
  const source = join(root, 'packages/programs/console/src');
  const target = join(root, 'dist/console');
  mkdirSync(target, { recursive: true });
  await build({
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    legalComments: 'none',
    entryPoints: [join(source, 'main.ts')],
    outfile: join(target, 'page.js'),
  });
  copyFileSync(join(source, 'page.html'), join(target, 'page.html'));
  const wasm = join(root, 'node_modules/zxing-wasm/dist/reader/zxing_reader.wasm');
  copyFileSync(wasm, join(target, 'zxing_reader.wasm'));
}

/** @param {string} root */
export async function bundleAll(root) {
  const program = (/** @type {string} */ name) =>
    join(root, 'packages/programs', name, 'src/main.ts');
  const online = ['coordinator', 'dev-node'].filter((name) => existsSync(program(name)));
  await Promise.all([
    bundleConsole(root),
    ...online.map((name) =>
      build({
        ...common,
        entryPoints: [program(name)],
        outfile: join(root, `dist/airlock-${name}.mjs`),
        banner: { js: '#!/usr/bin/env node' },
        plugins: [thirdPartyOutside],
        sourcemap: true,
      }),
    ),
    ...[
      ['signer', 'airlock-signer'],
      ['auditor', 'airlock-audit'],
    ]
      .filter(([name]) => existsSync(program(String(name))))
      .map(([name, file]) =>
        build({
          ...common,
          // Paths in comments are relative to the root: the same bytes in every folder.
          absWorkingDir: root,
          entryPoints: [program(String(name))],
          outfile: join(root, `dist/${file}.mjs`),
          banner: { js: '#!/usr/bin/env node' },
          plugins: [airGapped],
        }),
      ),
  ]);
  writeChecksums(root);
}

/** Bundles scripts/TASK.ts and runs it; resolves to its exit code.
 * @param {string} root @param {string} task @param {string[]} args @returns {Promise<number>} */
export async function runTask(root, task, args) {
  const entry = join(root, 'scripts', `${task}.ts`);
  if (!existsSync(entry)) {
    process.stderr.write(`unknown task "${task}": scripts/${task}.ts does not exist\n`);
    return 2;
  }
  const outfile = join(root, `dist/scripts/${task}.mjs`);
  await build({
    ...common,
    entryPoints: [entry],
    outfile,
    plugins: [thirdPartyOutside],
    sourcemap: true,
  });
  const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // The child gets Ctrl-C from the terminal itself; a plain TERM is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}
