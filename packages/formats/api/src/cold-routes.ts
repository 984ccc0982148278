/** Routes of cold storage: setting hub addresses aside, slips and receipts, spending, bringing back. */
import { z } from 'zod';
import type {
  ColdOperations,
  ColdOrder,
  ColdProposal,
  HubAddress,
  NewColdOrder,
} from './cold-types.ts';
import { codesFields } from './light-routes.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

/** Addresses that one order may name: as many as a custody slip holds. */
const ORDER_ADDRESSES_MAX = 500;
/** Payouts of one bundle: few enough for an officer to read. */
const PAYOUTS_MAX = 20;

const byId = z.strictObject({ id: form.prefixedId('co') });
const keyringId = form.prefixedId('kr');
const addresses = z.array(form.addressInput).min(1).max(ORDER_ADDRESSES_MAX).optional();
const reference = form.reference.optional();

const hubAddress: z.ZodType<HubAddress> = z
  .strictObject({
    address: form.address,
    keyringId,
    balance: form.amount,
    temperature: z.enum(['hot', 'cold']),
    custodyId: form.prefixedId('co').nullable(),
    obstacle: z.string().nullable(),
  })
  .meta({ id: 'HubAddress' });

const coldOrder: z.ZodType<ColdOrder> = z
  .strictObject({
    id: form.prefixedId('co'),
    type: z.enum(['set-aside', 'bring-back', 'spend']),
    status: z.enum(['open', 'in-custody', 'done', 'cancelled']),
    keyringId,
    addresses: z.array(
      z.strictObject({
        address: form.address,
        balance: form.amount,
        state: z.enum(['held', 'spent', 'free', 'surrendered']),
      }),
    ),
    held: form.amount,
    slipWords: z.array(z.string()),
    copies: z.array(z.string()),
    custodyId: form.prefixedId('co').nullable(),
    sweepId: form.hash.nullable(),
    requestId: form.prefixedId('sr').nullable(),
    reference: form.reference.nullable(),
    createdAt: form.time,
    olderFiles: z.array(
      z.strictObject({
        type: z.enum(['address-batch', 'signing-request', 'custody-slip', 'backup', 'signer-home']),
        what: z.string(),
      }),
    ),
  })
  .meta({ id: 'ColdOrder' });

const coldProposal: z.ZodType<ColdProposal> = z
  .strictObject({
    why: z.string(),
    missing: form.amount,
    brings: form.amount,
    call: z.strictObject({
      method: z.literal('POST'),
      path: z.enum(['/v1/cold-orders', '/v1/top-ups']),
      body: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: 'ColdProposal' });

const payout = z.strictObject({
  id: form.withdrawalId.optional(),
  address: form.addressInput,
  checksum: form.checksumMode,
  amount: form.amount,
  tag: form.tag.optional(),
});

const newColdOrder: z.ZodType<NewColdOrder> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('set-aside'),
    keyringId: keyringId.optional(),
    addresses,
    amount: form.amount.optional(),
    reference,
  }),
  z.strictObject({
    type: z.literal('bring-back'),
    custodyId: form.prefixedId('co'),
    addresses,
    reference,
  }),
  z.strictObject({
    type: z.literal('spend'),
    keyringId,
    addresses,
    toHot: form.amount.optional(),
    hotKeyringId: keyringId.optional(),
    withdrawalIds: z.array(form.withdrawalId).min(1).max(PAYOUTS_MAX).optional(),
    payouts: z.array(payout).min(1).max(PAYOUTS_MAX).optional(),
    restKeyringId: keyringId.optional(),
    lossReason: form.reason.optional(),
    reference,
  }),
]);

export const coldRoutes: Pick<RouteTable, keyof ColdOperations> = {
  listHubAddresses: {
    method: 'get',
    path: '/v1/hub-addresses',
    role: 'officer',
    summary: 'Hub addresses with money, hot and cold, by address',
    query: z.strictObject({
      ...form.pageFields,
      temperature: z.enum(['hot', 'cold']).optional(),
    }),
    status: 200,
    reply: form.page(hubAddress),
  },
  listColdProposals: {
    method: 'get',
    path: '/v1/cold-proposals',
    role: 'officer',
    summary: 'What would make hot money suffice again, each as the call that does it',
    status: 200,
    reply: z.strictObject({ data: z.array(coldProposal) }),
  },
  createColdOrder: {
    method: 'post',
    path: '/v1/cold-orders',
    role: 'officer',
    summary: 'Set hub addresses aside, bring them back, or spend from cold addresses',
    body: newColdOrder,
    status: 201,
    reply: coldOrder,
    idempotent: true,
  },
  listColdOrders: {
    method: 'get',
    path: '/v1/cold-orders',
    role: 'officer',
    summary: 'Cold orders, oldest first',
    query: z.strictObject({
      ...form.pageFields,
      type: z.enum(['set-aside', 'bring-back', 'spend']).optional(),
    }),
    status: 200,
    reply: form.page(coldOrder),
  },
  getColdOrder: {
    method: 'get',
    path: '/v1/cold-orders/{id}',
    role: 'officer',
    summary: 'One cold order, with what its addresses hold now',
    params: byId,
    status: 200,
    reply: coldOrder,
  },
  getCustodySlip: {
    method: 'get',
    path: '/v1/cold-orders/{id}/slip',
    role: 'officer',
    summary:
      'The custody slip of a set-aside, until its receipt comes: file, codes, or a page to print',
    params: byId,
    query: z.strictObject({
      ...codesFields,
      format: z.enum(['file', 'html', 'gif', 'frames', 'print']).optional(),
    }),
    status: 200,
    reply: 'media',
  },
  importCustodySlip: {
    method: 'post',
    path: '/v1/cold-orders/{id}/slip',
    role: 'officer',
    summary: 'Complete a bring-back with its slip: the UUIDs are kept here again',
    params: byId,
    body: 'file',
    status: 200,
    reply: coldOrder,
  },
  importCustodyReceipt: {
    method: 'post',
    path: '/v1/cold-orders/{id}/receipt',
    role: 'officer',
    summary: "Complete a set-aside with the signer's receipt: the UUIDs are erased here",
    params: byId,
    body: 'file',
    status: 200,
    reply: coldOrder,
  },
  cancelColdOrder: {
    method: 'post',
    path: '/v1/cold-orders/{id}/cancel',
    role: 'officer',
    summary: 'Call off a set-aside without a receipt, or a bring-back without its slip',
    params: byId,
    status: 200,
    reply: coldOrder,
  },
  repeatColdSpend: {
    method: 'post',
    path: '/v1/cold-orders/{id}/repeat',
    role: 'officer',
    summary: 'Ask for the same bundle again, whose request was voided',
    params: byId,
    status: 201,
    reply: coldOrder,
    idempotent: true,
  },
};
