/**
 * A typed client of the API over an injected `fetch`. Errors come as {@link ApiError} with their code.
 * Streams are not among its calls: they have no one reply, and never end (README, "Streams").
 */
import { type ApiErrorCode, errorBody, type FieldFault } from './error-code.ts';
import type { StreamOperationId } from './event-types.ts';
import { FILE_TYPE } from './open-api.ts';
import type { OperationId, Operations } from './operation-types.ts';
import type { Route } from './route.ts';
import { ROUTES } from './routes.ts';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** Null: the answer holds no error of the API, as that of /readyz, or of a proxy before it. */
  readonly code: ApiErrorCode | null;
  readonly status: number;
  readonly fields: readonly FieldFault[];
  readonly next: string;
  /** Empty where there is no code. */
  readonly requestId: string;
  /** What came, if it was JSON; else undefined. */
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    const { error } = errorBody.safeParse(body).data ?? { error: null };
    super(error?.message ?? `the answer has status ${status} and no error of the API`);
    this.code = error?.code ?? null;
    this.status = status;
    this.fields = error?.fields ?? [];
    this.next = error?.next ?? 'see what its body says, or who else has answered';
    this.requestId = error?.requestId ?? '';
    this.body = body;
  }
}

/** Undefined where it is no JSON: proxies give pages. */
async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TIMEOUT_MS = 60_000;

/** What a call gives beside parameters, query and body. */
export interface CallOptions {
  readonly idempotencyKey?: string;
}

/** Every operation that has one reply. */
export type CallOperationId = Exclude<OperationId, StreamOperationId>;

type Input<K extends OperationId> = Partial<Pick<Operations[K], 'params' | 'body'>> & {
  readonly query?: Readonly<Record<string, string | number | undefined>>;
};

export interface ApiClient {
  readonly call: <K extends CallOperationId>(
    operation: K,
    input?: Input<K>,
    options?: CallOptions,
  ) => Promise<Operations[K]['reply']>;
}

function urlOf(base: string, path: string, input: Input<OperationId>): string {
  const params = (input.params ?? {}) as Readonly<Record<string, string>>;
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const url = new URL(filled, base);
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

async function read(response: Response, reply: Route['reply']): Promise<unknown> {
  if (typeof reply !== 'string') return response.json();
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (reply === 'file') return bytes;
  return { contentType: response.headers.get('content-type') ?? '', bytes };
}

export function createApiClient(options: {
  readonly url: string;
  readonly key: string | null;
  readonly fetch: typeof globalThis.fetch;
  /** A call without an answer fails after this long; default 60 seconds. */
  readonly timeoutMs?: number;
}): ApiClient {
  return {
    call: async (operation, input = {}, { idempotencyKey } = {}) => {
      const { method, path, reply } = ROUTES[operation] as Route;
      const { body } = input as { readonly body?: object | Uint8Array };
      const isFile = body instanceof Uint8Array;
      const response = await options.fetch(urlOf(options.url, path, input as Input<OperationId>), {
        method: method.toUpperCase(),
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
        headers: {
          ...(options.key === null ? {} : { authorization: `Bearer ${options.key}` }),
          ...(body === undefined
            ? {}
            : { 'content-type': isFile ? FILE_TYPE : 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
        },
        ...(body === undefined
          ? {}
          : { body: isFile ? new Uint8Array(body) : JSON.stringify(body) }),
      });
      if (!response.ok) throw new ApiError(response.status, await bodyOf(response));
      const answer: unknown = await read(response, reply);
      return answer as Operations[typeof operation]['reply'];
    },
  };
}
