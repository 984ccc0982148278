/** A ledger on LevelDB with users who have money: where the ledger's benchmarks begin. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEvent } from '@airlock/journal';
import { depositIdOf } from '../../../packages/programs/coordinator/src/ledger/booking.ts';
import { Ledger } from '../../../packages/programs/coordinator/src/ledger/ledger.ts';
import type { Store } from '../../../packages/programs/coordinator/src/store/store.ts';

/** What every user has at first: enough for every transfer of a benchmark. */
export const BALANCE = 1_000_000_000n;

const KEYRING = `kr_${'11'.repeat(16)}`;
const ADDRESS = 'A'.repeat(80) + '9';
const TAIL = 'T'.repeat(80) + '9';

export const userAt = (number: number): string => `user-${String(number).padStart(6, '0')}`;

export const usersOf = (count: number): string[] =>
  Array.from({ length: count }, (_, number) => userAt(number));

/** Money comes to the first user, who shares it with the others. */
function fundingEvents(users: readonly string[]): JournalEvent[] {
  const [first = '', ...others] = users;
  const depositId = depositIdOf(TAIL, 0);
  const amount = BALANCE * BigInt(users.length);
  const address = {
    address: ADDRESS,
    securityLevel: 1,
    commitment: 'ab'.repeat(32),
    pool: 'deposit',
    index: 0,
  } as const;
  const card = { network: 'private', publicKey: 'cd'.repeat(32), scheme: 'hkdf-sha512' };
  return [
    {
      ...{ type: 'keyring.paired', keyringId: KEYRING, ...card },
      ...{ securityLevel: 1, practice: false, purpose: 'hot', label: 'vault' },
    },
    {
      ...{ type: 'addresses.imported', keyringId: KEYRING, batch: 1 },
      ...{ root: 'ef'.repeat(32), addresses: [address] },
    },
    ...users.map((userId): JournalEvent => ({ type: 'user.created', userId })),
    { type: 'address.assigned', address: ADDRESS, userId: first },
    {
      ...{ type: 'deposit.confirmed', depositId, address: ADDRESS, amount },
      ...{ bundle: 'B'.repeat(80) + '9', tail: TAIL, index: 0, message: null },
    },
    { type: 'deposit.credited', depositId },
    {
      type: 'transfer.booked',
      transferId: transferIdAt(0),
      entries: [
        { userId: first, amount: -BALANCE * BigInt(others.length) },
        ...others.map((userId) => ({ userId, amount: BALANCE })),
      ],
      reference: null,
    },
  ];
}

/** A ledger in which each of these users has {@link BALANCE}. */
export async function openFunded(store: Store, users: readonly string[]): Promise<Ledger> {
  const ledger = await Ledger.open(store, () => Date.now());
  await ledger.execute(({ record }) => fundingEvents(users).map(record));
  return ledger;
}

export const transferIdAt = (number: number): string =>
  `tr_${number.toString(16).padStart(32, '0')}`;

export function transferOf(
  number: number,
  { from, to }: { readonly from: string; readonly to: string },
): Extract<JournalEvent, { type: 'transfer.booked' }> {
  const entries = [
    { userId: from, amount: -3n },
    { userId: to, amount: 3n },
  ];
  return { type: 'transfer.booked', transferId: transferIdAt(number), entries, reference: null };
}

/** The users of one transfer of many, two of so many, each as often as another. */
export function pairAt(number: number, users: number): { from: string; to: string } {
  const from = (number * 7919) % users;
  return { from: userAt(from), to: userAt((from + 1 + (number % (users - 1))) % users) };
}

/** Milliseconds until `count` calls are through, of which `atOnce` are always under way. */
export async function timeCalls(
  { count, atOnce }: { readonly count: number; readonly atOnce: number },
  call: (number: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await call(next);
    }
  };
  const began = process.hrtime.bigint();
  await Promise.all(Array.from({ length: atOnce }, caller));
  return Number(process.hrtime.bigint() - began) / 1e6;
}

/** Runs with a folder of its own, which is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
  try {
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
