/** Each package exports one entry with a named list, values before types, pinned here. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PACKAGES, readText } from './workspace.ts';

const PINNED = JSON.parse(readText('test/repo/exports.json')) as Record<string, string[]>;

/** Names that an index.ts exports; types are marked. */
function exportsOf(text: string): string[] {
  return [...text.matchAll(/export (type )?\{([^}]*)\} from/g)].flatMap(([, type, names]) =>
    (names ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) => (type === undefined ? name : `type ${name}`)),
  );
}

describe.each(PACKAGES)('$name', ({ name, folder }) => {
  const index = readText(join(folder, 'src/index.ts'));

  test('has one entry and no other', () => {
    const manifest = JSON.parse(readText(join(folder, 'package.json'))) as { exports: object };
    expect(manifest.exports).toEqual({ '.': './src/index.ts' });
  });

  test('exports names, no star and no default', () => {
    expect(index).not.toMatch(/export \*|export default/);
  });

  test('exports exactly what is pinned in exports.json', () => {
    expect(exportsOf(index).sort()).toEqual(PINNED[name]);
  });

  test('has a README that says in its first lines what it is', () => {
    expect(readText(join(folder, 'README.md')).length).toBeGreaterThan(200);
  });
});

test('exports.json pins no package that does not exist', () => {
  expect(Object.keys(PINNED).sort()).toEqual(PACKAGES.map(({ name }) => name).sort());
});
