/**
 * One open stream of server-sent events (HTML Standard §9.2): it catches up from the store, then follows
 * the journal as it reaches the disk, one event at a time and only as fast as its client reads.
 */
import type { Writable } from 'node:stream';
import type { JournalEntry } from '@airlock/journal';
import type { Effects } from '../coordinator.ts';
import { faultOf } from '../fault-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Bell } from '../timers.ts';
import { eventView, type LogPosition, readLog } from './event-log.ts';

/** Silence after which a comment is sent: proxies close connections that say nothing for a minute. */
export const HEARTBEAT_MS = 15_000;
/** A client that reads nothing for so long is taken for gone. */
export const DRAIN_MS_MAX = 60_000;
/** How long a client is asked to wait before it connects again. */
const RECONNECT_MS = 2_000;

export type StreamParts = Pick<Effects, 'timers' | 'log'> & { readonly ledger: Ledger };

function frameOf(entry: JournalEntry): string {
  const view = eventView(entry);
  return `id: ${view.number}\nevent: ${view.type}\ndata: ${JSON.stringify(view)}\n\n`;
}

export class EventStream {
  readonly #parts: StreamParts;
  readonly #client: Writable;
  readonly #bell: Bell;
  #position: LogPosition;
  #isEnded = false;
  #isBeatDue = false;
  #cancelBeat: () => void = () => undefined;
  /** Ends the wait for a client that does not read; null while there is none. */
  #unblock: (() => void) | null = null;

  constructor(parts: StreamParts, client: Writable, position: LogPosition) {
    this.#parts = parts;
    this.#client = client;
    this.#position = position;
    this.#bell = new Bell(parts.timers);
  }

  /** Sends until either side ends it; then everything is free again. Never throws. */
  async run(): Promise<void> {
    const { ledger, log } = this.#parts;
    const leave = ledger.subscribe(() => this.#bell.ring());
    const end = (): void => this.end();
    this.#client.on('close', end).on('error', end);
    // It may have left while its key was looked up.
    if (this.#client.destroyed) end();
    this.#armBeat();
    try {
      // An id without data is no event, and yet what a client goes on from if it gets none.
      await this.#write(`retry: ${RECONNECT_MS}\nid: ${this.#position.after}\n\n`);
      while (!this.#isEnded) await this.#step();
    } catch (cause) {
      log(`event stream: ${faultOf(cause)}`);
    } finally {
      leave();
      this.#cancelBeat();
      if (!this.#client.destroyed) this.#client.end();
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#bell.ring();
    if (this.#unblock === null) return;
    this.#unblock();
    this.#client.destroy();
  }

  async #step(): Promise<void> {
    const { ledger } = this.#parts;
    for await (const { number, entry } of readLog(ledger, this.#position)) {
      if (entry !== null) await this.#write(frameOf(entry));
      if (this.#isEnded) return;
      this.#position = { ...this.#position, after: number };
    }
    if (this.#isBeatDue) {
      this.#isBeatDue = false;
      await this.#write(`: heartbeat\nid: ${this.#position.after}\n\n`);
      this.#armBeat();
    }
    if (this.#position.after >= ledger.durable.number) await this.#bell.wait();
  }

  #armBeat(): void {
    this.#cancelBeat = this.#parts.timers.after(HEARTBEAT_MS, () => {
      this.#isBeatDue = true;
      this.#bell.ring();
    });
  }

  /** Resolves when the client can take more, or will never. */
  async #write(text: string): Promise<void> {
    const client = this.#client;
    if (this.#isEnded || client.destroyed || client.write(text)) return;
    const cancel = this.#parts.timers.after(DRAIN_MS_MAX, () => this.end());
    await new Promise<void>((resolve) => {
      this.#unblock = resolve;
      client.once('drain', resolve);
    });
    this.#unblock = null;
    cancel();
  }
}
