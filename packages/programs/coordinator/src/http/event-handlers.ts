/** Events in pages and as a stream. */
import type { JournalEventView, Operations } from '@airlock/api';
import type { Response } from 'express';
import type { Coordinator } from '../coordinator.ts';
import { invalidRequest } from '../error.ts';
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

const STREAM_HEADERS = new Headers({
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // nginx would otherwise keep events back until it has a buffer full of them.
  'X-Accel-Buffering': 'no',
});

/**
 * Begins to send events.
 * @param keyId API key of the call
 * @throws CoordinatorError invalid_request, rate_limited
 */
export function streamEvents(
  { ledger, streams }: Coordinator,
  response: Response,
  { query, keyId }: { readonly query: Operations['streamEvents']['query']; readonly keyId: string },
): void {
  const { number: end } = ledger.durable;
  const after = query.after === undefined ? end : Number(query.after);
  // Nobody was told of a later number, but by a journal that this one, restored, has forgotten.
  if (after > end) {
    const expected = `at most the journal's number ${end}`;
    throw invalidRequest([{ path: 'after', expected, got: String(after) }]);
  }
  response.setHeaders(STREAM_HEADERS);
  if (response.req.method === 'HEAD') response.end();
  else streams.open(response, { keyId, after, types: parseTypes(query.types) });
}
