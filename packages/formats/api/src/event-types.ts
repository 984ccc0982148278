/** What the operations on events and their stream take and give. */
import type { Op } from './operation.ts';
import type { JournalEventView } from './operation-types.ts';
import type { Page, PageQuery } from './schema.ts';

/** The operations whose reply goes on for ever; a client reads them with a reader of its own. */
export type StreamOperationId = 'streamEvents';

export interface EventOperations {
  listEvents: Op<{
    query: PageQuery & { readonly types?: string | undefined };
    reply: Page<JournalEventView>;
  }>;
  /** The reply is the data of each server-sent event. */
  streamEvents: Op<{
    query: { readonly after?: string | undefined; readonly types?: string | undefined };
    reply: JournalEventView;
  }>;
}
