/** One POST over real connections: what is sent, what an answer gives, and every way to have none. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWebhookSender, type WebhookRequest } from '../../src/webhooks/http-sender.ts';
import { HookServer } from './hook-server.ts';

let server: HookServer;
beforeAll(async () => {
  server = await HookServer.start();
});
afterAll(() => server.close());

const send = createWebhookSender(200);
const request = (fields: Partial<WebhookRequest> = {}): WebhookRequest => ({
  url: server.url,
  headers: { 'webhook-id': 'evt_1' },
  body: '{"a":"ü"}',
  signal: new AbortController().signal,
  ...fields,
});

test('posts the body as JSON, with its headers and no other of ours', async () => {
  expect(await send(request())).toEqual({ status: 204 });
  const { headers, body, path } = server.received.at(-1)!;
  expect([body, path]).toEqual(['{"a":"ü"}', '/hook?from=airlock']);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'content-length': '10',
    'user-agent': 'airlock-coordinator',
    'webhook-id': 'evt_1',
    host: new URL(server.url).host,
    connection: 'keep-alive',
  });
  expect(Object.keys(headers)).toHaveLength(6);
});

test('posts over one connection as long as replies are read whole', async () => {
  const ports = new Set<number | undefined>();
  for (let i = 0; i < 3; i += 1) {
    server.answers.push((response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200).end('taken');
    });
    await send(request());
  }
  expect(ports.size).toBe(1);
});

describe('an answer', () => {
  test.each([200, 201, 400, 410, 500, 503])('of %d is that status', async (status) => {
    server.answers.push(status);
    expect(await send(request())).toEqual({ status });
  });

  test('that redirects is not followed', async () => {
    const count = server.received.length;
    server.answers.push((response) => response.writeHead(307, { location: '/other' }).end());
    expect(await send(request())).toEqual({ status: 307 });
    expect(server.received.slice(count).map(({ path }) => path)).toEqual(['/hook?from=airlock']);
  });

  test('with a reply that never ends has its status, and is read no further than a few KiB', async () => {
    let written = 0;
    let isCut = false;
    server.answers.push((response) => {
      response.writeHead(200);
      const more = (): void => {
        written += 65_536;
        response.write('x'.repeat(65_536));
      };
      response.on('drain', more).on('close', () => (isCut = true));
      more();
    });
    expect(await createWebhookSender(5_000)(request())).toEqual({ status: 200 });
    const end = Date.now() + 5000;
    while (!isCut && Date.now() < end) await new Promise((resolve) => setImmediate(resolve));
    expect(isCut).toBe(true);
    // What the connection's own buffers took before it was cut.
    expect(written).toBeLessThan(20_000_000);
  });

  test('whose reply stops half-way has its status', async () => {
    server.answers.push((response) => {
      response.writeHead(202, { 'content-length': '100' });
      response.write('half');
    });
    expect(await send(request())).toEqual({ status: 202 });
  });
});

describe('no answer', () => {
  test('within the time is a failure that says so', async () => {
    server.answers.push(() => undefined);
    expect(await send(request())).toEqual({ failure: 'no answer within 200 ms' });
  });

  test('at all is a failure that says why', async () => {
    const gone = await HookServer.start();
    const { url } = gone;
    await gone.close();
    expect(await send(request({ url }))).toEqual({ failure: 'no connection: ECONNREFUSED' });
  });

  test('is taken from a server that speaks no TLS where the URL asks for it', async () => {
    const before = server.received.length;
    const url = server.url.replace('http:', 'https:');
    const { failure } = (await send(request({ url }))) as { failure: string };
    expect(failure).toMatch(/^no connection: (EPROTO|ERR_SSL_\w+)$/);
    expect(server.received.length).toBe(before);
  });

  test('but a cut connection is a failure', async () => {
    server.answers.push((response) => void response.socket?.destroy());
    expect(await send(request())).toEqual({ failure: 'no connection: ECONNRESET' });
  });

  test('is taken from a server that switches to another protocol', async () => {
    server.answers.push((response) => {
      const head = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n';
      response.socket?.write(head);
    });
    expect(await send(request())).toEqual({ failure: 'no answer in HTTP' });
  });

  test('because the try was cut off comes at once, and is not called late', async () => {
    const controller = new AbortController();
    server.answers.push(() => controller.abort());
    const cutOff = { failure: 'no connection: ABORT_ERR' };
    const patient = createWebhookSender(60_000);
    expect(await patient(request({ signal: controller.signal }))).toEqual(cutOff);
    const before = server.received.length;
    expect(await send(request({ signal: controller.signal }))).toEqual(cutOff);
    expect(server.received.length).toBe(before);
  });
});
