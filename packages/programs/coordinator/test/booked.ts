/** A ledger alone, without node, signer or keys: addresses are made up, events recorded one by one. */
import type { JournalEvent, SweepInput, SweepOutput } from '@airlock/journal';
import { depositIdOf } from '../src/ledger/booking.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import type { TotalsRow } from '../src/ledger/rows.ts';
import { ZERO_TOTALS } from '../src/ledger/rows.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import type { Store } from '../src/store/store.ts';
import { differenceOf } from './world.ts';

export const KEYRING: string = `kr_${'11'.repeat(16)}`;
export const NULL_TAG: string = '9'.repeat(27);
const LETTERS = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** 81 trytes that name a number. */
export function trytesOf(prefix: string, number: number): string {
  let text = '';
  for (let rest = number; rest > 0; rest = Math.floor(rest / 27)) text += LETTERS[rest % 27];
  return `${prefix}${text}`.padEnd(81, '9');
}

export const depositAddress = (number: number): string => trytesOf('D', number);
export const hubAddress = (number: number): string => trytesOf('H', number);
export const commitmentOf = (number: number): string => number.toString(16).padStart(64, '0');

export interface Booked {
  readonly ledger: Ledger;
  readonly store: Store;
  /** Records events in one command. */
  readonly record: (...events: readonly JournalEvent[]) => Promise<unknown>;
  readonly totals: () => TotalsRow;
}

export async function openBooked(store: Store = createMemoryStore()): Promise<Booked> {
  let at = 1_700_000_000_000;
  const ledger = await Ledger.open(store, () => {
    at += 1;
    return at;
  });
  return {
    ledger,
    store,
    record: async (...events) => {
      const result = await ledger.execute(({ record }) => events.map(record));
      if (differenceOf(ledger.state) !== 0n) throw new Error('the equation is broken');
      return result;
    },
    totals: () => ledger.state.get('totals', '') ?? ZERO_TOTALS,
  };
}

export const paired: Extract<JournalEvent, { type: 'keyring.paired' }> = {
  type: 'keyring.paired',
  keyringId: KEYRING,
  network: 'private',
  publicKey: 'ab'.repeat(32),
  scheme: 'hkdf-sha512',
  securityLevel: 1,
  practice: false,
  label: 'vault',
  purpose: 'hot',
};

export const COLD_KEYRING: string = `kr_${'22'.repeat(16)}`;
export const coldAddress = (number: number): string => trytesOf('C', number);

/** A cold keyring with hub addresses 1 to n. */
export function coldKeyring(count: number): JournalEvent[] {
  const keyring = { keyringId: COLD_KEYRING, label: 'cold vault', purpose: 'cold' } as const;
  const addresses = Array.from({ length: count }, (_, index) => ({
    address: coldAddress(index + 1),
    securityLevel: 1,
    commitment: commitmentOf(2_000_000 + index + 1),
    pool: 'hub' as const,
    index,
  }));
  const batch = { keyringId: COLD_KEYRING, batch: 1, root: 'cd'.repeat(32), addresses };
  return [
    { ...paired, ...keyring },
    { type: 'addresses.imported', ...batch },
  ];
}

/** Deposit addresses 1 to n and hub addresses 1 to n. */
export function imported(count: number, batch = 1, from = 1): JournalEvent {
  const numbers = Array.from({ length: count }, (_, i) => from + i);
  return {
    type: 'addresses.imported',
    keyringId: KEYRING,
    batch,
    root: 'cd'.repeat(32),
    addresses: [
      ...numbers.map((number, index) => ({
        address: depositAddress(number),
        securityLevel: 1,
        commitment: commitmentOf(number),
        pool: 'deposit' as const,
        index,
      })),
      ...numbers.map((number, index) => ({
        address: hubAddress(number),
        securityLevel: 1,
        commitment: commitmentOf(1_000_000 + number),
        pool: 'hub' as const,
        index: count + index,
      })),
    ],
  };
}

export const user = (userId: string): JournalEvent => ({ type: 'user.created', userId });
export const assigned = (userId: string, number: number): JournalEvent => ({
  type: 'address.assigned',
  address: depositAddress(number),
  userId,
});

export function arrived(address: string, amount: bigint, tail: number): JournalEvent {
  const hash = trytesOf('T', tail);
  return {
    type: 'deposit.confirmed',
    depositId: depositIdOf(hash, 0),
    address,
    amount,
    bundle: trytesOf('B', tail),
    tail: hash,
    index: 0,
    message: null,
  };
}

export const depositIdAt = (tail: number): string => depositIdOf(trytesOf('T', tail), 0);
export const credited = (tail: number): JournalEvent => ({
  type: 'deposit.credited',
  depositId: depositIdAt(tail),
});

export function withdrawal(fields: {
  readonly id: string;
  readonly userId: string;
  readonly amount: bigint;
  readonly address?: string;
}): JournalEvent {
  const { id: withdrawalId, userId, amount, address = trytesOf('W', 1) } = fields;
  const rest = { tag: NULL_TAG, reference: null, lossReason: null };
  return { type: 'withdrawal.requested', withdrawalId, userId, address, amount, ...rest };
}

export const inputOf = (
  address: string,
  amount: bigint,
  depositIds: readonly string[] = [],
): SweepInput => ({ address, amount, securityLevel: 1, depositIds });

export const ownOutput = (address: string, amount: bigint): SweepOutput => ({
  address,
  amount,
  kind: 'own',
  withdrawalId: null,
  tag: NULL_TAG,
});

/** To a hub address of another keyring. */
export const coldOutput = (address: string, amount: bigint): SweepOutput => ({
  ...ownOutput(address, amount),
  kind: 'cold',
});

export const payout = (id: string, address: string, amount: bigint): SweepOutput => ({
  address,
  amount,
  kind: 'withdrawal',
  withdrawalId: id,
  tag: NULL_TAG,
});

export const sweepId = (number: number): string => trytesOf('S', number);

export function planned(
  number: number,
  inputs: readonly SweepInput[],
  outputs: readonly SweepOutput[],
): Extract<JournalEvent, { type: 'sweep.planned' }> {
  return {
    type: 'sweep.planned',
    sweepId: sweepId(number),
    orderId: null,
    keyringId: KEYRING,
    inputs,
    outputs,
    timestamp: 1_700_000_000,
    obsoleteTag: NULL_TAG,
  };
}

export function exported(sequence: number, ...sweeps: readonly number[]): JournalEvent {
  return {
    type: 'request.exported',
    requestId: `sr_${sequence}`,
    keyringId: KEYRING,
    sequence,
    digest: 'ef'.repeat(32),
    expectedHead: { number: 0, hash: '0'.repeat(64) },
    createdAt: 1_700_000_000_000,
    sweepIds: sweeps.map(sweepId),
  };
}

export function answered(
  sequence: number,
  { signed = [], refused = [] }: { signed?: readonly number[]; refused?: readonly number[] },
  head: { number: number; hash: string } = { number: sequence, hash: 'aa'.repeat(32) },
): JournalEvent {
  return {
    type: 'response.imported',
    requestId: `sr_${sequence}`,
    head,
    signed: signed.map(sweepId),
    refused: refused.map((number) => ({ sweepId: sweepId(number), code: 'refused' })),
  };
}

export const headAt = (number: number): { number: number; hash: string } => ({
  number,
  hash: number.toString(16).padStart(64, 'a'),
});

export const voidAsked = (sequence: number): JournalEvent => ({
  type: 'void.requested',
  requestId: `sr_${sequence}`,
  expectedHead: headAt(0),
  createdAt: 1_700_000_000_000,
});

export const voided = (sequence: number, at: number = sequence): JournalEvent => ({
  type: 'request.voided',
  requestId: `sr_${sequence}`,
  head: headAt(at),
  entryNumber: at,
});

/** A record whose news are these forgotten bundles, each with the keys of addresses and payouts. */
export function recordImported(
  forgotten: readonly { number: number; keys?: readonly number[]; paid?: readonly string[] }[],
  fields: Partial<Extract<JournalEvent, { type: 'record.imported' }>> = {},
): JournalEvent {
  return {
    type: 'record.imported',
    keyringId: KEYRING,
    head: headAt(9),
    sequence: 5,
    epoch: 1,
    networkAccepted: false,
    forgotten: forgotten.map(({ number, keys = [], paid = [] }) => ({
      bundleHash: sweepId(number),
      commitments: keys.map(commitmentOf),
      withdrawalIds: paid,
      alone: false,
    })),
    surrendered: [],
    ...fields,
  };
}

export const attached = (number: number, tail: number): JournalEvent => ({
  type: 'sweep.attached',
  sweepId: sweepId(number),
  tail: trytesOf('T', tail),
});
export const confirmed = (number: number, tail: number): JournalEvent => ({
  type: 'sweep.confirmed',
  sweepId: sweepId(number),
  tail: trytesOf('T', tail),
});

/** Alice holds 100 on address 1, credited; Bob has address 2, empty. Nine of each pool are imported. */
export async function openAliceAndBob(): Promise<Booked> {
  const booked = await openBooked();
  await booked.record(paired, imported(9), user('alice'), user('bob'));
  await booked.record(assigned('alice', 1), assigned('bob', 2));
  await booked.record(arrived(depositAddress(1), 100n, 1), credited(1));
  return booked;
}

/** Funds hub address 1 with 100 through a confirmed sweep of Alice's deposit. */
export async function fundHub(booked: Booked): Promise<void> {
  const sweep = planned(
    1,
    [inputOf(depositAddress(1), 100n, [depositIdAt(1)])],
    [ownOutput(hubAddress(1), 100n)],
  );
  await booked.record(sweep, exported(1, 1));
  await booked.record(answered(1, { signed: [1] }), attached(1, 50), confirmed(1, 50));
}
