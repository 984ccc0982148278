/** Deliveries to a real receiver: order, retries, restarts, and what no failure may lose. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventView } from '../../src/events/event-log.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { assigned, imported, paired, user } from '../booked.ts';
import { ManualTimers, turns, until } from '../manual-timers.ts';
import { HookServer, signersOf } from './hook-server.ts';
import { type Hooked, LONGEST_MS, openHooked } from './hooked.ts';

let server: HookServer;
beforeEach(async () => {
  server = await HookServer.start();
});
const opened: Hooked[] = [];
async function open(options: Parameters<typeof openHooked>[0] = {}): Promise<Hooked> {
  const hooked = await openHooked(options);
  opened.push(hooked);
  return hooked;
}
afterEach(async () => {
  // A receiver that answers nothing any more ends what waits for it.
  await server.close();
  await Promise.all(opened.splice(0).map(({ webhooks }) => webhooks.stop()));
});

const cursorOf = ({ webhooks }: Hooked): number => webhooks.list()[0]!.cursor;
const failingOf = ({ webhooks }: Hooked) => webhooks.list()[0]!.failing;

describe('a delivery', () => {
  test('is the event as the list shows it, signed, under an id of its own', async () => {
    const hooked = await open();
    const { secret } = await hooked.create(server);
    await hooked.grow(2);
    await server.has(2);
    const views: unknown[] = [];
    for await (const entry of hooked.ledger.entriesAfter(0, 9)) views.push(eventView(entry));
    expect(server.received.map(({ body }) => JSON.parse(body))).toEqual(views);
    for (const hook of server.received) expect(signersOf(hook, [secret])).toEqual([0]);
    const ids = server.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([
      expect.stringMatching(/^evt_1_[0-9a-f]{16}$/),
      expect.stringMatching(/^evt_2_[0-9a-f]{16}$/),
    ]);
    const { headers } = server.received[0]!;
    expect(headers['webhook-timestamp']).toBe(String(Math.floor(hooked.timers.at / 1000)));
  });

  test('is made of the types that were asked for, and the cursor passes over the others', async () => {
    const store = createMemoryStore();
    const hooked = await open({ store });
    await hooked.create(server, ['address.assigned']);
    await hooked.record(paired, imported(2), user('a'), assigned('a', 1), user('b'));
    await server.has(1);
    await until('the end of the log', () => cursorOf(hooked) === 5);
    await hooked.grow(2100);
    await until('the end of the log', () => cursorOf(hooked) === 2105);
    await hooked.webhooks.stop();
    const again = await open({ store });
    // Kept now and then: most of what was passed over is not read again.
    expect(cursorOf(again)).toBeGreaterThanOrEqual(1005);
    await again.record(assigned('a', 2));
    await server.has(2);
    expect(server.numbers).toEqual([4, 2106]);
  });

  test('to several endpoints: one that fails keeps no other from going on', async () => {
    const other = await HookServer.start();
    const hooked = await open();
    server.usual = 500;
    await hooked.create(server);
    await hooked.create(other);
    await hooked.grow(3);
    await other.has(3);
    expect(other.numbers).toEqual([1, 2, 3]);
    expect(new Set(server.numbers)).toEqual(new Set([1]));
    await other.close();
  });
});

describe('a failure', () => {
  test.each([
    ['a status of 500', 500, 'HTTP 500'],
    [
      'a redirect',
      (response: import('node:http').ServerResponse) =>
        void response.writeHead(302, { location: '/elsewhere' }).end(),
      'HTTP 302: redirects are not followed',
    ],
    ['no answer in time', () => undefined, 'no answer within 300 ms'],
  ] as const)(
    'by %s is tried again after 5 to 6 seconds, before anything else',
    async (...[, answer, error]) => {
      const hooked = await open();
      const { timers } = hooked;
      server.answers.push(answer);
      await hooked.create(server);
      await hooked.grow(3);
      await until('the failure', () => failingOf(hooked) !== null);
      await turns();
      expect(failingOf(hooked)).toMatchObject({ number: 1, attempts: 1, lastError: error });
      const [pause = 0] = timers.waits;
      expect([pause >= 5000, pause <= 6000, timers.waits.length]).toEqual([true, true, 1]);
      timers.advance(pause - 1);
      await turns();
      expect(server.numbers).toEqual([1]);
      timers.advance(1);
      await server.has(4);
      expect(server.numbers).toEqual([1, 1, 2, 3]);
      await until('the last one', () => cursorOf(hooked) === 3);
      expect(failingOf(hooked)).toBeNull();
      expect(server.received.every(({ path }) => path.startsWith('/hook'))).toBe(true);
    },
  );

  test('keeps the id and renews the time and the signature with each try', async () => {
    const hooked = await open();
    server.answers.push(500, 503);
    const { secret } = await hooked.create(server);
    await hooked.grow(1);
    await hooked.pass();
    await server.has(2);
    await hooked.pass();
    await server.has(3);
    const of = (name: string): unknown[] => server.received.map(({ headers }) => headers[name]);
    expect(new Set(of('webhook-id')).size).toBe(1);
    expect(new Set(of('webhook-timestamp')).size).toBe(3);
    for (const hook of server.received) expect(signersOf(hook, [secret])).toEqual([0]);
  });

  test('by a receiver that is away ends when it is back, and says so once each', async () => {
    const hooked = await open();
    const { id } = await hooked.create(server);
    await server.close();
    await hooked.grow(2);
    await hooked.pass();
    await until('a second try', () => failingOf(hooked)?.attempts === 2);
    await server.listen();
    await hooked.pass();
    await server.has(2);
    await until('both', () => cursorOf(hooked) === 2);
    expect(server.numbers).toEqual([1, 2]);
    expect(hooked.logged).toEqual([
      `webhook ${id}: event 1: no connection: ECONNREFUSED`,
      `webhook ${id}: working again`,
    ]);
  });

  test('by 410 disables the endpoint, also over a restart, and its event is not counted as done', async () => {
    const store = createMemoryStore();
    const hooked = await open({ store });
    server.answers.push(204, 410);
    await hooked.create(server);
    await hooked.grow(4);
    await until('that it is disabled', () => hooked.webhooks.list()[0]!.status === 'disabled');
    await hooked.webhooks.stop();
    const again = await open({ store });
    await again.grow(1);
    await turns(50);
    expect(again.webhooks.list()).toMatchObject([{ status: 'disabled', cursor: 1, failing: null }]);
    expect(server.numbers).toEqual([1, 2]);
  });

  test('of 72 hours makes the event dead, and the next one is tried', async () => {
    const hooked = await open();
    const { id } = await hooked.create(server);
    server.usual = (response) =>
      void response.writeHead(server.numbers.at(-1) === 1 ? 500 : 200).end('a secret of theirs');
    await hooked.grow(2);
    const began = hooked.timers.at;
    while (cursorOf(hooked) === 0) {
      await until('a step', () => cursorOf(hooked) > 0 || hooked.timers.waits.length > 0);
      hooked.timers.advance(LONGEST_MS);
    }
    await server.has(2);
    await until('the next one', () => cursorOf(hooked) === 2);
    const dead = await hooked.webhooks.listDead();
    expect(dead).toEqual([
      {
        id: expect.stringMatching(/^whd_[0-9a-f]{32}$/),
        endpointId: id,
        number: 1,
        type: 'user.created',
        firstTriedAt: new Date(began).toISOString(),
        lastError: 'HTTP 500',
        attempts: server.numbers.filter((number) => number === 1).length,
      },
    ]);
    expect(server.numbers.at(-1)).toBe(2);
    expect(JSON.stringify([dead, hooked.logged])).not.toContain('secret');
  });
});

describe('a restart', () => {
  test('goes on after the last delivery: none is lost, none comes twice', async () => {
    const store = createMemoryStore();
    const first = await open({ store });
    await first.create(server);
    await first.grow(5);
    await server.has(2);
    await first.webhooks.stop();
    const stored = server.numbers.length;
    await first.grow(3);
    const again = await open({ store });
    await server.has(8);
    expect(server.numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(stored).toBeLessThanOrEqual(5);
    await until('the last one', () => cursorOf(again) === 8);
  });

  test('keeps how often and since when an event has failed', async () => {
    const store = createMemoryStore();
    const timers = new ManualTimers();
    server.usual = 500;
    const first = await open({ store, timers });
    await first.create(server);
    await first.grow(1);
    await until('the failure', () => failingOf(first)?.attempts === 1);
    const before = failingOf(first)!;
    await first.webhooks.stop();
    const again = await open({ store, timers });
    expect(failingOf(again)).toEqual(before);
    await turns(50);
    expect(server.numbers).toEqual([1]);
    await again.pass();
    await until('another try', () => failingOf(again)?.attempts === 2);
    expect(failingOf(again)!.firstTriedAt).toBe(before.firstTriedAt);
  });

  test('after a crash between delivery and cursor gives the event twice, and loses none', async () => {
    const inner = createMemoryStore();
    const batch: Store['batch'] = async (operations) => {
      const moves = operations.some(({ key, type }) => key.includes('progress') && type === 'put');
      if (moves && server.received.length > 0) throw new Error('disk full');
      return inner.batch(operations);
    };
    const first = await open({ store: { ...inner, batch } });
    const { id } = await first.create(server);
    await first.grow(1);
    await until('the fault', () => first.logged.length > 0);
    expect(first.logged).toEqual([`webhook ${id}: the store could not be written`]);
    first.timers.advance(LONGEST_MS);
    await turns(50);
    // Nobody is given an event again and again because a disk is full.
    expect([cursorOf(first), server.numbers]).toEqual([0, [1]]);
    await first.webhooks.stop();
    const again = await open({ store: inner });
    await again.grow(1);
    await server.has(3);
    expect(server.numbers).toEqual([1, 1, 2]);
    await until('both', () => cursorOf(again) === 2);
  });

  test('is not needed after a store that could not be read: it is read again in half a minute', async () => {
    const inner = createMemoryStore();
    let isDown = false;
    const entries: Store['entries'] = (range) => {
      if (isDown) throw new Error('disk busy');
      return inner.entries(range);
    };
    const hooked = await open({ store: { ...inner, entries } });
    const { id } = await hooked.create(server);
    isDown = true;
    await hooked.grow(2);
    await turns();
    expect(hooked.logged).toEqual([`webhook ${id}: disk busy`]);
    isDown = false;
    expect(hooked.timers.waits).toEqual([30_000]);
    hooked.timers.advance(30_000);
    await until('both', () => cursorOf(hooked) === 2);
    expect(server.numbers).toEqual([1, 2]);
  });
});

describe('stopping', () => {
  test('waits for the try under way and keeps what came of it', async () => {
    const store = createMemoryStore();
    const hooked = await open({ store });
    let answer: () => void = () => undefined;
    server.answers.push((response) => {
      answer = () => void response.writeHead(200).end();
    });
    await hooked.create(server);
    await hooked.grow(2);
    await server.has(1);
    let isStopped = false;
    const stopped = hooked.webhooks.stop().then(() => (isStopped = true));
    await turns(50);
    expect(isStopped).toBe(false);
    answer();
    await stopped;
    expect([server.numbers, cursorOf(hooked)]).toEqual([[1], 1]);
    expect(hooked.timers.waits).toEqual([]);
  });

  test('does not wait longer than 5 seconds, and says nothing about what was cut off', async () => {
    const hooked = await open();
    server.answers.push(() => undefined);
    await hooked.create(server);
    await hooked.grow(1);
    await server.has(1);
    const stopped = hooked.webhooks.stop();
    await turns();
    expect(hooked.timers.waits).toEqual([5000]);
    hooked.timers.advance(5000);
    await stopped;
    expect([cursorOf(hooked), failingOf(hooked), hooked.logged]).toEqual([0, null, []]);
  });

  test('keeps a delivery that was taken although it was to be cut off', async () => {
    const hooked = await open({
      send: async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { status: 204 };
      },
    });
    await hooked.create(server);
    await hooked.grow(1);
    await turns();
    const stopped = hooked.webhooks.stop();
    await turns();
    hooked.timers.advance(5000);
    await stopped;
    expect(cursorOf(hooked)).toBe(1);
  });

  test('ends the pause before a retry at once', async () => {
    const hooked = await open();
    server.usual = 500;
    await hooked.create(server);
    await hooked.grow(1);
    await until('the pause', () => hooked.timers.waits.length === 1);
    await hooked.webhooks.stop();
    hooked.timers.advance(LONGEST_MS);
    await turns(50);
    expect([server.numbers, hooked.timers.waits]).toEqual([[1], []]);
  });
});
