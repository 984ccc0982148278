/**
 * One endpoint's deliveries, in the order of the journal: the next event is tried when the one before
 * was taken or is dead. The cursor moves in a synced batch after the delivery: what is cut off in
 * between comes twice, and never not at all.
 */
import type { RetriedWebhookDelivery } from '@airlock/api';
import type { JournalEntry } from '@airlock/journal';
import type { Effects } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { eventId, eventView, PASS_ENTRIES_MAX, readLog, shownType } from '../events/event-log.ts';
import { FaultLog, faultOf } from '../fault-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Operation, Store } from '../store/store.ts';
import { Bell } from '../timers.ts';
import { Turn } from '../turn.ts';
import { errorOf, restMs, type Step, stepAfter, type TryOutcome } from './delivery-rules.ts';
import type { WebhookSender } from './http-sender.ts';
import { signatureHeaders } from './signature.ts';
import {
  type DeadRow,
  deleteDead,
  type EndpointRow,
  type ProgressRow,
  putDead,
  putProgress,
  readDead,
  type StoredWebhook,
} from './webhook-store.ts';

/** Before it is tried again to read the store, if nothing comes meanwhile. */
const FAULT_PAUSE_MS = 30_000;
/** A try under way may go on for so long after it was asked to stop. */
const STOP_MS_MAX = 5_000;

export type WebhookParts = Effects & {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly send: WebhookSender;
};

export class WebhookWorker {
  /** Whose secrets may be exchanged at any time. */
  endpoint: EndpointRow;
  readonly #parts: WebhookParts;
  readonly #bell: Bell;
  readonly #retries = new Turn();
  readonly #abort = new AbortController();
  readonly #types: ReadonlySet<string> | null;
  #progress: ProgressRow;
  #storedCursor: number;
  #isStopped = false;
  readonly #faults: FaultLog;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: WebhookParts, { endpoint, progress }: StoredWebhook) {
    this.#parts = parts;
    this.#faults = new FaultLog(parts.log);
    this.#bell = new Bell(parts.timers);
    this.endpoint = endpoint;
    this.#types = endpoint.types === null ? null : new Set(endpoint.types);
    this.#progress = progress;
    this.#storedCursor = progress.cursor;
  }

  get progress(): ProgressRow {
    return this.#progress;
  }

  /** Delivers from now on, once. */
  start(): void {
    this.#done = this.#run();
  }

  /** Resolves when nothing is sent or stored any more; a try under way may end, within bounds. */
  async stop(): Promise<void> {
    const cancel = this.#parts.timers.after(STOP_MS_MAX, () => this.#abort.abort());
    await this.#halt();
    cancel();
  }

  /** The same at once: a try under way is cut off. */
  cut(): Promise<void> {
    this.#abort.abort();
    return this.#halt();
  }

  async #halt(): Promise<void> {
    this.#isStopped = true;
    this.#bell.ring();
    await this.#done;
    await this.#retries.run(async () => undefined);
  }

  /**
   * Tries a dead delivery once more; delivered, it is dead no longer.
   * @returns null if there is no such delivery any more
   */
  retry(id: string): Promise<RetriedWebhookDelivery | null> {
    const { store } = this.#parts;
    return this.#retries.run(async () => {
      const dead = this.#isStopped ? null : readDead(store, id);
      if (dead === null) return null;
      const lastError = errorOf(await this.#try(await this.#entry(dead)));
      const attempts = dead.attempts + 1;
      const delivered = lastError === null;
      if (delivered || !this.#abort.signal.aborted) {
        await this.#write(delivered ? deleteDead(dead) : putDead({ ...dead, attempts, lastError }));
      }
      return { id, delivered, attempts, lastError };
    });
  }

  async #entry({ number }: DeadRow): Promise<JournalEntry> {
    for await (const entry of this.#parts.ledger.entriesAfter(number - 1, 1)) return entry;
    throw new CoordinatorError('store_damaged', `journal entry ${number} is missing`, {
      next: 'stop, keep the data folder as it is, and restore a backup elsewhere',
    });
  }

  async #run(): Promise<void> {
    const { ledger } = this.#parts;
    const leave = ledger.subscribe(() => this.#bell.ring());
    // Where nothing can be written, each try would give the receiver the same event again.
    while (!this.#isStopped && !this.#progress.isDisabled && ledger.poison === null) {
      try {
        await this.#round();
      } catch (cause) {
        this.#faults.tell(this.#name, faultOf(cause));
        await this.#bell.wait(FAULT_PAUSE_MS);
      }
    }
    leave();
  }

  async #round(): Promise<void> {
    const rest = restMs(this.#progress.failing, this.#parts.now());
    if (rest > 0) return this.#bell.wait(rest);
    const { entry, isEnd } = await this.#next();
    if (entry !== null) await this.#deliver(entry);
    else if (isEnd) await this.#bell.wait();
  }

  /** The next event that is wanted; those that are not are passed over. */
  async #next(): Promise<{ readonly entry: JournalEntry | null; readonly isEnd: boolean }> {
    const { ledger } = this.#parts;
    const position = { after: this.#progress.cursor, types: this.#types };
    for await (const { number, entry } of readLog(ledger, position)) {
      if (entry !== null) return { entry, isEnd: false };
      this.#progress = { ...this.#progress, cursor: number };
    }
    // Kept now and then, so that a restart need not read all of them again.
    const passed = this.#progress.cursor - this.#storedCursor;
    if (passed >= PASS_ENTRIES_MAX) await this.#keep(this.#progress);
    return { entry: null, isEnd: this.#progress.cursor >= ledger.durable.number };
  }

  #try(entry: JournalEntry): Promise<TryOutcome> {
    const { now, send } = this.#parts;
    const { url, secrets } = this.endpoint;
    const body = JSON.stringify(eventView(entry));
    const headers = signatureHeaders({ id: eventId(entry), body }, secrets, now());
    return send({ url, headers, body, signal: this.#abort.signal });
  }

  async #deliver(entry: JournalEntry): Promise<void> {
    const { now, random } = this.#parts;
    const began = now();
    const outcome = await this.#try(entry);
    // What was cut off says nothing about the endpoint.
    if (this.#abort.signal.aborted && errorOf(outcome) !== null) return;
    const chance = Buffer.from(random(4)).readUInt32BE() / 2 ** 32;
    const tried = { number: entry.number, began, ended: now(), chance };
    await this.#settle(entry, stepAfter(outcome, this.#progress.failing, tried));
  }

  /** Nothing is counted as done before it is on the disk. */
  async #settle(entry: JournalEntry, step: Step): Promise<void> {
    const { log, random } = this.#parts;
    const { id } = this.endpoint;
    const { number, event } = entry;
    switch (step.kind) {
      case 'delivered':
        await this.#keep({ ...this.#progress, cursor: number, failing: null });
        if (this.#faults.clear(this.#name)) log(`${this.#name}: working again`);
        return;
      case 'gone':
        await this.#keep({ ...this.#progress, isDisabled: true, failing: null });
        return log(`${this.#name}: answered 410 and is disabled`);
      case 'retry':
        await this.#keep({ ...this.#progress, failing: step.failing });
        return this.#faults.tell(this.#name, `event ${number}: ${step.failing.lastError}`);
      case 'dead': {
        const { attempts, firstTriedAt, lastError } = step.failing;
        const dead = {
          id: `whd_${Buffer.from(random(16)).toString('hex')}`,
          endpointId: id,
          number,
          type: shownType(event),
          firstTriedAt,
          lastError,
          attempts,
        };
        await this.#keep({ ...this.#progress, cursor: number, failing: null }, dead);
        return log(`webhook ${id}: event ${number} is dead after ${attempts} tries`);
      }
    }
  }

  async #keep(progress: ProgressRow, ...dead: readonly DeadRow[]): Promise<void> {
    const { id } = this.endpoint;
    await this.#write(putProgress(id, progress), ...dead.map(putDead));
    this.#progress = progress;
    this.#storedCursor = progress.cursor;
  }

  /** In the batches of the ledger: none of its commands waits for a batch of a worker's own. */
  #write(...operations: readonly Operation[]): Promise<void> {
    return this.#parts.ledger.execute(({ write }) => operations.forEach(write));
  }

  /** In the log. */
  get #name(): string {
    return `webhook ${this.endpoint.id}`;
  }
}
