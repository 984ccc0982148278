/** The schemas of what the API gives back, for the OpenAPI text and for tests of the replies. */
import { z } from 'zod';
import type { NodeHealthView, NodesView } from './node-types.ts';
import type {
  Keyring,
  SigningRequestStatus,
  SigningRequestView,
  Sweep,
  SweepState,
  SweepStatus,
} from './officer-types.ts';
import type {
  AddressInfo,
  ApiKey,
  Deposit,
  DepositAddress,
  Health,
  HistoryEntry,
  JournalEventView,
  Statement,
  Stats,
  Transfer,
  User,
  Withdrawal,
} from './operation-types.ts';
import * as form from './schema.ts';

const optionalId = z.string().optional();
const nullableHash = form.hash.nullable();

export const roleSchema: z.ZodType<ApiKey['role']> = z.enum([
  'exchange',
  'officer',
  'auditor',
  'admin',
]);

export const user: z.ZodType<User> = z
  .strictObject({
    id: form.userId,
    balance: z.strictObject({
      available: form.amount,
      pendingDeposits: form.amount,
      pendingWithdrawals: form.amount,
    }),
  })
  .meta({ id: 'User' });

export const depositAddress: z.ZodType<DepositAddress> = z
  .strictObject({
    address: form.address,
    status: z.enum(['active', 'retired']),
    keyringId: form.prefixedId('kr'),
    securityLevel: z.number().int().min(1).max(3),
    proof: form.base64,
  })
  .meta({ id: 'DepositAddress' });

export const historyEntry: z.ZodType<HistoryEntry> = z
  .strictObject({
    number: form.count,
    type: z.string(),
    amount: form.signedAmount,
    balanceAfter: form.amount,
    depositId: optionalId,
    withdrawalId: optionalId,
    transferId: optionalId,
    sweepId: optionalId,
    at: form.time,
  })
  .meta({ id: 'HistoryEntry' });

export const depositStatus: z.ZodType<Deposit['status']> = z.enum([
  'detected',
  'confirmed',
  'credited',
  'stranded',
  'quarantined',
]);

export const deposit: z.ZodType<Deposit> = z
  .strictObject({
    id: form.prefixedId('dep').nullable(),
    userId: form.userId,
    address: form.address,
    amount: form.amount,
    bundle: form.hash,
    index: form.count,
    status: depositStatus,
    sweepId: nullableHash,
    message: z.string().nullable(),
  })
  .meta({ id: 'Deposit' });

export const withdrawalStatus: z.ZodType<Withdrawal['status']> = z.enum([
  'queued',
  'planned',
  'requested',
  'signed',
  'attached',
  'confirmed',
  'cancelled',
  'blocked',
]);

export const withdrawal: z.ZodType<Withdrawal> = z
  .strictObject({
    id: form.withdrawalId,
    userId: form.userId.nullable(),
    address: form.address,
    amount: form.amount,
    tag: form.tag,
    reference: form.reference.nullable(),
    status: withdrawalStatus,
    sweepId: nullableHash,
    replacedBy: form.withdrawalId.nullable(),
    cancellable: form.flag,
  })
  .meta({ id: 'Withdrawal' });

export const transfer: z.ZodType<Transfer> = z
  .strictObject({
    id: form.prefixedId('tr'),
    number: form.count,
    entries: z.array(z.strictObject({ userId: form.userId, amount: form.signedAmount })),
    reference: form.reference.nullable(),
  })
  .meta({ id: 'Transfer' });

export const addressInfo: z.ZodType<AddressInfo> = z
  .strictObject({
    kind: z.enum(['none', 'deposit', 'hub', 'cold']),
    userId: form.userId.nullable(),
    spent: form.flag,
    balance: form.amount,
    withdrawable: form.flag,
    reasons: z.array(z.string()),
    quarantine: z.string().nullable(),
  })
  .meta({ id: 'AddressInfo' });

export const journalEvent: z.ZodType<JournalEventView> = z
  .strictObject({
    number: form.count,
    at: form.time,
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

export const head: z.ZodType<Keyring['head']> = z.strictObject({
  number: form.count,
  hash: form.digest,
});

export const pool: z.ZodType<Keyring['pool']> = z.strictObject({
  deposit: form.count,
  hub: form.count,
  daysLeft: z.number().nullable(),
});

export const keyring: z.ZodType<Keyring> = z
  .strictObject({
    id: form.prefixedId('kr'),
    network: z.string(),
    purpose: z.enum(['hot', 'cold']),
    state: z.enum(['active', 'suspended']),
    label: z.string(),
    practice: form.flag,
    securityLevel: z.number().int(),
    scheme: z.string(),
    fingerprintWords: form.words,
    head,
    headWords: form.words,
    epoch: form.count,
    networkAccepted: form.flag,
    pool,
    outstanding: z.array(form.prefixedId('sr')),
  })
  .meta({ id: 'Keyring' });

export const requestStatus: z.ZodType<SigningRequestStatus> = z.enum([
  'outstanding',
  'void-requested',
  'voided',
  'answered',
]);

export const sweepStatus: z.ZodType<SweepStatus> = z.enum([
  'planned',
  'requested',
  'refused',
  'blocked',
  'signed',
  'attached',
  'confirmed',
]);

export const sweepStates: z.ZodType<SweepState[]> = z.array(
  z.strictObject({ bundleHash: form.hash, status: sweepStatus }),
);

export const signingRequest: z.ZodType<SigningRequestView> = z
  .strictObject({
    id: form.prefixedId('sr').nullable(),
    sequence: form.count,
    keyringId: form.prefixedId('kr'),
    status: z.union([z.literal('dry-run'), requestStatus]),
    digestWords: z.array(z.string()),
    voidWords: z.array(z.string()),
    totalsByClass: z.strictObject({
      spent: form.amount,
      own: form.amount,
      cold: form.amount,
      withdrawals: form.amount,
    }),
    sweeps: z.array(
      z.strictObject({
        bundleHash: form.hash,
        inputs: form.count,
        spent: form.amount,
        toOwn: form.amount,
        toCold: form.amount,
        toWithdrawals: form.amount,
        withdrawalIds: z.array(form.withdrawalId),
      }),
    ),
    leftOut: z.array(z.strictObject({ id: z.string(), reason: z.string() })),
  })
  .meta({ id: 'SigningRequest' });

export const sweep: z.ZodType<Sweep> = z
  .strictObject({
    bundleHash: form.hash,
    keyringId: form.prefixedId('kr'),
    orderId: form.prefixedId('co').nullable(),
    requestId: form.prefixedId('sr').nullable(),
    status: sweepStatus,
    inputs: z.array(z.strictObject({ address: form.address, amount: form.amount })),
    outputs: z.array(
      z.strictObject({
        address: form.address,
        amount: form.amount,
        kind: z.enum(['own', 'cold', 'withdrawal', 'unasked']),
      }),
    ),
    withdrawalIds: z.array(form.withdrawalId),
    tails: z.array(form.hash),
    confirmedTail: nullableHash,
    abandoned: z.string().nullable(),
    shortfalls: z.array(z.strictObject({ address: form.address, amount: form.amount })),
  })
  .meta({ id: 'Sweep' });

export const statement: z.ZodType<Statement> = z
  .strictObject({
    number: form.count,
    assets: form.amount,
    users: form.amount,
    unpaidWithdrawals: form.amount,
    uncredited: form.amount,
    quarantined: form.amount,
    stranded: form.amount,
    operator: form.signedAmount,
    difference: form.signedAmount,
  })
  .meta({ id: 'Statement' });

const countsByStatus = z.record(z.string(), form.count);

export const stats: z.ZodType<Stats> = z
  .strictObject({
    users: form.count,
    userBalances: form.amount,
    addresses: z.strictObject({ pooled: form.count, active: form.count, retired: form.count }),
    withdrawals: countsByStatus,
    sweeps: countsByStatus,
    journalNumber: form.count,
  })
  .meta({ id: 'Stats' });

const nodeHealth: z.ZodType<NodeHealthView> = z
  .strictObject({
    name: z.string().meta({ example: 'https://node.example' }),
    state: z.enum(['ok', 'failing', 'lagging', 'disagrees', 'unknown']),
    since: form.time,
    detail: z.string(),
    milestone: z.number().int().nullable(),
  })
  .meta({ id: 'NodeHealth' });

export const nodes: z.ZodType<NodesView> = z.strictObject({
  quorum: form.count,
  nodes: z.array(nodeHealth),
});

const apiKeyFields = {
  id: form.prefixedId('key'),
  role: roleSchema,
  name: z.string(),
  createdAt: form.time,
};

export const apiKey: z.ZodType<ApiKey> = z.strictObject(apiKeyFields).meta({ id: 'ApiKey' });

export const newApiKey: z.ZodType<ApiKey & { readonly key: string }> = z.strictObject({
  ...apiKeyFields,
  key: z.string(),
});

export const health: z.ZodType<Health> = z
  .strictObject({
    status: z.enum(['ok', 'unready']),
    network: z.string(),
    checks: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Health' });
