/** The coordinator's process: store, node, HTTP server, rounds, and a clean stop. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { fingerprintWords } from '@airlock/gap';
import {
  failureOf,
  type KeyOptions,
  nodeUrls,
  runCommand,
  type ServeOptions,
} from './command-line.ts';
import { type Effects, openCoordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { createApp } from './http/app.ts';
import { createApiKey } from './http/authentication.ts';
import { loadGapPage } from './http/gap-page.ts';
import { NETWORK_PRESETS } from './network-preset.ts';
import { createIotaNode } from './nodes/iota-node.ts';
import { createNodeQuorum } from './nodes/node-quorum.ts';
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

/** Longer than clients and proxies keep idle connections: else a call can meet one that just closes. */
const KEEP_ALIVE_MS = 75_000;

function listen(app: ReturnType<typeof createApp>, { host, port }: ServeOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error) => (error ? reject(error) : resolve(server)));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
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
    const nodes = urls.map((url) => createIotaNode({ url, minWeightMagnitude, proofOfWork }));
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

async function makeKey({ data, role }: KeyOptions): Promise<void> {
  const store = await openLevelStore(data);
  try {
    const { key } = await createApiKey({ ...effects, store }, { role, name: role });
    process.stdout.write(`${key}\n`);
  } finally {
    await store.close();
  }
}

/** Who reads the log may go; the service stays. A key that nobody could read has to be made again. */
function watchOutput(): void {
  process.stdout.on('error', ({ message }) => {
    process.stderr.write(`what was printed is lost: ${message}\n`);
    process.exitCode = 1;
  });
  process.stderr.on('error', () => {});
}

async function main(): Promise<void> {
  watchOutput();
  try {
    await runCommand(process.argv.slice(2), { serve, makeKey });
  } catch (cause) {
    const { exitCode, text } = failureOf(cause);
    process.stderr.write(text);
    process.exitCode = exitCode;
  }
}

if (isMainThread) await main();
else serveSearches();
