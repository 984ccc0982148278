/** What the page asks of the coordinator: paths, key and bodies, and what it makes of the answers. */
import { OPERATION_IDS, ROUTES } from '@airlock/api';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CallFailed, GapApi } from '../src/gap-api.ts';

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const realFetch = globalThis.fetch;
let sent: Sent[];
/** By path without its query. */
let answers: Record<string, { readonly status?: number; readonly body: unknown }>;

beforeEach(() => {
  [sent, answers] = [[], {}];
  globalThis.fetch = async (path, init = {}) => {
    const { method = 'GET', headers, body } = init;
    const parsed: unknown = body === undefined ? null : JSON.parse(String(body));
    sent.push({ path: String(path), method, headers: headers as Sent['headers'], body: parsed });
    const [bare = ''] = String(path).split('?');
    const answer = answers[String(path)] ?? answers[bare] ?? { status: 404, body: {} };
    return new Response(JSON.stringify(answer.body), { status: answer.status ?? 200 });
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

const api = new GapApi('airlock_secret');
const WORDS = ['able', 'acid', 'also', 'apex', 'aqua', 'arch', 'atom', 'aunt'];
const page = (...data: readonly object[]): { body: unknown } => ({
  body: { data, nextCursor: null },
});
const OUTSTANDING = '/v1/signing-requests?status=outstanding&limit=100';
const VOIDING = '/v1/signing-requests?status=void-requested&limit=100';

/** Every path that is asked for is one of the API's. */
afterEach(() => {
  const routes = OPERATION_IDS.map((id) => ROUTES[id]).map(
    ({ method, path }) => [method, new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)] as const,
  );
  for (const { path, method } of sent) {
    const [bare = ''] = path.split('?');
    const known = routes.filter(
      ([of, pattern]) => of === method.toLowerCase() && pattern.test(bare),
    );
    expect([path, known.length]).toEqual([path, 1]);
  }
});

describe('what can be shown', () => {
  test('is each request, each void and the pairing card, with the words of each', async () => {
    const voidWords = [...WORDS].reverse();
    answers = {
      [OUTSTANDING]: page(
        { id: 'sr_1', sequence: 4, digestWords: WORDS, voidWords: [] },
        { id: 'sr_2', sequence: 5, digestWords: voidWords, voidWords: [] },
      ),
      [VOIDING]: page({ id: 'sr_3', sequence: 3, digestWords: WORDS, voidWords }),
    };
    expect(await api.showables()).toEqual([
      {
        name: 'Request 4: sr_1',
        path: '/v1/signing-requests/sr_1/qr',
        words: WORDS,
        requestId: 'sr_1',
      },
      {
        name: 'Request 5: sr_2',
        path: '/v1/signing-requests/sr_2/qr',
        words: voidWords,
        requestId: 'sr_2',
      },
      {
        name: 'Void of request 3: sr_3',
        path: '/v1/signing-requests/sr_3/void-qr',
        words: voidWords,
        requestId: 'sr_3',
      },
      { name: 'Pairing card', path: '/v1/pairing-card/qr', words: [], requestId: null },
    ]);
    expect(sent.map(({ path }) => path).sort()).toEqual([OUTSTANDING, VOIDING]);
  });

  test('is the pairing card alone where nothing waits', async () => {
    answers = { [OUTSTANDING]: page(), [VOIDING]: page() };
    expect((await api.showables()).map(({ name }) => name)).toEqual(['Pairing card']);
  });
});

describe('a call', () => {
  const card = { name: '', path: '/v1/pairing-card/qr', words: [], requestId: null };

  test('for codes is a GET with the key, of the size asked for', async () => {
    const frames = { version: 10, size: 57, count: 1, codesPerSecond: 6, codes: [] };
    answers = { '/v1/pairing-card/qr': { body: frames } };
    expect(await api.codes(card, null)).toEqual(frames);
    await api.codes(card, 27);
    const paths = ['?format=frames', '?format=frames&codeVersion=27'];
    expect(sent).toEqual(
      paths.map((query) => ({
        path: `/v1/pairing-card/qr${query}`,
        method: 'GET',
        headers: { authorization: 'Bearer airlock_secret' },
        body: null,
      })),
    );
  });

  test('that hands codes on is a POST of JSON, to the request or to the route for any file', async () => {
    const taken = { received: 1, needed: 2, complete: false, imported: null };
    answers = {
      '/v1/signing-requests/sr_1/response-frames': { body: taken },
      '/v1/frames': { body: taken },
    };
    expect(await api.send('sr_1', ['a', 'b'])).toEqual(taken);
    expect(await api.send(null, ['c'])).toEqual(taken);
    const headers = {
      authorization: 'Bearer airlock_secret',
      'content-type': 'application/json',
    };
    expect(sent).toEqual([
      {
        path: '/v1/signing-requests/sr_1/response-frames',
        method: 'POST',
        headers,
        body: { frames: ['a', 'b'] },
      },
      { path: '/v1/frames', method: 'POST', headers, body: { frames: ['c'] } },
    ]);
  });

  test('that is refused says what is wrong and what to do', async () => {
    const error = {
      code: 'unauthorized',
      message: 'the API key is unknown',
      next: 'use one that is known',
      fields: [],
      requestId: '0',
    };
    const refused = { status: 401, body: { error } };
    answers = { '/v1/signing-requests': refused, '/v1/frames': refused };
    for (const call of [api.showables(), api.send(null, ['a'])]) {
      await expect(call).rejects.toThrow(CallFailed);
      await expect(call).rejects.toThrow(
        'the API key is unknown (unauthorized): use one that is known',
      );
    }
  });

  test('to a coordinator that is gone fails as the browser says', async () => {
    globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(api.showables()).rejects.toThrow('Failed to fetch');
  });
});

test('the key is in nothing that is printed of it', () => {
  expect(JSON.stringify(api)).toBe('{}');
  expect(Object.keys(api)).toEqual([]);
  expect(String(api)).not.toContain('secret');
});
