/** Routes of the operator's own money, of decisions about odd addresses and payouts, and of alarms. */
import { z } from 'zod';
import type {
  AlarmView,
  Correction,
  QuarantinedAddress,
  Reconciliation,
  TopUp,
} from './operator-types.ts';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const pageQuery = z.strictObject(form.pageFields);
const status = z.enum(['pooled', 'active', 'retired']);

const topUp: z.ZodType<TopUp> = z
  .strictObject({
    address: form.address,
    keyringId: form.prefixedId('kr'),
    reference: form.reference.nullable(),
    proof: form.base64,
  })
  .meta({ id: 'TopUp' });

const quarantinedAddress: z.ZodType<QuarantinedAddress> = z
  .strictObject({
    address: form.address,
    kind: z.enum(['deposit', 'hub']),
    userId: form.userId.nullable(),
    balance: form.amount,
    reason: z.string(),
  })
  .meta({ id: 'QuarantinedAddress' });

const correction: z.ZodType<Correction> = z
  .strictObject({ address: form.address, amount: form.signedAmount, balance: form.amount })
  .meta({ id: 'Correction' });

const alarm: z.ZodType<AlarmView> = z
  .strictObject({
    alarm: z.string(),
    subject: z.string(),
    detail: z.string(),
    raisedAt: form.time,
    clearedAt: form.time.nullable(),
  })
  .meta({ id: 'Alarm' });

const reconciliation: z.ZodType<Reconciliation> = z
  .strictObject({
    number: form.count,
    at: form.time,
    addresses: form.count,
    unknown: form.count,
    ledger: form.amount,
    nodes: form.amount,
    differences: z.array(
      z.strictObject({
        address: form.address,
        ledger: form.amount,
        nodes: form.amount,
        status,
        quarantined: form.flag,
      }),
    ),
  })
  .meta({ id: 'Reconciliation' });

export const operatorRoutes: Pick<
  RouteTable,
  | 'createTopUp'
  | 'createOperatorWithdrawal'
  | 'cancelOperatorWithdrawal'
  | 'replaceWithdrawal'
  | 'correctBalance'
  | 'listQuarantinedAddresses'
  | 'listAlarms'
  | 'clearAlarm'
  | 'getReconciliation'
> = {
  createTopUp: {
    method: 'post',
    path: '/v1/top-ups',
    role: 'officer',
    summary: "Open a hub address for the operator's own money",
    body: z.strictObject({
      keyringId: form.prefixedId('kr').optional(),
      reference: form.reference.optional(),
    }),
    status: 201,
    reply: topUp,
    idempotent: true,
  },
  createOperatorWithdrawal: {
    method: 'post',
    path: '/v1/operator-withdrawals',
    role: 'officer',
    summary: "Queue a payout of the operator's own money",
    body: z.strictObject({
      id: form.withdrawalId.optional(),
      address: form.addressInput,
      checksum: form.checksumMode,
      amount: form.amount,
      tag: form.tag.optional(),
      reference: form.reference.optional(),
      lossReason: form.reason.optional(),
    }),
    status: 201,
    reply: reply.withdrawal,
    idempotent: true,
  },
  cancelOperatorWithdrawal: {
    method: 'post',
    path: '/v1/operator-withdrawals/{id}/cancel',
    role: 'officer',
    summary: "Cancel a payout of the operator's own money that is in no sweep yet",
    params: z.strictObject({ id: form.withdrawalId }),
    status: 200,
    reply: reply.withdrawal,
    idempotent: true,
  },
  replaceWithdrawal: {
    method: 'post',
    path: '/v1/withdrawals/{id}/replace',
    role: 'officer',
    summary: "Pay a payout of a blocked sweep again, at the operator's risk of paying it twice",
    params: z.strictObject({ id: form.withdrawalId }),
    body: z.strictObject({ reason: form.reason }),
    status: 201,
    reply: reply.withdrawal,
    idempotent: true,
  },
  correctBalance: {
    method: 'post',
    path: '/v1/addresses/{address}/correct',
    role: 'officer',
    summary: 'Book what the nodes say of an address: the difference is the operator’s',
    params: z.strictObject({ address: form.addressInput }),
    body: z.strictObject({ reason: form.reason }),
    status: 201,
    reply: correction,
    idempotent: true,
  },
  listQuarantinedAddresses: {
    method: 'get',
    path: '/v1/quarantined-addresses',
    role: 'officer',
    summary: 'Addresses about which nodes and ledger disagree, by address',
    query: pageQuery,
    status: 200,
    reply: form.page(quarantinedAddress),
  },
  listAlarms: {
    method: 'get',
    path: '/v1/alarms',
    role: 'officer',
    summary: 'Alarms, raised ones unless status says otherwise, by name and subject',
    query: z.strictObject({ ...form.pageFields, status: z.enum(['raised', 'cleared']).optional() }),
    status: 200,
    reply: form.page(alarm),
  },
  clearAlarm: {
    method: 'post',
    path: '/v1/alarms/clear',
    role: 'officer',
    summary: 'Clear an alarm that no rule clears; it is raised again only if there is more of it',
    body: z.strictObject({
      alarm: z.string().max(64),
      subject: z.string().max(256),
    }),
    status: 200,
    reply: alarm,
  },
  getReconciliation: {
    method: 'get',
    path: '/v1/ledger/reconciliation',
    role: 'auditor',
    summary: 'Compare every address with the nodes now, and name each difference',
    status: 200,
    reply: reconciliation,
  },
};
