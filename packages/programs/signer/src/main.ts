/** The process: real disk, clock, randomness and terminal around the command line. */
import { randomBytes } from 'node:crypto';
import { runCli } from './cli.ts';
import { nodeDisk } from './disk.ts';
import { nodeTerminal } from './terminal.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  disk: nodeDisk,
  now: () => Date.now(),
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  terminal: nodeTerminal,
});
