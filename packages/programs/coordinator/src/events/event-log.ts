/**
 * The journal as its readers see it: the list of events, the stream and the webhooks all read, filter
 * and show it by this file, and none of them sees an entry that is not on the disk.
 */
import type { JournalEventView } from '@airlock/api';
import {
  ALARMS,
  EVENT_TYPES,
  encodeEntry,
  headAfter,
  type JournalEntry,
  type JournalEvent,
} from '@airlock/journal';
import { invalidRequest } from '../error.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Entries that are read at once, wanted or not: whoever waits for them must not wait for ever. */
export const PASS_ENTRIES_MAX = 1000;

/** Types that are wanted; null: all. */
export type WantedTypes = ReadonlySet<string> | null;

const SHOWN_TYPES: ReadonlySet<string> = new Set([...EVENT_TYPES, ...ALARMS]);

/**
 * @param names event types and names of alarms, as readers ask for them; none: all
 * @throws CoordinatorError invalid_request: one that never comes would be waited for in vain
 */
export function wantedTypes(names: readonly string[] | null | undefined): WantedTypes {
  if (names === null || names === undefined) return null;
  const unknown = names.find((name) => !SHOWN_TYPES.has(name));
  if (unknown === undefined) return new Set(names);
  const expected = 'types of events or names of alarms that there are';
  throw invalidRequest([{ path: 'types', expected, got: JSON.stringify(unknown) }]);
}

export interface LogPosition {
  /** Journal number after which to read. */
  readonly after: number;
  readonly types: WantedTypes;
}

/** What stands in the log at a number; null where its type is not wanted. */
export interface LogLine {
  readonly number: number;
  readonly entry: JournalEntry | null;
}

/** Durable entries after a position, each with its number, so that a reader knows how far it has come. */
export async function* readLog(
  ledger: Ledger,
  { after, types }: LogPosition,
  entriesMax: number = PASS_ENTRIES_MAX,
): AsyncIterable<LogLine> {
  const limit = Math.min(ledger.durable.number - after, entriesMax);
  if (limit <= 0) return;
  for await (const entry of ledger.entriesAfter(after, limit)) {
    const isWanted = types === null || types.has(shownType(entry.event));
    yield { number: entry.number, entry: isWanted ? entry : null };
  }
}

/** An alarm is shown by its own name, so that readers can ask for the ones they want. */
export function shownType(event: JournalEvent): string {
  return 'alarm' in event ? event.alarm : event.type;
}

/** An event as JSON: what the journal's encoding holds; an alarm with whether it was raised or cleared. */
export function eventView(entry: JournalEntry): JournalEventView {
  const { number, at, event } = JSON.parse(encodeEntry(entry)) as {
    number: number;
    at: number;
    event: Record<string, unknown> & { type: string };
  };
  const { type, alarm, ...data } = event;
  const shown = { number, at: new Date(at).toISOString() };
  if (typeof alarm !== 'string') return { ...shown, type, data };
  const state = type === 'alarm.raised' ? 'raised' : 'cleared';
  return { ...shown, type: alarm, data: { ...data, state } };
}

/**
 * The event's own id. It holds its hash beside its number: a coordinator that was restored from a
 * backup gives numbers again, and a receiver that knows one must not take the other for it.
 */
export function eventId(entry: JournalEntry): string {
  const { hash } = headAfter(entry.number, encodeEntry(entry));
  return `evt_${entry.number}_${hash.slice(0, 16)}`;
}
