/** Routes of the role officer: keyrings, address batches, signing requests and responses, sweeps. */
import { z } from 'zod';
import * as reply from './reply-schema.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

const pageQuery = z.strictObject(form.pageFields);
const byKeyringId = z.strictObject({ id: form.prefixedId('kr') });
const byRequestId = z.strictObject({ id: form.prefixedId('sr') });

export const keyringRoutes: Pick<
  RouteTable,
  | 'getPairingCard'
  | 'pairKeyring'
  | 'listKeyrings'
  | 'getKeyring'
  | 'suspendKeyring'
  | 'activateKeyring'
  | 'importAddressBatch'
  | 'getKeyringRecord'
  | 'importRecordExport'
> = {
  getPairingCard: {
    method: 'get',
    path: '/v1/pairing-card',
    role: 'officer',
    summary: "This coordinator's pairing card, for signers",
    status: 200,
    reply: 'file',
  },
  pairKeyring: {
    method: 'post',
    path: '/v1/keyrings',
    role: 'officer',
    summary: "Pair with a signer by its pairing card; compare the words with the signer's screen",
    query: z.strictObject({ purpose: z.enum(['hot', 'cold']).optional() }),
    body: 'file',
    status: 201,
    reply: reply.keyring,
  },
  listKeyrings: {
    method: 'get',
    path: '/v1/keyrings',
    role: 'officer',
    summary: 'Keyrings, by id',
    query: pageQuery,
    status: 200,
    reply: form.page(reply.keyring),
  },
  getKeyring: {
    method: 'get',
    path: '/v1/keyrings/{id}',
    role: 'officer',
    summary: 'One keyring: head, pools, outstanding requests',
    params: byKeyringId,
    status: 200,
    reply: reply.keyring,
  },
  suspendKeyring: {
    method: 'post',
    path: '/v1/keyrings/{id}/suspend',
    role: 'officer',
    summary: 'No new addresses and no new requests for this keyring',
    params: byKeyringId,
    status: 200,
    reply: reply.keyring,
  },
  activateKeyring: {
    method: 'post',
    path: '/v1/keyrings/{id}/activate',
    role: 'officer',
    summary: 'Use this keyring again',
    params: byKeyringId,
    status: 200,
    reply: reply.keyring,
  },
  importAddressBatch: {
    method: 'post',
    path: '/v1/address-batches',
    role: 'officer',
    summary: 'Fill the pools from a batch that a signer made',
    body: 'file',
    status: 201,
    reply: z.strictObject({
      keyringId: form.prefixedId('kr'),
      batch: form.count,
      added: form.count,
      alreadyImported: form.flag,
      pool: reply.pool,
    }),
  },
  getKeyringRecord: {
    method: 'get',
    path: '/v1/keyrings/{id}/record',
    role: 'officer',
    summary: "All entries of the signer's record that are known here, to resume a signer with",
    params: byKeyringId,
    status: 200,
    reply: 'file',
  },
  importRecordExport: {
    method: 'post',
    path: '/v1/record-exports',
    role: 'officer',
    summary: "Import the signer's record: after this coordinator was restored from a backup",
    body: 'file',
    status: 201,
    reply: z.strictObject({
      keyringId: form.prefixedId('kr'),
      head: reply.head,
      added: form.count,
      behind: form.count,
      alreadyImported: form.flag,
      forgottenBundles: z.array(form.hash),
      blockedWithdrawals: z.array(form.withdrawalId),
      voidedRequests: z.array(form.prefixedId('sr')),
    }),
  },
};

export const signingRoutes: Pick<
  RouteTable,
  | 'createSigningRequest'
  | 'listSigningRequests'
  | 'getSigningRequest'
  | 'getSigningRequestFile'
  | 'importSigningResponse'
  | 'voidSigningRequest'
  | 'getVoidFile'
  | 'importVoidReceipt'
  | 'listSweeps'
  | 'getSweep'
  | 'abandonSweep'
  | 'bookForgottenBundle'
> = {
  createSigningRequest: {
    method: 'post',
    path: '/v1/signing-requests',
    role: 'officer',
    summary: 'Plan sweeps and payouts and export them for signing',
    body: z.strictObject({
      keyringId: form.prefixedId('kr'),
      maxSweeps: z.number().int().min(1).max(32).optional(),
      maxInputs: z.number().int().min(1).max(20).optional(),
      dryRun: form.flag.optional(),
    }),
    status: 201,
    reply: reply.signingRequest,
    idempotent: true,
  },
  listSigningRequests: {
    method: 'get',
    path: '/v1/signing-requests',
    role: 'officer',
    summary: 'Signing requests, oldest first',
    query: z.strictObject({
      ...form.pageFields,
      status: reply.requestStatus.optional(),
    }),
    status: 200,
    reply: form.page(reply.signingRequest),
  },
  getSigningRequest: {
    method: 'get',
    path: '/v1/signing-requests/{id}',
    role: 'officer',
    summary: 'One signing request',
    params: byRequestId,
    status: 200,
    reply: reply.signingRequest,
  },
  getSigningRequestFile: {
    method: 'get',
    path: '/v1/signing-requests/{id}/file',
    role: 'officer',
    summary: 'The file to carry to the signer: the same bytes always',
    params: byRequestId,
    status: 200,
    reply: 'file',
  },
  importSigningResponse: {
    method: 'post',
    path: '/v1/signing-responses',
    role: 'officer',
    summary: 'Import what the signer answered; its sweeps are attached and broadcast',
    body: 'file',
    status: 201,
    reply: z.strictObject({
      requestId: form.prefixedId('sr'),
      sweeps: reply.sweepStates,
      alreadyImported: form.flag,
    }),
  },
  voidSigningRequest: {
    method: 'post',
    path: '/v1/signing-requests/{id}/void',
    role: 'officer',
    summary: 'Ask that a request never be signed; its sweeps stay locked and are asked again later',
    params: byRequestId,
    status: 200,
    reply: reply.signingRequest,
  },
  getVoidFile: {
    method: 'get',
    path: '/v1/signing-requests/{id}/void-file',
    role: 'officer',
    summary: 'The void request to carry to the signer: the same bytes always',
    params: byRequestId,
    status: 200,
    reply: 'file',
  },
  importVoidReceipt: {
    method: 'post',
    path: '/v1/void-receipts',
    role: 'officer',
    summary: "Import the signer's receipt of a void; the next request asks for the sweeps again",
    body: 'file',
    status: 201,
    reply: z.strictObject({
      requestId: form.prefixedId('sr'),
      sweeps: reply.sweepStates,
      alreadyImported: form.flag,
    }),
  },
  listSweeps: {
    method: 'get',
    path: '/v1/sweeps',
    role: 'officer',
    summary: 'Sweeps, by bundle hash',
    query: z.strictObject({
      ...form.pageFields,
      status: reply.sweepStatus.optional(),
    }),
    status: 200,
    reply: form.page(reply.sweep),
  },
  getSweep: {
    method: 'get',
    path: '/v1/sweeps/{bundleHash}',
    role: 'officer',
    summary: 'One sweep',
    params: z.strictObject({ bundleHash: form.hash }),
    status: 200,
    reply: reply.sweep,
  },
  abandonSweep: {
    method: 'post',
    path: '/v1/sweeps/{bundleHash}/abandon',
    role: 'officer',
    summary:
      'Give up a bundle that was not signed: voided, refused, or without its keys; its inputs stay locked',
    params: z.strictObject({ bundleHash: form.hash }),
    body: z.strictObject({ reason: form.reason }),
    status: 200,
    reply: reply.sweep,
    idempotent: true,
  },
  bookForgottenBundle: {
    method: 'post',
    path: '/v1/forgotten-bundles/{bundleHash}/book',
    role: 'officer',
    summary: 'Book a confirmed forgotten bundle now; the operator bears what is missing',
    params: z.strictObject({ bundleHash: form.hash }),
    body: z.strictObject({ reason: form.reason }),
    status: 201,
    reply: z.strictObject({ bundleHash: form.hash, operator: form.signedAmount }),
    idempotent: true,
  },
};
