/** Routes of users: their deposit addresses, history and deposits. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const pageQuery = z.strictObject(form.pageFields);
const byUserId = z.strictObject({ id: form.userId });

export const userRoutes: Pick<
  RouteTable,
  | 'createUser'
  | 'getUser'
  | 'createDepositAddress'
  | 'listDepositAddresses'
  | 'listHistory'
  | 'listDeposits'
> = {
  createUser: {
    method: 'post',
    path: '/v1/users',
    role: 'exchange',
    summary: 'Create a user',
    body: z.strictObject({ id: form.userId }),
    status: 201,
    reply: reply.user,
  },
  getUser: {
    method: 'get',
    path: '/v1/users/{id}',
    role: 'exchange',
    summary: "A user's balances",
    params: byUserId,
    status: 200,
    reply: reply.user,
  },
  createDepositAddress: {
    method: 'post',
    path: '/v1/users/{id}/deposit-addresses',
    role: 'exchange',
    summary: 'Hand out a fresh deposit address, or this one, handed out before a restore',
    params: byUserId,
    body: z.strictObject({
      keyringId: form.prefixedId('kr').optional(),
      address: form.addressInput.optional(),
    }),
    status: 201,
    reply: reply.depositAddress,
    idempotent: true,
  },
  listDepositAddresses: {
    method: 'get',
    path: '/v1/users/{id}/deposit-addresses',
    role: 'exchange',
    summary: "A user's deposit addresses, by address",
    params: byUserId,
    query: z.strictObject({ ...form.pageFields, status: z.enum(['active', 'retired']).optional() }),
    status: 200,
    reply: form.page(reply.depositAddress),
  },
  listHistory: {
    method: 'get',
    path: '/v1/users/{id}/history',
    role: 'exchange',
    summary: 'What changed the available balance of a user, oldest first',
    params: byUserId,
    query: pageQuery,
    status: 200,
    reply: form.page(reply.historyEntry),
  },
  listDeposits: {
    method: 'get',
    path: '/v1/deposits',
    role: 'exchange',
    summary: 'Deposits, oldest first; detected ones have no id yet and come first',
    query: z.strictObject({
      ...form.pageFields,
      userId: form.userId.optional(),
      status: reply.depositStatus.optional(),
    }),
    status: 200,
    reply: form.page(reply.deposit),
  },
};
