/**
 * The ledger: commands run one at a time on a draft, their events are journaled, and journal, state
 * and whatever belongs to them go to the store in one synced batch. Commands that come while a batch
 * is being written share the next ones. If a batch fails the ledger is poisoned: nothing runs any more.
 */
import {
  decodeEntry,
  EMPTY_JOURNAL,
  encodeEntry,
  headAfter,
  type JournalEntry,
  type JournalEvent,
  type JournalHead,
} from '@airlock/journal';
import { CoordinatorError } from '../error.ts';
import { keyOf, type Operation, paddedNumber, rangeOf, type Store } from '../store/store.ts';
import { applyEntry, difference } from './apply.ts';
import { TABLES, type TableName, type Tables, ZERO_TOTALS } from './rows.ts';
import { Draft, decodeRow, encodeRow, LedgerState } from './state.ts';

/** What a command may do: read the state as it now is, record events, add writes of its own. */
export interface Command {
  readonly draft: Draft;
  readonly record: (event: JournalEvent) => JournalEntry;
  readonly write: (operation: Operation) => void;
}

interface Waiting {
  readonly operations: readonly Operation[];
  /** The journal's, once this is written. */
  readonly head: JournalHead;
  readonly settle: (cause: unknown) => void;
}

function stateKey(table: TableName, key: string): string {
  return keyOf('state', table, key);
}

/** Merges the draft, and adds what it changed to the store's operations. */
function merge(draft: Draft, operations: Operation[]): void {
  for (const { table, key, row } of draft.merge()) {
    operations.push({ type: 'put', key: stateKey(table, key), value: encodeRow(row) });
  }
  let place = 0;
  for (const { userId, row } of draft.history) {
    const key = keyOf('history', userId, `${paddedNumber(row.number)}.${place}`);
    operations.push({ type: 'put', key, value: encodeRow(row) });
    place += 1;
  }
  for (const { transferId, number } of draft.transfers) {
    operations.push({ type: 'put', key: keyOf('transfers', transferId), value: String(number) });
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A stored address, sharing its key with its own field, and the ids of its keyring and sweeps with other
 * rows: of a million rows, read one by one, each would hold strings of its own.
 * @param row just read, nobody else's: it is changed, as a million copies would have to be collected
 */
function setAddress(
  state: LedgerState,
  row: Writable<Tables['addresses']>,
  shared: Map<string, string>,
): void {
  const share = (text: string): string => {
    const known = shared.get(text);
    if (known === undefined) shared.set(text, text);
    return known ?? text;
  };
  const shareId = (id: string | null): string | null => (id === null ? null : share(id));
  row.keyringId = share(row.keyringId);
  row.sweepId = shareId(row.sweepId);
  row.fundedBy = shareId(row.fundedBy);
  state.set('addresses', row.address, row);
}

export class Ledger {
  readonly state: LedgerState;
  readonly #store: Store;
  readonly #now: () => number;
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<(head: JournalHead) => void>();
  #durable: JournalHead;
  #flushing = false;
  #poison: unknown = null;

  private constructor(store: Store, state: LedgerState, now: () => number) {
    this.#store = store;
    this.state = state;
    this.#durable = state.head;
    this.#now = now;
  }

  /** Opens the ledger of a store: state as written, whose balances must satisfy the equation. */
  static async open(store: Store, now: () => number): Promise<Ledger> {
    const state = new LedgerState();
    const shared = new Map<string, string>();
    for (const table of TABLES) {
      const prefix = stateKey(table, '');
      for await (const [key, value] of store.entries(rangeOf('state', table))) {
        const row = decodeRow<Tables[typeof table]>(value);
        if (table === 'addresses') setAddress(state, row as Tables['addresses'], shared);
        else state.set(table, key.slice(prefix.length), row as never);
      }
    }
    for await (const [key, value] of store.entries({
      ...rangeOf('journal'),
      reverse: true,
      limit: 1,
    })) {
      state.head = headAfter(Number(key.slice(keyOf('journal', '').length)), value);
    }
    if (difference(state.get('totals', '') ?? ZERO_TOTALS) !== 0n) {
      throw new CoordinatorError('store_damaged', 'the stored balances break the equation', {
        next: 'stop, keep the data folder as it is, and restore a backup elsewhere',
      });
    }
    return new Ledger(store, state, now);
  }

  /**
   * Runs a command and resolves with its result when everything it did is on the disk. If it throws,
   * nothing has happened.
   */
  execute<T>(work: (command: Command) => T): Promise<T> {
    if (this.#poison !== null) return Promise.reject(this.#stopped());
    const draft = new Draft(this.state);
    const operations: Operation[] = [];
    const record = (event: JournalEvent): JournalEntry => {
      const { number, hash } = draft.head;
      const entry = { number: number + 1, previous: hash, at: this.#now(), event };
      applyEntry(draft, entry);
      const text = encodeEntry(entry);
      draft.head = headAfter(entry.number, text);
      const key = keyOf('journal', paddedNumber(entry.number));
      operations.push({ type: 'put', key, value: text });
      return entry;
    };
    let result: T;
    try {
      result = work({ draft, record, write: (operation) => operations.push(operation) });
    } catch (cause) {
      return Promise.reject(cause);
    }
    merge(draft, operations);
    if (operations.length === 0) return Promise.resolve(result);
    return new Promise((resolve, reject) => {
      const settle = (cause: unknown): void => (cause === null ? resolve(result) : reject(cause));
      this.#waiting.push({ operations, head: this.state.head, settle });
      void this.#flush();
    });
  }

  /**
   * Resolves when everything executed so far is on the disk: nothing may leave the process before.
   * @throws CoordinatorError store_unavailable
   */
  settled(): Promise<void> {
    if (this.#poison !== null) return Promise.reject(this.#stopped());
    if (!this.#flushing) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (cause: unknown): void => (cause === null ? resolve() : reject(cause));
      this.#waiting.push({ operations: [], head: this.state.head, settle });
    });
  }

  /** Up to where the journal is on the disk; the state in memory may be ahead of it. */
  get durable(): JournalHead {
    return this.#durable;
  }

  /**
   * Has the listener called each time that more of the journal is on the disk, with the head up to
   * which it is: never before, whatever the state in memory says.
   * @param listener must return at once and not throw: commands wait for it
   * @returns ends the subscription
   */
  subscribe(listener: (head: JournalHead) => void): () => void {
    // A function of its own, so that one listener may subscribe twice.
    const own = (head: JournalHead): void => listener(head);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #stopped(): CoordinatorError {
    return new CoordinatorError('store_unavailable', 'the store could not be written', {
      next: 'free the disk or repair it, then start the coordinator again',
      cause: this.#poison,
    });
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    let acknowledged = 0;
    while (this.#waiting.length > 0) {
      // At most half of the commands under way, for whoever was just answered comes again: two halves
      // take turns, and one is executed while the other is written.
      const half = Math.ceil((this.#waiting.length + acknowledged) / 2);
      const group = this.#waiting.splice(0, half);
      try {
        const operations: Operation[] = [];
        // One by one: a large batch has more operations than a call takes arguments.
        for (const each of group) for (const one of each.operations) operations.push(one);
        if (this.#poison === null && operations.length > 0) await this.#store.batch(operations);
      } catch (cause) {
        this.#poison = cause;
      }
      const outcome = this.#poison === null ? null : this.#stopped();
      if (outcome === null) this.#reach(group.at(-1)?.head ?? this.#durable);
      for (const { settle } of group) settle(outcome);
      acknowledged = group.length;
    }
    this.#flushing = false;
  }

  #reach(head: JournalHead): void {
    if (head.number === this.#durable.number) return;
    this.#durable = head;
    for (const listener of [...this.#listeners]) listener(head);
  }

  /** Why the ledger stopped, or null while it runs. */
  get poison(): unknown {
    return this.#poison;
  }

  /** The entry that booked a transfer, from the store; null if there is none. */
  async transferEntry(transferId: string): Promise<JournalEntry | null> {
    const number = this.#store.get(keyOf('transfers', transferId));
    if (number === null) return null;
    for await (const entry of this.entriesAfter(Number(number) - 1, 1)) return entry;
    return null;
  }

  /** Journal entries after a number, from the store. */
  async *entriesAfter(number: number, limit: number): AsyncIterable<JournalEntry> {
    const range = {
      ...rangeOf('journal'),
      from: keyOf('journal', paddedNumber(number + 1)),
      limit,
    };
    for await (const [, text] of this.#store.entries(range)) {
      // Each entry follows what it says it follows; the chain as a whole is checked by replay.
      const { number: at, previous } = JSON.parse(text) as JournalEntry;
      yield decodeEntry(text, { number: at - 1, hash: previous });
    }
  }
}

/** The state that the journal alone gives, from its first entry on. */
export async function replay(store: Store): Promise<LedgerState> {
  const state = new LedgerState();
  let head = EMPTY_JOURNAL;
  for await (const [, text] of store.entries(rangeOf('journal'))) {
    const entry = decodeEntry(text, head);
    const draft = new Draft(state);
    applyEntry(draft, entry);
    head = headAfter(entry.number, text);
    draft.head = head;
    draft.merge();
  }
  return state;
}
