/**
 * L4: a million deposit addresses under watch. What a round asks of a node, and what the built
 * coordinator holds in memory; the node is a server here that says that all of them are empty.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AddressRow } from '../../../packages/programs/coordinator/src/ledger/rows.ts';
import { encodeRow } from '../../../packages/programs/coordinator/src/ledger/state.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import { keyOf } from '../../../packages/programs/coordinator/src/store/store.ts';
import { RECENT_MS } from '../../../packages/programs/coordinator/src/tangle/watch.ts';
import { freePort, startService } from '../../../scripts/programs.ts';
import { judged, type Verdict } from '../../campaigns/light/verdict.ts';
import { inFolder } from './funded-ledger.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ9';

/** 81 random trytes. */
function randomTrytes(): string {
  let text = '';
  for (const byte of randomBytes(81)) text += LETTERS[byte % 27];
  return text;
}

interface Asked {
  /** A round begins by asking whether the node is in sync. */
  readonly rounds: { getBalances: number; findTransactions: number }[];
  largest: number;
}

/** A node without money or transactions, and what it was asked. */
async function serveEmptyNode(asked: Asked): Promise<{ url: string; server: Server }> {
  const milestone = { latestMilestoneIndex: 1, latestSolidSubtangleMilestoneIndex: 1 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { command, addresses = [] } = JSON.parse(Buffer.concat(chunks).toString()) as {
        command: string;
        addresses?: string[];
      };
      if (command === 'getNodeInfo') asked.rounds.push({ getBalances: 0, findTransactions: 0 });
      const round = asked.rounds.at(-1);
      if (round !== undefined && command === 'getBalances') round.getBalances += 1;
      if (round !== undefined && command === 'findTransactions') round.findTransactions += 1;
      if (command === 'getBalances') asked.largest = Math.max(asked.largest, addresses.length);
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
    custody: null,
    quarantine: null,
    activeAt: index % 2 === 0 ? now : now - RECENT_MS,
  };
}

/** Rows of one batch of the store. */
const BATCH_ROWS = 5000;

/** The store as a coordinator has it that has handed out so many addresses. */
async function fillStore(folder: string, addresses: number): Promise<void> {
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

interface Watching {
  /** Calls of each round, in their order. */
  readonly rounds: readonly { readonly getBalances: number; readonly findTransactions: number }[];
  /** Most addresses of one getBalances. */
  readonly largest: number;
  /** Most memory that the process was seen to hold. */
  readonly memory: Memory;
}

const LOOK_MS = 200;
const PATIENCE_MS = 300_000;

/** Bytes of a process that are in memory. */
interface Memory {
  /** Without files that are mapped, as LevelDB maps its tables: the kernel drops those when it needs the room. */
  readonly own: number;
  readonly resident: number;
}

/** As Linux counts it; elsewhere what is resident counts as its own. */
function memoryOf(pid: number): Memory {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const resident = Number(stdout) * 1024;
  const file = `/proc/${pid}/status`;
  const mapped = existsSync(file)
    ? /^RssFile:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))
    : null;
  return { own: resident - Number(mapped?.[1] ?? 0) * 1024, resident };
}

/** The built coordinator on a store that was filled, until it has made so many rounds. */
async function watch(folder: string, rounds: number): Promise<Watching> {
  const asked: Asked = { rounds: [], largest: 0 };
  const { url, server } = await serveEmptyNode(asked);
  const data = ['--data', folder, '--port', String(await freePort())];
  const network = ['--network', 'private', '--node', url, '--round-ms', '100'];
  const coordinator = await startService('airlock-coordinator', ['serve', ...data, ...network]);
  const end = Date.now() + PATIENCE_MS;
  let memory: Memory = { own: 0, resident: 0 };
  // The last round may still be under way.
  while (asked.rounds.length <= rounds && Date.now() < end) {
    const { own, resident } = memoryOf(coordinator.process.pid ?? 0);
    memory = {
      own: Math.max(memory.own, own),
      resident: Math.max(memory.resident, resident),
    };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await coordinator.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { rounds: asked.rounds.slice(0, rounds), largest: asked.largest, memory };
}

const WATCH_ROUNDS = 3;
/** IRI's default of addresses in one call: the most that a round may cost is one call for so many. */
const CALL_ADDRESSES = 1000;
const MEMORY_BYTES_MAX = 2 ** 30;

/** L4: at most one getBalances a thousand watched addresses a round, in less than a GiB. */
export function judgeWatching(addresses: number): Promise<Verdict> {
  return inFolder(async (folder) => {
    await fillStore(folder, addresses);
    const { rounds, largest, memory } = await watch(folder, WATCH_ROUNDS);
    const most = Math.max(...rounds.map(({ getBalances }) => getBalances));
    const searches = Math.max(...rounds.map(({ findTransactions }) => findTransactions));
    const isSeen = rounds.length === WATCH_ROUNDS && most > 0 && largest <= CALL_ADDRESSES;
    const isMet = isSeen && most <= addresses / CALL_ADDRESSES && memory.own < MEMORY_BYTES_MAX;
    const counts = `${most} getBalances and ${searches} findTransactions a round at most`;
    const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
    const held = `${mebibytes(memory.own)} at most (goal below 1024 MiB), ${mebibytes(memory.resident)} with the tables that LevelDB maps`;
    const text = `${addresses.toLocaleString('en')} watched addresses, half of them used lately: ${counts} (goal ${addresses / CALL_ADDRESSES}), ${held}`;
    return judged('L4', isMet, text);
  });
}
