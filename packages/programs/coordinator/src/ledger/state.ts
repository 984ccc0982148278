/**
 * The ledger's state in memory, and drafts over it: a draft sees its own writes and is either merged
 * whole or thrown away, so that a rule which fails half-way changes nothing.
 */
import { EMPTY_JOURNAL, type JournalHead } from '@airlock/journal';
import { type HistoryRow, TABLES, type TableName, type Tables } from './rows.ts';

export interface View {
  readonly head: JournalHead;
  readonly get: <N extends TableName>(table: N, key: string) => Tables[N] | undefined;
}

type TableMaps = { readonly [N in TableName]: Map<string, Tables[N]> };

function emptyTables(): TableMaps {
  return Object.fromEntries(TABLES.map((name) => [name, new Map()])) as unknown as TableMaps;
}

export class LedgerState implements View {
  head: JournalHead = EMPTY_JOURNAL;
  readonly #tables = emptyTables();

  get<N extends TableName>(table: N, key: string): Tables[N] | undefined {
    return this.#tables[table].get(key);
  }

  set<N extends TableName>(table: N, key: string, row: Tables[N]): void {
    this.#tables[table].set(key, row);
  }

  /** All rows of a table, in no particular order. */
  rows<N extends TableName>(table: N): IterableIterator<Tables[N]> {
    return this.#tables[table].values();
  }

  entriesOf<N extends TableName>(table: N): IterableIterator<[string, Tables[N]]> {
    return this.#tables[table].entries();
  }

  size(table: TableName): number {
    return this.#tables[table].size;
  }
}

/** One changed row, as it goes to the store. */
export interface Change {
  readonly table: TableName;
  readonly key: string;
  readonly row: Tables[TableName];
}

export class Draft implements View {
  head: JournalHead;
  /** Time of the entry that is being applied (Unix ms). */
  at = 0;
  readonly #base: LedgerState;
  readonly #written = emptyTables();
  readonly history: (HistoryRow & { readonly userId: string })[] = [];

  constructor(base: LedgerState) {
    this.#base = base;
    this.head = base.head;
  }

  get<N extends TableName>(table: N, key: string): Tables[N] | undefined {
    return this.#written[table].get(key) ?? this.#base.get(table, key);
  }

  set<N extends TableName>(table: N, key: string, row: Tables[N]): void {
    this.#written[table].set(key, row);
  }

  /** Rows of a table as the draft sees them, in no particular order. */
  *rows<N extends TableName>(table: N): IterableIterator<Tables[N]> {
    const written = this.#written[table];
    for (const [key, row] of this.#base.entriesOf(table)) yield written.get(key) ?? row;
    for (const [key, row] of written) {
      if (this.#base.get(table, key) === undefined) yield row;
    }
  }

  changes(): Change[] {
    return TABLES.flatMap((table) =>
      [...this.#written[table]].map(([key, row]) => ({ table, key, row })),
    );
  }

  /** Makes the draft's writes the state's. */
  merge(): void {
    for (const { table, key, row } of this.changes()) this.#base.set(table, key, row as never);
    this.#base.head = this.head;
  }
}

const BIGINT_KEY = '$bigint';

/** A row as text: JSON in which a bigint is an object of its own. */
export function encodeRow(row: object): string {
  return JSON.stringify(row, (_key, value: unknown) =>
    typeof value === 'bigint' ? { [BIGINT_KEY]: value.toString() } : value,
  );
}

export function decodeRow<T>(text: string): T {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && BIGINT_KEY in value
      ? BigInt(String(value[BIGINT_KEY]))
      : value,
  ) as T;
}
