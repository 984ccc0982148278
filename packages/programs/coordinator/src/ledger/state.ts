/**
 * The ledger's state in memory with its indexes, and drafts over it: a draft sees its own writes and is either merged
 * whole or thrown away, so that a rule which fails half-way changes nothing.
 */
import { EMPTY_JOURNAL, type JournalHead, type JsonForm, jsonText } from '@airlock/journal';
import { INDEXES, type Indexed, type IndexName, keyAt, RowIndex } from './indexes.ts';
import { type HistoryRow, TABLES, type TableName, type Tables } from './rows.ts';

export interface View {
  readonly head: JournalHead;
  readonly get: <N extends TableName>(table: N, key: string) => Tables[N] | undefined;
}

type TableMaps = { readonly [N in TableName]: Map<string, Tables[N]> };

function emptyTables(): TableMaps {
  return Object.fromEntries(TABLES.map((name) => [name, new Map()])) as unknown as TableMaps;
}

/** Rows of the state that have something in common. */
export interface Group<I extends IndexName = IndexName> {
  readonly index: I;
  readonly name: string;
}

/** Every index, and those of a table. */
function emptyIndexes(): {
  readonly byName: ReadonlyMap<IndexName, RowIndex<TableName>>;
  readonly byTable: ReadonlyMap<TableName, readonly RowIndex<TableName>[]>;
} {
  const names = Object.keys(INDEXES) as IndexName[];
  const byName = new Map(
    names.map((name) => [name, new RowIndex<TableName>(INDEXES[name] as never)]),
  );
  const ofTable = (table: TableName): RowIndex<TableName>[] =>
    [...byName].flatMap(([name, index]) => (INDEXES[name].table === table ? [index] : []));
  return { byName, byTable: new Map(TABLES.map((table) => [table, ofTable(table)])) };
}

export class LedgerState implements View {
  head: JournalHead = EMPTY_JOURNAL;
  readonly #tables = emptyTables();
  readonly #indexes = emptyIndexes();

  get<N extends TableName>(table: N, key: string): Tables[N] | undefined {
    return this.#tables[table].get(key);
  }

  set<N extends TableName>(table: N, key: string, row: Tables[N]): void {
    const rows = this.#tables[table];
    const before = rows.get(key);
    rows.set(key, row);
    for (const index of this.#indexes.byTable.get(table) ?? []) index.move(before, row);
  }

  #index(name: IndexName): RowIndex<TableName> {
    const index = this.#indexes.byName.get(name);
    if (index === undefined) throw new TypeError(`there is no index ${name}`);
    return index;
  }

  /**
   * Rows that are in all of these groups of one table, in the order of their places, after a place. The
   * smallest group is read. Rows that are set meanwhile may be among them or not.
   */
  *find<I extends IndexName>(
    groups: readonly [Group<I>, ...Group<I>[]],
    after?: string,
  ): IterableIterator<Indexed<I>> {
    const smallest = groups.reduce((a, b) => (this.count(b) < this.count(a) ? b : a));
    const others = groups.filter((group) => group !== smallest);
    const rows: ReadonlyMap<string, Indexed<I>> = this.#tables[
      INDEXES[smallest.index].table
    ] as never;
    for (const key of this.#index(smallest.index).keys(smallest.name, after)) {
      const row = rows.get(key);
      if (row === undefined) continue;
      if (others.every(({ index, name }) => this.#index(index).has(name, row))) yield row;
    }
  }

  /** How many rows a group has. */
  count({ index, name }: Group): number {
    return this.#index(index).size(name);
  }

  /** Names of an index's groups that have rows. */
  groupNames(index: IndexName): string[] {
    return [...this.#index(index).names()];
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
  /** Of the tables that were written to: most commands touch one or two. */
  readonly #written: Partial<TableMaps> = {};
  readonly history: { readonly userId: string; readonly row: HistoryRow }[] = [];
  /** Transfers with the number of their entry. */
  readonly transfers: { readonly transferId: string; readonly number: number }[] = [];

  constructor(base: LedgerState) {
    this.#base = base;
    this.head = base.head;
  }

  get<N extends TableName>(table: N, key: string): Tables[N] | undefined {
    return this.#written[table]?.get(key) ?? this.#base.get(table, key);
  }

  set<N extends TableName>(table: N, key: string, row: Tables[N]): void {
    const written: Partial<Record<TableName, Map<string, unknown>>> = this.#written;
    const rows = written[table];
    if (rows === undefined) written[table] = new Map([[key, row]]);
    else rows.set(key, row);
  }

  /** Rows of a table as the draft sees them, in no particular order. */
  *rows<N extends TableName>(table: N): IterableIterator<Tables[N]> {
    const written: ReadonlyMap<string, Tables[N]> = this.#written[table] ?? new Map();
    for (const [key, row] of this.#base.entriesOf(table)) yield written.get(key) ?? row;
    for (const [key, row] of written) {
      if (this.#base.get(table, key) === undefined) yield row;
    }
  }

  /** Rows of a group as the draft sees them, in no particular order: of a table, no other is read. */
  find<I extends IndexName>(group: Group<I>): Indexed<I>[] {
    const { table, groupsOf, placeOf } = INDEXES[group.index];
    const written: ReadonlyMap<string, Indexed<I>> = this.#written[table] ?? (new Map() as never);
    const isWritten = (row: Indexed<I>): boolean => written.has(keyAt(placeOf(row)));
    const kept = [...this.#base.find([group])].filter((row) => !isWritten(row));
    return [...kept, ...[...written.values()].filter((row) => groupsOf(row).includes(group.name))];
  }

  /** Makes the draft's writes the state's, and gives them. */
  merge(): Change[] {
    const changes: Change[] = [];
    for (const table of Object.keys(this.#written) as TableName[]) {
      for (const [key, row] of this.#written[table] ?? []) {
        changes.push({ table, key, row });
        this.#base.set(table, key, row as never);
      }
    }
    this.#base.head = this.head;
    return changes;
  }
}

const BIGINT_KEY = '$bigint';

const ZERO = `{"${BIGINT_KEY}":"0"}`;

const FORM: JsonForm = {
  namesOf: Object.keys,
  // Most balances of a row are 0.
  textOfBigint: (value) => (value === 0n ? ZERO : `{"${BIGINT_KEY}":"${value}"}`),
};

/** A row as text: JSON in which a bigint is an object of its own. */
export function encodeRow(row: object): string {
  return jsonText(row, FORM);
}

/** Puts bigints back in place, wherever they stand. */
function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (BIGINT_KEY in value) return BigInt(String(value[BIGINT_KEY]));
  const fields = value as Record<string, unknown>;
  for (const name of Object.keys(fields)) {
    const item = fields[name];
    if (typeof item === 'object' && item !== null) fields[name] = revive(item);
  }
  return value;
}

export function decodeRow<T>(text: string): T {
  return revive(JSON.parse(text)) as T;
}
