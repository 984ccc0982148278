/**
 * A million deposit addresses under watch: what a round of the monitor asks of a node, and what the
 * process holds in memory. The node is a server of its own that says that all of them are empty.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openCoordinator } from '../../../packages/programs/coordinator/src/coordinator.ts';
import type { AddressRow } from '../../../packages/programs/coordinator/src/ledger/rows.ts';
import { encodeRow } from '../../../packages/programs/coordinator/src/ledger/state.ts';
import { DepositMonitor } from '../../../packages/programs/coordinator/src/monitor.ts';
import { createIotaNode } from '../../../packages/programs/coordinator/src/nodes/iota-node.ts';
import { createNodeQuorum } from '../../../packages/programs/coordinator/src/nodes/node-quorum.ts';
import { DEFAULT_SETTINGS } from '../../../packages/programs/coordinator/src/settings.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import { keyOf } from '../../../packages/programs/coordinator/src/store/store.ts';
import { nodeTimers } from '../../../packages/programs/coordinator/src/timers.ts';
import { RECENT_MS } from '../../../packages/programs/coordinator/src/watch.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ9';

/** 81 random trytes. */
function randomTrytes(): string {
  let text = '';
  for (const byte of randomBytes(81)) text += LETTERS[byte % 27];
  return text;
}

interface Asked {
  readonly calls: Map<string, number>;
  /** Most addresses of one getBalances. */
  largest: number;
}

/** A node without money or transactions, and what it was asked. */
async function serveEmptyNode(asked: Asked): Promise<{ url: string; server: Server }> {
  const milestone = { latestMilestoneIndex: 1, latestSolidSubtangleMilestoneIndex: 1 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as {
        command: string;
        addresses?: string[];
      };
      asked.calls.set(body.command, (asked.calls.get(body.command) ?? 0) + 1);
      const addresses = body.addresses ?? [];
      if (body.command === 'getBalances') asked.largest = Math.max(asked.largest, addresses.length);
      const balances = addresses.map(() => '0');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...milestone, balances, references: [], hashes: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/**
 * Half of them handed out lately, so that their turn comes in every round, the others in the past; half
 * of them swept, ten by each sweep.
 */
function rowOf(index: number, sweepId: string, now: number): AddressRow {
  const isActive = index % 4 < 2;
  return {
    address: randomTrytes(),
    keyringId: `kr_${'ab'.repeat(16)}`,
    kind: 'deposit',
    status: isActive ? 'active' : 'retired',
    userId: `user-${index}`,
    securityLevel: 2,
    commitment: randomBytes(32).toString('hex'),
    batch: Math.floor(index / 10_000),
    index: index % 10_000,
    balance: 0n,
    sweepId: isActive ? null : sweepId,
    fundedBy: null,
    quarantine: null,
    activeAt: index % 2 === 0 ? now : now - RECENT_MS,
  };
}

/** Rows of one batch of the store. */
const BATCH_ROWS = 5000;

/** The store as a coordinator has it that has handed out so many addresses. */
export async function fillStore(folder: string, addresses: number): Promise<void> {
  const store = await openLevelStore(folder);
  const now = Date.now();
  for (let from = 0; from < addresses; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, addresses - from);
    const sweeps = Array.from({ length: count / 10 }, randomTrytes);
    const rows = Array.from({ length: count }, (_, place) =>
      rowOf(from + place, sweeps[place % sweeps.length] ?? '', now),
    );
    await store.batch(
      rows.map((row) => {
        const key = keyOf('state', 'addresses', row.address);
        return { type: 'put', key, value: encodeRow(row) };
      }),
    );
  }
  await store.close();
}

export interface Watching {
  readonly addresses: number;
  readonly rounds: readonly {
    readonly getBalances: number;
    readonly findTransactions: number;
    readonly seconds: number;
  }[];
  /** Most addresses of one getBalances. */
  readonly largest: number;
  /** Most memory of the process after a round, and after the first look at it. */
  readonly rssBytes: number;
}

export async function measureWatching({
  folder,
  rounds,
}: {
  /** Of a store that was filled, by another process: what filling takes is not measured. */
  readonly folder: string;
  readonly rounds: number;
}): Promise<Watching> {
  const asked: Asked = { calls: new Map(), largest: 0 };
  const { url, server } = await serveEmptyNode(asked);
  const now = (): number => Date.now();
  const effects = { now, random: (bytes: number) => new Uint8Array(randomBytes(bytes)) };
  const log = (): void => undefined;
  const nodes = [createIotaNode({ url, minWeightMagnitude: 1, depth: 3 })];
  const store = await openLevelStore(folder);
  const coordinator = await openCoordinator({
    ...effects,
    log,
    network: 'private',
    settings: DEFAULT_SETTINGS,
    store,
    node: createNodeQuorum({ nodes, now, log }),
    timers: nodeTimers,
    send: () => Promise.reject(new TypeError('there are no webhooks')),
  });
  const monitor = new DepositMonitor(coordinator);
  const measured: Watching['rounds'][number][] = [];
  let rssBytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    asked.calls.clear();
    const start = performance.now();
    await monitor.round();
    measured.push({
      getBalances: asked.calls.get('getBalances') ?? 0,
      findTransactions: asked.calls.get('findTransactions') ?? 0,
      seconds: (performance.now() - start) / 1000,
    });
    rssBytes = Math.max(rssBytes, process.memoryUsage().rss);
  }
  await new Promise((resolve) => server.close(resolve));
  await store.close();
  const addresses = coordinator.ledger.state.size('addresses');
  return { addresses, rounds: measured, largest: asked.largest, rssBytes };
}
