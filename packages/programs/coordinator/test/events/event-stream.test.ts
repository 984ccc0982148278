/** One stream and its client: what is sent and when, and what happens if nobody reads. */
import { Writable } from 'node:stream';
import type { JournalEvent } from '@airlock/journal';
import { describe, expect, test } from '@jest/globals';
import type { WantedTypes } from '../../src/events/event-log.ts';
import { DRAIN_MS_MAX, EventStream, HEARTBEAT_MS } from '../../src/events/event-stream.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { openBooked, user } from '../booked.ts';
import { gatedStore } from '../gated-store.ts';
import { ManualTimers, turns, until } from '../manual-timers.ts';

/** A client that takes a chunk at a time, and the next one when it is told to. */
class Client extends Writable {
  text = '';
  isSlow = false;
  #taken: () => void = () => undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.isSlow) this.#taken = done;
    else done();
  }

  take(): void {
    this.isSlow = false;
    this.#taken();
  }
}

async function streamTo(
  options: { readonly after?: number; readonly types?: WantedTypes; readonly store?: Store } = {},
) {
  const { after = 0, types = null, store } = options;
  const { ledger, record } = await openBooked(store);
  let listening = 0;
  const subscribe = ledger.subscribe.bind(ledger);
  ledger.subscribe = (listener) => {
    listening += 1;
    const leave = subscribe(listener);
    return () => {
      listening -= 1;
      leave();
    };
  };
  const timers = new ManualTimers();
  const logged: string[] = [];
  const client = new Client({ highWaterMark: 64 });
  const parts = { ledger, timers, log: (line: string) => void logged.push(line) };
  const stream = new EventStream(parts, client, { after, types });
  let isDone = false;
  const run = (): void => void stream.run().then(() => (isDone = true));
  const ended = (): Promise<void> => until('the end', () => isDone);
  const add = (...events: readonly JournalEvent[]): Promise<unknown> => record(...events);
  /** What the stream still holds of others: timers and subscriptions. */
  const held = (): number => listening + timers.waits.length;
  return { timers, client, stream, logged, run, ended, add, held };
}

const idsOf = (text: string): string[] =>
  [...text.matchAll(/^id: (\d+)\nevent:/gm)].map(([, id]) => id ?? '');
const users = (count: number, prefix = 'u'): JournalEvent[] =>
  Array.from({ length: count }, (_, i) => user(`${prefix}${i}`));

describe('what is sent', () => {
  test('begins with the position, and each event is its number, its type and its JSON', async () => {
    const { client, run, add, stream, ended } = await streamTo();
    await add(user('a'));
    run();
    await turns();
    const view = {
      number: 1,
      at: '2023-11-14T22:13:20.001Z',
      type: 'user.created',
      data: { userId: 'a' },
    };
    const event = `id: 1\nevent: user.created\ndata: ${JSON.stringify(view)}\n\n`;
    expect(client.text).toBe(`retry: 2000\nid: 0\n\n${event}`);
    stream.end();
    await ended();
    expect(client.writableEnded).toBe(true);
  });

  test('goes on with what comes, after more than one pass over the log', async () => {
    const { client, run, add } = await streamTo({ after: 100 });
    await add(...users(2300));
    run();
    await until('the backlog', () => idsOf(client.text).length === 2200);
    await add(...users(2, 'late'));
    await until('the new ones', () => idsOf(client.text).length === 2202);
    expect(idsOf(client.text)).toEqual(Array.from({ length: 2202 }, (_, i) => String(101 + i)));
  });

  test('is nothing before it is on the disk', async () => {
    const store = gatedStore();
    store.isEarly = true;
    const ledger = await Ledger.open(store, () => 1);
    const client = new Client();
    const parts = { ledger, timers: new ManualTimers(), log: () => undefined };
    void new EventStream(parts, client, { after: 0, types: null }).run();
    const call = ledger.execute(({ record }) => record(user('a')));
    await turns();
    expect(client.text).toBe('retry: 2000\nid: 0\n\n');
    await store.release();
    await call;
    await turns();
    expect(idsOf(client.text)).toEqual(['1']);
  });

  test('is a comment with the position after 15 seconds, whatever was passed over meanwhile', async () => {
    const types = new Set(['transfer.booked']);
    const { client, run, add, timers } = await streamTo({ types });
    run();
    await turns();
    timers.advance(HEARTBEAT_MS - 1);
    await add(user('a'), user('b'));
    await turns();
    expect(client.text).toBe('retry: 2000\nid: 0\n\n');
    timers.advance(1);
    await turns();
    expect(client.text).toBe('retry: 2000\nid: 0\n\n: heartbeat\nid: 2\n\n');
    timers.advance(HEARTBEAT_MS);
    await turns();
    expect(client.text.match(/: heartbeat/g)).toHaveLength(2);
  });
});

describe('a client that does not read', () => {
  test('holds one event in memory, however many there are, and gets the rest when it reads', async () => {
    const { client, run, add } = await streamTo();
    client.isSlow = true;
    run();
    await add(...users(500));
    await turns();
    const waiting = client.writableLength;
    expect(waiting).toBeLessThan(300);
    await add(...users(500, 'more'));
    await turns();
    expect(client.writableLength).toBe(waiting);
    client.take();
    await until('all of them', () => idsOf(client.text).length === 1000);
  });

  test('for 60 seconds is closed, and everything is free', async () => {
    const { client, run, add, timers, ended, held } = await streamTo();
    client.isSlow = true;
    run();
    await add(...users(10));
    await turns();
    expect(timers.waits).toEqual([HEARTBEAT_MS, DRAIN_MS_MAX]);
    timers.advance(DRAIN_MS_MAX - 1);
    await turns();
    expect(client.destroyed).toBe(false);
    timers.advance(1);
    await ended();
    expect([client.destroyed, held()]).toEqual([true, 0]);
    const { text } = client;
    await add(user('late'));
    await turns();
    expect(client.text).toBe(text);
  });

  test('in time is not closed', async () => {
    const { client, run, add, timers } = await streamTo();
    client.isSlow = true;
    run();
    await add(user('a'));
    await turns();
    timers.advance(DRAIN_MS_MAX - 1);
    client.take();
    await turns();
    timers.advance(DRAIN_MS_MAX);
    await turns();
    expect(client.destroyed).toBe(false);
    expect(idsOf(client.text)).toEqual(['1']);
  });

  test('does not keep the stream from being ended', async () => {
    const { client, run, add, stream, held, ended } = await streamTo();
    client.isSlow = true;
    run();
    await add(...users(10));
    await turns();
    stream.end();
    await ended();
    expect([client.destroyed, held()]).toEqual([true, 0]);
  });
});

describe('its end', () => {
  test('comes with the client’s, also if that was gone before', async () => {
    const { client, run, held, ended } = await streamTo();
    run();
    await turns();
    expect(held()).toBe(2);
    client.destroy();
    await ended();
    expect(held()).toBe(0);
    const gone = await streamTo();
    gone.client.destroy();
    await turns();
    gone.run();
    await gone.ended();
    expect(gone.held()).toBe(0);
  });

  test('comes with a store that cannot be read, and is logged', async () => {
    const inner = createMemoryStore();
    let isBroken = false;
    const entries: Store['entries'] = (range) => {
      if (isBroken) throw new Error('disk gone');
      return inner.entries(range);
    };
    const { client, run, add, logged, ended, held } = await streamTo({
      store: { ...inner, entries },
    });
    run();
    await turns();
    isBroken = true;
    await add(user('a'));
    await ended();
    expect(logged).toEqual(['event stream: disk gone']);
    expect([client.writableEnded, held()]).toEqual([true, 0]);
  });
});
