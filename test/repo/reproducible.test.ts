/** The air-gapped files are the same bytes whoever builds them, wherever; their checksums are true. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { PACKAGES, ROOT, readText } from './workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-build-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packages that the bundles have no part of; without them a copy is small. */
const LEFT_OUT =
  /node_modules\/(\.bin|\.cache|@airlock|@babel|@biomejs|@types|@typescript|@unrs|binaryen|core-js|typescript|assemblyscript)(\/|$)/;

/** A copy of the sources under another path, with the packages of the workspace linked to the copy. */
function copyTo(name: string): string {
  const copy = join(folder, name);
  mkdirSync(join(copy, 'dist'), { recursive: true });
  for (const part of ['packages', 'scripts', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  }
  cpSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), {
    recursive: true,
    filter: (source) => !LEFT_OUT.test(source),
  });
  mkdirSync(join(copy, 'node_modules/@airlock'));
  for (const { name: packageName, folder: path } of PACKAGES) {
    symlinkSync(join(copy, path), join(copy, 'node_modules', packageName));
  }
  return copy;
}

test.each(['first', 'a-second/deeper'])(
  'a build in another folder (%s) is byte-identical to dist/',
  (name) => {
    const copy = copyTo(name);
    const script =
      "import('./scripts/bundle.mjs').then(({ bundleAll }) => bundleAll(process.cwd()))";
    execFileSync(process.execPath, ['-e', script], { cwd: copy });
    for (const file of ['airlock-signer.mjs', 'airlock-audit.mjs', 'SHA256SUMS']) {
      const built = readFileSync(join(copy, 'dist', file));
      expect(built.equals(readFileSync(join(ROOT, 'dist', file)))).toBe(true);
    }
  },
  120_000,
);

test('SHA256SUMS names the files and their digests', () => {
  const lines = readText('dist/SHA256SUMS').trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const [digest, file] = line.split('  ');
    const bytes = readFileSync(join(ROOT, 'dist', file ?? ''));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(digest);
  }
});
