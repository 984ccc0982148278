/** A slice of `npm run bench:ledger`: that both sides of each comparison do the same, at few transfers. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ledger, replay } from '../../../packages/programs/coordinator/src/ledger/ledger.ts';
import { createMemoryStore } from '../../../packages/programs/coordinator/src/store/memory-store.ts';
import { KEYSPACES, type Store } from '../../../packages/programs/coordinator/src/store/store.ts';
import { BALANCE, inFolder, openFunded, timeCalls, transferOf } from './funded-ledger.ts';
import { judgeHttp } from './http-writes.ts';
import { pastTransfers } from './long-history.ts';
import { medians, TURNS } from './rounds.ts';
import { openRaw, openRecorded, writeRaw } from './throughput.ts';

const AT = 1_700_000_000_000;

async function entriesOf(store: Pick<Store, 'entries'>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const [key, value] of store.entries({ from: '', to: '\uffff' })) found.set(key, value);
  return found;
}

test('the history that is written in bulk is what the ledger writes for the same transfers', async () => {
  const users = ['user-000000', 'user-000001'] as const;
  const booked = createMemoryStore();
  const inBulk = createMemoryStore();
  await openFunded(booked, users);
  for (const [key, value] of await entriesOf(booked)) {
    await inBulk.batch([{ type: 'put', key, value }]);
  }
  const ledger = await Ledger.open(booked, () => AT);
  const { head } = ledger.state;
  for (let i = 0; i < 6; i += 1) {
    const [from, to] = i % 2 === 0 ? users : [users[1], users[0]];
    await ledger.execute(({ record }) => record(transferOf(500 + i, { from, to })));
  }
  const past = pastTransfers(head, { count: 6, at: AT, firstTransfer: 500, users });
  await inBulk.batch(past.operations);
  expect(await entriesOf(inBulk)).toEqual(await entriesOf(booked));
  expect(past.head).toEqual(ledger.state.head);
  expect((await replay(inBulk)).get('users', users[0])?.available).toBe(BALANCE);
});

test('LevelDB alone gets the very batches of the ledger', async () => {
  await inFolder(async (folder) => {
    const { ledger, record, close } = await openRecorded(join(folder, 'ledger'));
    const book = (first: number): Promise<number> =>
      timeCalls({ count: 500, atOnce: 50 }, (number) => {
        const event = transferOf(first + number, { from: 'user-000001', to: 'user-000002' });
        return ledger.execute((command) => command.record(event));
      });
    await book(0);
    const batches = await record(() => book(500));
    await book(1000);
    // Many commands share a batch.
    expect(batches.length).toBeLessThan(100);
    const raw = await openRaw(join(folder, 'raw'));
    expect(await writeRaw(raw, batches)).toBeGreaterThan(0);
    const entries = await raw.iterator().all();
    await Promise.all([raw.close(), close()]);
    const journal = entries.filter(([key]) => key.startsWith(KEYSPACES.journal));
    expect(journal).toHaveLength(500);
  });
}, 30_000);

describe('rounds', () => {
  test('the first round warms up, sides take turns, and medians count', async () => {
    const order: string[] = [];
    let firsts = 0;
    const { first, second } = await medians(3, {
      first: async () => {
        order.push('first');
        firsts += 1;
        // Rounds of 1000, then 3, 5 and 7 milliseconds a turn.
        return [1000, 3, 5, 7][Math.floor((firsts - 1) / TURNS)] ?? 0;
      },
      second: async () => {
        order.push('second');
        return 1;
      },
    });
    expect({ first, second }).toEqual({ first: 5 * TURNS, second: TURNS });
    expect(order.slice(0, 4)).toEqual(['first', 'second', 'second', 'first']);
    expect(order).toHaveLength(4 * 2 * TURNS);
  });
});

test('HTTP writes are measured at the built coordinator and at an empty handler', async () => {
  const { goal, text } = await judgeHttp({ rounds: 1, transfers: 640 });
  expect(goal).toBe('L3');
  expect(text).toMatch(
    /^POST \/v1\/transfers \d+\/s over 64 connections, an empty .+ \d+\/s: \d+ %/,
  );
}, 60_000);
