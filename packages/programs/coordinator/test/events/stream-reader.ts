/** A client of the event stream, written from the HTML Standard's §9.2 over a plain HTTP connection. */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { until } from '../manual-timers.ts';
import type { Api } from '../served.ts';

export interface Received {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export interface StreamOptions {
  readonly query?: string;
  readonly lastEventId?: string;
  readonly key?: string;
}

export class StreamReader {
  readonly received: Received[] = [];
  readonly comments: string[] = [];
  /** The id that a client comes back with. */
  lastEventId = '';
  isEnded = false;
  readonly #request: ClientRequest;
  readonly #response: IncomingMessage;
  #text = '';

  private constructor(call: ClientRequest, response: IncomingMessage) {
    this.#request = call;
    this.#response = response;
    response.setEncoding('utf8');
    const end = (): void => {
      this.isEnded = true;
    };
    response.on('end', end).on('error', end).on('close', end);
  }

  /** Connects; reads once it is told to. */
  static connect(api: Api, options: StreamOptions = {}): Promise<StreamReader> {
    const { query = '', lastEventId, key = api.keys.exchange } = options;
    const headers = {
      authorization: `Bearer ${key}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const call = request(`${api.url}/v1/events/stream${query}`, { headers, agent: false });
      call.on('error', reject);
      call.on('response', (response) => {
        if (response.statusCode === 200) resolve(new StreamReader(call, response));
        else reject(new Error(`status ${response.statusCode}`));
      });
      call.end();
    });
  }

  /** Connects and reads; what stands at the stream's head has come. */
  static async open(api: Api, options: StreamOptions = {}): Promise<StreamReader> {
    const reader = await StreamReader.connect(api, options);
    reader.read();
    await until('the head of the stream', () => reader.lastEventId !== '');
    return reader;
  }

  read(): void {
    this.#response.on('data', (chunk: string) => {
      const blocks = (this.#text + chunk).split('\n\n');
      this.#text = blocks.pop() ?? '';
      for (const block of blocks) this.#take(block);
    });
  }

  get numbers(): number[] {
    return this.received.map(({ id }) => Number(id));
  }

  get status(): { readonly type: string | undefined; readonly cache: string | undefined } {
    const { headers } = this.#response;
    return { type: headers['content-type'], cache: headers['cache-control'] };
  }

  has(count: number): Promise<void> {
    return until(`${count} events`, () => this.received.length >= count);
  }

  ends(): Promise<void> {
    return until('the end of the stream', () => this.isEnded);
  }

  close(): void {
    this.#request.destroy();
  }

  #take(block: string): void {
    const fields: Record<string, string> = {};
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === '') this.comments.push(value);
      else fields[name] = fields[name] === undefined ? value : `${fields[name]}\n${value}`;
    }
    this.lastEventId = fields.id ?? this.lastEventId;
    const { data, event = 'message' } = fields;
    // Without data it is no event, whatever else it says.
    if (data !== undefined) this.received.push({ id: this.lastEventId, event, data });
  }
}
