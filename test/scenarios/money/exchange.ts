/** An exchange for scenarios: the coordinator as a process of its own, a network, and an honest signer. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ApiClient,
  createApiClient,
  type SigningRequestView,
  type Withdrawal,
} from '@airlock/api';
import { openPairingCard } from '@airlock/gap';
import { decodeTransaction } from '@airlock/protocol';
import { test } from '@jest/globals';
import { HonestSigner } from '../../../packages/programs/coordinator/test/signer.ts';
import { freePort, runProgram, type Service, startService } from '../../../scripts/programs.ts';
import { CALL_TIMEOUT_MS, createSearchingNode, fresh, MAGNITUDE } from '../node/node-under-test.ts';
import { HAS_MONEY, IS_DIRECTED, type Network, openNetwork } from './network.ts';

export interface ExchangeOptions {
  readonly nodes?: number;
  readonly settings?: object;
  readonly addresses?: number;
}

/** Elsewhere than on the dev node a confirmation takes its time. */
const [WAIT_MS, WAITS_MAX] = IS_DIRECTED ? [20, 1_000] : [200, 6_000];

/** A scenario for any network; without a seed that has money there, it does not run. */
export const scenario: typeof test.skip = HAS_MONEY ? test : test.skip;

/** A scenario that decides when the network confirms or lags: for the dev node alone. */
export const directed: typeof test.skip = IS_DIRECTED ? test : test.skip;

/** For one scenario. */
export const TIMEOUT_MS: number = IS_DIRECTED ? 90_000 : 3_600_000;

/** Waits until something is so; a scenario ends with what it waited for. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let left = WAITS_MAX; left > 0; left -= 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
  throw new Error(`waited in vain for: ${what}`);
}

export class Exchange {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'airlock-scenario-'));
  readonly signer: HonestSigner = new HonestSigner({
    number: 77,
    run: IS_DIRECTED ? '' : fresh(81),
  });
  readonly network: Network;
  api!: ApiClient;
  #service: Service | null = null;
  #port = 0;
  #settings: string | null = null;
  #identity: Uint8Array = new Uint8Array();
  #calls = 0;

  private constructor(network: Network) {
    this.network = network;
  }

  static async open(options: ExchangeOptions = {}): Promise<Exchange> {
    const exchange = new Exchange(await openNetwork(options.nodes ?? 1));
    await exchange.#set(options);
    return exchange;
  }

  async #set({ settings, addresses = 40 }: ExchangeOptions): Promise<void> {
    if (settings !== undefined) {
      this.#settings = join(this.folder, 'settings.json');
      writeFileSync(this.#settings, JSON.stringify(settings));
    }
    const data = ['--data', join(this.folder, 'data')];
    const key = runProgram('airlock-coordinator', ['api-key', ...data, '--role', 'admin']).trim();
    this.#port = await freePort();
    const url = `http://127.0.0.1:${this.#port}`;
    this.api = createApiClient({ url, key, fetch: globalThis.fetch, timeoutMs: CALL_TIMEOUT_MS });
    await this.start();
    this.#identity = openPairingCard(await this.api.call('getPairingCard')).publicKey;
    await this.api.call('pairKeyring', { body: this.signer.card() });
    await this.api.call('importAddressBatch', { body: await this.signer.batch(addresses) });
  }

  async start(): Promise<void> {
    const nodes = this.network.nodes.flatMap(({ url }) => ['--node', url]);
    const settings = this.#settings === null ? [] : ['--settings', this.#settings];
    this.#service = await startService('airlock-coordinator', [
      ...['serve', '--data', join(this.folder, 'data'), '--port', String(this.#port)],
      ...[
        '--network',
        'private',
        '--magnitude',
        `${MAGNITUDE}`,
        '--round-ms',
        `${WAIT_MS}`,
        ...nodes,
        ...settings,
      ],
    ]);
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The store as it is now, while the coordinator is stopped. */
  backUp(): void {
    cpSync(join(this.folder, 'data'), join(this.folder, 'backup'), { recursive: true });
  }

  restoreBackUp(): void {
    rmSync(join(this.folder, 'data'), { recursive: true });
    cpSync(join(this.folder, 'backup'), join(this.folder, 'data'), { recursive: true });
  }

  get idempotency(): { readonly idempotencyKey: string } {
    this.#calls += 1;
    return { idempotencyKey: `call-${this.#calls}` };
  }

  milestone(): void {
    this.network.milestone();
  }

  async createUser(id: string): Promise<void> {
    await this.api.call('createUser', { body: { id } });
  }

  /** A fresh deposit address (81 trytes). */
  async addressFor(id: string): Promise<string> {
    const fields = { params: { id }, body: {} };
    const { address } = await this.api.call('createDepositAddress', fields, this.idempotency);
    return address.slice(0, 81);
  }

  /** Pays to an address and waits until the ledger has it. */
  async deposit(address: string, amount: bigint): Promise<void> {
    const before = BigInt((await this.api.call('getStatement')).assets);
    await this.network.pay({ address, amount });
    this.milestone();
    await until('the deposit is booked', async () => {
      return BigInt((await this.api.call('getStatement')).assets) === before + amount;
    });
  }

  async withdraw(
    userId: string,
    { address, amount }: { address: string; amount: bigint },
  ): Promise<Withdrawal> {
    const body = { userId, address, checksum: 'none' as const, amount: amount.toString() };
    return this.api.call('createWithdrawal', { body }, this.idempotency);
  }

  async request(
    limits: { maxSweeps?: number; maxInputs?: number } = {},
  ): Promise<SigningRequestView & { readonly id: string }> {
    const body = { keyringId: this.signer.keyringId, ...limits };
    const view = await this.api.call('createSigningRequest', { body }, this.idempotency);
    return { ...view, id: view.id ?? '' };
  }

  /** The signer's answer to a request. */
  async answer(id: string): Promise<Uint8Array> {
    const file = await this.api.call('getSigningRequestFile', { params: { id } });
    return this.signer.respond(file, this.#identity);
  }

  /** The signer's receipt of a void. */
  void(file: Uint8Array): Uint8Array {
    return this.signer.void(file, this.#identity);
  }

  async import(response: Uint8Array): Promise<void> {
    await this.api.call('importSigningResponse', { body: response });
  }

  async sweepStatus(bundleHash: string): Promise<string> {
    return (await this.api.call('getSweep', { params: { bundleHash } })).status;
  }

  /** Waits until these bundles are attached, and then confirmed by milestones. */
  async confirm(bundles: readonly string[]): Promise<void> {
    for (const bundle of bundles) {
      await until(`${bundle} is confirmed`, async () => {
        const status = await this.sweepStatus(bundle);
        if (status === 'attached') this.milestone();
        return status === 'confirmed';
      });
    }
  }

  /** Requests, signs, attaches and confirms everything that can be planned. */
  async sweepAll(): Promise<readonly string[]> {
    const { id, sweeps } = await this.request();
    await this.import(await this.answer(id));
    const bundles = sweeps.map(({ bundleHash }) => bundleHash);
    await this.confirm(bundles);
    return bundles;
  }

  /** What anybody can do with a bundle that the network has: attach it once more. */
  async attachAgain(bundle: string): Promise<void> {
    const [{ url }] = this.network.nodes as readonly [Network['nodes'][number]];
    const node = createSearchingNode(url);
    const trytes = await node.trytes(await node.findByBundles([bundle]));
    const indexOf = (text: string): number => decodeTransaction(text).currentIndex;
    const byIndex = [...trytes].sort((a, b) => indexOf(a) - indexOf(b));
    await node.broadcast(await node.attach(byIndex));
  }

  async available(id: string): Promise<bigint> {
    return BigInt((await this.api.call('getUser', { params: { id } })).balance.available);
  }

  /** The statement's terms; their difference must be 0. */
  async statement(): Promise<Record<string, string | number>> {
    const statement = await this.api.call('getStatement');
    if (statement.difference !== '0') throw new Error(`the equation: ${statement.difference}`);
    return { ...statement };
  }
}

const NOBODY = fresh(80);

/** An address of nobody here, the same one for the same letter. */
export const outside = (letter: string): string => `${letter}${NOBODY}`;
