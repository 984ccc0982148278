/** The ledger around its rules: batches, failures, replay, and opening again. */
import type { JournalEvent } from '@airlock/journal';
import { describe, expect, test } from '@jest/globals';
import { CoordinatorError } from '../src/error.ts';
import { applyEntry } from '../src/ledger/apply.ts';
import { Ledger, replay } from '../src/ledger/ledger.ts';
import { ZERO_TOTALS } from '../src/ledger/rows.ts';
import { Draft, decodeRow, encodeRow, LedgerState } from '../src/ledger/state.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { keyOf, paddedNumber, rangeOf } from '../src/store/store.ts';
import {
  arrived,
  assigned,
  credited,
  depositAddress,
  imported,
  openBooked,
  paired,
  user,
} from './booked.ts';
import { gatedStore } from './gated-store.ts';
import { depositRow } from './plans.ts';
import { codeOf, dump, replayed } from './world.ts';

const create = (ledger: Ledger, userId: string): Promise<number> =>
  ledger.execute(({ record }) => record({ type: 'user.created', userId }).number);

describe('group commit', () => {
  test('commands that come during a batch share the next ones, in their order', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    const settled: string[] = [];
    const calls = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) =>
      create(ledger, id).then((number) => settled.push(`${id}${number}`)),
    );
    expect(store.batches).toHaveLength(1);
    await store.release();
    expect(settled).toEqual(['a1']);
    expect(store.batches).toHaveLength(2);
    await store.release();
    expect(settled).toEqual(['a1', 'b2', 'c3', 'd4']);
    await store.release();
    await Promise.all(calls);
    expect(settled).toEqual(['a1', 'b2', 'c3', 'd4', 'e5', 'f6']);
    const numbers = store.batches.map((batch) =>
      batch.flatMap(({ key }) => (key.startsWith('j/') ? [Number(key.slice(2))] : [])),
    );
    expect(numbers).toEqual([[1], [2, 3, 4], [5, 6]]);
    expect(await replayed(store)).toEqual(dump(ledger.state));
  });

  test('callers that come again at once form two halves: one is executed while the other is written', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    let serial = 0;
    const client = async (): Promise<void> => {
      for (let i = 0; i < 20; i += 1) {
        serial += 1;
        await create(ledger, `u${serial}`);
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    for (let i = 0; i < 10; i += 1) await store.release();
    const journaled = (batch: readonly { key: string }[]): number =>
      batch.filter(({ key }) => key.startsWith('j/')).length;
    expect(store.batches.slice(1, 10).map(journaled)).toEqual(Array(9).fill(4));
    store.open();
    await clients;
    expect(ledger.state.head.number).toBe(160);
  });

  test('nothing is acknowledged before its batch is written, and settled waits as well', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    await ledger.settled();
    let done = 0;
    const first = create(ledger, 'a').then(() => (done += 1));
    const settled = ledger.settled().then(() => (done += 10));
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(0);
    await store.release();
    await Promise.all([first, settled]);
    expect(done).toBe(11);
    expect(store.batches).toHaveLength(1);
  });

  test('a command may write more than a call takes arguments: a batch of 250,000 addresses does', async () => {
    const store = createMemoryStore();
    const ledger = await Ledger.open(store, () => 1);
    const count = 250_000;
    await ledger.execute(({ write }) => {
      for (let i = 0; i < count; i += 1) write({ type: 'put', key: `u/${i}`, value: '' });
    });
    expect(store.get(`u/${count - 1}`)).toBe('');
  });

  test('a command without events or writes needs no batch', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    expect(await ledger.execute(() => 7)).toBe(7);
    expect(store.batches).toHaveLength(0);
  });
});

describe('subscribers', () => {
  const heads = (ledger: Ledger): number[] => {
    const told: number[] = [];
    ledger.subscribe(({ number }) => told.push(number));
    return told;
  };

  test('are told the head once its batch is on the disk, and not before', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    const told = heads(ledger);
    const calls = ['a', 'b', 'c'].map((id) => create(ledger, id));
    expect(ledger.state.head.number).toBe(3);
    expect([told, ledger.durable.number]).toEqual([[], 0]);
    await store.release();
    expect([told, ledger.durable.number]).toEqual([[1], 1]);
    await store.release();
    await Promise.all(calls);
    expect(told).toEqual([1, 3]);
    expect(ledger.durable).toEqual(ledger.state.head);
  });

  test('are told nothing of a batch that failed, of one without events, or once they have left', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    const told = heads(ledger);
    const left: number[] = [];
    const leave = ledger.subscribe(({ number }) => left.push(number));
    const written = ledger.execute(({ write }) => write({ type: 'put', key: 'x', value: '1' }));
    await store.release();
    await written;
    expect(told).toEqual([]);
    const first = create(ledger, 'a');
    await store.release();
    await first;
    leave();
    const second = create(ledger, 'b');
    await store.release();
    await second;
    const third = codeOf(create(ledger, 'c'));
    store.fail = true;
    await store.release();
    expect(await third).toBe('store_unavailable');
    expect([told, left, ledger.durable.number]).toEqual([[1, 2], [1], 2]);
  });

  test('find the head of a store that is opened again on the disk', async () => {
    const { ledger, store } = await openBooked();
    await create(ledger, 'a');
    const again = await Ledger.open(store, () => 1);
    expect(again.durable).toEqual(ledger.state.head);
  });
});

describe('failures', () => {
  test('a command that throws changes nothing and does not stop the next one', async () => {
    const { ledger, store } = await openBooked();
    await create(ledger, 'a');
    const before = dump(ledger.state);
    const failing = ledger.execute(({ record, write }) => {
      record({ type: 'user.created', userId: 'b' });
      write({ type: 'put', key: 'x', value: '1' });
      throw new RangeError('half-way');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(dump(ledger.state)).toEqual(before);
    expect(await store.get('x')).toBeNull();
    expect(await create(ledger, 'b')).toBe(2);
  });

  test('a failing batch acknowledges nothing and poisons the ledger with store_unavailable', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    const first = codeOf(create(ledger, 'a'));
    const second = codeOf(create(ledger, 'b'));
    store.fail = true;
    expect(ledger.poison).toBeNull();
    await store.release();
    store.fail = false;
    expect(await first).toBe('store_unavailable');
    expect(await second).toBe('store_unavailable');
    expect(await codeOf(create(ledger, 'c'))).toBe('store_unavailable');
    expect(ledger.state.get('users', 'c')).toBeUndefined();
    expect(await codeOf(ledger.settled())).toBe('store_unavailable');
    expect(ledger.poison).toEqual(new Error('disk full'));
    // The second command's batch was never tried: it might have built on the lost first one.
    expect(store.batches).toHaveLength(1);
    expect((await replay(store)).head.number).toBe(0);
  });

  test('a command’s own writes are in the batch of its events', async () => {
    const store = gatedStore();
    const ledger = await Ledger.open(store, () => 1);
    const call = ledger.execute(({ record, write }) => {
      write({ type: 'put', key: 'reply', value: 'r' });
      record({ type: 'user.created', userId: 'a' });
    });
    expect(store.batches[0]!.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['reply', keyOf('journal', paddedNumber(1)), 's/users\u0000a']),
    );
    await store.release();
    await call;
  });
});

const STORY: readonly JournalEvent[] = [
  paired,
  imported(3),
  user('alice'),
  assigned('alice', 1),
  arrived(depositAddress(1), 12n, 1),
  credited(1),
];

describe('opening again', () => {
  test('gives the same state, which is what replay gives', async () => {
    const { ledger, store, record } = await openBooked();
    for (const event of STORY) await record(event);
    const again = await Ledger.open(store, () => 1);
    expect(dump(again.state)).toEqual(dump(ledger.state));
    expect(await replayed(store)).toEqual(dump(ledger.state));
    expect(await create(again, 'next')).toBe(STORY.length + 1);
  });

  test('a store whose totals break the equation is refused with store_damaged', async () => {
    const { store, record } = await openBooked();
    for (const event of STORY) await record(event);
    const key = keyOf('state', 'totals', '');
    const totals = decodeRow<Record<string, bigint>>((await store.get(key))!);
    const value = encodeRow({ ...totals, users: totals.users! + 1n });
    await store.batch([{ type: 'put', key, value }]);
    expect(await codeOf(Ledger.open(store, () => 1))).toBe('store_damaged');
  });

  test.each([
    ['changed', (text: string) => text.replace('alice', 'mallo')],
    ['missing', () => null],
  ] as const)('replay refuses a journal with a %s entry', async (_name, change) => {
    const { store, record } = await openBooked();
    for (const event of STORY) await record(event);
    const key = keyOf('journal', paddedNumber(3));
    const value = change((await store.get(key))!);
    await store.batch([value === null ? { type: 'del', key } : { type: 'put', key, value }]);
    expect(['chain_broken', 'entry_malformed']).toContain(await codeOf(replay(store)));
  });

  test('entriesAfter gives the entries after a number, up to a limit', async () => {
    const { ledger, record } = await openBooked();
    for (const event of STORY) await record(event);
    const numbers = async (after: number, limit: number): Promise<number[]> => {
      const found: number[] = [];
      for await (const { number } of ledger.entriesAfter(after, limit)) found.push(number);
      return found;
    };
    expect(await numbers(0, 100)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await numbers(2, 3)).toEqual([3, 4, 5]);
    expect(await numbers(6, 10)).toEqual([]);
  });

  test('history rows stand in the store under their user', async () => {
    const { store, record } = await openBooked();
    for (const event of STORY) await record(event);
    const rows: unknown[] = [];
    for await (const [, value] of store.entries(rangeOf('history', 'alice'))) {
      rows.push(decodeRow(value));
    }
    expect(rows).toMatchObject([{ type: 'deposit.credited', amount: 12n, balanceAfter: 12n }]);
  });
});

test('an event after which assets and claims differ is refused, whatever made them differ', () => {
  const state = new LedgerState();
  state.set('totals', '', { ...ZERO_TOTALS, assets: 1n });
  const entry = { number: 1, previous: '0'.repeat(64), at: 1, event: user('alice') };
  expect(() => applyEntry(new Draft(state), entry)).toThrow(/assets and claims differ by 1/);
});

test('a draft finds the rows of a group with its own writes, and reads no other row', () => {
  const state = new LedgerState();
  const keys = ['d1', 'd2', 'd3'].map((id) => `dep_${id}`);
  const deposit = (number: number, address = 'A') => ({
    ...depositRow(keys[number]!, address, { amount: 1n, number }),
  });
  state.set('deposits', keys[0]!, deposit(0));
  state.set('deposits', keys[1]!, deposit(1));
  state.rows = () => {
    throw new Error('all rows are read');
  };
  state.entriesOf = state.rows as never;
  const draft = new Draft(state);
  draft.set('deposits', keys[1]!, { ...deposit(1), sweepId: 'S' });
  draft.set('deposits', keys[2]!, deposit(2));
  const idsOf = (name: string) => draft.find({ index: 'unswept', name }).map(({ id }) => id);
  expect(idsOf('A')).toEqual([keys[0], keys[2]]);
  expect(idsOf('B')).toEqual([]);
});

test('rows survive their encoding, with amounts of any size', () => {
  const row = { a: 2n ** 70n, b: [-1n], c: null, d: { e: 'x' }, f: 1 };
  expect(decodeRow(encodeRow(row))).toEqual(row);
  expect(new CoordinatorError('internal', 'm', { next: 'n' }).fields).toEqual([]);
});
