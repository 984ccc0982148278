/** What an operator's settings change in a plan: dust, settling, splitting, reserves, composition. */
import { describe, expect, test } from '@jest/globals';
import { depositAddress } from './booked.ts';
import { depositsOf, freshOf, hubOf, NOW, paidIds, planOf, withdrawalRow } from './plans.ts';

/** Remainders are split into no smaller parts. */
const PART = 10_000_000n;

describe('a deposit address', () => {
  test('that holds dust is left out, with the reason, until it holds enough', () => {
    const deposits = depositsOf(9n, 10n);
    const plan = planOf({ deposits }, {}, { minSweepAmount: 10n });
    expect(plan.sweeps.map(({ inputs }) => inputs.map(({ amount }) => amount))).toEqual([[10n]]);
    expect(plan.leftOut).toEqual([
      { id: depositAddress(1), reason: 'it holds less than minSweepAmount, 10 i' },
    ]);
  });

  test('settles first: a deposit younger than the delay keeps the whole address out', () => {
    const [first] = depositsOf(7n);
    const [old] = first!.deposits;
    const older = { ...old!, confirmedAt: NOW - 2000 };
    const young = { ...old!, id: 'dep9', confirmedAt: NOW - 999 };
    const deposits = [{ ...first!, deposits: [older, young] }];
    const rules = { settleDelayMs: 1000 };
    expect(planOf({ deposits }, {}, rules).leftOut).toEqual([
      { id: depositAddress(1), reason: 'its last deposit is younger than settleDelayMs' },
    ]);
    expect(planOf({ deposits }, {}, { ...rules, now: NOW + 1 }).sweeps).toHaveLength(1);
  });

  test('that dust comes to again and again waits ten delays at most', () => {
    const [first] = depositsOf(7n);
    const [old] = first!.deposits;
    const dust = { ...old!, id: 'dep9', confirmedAt: NOW - 1 };
    const rules = { settleDelayMs: 1000 };
    const planWith = (waited: number) => {
      const since = { ...old!, confirmedAt: NOW - waited };
      return planOf({ deposits: [{ ...first!, deposits: [since, dust] }] }, {}, rules);
    };
    expect(planWith(9_999).sweeps).toHaveLength(0);
    expect(planWith(10_000).sweeps).toHaveLength(1);
  });

  test('whose deposit was booked while the clock was ahead is swept all the same', () => {
    const deposits = depositsOf(7n);
    for (const settleDelayMs of [0, 1000]) {
      expect(planOf({ deposits }, {}, { settleDelayMs, now: 0 }).sweeps).toHaveLength(1);
    }
  });
});

describe('a remainder', () => {
  const back = (plan: ReturnType<typeof planOf>): bigint[] =>
    plan.sweeps.flatMap(({ outputs }) =>
      outputs.filter(({ kind }) => kind === 'own').map(({ amount }) => amount),
    );

  test('is split into equal parts until there are as many hub addresses as wanted', () => {
    const deposits = depositsOf(10n * PART + 1n);
    expect(back(planOf({ deposits }, {}, { hubFanout: 3 }))).toEqual([
      33_333_334n,
      33_333_334n,
      33_333_333n,
    ]);
    const material = { deposits, hub: hubOf(1n, 1n) };
    expect(back(planOf(material, {}, { hubFanout: 4 }))).toHaveLength(2);
    expect(back(planOf(material, {}, { hubFanout: 2 }))).toHaveLength(1);
  });

  test('counts what it takes away: hub inputs are in use no more', () => {
    const material = { hub: hubOf(9n * PART), withdrawals: [withdrawalRow(1, PART)] };
    expect(back(planOf(material, {}, { hubFanout: 2 }))).toEqual([4n * PART, 4n * PART]);
  });

  test('is split into no part below 10 Mi, the dust limit or its share of the float', () => {
    const deposits = depositsOf(10n * PART);
    expect(
      back(planOf({ deposits: depositsOf(2n * PART - 1n) }, {}, { hubFanout: 9 })),
    ).toHaveLength(1);
    expect(
      back(planOf({ deposits }, {}, { hubFanout: 5, minSweepAmount: 5n * PART })),
    ).toHaveLength(2);
    expect(back(planOf({ deposits }, {}, { hubFanout: 5, floatTarget: 15n * PART }))).toHaveLength(
      3,
    );
  });

  test('is split over no more than the fresh addresses that are left', () => {
    const plan = planOf(
      { deposits: depositsOf(10n * PART), fresh: freshOf(2) },
      {},
      { hubFanout: 9 },
    );
    expect(back(plan)).toHaveLength(2);
  });
});

test('a remainder leaves a fresh address to each sweep of deposits to come', () => {
  const deposits = depositsOf(...Array.from({ length: 8 }, () => 10n * PART));
  const plan = planOf({ deposits, fresh: freshOf(5) }, { maxInputs: 2 }, { hubFanout: 9 });
  expect(plan.sweeps.map(({ outputs }) => outputs.length)).toEqual([2, 1, 1, 1]);
  expect(plan.leftOut).toEqual([]);
});

describe('a withdrawal that never fits', () => {
  const hub = hubOf(10n, 20n, 30n);
  const big = withdrawalRow(1, 100n);

  test('is passed over while it is young', () => {
    const withdrawals = [big, withdrawalRow(2, 25n)];
    const plan = planOf({ hub, withdrawals }, {}, { reserveAfterMs: 2 * NOW });
    expect(paidIds(plan)).toEqual([['w2']]);
  });

  test('keeps freed money from younger ones once it has waited long enough', () => {
    const withdrawals = [big, withdrawalRow(2, 25n)];
    const plan = planOf({ hub, withdrawals }, {}, { reserveAfterMs: 10 });
    expect(plan.sweeps).toEqual([]);
    expect(plan.leftOut).toEqual([
      { id: 'w1', reason: 'it does not fit the hub money that is free now' },
      { id: 'w2', reason: 'hub money is kept for withdrawal w1' },
    ]);
  });

  test('leaves younger ones what is more than it needs', () => {
    const small = hubOf(10n, 20n, 30n);
    const wide = withdrawalRow(1, 35n);
    const withdrawals = [wide, withdrawalRow(2, 20n), withdrawalRow(3, 10n)];
    const plan = planOf({ hub: small, withdrawals }, { maxInputs: 1 }, { reserveAfterMs: 10 });
    // 60 are there, 35 on no single address: the largest is all that one input can put together.
    expect(paidIds(plan)).toEqual([['w2']]);
  });

  test('because it needs too many inputs has the largest put together first', () => {
    const withdrawals = [withdrawalRow(1, 55n)];
    const plan = planOf({ hub, withdrawals }, { maxInputs: 2 }, { reserveAfterMs: 10 });
    expect(plan.sweeps).toHaveLength(1);
    expect(plan.sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([20n, 30n]);
    expect(plan.sweeps[0]!.outputs).toMatchObject([{ kind: 'own', amount: 50n }]);
    const next = planOf({ hub: hubOf(10n, 50n), withdrawals }, { maxInputs: 2 });
    expect(paidIds(next)).toEqual([['w1']]);
  });

  test('is not kept waiting by splitting again what was put together', () => {
    const withdrawals = [withdrawalRow(1, 35n * PART)];
    const four = hubOf(10n * PART, 10n * PART, 10n * PART, 10n * PART);
    const plan = planOf({ hub: four, withdrawals }, { maxInputs: 2 }, { reserveAfterMs: 10 });
    expect(plan.sweeps).toHaveLength(1);
    expect(plan.sweeps[0]!.outputs).toMatchObject([{ kind: 'own', amount: 20n * PART }]);
  });

  test('keeps nothing from one that is older than it', () => {
    const withdrawals = [withdrawalRow(1, 5n), withdrawalRow(2, 200n), withdrawalRow(3, 1n)];
    const plan = planOf({ hub, withdrawals }, {}, { reserveAfterMs: 10 });
    expect(paidIds(plan)).toEqual([['w1']]);
    expect(plan.leftOut.map(({ id }) => id)).toEqual(['w2', 'w3']);
  });
});

test.each(['separate', 'combined'] as const)(
  'a payout to a deposit address waits for a deposit that came before it, %s',
  (composition) => {
    // Whoever pays 1 i there each time would keep the deposit from being swept and credited.
    const deposits = depositsOf(5n);
    const material = {
      deposits,
      hub: hubOf(9n),
      withdrawals: [withdrawalRow(2, 1n, depositAddress(1))],
    };
    const plan = planOf(material, {}, { composition });
    expect(plan.sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address))).toEqual([
      depositAddress(1),
    ]);
    expect(plan.leftOut).toEqual([
      { id: 'w2', reason: 'it pays to a deposit address of ours that is swept first' },
    ]);
  },
);

describe('composition combined', () => {
  const combined = { composition: 'combined' } as const;

  test('pays out of deposits first, out of hub money what is missing', () => {
    const material = {
      deposits: depositsOf(30n, 20n),
      hub: hubOf(15n, 100n),
      withdrawals: [withdrawalRow(1, 60n)],
    };
    const plan = planOf(material, {}, combined);
    expect(plan.sweeps).toHaveLength(1);
    const [sweep] = plan.sweeps;
    expect(sweep!.inputs.map(({ amount }) => amount).sort()).toEqual([15n, 20n, 30n]);
    expect(sweep!.outputs.map(({ amount }) => amount)).toEqual([60n, 5n]);
  });

  test('pays out of hub money alone where no deposit waits', () => {
    const plan = planOf({ hub: hubOf(50n), withdrawals: [withdrawalRow(1, 50n)] }, {}, combined);
    expect(paidIds(plan)).toEqual([['w1']]);
  });

  test('never sweeps an address that one of its payouts goes to; one that is not paid holds up none', () => {
    const inputsFor = (amount: bigint): string[] => {
      const withdrawals = [withdrawalRow(1, amount, depositAddress(1))];
      const { sweeps } = planOf({ deposits: depositsOf(5n, 6n), withdrawals }, {}, combined);
      return sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address)).sort();
    };
    expect(inputsFor(3n)).toEqual([depositAddress(2)]);
    expect(inputsFor(999n)).toEqual([depositAddress(1), depositAddress(2)].sort());
  });
});
