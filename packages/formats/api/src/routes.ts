/** Every route of the API: method, path, role, what it takes and gives. Server, client and OpenAPI text read it. */
import { z } from 'zod';
import type { OperationId, Operations, Role } from './operation-types.ts';
import * as reply from './reply-schema.ts';
import * as form from './schema.ts';

type Schema<T> = z.ZodType<T, unknown>;

export interface Route<K extends OperationId = OperationId> {
  readonly method: 'get' | 'post' | 'delete';
  /** With `{name}` for parameters. */
  readonly path: string;
  /** Null: open to all. An admin key opens every route. */
  readonly role: Role | null;
  readonly summary: string;
  readonly params?: Schema<Operations[K]['params']>;
  readonly query?: Schema<Operations[K]['query']>;
  /** A schema for JSON; 'file' for the bytes of an Airlock file. */
  readonly body?: Schema<Operations[K]['body']> | 'file';
  readonly status: 200 | 201;
  /** A schema for JSON; 'file' for bytes. */
  readonly reply: Schema<Operations[K]['reply']> | 'file';
  /** Whether the header Idempotency-Key is required. */
  readonly idempotent?: true;
}

const none = z.strictObject({});
const pageQuery = z.strictObject(form.pageFields);
const byUserId = z.strictObject({ id: form.userId });
const byKeyringId = z.strictObject({ id: form.prefixedId('kr') });
const byRequestId = z.strictObject({ id: form.prefixedId('sr') });
const byWithdrawalId = z.strictObject({ id: form.withdrawalId });

const userRoutes: Pick<
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
    summary: 'Hand out a fresh deposit address',
    params: byUserId,
    body: z.strictObject({ keyringId: form.prefixedId('kr').optional() }),
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

const moneyRoutes: Pick<
  RouteTable,
  | 'createWithdrawal'
  | 'getWithdrawal'
  | 'listWithdrawals'
  | 'cancelWithdrawal'
  | 'createTransfer'
  | 'getTransfer'
  | 'getAddress'
  | 'listEvents'
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
    status: 200,
    reply: reply.addressInfo,
  },
  listEvents: {
    method: 'get',
    path: '/v1/events',
    role: 'exchange',
    summary: "The journal's events, oldest first; the cursor is the journal number",
    query: z.strictObject({
      ...form.pageFields,
      types: z
        .string()
        .regex(/^[a-z.,-]{1,256}$/, 'event types, separated by commas')
        .optional(),
    }),
    status: 200,
    reply: form.page(reply.journalEvent),
  },
};

const keyringRoutes: Pick<
  RouteTable,
  | 'getPairingCard'
  | 'pairKeyring'
  | 'listKeyrings'
  | 'getKeyring'
  | 'suspendKeyring'
  | 'activateKeyring'
  | 'importAddressBatch'
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
};

const signingRoutes: Pick<
  RouteTable,
  | 'createSigningRequest'
  | 'listSigningRequests'
  | 'getSigningRequest'
  | 'getSigningRequestFile'
  | 'importSigningResponse'
  | 'listSweeps'
  | 'getSweep'
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
      status: z.enum(['outstanding', 'answered']).optional(),
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
      sweeps: z.array(z.strictObject({ bundleHash: form.hash, status: z.string() })),
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
      status: z
        .string()
        .regex(/^[a-z]{1,16}$/)
        .optional(),
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
};

const adminRoutes: Pick<
  RouteTable,
  | 'getStats'
  | 'getStatement'
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
    summary: 'Whether store and node can be used',
    status: 200,
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

export type RouteTable = { readonly [K in OperationId]: Route<K> };

export const ROUTES: RouteTable = {
  ...userRoutes,
  ...moneyRoutes,
  ...keyringRoutes,
  ...signingRoutes,
  ...adminRoutes,
};

export const OPERATION_IDS: readonly OperationId[] = Object.keys(ROUTES) as OperationId[];

/** What a route without parameters, query or body takes there. */
export const NONE: Schema<Readonly<Record<string, never>>> = none;
