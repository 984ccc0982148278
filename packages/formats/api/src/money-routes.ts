/** Routes of withdrawals, transfers, and addresses before somebody pays to them. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const byWithdrawalId = z.strictObject({ id: form.withdrawalId });

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
