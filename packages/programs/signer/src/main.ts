/** The process: real disk, clock, randomness, machine and terminal around the command line. */
import { randomFillSync } from 'node:crypto';
import { isMainThread } from 'node:worker_threads';
import { argon2InWorker, serveArgon2 } from './argon2-worker.ts';
import { refusalOf, runCli } from './cli.ts';
import { nodeDisk } from './disk.ts';
import { secretBytes } from './secret-bytes.ts';
import { nodePrimitives, selfTest } from './self-test.ts';
import { nodeSystem } from './system.ts';
import { nodeTerminal } from './terminal.ts';

/**
 * Output may have nowhere to go: a closed pipe, a full disk. What an officer was to read is then lost
 * (the log line of a signature, say), and the exit code tells.
 */
function watchOutput(args: readonly string[]): { readonly exitOf: (exit: number) => number } {
  let lost: number | null = null;
  const lose = (cause: unknown): string => {
    const { exit, text } = refusalOf(cause, args);
    lost = exit;
    process.exitCode = exit;
    return text;
  };
  process.stdout.on('error', (cause) => void process.stderr.write(`${lose(cause)}\n`));
  process.stderr.on('error', (cause) => void lose(cause));
  return { exitOf: (exit) => lost ?? exit };
}

if (isMainThread) {
  const args = process.argv.slice(2);
  const { exitOf } = watchOutput(args);
  const argon2 = argon2InWorker(new URL(import.meta.url));
  const random = (bytes: number): Uint8Array => randomFillSync(secretBytes(bytes));
  const exit = await runCli(args, {
    disk: nodeDisk,
    now: () => Date.now(),
    random,
    terminal: nodeTerminal,
    argon2,
    system: nodeSystem,
    selfTest: () => selfTest({ ...nodePrimitives, argon2, random }),
  });
  process.exitCode = exitOf(exit);
} else {
  await serveArgon2();
}
