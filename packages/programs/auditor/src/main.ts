/** The process edge of `airlock-audit`: arguments, streams and the exit code. */
import { runCli } from './cli.ts';
import { nodeFileSystem } from './node-file-system.ts';
import { watchOutput } from './output.ts';

const exitOf = watchOutput(process);

const exit = await runCli(process.argv.slice(2), {
  fileSystem: nodeFileSystem,
  writeOut: (text) => process.stdout.write(text),
  writeErr: (text) => process.stderr.write(text),
  isErrTerminal: process.stderr.isTTY === true,
});
process.exitCode = exitOf(exit);
