/** The schemas by which stored events are parsed back; unknown fields and types are refused. */
import { z } from 'zod';
import { ALARMS, type JournalEvent, type JournalEventType } from './event.ts';

const amount = z
  .string()
  .regex(/^-?(0|[1-9][0-9]{0,15})$/)
  .transform((text) => BigInt(text));
const hash = z.string().regex(/^[9A-Z]{81}$/);
const tag = z.string().regex(/^[9A-Z]{27}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const text = z.string().max(256);
const count = z.number().int().nonnegative();
const level = z.number().int().min(1).max(3);
/** A signatureMessageFragment has 2,187 trytes. */
const message = z.string().regex(/^[9A-Z]{0,2187}$/);
const head = z.strictObject({ number: count, hash: digest });

const shortfall = z.strictObject({ address: hash, amount });

const sweepInput = z.strictObject({
  address: hash,
  amount,
  securityLevel: level,
  depositIds: z.array(text),
});

const sweepOutput = z.strictObject({
  address: hash,
  amount,
  kind: z.enum(['own', 'cold', 'withdrawal', 'unasked']),
  withdrawalId: text.nullable(),
  tag,
});

const journaledAddress = z.strictObject({
  address: hash,
  securityLevel: level,
  commitment: digest,
  pool: z.enum(['deposit', 'hub']),
  index: count,
});

const forgottenBundle = z.strictObject({
  bundleHash: hash,
  commitments: z.array(digest),
  withdrawalIds: z.array(text),
  alone: z.boolean(),
});

const entitySchemas = [
  z.strictObject({
    type: z.literal('keyring.paired'),
    keyringId: text,
    network: text,
    publicKey: digest,
    scheme: text,
    securityLevel: level,
    practice: z.boolean(),
    label: text,
    purpose: z.enum(['hot', 'cold']),
  }),
  z.strictObject({
    type: z.literal('keyring.switched'),
    keyringId: text,
    state: z.enum(['active', 'suspended']),
  }),
  z.strictObject({
    type: z.literal('addresses.imported'),
    keyringId: text,
    batch: count,
    root: digest,
    addresses: z.array(journaledAddress),
  }),
  z.strictObject({ type: z.literal('user.created'), userId: text }),
  z.strictObject({ type: z.literal('address.assigned'), address: hash, userId: text }),
] as const;

const moneySchemas = [
  z.strictObject({
    type: z.literal('deposit.confirmed'),
    depositId: text,
    address: hash,
    amount,
    bundle: hash,
    tail: hash,
    index: count,
    message: message.nullable(),
  }),
  z.strictObject({ type: z.literal('deposit.credited'), depositId: text }),
  z.strictObject({
    type: z.literal('top-up.opened'),
    address: hash,
    reference: text.nullable(),
  }),
  z.strictObject({ type: z.literal('address.quarantined'), address: hash, reason: text }),
  z.strictObject({ type: z.literal('address.released'), address: hash, reason: text }),
  z.strictObject({ type: z.literal('balance.corrected'), address: hash, amount, reason: text }),
  z.strictObject({
    type: z.literal('withdrawal.requested'),
    withdrawalId: text,
    userId: text.nullable(),
    address: hash,
    amount,
    tag,
    reference: text.nullable(),
    lossReason: text.nullable(),
  }),
  z.strictObject({ type: z.literal('withdrawal.cancelled'), withdrawalId: text }),
  z.strictObject({
    type: z.literal('withdrawal.replaced'),
    withdrawalId: text,
    replacementId: text,
    reason: text,
  }),
  z.strictObject({
    type: z.literal('transfer.booked'),
    transferId: text,
    entries: z.array(z.strictObject({ userId: text, amount })),
    reference: text.nullable(),
  }),
] as const;

const coldSchemas = [
  z.strictObject({
    type: z.literal('custody.opened'),
    orderId: text,
    keyringId: text,
    addresses: z.array(hash),
    amounts: z.array(amount),
    slipDigest: digest,
    createdAt: count,
    reference: text.nullable(),
  }),
  z.strictObject({
    type: z.literal('custody.received'),
    orderId: text,
    receiptDigest: digest,
    copies: z.array(text),
  }),
  z.strictObject({
    type: z.literal('bring-back.opened'),
    orderId: text,
    custodyId: text,
    addresses: z.array(hash),
    reference: text.nullable(),
  }),
  z.strictObject({ type: z.literal('bring-back.done'), orderId: text }),
  z.strictObject({ type: z.literal('cold-order.cancelled'), orderId: text }),
  z.strictObject({
    type: z.literal('cold-spend.opened'),
    orderId: text,
    keyringId: text,
    sweepId: hash,
    reference: text.nullable(),
  }),
] as const;

const sweepSchemas = [
  z.strictObject({
    type: z.literal('sweep.planned'),
    sweepId: hash,
    orderId: text.nullable(),
    keyringId: text,
    inputs: z.array(sweepInput),
    outputs: z.array(sweepOutput),
    timestamp: count,
    obsoleteTag: tag,
  }),
  z.strictObject({
    type: z.literal('request.exported'),
    requestId: text,
    keyringId: text,
    sequence: count,
    digest,
    expectedHead: head,
    createdAt: count,
    sweepIds: z.array(hash),
  }),
  z.strictObject({
    type: z.literal('response.imported'),
    requestId: text,
    head,
    signed: z.array(hash),
    refused: z.array(z.strictObject({ sweepId: hash, code: text })),
  }),
  z.strictObject({
    type: z.literal('void.requested'),
    requestId: text,
    expectedHead: head,
    createdAt: count,
  }),
  z.strictObject({
    type: z.literal('request.voided'),
    requestId: text,
    head,
    entryNumber: count,
  }),
  z.strictObject({
    type: z.literal('record.imported'),
    keyringId: text,
    head,
    sequence: count,
    epoch: count,
    networkAccepted: z.boolean(),
    forgotten: z.array(forgottenBundle),
    surrendered: z.array(digest),
  }),
  z.strictObject({ type: z.literal('sweep.attached'), sweepId: hash, tail: hash }),
  z.strictObject({ type: z.literal('sweep.confirmed'), sweepId: hash, tail: hash }),
  z.strictObject({ type: z.literal('sweep.replayed'), sweepId: hash, tail: hash }),
  z.strictObject({
    type: z.literal('sweep.blocked'),
    sweepId: hash,
    reason: text,
    shortfalls: z.array(shortfall),
  }),
  z.strictObject({ type: z.literal('sweep.unblocked'), sweepId: hash }),
  z.strictObject({ type: z.literal('sweep.abandoned'), sweepId: hash, reason: text }),
  z.strictObject({
    type: z.literal('sweep.recovered'),
    sweepId: hash,
    keyringId: text,
    inputs: z.array(sweepInput),
    outputs: z.array(sweepOutput),
    timestamp: count,
    obsoleteTag: tag,
    tail: hash,
    lossReason: text.nullable(),
  }),
] as const;

const alarm = z.enum(ALARMS);

const alarmSchemas = [
  z.strictObject({ type: z.literal('alarm.raised'), alarm, subject: text, detail: text }),
  z.strictObject({ type: z.literal('alarm.cleared'), alarm, subject: text }),
] as const;

const eventSchemas = [...entitySchemas, ...moneySchemas, ...coldSchemas, ...sweepSchemas] as const;

const journalEvent: z.ZodType<JournalEvent> = z.discriminatedUnion('type', [
  ...eventSchemas,
  ...alarmSchemas,
]);

/** Types of all events but alarms, whose readers know them by the names in {@link ALARMS}. */
export const EVENT_TYPES: readonly JournalEventType[] = eventSchemas.map(
  ({ shape }) => shape.type.value,
);

export interface EntryFields {
  readonly number: number;
  readonly previous: string;
  readonly at: number;
  readonly event: JournalEvent;
}

export const entrySchema: z.ZodType<EntryFields> = z.strictObject({
  number: z.number().int().positive(),
  previous: digest,
  at: count,
  event: journalEvent,
});
