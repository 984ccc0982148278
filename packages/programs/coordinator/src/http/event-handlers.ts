/** Events in pages. */
import type { JournalEventView } from '@airlock/api';
import { eventView, readLog, type WantedTypes } from '../events/event-log.ts';
import type { Handlers } from './handler.ts';

/** Entries that one page may pass over: the cursor moves on, and the next page goes on from it. */
const PAGE_ENTRIES_MAX = 10_000;

const parseTypes = (types: string | undefined): WantedTypes =>
  types === undefined ? null : new Set(types.split(','));

export const eventHandlers: Handlers<'listEvents'> = {
  listEvents: async ({ ledger }, { query: { limit, after, types } }) => {
    const position = { after: Number(after ?? '0'), types: parseTypes(types) };
    const { number: end } = ledger.durable;
    const data: JournalEventView[] = [];
    let last = position.after;
    for await (const { number, entry } of readLog(ledger, position, PAGE_ENTRIES_MAX)) {
      last = number;
      if (entry !== null) data.push(eventView(entry));
      if (data.length === limit) break;
    }
    return { data, nextCursor: last < end ? String(last) : null };
  },
};
