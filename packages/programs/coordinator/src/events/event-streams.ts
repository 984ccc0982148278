/** All open event streams: how many there may be, whose they are, and their end. */
import type { Writable } from 'node:stream';
import { CoordinatorError } from '../error.ts';
import type { LogPosition } from './event-log.ts';
import { EventStream, type StreamParts } from './event-stream.ts';

/** Each holds a connection and at most one event that its client has not read. */
export const STREAMS_MAX = 64;

interface Open {
  readonly stream: EventStream;
  readonly keyId: string;
  readonly done: Promise<void>;
}

export class EventStreams {
  readonly #parts: StreamParts;
  readonly #open = new Set<Open>();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Open at the moment. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends events to a client from a position on, until either side ends it. Returns at once.
   * @param keyId API key that it was opened with
   * @throws CoordinatorError rate_limited
   */
  open(client: Writable, { keyId, ...position }: LogPosition & { readonly keyId: string }): void {
    if (this.#open.size >= STREAMS_MAX) {
      throw new CoordinatorError('rate_limited', `${STREAMS_MAX} event streams are open`, {
        next: 'close those that nobody reads, or list events in pages',
      });
    }
    const stream = new EventStream(this.#parts, client, position);
    const done = stream.run().then(() => void this.#open.delete(open));
    const open: Open = { stream, keyId, done };
    this.#open.add(open);
  }

  /** Ends those of an API key that was revoked. */
  endOf(keyId: string): void {
    for (const open of this.#open) if (open.keyId === keyId) open.stream.end();
  }

  /** Ends all of them. */
  async end(): Promise<void> {
    for (const { stream } of this.#open) stream.end();
    await Promise.all([...this.#open].map(({ done }) => done));
  }
}
