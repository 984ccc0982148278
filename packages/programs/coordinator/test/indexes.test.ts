/** Every index against a scan of all rows, after random commands and after opening again. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INDEXES, type IndexName } from '../src/ledger/indexes.ts';
import { Ledger } from '../src/ledger/ledger.ts';
import type { TableName, Tables } from '../src/ledger/rows.ts';
import { LedgerState } from '../src/ledger/state.ts';
import { imported, openBooked, paired, user } from './booked.ts';
import { ADDRESSES, Model, USERS } from './ledger-model.ts';
import { STEPS } from './ledger-model-decisions.ts';

type Row = Tables[TableName];
interface Scanned {
  readonly groupsOf: (row: Row) => readonly string[];
  readonly placeOf: (row: Row) => string;
}

const NAMES = Object.keys(INDEXES) as IndexName[];

/** What an index must hold: every row looked at, its groups sorted by place. */
function scan(state: LedgerState, name: IndexName): Map<string, Row[]> {
  const { groupsOf, placeOf } = INDEXES[name] as unknown as Scanned;
  const groups = new Map<string, Row[]>();
  for (const row of state.rows(INDEXES[name].table)) {
    for (const group of groupsOf(row)) groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  const byPlace = (a: Row, b: Row): number => (placeOf(a) < placeOf(b) ? -1 : 1);
  for (const rows of groups.values()) rows.sort(byPlace);
  return groups;
}

function expectIndexesMatch(state: LedgerState): void {
  for (const index of NAMES) {
    const groups = scan(state, index);
    expect([index, state.groupNames(index).sort()]).toEqual([index, [...groups.keys()].sort()]);
    for (const [name, rows] of groups) {
      expect([...state.find([{ index, name }])]).toEqual(rows);
      expect(state.count({ index, name })).toBe(rows.length);
    }
  }
}

describe('indexes of the state', () => {
  const step = fc.tuple(
    fc.nat(STEPS.length - 1),
    fc.nat(100_000),
    fc.bigInt({ min: 1n, max: 1_000_000_000n }),
  );

  test('hold after every command what a scan finds, and after opening again', async () => {
    let indexed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 120, maxLength: 120 }), async (choices) => {
        const booked = await openBooked();
        await booked.record(paired, imported(ADDRESSES), ...USERS.map(user));
        const model = new Model();
        for (const [place, [choice, by, size]] of choices.entries()) {
          const events = STEPS[choice % STEPS.length]!(model, by, size);
          if (events !== null) await booked.record(...events);
          if (place % 10 === 0) expectIndexesMatch(booked.ledger.state);
        }
        expectIndexesMatch(booked.ledger.state);
        const { state } = await Ledger.open(booked.store, () => 1);
        expectIndexesMatch(state);
        indexed += NAMES.reduce((sum, name) => sum + state.groupNames(name).length, 0);
      }),
      { seed: 20_261_125, numRuns: 8, endOnFailure: true },
    );
    expect(indexed).toBeGreaterThan(8 * NAMES.length);
  }, 60_000);
});

describe('rows that are in several groups', () => {
  const state = new LedgerState();
  const withdrawal = (number: number): Tables['withdrawals'] => ({
    id: `w${number}`,
    userId: number % 3 === 0 ? 'hot' : 'cold',
    address: '',
    amount: 1n,
    tag: '',
    reference: null,
    status: number % 50 === 0 ? 'queued' : 'confirmed',
    sweepId: null,
    number,
    requestedAt: 0,
    replacedBy: null,
    replaces: null,
  });
  for (let number = 1; number <= 600; number += 1) {
    state.set('withdrawals', `w${number}`, withdrawal(number));
  }
  const found = (userId: string, status: string, after?: string): number[] =>
    [
      ...state.find(
        [
          { index: 'withdrawalsOf', name: userId },
          { index: 'withdrawals', name: status },
        ],
        after,
      ),
    ].map(({ number }) => number);

  test('are found in their order, whichever group is the smaller one', () => {
    expect(found('hot', 'queued')).toEqual([150, 300, 450, 600]);
    expect(found('hot', 'confirmed')).toHaveLength(196);
    expect(found('nobody', 'queued')).toEqual([]);
  });

  test('are found after a place', () => {
    const place = INDEXES.withdrawals.placeOf(withdrawal(300));
    expect(found('hot', 'queued', place)).toEqual([450, 600]);
  });
});
