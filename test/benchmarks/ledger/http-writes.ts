/**
 * L3: POST /v1/transfers of the built coordinator on LevelDB, against an Express handler that does
 * nothing. Each server is a process of its own; this one sends.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { openCoordinator } from '../../../packages/programs/coordinator/src/coordinator.ts';
import { createApiKey } from '../../../packages/programs/coordinator/src/http/authentication.ts';
import { createIotaNode } from '../../../packages/programs/coordinator/src/nodes/iota-node.ts';
import { createNodeQuorum } from '../../../packages/programs/coordinator/src/nodes/node-quorum.ts';
import { DEFAULT_SETTINGS } from '../../../packages/programs/coordinator/src/settings.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import { nodeTimers } from '../../../packages/programs/coordinator/src/timers.ts';
import { freePort, launch, ProgramFailed, startService } from '../../../scripts/programs.ts';
import { judged, type Verdict } from '../../campaigns/light/verdict.ts';
import { inFolder, openFunded, pairAt, timeCalls, usersOf } from './funded-ledger.ts';
import { medians, percent, rate, TURNS } from './rounds.ts';

export const HTTP_GOAL = 0.6;
export const CONNECTIONS = 64;
const USERS = 1_000;
/** Nobody listens there: no transfer asks a node. */
const NO_NODE = 'http://127.0.0.1:9';
const ROUND_MS = 3_600_000;

interface Peer {
  readonly port: number;
  readonly stop: () => Promise<unknown>;
}

/** Makes the store of a coordinator whose users have money; an exchange's key to it. */
async function prepare(data: string): Promise<string> {
  const store = await openLevelStore(data);
  await openFunded(store, usersOf(USERS));
  const effects = {
    now: () => Date.now(),
    random: (bytes: number) => new Uint8Array(randomBytes(bytes)),
    log: () => undefined,
    timers: nodeTimers,
  };
  const nodes = [createIotaNode({ url: NO_NODE, minWeightMagnitude: 1 })];
  const node = createNodeQuorum({ ...effects, nodes });
  const send = () => Promise.reject(new TypeError('there are no webhooks'));
  const settings = DEFAULT_SETTINGS;
  await openCoordinator({ ...effects, network: 'private', settings, store, node, send });
  const { key } = await createApiKey({ ...effects, store }, { role: 'exchange', name: 'bench' });
  await store.close();
  return key;
}

async function startCoordinator(data: string): Promise<Peer> {
  const port = await freePort();
  const { stop } = await startService('airlock-coordinator', [
    ...['serve', '--data', data, '--port', String(port), '--round-ms', String(ROUND_MS)],
    ...['--network', 'private', '--node', NO_NODE],
  ]);
  return { port, stop };
}

async function startEmpty(reply: string): Promise<Peer> {
  const port = await freePort();
  const file = join(process.cwd(), 'test/benchmarks/ledger/empty-server.mjs');
  const { listening, stop } = launch(file, [String(port), reply]);
  await listening;
  return { port, stop };
}

class Sender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #key: string;
  #serial = 0;

  constructor(key: string) {
    this.#key = key;
  }

  /** One transfer; its reply's text. */
  send(port: number): Promise<string> {
    this.#serial += 1;
    const { from, to } = pairAt(this.#serial, USERS);
    const entries = [
      { userId: from, amount: '-3' },
      { userId: to, amount: '3' },
    ];
    const body = JSON.stringify({ entries });
    const headers = {
      authorization: `Bearer ${this.#key}`,
      'content-type': 'application/json',
      'content-length': body.length,
      'idempotency-key': `transfer-${this.#serial}`,
    };
    const options = { agent: this.#agent, host: '127.0.0.1', port, method: 'POST', headers };
    return new Promise((resolve, reject) => {
      const call = request({ ...options, path: '/v1/transfers' }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => {
          if (response.statusCode === 201) resolve(text);
          else reject(new ProgramFailed(`${response.statusCode} ${text}`));
        });
      });
      call.on('error', reject);
      call.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export async function judgeHttp(options: {
  readonly rounds: number;
  readonly transfers: number;
}): Promise<Verdict> {
  const { rounds, transfers } = options;
  const { first: oursMs, second: emptyMs } = await inFolder(async (folder) => {
    const sender = new Sender(await prepare(folder));
    const coordinator = await startCoordinator(folder);
    const reply = await sender.send(coordinator.port);
    const empty = await startEmpty(reply);
    const time = ({ port }: Peer): Promise<number> =>
      timeCalls({ count: transfers / TURNS, atOnce: CONNECTIONS }, () => sender.send(port));
    try {
      return await medians(rounds, { first: () => time(coordinator), second: () => time(empty) });
    } finally {
      sender.close();
      await Promise.all([coordinator.stop(), empty.stop()]);
    }
  });
  const share = emptyMs / oursMs;
  return judged(
    'L3',
    share >= HTTP_GOAL,
    `POST /v1/transfers ${rate(transfers, oursMs)} over ${CONNECTIONS} connections, an empty Express handler ` +
      `${rate(transfers, emptyMs)}: ${percent(share)}, goal ${percent(HTTP_GOAL)}`,
  );
}
