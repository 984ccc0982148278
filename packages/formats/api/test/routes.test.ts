/** The table of routes holds to the conventions; its schemas take and refuse what they should. */
import { describe, expect, test } from '@jest/globals';
import {
  OPERATION_IDS,
  PAGE_ROWS_DEFAULT,
  PAGE_ROWS_MAX,
  ROUTES,
  type Route,
} from '../src/index.ts';
import * as form from '../src/schema.ts';

const routeOf = (id: (typeof OPERATION_IDS)[number]): Route => ROUTES[id] as Route;

describe('every route', () => {
  test('has a path of its own with its method, under /v1 unless it is open', () => {
    const places = OPERATION_IDS.map((id) => `${routeOf(id).method} ${routeOf(id).path}`);
    expect(new Set(places).size).toBe(places.length);
    for (const id of OPERATION_IDS) {
      const { path, role } = routeOf(id);
      expect(path.startsWith('/v1/')).toBe(role !== null);
      expect(path).toMatch(/^(\/([a-z0-9.-]+|\{\w+\}))+$/);
    }
  });

  test('refuses unknown fields in body, query and parameters', () => {
    for (const id of OPERATION_IDS) {
      const { body, query, params } = routeOf(id);
      for (const schema of [body, query, params]) {
        if (schema === undefined || schema === 'file') continue;
        // A body of one of several forms says which one it is by its type.
        const types = id === 'createColdOrder' ? ['set-aside', 'bring-back', 'spend'] : [undefined];
        for (const type of types) {
          const { error } = schema.safeParse({ ...(type && { type }), surely: 'unknown' });
          expect(error?.issues.some(({ code }) => code === 'unrecognized_keys')).toBe(true);
        }
      }
    }
  });

  test('needs an idempotency key only where something is posted', () => {
    for (const id of OPERATION_IDS) {
      if (routeOf(id).idempotent === true) expect(routeOf(id).method).toBe('post');
    }
  });
});

const accepts = (schema: { safeParse: (value: unknown) => { success: boolean } }, value: unknown) =>
  schema.safeParse(value).success;

describe('forms', () => {
  test.each([
    [
      'amount',
      form.amount,
      ['0', '1', '2779530283277761', '9'.repeat(16)],
      ['', '01', '-1', '+1', '1.0', '1e3', '9'.repeat(17), 1, ' 1', '1\n'],
    ],
    ['signedAmount', form.signedAmount, ['0', '-1', '1'], ['-0', '--1', '-', '-01']],
    [
      'userId',
      form.userId,
      ['a', 'A.b_c:d@e-1', 'x'.repeat(64)],
      ['', 'x'.repeat(65), 'a b', 'ä', 'a/b', 'a\n'],
    ],
    [
      'withdrawalId',
      form.withdrawalId,
      ['b0d0e7a4-2d8f-4c55-9f0a-7d0f0a3f5a11'],
      ['B0D0E7A4-2D8F-4C55-9F0A-7D0F0A3F5A11', 'b0d0e7a4-2d8f-1c55-9f0a-7d0f0a3f5a11', 'x'],
    ],
    [
      'hash',
      form.hash,
      ['A'.repeat(81), '9'.repeat(81)],
      ['A'.repeat(80), 'A'.repeat(82), 'a'.repeat(81)],
    ],
    ['tag', form.tag, ['', 'A9', 'A'.repeat(27)], ['A'.repeat(28), 'a', '0']],
    ['reference', form.reference, ['x', 'a b', 'x'.repeat(128)], ['', 'x'.repeat(129), 'ä', '\n']],
    ['time', form.time, ['2026-01-02T03:04:05.678Z'], ['2026-01-02T03:04:05Z', '2026-01-02', 1]],
    [
      'journalNumber',
      form.journalNumber,
      ['0', '7', '9'.repeat(15)],
      ['', '-1', '1.5', '9'.repeat(16), '1\n'],
    ],
    [
      'eventType',
      form.eventType,
      ['user.created', 'a', 'a'.repeat(64)],
      ['', 'a'.repeat(65), 'User.created', 'a,b', 'a b', 'a\n'],
    ],
    ['eventTypes', form.eventTypes, ['user.created', 'a.b,c-d.e'], ['', 'a b', 'a'.repeat(257)]],
    [
      'webhookUrl',
      form.webhookUrl,
      [
        'https://exchange.example/hooks?from=airlock',
        'https://10.0.0.7:8443/',
        'http://localhost:9000/x',
        'http://127.0.0.1/x',
        'http://127.8.9.1:1/x',
        'http://[::1]:9000/',
        `https://exchange.example/${'x'.repeat(2023)}`,
      ],
      [
        '',
        'exchange.example',
        'http://exchange.example/',
        'http://10.0.0.7/',
        'http://localhost.exchange.example/',
        'http://127.0.0.1.exchange.example/',
        'http://[::2]/',
        'ftp://localhost/',
        'file:///etc/passwd',
        'https://user@exchange.example/',
        'https://:secret@exchange.example/',
        'https://exchange.example/#part',
        'https://exchange.example/a b',
        'https://exchange.example/a\nb',
        'https://exchange.ex\u00e4mple/',
        `https://exchange.example/${'x'.repeat(2024)}`,
        7,
      ],
    ],
    [
      'prefixedId',
      form.prefixedId('kr'),
      [`kr_${'0'.repeat(32)}`],
      [`sr_${'0'.repeat(32)}`, `kr_${'0'.repeat(31)}`, `kr_${'G'.repeat(32)}`],
    ],
  ] as const)(
    '%s takes what is of its form and refuses everything else',
    (...[, schema, good, bad]) => {
      for (const value of good) expect([value, accepts(schema, value)]).toEqual([value, true]);
      for (const value of bad) expect([value, accepts(schema, value)]).toEqual([value, false]);
    },
  );

  test('limit is a number of 1 to 1000, 100 if it is not given', () => {
    const { limit } = form.pageFields;
    expect([limit.parse(undefined), PAGE_ROWS_DEFAULT]).toEqual([100, 100]);
    expect([limit.parse('1'), limit.parse('1000'), PAGE_ROWS_MAX]).toEqual([1, 1000, 1000]);
    for (const bad of ['0', '1001', '-1', '1.5', 'x', '', ['1']])
      expect(accepts(limit, bad)).toBe(false);
  });

  test('a webhook endpoint takes up to 64 types and begins at a whole number', () => {
    const { body } = routeOf('createWebhookEndpoint') as { body: Parameters<typeof accepts>[0] };
    const url = 'https://exchange.example/';
    const types = Array.from({ length: 64 }, () => 'user.created');
    for (const good of [{}, { types }, { types: ['a.b'] }, { after: 0 }, { after: 7 }]) {
      expect(accepts(body, { url, ...good })).toBe(true);
    }
    const tooMany = [...types, 'user.created'];
    for (const bad of [{ types: [] }, { types: tooMany }, { types: 'a' }, { after: '7' }]) {
      expect(accepts(body, { url, ...bad })).toBe(false);
    }
    for (const after of [-1, 1.5, 2 ** 60]) expect(accepts(body, { url, after })).toBe(false);
  });

  test('a cursor is of what cursors are made of', () => {
    const { after } = form.pageFields;
    const alarm = 'node.disagrees/http://[::1]:14265';
    for (const good of ['1', `${'0'.repeat(16)}.dep_${'a'.repeat(32)}`, 'A'.repeat(81), alarm]) {
      expect(accepts(after, good)).toBe(true);
    }
    for (const bad of ['', 'x'.repeat(385), 'a\u0000', 'a b'])
      expect(accepts(after, bad)).toBe(false);
  });
});
