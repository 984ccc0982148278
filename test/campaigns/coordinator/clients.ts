/**
 * Clients of the coordinator as an exchange and an officer have them: each operation is repeated with its
 * idempotency key until it is answered, and what was answered goes into the model.
 */
import { setImmediate } from 'node:timers/promises';
import { type ApiClient, ApiError, type ApiErrorCode, type CallOperationId } from '@airlock/api';
import type { DevNode } from '@airlock/dev-node';
import { openPairingCard } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import type { HonestSigner } from '../../../packages/programs/coordinator/test/signer.ts';
import { pick, type Random } from '../decoders/random.ts';
import type { Model } from './model.ts';

/** What may be refused in an honest run, since others act at the same time. */
const EXPECTED: Partial<Record<CallOperationId, readonly ApiErrorCode[]>> = {
  createTransfer: ['insufficient_balance'],
  createWithdrawal: ['insufficient_balance'],
  cancelWithdrawal: ['not_cancellable'],
  createDepositAddress: ['pool_empty'],
  createSigningRequest: ['nothing_to_sign', 'state_changed'],
};

/** Makes the calls of one run, and counts them by how they ended. */
export class Caller {
  readonly counts: Map<string, number> = new Map();
  readonly #model: Model;
  readonly #prefix: string;
  #serial = 0;

  constructor(model: Model, prefix: string) {
    this.#model = model;
    this.#prefix = prefix;
  }

  freshKey(): string {
    this.#serial += 1;
    return `${this.#prefix}-${this.#serial}`;
  }

  /** The reply of a call that may be refused as expected; then null. */
  async call<K extends CallOperationId>(
    client: ApiClient,
    operation: K,
    input: Parameters<typeof client.call<K>>[1],
  ): Promise<Awaited<ReturnType<typeof client.call<K>>> | null> {
    try {
      const reply = await client.call(operation, input, { idempotencyKey: this.freshKey() });
      this.#count(`${operation} done`);
      return reply;
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      this.#count(`${operation} ${cause.code}`);
      const { code } = cause;
      const isExpected = code !== null && EXPECTED[operation]?.includes(code) === true;
      if (!isExpected)
        this.#model.fail(`${operation} was refused: ${cause.code}: ${cause.message}`);
      return null;
    }
  }

  #count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}

export interface Desk {
  readonly caller: Caller;
  readonly client: ApiClient;
  readonly model: Model;
  readonly random: Random;
}

/** An exchange's server: users, addresses, transfers, withdrawals; its customers pay by the dev node. */
export class Exchange {
  readonly #desk: Desk;
  readonly #devNode: DevNode;
  readonly #name: string;
  #serial = 0;

  constructor(name: string, desk: Desk, devNode: DevNode) {
    this.#name = name;
    this.#desk = desk;
    this.#devNode = devNode;
  }

  /** A user of its own with a deposit address that is paid. */
  async open(): Promise<void> {
    await this.#createUser();
    await this.#createAddress(`${this.#name}-1`);
    this.#pay();
  }

  /** Operations, so many at a time, until this is over. */
  async actUntil(over: Promise<unknown>, atOnce: number): Promise<void> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    over.then(end, end);
    const act = async (): Promise<void> => {
      while (!isOver) await this.#act();
    };
    await Promise.all(Array.from({ length: atOnce }, act));
  }

  async #act(): Promise<void> {
    const { model, random } = this.#desk;
    const dice = random(40);
    if (dice < 20) await this.#transfer();
    else if (dice < 29) await this.#withdraw();
    else if (dice < 34) await this.#cancel();
    else if (dice < 37) await this.#createAddress(pick(random, [...model.users]));
    else if (dice < 39) await this.#createUser();
    else this.#pay();
    // A transfer to oneself is no call, nor is a payment: other clients must come to act as well.
    await setImmediate();
  }

  async #createUser(): Promise<void> {
    const { caller, client, model } = this.#desk;
    this.#serial += 1;
    const id = `${this.#name}-${this.#serial}`;
    if ((await caller.call(client, 'createUser', { body: { id } })) !== null) model.addUser(id);
  }

  async #createAddress(userId: string): Promise<void> {
    const { caller, client, model } = this.#desk;
    const input = { params: { id: userId }, body: {} };
    const reply = await caller.call(client, 'createDepositAddress', input);
    if (reply !== null) model.addAddress(reply.address, userId);
  }

  #pay(): void {
    const { model, random } = this.#desk;
    const address = pick(random, [...model.addresses.keys()]).slice(0, 81);
    const amount = BigInt(1 + random(1_000_000));
    model.payments.push({ ...this.#devNode.pay({ address, amount }), address, amount });
  }

  async #transfer(): Promise<void> {
    const { caller, client, model, random } = this.#desk;
    const users = [...model.users];
    const from = pick(random, users);
    const to = pick(random, users);
    const amount = 1 + random(500);
    if (from === to) return;
    const entries = [
      { userId: from, amount: String(-amount) },
      { userId: to, amount: String(amount) },
    ];
    const reply = await caller.call(client, 'createTransfer', { body: { entries } });
    if (reply === null) return;
    const booked = reply.entries.map((entry) => ({ ...entry, amount: BigInt(entry.amount) }));
    model.addTransfer(reply.id, booked);
  }

  async #withdraw(): Promise<void> {
    const { caller, client, model, random } = this.#desk;
    const userId = pick(random, [...model.users]);
    const amount = BigInt(1 + random(1_000));
    const letters = Array.from({ length: 80 }, () =>
      pick(random, [...'9ABCDEFGHIJKLMNOPQRSTUVWXYZ']),
    );
    const address = withChecksum(`${letters.join('')}9`);
    const body = { userId, address, amount: amount.toString() };
    const reply = await caller.call(client, 'createWithdrawal', { body });
    if (reply !== null) model.addWithdrawal(reply.id, { userId, address, amount });
  }

  async #cancel(): Promise<void> {
    const { caller, client, model, random } = this.#desk;
    const open = [...model.withdrawals].filter(([, { isCancelled }]) => !isCancelled);
    if (open.length === 0) return;
    const [id] = pick(random, open);
    const reply = await caller.call(client, 'cancelWithdrawal', { params: { id } });
    if (reply !== null) model.cancelWithdrawal(id);
  }
}

/** An officer with a signer: pairs it, has requests signed, brings the responses back. */
export class Officer {
  readonly #desk: Desk;
  readonly #signer: HonestSigner;

  constructor(desk: Desk, signer: HonestSigner) {
    this.#desk = desk;
    this.#signer = signer;
  }

  async open(addresses: number): Promise<void> {
    const { caller, client } = this.#desk;
    const batch = await this.#signer.batch(addresses);
    await caller.call(client, 'pairKeyring', { body: this.#signer.card() });
    await caller.call(client, 'importAddressBatch', { body: batch });
  }

  /** Whether there was anything to sign. */
  async sign(): Promise<boolean> {
    const { caller, client, model } = this.#desk;
    const { keyringId } = this.#signer;
    const made = await caller.call(client, 'createSigningRequest', { body: { keyringId } });
    if (made?.id == null) return false;
    const { id } = made;
    if (model.requests.has(id)) model.fail(`two calls were answered with request ${id}`);
    model.requests.add(id);
    const card = await caller.call(client, 'getPairingCard', {});
    const file = await caller.call(client, 'getSigningRequestFile', { params: { id } });
    if (card === null || file === null) return false;
    const response = this.#signer.respond(file, openPairingCard(card).publicKey);
    await caller.call(client, 'importSigningResponse', { body: response });
    return true;
  }
}
