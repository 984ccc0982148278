/** Whose turn it is: recent ones always, each older one once in its rounds, spread evenly. */
import { describe, expect, test } from '@jest/globals';
import type { AddressRow } from '../src/ledger/rows.ts';
import {
  ACTIVE_ROUNDS,
  isDue,
  isLookedUp,
  isWatched,
  LOOK_UP_ROUNDS,
  RECENT_MS,
  RETIRED_ROUNDS,
} from '../src/tangle/watch.ts';
import { KEYRING } from './booked.ts';

const LETTERS = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const NOW = RECENT_MS * 3;

function row(number: number, fields: Partial<AddressRow> = {}): AddressRow {
  const tryte = (place: number): string => LETTERS[Math.floor(number / 27 ** place) % 27]!;
  return {
    address: `${tryte(0)}${tryte(1)}${tryte(2)}`.padEnd(81, 'A'),
    keyringId: KEYRING,
    kind: 'deposit',
    status: 'active',
    userId: 'alice',
    securityLevel: 2,
    commitment: '00'.repeat(32),
    batch: 1,
    index: number,
    balance: 0n,
    sweepId: null,
    fundedBy: null,
    quarantine: null,
    custody: null,
    activeAt: 0,
    ...fields,
  };
}

const ALL = Array.from({ length: 27 ** 3 }, (_, number) => number);

describe('an address', () => {
  test('used lately is due in every round, whatever its status', () => {
    for (const status of ['active', 'retired'] as const) {
      const recent = row(5, { status, activeAt: NOW - RECENT_MS + 1 });
      const rounds = Array.from({ length: 200 }, (_, round) => isDue(recent, { now: NOW, round }));
      expect(rounds.every(Boolean)).toBe(true);
    }
  });

  test.each([
    ['active', ACTIVE_ROUNDS],
    ['retired', RETIRED_ROUNDS],
  ] as const)('%s and older is due exactly once in %i rounds', (status, rounds) => {
    for (const number of ALL.slice(0, 500)) {
      const old = row(number * 37, { status, activeAt: NOW - RECENT_MS });
      const due = Array.from({ length: rounds }, (_, round) => isDue(old, { now: NOW, round }));
      expect(due.filter(Boolean)).toHaveLength(1);
      expect(isDue(old, { now: NOW, round: due.indexOf(true) + rounds * 7 })).toBe(true);
    }
  });

  test('of many: a round has its even share of them', () => {
    const rows = ALL.map((number) => row(number));
    const shares = Array.from(
      { length: ACTIVE_ROUNDS },
      (_, round) => rows.filter((each) => isDue(each, { now: NOW, round })).length,
    );
    const share = ALL.length / ACTIVE_ROUNDS;
    for (const count of shares) expect(Math.abs(count - share)).toBeLessThan(share * 0.01);
  });

  test('has its transactions looked up once a day, at 30 s a round', () => {
    expect(LOOK_UP_ROUNDS * 30).toBe(24 * 60 * 60);
    for (const number of ALL.slice(0, 40)) {
      const any = row(number * 311);
      const rounds = Array.from({ length: LOOK_UP_ROUNDS }, (_, round) => isLookedUp(any, round));
      expect(rounds.filter(Boolean)).toHaveLength(1);
    }
  });

  test('is watched once it left the pool; locked by a forgotten bundle, once its user is known', () => {
    expect(isWatched(row(1, { status: 'pooled', userId: null }))).toBe(false);
    expect(isWatched(row(1))).toBe(true);
    expect(isWatched(row(1, { kind: 'hub', userId: null }))).toBe(true);
    expect(isWatched(row(1, { status: 'retired', sweepId: 'S' }))).toBe(true);
    expect(isWatched(row(1, { status: 'retired', userId: null }))).toBe(false);
    expect(isWatched(row(1, { status: 'retired' }))).toBe(true);
  });
});
