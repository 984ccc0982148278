/**
 * Indexes over the state: rows found by what stands in them, in the order of the lists that show them.
 * The state itself keeps them wherever a row is set, so that no call reads through a whole table.
 */
import { paddedNumber } from '../store/store.ts';
import type { TableName, Tables } from './rows.ts';
import { SortedTexts } from './sorted-texts.ts';

interface Definition<N extends TableName> {
  readonly table: N;
  /** Names of the groups in which the row stands now. */
  readonly groupsOf: (row: Tables[N]) => readonly string[];
  /** Its place in each: the row's key, or what it is sorted by, a dot and the key. Never changes. */
  readonly placeOf: (row: Tables[N]) => string;
}

/** The group of all rows. */
export const ALL_ROWS = '';

const depositPlace = ({ number, id }: Tables['deposits']): string =>
  `${paddedNumber(number)}.${id}`;
const withdrawalPlace = ({ number, id }: Tables['withdrawals']): string =>
  `${paddedNumber(number)}.${id}`;
/** Keyrings number their requests apart: only with the id no two places are the same. */
const requestPlace = ({ createdAt, sequence, id }: Tables['requests']): string =>
  `${paddedNumber(createdAt)}.${paddedNumber(sequence)}.${id}`;

/** Every index with its table, and what its groups are named by. */
interface IndexTables {
  /** Status, or all. */
  deposits: 'deposits';
  /** User. */
  depositsOf: 'deposits';
  /** Address: those that a sweep of it would credit. */
  unswept: 'deposits';
  /** Status, or all. */
  withdrawals: 'withdrawals';
  /** User. */
  withdrawalsOf: 'withdrawals';
  /** Status. */
  addresses: 'addresses';
  /** User. */
  addressesOf: 'addresses';
  /** Keyring: active addresses with money, but those in custody. */
  spendable: 'addresses';
  /** All: inputs of a sweep that hold money, since it is under way or money came to them again. */
  funded: 'addresses';
  /** All that are in quarantine. */
  quarantined: 'addresses';
  /** The order that set them aside. */
  custody: 'addresses';
  /** All: active hub addresses with money, cold ones too. */
  hubMoney: 'addresses';
  /** Status, or all. */
  sweeps: 'sweeps';
  /** All that were confirmed again. */
  replayed: 'sweeps';
  /** Status, or all. */
  requests: 'requests';
  /** Keyring. */
  requestsOf: 'requests';
  /** Type, or all. */
  coldOrders: 'coldOrders';
}

export type IndexName = keyof IndexTables;
/** The row that an index finds. */
export type Indexed<I extends IndexName> = Tables[IndexTables[I]];

export const INDEXES: { readonly [I in IndexName]: Definition<IndexTables[I]> } = {
  deposits: {
    table: 'deposits',
    groupsOf: ({ status }) => [ALL_ROWS, status],
    placeOf: depositPlace,
  },
  depositsOf: {
    table: 'deposits',
    groupsOf: ({ userId }) => [userId],
    placeOf: depositPlace,
  },
  unswept: {
    table: 'deposits',
    groupsOf: ({ address, sweepId, status }) =>
      sweepId === null && status !== 'stranded' ? [address] : [],
    placeOf: depositPlace,
  },
  withdrawals: {
    table: 'withdrawals',
    groupsOf: ({ status }) => [ALL_ROWS, status],
    placeOf: withdrawalPlace,
  },
  withdrawalsOf: {
    table: 'withdrawals',
    groupsOf: ({ userId }) => (userId === null ? [] : [userId]),
    placeOf: withdrawalPlace,
  },
  addresses: {
    table: 'addresses',
    groupsOf: ({ status }) => [status],
    placeOf: ({ address }) => address,
  },
  addressesOf: {
    table: 'addresses',
    groupsOf: ({ userId }) => (userId === null ? [] : [userId]),
    placeOf: ({ address }) => address,
  },
  spendable: {
    table: 'addresses',
    groupsOf: ({ keyringId, status, balance, custody }) =>
      status === 'active' && balance > 0n && custody === null ? [keyringId] : [],
    placeOf: ({ address }) => address,
  },
  funded: {
    table: 'addresses',
    groupsOf: ({ sweepId, balance }) => (sweepId !== null && balance > 0n ? [ALL_ROWS] : []),
    placeOf: ({ address }) => address,
  },
  quarantined: {
    table: 'addresses',
    groupsOf: ({ quarantine }) => (quarantine === null ? [] : [ALL_ROWS]),
    placeOf: ({ address }) => address,
  },
  custody: {
    table: 'addresses',
    groupsOf: ({ custody }) => (custody === null ? [] : [custody]),
    placeOf: ({ address }) => address,
  },
  hubMoney: {
    table: 'addresses',
    groupsOf: ({ kind, status, balance }) =>
      kind === 'hub' && status === 'active' && balance > 0n ? [ALL_ROWS] : [],
    placeOf: ({ address }) => address,
  },
  sweeps: {
    table: 'sweeps',
    groupsOf: ({ status }) => [ALL_ROWS, status],
    placeOf: ({ id }) => id,
  },
  replayed: {
    table: 'sweeps',
    groupsOf: ({ replays }) => (replays.length > 0 ? [ALL_ROWS] : []),
    placeOf: ({ id }) => id,
  },
  requests: {
    table: 'requests',
    groupsOf: ({ status }) => [ALL_ROWS, status],
    placeOf: requestPlace,
  },
  requestsOf: {
    table: 'requests',
    groupsOf: ({ keyringId }) => [keyringId],
    placeOf: requestPlace,
  },
  coldOrders: {
    table: 'coldOrders',
    groupsOf: ({ type }) => [ALL_ROWS, type],
    placeOf: ({ number, id }) => `${paddedNumber(number)}.${id}`,
  },
};

/** The key of the row in a place. */
export function keyAt(place: string): string {
  return place.slice(place.lastIndexOf('.') + 1);
}

/** One index: the places of rows, group by group. A group of one row, as most are, is its place alone. */
export class RowIndex<N extends TableName> {
  readonly #definition: Definition<N>;
  readonly #groups = new Map<string, string | SortedTexts>();

  constructor(definition: Definition<N>) {
    this.#definition = definition;
  }

  /** A row is set in the place of another, or of none. */
  move(before: Tables[N] | undefined, row: Tables[N]): void {
    const { groupsOf, placeOf } = this.#definition;
    const left = before === undefined ? [] : groupsOf(before);
    const entered = groupsOf(row);
    for (const name of left) if (!entered.includes(name)) this.#leave(name, placeOf(row));
    for (const name of entered) if (!left.includes(name)) this.#enter(name, placeOf(row));
  }

  #leave(name: string, place: string): void {
    const group = this.#groups.get(name);
    if (group instanceof SortedTexts) group.delete(place);
    if (this.size(name) === 0 || group === place) this.#groups.delete(name);
  }

  #enter(name: string, place: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, place);
    else if (group instanceof SortedTexts) group.add(place);
    else this.#groups.set(name, new SortedTexts([group, place]));
  }

  has(name: string, row: Tables[N]): boolean {
    return this.#definition.groupsOf(row).includes(name);
  }

  size(name: string): number {
    const group = this.#groups.get(name);
    return group instanceof SortedTexts ? group.size : Number(group !== undefined);
  }

  /** Names of the groups that have rows. */
  names(): IterableIterator<string> {
    return this.#groups.keys();
  }

  /** Keys of a group's rows, in their order, after a place. */
  *keys(name: string, after?: string): IterableIterator<string> {
    const group = this.#groups.get(name) ?? [];
    const texts = group instanceof SortedTexts ? group : new SortedTexts([group].flat());
    for (const place of texts.after(after)) yield keyAt(place);
  }
}
