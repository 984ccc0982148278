/**
 * One run: a coordinator on LevelDB with a dev node and several clients at once, killed at seeded moments
 * and started again on the same data, and then looked at from outside.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient, type Role } from '@airlock/api';
import { createDevNode, createApp as createNodeApp, type DevNode } from '@airlock/dev-node';
import { createApiKey } from '../../../packages/programs/coordinator/src/http/authentication.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import { HonestSigner } from '../../../packages/programs/coordinator/test/signer.ts';
import { persistentClient } from '../../../scripts/demo-coordinator.ts';
import { freePort } from '../../../scripts/programs.ts';
import { createRandom } from '../decoders/random.ts';
import { Caller, type Desk, Exchange, Officer } from './clients.ts';
import { depositsOf, judgeApi, judgeStore } from './judge.ts';
import { type Kill, KilledCoordinator } from './killed-coordinator.ts';
import { Model } from './model.ts';

export interface RunReport {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly kills: readonly Kill[];
  /** Operations by how they ended, as "createTransfer done". */
  readonly operations: Readonly<Record<string, number>>;
}

const ADDRESSES = 25;
const EXCHANGES = 3;
/** Operations of an exchange at a time. */
const AT_ONCE = 4;
const ROUND_MS = 30;
/** A milestone costs the dev node 50 ms of proof of work. */
const MILESTONE_MS = 250;
/** One in so many moments brings a milestone that no payment waits for: sweeps may. */
const IDLE_MILESTONES = 4;
const PAUSE_MS = 40;
/** What has to come about by itself does so within this, on the busiest of machines. */
const WITHIN_MS = 15_000;

interface Node {
  readonly devNode: DevNode;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A dev node in this process, with a milestone whenever a payment waits for one, and now and again. */
async function serveNode({ payments }: Model): Promise<Node> {
  const devNode = createDevNode({ now: () => Date.now(), minWeightMagnitude: 1 });
  const server = createNodeApp(devNode).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  let moments = 0;
  const timer = setInterval(() => {
    moments += 1;
    const isAwaited = payments.some(({ tail }) => !devNode.isConfirmed(tail));
    if (isAwaited || moments % IDLE_MILESTONES === 0) devNode.issueMilestone();
  }, MILESTONE_MS);
  const close = async (): Promise<void> => {
    clearInterval(timer);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { devNode, url: `http://127.0.0.1:${port}`, close };
}

/** Keys that are made before the coordinator ever ran. */
async function makeKeys(data: string, roles: readonly Role[]): Promise<string[]> {
  const store = await openLevelStore(data);
  const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes));
  const keys: string[] = [];
  for (const role of roles) {
    keys.push(
      (await createApiKey({ store, random, now: () => Date.now() }, { role, name: role })).key,
    );
  }
  await store.close();
  return keys;
}

class Run {
  readonly model: Model;
  readonly caller: Caller;
  readonly #seed: number;
  readonly #data: string;
  readonly #node: Node;
  readonly #url: string;
  readonly #coordinator: KilledCoordinator;
  readonly #keys: readonly string[];

  constructor(parts: {
    readonly seed: number;
    readonly file: string;
    readonly data: string;
    readonly port: number;
    readonly node: Node;
    readonly keys: readonly string[];
    readonly model: Model;
  }) {
    const { seed, file, data, port, node, keys, model } = parts;
    this.model = model;
    this.#seed = seed;
    this.#data = data;
    this.#node = node;
    this.#keys = keys;
    this.#url = `http://127.0.0.1:${port}`;
    this.caller = new Caller(this.model, `run-${seed}`);
    const options = ['--network', 'private', '--magnitude', '1', '--round-ms', String(ROUND_MS)];
    const args = ['serve', '--data', data, '--port', String(port), '--node', node.url, ...options];
    this.#coordinator = new KilledCoordinator({ file, args }, createRandom(seed, 0));
  }

  get kills(): readonly Kill[] {
    return this.#coordinator.kills;
  }

  /** A client whose answers may be the moment of a kill. */
  #client(key: string | undefined): ApiClient {
    return createApiClient({
      url: this.#url,
      key: key ?? null,
      fetch: async (...call) => {
        const response = await fetch(...call);
        this.#coordinator.noteReply();
        return response;
      },
    });
  }

  #desk(key: string | undefined, number: number): Desk {
    const { caller, model } = this;
    const client = persistentClient(this.#client(key));
    return { caller, client, model, random: createRandom(this.#seed, number) };
  }

  async run(): Promise<void> {
    const [exchangeKey, adminKey] = this.#keys;
    const officer = new Officer(this.#desk(adminKey, 1), new HonestSigner());
    const { devNode } = this.#node;
    const exchanges = Array.from({ length: EXCHANGES }, (_, i) => {
      return new Exchange(`x${i}`, this.#desk(exchangeKey, 2 + i), devNode);
    });
    const open = async (): Promise<void> => {
      await officer.open(ADDRESSES);
      await Promise.all(exchanges.map((exchange) => exchange.open()));
      await this.#booked(persistentClient(this.#client(exchangeKey)));
      await this.#until('the first deposits are credited', () => officer.sign());
    };
    const random = createRandom(this.#seed, 100);
    await Promise.all([open(), this.#kill(random(2))]);
    const killing = this.#kill(1 + random(2));
    const acting = exchanges.map((exchange) => exchange.actUntil(killing, AT_ONCE));
    await Promise.all([killing, ...acting, officer.sign()]);
    await this.#look(adminKey);
  }

  async #kill(times: number): Promise<void> {
    for (let i = 0; i < times; i += 1) await this.#coordinator.killOnce(this.#coordinator.any());
  }

  /** After one more kill, and all money has come: everything is there once. */
  async #look(key: string | undefined): Promise<void> {
    const client = persistentClient(this.#client(key));
    await this.#booked(client);
    await this.#coordinator.restart();
    const told = await judgeApi(this.model, client);
    await this.#coordinator.kill();
    await judgeStore(this.model, this.#data, told);
  }

  #booked(client: ApiClient): Promise<void> {
    return this.#until('every payment is booked', async () => {
      const deposits = await depositsOf(client);
      return deposits.filter(({ id }) => id !== null).length >= this.model.payments.length;
    });
  }

  /** Tries again until it is so; a violation if that takes too long. */
  async #until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + WITHIN_MS;
    while (!(await isSo())) {
      if (Date.now() > until) {
        this.model.fail(`${what}: not within ${WITHIN_MS} ms`);
        return;
      }
      await sleep(PAUSE_MS);
    }
  }

  stop(): Promise<void> {
    return this.#coordinator.kill();
  }
}

/** @param file the built coordinator */
export async function runOnce(seed: number, file: string): Promise<RunReport> {
  const data = mkdtempSync(join(tmpdir(), 'airlock-coordinator-'));
  const model = new Model();
  const node = await serveNode(model);
  const keys = await makeKeys(data, ['exchange', 'admin']);
  const run = new Run({ seed, file, data, port: await freePort(), node, keys, model });
  try {
    await run.run();
  } catch (cause) {
    model.fail(`the run ended: ${cause instanceof Error ? cause.message : 'failed'}`);
  } finally {
    await run.stop();
    await node.close();
    rmSync(data, { recursive: true, force: true });
  }
  const { kills, caller } = run;
  const operations = Object.fromEntries(caller.counts);
  return { seed, violations: model.violations, kills, operations };
}
