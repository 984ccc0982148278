/** What the repo tests read: the packages, their manifests, their files and their imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export const LAYERS = ['core', 'formats', 'programs'] as const;
export type Layer = (typeof LAYERS)[number];

export interface WorkspacePackage {
  readonly name: string;
  readonly layer: Layer;
  readonly folder: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

export function readText(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

export const PACKAGES: readonly WorkspacePackage[] = LAYERS.flatMap((layer) =>
  readdirSync(join(ROOT, 'packages', layer)).map((directory) => {
    const folder = join('packages', layer, directory);
    const manifest = JSON.parse(readText(join(folder, 'package.json'))) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    return { name: manifest.name, layer, folder, dependencies: manifest.dependencies ?? {} };
  }),
);

/** TypeScript sources of a package, without tests and the kernel's AssemblyScript. */
export function sourcesOf({ folder }: WorkspacePackage): string[] {
  return filesBelow(join(folder, 'src')).filter((file) => file.endsWith('.ts'));
}

/** Every specifier that a file imports or exports from. */
export function importsOf(file: string): string[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s+['"]([^'"]+)['"]|import\s+['"]([^'"]+)['"]/g;
  return [...readText(file).matchAll(pattern)].map(([, from, bare]) => from ?? bare ?? '');
}

/** The package that a bare specifier names. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}
