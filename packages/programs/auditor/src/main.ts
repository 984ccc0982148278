/** The process edge of `airlock-audit`: arguments, streams and the exit code. */
import { runCli } from './cli.ts';
import { nodeFileSystem } from './node-file-system.ts';

// A reader that leaves early (`| head`) is no fault of ours.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exitCode = await runCli(process.argv.slice(2), {
  fileSystem: nodeFileSystem,
  writeOut: (text) => process.stdout.write(text),
  writeErr: (text) => process.stderr.write(text),
  isErrTerminal: process.stderr.isTTY === true,
});
