/** The schemas know every event type, and each list's items are parsed as strictly as the event. */
import { expect, test } from '@jest/globals';
import { entrySchema } from '../src/event-schema.ts';
import type { JournalEventType } from '../src/index.ts';
import { encodeEntry } from '../src/index.ts';
import { EVENTS, entryOf } from './samples.ts';

/** Fails to compile when the union has a type that is not listed. */
const TYPES: Record<JournalEventType, true> = {
  'keyring.paired': true,
  'keyring.switched': true,
  'addresses.imported': true,
  'user.created': true,
  'address.assigned': true,
  'deposit.confirmed': true,
  'deposit.credited': true,
  'withdrawal.requested': true,
  'withdrawal.cancelled': true,
  'transfer.booked': true,
  'custody.opened': true,
  'custody.received': true,
  'bring-back.opened': true,
  'bring-back.done': true,
  'cold-order.cancelled': true,
  'cold-spend.opened': true,
  'sweep.planned': true,
  'request.exported': true,
  'response.imported': true,
  'void.requested': true,
  'request.voided': true,
  'record.imported': true,
  'sweep.attached': true,
  'sweep.confirmed': true,
  'sweep.replayed': true,
  'top-up.opened': true,
  'address.quarantined': true,
  'address.released': true,
  'balance.corrected': true,
  'withdrawal.replaced': true,
  'sweep.blocked': true,
  'sweep.unblocked': true,
  'sweep.abandoned': true,
  'sweep.recovered': true,
  'alarm.raised': true,
  'alarm.cleared': true,
};

test('the samples hold every type of the union', () => {
  expect([...EVENTS.keys()].sort()).toEqual(Object.keys(TYPES).sort());
});

const LISTS = [
  ['addresses.imported', 'addresses'],
  ['transfer.booked', 'entries'],
  ['sweep.planned', 'inputs'],
  ['sweep.planned', 'outputs'],
  ['response.imported', 'refused'],
  ['record.imported', 'forgotten'],
  ['sweep.blocked', 'shortfalls'],
  ['sweep.recovered', 'inputs'],
  ['sweep.recovered', 'outputs'],
] as const;

test.each(LISTS)('%s: an item of %s with an unknown or missing field is refused', (type, list) => {
  const text = encodeEntry(entryOf(EVENTS.get(type)!));
  const spoil = (change: (item: Record<string, unknown>) => void): unknown => {
    const json = JSON.parse(text) as { event: Record<string, Record<string, unknown>[]> };
    change(json.event[list]![0]!);
    return json;
  };
  expect(entrySchema.safeParse(spoil(() => undefined)).success).toBe(true);
  expect(entrySchema.safeParse(spoil((item) => Object.assign(item, { x: 1 }))).success).toBe(false);
  const keys = Object.keys((JSON.parse(text) as never as { event: never }).event[list][0]);
  for (const key of keys) {
    expect(entrySchema.safeParse(spoil((item) => delete item[key])).success).toBe(false);
  }
});

test.each([
  ['number', 0],
  ['number', 1.5],
  ['previous', 'AB'.repeat(32)],
  ['at', -1],
  ['event', null],
])('an entry whose %s is %j is refused', (field, value) => {
  const json = JSON.parse(encodeEntry(entryOf(EVENTS.get('user.created')!))) as object;
  expect(entrySchema.safeParse(json).success).toBe(true);
  expect(entrySchema.safeParse({ ...json, [field]: value }).success).toBe(false);
});
