/** A coordinator over a real dev node and a store, with a signer: what most tests begin with. */
import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDevNode, createApp as createNodeApp, type DevNode } from '@airlock/dev-node';
import type { Network } from '@airlock/protocol';
import { type Coordinator, openCoordinator } from '../src/coordinator.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import { difference } from '../src/ledger/apply.ts';
import { replay } from '../src/ledger/ledger.ts';
import { type KeyringRow, TABLES, ZERO_TOTALS } from '../src/ledger/rows.ts';
import { encodeRow, type LedgerState } from '../src/ledger/state.ts';
import { createIotaNode } from '../src/nodes/iota-node.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { createNodeQuorum } from '../src/nodes/node-quorum.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/settings.ts';
import { type ImportedRecord, importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import { createRequest, type DraftedRequest, requestFile } from '../src/signing/signing.ts';
import {
  type ImportedReceipt,
  importVoidReceipt,
  requestVoid,
  voidFile,
} from '../src/signing/voids.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import type { Store } from '../src/store/store.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { DepositMonitor } from '../src/tangle/monitor.ts';
import { nodeTimers, type Timers } from '../src/timers.ts';
import { createWebhookSender } from '../src/webhooks/http-sender.ts';
import { HonestSigner, type RespondOptions, type VoidOptions } from './signer.ts';

export const START = 1_700_000_000_000;

/** A clock that moves a millisecond a look, so that nothing hangs on equal times. */
export class Clock {
  at: number = START;
  readonly now = (): number => {
    this.at += 1;
    return this.at;
  };
}

/** Repeatable bytes that never come twice. */
export function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let calls = 0;
  return (bytes) => {
    calls += 1;
    const digest = createHash('sha512').update(`${seed}/${calls}`).digest();
    return new Uint8Array(digest.subarray(0, bytes));
  };
}

export interface ServedNode {
  readonly devNode: DevNode;
  readonly node: NodeClient;
  readonly url: string;
  readonly close: () => Promise<void>;
}

export function listen(app: {
  listen: (port: number, host: string, callback: () => void) => Server;
}): Promise<{ url: string; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<void> =>
        new Promise((done) => {
          server.close(() => done());
          server.closeAllConnections();
        });
      resolve({ url: `http://127.0.0.1:${port}`, close });
    });
  });
}

/** A dev node over HTTP. Its clock is the wall's: IRI refuses transactions from afar in time. */
export async function serveNode(): Promise<ServedNode> {
  const devNode = createDevNode({ now: () => Date.now(), minWeightMagnitude: 1 });
  const { url, close } = await listen(createNodeApp(devNode));
  const nodes = [createIotaNode({ url, minWeightMagnitude: 1 })];
  const node = createNodeQuorum({ nodes, now: () => Date.now(), log: () => undefined });
  return { devNode, node, url, close };
}

export interface World {
  readonly coordinator: Coordinator;
  readonly store: Store;
  readonly signer: HonestSigner;
  readonly monitor: DepositMonitor;
  readonly attachment: Attachment;
  readonly clock: Clock;
  readonly logged: string[];
}

/** Opens a coordinator on a store, without signer or addresses. */
export async function openWorld(options: {
  readonly node: NodeClient;
  readonly network?: Network;
  readonly store?: Store;
  readonly signer?: HonestSigner;
  readonly seed?: string;
  readonly settings?: Partial<Settings>;
  readonly timers?: Timers;
}): Promise<World> {
  const { node, store = createMemoryStore(), signer = new HonestSigner() } = options;
  const clock = new Clock();
  const logged: string[] = [];
  const coordinator = await openCoordinator({
    network: options.network ?? 'private',
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    store,
    node,
    now: clock.now,
    random: seededRandom(options.seed ?? 'world'),
    timers: options.timers ?? nodeTimers,
    send: createWebhookSender(2_000),
    log: (line) => logged.push(line),
  });
  const monitor = new DepositMonitor(coordinator);
  const attachment = new Attachment(coordinator);
  return { coordinator, store, signer, monitor, attachment, clock, logged };
}

/** With its signer paired and a batch of addresses imported. */
export async function pairedWorld(
  options: Parameters<typeof openWorld>[0],
  addresses = 20,
): Promise<World> {
  const world = await openWorld(options);
  await pairKeyring(world.coordinator, world.signer.card());
  await importAddressBatch(world.coordinator, await world.signer.batch(addresses));
  return world;
}

/** Paired with the signer of this number, with 40 addresses and the user alice. */
export async function aliceWorld(node: NodeClient, number: number): Promise<World> {
  const world = await pairedWorld({ node, signer: new HonestSigner({ number }) }, 40);
  await createUser(world, 'alice');
  return world;
}

/** The state of the ledger of the world. */
export const stateOf = ({ coordinator }: World): LedgerState => coordinator.ledger.state;

/** Alarms that are raised now, as "name subject". */
export const raisedAlarms = (world: World): string[] =>
  [...stateOf(world).rows('alarms')]
    .filter(({ clearedAt }) => clearedAt === null)
    .map(({ alarm, subject }) => `${alarm} ${subject}`)
    .sort();

/** The row of the keyring of the world's own signer. */
export const keyringOf = (world: World): KeyringRow =>
  stateOf(world).get('keyrings', world.signer.keyringId)!;

export async function createUser({ coordinator }: World, userId: string): Promise<void> {
  await coordinator.ledger.execute(({ record }) => record({ type: 'user.created', userId }));
}

/** The user's fresh deposit address (81 trytes). */
export async function assign({ coordinator, signer }: World, userId: string): Promise<string> {
  const { keyringId } = signer;
  const [row] = coordinator.pools.next({ keyringId, kind: 'deposit' }, 1);
  await coordinator.ledger.execute(({ record }) =>
    record({ type: 'address.assigned', address: row!.address, userId }),
  );
  return row!.address;
}

export async function withdraw(
  { coordinator }: World,
  fields: { userId: string; address: string; amount: bigint; number?: number; tag?: string },
): Promise<string> {
  const { userId, address, amount, number = 1, tag = '9'.repeat(27) } = fields;
  const withdrawalId = withdrawalIdOf(number);
  await coordinator.ledger.execute(({ record }) =>
    record({
      type: 'withdrawal.requested',
      withdrawalId,
      userId,
      address,
      amount,
      tag,
      reference: null,
      lossReason: null,
    }),
  );
  return withdrawalId;
}

export const withdrawalIdOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString().padStart(12, '0')}`;

/** An address of nobody here: 80 letters and a 9. */
export const foreignAddress = (letter: string): string => `${letter.repeat(80)}9`;

/** Pays from the faucet and books what is confirmed by it. */
export async function deposit(
  world: World,
  { devNode }: ServedNode,
  payment: { address: string; amount: bigint },
): Promise<string> {
  const { tail } = devNode.pay(payment);
  devNode.issueMilestone();
  await world.monitor.round();
  return tail;
}

/** One more deposit of a user, swept by a request of its own; its id. */
export async function requestDeposit(
  world: World,
  served: ServedNode,
  { userId = 'alice', amount }: { userId?: string; amount: bigint },
): Promise<string> {
  await deposit(world, served, { address: await assign(world, userId), amount });
  return (await request(world)).requestId ?? '';
}

/** The signer's receipt of the void of a request, which is asked for. */
export async function receiptOf(
  { coordinator, signer }: Pick<World, 'coordinator' | 'signer'>,
  requestId: string,
  options: VoidOptions = {},
): Promise<Uint8Array> {
  await requestVoid(coordinator, requestId);
  return signer.void(voidFile(coordinator, requestId), coordinator.identity.publicKey, options);
}

/** Asks for a void, has it recorded, and imports the receipt. */
export async function voidIt(world: World, requestId: string): Promise<ImportedReceipt> {
  return importVoidReceipt(world.coordinator, await receiptOf(world, requestId));
}

export async function copyOf(store: Store): Promise<Store> {
  const copy = createMemoryStore();
  for await (const [key, value] of store.entries({ from: '', to: '\uffff' })) {
    await copy.batch([{ type: 'put', key, value }]);
  }
  return copy;
}

/** The coordinator as a backup of its store has it, a day later, with the same signer. */
export async function restore(world: World, backup: Store): Promise<World> {
  const { coordinator, signer } = world;
  const { node } = coordinator;
  const restored = await openWorld({ node, store: backup, signer, seed: 'restored' });
  restored.clock.at += 86_400_000;
  return restored;
}

/** Imports the record as the world's own signer exports it. */
export const importOwnRecord = ({ coordinator, signer }: World): Promise<ImportedRecord> =>
  importRecord(coordinator, signer.record());

export const LIMITS = { maxSweeps: 32, maxInputs: 20 };

export function request(
  { coordinator, signer }: Pick<World, 'coordinator' | 'signer'>,
  options: { maxSweeps?: number; maxInputs?: number; dryRun?: boolean } = {},
): Promise<DraftedRequest> {
  const { dryRun = false, ...limits } = options;
  return createRequest(coordinator, {
    keyringId: signer.keyringId,
    limits: { ...LIMITS, ...limits },
    dryRun,
    alsoWrite: ({ requestId }) => ({ type: 'put', key: `i/${requestId}`, value: '{}' }),
  });
}

/** The signer's answer to a request of the coordinator. */
export async function answer(
  { coordinator, signer }: Pick<World, 'coordinator' | 'signer'>,
  requestId: string | null,
  options: RespondOptions = {},
): Promise<Uint8Array> {
  const file = await requestFile(coordinator, requestId ?? '');
  return signer.respond(file, coordinator.identity.publicKey, options);
}

/** Attaches what is signed, confirms it by a milestone, and takes notice. */
export async function confirmSweeps(
  { attachment }: Pick<World, 'attachment'>,
  { devNode }: Pick<ServedNode, 'devNode'>,
): Promise<void> {
  await attachment.round();
  devNode.issueMilestone();
  await attachment.round();
}

/** Requests, signs, attaches and confirms everything that can be planned. */
export async function sweepAll(world: World, served: ServedNode): Promise<DraftedRequest> {
  const drafted = await request(world);
  await importResponse(world.coordinator, await answer(world, drafted.requestId));
  await confirmSweeps(world, served);
  await world.monitor.round();
  return drafted;
}

/** Every row and the head, as text. */
export function dump(state: LedgerState): Record<string, unknown> {
  const tables = TABLES.map((table) => [
    table,
    [...state.entriesOf(table)].map(([key, row]) => [key, encodeSorted(row)] as const).sort(),
  ]);
  return { head: state.head, ...Object.fromEntries(tables) };
}

/** All but alarms and the head, which they move: what a refusal that raises one leaves as it is. */
export function butAlarms(dumped: Record<string, unknown>): Record<string, unknown> {
  const { head: _head, alarms: _alarms, ...rest } = dumped;
  return rest;
}

function encodeSorted(row: object): string {
  return encodeRow(Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function differenceOf(state: LedgerState): bigint {
  return difference(state.get('totals', '') ?? ZERO_TOTALS);
}

export async function replayed(store: Store): Promise<Record<string, unknown>> {
  return dump(await replay(store));
}

/** The code of what a call throws. */
export async function codeOf(call: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (cause) {
    return (cause as { code?: unknown }).code ?? (cause as Error).name;
  }
  return 'no error';
}
