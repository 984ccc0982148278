/**
 * Faults planted in a program: texts of its source that others stand in for, while a file is bundled
 * around it. One that does not fit the source any more fails loudly.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** A text of the source that another stands in for. */
export interface Change {
  /** Below packages/programs/PROGRAM/src. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Imports that the new text needs. */
  readonly imports?: string;
}

export type Program = 'signer' | 'coordinator';

/** Leaves third-party packages to Node's own resolution, and bundles ours. */
const thirdPartyOutside: Plugin = {
  name: 'third-party-outside',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@airlock/') ? null : { path, external: true },
    );
  },
};

/** @throws RangeError if the text to replace does not stand in the source exactly once */
export function plant({ file, from, to, imports = '' }: Change, source: string): string {
  const parts = source.split(from);
  if (parts.length !== 2) {
    throw new RangeError(`the text to replace stands ${parts.length - 1} times in ${file}`);
  }
  return `${parts.join(to)}\n${imports}\n`;
}

export const sourceOf = (program: Program, { file }: Change): string =>
  join(process.cwd(), 'packages/programs', program, 'src', file);

/** A folder for what is bundled with the fault of this name. */
export const folderOf = (program: Program, name: string): string =>
  join(
    process.cwd(),
    'node_modules/.cache/airlock/planted',
    program,
    name.replaceAll(/[^a-z]+/g, '-'),
  );

/** Bundles a file of this repository around a program with these changes. */
export async function bundlePlanted(
  program: Program,
  changes: readonly Change[],
  { entry, outfile }: { readonly entry: string; readonly outfile: string },
): Promise<void> {
  const planted: Plugin = {
    name: 'planted-fault',
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const here = changes.filter((change) => sourceOf(program, change) === path);
        if (here.length === 0) return null;
        const source = await readFile(path, 'utf8');
        return {
          contents: here.reduce((text, change) => plant(change, text), source),
          loader: 'ts',
        };
      });
    },
  };
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    entryPoints: [join(process.cwd(), entry)],
    outfile,
    plugins: [planted, thirdPartyOutside],
  });
}
