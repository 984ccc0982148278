/** The typed client over an injected fetch: what it sends, and what it makes of the reply. */
import { describe, expect, test } from '@jest/globals';
import {
  ApiError,
  type CallOperationId,
  createApiClient,
  type OperationId,
  ROUTES,
} from '../src/index.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit & { readonly headers: Record<string, string> };
}

function fake(
  reply: string | Uint8Array<ArrayBuffer>,
  status = 200,
  key: string | null = 'secret',
) {
  const sent: Sent[] = [];
  const client = createApiClient({
    url: 'http://localhost:1',
    key,
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init as Sent['init'] });
      return new Response(reply, { status });
    },
  });
  return { client, sent };
}

describe('a call', () => {
  test('fills parameters and query, escaped, and sends the key', async () => {
    const { client, sent } = fake('{"data":[],"nextCursor":null}');
    const query = { limit: 5, after: 'a/b c', status: undefined };
    await client.call('listHistory', { params: { id: 'a:b@c' }, query });
    expect(sent[0]!.url).toBe(
      'http://localhost:1/v1/users/a%3Ab%40c/history?limit=5&after=a%2Fb+c',
    );
    expect(sent[0]!.init).toMatchObject({
      method: 'GET',
      headers: { authorization: 'Bearer secret' },
    });
    expect(sent[0]!.init).not.toHaveProperty('body');
  });

  test('sends JSON with its idempotency key, and gives the reply', async () => {
    const { client, sent } = fake('{"id":"tr_1"}', 201);
    const body = {
      entries: [
        { userId: 'a', amount: '-1' },
        { userId: 'b', amount: '1' },
      ],
    };
    const reply = await client.call('createTransfer', { body }, { idempotencyKey: 'k' });
    expect(reply).toEqual({ id: 'tr_1' });
    expect(sent[0]!.init.headers).toEqual({
      authorization: 'Bearer secret',
      'content-type': 'application/json',
      'idempotency-key': 'k',
    });
    expect(JSON.parse(String(sent[0]!.init.body))).toEqual(body);
  });

  test('sends and gives files as bytes', async () => {
    const { client, sent } = fake(new Uint8Array([1, 2, 3]), 200, null);
    const id = `sr_${'0'.repeat(32)}`;
    expect(await client.call('getSigningRequestFile', { params: { id } })).toEqual(
      new Uint8Array([1, 2, 3]),
    );
    expect(sent[0]!.init.headers).toEqual({});
    const upload = fake('{}', 201);
    await upload.client.call('importSigningResponse', { body: new Uint8Array([7]) });
    expect(upload.sent[0]!.init.headers['content-type']).toBe('application/cose');
    expect(upload.sent[0]!.init.body).toEqual(new Uint8Array([7]));
  });

  test('gives codes as bytes with their media type', async () => {
    const { client, sent } = fake('<!doctype html>', 200, null);
    const query = { format: 'html', speed: 7, sequential: undefined } as const;
    const reply = await client.call('getPairingCardQr', { query });
    expect(sent[0]!.url).toBe('http://localhost:1/v1/pairing-card/qr?format=html&speed=7');
    expect(reply.contentType).toBe('text/plain;charset=UTF-8');
    expect(reply.bytes).toEqual(new TextEncoder().encode('<!doctype html>'));
  });

  test('that fails throws ApiError with everything the error says', async () => {
    const fields = [{ path: 'amount', expected: 'x', got: 'y' }];
    const error = { code: 'invalid_request', message: 'm', fields, next: 'n', requestId: 'r' };
    const { client } = fake(JSON.stringify({ error }), 400);
    const call = client.call('createUser', { body: { id: 'a' } });
    await expect(call).rejects.toBeInstanceOf(ApiError);
    await expect(call).rejects.toMatchObject({ ...error, status: 400, name: 'ApiError' });
  });
});

describe('an answer that holds no error of the API is an ApiError without a code', () => {
  const health = { status: 'unready', network: 'private', checks: { store: 'ok', node: 'away' } };
  test.each([
    ['readiness, with its body', 503, JSON.stringify(health), health],
    ['a page of a proxy', 502, '<html>Bad Gateway</html>', undefined],
    ['nothing at all', 504, '', undefined],
    ['JSON that is no object', 500, 'null', null],
    ['an error of another shape', 500, '{"error":"down"}', { error: 'down' }],
    [
      'an error of others',
      500,
      '{"error":{"code":"x","message":1}}',
      { error: { code: 'x', message: 1 } },
    ],
  ] as const)('%s', async (...[, status, text, body]) => {
    const call = fake(text, status).client.call('getReadiness');
    await expect(call).rejects.toBeInstanceOf(ApiError);
    await expect(call).rejects.toMatchObject({
      ...{ status, body, code: null, fields: [], requestId: '' },
      message: `the answer has status ${status} and no error of the API`,
      next: expect.stringMatching(/./),
    });
  });
});

test('calls are every operation but the streams', () => {
  const streams: Record<Exclude<OperationId, CallOperationId>, 'stream'> = {
    streamEvents: 'stream',
  };
  const endless = Object.entries(ROUTES).filter(([, { reply }]) => reply === 'stream');
  expect(endless.map(([operation]) => operation)).toEqual(Object.keys(streams));
});
