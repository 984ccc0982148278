/** Routes of the role exchange: users, deposits, withdrawals, transfers, addresses. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const pageQuery = z.strictObject(form.pageFields);
const byUserId = z.strictObject({ id: form.userId });
const byWithdrawalId = z.strictObject({ id: form.withdrawalId });

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

export const moneyRoutes: Pick<
  RouteTable,
  | 'createWithdrawal'
  | 'getWithdrawal'
  | 'listWithdrawals'
  | 'cancelWithdrawal'
  | 'createTransfer'
  | 'getTransfer'
  | 'getAddress'
> = {
  createWithdrawal: {
    method: 'post',
    path: '/v1/withdrawals',
    role: 'exchange',
    summary: 'Debit a user and queue a payout',
    body: z.strictObject({
      id: form.withdrawalId.optional(),
      userId: form.userId,
      address: form.addressInput,
      checksum: form.checksumMode,
      amount: form.amount,
      tag: form.tag.optional(),
      reference: form.reference.optional(),
    }),
    status: 201,
    reply: reply.withdrawal,
    idempotent: true,
  },
  getWithdrawal: {
    method: 'get',
    path: '/v1/withdrawals/{id}',
    role: 'exchange',
    summary: 'One withdrawal',
    params: byWithdrawalId,
    status: 200,
    reply: reply.withdrawal,
  },
  listWithdrawals: {
    method: 'get',
    path: '/v1/withdrawals',
    role: 'exchange',
    summary: 'Withdrawals, oldest first',
    query: z.strictObject({
      ...form.pageFields,
      userId: form.userId.optional(),
      status: reply.withdrawalStatus.optional(),
    }),
    status: 200,
    reply: form.page(reply.withdrawal),
  },
  cancelWithdrawal: {
    method: 'post',
    path: '/v1/withdrawals/{id}/cancel',
    role: 'exchange',
    summary: 'Cancel a withdrawal that is in no sweep yet, and credit the user again',
    params: byWithdrawalId,
    status: 200,
    reply: reply.withdrawal,
    idempotent: true,
  },
  createTransfer: {
    method: 'post',
    path: '/v1/transfers',
    role: 'exchange',
    summary: 'Move money between users; the entries sum to 0',
    body: z.strictObject({
      entries: z
        .array(z.strictObject({ userId: form.userId, amount: form.signedAmount }))
        .min(2)
        .max(form.TRANSFER_ENTRIES_MAX),
      reference: form.reference.optional(),
    }),
    status: 201,
    reply: reply.transfer,
    idempotent: true,
  },
  getTransfer: {
    method: 'get',
    path: '/v1/transfers/{id}',
    role: 'exchange',
    summary: 'One transfer',
    params: z.strictObject({ id: form.prefixedId('tr') }),
    status: 200,
    reply: reply.transfer,
  },
  getAddress: {
    method: 'get',
    path: '/v1/addresses/{address}',
    role: 'exchange',
    summary: 'Whose address it is, and whether it may be withdrawn to',
    params: z.strictObject({ address: form.addressInput }),
    query: z.strictObject({ checksum: form.checksumMode }),
    status: 200,
    reply: reply.addressInfo,
  },
};
