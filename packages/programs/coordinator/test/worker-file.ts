/** Bundles that tests run, and files for threads of proof of work: a real one, and ones that fail. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export interface WorkerFile {
  readonly url: URL;
  readonly remove: () => void;
}

/** A new folder from which npm packages are found, and which is no part of the sources: those are
 * read by other tests at the same time, and by the launcher, which would build anew. */
export function folderForBundles(): string {
  const cache = join(import.meta.dirname, '../../../../node_modules/.cache/airlock');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'bundles-'));
}

/** A file that serves searches. */
export async function buildWorkerFile(): Promise<WorkerFile> {
  const folder = folderForBundles();
  const outfile = join(folder, 'worker.mjs');
  const from = '../src/proof-of-work/search-worker.ts';
  await build({
    stdin: {
      contents: `import { serveSearches } from '${from}';\nserveSearches();`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['hash-wasm'],
  });
  return {
    url: pathToFileURL(outfile),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A thread that runs this code alone. */
export const workerOf = (code: string): URL =>
  new URL(`data:text/javascript,${encodeURIComponent(code)}`);
