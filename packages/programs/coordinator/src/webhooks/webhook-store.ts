/**
 * What is stored of webhooks: endpoints with their secrets, how far each has come, and dead deliveries.
 * An endpoint and its progress stand apart, because two write them: its owner and its worker.
 */
import { z } from 'zod';
import { CoordinatorError } from '../error.ts';
import { keyOf, type Operation, rangeOf, type Store } from '../store/store.ts';
import type { Failing } from './delivery-rules.ts';
import type { Secrets } from './signature.ts';

export interface EndpointRow {
  readonly id: string;
  readonly url: string;
  /** Null: all. */
  readonly types: readonly string[] | null;
  readonly createdAt: number;
  readonly secrets: Secrets;
}

export interface ProgressRow {
  /** Every event up to this number was delivered, is dead, or is of a type that was not asked for. */
  readonly cursor: number;
  readonly isDisabled: boolean;
  readonly failing: Failing | null;
}

export interface DeadRow {
  readonly id: string;
  readonly endpointId: string;
  /** Of the event, which stands in the journal. */
  readonly number: number;
  readonly type: string;
  readonly firstTriedAt: number;
  readonly lastError: string;
  readonly attempts: number;
}

const count = z.number().int().nonnegative();

const endpointRow: z.ZodType<EndpointRow> = z.strictObject({
  id: z.string(),
  url: z.string(),
  types: z.array(z.string()).nullable(),
  createdAt: count,
  secrets: z.strictObject({
    current: z.string(),
    previous: z.strictObject({ secret: z.string(), until: count }).nullable(),
  }),
});

const tries = { number: count, attempts: count, firstTriedAt: count, lastError: z.string() };

const progressRow: z.ZodType<ProgressRow> = z.strictObject({
  cursor: count,
  isDisabled: z.boolean(),
  failing: z.strictObject({ ...tries, nextTryAt: count }).nullable(),
});

const deadRow: z.ZodType<DeadRow> = z.strictObject({
  ...tries,
  id: z.string(),
  endpointId: z.string(),
  type: z.string(),
});

export interface StoredWebhook {
  readonly endpoint: EndpointRow;
  readonly progress: ProgressRow;
}

const endpointKey = (id: string): string => keyOf('webhooks', 'endpoint', id);
const progressKey = (id: string): string => keyOf('webhooks', 'progress', id);
const deadKey = (id: string): string => keyOf('deadDeliveries', id);

/** @throws CoordinatorError store_damaged */
function parseRow<T>(schema: z.ZodType<T>, text: string | null): T {
  try {
    return schema.parse(JSON.parse(text ?? ''));
  } catch (cause) {
    throw new CoordinatorError('store_damaged', 'what is stored of a webhook is malformed', {
      next: 'stop, keep the data folder as it is, and restore a backup elsewhere',
      cause,
    });
  }
}

export function putEndpoint(row: EndpointRow): Operation {
  return { type: 'put', key: endpointKey(row.id), value: JSON.stringify(row) };
}

export function putProgress(id: string, row: ProgressRow): Operation {
  return { type: 'put', key: progressKey(id), value: JSON.stringify(row) };
}

export function putDead(row: DeadRow): Operation {
  return { type: 'put', key: deadKey(row.id), value: JSON.stringify(row) };
}

export function deleteDead({ id }: DeadRow): Operation {
  return { type: 'del', key: deadKey(id) };
}

export function deleteEndpoint({ id }: EndpointRow): Operation[] {
  return [endpointKey(id), progressKey(id)].map((key) => ({ type: 'del', key }));
}

/** Every endpoint with its progress. @throws CoordinatorError store_damaged */
export async function loadWebhooks(store: Store): Promise<StoredWebhook[]> {
  const stored: StoredWebhook[] = [];
  for await (const [, text] of store.entries(rangeOf('webhooks', 'endpoint'))) {
    const endpoint = parseRow(endpointRow, text);
    const progress = parseRow(progressRow, store.get(progressKey(endpoint.id)));
    stored.push({ endpoint, progress });
  }
  return stored;
}

/** All dead deliveries, in no particular order. @throws CoordinatorError store_damaged */
export async function loadDead(store: Store): Promise<DeadRow[]> {
  const rows: DeadRow[] = [];
  for await (const [, text] of store.entries(rangeOf('deadDeliveries'))) {
    rows.push(parseRow(deadRow, text));
  }
  return rows;
}

/** @returns null if there is none of this id. @throws CoordinatorError store_damaged */
export function readDead(store: Store, id: string): DeadRow | null {
  const text = store.get(deadKey(id));
  return text === null ? null : parseRow(deadRow, text);
}
