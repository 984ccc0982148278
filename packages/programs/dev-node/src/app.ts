/** IRI's one HTTP route: JSON in, JSON out, errors as {"error", "duration"}. */
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { DevNodeError, type DevNodeErrorCode } from './error.ts';
import { BODY_BYTES_MAX, ECHO_CHARACTERS_MAX } from './limits.ts';
import type { DevNode } from './node.ts';

/** Status of each code; what is not listed is the client's fault. */
const SERVER_FAULTS: ReadonlySet<DevNodeErrorCode> = new Set(['state_unusable', 'state_corrupt']);

const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers':
    'Origin, X-Requested-With, Content-Type, Accept, X-IOTA-API-Version',
};

function parseBody(body: unknown): unknown {
  const text = typeof body === 'string' ? body : '';
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `Invalid request payload: '${text.slice(0, ECHO_CHARACTERS_MAX)}'`;
    throw new DevNodeError('request_malformed', message, { cause });
  }
}

/** An error on its way out; null for one that is a bug of ours. */
function asDevNodeError(error: unknown): DevNodeError | null {
  if (error instanceof DevNodeError) return error;
  const type = (error as { type?: unknown } | null)?.type;
  if (type === 'entity.too.large') {
    return new DevNodeError('request_too_long', 'Request too long');
  }
  const isBodyFault = typeof type === 'string';
  return isBodyFault ? new DevNodeError('request_malformed', 'Invalid request payload') : null;
}

/** Milliseconds since the request began, 0 if the clock went back. */
function durationOf(node: DevNode, response: Response): number {
  return Math.max(0, node.now() - Number(response.locals.startedAt));
}

/** The app; whoever wants it served listens with it. */
export function createApp(node: DevNode): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request: Request, response: Response, next: NextFunction) => {
    response.set(CORS);
    response.locals.startedAt = node.now();
    if (request.method === 'OPTIONS') {
      response.set('Allow', 'POST, OPTIONS').status(200).end();
      return;
    }
    if (request.get('X-IOTA-API-Version') === undefined) {
      throw new DevNodeError('api_version_missing', 'Invalid API Version');
    }
    next();
  });
  // IRI does not look at the content type.
  app.use(express.text({ type: () => true, limit: BODY_BYTES_MAX }));
  app.use(async (request: Request, response: Response) => {
    const answer = await node.handle(parseBody(request.body));
    response.json({ ...answer, duration: durationOf(node, response) });
  });
  // biome-ignore lint/complexity/useMaxParams: Express counts an error handler's four.
  app.use((error: unknown, _: Request, response: Response, __: NextFunction) => {
    const known = asDevNodeError(error);
    const duration = durationOf(node, response);
    if (known === null) {
      response.status(500).json({ exception: 'Internal server error', duration });
      return;
    }
    response.status(SERVER_FAULTS.has(known.code) ? 500 : 400).json({
      error: known.message,
      ...(known.info !== undefined && { info: known.info }),
      duration,
    });
  });
  return app;
}
