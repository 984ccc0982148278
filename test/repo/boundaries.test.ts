/** Layers import downwards only, imports are declared, and air-gapped files cannot talk. */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { importsOf, LAYERS, PACKAGES, packageOf, ROOT, readText, sourcesOf } from './workspace.ts';

/** Built-ins that the air-gapped files may use: none of them can open a connection or run code. */
const ALLOWED_BUILT_INS = new Set([
  'assert',
  'crypto',
  'fs',
  'os',
  'path',
  'readline',
  'tty',
  'url',
  'util',
  'worker_threads',
  'zlib',
]);

const layerOf = new Map(PACKAGES.map(({ name, layer }) => [name, LAYERS.indexOf(layer)]));

describe.each(PACKAGES)('$name', (workspacePackage) => {
  const { name, layer, dependencies } = workspacePackage;
  const specifiers = sourcesOf(workspacePackage).flatMap(importsOf);
  const bare = specifiers.filter((specifier) => !/^(\.|node:)/.test(specifier));

  test('names built-ins with node: and stays inside its own folder otherwise', () => {
    expect(bare.filter((specifier) => builtinModules.includes(specifier))).toEqual([]);
    expect(specifiers.filter((specifier) => specifier.includes('../../'))).toEqual([]);
  });

  test('declares exactly what it imports', () => {
    expect(Object.keys(dependencies).sort()).toEqual([...new Set(bare.map(packageOf))].sort());
  });

  test('imports from lower layers, or from its own if that is no program', () => {
    for (const specifier of bare.filter((each) => each.startsWith('@airlock/'))) {
      const other = layerOf.get(packageOf(specifier)) ?? Number.POSITIVE_INFINITY;
      const own = LAYERS.indexOf(layer);
      expect({
        specifier,
        isBelow: other < own || (other === own && layer !== 'programs'),
      }).toEqual({
        specifier,
        isBelow: true,
      });
      expect(specifier).not.toBe(name);
    }
  });
});

test('the auditor shares no code with the coordinator but the formats', () => {
  const auditor = PACKAGES.find(({ name }) => name === '@airlock/auditor');
  expect(Object.keys(auditor?.dependencies ?? {})).not.toContain('@airlock/coordinator');
});

describe.each(['airlock-signer.mjs', 'airlock-audit.mjs'])('dist/%s', (file) => {
  const path = join('dist', file);
  const text = existsSync(join(ROOT, path)) ? readText(path) : '';

  test('is built', () => {
    expect(text.length).toBeGreaterThan(100_000);
  });

  test('imports only built-ins of the allow-list', () => {
    const modules = [...text.matchAll(/^(?:import|export)\s[^;]*?from\s*["']([^"']+)["']/gm)].map(
      ([, specifier]) => (specifier ?? '').replace('node:', ''),
    );
    expect(modules.length).toBeGreaterThan(3);
    expect(modules.filter((specifier) => !ALLOWED_BUILT_INS.has(specifier))).toEqual([]);
    expect(text).not.toMatch(/^import\s*["']/m);
  });

  test('holds no network, no evaluation of text, no dynamic import', () => {
    const banned = [
      /\bfetch\s*\(/,
      /\bXMLHttpRequest\b/,
      /\bWebSocket\b/,
      /\beval\s*\(/,
      /\bnew Function\b/,
      /\bcreateRequire\b/,
      /\bimport\s*\(/,
      /process\.binding/,
      /child_process/,
      /["'](?:node:)?(?:net|http|https|http2|dgram|tls|dns|inspector|vm)["']/,
    ];
    expect(banned.filter((pattern) => pattern.test(text)).map(String)).toEqual([]);
  });
});

test.each([
  ['airlock-signer.mjs', false],
  ['airlock-audit.mjs', false],
  ['airlock-coordinator.mjs', true],
  ['airlock-dev-node.mjs', true],
])('dist/%s carries proof of work: %p', (file, isNeeded) => {
  const wasm = readFileSync(join(ROOT, 'packages/core/kernel/curl.wasm')).toString('base64');
  expect(readText(join('dist', file)).includes(wasm)).toBe(isNeeded);
});
