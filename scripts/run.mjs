/**
 * The one launcher behind the npm scripts: installs if the lockfile has changed, builds if a source
 * has changed, then runs the named task. Plain JavaScript, because it runs before anything is there.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [task, ...args] = process.argv.slice(2);

/** @param {string[]} files @returns {string} */
function digestOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Files alone: npm and tests make links to folders. @param {string} folder @returns {string[]} */
function sourcesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesBelow(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** Runs `work` unless the stamp says that these inputs were done before.
 * @param {string} stamp @param {string} digest @param {() => void} work */
function once(stamp, digest, work) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === digest) return;
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, digest);
}

/** Exits with the command's code if it fails.
 * @param {string} command @param {string[]} commandArgs @param {NodeJS.ProcessEnv} [env] */
function must(command, commandArgs, env = {}) {
  const { status } = spawnSync(command, commandArgs, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} name @returns {string} */
const binary = (name) => join(root, 'node_modules', '.bin', name);

function install() {
  once('node_modules/.airlock-lock', digestOf(['package.json', 'package-lock.json']), () => {
    process.stderr.write('installing dependencies…\n');
    must('npm', ['ci', '--no-progress', '--loglevel=error']);
  });
}

async function build() {
  const sources = [
    'package-lock.json',
    'tsconfig.json',
    ...sourcesBelow('packages'),
    ...sourcesBelow('scripts'),
  ];
  const digest = digestOf(sources);
  if (existsSync(join(root, 'dist/.stamp'))) {
    if (readFileSync(join(root, 'dist/.stamp'), 'utf8') === digest) return;
  }
  process.stderr.write('building…\n');
  const { bundleAll } = await import('./bundle.mjs');
  await bundleAll(root);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist/.stamp'), digest);
}

function typecheck() {
  const sources = ['package-lock.json', 'tsconfig.json'];
  for (const folder of ['packages', 'scripts', 'test']) sources.push(...sourcesBelow(folder));
  once('node_modules/.cache/airlock/typechecked', digestOf(sources), () => {
    process.stderr.write('checking types…\n');
    must(binary('tsc'), ['-p', 'tsconfig.json']);
    must(binary('tsc'), ['-p', 'packages/programs/console/tsconfig.json']);
  });
}

/** Runs Jest and ends with the line "N passed, N failed". @returns {number} */
function test() {
  const closingLine = join(root, 'node_modules/.cache/airlock/closing-line');
  rmSync(closingLine, { force: true });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const { status } = spawnSync(
    process.execPath,
    ['--experimental-vm-modules', '--no-warnings', jest, ...args],
    { cwd: root, stdio: 'inherit', env: { ...process.env, AIRLOCK_CLOSING_LINE: closingLine } },
  );
  const ended = existsSync(closingLine)
    ? readFileSync(closingLine, 'utf8')
    : '0 passed, 1 failed\n';
  process.stdout.write(ended);
  return status ?? 1;
}

install();
if (task === 'lint' || task === 'format') {
  must(binary('biome'), [
    'check',
    '--error-on-warnings',
    ...(task === 'format' ? ['--write'] : []),
  ]);
} else {
  await build();
  if (task === 'build') {
    typecheck();
  } else if (task === 'test') {
    typecheck();
    process.exit(test());
  } else {
    const { runTask } = await import('./bundle.mjs');
    process.exit(await runTask(root, String(task), args));
  }
}
