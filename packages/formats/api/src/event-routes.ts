/** Routes of events: in pages and as a stream. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

export const eventRoutes: Pick<RouteTable, 'listJournal' | 'listEvents' | 'streamEvents'> = {
  listJournal: {
    method: 'get',
    path: '/v1/journal',
    role: 'auditor',
    summary: 'The journal itself: each entry as it is kept, whose SHA-256 the next one names',
    query: z.strictObject({ ...form.pageFields, after: form.journalNumber.optional() }),
    status: 200,
    reply: form.page(z.string()),
  },
  listEvents: {
    method: 'get',
    path: '/v1/events',
    role: 'exchange',
    summary: "The journal's events, oldest first; the cursor is the journal number",
    query: z.strictObject({
      ...form.pageFields,
      after: form.journalNumber.optional(),
      types: form.eventTypes.optional(),
    }),
    status: 200,
    reply: form.page(reply.journalEvent),
  },
  streamEvents: {
    method: 'get',
    path: '/v1/events/stream',
    role: 'exchange',
    summary: 'The same as server-sent events, after a number or from now on, without end',
    query: z.strictObject({
      after: form.journalNumber.optional(),
      types: form.eventTypes.optional(),
    }),
    status: 200,
    reply: 'stream',
  },
};
