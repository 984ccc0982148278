/** Files for threads of proof of work: a real one, bundled as the program is, and ones that fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export interface WorkerFile {
  readonly url: URL;
  readonly remove: () => void;
}

/** A file that serves searches. */
export async function buildWorkerFile(): Promise<WorkerFile> {
  // Beside the sources, so that npm packages are found from there.
  const folder = mkdtempSync(join(import.meta.dirname, '.worker-'));
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
