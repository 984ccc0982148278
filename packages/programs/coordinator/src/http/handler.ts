/** What a handler of the API is: typed input in, reply out; errors are thrown with their code. */
import type { OperationId, Operations } from '@airlock/api';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, invalidRequest } from '../error.ts';
import { INDEXES, type Indexed, type IndexName, keyAt } from '../ledger/indexes.ts';
import type { Command } from '../ledger/ledger.ts';
import type { Group, LedgerState } from '../ledger/state.ts';
import type { IdempotentCall } from './idempotency.ts';

export interface Input<K extends OperationId> {
  readonly params: Operations[K]['params'];
  readonly query: Operations[K]['query'];
  readonly body: Operations[K]['body'];
  /** Of a route that requires an idempotency key; null elsewhere. */
  readonly call: IdempotentCall | null;
}

export type Handler<K extends OperationId> = (
  coordinator: Coordinator,
  input: Input<K>,
) => Promise<Operations[K]['reply']>;

export type Handlers<K extends OperationId> = { readonly [Id in K]: Handler<Id> };

/** Runs a command whose reply is stored, under the call's key, in the same batch as its effect. */
export function executeOnce<T>(
  { ledger }: Coordinator,
  { call, status }: { readonly call: IdempotentCall | null; readonly status: number },
  work: (command: Command) => T,
): Promise<T> {
  return ledger.execute((command) => {
    const body = work(command);
    if (call !== null) command.write(call.store({ status, body }));
    return body;
  });
}

export function notFound(what: string): CoordinatorError {
  return new CoordinatorError('not_found', `there is no ${what}`, { next: 'check the id' });
}

interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

interface Page<View> {
  readonly data: View[];
  readonly nextCursor: string | null;
}

/** Rows are never removed: a cursor that was given names one. @throws CoordinatorError invalid_request */
function assertCursor(state: LedgerState, index: IndexName, after: string | undefined): void {
  if (after === undefined) return;
  const { table, placeOf } = INDEXES[index];
  const row = state.get(table, keyAt(after));
  if (row !== undefined && placeOf(row as never) === after) return;
  const expected = 'the nextCursor of an earlier page of this list';
  throw invalidRequest([{ path: 'after', expected, got: JSON.stringify(after) }]);
}

/** One page of the state's rows that are in all of these groups; cursors are their places. */
export function pageOf<I extends IndexName, View>(
  { ledger: { state } }: Coordinator,
  groups: readonly [Group<I>, ...Group<I>[]],
  { query, viewOf }: { query: PageQuery; viewOf: (row: Indexed<I>) => View },
): Page<View> {
  assertCursor(state, groups[0].index, query.after);
  const data: View[] = [];
  let last: Indexed<I> | null = null;
  for (const row of state.find(groups, query.after)) {
    if (last !== null && data.length === query.limit) {
      return { data, nextCursor: INDEXES[groups[0].index].placeOf(last) };
    }
    data.push(viewOf(row));
    last = row;
  }
  return { data, nextCursor: null };
}

/** One page of rows that are sorted by their cursor. */
export function paginate<Row, View>(
  rows: readonly Row[],
  { limit, after }: PageQuery,
  { cursorOf, viewOf }: { cursorOf: (row: Row) => string; viewOf: (row: Row) => View },
): Page<View> {
  const rest = after === undefined ? rows : rows.filter((row) => cursorOf(row) > after);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(viewOf),
    nextCursor: last === undefined || rest.length <= limit ? null : cursorOf(last),
  };
}
