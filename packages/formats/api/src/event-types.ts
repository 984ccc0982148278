/** What the operations on events take and give. */
import type { Op } from './operation.ts';
import type { JournalEventView } from './operation-types.ts';
import type { Page, PageQuery } from './schema.ts';

export interface EventOperations {
  listEvents: Op<{
    query: PageQuery & { readonly types?: string | undefined };
    reply: Page<JournalEventView>;
  }>;
}
