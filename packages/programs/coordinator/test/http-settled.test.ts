/** What the API tells is on the disk: replies, refusals and reads wait for it, and for no more than that. */
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { arrived, assigned, credited, depositAddress, imported, paired, user } from './booked.ts';
import { type GatedStore, gatedStore } from './gated-store.ts';
import { type Answer, type Api, checkError, serveApi } from './served.ts';
import { openWorld } from './world.ts';

/** None of these tests asks a node anything. */
const noNode = {} as NodeClient;
let store: GatedStore;
let api: Api;
beforeEach(async () => {
  await api?.close();
  store = gatedStore();
  store.open();
  const world = await openWorld({ node: noNode, store });
  await world.coordinator.ledger.execute(({ record }) =>
    [
      ...[paired, imported(1), user('alice'), user('bob'), assigned('alice', 1)],
      ...[arrived(depositAddress(1), 100n, 1), credited(1)],
    ].map(record),
  );
  api = await serveApi(world);
  store.shut();
});
afterAll(() => api.close());

/** Resolves when so many batches have come. */
async function batches(count: number): Promise<void> {
  while (store.batches.length < count) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether the call is answered although no batch was let go. */
async function isAnswered(call: Promise<unknown>): Promise<boolean> {
  let answered = false;
  void call.then(() => {
    answered = true;
  });
  // Another call, which waits for nothing, goes all the way meanwhile.
  await api.call('getHealth');
  await api.call('getHealth');
  return answered;
}

test.each([
  { name: 'a refusal', operation: 'createUser', fields: { body: { id: 'zoe' } }, status: 409 },
  { name: 'a reply', operation: 'getUser', fields: { params: { id: 'zoe' } }, status: 200 },
] as const)('$name waits until the user it tells of is on the disk', async (told) => {
  const { operation, fields, status } = told;
  const { length } = store.batches;
  const made = api.call('createUser', { body: { id: 'zoe' } });
  await batches(length + 1);
  const call = api.call(operation, fields);
  expect(await isAnswered(call)).toBe(false);
  store.open();
  expect((await call).status).toBe(status);
  expect((await made).status).toBe(201);
});

test('a user that never gets to the disk is neither confirmed nor said to exist', async () => {
  const { length } = store.batches;
  const made = api.call('createUser', { body: { id: 'zoe' } });
  await batches(length + 1);
  const told = api.call('createUser', { body: { id: 'zoe' } });
  await isAnswered(told);
  store.fail = true;
  store.open();
  expect(checkError(await made).code).toBe('store_unavailable');
  expect(checkError(await told).code).toBe('store_unavailable');
});

test('a stored reply leaves when its own batch is on the disk, though the next is being written', async () => {
  const { length } = store.batches;
  const transfer = (from: string, to: string): Promise<Answer> => {
    const entries = [
      { userId: from, amount: '-1' },
      { userId: to, amount: '1' },
    ];
    return api.call('createTransfer', { body: { entries } });
  };
  const first = transfer('alice', 'bob');
  await batches(length + 1);
  const second = transfer('bob', 'alice');
  expect(await isAnswered(Promise.race([first, second]))).toBe(false);
  await store.release();
  await batches(length + 2);
  expect((await first).status).toBe(201);
  expect(await isAnswered(second)).toBe(false);
  store.open();
  expect((await second).status).toBe(201);
});
