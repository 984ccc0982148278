/** One event of every type, with every optional part filled. */
import type { JournalEntry, JournalEvent, JournalEventType } from '../src/index.ts';

export const HASH_A: string = 'A'.repeat(81);
export const HASH_B: string = 'B'.repeat(81);
const TAG = '9'.repeat(27);
const DIGEST = 'ab'.repeat(32);
const HEAD = { number: 7, hash: DIGEST };

const list: readonly JournalEvent[] = [
  {
    type: 'keyring.paired',
    keyringId: `kr_${'11'.repeat(16)}`,
    network: 'private',
    publicKey: DIGEST,
    scheme: 'hkdf-sha512',
    securityLevel: 2,
    practice: false,
    label: 'vault',
    purpose: 'cold',
  },
  { type: 'keyring.switched', keyringId: 'kr_1', state: 'suspended' },
  {
    type: 'addresses.imported',
    keyringId: 'kr_1',
    batch: 1,
    root: DIGEST,
    addresses: [
      { address: HASH_A, securityLevel: 3, commitment: DIGEST, pool: 'hub', index: 0 },
      { address: HASH_B, securityLevel: 1, commitment: DIGEST, pool: 'deposit', index: 1 },
    ],
  },
  { type: 'user.created', userId: 'alice' },
  { type: 'address.assigned', address: HASH_A, userId: 'alice' },
  {
    type: 'deposit.confirmed',
    depositId: 'dep_1',
    address: HASH_A,
    amount: 2_779_530_283_277_761n,
    bundle: HASH_B,
    tail: HASH_A,
    index: 3,
    message: 'ODGAHDPCHDRCTCGAADHC',
  },
  { type: 'deposit.credited', depositId: 'dep_1' },
  {
    type: 'withdrawal.requested',
    withdrawalId: 'w1',
    userId: 'alice',
    address: HASH_B,
    amount: 1n,
    tag: TAG,
    reference: 'über "quoted" \\ \u2028',
    lossReason: 'moved to a wallet of ours',
  },
  { type: 'withdrawal.cancelled', withdrawalId: 'w1' },
  {
    type: 'withdrawal.replaced',
    withdrawalId: 'w1',
    replacementId: 'w2',
    reason: 'its input is gone',
  },
  { type: 'top-up.opened', address: HASH_A, reference: 'wire 7' },
  { type: 'address.quarantined', address: HASH_A, reason: 'the nodes say 4, the ledger 5' },
  { type: 'address.released', address: HASH_A, reason: 'they agree' },
  { type: 'balance.corrected', address: HASH_A, amount: -7n, reason: 'lost' },
  {
    type: 'transfer.booked',
    transferId: 'tr_1',
    entries: [
      { userId: 'alice', amount: -5n },
      { userId: 'bob', amount: 5n },
    ],
    reference: null,
  },
  {
    type: 'custody.opened',
    orderId: 'co_1',
    keyringId: 'kr_1',
    addresses: [HASH_A, HASH_B],
    amounts: [7n, 8n],
    slipDigest: DIGEST,
    createdAt: 1_600_000_000_000,
    reference: 'quarter 3',
  },
  {
    type: 'custody.received',
    orderId: 'co_1',
    receiptDigest: DIGEST,
    copies: ['safe A, paper', 'safe B'],
  },
  {
    type: 'bring-back.opened',
    orderId: 'co_2',
    custodyId: 'co_1',
    addresses: [HASH_A],
    reference: null,
  },
  { type: 'bring-back.done', orderId: 'co_2' },
  { type: 'cold-order.cancelled', orderId: 'co_2' },
  {
    type: 'cold-spend.opened',
    orderId: 'co_3',
    keyringId: 'kr_1',
    sweepId: HASH_A,
    reference: null,
  },
  {
    type: 'sweep.planned',
    sweepId: HASH_A,
    orderId: 'co_3',
    keyringId: 'kr_1',
    inputs: [{ address: HASH_A, amount: 9n, securityLevel: 2, depositIds: ['dep_1', 'dep_2'] }],
    outputs: [
      { address: HASH_B, amount: 4n, kind: 'withdrawal', withdrawalId: 'w1', tag: TAG },
      { address: HASH_A, amount: 5n, kind: 'cold', withdrawalId: null, tag: TAG },
    ],
    timestamp: 1_600_000_000,
    obsoleteTag: TAG,
  },
  {
    type: 'request.exported',
    requestId: 'sr_1',
    keyringId: 'kr_1',
    sequence: 1,
    digest: DIGEST,
    expectedHead: HEAD,
    createdAt: 1_600_000_000_000,
    sweepIds: [HASH_A],
  },
  {
    type: 'response.imported',
    requestId: 'sr_1',
    head: HEAD,
    signed: [HASH_A],
    refused: [{ sweepId: HASH_B, code: 'own_output_used' }],
  },
  { type: 'void.requested', requestId: 'sr_1', expectedHead: HEAD, createdAt: 1_600_000_000_001 },
  { type: 'request.voided', requestId: 'sr_1', head: HEAD, entryNumber: 7 },
  {
    type: 'record.imported',
    keyringId: 'kr_1',
    head: HEAD,
    sequence: 4,
    epoch: 2,
    networkAccepted: true,
    forgotten: [{ bundleHash: HASH_B, commitments: [DIGEST], withdrawalIds: ['w1'], alone: false }],
    surrendered: [DIGEST],
  },
  { type: 'sweep.attached', sweepId: HASH_A, tail: HASH_B },
  { type: 'sweep.confirmed', sweepId: HASH_A, tail: HASH_B },
  { type: 'sweep.replayed', sweepId: HASH_A, tail: HASH_B },
  {
    type: 'sweep.blocked',
    sweepId: HASH_A,
    reason: 'short',
    shortfalls: [{ address: HASH_B, amount: 3n }],
  },
  { type: 'sweep.unblocked', sweepId: HASH_A },
  { type: 'sweep.abandoned', sweepId: HASH_A, reason: 'its slip is lost' },
  {
    type: 'sweep.recovered',
    sweepId: HASH_A,
    keyringId: 'kr_1',
    inputs: [{ address: HASH_A, amount: 9n, securityLevel: 2, depositIds: ['dep_1'] }],
    outputs: [{ address: HASH_B, amount: 9n, kind: 'own', withdrawalId: null, tag: TAG }],
    timestamp: 1_600_000_000,
    obsoleteTag: TAG,
    tail: HASH_B,
    lossReason: 'moved by hand',
  },
  { type: 'alarm.raised', alarm: 'pool.low', subject: 'kr_1', detail: '3 addresses are left' },
  { type: 'alarm.cleared', alarm: 'pool.low', subject: 'kr_1' },
];

export const EVENTS: ReadonlyMap<JournalEventType, JournalEvent> = new Map(
  list.map((event) => [event.type, event]),
);

export function entryOf(
  event: JournalEvent,
  head: { readonly number: number; readonly hash: string } = { number: 0, hash: '0'.repeat(64) },
): JournalEntry {
  return { number: head.number + 1, previous: head.hash, at: 1_600_000_000_123, event };
}
