/** Starts the node: clock, timer, port and signals are here and nowhere else. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { type CliOptions, parseCli } from './cli.ts';
import { DevNodeError } from './error.ts';
import { createDevNode, type DevNode } from './node.ts';
import { openStateFile } from './state-file.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

function fail(message: string, exitCode: number): never {
  process.stderr.write(`airlock-dev-node: ${message}\n`);
  process.exit(exitCode);
}

/** One line for what people can mend; a bug of ours keeps its stack. */
function failWith(error: unknown): never {
  if (error instanceof DevNodeError) return fail(error.message, EXIT_FAILED);
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code === 'string' && error instanceof Error) return fail(error.message, EXIT_FAILED);
  throw error;
}

function start({ state, minWeightMagnitude }: CliOptions): DevNode {
  const now = () => Date.now();
  try {
    if (state === null) return createDevNode({ now, minWeightMagnitude });
    return createDevNode({ now, minWeightMagnitude, state: openStateFile(state) });
  } catch (error) {
    return failWith(error);
  }
}

function runMilestones(node: DevNode, milestoneMs: number): NodeJS.Timeout {
  return setInterval(() => {
    try {
      node.issueMilestone();
    } catch (error) {
      failWith(error);
    }
  }, milestoneMs);
}

function describe({ host, minWeightMagnitude, milestoneMs }: CliOptions, port: number): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  const rules = `minWeightMagnitude ${minWeightMagnitude}, milestone every ${milestoneMs} ms`;
  return `dev node listening on http://${shown}:${port} (${rules})\n`;
}

/** Closes everything in order; a second signal ends the process at once. */
function stopOnSignal(options: {
  readonly node: DevNode;
  readonly server: Server;
  readonly timer: NodeJS.Timeout;
}): void {
  const stop = (): void => {
    clearInterval(options.timer);
    options.server.close(() => {
      options.node.close();
      process.exit(0);
    });
    options.server.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

function serve(options: CliOptions): void {
  const node = start(options);
  const server = createServer(createApp(node));
  server.on('error', failWith);
  server.listen(options.port, options.host, () => {
    const { port } = server.address() as AddressInfo;
    stopOnSignal({ node, server, timer: runMilestones(node, options.milestoneMs) });
    process.stdout.write(describe(options, port));
  });
}

const request = await parseCli(process.argv.slice(2));
if (request.kind === 'usage') {
  fail(`${request.message} (--help shows the options)`, EXIT_USAGE);
} else if (request.kind === 'text') {
  process.stdout.write(`${request.text}\n`);
} else {
  serve(request.options);
}
