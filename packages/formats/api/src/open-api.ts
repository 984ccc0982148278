/** The OpenAPI 3.1 description, generated from the schemas that validate. */
import { z } from 'zod';
import { API_ERRORS, type ApiErrorCode, errorBody } from './error-code.ts';
import type { OperationId } from './operation-types.ts';
import type { Route } from './route.ts';
import { OPERATION_IDS, ROUTES } from './routes.ts';
import { journalNumber } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** Media type of the files that cross the gap. */
export const FILE_TYPE = 'application/cose';

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

const LOCAL_REF = '#/$defs/';
const SHARED_REF = '#/components/schemas/';
const RETRY_AFTER_REF = '#/components/headers/Retry-After';
const ERROR_REF = '#/components/responses/Error';

/** JSON Schema whose references point to where shared forms stand in the document. */
function withSharedRefs(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withSharedRefs);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace(LOCAL_REF, SHARED_REF)]
        : [key, withSharedRefs(value)],
    ),
  );
}

function convert(schema: z.ZodType<unknown, unknown>, io: 'input' | 'output') {
  const { $schema: _dialect, $defs = {}, ...json } = z.toJSONSchema(schema, { io });
  return { json: withSharedRefs(json) as Json, shared: withSharedRefs($defs) as Json };
}

function schemaOf(schema: z.ZodType<unknown, unknown>, io: 'input' | 'output'): Json {
  return convert(schema, io).json;
}

/** The forms that carry an id, each once. */
function sharedSchemas(): Json {
  return Object.assign(
    {},
    ...OPERATION_IDS.flatMap((id) => {
      const { params, query, body, reply } = ROUTES[id] as Route;
      const takes = [params, query, body].map((schema) => ({ schema, io: 'input' as const }));
      return [...takes, { schema: reply, io: 'output' as const }].map(({ schema, io }) =>
        schema === undefined || typeof schema === 'string' ? {} : convert(schema, io).shared,
      );
    }),
  ) as Json;
}

const MEDIA_TYPES = ['text/html', 'image/gif', JSON_TYPE];

function contentOf(
  body: z.ZodType<unknown, unknown> | 'file' | 'media' | 'stream',
  io: 'input' | 'output',
): Json {
  if (body === 'media') {
    return Object.fromEntries(MEDIA_TYPES.map((type) => [type, {}]));
  }
  if (body === 'stream') return { [STREAM_TYPE]: { schema: { type: 'string' } } };
  return body === 'file'
    ? { [FILE_TYPE]: { schema: { type: 'string', format: 'binary' } } }
    : { [JSON_TYPE]: { schema: schemaOf(body, io) } };
}

function parametersOf({ params, query, idempotent, reply }: Route): Json[] {
  const list = (schema: z.ZodType<unknown, unknown> | undefined, place: string): Json[] => {
    if (schema === undefined) return [];
    const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
      properties?: Json;
      required?: string[];
    };
    return Object.entries(properties).map(([name, form]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema: form,
    }));
  };
  const idempotencyKey = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    schema: { type: 'string', minLength: 1, maxLength: 64 },
  };
  const lastEventId = {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The id of the last event that came; it counts more than `after`',
    schema: schemaOf(journalNumber, 'input'),
  };
  return [
    ...list(params, 'path'),
    ...list(query, 'query'),
    ...(idempotent === true ? [idempotencyKey] : []),
    ...(reply === 'stream' ? [lastEventId] : []),
  ];
}

function unreadyResponse({ reply }: Route): Json {
  return {
    description: 'Not ready',
    headers: { 'Retry-After': { $ref: RETRY_AFTER_REF } },
    content: contentOf(reply, 'output'),
  };
}

function operationOf(operationId: OperationId): Json {
  const route = ROUTES[operationId] as Route;
  const { body, role, summary, status, unreadyStatus, reply } = route;
  return {
    operationId,
    summary,
    ...(role === null ? { security: [] } : { description: `Role: ${role}` }),
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(body, 'input') } }),
    responses: {
      [status]: { description: 'Done', content: contentOf(reply, 'output') },
      ...(unreadyStatus === undefined ? {} : { [unreadyStatus]: unreadyResponse(route) }),
      '4XX': { $ref: ERROR_REF },
      '5XX': { $ref: ERROR_REF },
    },
  };
}

const errorResponse: Json = {
  description: 'The one error shape',
  headers: { 'Retry-After': { $ref: RETRY_AFTER_REF } },
  content: { [JSON_TYPE]: { schema: schemaOf(errorBody, 'input') } },
};

const retryAfter: Json = {
  description: 'Seconds to wait; with 429, 503 and `idempotency_in_progress`',
  schema: { type: 'integer' },
};

/** The whole description. */
export function openApi(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const id of OPERATION_IDS) {
    const { path, method } = ROUTES[id];
    paths[path] = { ...paths[path], [method]: operationOf(id) };
  }
  const codes = (Object.keys(API_ERRORS) as ApiErrorCode[]).map(
    (code) => `${code} (${API_ERRORS[code].status}): ${API_ERRORS[code].meaning}`,
  );
  return {
    openapi: '3.1.0',
    info: {
      title: 'Airlock coordinator',
      version,
      description: `Holds an exchange's IOTA (legacy) with the keys on a machine that has no network.\n\nError codes:\n\n${codes.map((line) => `* ${line}`).join('\n')}`,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: sharedSchemas(),
      headers: { 'Retry-After': retryAfter },
      responses: { Error: errorResponse },
    },
  };
}
