/** The coordinator's process: arguments, store, node, HTTP server, rounds, and a clean stop. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { fingerprintWords } from '@airlock/gap';
import { NETWORKS, type Network } from '@airlock/protocol';
import yargs from 'yargs';
import { type Effects, openCoordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { createApp } from './http/app.ts';
import { createApiKey } from './http/authentication.ts';
import { loadGapPage } from './http/gap-page.ts';
import { NETWORK_PRESETS } from './network-preset.ts';
import { createIotaNode } from './nodes/iota-node.ts';
import { createNodeQuorum, NODES_MAX } from './nodes/node-quorum.ts';
import { parseNodeUrl } from './nodes/node-url.ts';
import {
  createProofOfWork,
  type Progress,
  type ProofOfWork,
} from './proof-of-work/proof-of-work.ts';
import { threadsFor } from './proof-of-work/search-pool.ts';
import { serveSearches } from './proof-of-work/search-worker.ts';
import { runRounds } from './service.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from './settings.ts';
import { openLevelStore } from './store/level-store.ts';
import { Bell, nodeTimers } from './timers.ts';
import { createWebhookSender } from './webhooks/http-sender.ts';

/** The built page /gap, beside the built coordinator. */
const CONSOLE = fileURLToPath(new URL('console', import.meta.url));

/** Bytes drawn ahead, for a call into the generator takes 9 µs whatever its size. */
let drawn: Uint8Array = new Uint8Array();

function random(bytes: number): Uint8Array {
  if (drawn.length < bytes) drawn = new Uint8Array(randomBytes(Math.max(bytes, 4_096)));
  const taken = drawn.slice(0, bytes);
  drawn.fill(0, 0, bytes);
  drawn = drawn.subarray(bytes);
  return taken;
}

const effects: Effects = {
  now: () => Date.now(),
  random,
  timers: nodeTimers,
  log: (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
};

interface ServeOptions {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly network: Network;
  readonly node: readonly string[] | undefined;
  readonly quorum: number | undefined;
  readonly settings: string | undefined;
  readonly magnitude: number | undefined;
  readonly roundMs: number | undefined;
  readonly proofOfWork: 'local' | 'remote';
}

function listen(app: ReturnType<typeof createApp>, { host, port }: ServeOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error) => (error ? reject(error) : resolve(server)));
  });
}

/** Pause between two lines of the log about the same proof of work. */
const PROGRESS_MS = 60_000;

/** Says of proof of work that takes a second or more how far it is: at its end, and each minute. */
function logProgress(): (progress: Progress) => void {
  let saidMs = 0;
  return ({ done, of, attempts, elapsedMs }) => {
    const isEnd = done === of;
    if (!isEnd && elapsedMs - saidMs < PROGRESS_MS) return;
    saidMs = isEnd ? 0 : elapsedMs;
    if (elapsedMs < 1_000) return;
    const seconds = Math.round(elapsedMs / 1_000);
    effects.log(
      `proof of work: ${done} of ${of} transactions after ${seconds} s, ${attempts} nonces in vain`,
    );
  };
}

/** Proof of work in threads that run this very file: in them it serves searches and nothing else. */
function localProofOfWork(): ProofOfWork {
  return createProofOfWork({
    workerFile: new URL(import.meta.url),
    threads: threadsFor(availableParallelism()),
    after: nodeTimers.after,
    onProgress: logProgress(),
  });
}

/** A pause that a signal ends at once, and with it what `onStop` ends. */
function stoppablePause(onStop: () => void): {
  wait: (ms: number) => Promise<void>;
  isStopped: () => boolean;
} {
  let stopped = false;
  const bell = new Bell(nodeTimers);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopped = true;
      onStop();
      bell.ring();
    });
  }
  return { isStopped: () => stopped, wait: (ms) => bell.wait(ms) };
}

/** @throws CoordinatorError invalid_request */
async function readSettings(path: string | undefined): Promise<Settings> {
  if (path === undefined) return DEFAULT_SETTINGS;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new CoordinatorError('invalid_request', `--settings: ${path} cannot be read`, {
      next: 'give the path of a JSON file, or leave it out',
      cause,
    });
  }
  return parseSettings(text);
}

/** From so many addresses on, memory counts more than the time of collecting it. */
const LARGE_STATE_ADDRESSES = 100_000;

/**
 * How much the heap may grow between two full collections, in percent; 0 is the engine's own choice, which
 * lets a million addresses take more than a GiB.
 */
function growHeapBy(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

async function serve(options: ServeOptions): Promise<void> {
  const { network, data, quorum } = options;
  const settings = await readSettings(options.settings);
  const urls = nodeUrls(options, settings);
  const preset = NETWORK_PRESETS[network];
  const minWeightMagnitude = options.magnitude ?? preset.magnitude;
  const proofOfWork = options.proofOfWork === 'local' ? localProofOfWork() : undefined;
  const store = await openLevelStore(data);
  try {
    const nodes = urls.map((url) =>
      createIotaNode({ url, minWeightMagnitude, depth: 3, proofOfWork }),
    );
    const node = createNodeQuorum({ ...effects, nodes, quorum });
    const send = createWebhookSender();
    growHeapBy(20);
    const coordinator = await openCoordinator({ ...effects, network, settings, store, node, send });
    const isLarge = coordinator.ledger.state.size('addresses') > LARGE_STATE_ADDRESSES;
    if (!isLarge) growHeapBy(0);
    const gapPage = await loadGapPage(CONSOLE);
    const server = await listen(createApp(coordinator, gapPage), options);
    const { address, port } = server.address() as AddressInfo;
    const pause = stoppablePause(() => void proofOfWork?.stop());
    process.stdout.write(
      `coordinator listening on http://${address}:${port} (network ${network})\n`,
    );
    const words = fingerprintWords(coordinator.identity.publicKey).join(' ').toUpperCase();
    process.stdout.write(`coordinator's fingerprint, for pairing signers: ${words}\n`);
    process.stdout.write(`page to show and scan QR codes: http://${address}:${port}/gap\n`);
    coordinator.webhooks.start();
    await runRounds(coordinator, pause, options.roundMs ?? preset.roundMs);
    await coordinator.streams.end();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await coordinator.webhooks.stop();
  } finally {
    await proofOfWork?.stop();
    await store.close();
  }
  process.stdout.write('coordinator stopped\n');
}

async function makeKey(
  data: string,
  role: 'exchange' | 'officer' | 'auditor' | 'admin',
): Promise<void> {
  const store = await openLevelStore(data);
  try {
    const { key } = await createApiKey({ ...effects, store }, { role, name: role });
    process.stdout.write(`${key}\n`);
  } finally {
    await store.close();
  }
}

/** What is wrong with the URLs of nodes, which may hold secrets and are not repeated; null if nothing is. */
function faultOfNodes(urls: readonly unknown[], isArgument: boolean): string | null {
  const names = new Set<string>();
  for (const [index, url] of urls.entries()) {
    try {
      const { name, isConfidential } = parseNodeUrl(String(url));
      if (names.has(name)) return `expected each node once, got ${name} again`;
      if (isConfidential && isArgument) {
        return `URL ${index + 1}: expected no name, password, path or query, which others on this machine could read: give it in the settings file`;
      }
      names.add(name);
    } catch (cause) {
      if (!(cause instanceof CoordinatorError)) throw cause;
      return `URL ${index + 1}: ${cause.message}`;
    }
  }
  return null;
}

/** The nodes of arguments and settings together. @throws CoordinatorError invalid_request */
function nodeUrls({ node = [], quorum }: ServeOptions, settings: Settings): readonly string[] {
  const urls = [...node, ...settings.nodes];
  const isCount = urls.length >= 1 && urls.length <= NODES_MAX;
  const expected = `expected 1 to ${NODES_MAX} URLs, in --node or the settings' nodes`;
  const fault = isCount ? faultOfNodes(urls, false) : expected;
  const isQuorum = quorum === undefined || quorum <= urls.length;
  const reason = fault ?? (isQuorum ? null : `--quorum: expected at most ${urls.length}`);
  if (reason === null) return urls;
  throw new CoordinatorError('invalid_request', `nodes: ${reason}`, { next: 'see --help' });
}

/** What is wrong with an option's value; true if nothing is, as yargs wants it. */
function checkOptions(options: Readonly<Record<string, unknown>>): true {
  if (options.help === true) return true;
  const invalid = (name: string, expected: string): never => {
    const message = `--${name}: expected ${expected}, got ${JSON.stringify(options[name])}`;
    throw new CoordinatorError('invalid_request', message, { next: 'see --help' });
  };
  const isBetween = (value: unknown, least: number, most: number): boolean =>
    value === undefined ||
    (Number.isInteger(value) && Number(value) >= least && Number(value) <= most);
  const { data } = options;
  if (typeof data !== 'string' || data === '') invalid('data', 'one folder');
  if (Array.isArray(options.node)) {
    const fault = faultOfNodes(options.node, true);
    if (fault !== null) {
      throw new CoordinatorError('invalid_request', `--node: ${fault}`, { next: 'see --help' });
    }
  }
  if (!isBetween(options.quorum, 1, NODES_MAX)) invalid('quorum', `a number of 1 to ${NODES_MAX}`);
  if (!isBetween(options.port, 0, 65_535)) invalid('port', 'a number of 0 to 65535');
  if (!isBetween(options.magnitude, 1, 14)) invalid('magnitude', 'a number of 1 to 14');
  if (!isBetween(options['round-ms'], 1, 3_600_000))
    invalid('round-ms', 'a number of 1 to 3600000');
  return true;
}

function parseArguments(): ReturnType<typeof yargs> {
  return (
    yargs(process.argv.slice(2))
      .scriptName('airlock-coordinator')
      .usage('$0 <command>\n\nThe online coordinator: users, balances, deposits, unsigned bundles.')
      .option('data', { type: 'string', demandOption: true, describe: "The store's folder" })
      .command(
        'serve',
        'Serve the HTTP API',
        (command) =>
          command
            .option('network', { choices: NETWORKS, demandOption: true, describe: 'IOTA network' })
            .option('node', {
              type: 'string',
              array: true,
              describe: "An IOTA node's URL; may be given several times, or in the settings",
            })
            .option('quorum', {
              type: 'number',
              describe: 'How many nodes must agree; the majority if not given',
            })
            .option('host', {
              type: 'string',
              default: '127.0.0.1',
              describe: 'Address to listen on',
            })
            .option('port', { type: 'number', default: 8080, describe: 'Port; 0: any free one' })
            .option('settings', { type: 'string', describe: 'A JSON file: see docs/settings.md' })
            .option('magnitude', { type: 'number', describe: 'Minimum weight magnitude' })
            .option('round-ms', { type: 'number', describe: 'Pause between rounds (milliseconds)' })
            .option('proof-of-work', {
              choices: ['local', 'remote'] as const,
              default: 'local' as const,
              describe: 'Here, or by the node: public nodes do it for nobody else',
            })
            .example('$0 serve --data ./data --network private --node http://127.0.0.1:14265', ''),
        (args) => serve(args),
      )
      .command(
        'api-key',
        'Make an API key while the coordinator is stopped; it is shown this once',
        (command) =>
          command
            .option('role', {
              choices: ['exchange', 'officer', 'auditor', 'admin'] as const,
              demandOption: true,
              describe: 'What the key may do',
            })
            .example('$0 api-key --data ./data --role admin', ''),
        (args) => makeKey(args.data, args.role),
      )
      // Else `--node URL serve` would take the command for another URL.
      .parserConfiguration({ 'greedy-arrays': false })
      .demandCommand(1, 'expected a command')
      .check(checkOptions)
      .strict()
      .locale('en')
      .version('0.1.0')
      .exitProcess(false)
      .fail((message, cause) => {
        // Some of yargs' messages have several lines.
        const line = String(message).replace(/\s*\n\s*/g, ' ');
        throw cause ?? new CoordinatorError('invalid_request', line, { next: 'see --help' });
      })
  );
}

async function main(): Promise<void> {
  try {
    await parseArguments().parseAsync();
  } catch (cause) {
    const isOurs = cause instanceof CoordinatorError;
    const message = cause instanceof Error ? cause.message : 'unknown';
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    const unknown = isTaken
      ? 'give another --port'
      : 'check the arguments and the folder, and repeat';
    const next = isOurs ? cause.next : unknown;
    process.stderr.write(`failed (${isOurs ? cause.code : 'startup'}): ${message}\n  ${next}\n`);
    process.exitCode = isOurs && cause.code === 'invalid_request' ? 2 : 1;
  }
}

if (isMainThread) await main();
else serveSearches();
