/** The one reader of the journal: order, filter, bounds, and nothing that is not on the disk. */
import { describe, expect, test } from '@jest/globals';
import { eventId, eventView, type LogLine, readLog } from '../../src/events/event-log.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import {
  arrived,
  assigned,
  depositAddress,
  imported,
  openBooked,
  paired,
  user,
} from '../booked.ts';
import { gatedStore } from '../gated-store.ts';

const STORY = [paired, imported(2), user('a'), assigned('a', 1), user('b')];

async function openStory() {
  const booked = await openBooked();
  for (const event of STORY) await booked.record(event);
  return booked;
}

async function linesOf(lines: AsyncIterable<LogLine>): Promise<string[]> {
  const found: string[] = [];
  for await (const { number, entry } of lines) found.push(`${number} ${entry?.event.type ?? '-'}`);
  return found;
}

describe('reading', () => {
  test('gives every entry after a number, in order, those that are not wanted as their number', async () => {
    const { ledger } = await openStory();
    expect(await linesOf(readLog(ledger, { after: 2, types: null }))).toEqual([
      '3 user.created',
      '4 address.assigned',
      '5 user.created',
    ]);
    const types = new Set(['address.assigned']);
    expect(await linesOf(readLog(ledger, { after: 1, types }))).toEqual([
      '2 -',
      '3 -',
      '4 address.assigned',
      '5 -',
    ]);
  });

  test('reads no more entries at once than it is told, and none after the end', async () => {
    const { ledger } = await openStory();
    const position = { after: 1, types: new Set(['never']) };
    expect(await linesOf(readLog(ledger, position, 2))).toEqual(['2 -', '3 -']);
    for (const after of [5, 6, 1000]) {
      expect(await linesOf(readLog(ledger, { after, types: null }))).toEqual([]);
    }
  });

  test('gives nothing that the store shows and that is not known to be on the disk', async () => {
    const store = gatedStore();
    store.isEarly = true;
    const ledger = await Ledger.open(store, () => 1);
    const call = ledger.execute(({ record }) => record(user('a')));
    const types = null;
    await new Promise((resolve) => setImmediate(resolve));
    expect((await ledger.entriesAfter(0, 9)[Symbol.asyncIterator]().next()).done).toBe(false);
    expect(await linesOf(readLog(ledger, { after: 0, types }))).toEqual([]);
    await store.release();
    await call;
    expect(await linesOf(readLog(ledger, { after: 0, types }))).toEqual(['1 user.created']);
  });
});

describe('an event', () => {
  const entry = {
    number: 7,
    previous: '0'.repeat(64),
    at: 1_700_000_000_123,
    event: arrived(depositAddress(1), 12n, 1),
  };

  test('is shown with number, time, type and data, amounts as strings', () => {
    const { number, at, type, data } = eventView(entry);
    expect([number, at, type]).toEqual([7, '2023-11-14T22:13:20.123Z', 'deposit.confirmed']);
    const { type: _type, ...fields } = { ...entry.event, amount: '12' };
    expect(data).toEqual(fields);
  });

  test('has an id of its number and its content, and no full stop in it', () => {
    const id = eventId(entry);
    expect(id).toMatch(/^evt_7_[0-9a-f]{16}$/);
    expect(eventId({ ...entry })).toBe(id);
    expect(eventId({ ...entry, at: entry.at + 1 })).not.toBe(id);
  });
});

test('an alarm is shown, and asked for, by its own name, raised or cleared', async () => {
  const { ledger, record } = await openStory();
  const alarm = { alarm: 'pool.low', subject: 'kr_1' } as const;
  await record({ type: 'alarm.raised', ...alarm, detail: 'few are left' });
  await record({ type: 'alarm.cleared', ...alarm });
  const shown: unknown[] = [];
  for await (const { entry } of readLog(ledger, { after: 0, types: new Set(['pool.low']) })) {
    if (entry !== null) shown.push(eventView(entry));
  }
  expect(shown).toMatchObject([
    {
      number: 6,
      type: 'pool.low',
      data: { state: 'raised', subject: 'kr_1', detail: 'few are left' },
    },
    { number: 7, type: 'pool.low', data: { state: 'cleared', subject: 'kr_1' } },
  ]);
});
