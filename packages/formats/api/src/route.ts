/** What a route of the API is: method, path, role, what it takes and gives. */
import type { z } from 'zod';
import type { OperationId, Operations, Role } from './operation-types.ts';

export type Schema<T> = z.ZodType<T, unknown>;

export interface Route<K extends OperationId = OperationId> {
  readonly method: 'get' | 'post' | 'delete';
  /** With `{name}` for parameters. */
  readonly path: string;
  /** Null: open to all. An admin key opens every route. */
  readonly role: Role | null;
  readonly summary: string;
  readonly params?: Schema<Operations[K]['params']>;
  readonly query?: Schema<Operations[K]['query']>;
  /** A schema for JSON; 'file' for the bytes of an Airlock file. */
  readonly body?: Schema<Operations[K]['body']> | 'file';
  readonly status: 200 | 201;
  /** With this status, and Retry-After, comes a reply whose own `status` is not "ok". */
  readonly unreadyStatus?: 503;
  /**
   * A schema for JSON; 'file' for bytes; 'media' for bytes with their media type; 'stream' for
   * server-sent events, which take the header Last-Event-ID and go on until either side ends them.
   */
  readonly reply: Schema<Operations[K]['reply']> | 'file' | 'media' | 'stream';
  /** Whether the header Idempotency-Key is required. */
  readonly idempotent?: true;
}

export type RouteTable = { readonly [K in OperationId]: Route<K> };
