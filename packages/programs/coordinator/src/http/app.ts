/**
 * The HTTP application: every route from the table of `@airlock/api`, each parsed, authorized, made
 * idempotent where it must be, and answered. One error handler maps codes to statuses.
 */
import {
  API_ERRORS,
  type ApiErrorBody,
  type CallOperationId,
  FILE_TYPE,
  type FieldFault,
  type Media,
  NONE,
  OPERATION_IDS,
  type OperationId,
  ROUTES,
  type Route,
} from '@airlock/api';
import { ProtocolError } from '@airlock/protocol';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import type { z } from 'zod';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { adminHandlers } from './admin-handlers.ts';
import { authenticate, authorize } from './authentication.ts';
import { coldHandlers } from './cold-handlers.ts';
import { eventHandlers, streamEvents } from './event-handlers.ts';
import { type GapPage, serveGapPage } from './gap-page.ts';
import type { Handlers } from './handler.ts';
import { IdempotencyKeys, type IdempotentCall, type StoredReply } from './idempotency.ts';
import { lightHandlers } from './light-handlers.ts';
import { moneyHandlers, withdrawalHandlers } from './money-handlers.ts';
import { keyringHandlers, signingHandlers } from './officer-handlers.ts';
import { operatorHandlers } from './operator-handlers.ts';
import { userHandlers } from './user-handlers.ts';
import { webhookHandlers } from './webhook-handlers.ts';

const JSON_BYTES_MAX = '1mb';
const FILE_BYTES_MAX = '32mb';
const RETRY_AFTER_SECONDS = '2';

const HANDLERS: Handlers<CallOperationId> = {
  ...userHandlers,
  ...withdrawalHandlers,
  ...moneyHandlers,
  ...eventHandlers,
  ...webhookHandlers,
  ...keyringHandlers,
  ...signingHandlers,
  ...lightHandlers,
  ...operatorHandlers,
  ...coldHandlers,
  ...adminHandlers,
};

/** What came, shortened; the value itself only where it is short text. */
function gotOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' ? (value === null ? 'null' : 'an object') : String(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

/**
 * Of zod's own messages ("Invalid input: expected string, received undefined", "Invalid discriminator
 * value. Expected …") what was expected.
 */
function expectedBy(message: string): string {
  return message.replace(/^[A-Z]\w+ [\w ]+[:.] [eE]xpected /, '').replace(/, received \w+$/, '');
}

function faultsOf(error: z.ZodError, value: unknown): FieldFault[] {
  return error.issues.slice(0, 20).flatMap((issue): FieldFault[] => {
    if (issue.code === 'unrecognized_keys') {
      const expected = 'no such field';
      return issue.keys.map((key) => ({
        path: [...issue.path, key].join('.'),
        expected,
        got: 'an unknown field',
      }));
    }
    const got = gotOf(valueAt(value, issue.path));
    return [{ path: issue.path.join('.'), expected: expectedBy(issue.message), got }];
  });
}

function parse<T>(schema: z.ZodType<T, unknown>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = faultsOf(result.error, value);
  const [first] = fields;
  throw new CoordinatorError(
    'invalid_request',
    `${first?.path === '' ? 'the body' : first?.path}: expected ${first?.expected}, got ${first?.got}`,
    { next: 'correct the fields and repeat the call; see /openapi.json', fields },
  );
}

function parseBody(route: Route, request: Request): unknown {
  if (route.body === undefined) return null;
  if (route.body !== 'file') {
    if (
      request.body === undefined &&
      request.get('content-length') !== undefined &&
      request.get('content-length') !== '0'
    ) {
      throw new CoordinatorError('unsupported_media_type', 'expected a JSON body', {
        next: 'send it with Content-Type: application/json',
      });
    }
    return parse(route.body, request.body ?? {});
  }
  if (request.body instanceof Uint8Array && request.body.length > 0) return request.body;
  throw new CoordinatorError('unsupported_media_type', 'expected the bytes of an Airlock file', {
    next: `send the file as the body, with Content-Type: ${FILE_TYPE}`,
  });
}

/**
 * JSON with a final newline, so that a terminal's prompt comes on a line of its own. Sent by Node's own
 * means: Express looks for what is not there, an ETag or a type to guess, for a twentieth of a write.
 */
function sendJson(response: Response, status: number, json: string): void {
  const text = `${json}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function send(
  response: Response,
  { reply }: Route,
  { status, body, text }: StoredReply & { readonly text?: string | undefined },
): void {
  if (reply === 'media') {
    const { contentType, bytes } = body as Media;
    response.status(status).type(contentType).send(Buffer.from(bytes));
  } else if (body instanceof Uint8Array) {
    response.status(status).type(FILE_TYPE).send(Buffer.from(body));
  } else if (reply === 'file') throw new TypeError('expected bytes');
  else sendJson(response, status, text ?? JSON.stringify(body));
}

/** Most calls have no query: that is seen at once, and need not be parsed. */
function parseQuery({ query }: Route, request: Request): unknown {
  if (query === undefined && !request.url.includes('?')) return {};
  return parse(query ?? NONE, request.query);
}

/** Before the body is read: without a key nobody makes the process take in megabytes. */
function admit({ store }: Coordinator, { role }: Route, read: RequestHandler): RequestHandler {
  return (request, response, next) => {
    response.locals.keyId = '';
    if (role !== null) {
      const key = authenticate(store, request.headers.authorization);
      authorize(key.role, role);
      response.locals.keyId = key.id;
    }
    return read(request, response, next);
  };
}

function statusOf({ status, unreadyStatus }: Route, reply: unknown): number {
  if (unreadyStatus === undefined) return status;
  return (reply as { readonly status: unknown }).status === 'ok' ? status : unreadyStatus;
}

/** One route: parse, run once, answer. */
function serve(coordinator: Coordinator, operationId: CallOperationId, keys: IdempotencyKeys) {
  const route = ROUTES[operationId] as Route;
  const handler = HANDLERS[operationId] as (
    coordinator: Coordinator,
    input: unknown,
  ) => Promise<unknown>;
  // The state in memory runs ahead of the disk: nothing of it is told before it is kept, refusals neither.
  const answer = async (call: () => Promise<unknown>): Promise<unknown> => {
    try {
      return await call();
    } catch (cause) {
      if (route.role !== null) await coordinator.ledger.settled();
      throw cause;
    }
  };
  return async (request: Request, response: Response): Promise<void> => {
    const keyId = String(response.locals.keyId);
    // Of a path without parameters there are none.
    const params = route.params === undefined ? {} : parse(route.params, request.params);
    const query = parseQuery(route, request);
    const body = parseBody(route, request);
    let call: IdempotentCall | null = null;
    if (route.idempotent === true) {
      call = keys.begin(request.get('idempotency-key'), {
        scope: [keyId, operationId],
        request: { params, body },
      });
    }
    try {
      if (call?.replayed != null) {
        response.set('Idempotent-Replayed', 'true');
        send(response, route, call.replayed);
        return;
      }
      const reply = await answer(() => handler(coordinator, { params, query, body, call }));
      const stored = call?.stored ?? null;
      // What was stored with its effect is on the disk with it.
      if (route.role !== null && stored === null) await coordinator.ledger.settled();
      const status = statusOf(route, reply);
      if (status === route.unreadyStatus) response.set('Retry-After', RETRY_AFTER_SECONDS);
      const text = stored?.body === reply ? stored?.text : undefined;
      send(response, route, { status, body: reply, text });
    } finally {
      call?.end();
    }
  };
}

/** The one route whose reply does not end. A client that comes back says by a header where it was. */
function serveStream(coordinator: Coordinator) {
  const { query: schema } = ROUTES.streamEvents as Required<Route<'streamEvents'>>;
  return (request: Request, response: Response): void => {
    const lastEventId = request.get('last-event-id');
    const resumed = lastEventId === undefined ? {} : { after: lastEventId };
    const query = parse(schema, { ...request.query, ...resumed });
    streamEvents(coordinator, response, { query, keyId: String(response.locals.keyId) });
  };
}

/** What Express and its body parsers throw, as our codes. */
function asCoordinatorError(cause: unknown): CoordinatorError {
  if (cause instanceof CoordinatorError) return cause;
  if (cause instanceof ProtocolError) {
    const { expected, got, code } = cause;
    const path = code.startsWith('amount') ? 'amount' : 'address';
    return new CoordinatorError('invalid_request', `${path}: ${cause.message}`, {
      next: 'correct the field and repeat the call',
      fields: [{ path, expected, got }],
    });
  }
  const type = cause instanceof Error && 'type' in cause ? cause.type : '';
  if (type === 'entity.parse.failed') {
    return new CoordinatorError('malformed_json', 'the body is no JSON object', {
      next: 'send a JSON object with Content-Type: application/json',
    });
  }
  if (type === 'entity.too.large') {
    const limit = cause instanceof Error && 'limit' in cause ? String(cause.limit) : 'its cap';
    return new CoordinatorError('body_too_large', `the body exceeds ${limit} bytes`, {
      next: 'send less at once',
    });
  }
  if (typeof type === 'string' && type !== '') {
    return new CoordinatorError('invalid_request', 'the body cannot be read', {
      next: 'send it whole, as UTF-8, not compressed',
    });
  }
  if (cause instanceof URIError) {
    return new CoordinatorError('invalid_request', 'the path is no valid URI', {
      next: 'encode what stands in the path',
    });
  }
  return new CoordinatorError('internal', 'a defect of the coordinator', {
    next: 'report the requestId to the operator; repeat the call with its Idempotency-Key',
    cause,
  });
}

function errorHandler({ log, random }: Coordinator) {
  // biome-ignore lint/complexity/useMaxParams: Express tells an error handler by its four parameters.
  return (thrown: unknown, _request: Request, response: Response, _next: NextFunction): void => {
    const error = asCoordinatorError(thrown);
    const requestId = Buffer.from(random(8)).toString('hex');
    const { code, message, fields, next } = error;
    const { status } = API_ERRORS[code];
    if (status >= 500) {
      const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : '';
      log(`request ${requestId}: ${code}: ${message} ${cause}`);
    }
    const body: ApiErrorBody = { error: { code, message, fields, next, requestId } };
    if (status === 503 || status === 429 || code === 'idempotency_in_progress') {
      response.set('Retry-After', RETRY_AFTER_SECONDS);
    }
    sendJson(response, status, JSON.stringify(body));
  };
}

/**
 * Express tries one route after the other: the writes that have to be fast come first, and of these the
 * paths without parameters, which no other path of a write can be meant by.
 */
function rankOf(id: OperationId): number {
  const { idempotent, params } = ROUTES[id] as Route;
  return (idempotent === true ? 0 : 2) + (params === undefined ? 0 : 1);
}

/** Builds the application; whoever calls it listens. @param gapPage null: without the page /gap */
export function createApp(coordinator: Coordinator, gapPage: GapPage | null = null): Express {
  const app = express();
  const keys = new IdempotencyKeys(coordinator.store);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  const json = express.json({ limit: JSON_BYTES_MAX, inflate: false });
  const file = express.raw({
    type: [FILE_TYPE, 'application/octet-stream'],
    limit: FILE_BYTES_MAX,
    inflate: false,
  });
  for (const operationId of [...OPERATION_IDS].sort((a, b) => rankOf(a) - rankOf(b))) {
    const route = ROUTES[operationId] as Route;
    const steps = [
      admit(coordinator, route, route.body === 'file' ? file : json),
      operationId === 'streamEvents'
        ? serveStream(coordinator)
        : serve(coordinator, operationId, keys),
    ];
    app[route.method](route.path.replace(/\{(\w+)\}/g, ':$1'), steps);
  }
  if (gapPage !== null) serveGapPage(app, gapPage);
  app.use((request: Request) => {
    throw new CoordinatorError('not_found', `there is no route ${request.method} ${request.path}`, {
      next: 'see /openapi.json',
    });
  });
  app.use(errorHandler(coordinator));
  return app;
}
