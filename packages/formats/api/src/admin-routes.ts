/** Routes of the roles auditor and admin, and those open to all. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const pageQuery = z.strictObject(form.pageFields);

export const adminRoutes: Pick<
  RouteTable,
  | 'getStats'
  | 'getStatement'
  | 'getNodes'
  | 'createApiKey'
  | 'listApiKeys'
  | 'deleteApiKey'
  | 'getHealth'
  | 'getReadiness'
  | 'getOpenApi'
> = {
  getStats: {
    method: 'get',
    path: '/v1/stats',
    role: 'auditor',
    summary: 'Counts',
    status: 200,
    reply: reply.stats,
  },
  getStatement: {
    method: 'get',
    path: '/v1/ledger/statement',
    role: 'auditor',
    summary: 'Assets and every claim on them; the difference is always 0',
    status: 200,
    reply: reply.statement,
  },
  getNodes: {
    method: 'get',
    path: '/v1/nodes',
    role: 'auditor',
    summary: 'The IOTA nodes, how they are, and how many must agree',
    status: 200,
    reply: reply.nodes,
  },
  createApiKey: {
    method: 'post',
    path: '/v1/api-keys',
    role: 'admin',
    summary: 'Make an API key; it is shown this once',
    body: z.strictObject({
      role: reply.roleSchema,
      name: z
        .string()
        .regex(/^[ -~]{1,64}$/, 'up to 64 printable characters')
        .optional(),
    }),
    status: 201,
    reply: reply.newApiKey,
  },
  listApiKeys: {
    method: 'get',
    path: '/v1/api-keys',
    role: 'admin',
    summary: 'API keys, by id',
    query: pageQuery,
    status: 200,
    reply: form.page(reply.apiKey),
  },
  deleteApiKey: {
    method: 'delete',
    path: '/v1/api-keys/{id}',
    role: 'admin',
    summary: 'Revoke an API key',
    params: z.strictObject({ id: form.prefixedId('key') }),
    status: 200,
    reply: reply.apiKey,
  },
  getHealth: {
    method: 'get',
    path: '/healthz',
    role: null,
    summary: 'Whether the process runs',
    status: 200,
    reply: reply.health,
  },
  getReadiness: {
    method: 'get',
    path: '/readyz',
    role: null,
    summary: 'Whether store and nodes can be used',
    status: 200,
    unreadyStatus: 503,
    reply: reply.health,
  },
  getOpenApi: {
    method: 'get',
    path: '/openapi.json',
    role: null,
    summary: 'This description',
    status: 200,
    reply: z.looseObject({}),
  },
};
