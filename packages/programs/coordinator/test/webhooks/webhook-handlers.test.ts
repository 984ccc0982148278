/** Webhooks over HTTP: from the call that makes an endpoint to the delivery, pages, and bad input. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NodeClient } from '../../src/nodes/node-client.ts';
import { putDead } from '../../src/webhooks/webhook-store.ts';
import { until } from '../manual-timers.ts';
import { type Api, checkError, serveApi } from '../served.ts';
import { createUser, openWorld, type World } from '../world.ts';
import { HookServer, signersOf } from './hook-server.ts';

let server: HookServer;
let world: World;
let api: Api;
beforeAll(async () => {
  server = await HookServer.start();
  world = await openWorld({ node: {} as NodeClient });
  world.coordinator.webhooks.start();
  api = await serveApi(world);
  await createUser(world, 'alice');
});
afterAll(async () => {
  await world.coordinator.webhooks.stop();
  await api.close();
  await server.close();
});

test('an endpoint made over HTTP gets what GET /v1/events gives, signed with the secret it showed', async () => {
  const { body: made } = await api.call('createWebhookEndpoint', {
    body: { url: server.url, after: 0 },
  });
  await api.call('createUser', { body: { id: 'bob' } });
  await server.has(2);
  const { body: list } = await api.call('listEvents');
  expect(server.received.map(({ body }) => body)).toEqual(
    list.data.map((view: unknown) => JSON.stringify(view)),
  );
  const { body: rotated } = await api.call('rotateWebhookSecret', { params: { id: made.id } });
  await api.call('createUser', { body: { id: 'carol' } });
  await server.has(3);
  const secrets = [made.secret, rotated.secret];
  expect(server.received.map((hook) => signersOf(hook, secrets))).toEqual([[0], [0], [1, 0]]);
  await api.call('deleteWebhookEndpoint', { params: { id: made.id } });
  await api.call('createUser', { body: { id: 'dave' } });
  expect((await api.call('listWebhookEndpoints')).body.data).toEqual([]);
  expect(server.received.length).toBe(3);
  expect(world.logged.join('\n')).not.toMatch(/whsec_|127\.0\.0\.1/);
});

describe('dead deliveries', () => {
  const id = (n: number): string => `whd_${n.toString().padStart(32, '0')}`;

  test('come in pages, oldest event first, and are retried one by one', async () => {
    const { body: made } = await api.call('createWebhookEndpoint', { body: { url: server.url } });
    const tries = { attempts: 26, firstTriedAt: 1_700_000_000_000, lastError: 'HTTP 500' };
    const rows = [
      [3, 2],
      [1, 1],
      [2, 2],
      [4, 1],
    ].map(([n = 0, number = 0]) => ({
      ...tries,
      id: id(n),
      number,
      endpointId: made.id as string,
      type: 'user.created',
    }));
    await world.store.batch(rows.map(putDead));
    const ids: string[] = [];
    let after = '';
    for (let pages = 0; pages < 9; pages += 1) {
      const query = `?status=dead&limit=1${after}`;
      const { body } = await api.call('listWebhookDeliveries', { query });
      ids.push(...body.data.map((row: { id: string }) => row.id));
      if (body.nextCursor === null) break;
      after = `&after=${body.nextCursor}`;
    }
    expect(ids).toEqual([id(1), id(4), id(2), id(3)]);
    const count = server.received.length;
    const { body: retried } = await api.call('retryWebhookDelivery', { params: { id: id(2) } });
    expect(retried).toEqual({ id: id(2), delivered: true, attempts: 27, lastError: null });
    await until('the retried one', () => server.received.length === count + 1);
    expect(server.numbers.at(-1)).toBe(2);
    expect((await api.call('listWebhookDeliveries')).body.data).toHaveLength(3);
  });

  test('of any other status are not known', async () => {
    const refused = await api.call('listWebhookDeliveries', { query: '?status=alive' });
    expect(checkError(refused).code).toBe('invalid_request');
  });
});

describe('bad input', () => {
  test.each([
    ['no URL', {}],
    ['plain HTTP to elsewhere', { url: 'http://exchange.example/' }],
    ['credentials', { url: 'https://user:word@exchange.example/' }],
    ['a type that is none', { url: 'https://exchange.example/', types: ['User'] }],
    ['no type at all', { url: 'https://exchange.example/', types: [] }],
    ['a number as text', { url: 'https://exchange.example/', after: '1' }],
    ['a number that is not reached', { url: 'https://exchange.example/', after: 1_000_000 }],
    ['an unknown field', { url: 'https://exchange.example/', secret: 'mine' }],
  ])('with %s makes no endpoint', async (_name, body) => {
    const count = world.coordinator.webhooks.list().length;
    const refused = await api.call('createWebhookEndpoint', { body });
    expect(checkError(refused).code).toBe('invalid_request');
    expect(world.coordinator.webhooks.list()).toHaveLength(count);
  });

  test('a 17th endpoint is refused with what to do', async () => {
    const url = 'https://exchange.example/';
    const left = 16 - world.coordinator.webhooks.list().length;
    for (let i = 0; i < left; i += 1) {
      expect((await api.call('createWebhookEndpoint', { body: { url } })).status).toBe(201);
    }
    const refused = await api.call('createWebhookEndpoint', { body: { url } });
    expect(checkError(refused).code).toBe('too_many_webhooks');
  });
});
