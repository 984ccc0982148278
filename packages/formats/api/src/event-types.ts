/** What the operations on events, their stream and their webhooks take and give. */
import type { ById, Op } from './operation.ts';
import type { JournalEventView } from './operation-types.ts';
import type { Page, PageQuery } from './schema.ts';

/** The operations whose reply goes on for ever; a client reads them with a reader of its own. */
export type StreamOperationId = 'streamEvents';

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  /** Null: all. */
  readonly types: readonly string[] | null;
  /** Disabled for good once its server has answered 410. */
  readonly status: 'active' | 'disabled';
  /** Every event up to this number was delivered, is dead, or is of a type that was not asked for. */
  readonly cursor: number;
  readonly createdAt: string;
  /** The event after the cursor, while its delivery has failed and is tried again. */
  readonly failing: {
    readonly number: number;
    readonly attempts: number;
    readonly firstTriedAt: string;
    readonly nextTryAt: string;
    readonly lastError: string;
  } | null;
}

/** With the secret that signs, which is shown this once. */
export type SecretWebhookEndpoint = WebhookEndpoint & { readonly secret: string };

/** An event that an endpoint did not take for as long as it was tried. */
export interface WebhookDelivery {
  readonly id: string;
  readonly endpointId: string;
  /** Of the event. */
  readonly number: number;
  readonly type: string;
  readonly firstTriedAt: string;
  readonly lastError: string;
  readonly attempts: number;
}

/** What came of one more try: delivered, it has left the list. */
export interface RetriedWebhookDelivery {
  readonly id: string;
  readonly delivered: boolean;
  readonly attempts: number;
  readonly lastError: string | null;
}

export interface EventOperations {
  listJournal: Op<{ query: PageQuery; reply: Page<string> }>;
  listEvents: Op<{
    query: PageQuery & { readonly types?: string | undefined };
    reply: Page<JournalEventView>;
  }>;
  /** The reply is the data of each server-sent event. */
  streamEvents: Op<{
    query: { readonly after?: string | undefined; readonly types?: string | undefined };
    reply: JournalEventView;
  }>;
  createWebhookEndpoint: Op<{
    body: {
      readonly url: string;
      readonly types?: readonly string[] | undefined;
      readonly after?: number | undefined;
    };
    reply: SecretWebhookEndpoint;
  }>;
  listWebhookEndpoints: Op<{ query: PageQuery; reply: Page<WebhookEndpoint> }>;
  deleteWebhookEndpoint: Op<{ params: ById; reply: WebhookEndpoint }>;
  rotateWebhookSecret: Op<{ params: ById; reply: SecretWebhookEndpoint }>;
  listWebhookDeliveries: Op<{
    query: PageQuery & { readonly status?: 'dead' | undefined };
    reply: Page<WebhookDelivery>;
  }>;
  retryWebhookDelivery: Op<{ params: ById; reply: RetriedWebhookDelivery }>;
}
