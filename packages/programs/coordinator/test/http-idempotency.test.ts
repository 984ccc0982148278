/** Idempotency keys over HTTP: one effect, the stored reply, and what is never stored. */

import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '../src/store/memory-store.ts';
import type { Store } from '../src/store/store.ts';
import { ALL, type Api, checkError, routeOf, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import {
  assign,
  createUser,
  deposit,
  foreignAddress,
  openWorld,
  pairedWorld,
  request,
  type ServedNode,
  serveNode,
  type World,
  withdrawalIdOf,
} from './world.ts';

/** A memory store whose batches fail while it is broken. */
function breakableStore(): Store & { broken: boolean } {
  const inner = createMemoryStore();
  const store = {
    ...inner,
    broken: false,
    batch: async (operations: Parameters<Store['batch']>[0]) => {
      if (store.broken) throw new Error('disk full');
      await inner.batch(operations);
    },
  };
  return store;
}

let served: ServedNode;
let world: World;
let api: Api;
let store: ReturnType<typeof breakableStore>;
let signers = 70;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());
beforeEach(async () => {
  await api?.close();
  signers += 1;
  store = breakableStore();
  const signer = new HonestSigner({ number: signers });
  world = await pairedWorld({ node: served.node, store, signer }, 10);
  await createUser(world, 'alice');
  await createUser(world, 'bob');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await request(world);
  api = await serveApi(world);
});
afterAll(() => api.close());

const head = () => world.coordinator.ledger.state.head;
const body = { userId: 'alice', address: withChecksum(foreignAddress('L')), amount: '10' };
const transfer = {
  entries: [
    { userId: 'alice', amount: '-1' },
    { userId: 'bob', amount: '1' },
  ],
};

describe('the header', () => {
  test('is required on every POST that moves or reserves something', () => {
    const required = ALL.filter((operation) => routeOf(operation).idempotent === true).sort();
    expect(required).toEqual([
      'abandonSweep',
      'bookForgottenBundle',
      'cancelOperatorWithdrawal',
      'cancelWithdrawal',
      'correctBalance',
      'createColdOrder',
      'createDepositAddress',
      'createOperatorWithdrawal',
      'createSigningRequest',
      'createTopUp',
      'createTransfer',
      'createWithdrawal',
      'repeatColdSpend',
      'replaceWithdrawal',
    ]);
  });

  test.each([null, 'x'.repeat(65), 'a b', 'ü'])('is refused as %j', async (idempotency) => {
    const before = head();
    const found = await api.call('createWithdrawal', { body, idempotency });
    const error = checkError(found);
    expect(error.code).toBe('idempotency_key_required');
    expect(error.fields[0]!.path).toBe('header Idempotency-Key');
    expect(head()).toEqual(before);
  });
});

describe('a repeated call', () => {
  test('gives the stored reply with Idempotent-Replayed and has no second effect', async () => {
    const idempotency = 'k1';
    const first = await api.call('createWithdrawal', { body, idempotency });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const before = head();
    const again = await api.call('createWithdrawal', { body, idempotency });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const { userId, address, amount } = body;
    const reordered = JSON.stringify({ amount, address, userId });
    const third = await api.call('createWithdrawal', { body: reordered, idempotency });
    expect(third.body).toEqual(first.body);
    expect(head()).toEqual(before);
  });

  test.each([
    ['createTransfer', {}, transfer],
    ['createDepositAddress', { id: 'bob' }, {}],
  ] as const)('of %s is replayed as well', async (operation, params, sent) => {
    const fields = { params, body: sent, idempotency: 'same' };
    const first = await api.call(operation, fields);
    const before = head();
    expect((await api.call(operation, fields)).body).toEqual(first.body);
    expect(head()).toEqual(before);
  });

  test('of a cancellation or a signing request is replayed, though the state has moved on', async () => {
    const id = withdrawalIdOf(3);
    await api.call('createWithdrawal', { body: { ...body, id } });
    const cancel = { params: { id }, idempotency: 'c' };
    const first = await api.call('cancelWithdrawal', cancel);
    expect((await api.call('cancelWithdrawal', cancel)).body).toEqual(first.body);
    await deposit(world, served, { address: await assign(world, 'bob'), amount: 3n });
    const { keyringId } = world.signer;
    const plan = { body: { keyringId }, idempotency: 's' };
    const made = await api.call('createSigningRequest', plan);
    expect(made.status).toBe(201);
    const before = head();
    expect((await api.call('createSigningRequest', plan)).body).toEqual(made.body);
    expect(head()).toEqual(before);
  });

  test('is replayed after a restart', async () => {
    const idempotency = 'over-restart';
    const first = await api.call('createTransfer', { body: transfer, idempotency });
    const { signer } = world;
    const again = await openWorld({ node: served.node, store, signer, seed: 'restarted' });
    const { close } = api;
    await close();
    const restarted = await serveApi(again);
    const key = { authorization: `Bearer ${api.keys.exchange}` };
    const fields = { body: transfer, idempotency, role: null, headers: key };
    const found = await restarted.call('createTransfer', fields);
    expect(found.body).toEqual(first.body);
    expect(found.headers.get('idempotent-replayed')).toBe('true');
    api = restarted;
  });

  test('with another body is idempotency_key_reused', async () => {
    await api.call('createWithdrawal', { body, idempotency: 'k' });
    const before = head();
    const other = { ...body, amount: '11' };
    const found = await api.call('createWithdrawal', { body: other, idempotency: 'k' });
    expect(checkError(found).code).toBe('idempotency_key_reused');
    expect(head()).toEqual(before);
  });

  test('on another route or with another API key is a call of its own', async () => {
    await api.call('createTransfer', { body: transfer, idempotency: 'k' });
    const before = head().number;
    await api.call('createTransfer', { body: transfer, idempotency: 'k', role: 'admin' });
    await api.call('createWithdrawal', { body, idempotency: 'k' });
    expect(head().number).toBe(before + 2);
  });

  test('while the first one runs is idempotency_in_progress; there is one effect', async () => {
    const before = head().number;
    const calls = Array.from({ length: 6 }, () =>
      api.call('createWithdrawal', { body, idempotency: 'race' }),
    );
    const found = await Promise.all(calls);
    const made = found.filter(({ status }) => status === 201);
    expect(new Set(made.map((each) => each.body.id)).size).toBe(1);
    const others = found.filter(({ status }) => status !== 201);
    for (const each of others) expect(checkError(each).code).toBe('idempotency_in_progress');
    expect(others.length).toBeGreaterThan(0);
    expect(head().number).toBe(before + 1);
  });
});

describe('what is not stored', () => {
  test('a 4xx: the same key works once the reason is gone', async () => {
    const id = withdrawalIdOf(8);
    const big = { ...body, id, amount: '101' };
    const refused = await api.call('createWithdrawal', { body: big, idempotency: 'k' });
    expect(checkError(refused).code).toBe('insufficient_balance');
    const found = await api.call('createWithdrawal', { body, idempotency: 'k' });
    expect(found.status).toBe(201);
  });

  test('a dry run', async () => {
    const { keyringId } = world.signer;
    await deposit(world, served, { address: await assign(world, 'bob'), amount: 3n });
    const dry = { body: { keyringId, dryRun: true }, idempotency: 'k' };
    expect((await api.call('createSigningRequest', dry)).body.id).toBeNull();
    const real = { body: { keyringId }, idempotency: 'k' };
    expect((await api.call('createSigningRequest', real)).body.id).toMatch(/^sr_/);
  });

  test('a 503: after the store failed nothing is acknowledged, told or written any more', async () => {
    const id = withdrawalIdOf(9);
    store.broken = true;
    const failed = await api.call('createWithdrawal', { body: { ...body, id }, idempotency: 'k' });
    expect(checkError(failed).code).toBe('store_unavailable');
    store.broken = false;
    for (const [operation, fields] of [
      ['createWithdrawal', { body: { ...body, id }, idempotency: 'k' }],
      ['createUser', { body: { id: 'zoe' } }],
      ['getWithdrawal', { params: { id } }],
      ['getUser', { params: { id: 'alice' } }],
      ['listWithdrawals', {}],
    ] as const) {
      expect(checkError(await api.call(operation, fields)).code).toBe('store_unavailable');
    }
    const ready = await api.call('getReadiness');
    expect(ready).toMatchObject({
      status: 503,
      body: { status: 'unready', checks: { store: 'cannot be written' } },
    });
    const again = await openWorld({ node: served.node, store, signer: world.signer });
    expect(again.coordinator.ledger.state.get('withdrawals', id)).toBeUndefined();
    expect(again.coordinator.ledger.state.get('users', 'alice')).toMatchObject({ available: 100n });
  });
});
