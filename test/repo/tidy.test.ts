/** Rules of style that no linter holds: headers, sizes, names, and what no commit may carry. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { filesBelow, PACKAGES, ROOT, readText, sourcesOf } from './workspace.ts';

const LINES_MAX = 400;
const GENERATED = ['wasm-bytes.ts', 'curl-wasm-bytes.ts'].map(
  (file) => `packages/core/kernel/src/${file}`,
);

/** Adapters at the edge: the only files that may touch the process, its clock and its randomness. */
const EDGES = /(main|terminal|lock|disk|level-store|iota-node)\.ts$/;

const sources = [
  ...PACKAGES.flatMap((each) => sourcesOf(each)),
  ...filesBelow('scripts').filter((file) => file.endsWith('.ts')),
].filter((file) => !GENERATED.includes(file));

describe.each(sources)('%s', (file) => {
  const text = readText(file);

  test('opens with a comment that says what it is', () => {
    expect(text.startsWith('/**')).toBe(true);
  });

  test(`has at most ${LINES_MAX} lines`, () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(LINES_MAX);
  });

  test('is named after what it holds, in kebab-case', () => {
    const name = file.split('/').at(-1) ?? '';
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/);
    expect(name).not.toMatch(/^(utils?|helpers?|common|misc|manager)\b/);
  });

  test('leaves nothing for later and silences nothing', () => {
    expect(text).not.toMatch(/\b(TODO|FIXME|XXX|HACK)\b|@ts-ignore|@ts-expect-error|\bas any\b/);
  });
});

describe.each(PACKAGES.flatMap((each) => sourcesOf(each)).filter((file) => !EDGES.test(file)))(
  '%s',
  (file) => {
    test('takes clock, randomness and environment as arguments', () => {
      const own = readText(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect(own).not.toMatch(/Date\.now|new Date\(\)|Math\.random|randomBytes|process\.env/);
    });
  },
);

test('no test is skipped or singled out', () => {
  const tests = [...filesBelow('packages'), ...filesBelow('test')].filter((file) =>
    file.endsWith('.test.ts'),
  );
  expect(tests.length).toBeGreaterThan(40);
  const odd = tests.filter((file) =>
    /\b(it|test|describe)\.(skip|only|todo|failing)\b/.test(
      readText(file).replaceAll(/\/\(it\|test[^\n]*/g, ''),
    ),
  );
  expect(odd).toEqual([]);
});

test('no test makes files among the sources, which other tests and the launcher read meanwhile', () => {
  const tests = [...filesBelow('packages'), ...filesBelow('test')];
  const odd = tests.filter((file) =>
    /\b(mkdtemp|mkdir|writeFile|symlink)(Sync)?\((join\()?import\.meta\./.test(readText(file)),
  );
  expect(odd).toEqual([]);
});

test('the lockfile names no registry and every dependency an exact version', () => {
  const lock = readText('package-lock.json');
  expect(lock).not.toMatch(/"resolved": "https?:/);
  const root = JSON.parse(readText('package.json')) as {
    devDependencies: Record<string, string>;
    overrides: Record<string, string>;
  };
  const versions = [
    ...Object.values(root.devDependencies),
    ...Object.values(root.overrides),
    ...PACKAGES.flatMap(({ dependencies }) => Object.values(dependencies)),
  ];
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('every runtime dependency is justified in docs/dependencies.md, and nothing else is', () => {
  const runtime = new Set(
    PACKAGES.flatMap(({ dependencies }) => Object.entries(dependencies))
      .filter(([name]) => !name.startsWith('@airlock/'))
      .map(([name, version]) => `${name} ${version}`),
  );
  const table = readText('docs/dependencies.md').split('## Development')[0] ?? '';
  const rows = [...table.matchAll(/^\| `([^`]+)` \| ([^ |]+) \|/gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );
  expect(rows.sort()).toEqual([...runtime].sort());
});

test('top level is what the design names', () => {
  const allowed = ['packages', 'scripts', 'test', 'docs', 'node_modules', 'dist'];
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => !['data', 'practice-signer'].includes(name));
  expect(folders.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(readText(join('.ci', 'run'))).toContain('npm test');
});
