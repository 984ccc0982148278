/**
 * A receiver of webhooks on a real port, which answers as a test tells it to, and its own check of their
 * signatures: written from the specification's text, not from the code under test.
 */
import { createHmac } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../manual-timers.ts';

export interface Hook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A status, or whatever is to be done with the response. */
export type Answer = number | ((response: ServerResponse) => void);

/** Which of the secrets have signed, in the order of the signatures. Standard Webhooks 1.0.0. */
export function signersOf({ headers, body }: Hook, secrets: readonly string[]): number[] {
  const signatures = String(headers['webhook-signature']).split(' ');
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return signatures.map((signature) =>
    secrets.findIndex((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return signature === `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    }),
  );
}

export class HookServer {
  readonly received: Hook[] = [];
  /** What the next ones get; when there are no more, `usual`. */
  readonly answers: Answer[] = [];
  usual: Answer = 204;
  readonly #server: Server;
  #port = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<HookServer> {
    const server = new HookServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook?from=airlock`;
  }

  /** Numbers of the events that came, in their order. */
  get numbers(): number[] {
    return this.received.map(({ body }) => (JSON.parse(body) as { number: number }).number);
  }

  has(count: number): Promise<void> {
    return until(`${count} webhooks`, () => this.received.length >= count);
  }

  /** On the port it had before, if it had one. */
  listen(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    this.received.push({ path: request.url ?? '', headers: request.headers, body });
    const answer = this.answers.shift() ?? this.usual;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else answer(response);
  }
}
