/** The OpenAPI document: whole, valid in structure, and every reference in it leads somewhere. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { API_ERRORS, OPERATION_IDS, openApi, ROUTES, type Route } from '../src/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document is walked here.
type Json = any;
const document: Json = JSON.parse(JSON.stringify(openApi('1.2.3')));

function walk(value: Json, visit: (node: Json) => void): void {
  if (typeof value !== 'object' || value === null) return;
  visit(value);
  for (const item of Object.values(value)) walk(item, visit);
}

function resolve(reference: string): Json {
  expect(reference).toMatch(/^#\//);
  return reference
    .slice(2)
    .split('/')
    .reduce((at: Json, part) => at?.[part.replace(/~1/g, '/').replace(/~0/g, '~')], document);
}

const operations: [string, Json][] = Object.values(document.paths as Json).flatMap((path: Json) =>
  Object.values(path).map((operation: Json): [string, Json] => [operation.operationId, operation]),
);

test('has the frame that OpenAPI 3.1 wants', () => {
  expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  expect(document.info.license.identifier).toBe('Apache-2.0');
  for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/[a-z0-9{}/.-]+$/i);
});

test('holds every operation once, at its path and method', () => {
  expect(operations.map(([id]) => id).sort()).toEqual([...OPERATION_IDS].sort());
  for (const id of OPERATION_IDS) {
    const { path, method } = ROUTES[id];
    expect(document.paths[path][method].operationId).toBe(id);
  }
});

test('every reference resolves, and none stays local to a schema', () => {
  let references = 0;
  walk(document, (node) => {
    expect(node).not.toHaveProperty('$defs');
    if (typeof node.$ref !== 'string') return;
    references += 1;
    expect([node.$ref, typeof resolve(node.$ref)]).toEqual([node.$ref, 'object']);
  });
  expect(references).toBeGreaterThan(50);
});

test('every shared schema is used', () => {
  const used = new Set<string>();
  walk(document, ({ $ref }) => used.add(String($ref)));
  for (const name of Object.keys(document.components.schemas)) {
    expect(used).toContain(`#/components/schemas/${name}`);
  }
});

test('lists every error code, in the text and in the schema', () => {
  const { schema } = document.components.responses.Error.content['application/json'];
  expect(schema.properties.error.properties.code.enum).toEqual(Object.keys(API_ERRORS));
  for (const code of Object.keys(API_ERRORS))
    expect(document.info.description).toContain(`* ${code} (`);
});

test('errors, and readiness that is none, say when to come again', () => {
  const { responses } = document.paths['/readyz'].get;
  expect(responses[503].content).toEqual(responses[200].content);
  expect(responses[503].content['application/json'].schema).toEqual({
    $ref: '#/components/schemas/Health',
  });
  for (const { headers } of [responses[503], document.components.responses.Error]) {
    expect(resolve(headers['Retry-After'].$ref).schema).toEqual({ type: 'integer' });
  }
});

test('codes come as a page, a picture or JSON', () => {
  const shown = OPERATION_IDS.filter((id) => ROUTES[id].reply === 'media');
  expect(shown).toEqual(['getPairingCardQr', 'getSigningRequestQr', 'getVoidQr', 'getCustodySlip']);
  for (const id of shown) {
    const { path, method } = ROUTES[id];
    const { content } = document.paths[path][method].responses[200];
    expect(Object.keys(content)).toEqual(['text/html', 'image/gif', 'application/json']);
  }
});

test('a stream comes as server-sent events and takes the id of the last one', () => {
  const streams = OPERATION_IDS.filter((id) => ROUTES[id].reply === 'stream');
  expect(streams).toEqual(['streamEvents']);
  const { responses, parameters } = document.paths['/v1/events/stream'].get;
  expect(Object.keys(responses[200].content)).toEqual(['text/event-stream']);
  expect(parameters).toContainEqual({
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: expect.any(String),
    schema: { type: 'string', pattern: '^[0-9]{1,15}$' },
  });
});

describe.each(operations)('%s', (id, operation) => {
  const route = ROUTES[id as keyof typeof ROUTES] as Route;

  test('names each path parameter, and the header where it must be', () => {
    const names = (place: string): string[] =>
      operation.parameters.filter((each: Json) => each.in === place).map((each: Json) => each.name);
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(names('path')).toEqual(inPath);
    const headers = [
      ...(route.idempotent === true ? ['Idempotency-Key'] : []),
      ...(route.reply === 'stream' ? ['Last-Event-ID'] : []),
    ];
    expect(names('header')).toEqual(headers);
    const asked = route.query instanceof z.ZodObject ? Object.keys(route.query.shape) : [];
    expect(names('query')).toEqual(asked);
    // Pairing takes what the keyring is for, an address whether it has its checksum.
    const isOther = ['pairKeyring', 'getAddress'].includes(id);
    const isList = typeof route.reply !== 'string' && route.query !== undefined && !isOther;
    expect(names('query').includes('limit')).toBe(isList);
    for (const { schema } of operation.parameters) expect(schema).toBeDefined();
  });

  test('has a summary, its status, and the error reply for every other one', () => {
    expect(operation.summary).not.toBe('');
    const own = [route.status, ...(id === 'getReadiness' ? [503] : [])].map(String);
    expect(Object.keys(operation.responses)).toEqual([...own, '4XX', '5XX']);
    for (const range of ['4XX', '5XX']) {
      expect(operation.responses[range]).toEqual({ $ref: '#/components/responses/Error' });
    }
    expect('requestBody' in operation).toBe(route.body !== undefined);
    if (route.role === null) expect(operation.security).toEqual([]);
    else expect(operation.description).toBe(`Role: ${route.role}`);
  });
});
