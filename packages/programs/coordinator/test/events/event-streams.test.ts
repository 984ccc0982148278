/** The stream over HTTP: where it begins, coming back, who may, how many, and how all of them end. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { HEARTBEAT_MS } from '../../src/events/event-stream.ts';
import { STREAMS_MAX } from '../../src/events/event-streams.ts';
import type { NodeClient } from '../../src/nodes/node-client.ts';
import { imported, paired } from '../booked.ts';
import { ManualTimers, turns, until } from '../manual-timers.ts';
import { type Api, checkError, serveApi } from '../served.ts';
import { createUser, openWorld, type World } from '../world.ts';
import { StreamReader } from './stream-reader.ts';

let world: World;
let api: Api;
let timers: ManualTimers;
beforeAll(async () => {
  timers = new ManualTimers();
  world = await openWorld({ node: {} as NodeClient, timers });
  api = await serveApi(world);
  for (const id of ['a', 'b', 'c']) await createUser(world, id);
});
afterAll(() => api.close());
const open = (): number => world.coordinator.streams.size;
afterEach(async () => {
  await world.coordinator.streams.end();
  await until('that no stream is open', () => open() === 0);
  expect(timers.waits).toEqual([]);
});

const head = (): number => world.coordinator.ledger.durable.number;
let created = 0;
async function create(count = 1): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    created += 1;
    await createUser(world, `made${created}`);
  }
}

describe('a stream', () => {
  test('has its media type, is not kept by anybody, and holds the JSON of the list', async () => {
    const reader = await StreamReader.open(api, { query: '?after=0' });
    expect(reader.status).toEqual({ type: 'text/event-stream', cache: 'no-store' });
    await reader.has(3);
    const { body } = await api.call('listEvents', { query: '?limit=3' });
    expect(reader.received).toEqual(
      body.data.map((view: { number: number; type: string }) => ({
        id: String(view.number),
        event: view.type,
        data: JSON.stringify(view),
      })),
    );
  });

  test('begins now if it is not told where, and says where that is', async () => {
    const before = head();
    const reader = await StreamReader.open(api);
    expect([reader.lastEventId, reader.received]).toEqual([String(before), []]);
    await create();
    await reader.has(1);
    expect(reader.numbers).toEqual([before + 1]);
  });

  test('goes on after the header Last-Event-ID, which counts more than the query', async () => {
    const reader = await StreamReader.open(api, { query: '?after=0', lastEventId: '2' });
    await reader.has(1);
    expect(reader.numbers[0]).toBe(3);
  });

  test('holds the types that were asked for alone, and a heartbeat moves the position', async () => {
    const types = 'address.assigned,keyring.paired';
    const reader = await StreamReader.open(api, { query: `?after=0&types=${types}` });
    await create();
    await world.coordinator.ledger.execute(({ record }) => record(paired));
    await reader.has(1);
    expect(reader.received[0]!.event).toBe('keyring.paired');
    await create();
    timers.advance(HEARTBEAT_MS);
    await until('the heartbeat', () => reader.lastEventId === String(head()));
    expect([reader.comments, reader.received.length]).toEqual([['heartbeat'], 1]);
  });

  test.each([
    ['?after=x', undefined],
    ['?after=-1', undefined],
    ['?after=1&after=2', undefined],
    ['?types=A', undefined],
    ['?limit=1', undefined],
    ['', 'x'],
    ['', '1 2'],
  ])('with %s and Last-Event-ID %s is refused', async (query, lastEventId) => {
    const headers: Record<string, string> =
      lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const refused = await api.call('streamEvents', { query, headers });
    expect(checkError(refused).code).toBe('invalid_request');
  });

  test.each(['streamEvents', 'listEvents'] as const)(
    'after a number that the journal has not reached is refused by %s, with what it has',
    async (operation) => {
      expect((await api.call(operation, { query: `?after=${head()}` })).status).toBe(200);
      const refused = await api.call(operation, { query: `?after=${head() + 1}` });
      expect(checkError(refused)).toMatchObject({
        code: 'invalid_request',
        fields: [{ path: 'after', expected: `at most the journal's number ${head()}` }],
      });
    },
  );

  test('of a type that there is not is refused: it would be waited for in vain', async () => {
    const query = '?types=user.created,pool.low,user.creatd';
    const asked = { url: 'http://127.0.0.1:9/', types: ['pool.low', 'user.creatd'] };
    const replies = [
      await api.call('streamEvents', { query }),
      await api.call('listEvents', { query }),
      await api.call('createWebhookEndpoint', { body: asked }),
    ];
    for (const reply of replies) {
      expect(checkError(reply).fields).toMatchObject([{ path: 'types', got: '"user.creatd"' }]);
    }
  });

  test('that is asked for by HEAD has its headers and no body', async () => {
    const headers = { authorization: `Bearer ${api.keys.exchange}` };
    const response = await fetch(`${api.url}/v1/events/stream`, { method: 'HEAD', headers });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(open()).toBe(0);
  });
});

describe('coming back with the last id', () => {
  test('gives every event once and in order, while others are written', async () => {
    const first = head();
    const total = 600;
    const writing = create(total);
    const got: number[] = [];
    let lastEventId = String(first);
    for (let round = 0; got.length < total; round += 1) {
      const reader = await StreamReader.open(api, { lastEventId });
      await reader.has(Math.min(1 + ((round * 37) % 90), total - got.length));
      reader.close();
      got.push(...reader.numbers);
      lastEventId = reader.lastEventId;
    }
    await writing;
    expect(got).toEqual(Array.from({ length: total }, (_, i) => first + 1 + i));
  });

  test('goes on at a coordinator that was started again', async () => {
    const { node } = world.coordinator;
    const first = await openWorld({ node });
    for (const id of ['a', 'b', 'c', 'd']) await createUser(first, id);
    const before = await serveApi(first);
    const reader = await StreamReader.open(before, { query: '?after=0' });
    await reader.has(4);
    await first.coordinator.streams.end();
    await before.close();
    const again = await openWorld({ node, store: first.store, seed: 'again' });
    const after = await serveApi(again);
    const resumed = await StreamReader.open(after, { lastEventId: '2' });
    await createUser(again, 'e');
    await resumed.has(3);
    expect(resumed.numbers).toEqual([3, 4, 5]);
    expect(resumed.received.slice(0, 2)).toEqual(reader.received.slice(2));
    await again.coordinator.streams.end();
    await after.close();
  });
});

describe('the end of streams', () => {
  test('comes when the client leaves, and nothing is left of it', async () => {
    const reader = await StreamReader.open(api);
    expect(open()).toBe(1);
    reader.close();
    await until('that it is closed', () => open() === 0);
  });

  test('comes to all when the server stops', async () => {
    const readers = await Promise.all([1, 2, 3].map(() => StreamReader.open(api)));
    await create(3);
    await world.coordinator.streams.end();
    for (const reader of readers) await reader.ends();
    expect(open()).toBe(0);
  });

  test('comes with the API key’s, and to no other', async () => {
    const { body } = await api.call('createApiKey', { body: { role: 'exchange' } });
    const revoked = await StreamReader.open(api, { key: body.key });
    const other = await StreamReader.open(api);
    await api.call('deleteApiKey', { params: { id: body.id } });
    await revoked.ends();
    expect([other.isEnded, open()]).toEqual([false, 1]);
  });

  test('comes to a client that does not read for 60 seconds', async () => {
    const reader = await StreamReader.connect(api, { query: '?after=0' });
    // More than the connection's own buffers hold, which is some megabytes.
    for (let batch = 1; batch <= 60; batch += 1) {
      const event = imported(500, batch, batch * 1000);
      await world.coordinator.ledger.execute(({ record }) => record(event));
    }
    // As long as the connection still takes something, the 60 seconds begin anew.
    for (let beats = 0; beats < 100 && open() > 0; beats += 1) {
      await turns(50);
      timers.advance(HEARTBEAT_MS);
    }
    expect(open()).toBe(0);
    reader.read();
    await reader.ends();
    expect(reader.numbers.at(-1) ?? 0).toBeLessThan(head());
  });
});

test('the 65th stream is refused until another one has ended', async () => {
  const readers = await Promise.all(
    Array.from({ length: STREAMS_MAX }, () => StreamReader.open(api)),
  );
  const refused = await api.call('streamEvents');
  expect(checkError(refused).code).toBe('rate_limited');
  readers[7]!.close();
  await until('room', () => open() < STREAMS_MAX);
  expect((await api.call('streamEvents')).status).toBe(200);
});
