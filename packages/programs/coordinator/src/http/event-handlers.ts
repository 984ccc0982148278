/** The journal and its events, in pages and as a stream. */
import type { JournalEventView, Operations } from '@airlock/api';
import { encodeEntry } from '@airlock/journal';
import type { Response } from 'express';
import type { Coordinator } from '../coordinator.ts';
import { invalidRequest } from '../error.ts';
import { eventView, type LogPosition, readLog, wantedTypes } from '../events/event-log.ts';
import type { Handlers } from './handler.ts';

/** Entries that one page may pass over: the cursor moves on, and the next page goes on from it. */
const PAGE_ENTRIES_MAX = 10_000;

type Asked = Pick<Operations['streamEvents']['query'], 'after' | 'types'>;

/**
 * Nobody was told of a later number than the journal's, but by a journal that this one, restored, has
 * forgotten. @throws CoordinatorError invalid_request
 */
function positionOf({ after: text, types }: Asked, end: number, first: number): LogPosition {
  const after = text === undefined ? first : Number(text);
  if (after <= end) return { after, types: wantedTypes(types?.split(',')) };
  const expected = `at most the journal's number ${end}`;
  throw invalidRequest([{ path: 'after', expected, got: String(after) }]);
}

export const eventHandlers: Handlers<'listJournal' | 'listEvents'> = {
  listJournal: async ({ ledger }, { query }) => {
    const { number: end } = ledger.durable;
    const { after } = positionOf(query, end, 0);
    const data: string[] = [];
    const limit = Math.min(query.limit, end - after);
    for await (const entry of ledger.entriesAfter(after, limit)) data.push(encodeEntry(entry));
    const last = after + data.length;
    return { data, nextCursor: last < end ? String(last) : null };
  },

  listEvents: async ({ ledger }, { query }) => {
    const { limit } = query;
    const { number: end } = ledger.durable;
    const position = positionOf(query, end, 0);
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
  const position = positionOf(query, end, end);
  response.setHeaders(STREAM_HEADERS);
  if (response.req.method === 'HEAD') response.end();
  else streams.open(response, { keyId, ...position });
}
