/** The process: real disk, clock, randomness, machine and terminal around the command line. */
import { randomFillSync } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { argon2InWorker, serveArgon2 } from './argon2-worker.ts';
import { runCli } from './cli.ts';
import { nodeDisk } from './disk.ts';
import { secretBytes } from './secret-bytes.ts';
import { nodePrimitives, selfTest } from './self-test.ts';
import { nodeSystem } from './system.ts';
import { nodeTerminal } from './terminal.ts';

if (isMainThread) {
  const argon2 = argon2InWorker(new URL(import.meta.url));
  const random = (bytes: number): Uint8Array => randomFillSync(secretBytes(bytes));
  process.exitCode = await runCli(process.argv.slice(2), {
    disk: nodeDisk,
    now: () => Date.now(),
    random,
    terminal: nodeTerminal,
    argon2,
    system: nodeSystem,
    selfTest: () => selfTest({ ...nodePrimitives, argon2, random }),
  });
} else {
  await serveArgon2();
}
