/** The coordinator's HTTP API on a real port; every reply is checked against the table of routes. */
import {
  API_ERRORS,
  type ApiErrorBody,
  OPERATION_IDS,
  type OperationId,
  ROUTES,
  type Role,
  type Route,
} from '@airlock/api';
import { expect } from '@jest/globals';
import type { z } from 'zod';
import { createApp } from '../src/http/app.ts';
import { createApiKey } from '../src/http/authentication.ts';
import { listen, type World } from './world.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: replies are checked against the schemas of the routes.
  readonly body: any;
}

export interface CallFields {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
  readonly role?: Role | null;
  /** Idempotency key; null sends none. One of its own if not given. */
  readonly idempotency?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly url: string;
  readonly keys: Readonly<Record<Role, string>>;
  readonly call: (operation: OperationId, fields?: CallFields) => Promise<Answer>;
  readonly fetch: (path: string, init?: RequestInit, role?: Role | null) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

export const routeOf = (operation: OperationId): Route => ROUTES[operation] as Route;
const MEDIA =
  /^(text\/html; charset=utf-8|image\/gif|application\/json; charset=utf-8|application\/cose)$/;
const ROLES: readonly Role[] = ['exchange', 'officer', 'auditor', 'admin'];

/** An error has the one shape, its code's status, and nothing of the inside. */
export function checkError(answer: Answer): ApiErrorBody['error'] {
  const { error, ...rest } = answer.body as ApiErrorBody;
  expect(rest).toEqual({});
  expect(Object.keys(error).sort()).toEqual(['code', 'fields', 'message', 'next', 'requestId']);
  expect(API_ERRORS[error.code].status).toBe(answer.status);
  expect(error.requestId).toMatch(/^[0-9a-f]{16}$/);
  expect(error.message).not.toBe('');
  expect(error.next).not.toBe('');
  expect(JSON.stringify(answer.body)).not.toMatch(
    /\.ts\b|\.m?js\b|node_modules| at .*\(|Invalid input/,
  );
  for (const field of error.fields) {
    expect(Object.keys(field).sort()).toEqual(['expected', 'got', 'path']);
  }
  const isRetry = [503, 429].includes(answer.status) || error.code === 'idempotency_in_progress';
  expect(answer.headers.has('retry-after')).toBe(isRetry);
  return error;
}

let counter = 0;

export async function serveApi(world: World): Promise<Api> {
  const { url, close } = await listen(createApp(world.coordinator));
  const keys = {} as Record<Role, string>;
  for (const role of ROLES) {
    keys[role] = (await createApiKey(world.coordinator, { role, name: role })).key;
  }
  const read = async (response: Response): Promise<Answer> => {
    const type = response.headers.get('content-type') ?? '';
    // A stream never ends: who asks for more than its status and headers reads it himself.
    const { status, headers } = response;
    if (type === 'text/event-stream') {
      await response.body?.cancel();
      return { status, headers, body: null };
    }
    const isJson = type.includes('json');
    const body: unknown = isJson
      ? await response.json()
      : new Uint8Array(await response.arrayBuffer());
    return { status, headers, body };
  };
  const api: Api = {
    url,
    keys,
    close,
    fetch: async (path, init = {}, role = null) => {
      const auth = role === null ? {} : { authorization: `Bearer ${keys[role]}` };
      const headers = { ...auth, ...(init.headers as Record<string, string>) };
      return read(await fetch(`${url}${path}`, { ...init, headers }));
    },
    call: async (operation, fields = {}) => {
      const route = routeOf(operation);
      const { params = {}, query = '', body, idempotency } = fields;
      const role = fields.role === undefined ? route.role : fields.role;
      const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(params[name] ?? ''),
      );
      counter += 1;
      const key = idempotency === undefined ? `key-${counter}` : idempotency;
      const isFile = body instanceof Uint8Array;
      const headers: Record<string, string> = {
        ...(route.idempotent === true && key !== null ? { 'idempotency-key': key } : {}),
        ...(body === undefined
          ? {}
          : { 'content-type': isFile ? 'application/cose' : 'application/json' }),
        ...fields.headers,
      };
      const text = typeof body === 'string' || isFile ? body : JSON.stringify(body);
      const init: RequestInit = { method: route.method.toUpperCase(), headers };
      if (body !== undefined) init.body = text as never;
      const answer = await api.fetch(`${path}${query}`, init, role);
      if (answer.status < 400) {
        expect(answer.status).toBe(route.status);
        if (route.reply === 'file') expect(answer.body).toBeInstanceOf(Uint8Array);
        else if (route.reply === 'media') expect(answer.headers.get('content-type')).toMatch(MEDIA);
        else if (route.reply === 'stream') expect(answer.body).toBeNull();
        else expect(route.reply.parse(answer.body)).toEqual(answer.body);
      } else if (answer.status === route.unreadyStatus) {
        expect((route.reply as z.ZodType).parse(answer.body)).toEqual(answer.body);
        expect(answer.headers.get('retry-after')).toBe('2');
      } else checkError(answer);
      return answer;
    },
  };
  return api;
}

/** One call of the API of a world, which is served for it alone. */
export async function callOnce(
  world: World,
  operation: OperationId,
  fields?: CallFields,
): Promise<Answer> {
  const api = await serveApi(world);
  try {
    return await api.call(operation, fields);
  } finally {
    await api.close();
  }
}

export const ALL: readonly OperationId[] = OPERATION_IDS;
