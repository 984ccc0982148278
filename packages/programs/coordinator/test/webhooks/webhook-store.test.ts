/** What is stored of webhooks comes back as it was, and nothing else is taken for it. */
import { describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { keyOf } from '../../src/store/store.ts';
import {
  deleteDead,
  deleteEndpoint,
  loadDead,
  loadWebhooks,
  putDead,
  putEndpoint,
  putProgress,
  readDead,
} from '../../src/webhooks/webhook-store.ts';
import { codeOf } from '../world.ts';

const endpoint = {
  id: `wh_${'1'.repeat(32)}`,
  url: 'https://exchange.example/',
  types: ['user.created'],
  createdAt: 1,
  secrets: { current: 'whsec_AA==', previous: { secret: 'whsec_AQ==', until: 2 } },
};
const tries = { number: 7, attempts: 2, firstTriedAt: 5, lastError: 'HTTP 500' };
const progress = { cursor: 6, isDisabled: false, failing: { ...tries, nextTryAt: 9 } };
const dead = { ...tries, id: `whd_${'2'.repeat(32)}`, endpointId: endpoint.id, type: 'a.b' };

test('endpoint, progress and dead deliveries come back as they were stored, until they are deleted', async () => {
  const store = createMemoryStore();
  await store.batch([putEndpoint(endpoint), putProgress(endpoint.id, progress), putDead(dead)]);
  expect(await loadWebhooks(store)).toEqual([{ endpoint, progress }]);
  expect(await loadDead(store)).toEqual([dead]);
  expect(readDead(store, dead.id)).toEqual(dead);
  await store.batch([...deleteEndpoint(endpoint), deleteDead(dead)]);
  expect([await loadWebhooks(store), await loadDead(store)]).toEqual([[], []]);
  expect(readDead(store, dead.id)).toBeNull();
});

describe('a store that holds something else', () => {
  test.each([
    ['no JSON', 'endpoint', '{'],
    ['an endpoint without secrets', 'endpoint', JSON.stringify({ ...endpoint, secrets: {} })],
    ['a progress that is behind 0', 'progress', JSON.stringify({ ...progress, cursor: -1 })],
    ['a field that is not known', 'progress', JSON.stringify({ ...progress, more: 1 })],
  ])('%s is refused with store_damaged', async (_name, part, value) => {
    const store = createMemoryStore();
    await store.batch([putEndpoint(endpoint), putProgress(endpoint.id, progress)]);
    await store.batch([{ type: 'put', key: keyOf('webhooks', part, endpoint.id), value }]);
    expect(await codeOf(loadWebhooks(store))).toBe('store_damaged');
  });

  test('an endpoint without progress, or a malformed dead delivery, likewise', async () => {
    const store = createMemoryStore();
    await store.batch([putEndpoint(endpoint)]);
    expect(await codeOf(loadWebhooks(store))).toBe('store_damaged');
    const { key } = putDead(dead);
    await store.batch([{ type: 'put', key, value: '{}' }]);
    expect(await codeOf(loadDead(store))).toBe('store_damaged');
    expect(await codeOf(() => readDead(store, dead.id))).toBe('store_damaged');
  });
});
