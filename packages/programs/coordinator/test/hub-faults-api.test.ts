/** IOTA Hub's faults at its API (docs/hub-faults.md): each must not happen here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATION_IDS, type OperationId, openApi, type Route } from '@airlock/api';
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { type Api, checkError, routeOf, serveApi } from './served.ts';
import {
  aliceWorld,
  answer,
  assign,
  createUser,
  deposit,
  dump,
  foreignAddress,
  openWorld,
  request,
  type ServedNode,
  serveNode,
  stateOf,
  sweepAll,
  type World,
  withdrawalIdOf,
} from './world.ts';

let served: ServedNode;
let world: World;
let api: Api;

beforeAll(async () => {
  served = await serveNode();
  world = await aliceWorld(served.node, 161);
  await createUser(world, 'bob');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  api = await serveApi(world);
});
afterAll(async () => {
  await api.close();
  await served.close();
});

const payee = withChecksum(foreignAddress('K'));
const vectors = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../../test/vectors/iota-legacy.json'), 'utf8'),
) as { hmac_broken: { tokenInHubTest: string; base64decoded: string } };

const paramsOf = (id: OperationId): string[] =>
  [...routeOf(id).path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

test('B1: the token that Hub accepts for any bundle opens nothing', async () => {
  const { tokenInHubTest, base64decoded } = vectors.hmac_broken;
  for (const token of [tokenInHubTest, base64decoded, `airlock_${tokenInHubTest}`]) {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await api.call('getStats', { role: null, headers });
    expect(checkError(answer).code).toBe('unauthorized');
  }
});

/** Names of everything that routes take and give: parameters, and fields at any depth. */
function namesIn(description: unknown): string[] {
  if (typeof description !== 'object' || description === null) return [];
  const { properties, parameters } = description as {
    readonly properties?: object;
    readonly parameters?: readonly { readonly name: string }[];
  };
  const names = Array.isArray(parameters) ? parameters.map(({ name }) => name) : [];
  return [
    ...names,
    ...Object.keys(properties ?? {}),
    ...Object.values(description).flatMap((each) => namesIn(each)),
  ];
}

test('B2: no route takes the UUID of a key or gives a seed', () => {
  const names = namesIn(openApi('0.0.0'));
  expect(names).toEqual(expect.arrayContaining(['Idempotency-Key', 'bundleHash', 'userId']));
  expect(names.filter((name) => /seed|uuid|salt/i.test(name))).toEqual([]);
  expect(OPERATION_IDS.filter((id) => /seed|uuid|salt/i.test(routeOf(id).path + id))).toEqual([]);
});

test('B2: the UUID of a key, or a longer one, in the place of any id does nothing but get a code', async () => {
  const [uuid = ''] = world.signer.uuids.values();
  expect(uuid).toHaveLength(64);
  const before = dump(stateOf(world));
  const withId = OPERATION_IDS.filter((id) => routeOf(id).path.includes('{'));
  expect(withId.length).toBeGreaterThan(20);
  for (const id of withId) {
    for (const text of [uuid, `${uuid}A`, uuid.repeat(100)]) {
      const params = { id: text, address: text, bundleHash: text };
      expect(Object.keys(params)).toEqual(expect.arrayContaining(paramsOf(id)));
      const { code } = checkError(await api.call(id, { params }));
      expect([id, text.length, code]).toEqual([id, text.length, 'invalid_request']);
    }
  }
  expect(dump(stateOf(world))).toEqual(before);
});

test('B7: no route but the open ones does anything without a key, or with another role’s', async () => {
  const before = dump(stateOf(world));
  const open = OPERATION_IDS.filter((id) => (routeOf(id) as Route).role === null);
  expect(open.sort()).toEqual(['getHealth', 'getOpenApi', 'getReadiness']);
  const params = { id: 'alice', address: payee, bundleHash: 'A'.repeat(81) };
  for (const id of OPERATION_IDS) {
    const { role } = routeOf(id) as Route;
    if (role === null) continue;
    const nobody = await api.call(id, { params, role: null });
    expect([id, checkError(nobody).code]).toEqual([id, 'unauthorized']);
    const other = role === 'auditor' ? 'officer' : 'auditor';
    const wrong = await api.call(id, { params, role: other });
    expect([id, checkError(wrong).code]).toEqual([id, 'forbidden']);
  }
  expect(dump(stateOf(world))).toEqual(before);
});

test('B13: history and the spent state are answered over the one API there is', async () => {
  const history = await api.call('listHistory', { params: { id: 'alice' } });
  expect(history.body.data).toHaveLength(1);
  const [retired] = [...stateOf(world).rows('addresses')].filter((row) => row.status === 'retired');
  const address = withChecksum(retired!.address);
  const { body } = await api.call('getAddress', { params: { address } });
  expect(body).toMatchObject({ spent: true, withdrawable: false });
});

test.each([
  ['no command', {}],
  ['a short address', { userId: 'alice', address: 'AAAA', amount: '1' }],
  ['a user id in another case', { userId: 'ALICE', address: payee, amount: '1' }],
])('B14: %s is refused, and the process goes on', async (_name, body) => {
  const answer = await api.call('createWithdrawal', { body });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect((await api.call('getHealth')).status).toBe(200);
});

test('B17: a wrong signature is said to be one, with its address, and nothing of the response is kept', async () => {
  const address = await assign(world, 'bob');
  await deposit(world, served, { address, amount: 1n });
  const { requestId } = await request(world);
  const signer = world.signer.clone();
  // Another chain value, canonical as well, in the place of the first.
  const altered = (bytes: Uint8Array): Uint8Array => bytes.slice().copyWithin(0, 48, 96);
  const forged = await answer({ ...world, signer }, requestId, {
    response: (response) => ({
      ...response,
      results: response.results.map((result) =>
        result.kind === 'signed'
          ? { ...result, signatures: result.signatures.map(([at, bytes]) => [at, altered(bytes)]) }
          : result,
      ),
    }),
  });
  const before = dump(stateOf(world));
  const refused = await api.call('importSigningResponse', { body: forged });
  expect([refused.status, checkError(refused).code]).toEqual([422, 'signature_invalid']);
  expect(checkError(refused).message).toContain(address);
  const nobodys = await api.call('getUser', { params: { id: 'nobody' } });
  expect(checkError(nobodys).code).toBe('user_unknown');
  expect(dump(stateOf(world))).toEqual(before);
  const honest = await answer(world, requestId);
  // A file of which a bit was lost on the way is told from one whose signer signed wrongly.
  const damaged = honest.map((byte, at) => (at === honest.length - 1 ? byte ^ 1 : byte));
  const broken = await api.call('importSigningResponse', { body: damaged });
  expect([broken.status, checkError(broken).code]).toEqual([400, 'file_invalid']);
  expect((await api.call('importSigningResponse', { body: honest })).status).toBe(201);
});

test('B22: events have times in UTC with milliseconds, and history is in order with its balance', async () => {
  const entries = [
    { userId: 'alice', amount: '-1' },
    { userId: 'bob', amount: '1' },
  ];
  for (let i = 0; i < 3; i += 1) await api.call('createTransfer', { body: { entries } });
  const { body } = await api.call('listHistory', { params: { id: 'alice' } });
  const rows = body.data as { number: number; at: string; balanceAfter: string }[];
  expect(rows.map(({ balanceAfter }) => balanceAfter)).toEqual(['100', '99', '98', '97']);
  for (const [place, { number, at }] of rows.entries()) {
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(number).toBeGreaterThan(rows[place - 1]?.number ?? 0);
  }
});

test('B23: a transfer of a thousand entries is taken; a body that is too large gets an answer', async () => {
  const users = Array.from({ length: 999 }, (_, i) => `user-${i}`);
  await world.coordinator.ledger.execute(({ record }) => {
    for (const userId of users) record({ type: 'user.created', userId });
  });
  await deposit(world, served, { address: await assign(world, 'bob'), amount: 2000n });
  await sweepAll(world, served);
  const entries = [
    { userId: 'bob', amount: '-999' },
    ...users.map((userId) => ({ userId, amount: '1' })),
  ];
  const body = { entries };
  expect(JSON.stringify(body).length).toBeGreaterThan(30_000);
  expect((await api.call('createTransfer', { body })).status).toBe(201);
  const huge = await api.call('createTransfer', { body: { ...body, reference: 'x'.repeat(2e6) } });
  expect(checkError(huge).code).toBe('body_too_large');
});

test('B26: a store that fails is not taken for a user that exists', async () => {
  const store = createMemoryStore();
  const failing = await openWorld({ node: served.node, store });
  const broken = await serveApi(failing);
  try {
    Object.assign(store, { batch: () => Promise.reject(new Error('the disk is full')) });
    const answer = await broken.call('createUser', { body: { id: 'zoe' } });
    expect(checkError(answer).code).toBe('store_unavailable');
  } finally {
    await broken.close();
  }
});

test('B27: what is not known is not found, instead of false or empty', async () => {
  const unknown = { id: withdrawalIdOf(77) };
  const codes = [
    await api.call('getWithdrawal', { params: unknown }),
    await api.call('cancelWithdrawal', { params: unknown }),
    await api.call('getSweep', { params: { bundleHash: 'A'.repeat(81) } }),
    await api.call('getUser', { params: { id: 'nobody' } }),
  ].map((answer) => [answer.status, checkError(answer).code]);
  expect(codes).toEqual([
    [404, 'withdrawal_unknown'],
    [404, 'withdrawal_unknown'],
    [404, 'not_found'],
    [404, 'user_unknown'],
  ]);
});
