/** The planner as a pure function: what every plan holds, and what happens at its edges. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Plan, PlanLimits, PlanMaterial, PlanRules } from '../src/signing/plan.ts';
import { planSweeps, REMAINDER_PARTS_MAX } from '../src/signing/planner.ts';
import { WITHDRAWALS_PER_SWEEP_MAX } from '../src/signing/ways.ts';
import { depositAddress, hubAddress, trytesOf } from './booked.ts';
import { depositsOf, freshOf, hubOf, NOW, paidIds, planOf, sum, withdrawalRow } from './plans.ts';

/** Remainders are split into no smaller parts. */
const PART = 10_000_000n;

describe('payouts', () => {
  test('are paid oldest first; one that does not fit is passed over for younger ones', () => {
    const withdrawals = [withdrawalRow(3, 10n), withdrawalRow(1, 30n), withdrawalRow(2, 90n)];
    const plan = planOf({ hub: hubOf(50n), withdrawals });
    expect(paidIds(plan)).toEqual([['w1', 'w3']]);
    expect(plan.leftOut).toEqual([{ id: 'w2', reason: 'no confirmed hub money is free' }]);
  });

  test('spend the smallest hub inputs that cover them', () => {
    const plan = planOf({ hub: hubOf(500n, 20n, 30n, 100n), withdrawals: [withdrawalRow(1, 40n)] });
    expect(plan.sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([20n, 30n]);
    expect(plan.sweeps[0]!.outputs.at(-1)).toMatchObject({ kind: 'own', amount: 10n });
  });

  test('take larger inputs where the smallest ones would be too many', () => {
    const hub = hubOf(1n, 2n, 3n, 4n, 50n);
    const plan = planOf({ hub, withdrawals: [withdrawalRow(1, 7n)] }, { maxInputs: 2 });
    expect(plan.sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([3n, 4n]);
    const more = planOf({ hub, withdrawals: [withdrawalRow(1, 54n)] }, { maxInputs: 2 });
    expect(more.sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([4n, 50n]);
  });

  test('that need more inputs than the cap wait, with a reason', () => {
    const plan = planOf(
      { hub: hubOf(10n, 10n, 10n), withdrawals: [withdrawalRow(1, 25n)] },
      { maxInputs: 2 },
    );
    expect(plan.sweeps).toEqual([]);
    expect(plan.leftOut).toEqual([
      { id: 'w1', reason: 'it does not fit the hub money that is free now' },
    ]);
  });

  test('covered exactly have no remainder and need no fresh address', () => {
    const plan = planOf({ hub: hubOf(40n), withdrawals: [withdrawalRow(1, 40n)], fresh: [] });
    expect(plan.sweeps).toHaveLength(1);
    expect(plan.sweeps[0]!.outputs).toEqual([
      expect.objectContaining({ kind: 'withdrawal', amount: 40n }),
    ]);
  });

  test('with a remainder and no fresh address wait, with a reason', () => {
    const plan = planOf({ hub: hubOf(41n), withdrawals: [withdrawalRow(1, 40n)], fresh: [] });
    expect(plan.sweeps).toEqual([]);
    expect(plan.leftOut[0]!.reason).toContain('no fresh hub address');
  });

  test('come at most twenty a sweep, the rest in the next one', () => {
    const withdrawals = Array.from({ length: 25 }, (_, i) => withdrawalRow(i + 1, 1n));
    const plan = planOf({ hub: hubOf(100n, 200n), withdrawals });
    expect(paidIds(plan).map((ids) => ids.length)).toEqual([WITHDRAWALS_PER_SWEEP_MAX, 5]);
    expect(plan.sweeps[0]!.inputs[0]!.amount).toBe(100n);
    expect(plan.sweeps[1]!.inputs[0]!.amount).toBe(200n);
  });

  test('to a hub address that holds money are left out, with a reason', () => {
    const withdrawals = [withdrawalRow(1, 5n, hubAddress(1)), withdrawalRow(2, 5n)];
    const plan = planOf({ hub: hubOf(10n, 20n), withdrawals });
    expect(paidIds(plan)).toEqual([['w2']]);
    expect(plan.leftOut).toEqual([
      { id: 'w1', reason: 'it pays to a hub address of ours that holds money' },
    ]);
  });

  test('to a deposit address keep that address out of the same plan', () => {
    const withdrawals = [withdrawalRow(1, 5n, depositAddress(1))];
    const plan = planOf({ hub: hubOf(5n), withdrawals, deposits: depositsOf(7n, 8n) });
    const inputs = plan.sweeps.flatMap((sweep) => sweep.inputs.map(({ address }) => address));
    expect(inputs).toEqual([hubAddress(1), depositAddress(2)]);
  });
});

describe('deposits', () => {
  test('are swept oldest first, in groups of the cap, each to its own fresh address', () => {
    const plan = planOf({ deposits: depositsOf(1n, 2n, 3n) }, { maxInputs: 2 });
    expect(plan.sweeps.map(({ inputs }) => inputs.map(({ amount }) => amount))).toEqual([
      [3n, 2n],
      [1n],
    ]);
    expect(plan.sweeps.map(({ outputs }) => outputs)).toEqual([
      [expect.objectContaining({ address: hubAddress(500), amount: 5n, kind: 'own' })],
      [expect.objectContaining({ address: hubAddress(501), amount: 1n, kind: 'own' })],
    ]);
    expect(plan.sweeps[0]!.inputs[0]!.depositIds).toEqual(['dep3']);
  });

  test('without a fresh hub address are left out, each with the reason', () => {
    const plan = planOf({ deposits: depositsOf(1n, 2n), fresh: [] });
    expect(plan.sweeps).toEqual([]);
    expect(plan.leftOut.map(({ id }) => id).sort()).toEqual(
      [depositAddress(1), depositAddress(2)].sort(),
    );
  });

  test('beyond the sweeps of a request are left out; payouts come first', () => {
    const material = {
      deposits: depositsOf(1n),
      hub: hubOf(9n),
      withdrawals: [withdrawalRow(1, 9n)],
    };
    const plan = planOf(material, { maxSweeps: 1 });
    expect(paidIds(plan)).toEqual([['w1']]);
    expect(plan.leftOut).toEqual([
      { id: depositAddress(1), reason: 'the request has all its sweeps already' },
    ]);
  });
});

test('nothing to do is an empty plan', () => {
  expect(planOf({})).toEqual({ sweeps: [], leftOut: [] });
});

describe('every plan', () => {
  const amounts = (max: number): fc.Arbitrary<bigint[]> =>
    fc.array(
      fc.bigInt({ min: 1n, max: 60n }).map((value) => value * PART),
      { maxLength: max },
    );
  const materials = fc
    .record({
      deposits: amounts(40),
      hub: amounts(25),
      withdrawals: fc.array(
        fc.record({ amount: fc.bigInt({ min: 1n, max: 150n * PART }), to: fc.nat(60) }),
        { maxLength: 50 },
      ),
      fresh: fc.nat(8),
    })
    .map(({ deposits, hub, withdrawals, fresh }): PlanMaterial => {
      // Some payees are own addresses: deposit addresses, hub addresses and fresh ones.
      const payee = (to: number): string => {
        if (to < 10) return depositAddress(to + 1);
        if (to < 20) return hubAddress(to - 9);
        return to < 22 ? hubAddress(480 + to) : trytesOf('W', to);
      };
      return {
        deposits: depositsOf(...deposits),
        hub: hubOf(...hub),
        withdrawals: withdrawals.map(({ amount, to }, i) =>
          withdrawalRow(i + 1, amount, payee(to)),
        ),
        fresh: freshOf(fresh),
        overtaken: [],
        elsewhere: [],
        hubInUse: hub.length,
        overflow: null,
      };
    });
  const rules: fc.Arbitrary<PlanRules> = fc.record({
    composition: fc.constantFrom('separate', 'combined'),
    minSweepAmount: fc.bigInt({ min: 0n, max: 12n * PART }),
    settleDelayMs: fc.constantFrom(0, NOW - 5),
    hubFanout: fc.integer({ min: 1, max: 12 }),
    floatTarget: fc.bigInt({ min: 0n, max: 200n * PART }),
    reserveAfterMs: fc.constantFrom(0, NOW - 10, 2 * NOW),
    now: fc.constant(NOW),
  });
  const limits = fc.record({
    maxSweeps: fc.integer({ min: 1, max: 32 }),
    maxInputs: fc.integer({ min: 1, max: 20 }),
  });

  function checkSweep(
    sweep: Plan['sweeps'][number],
    { maxInputs }: PlanLimits,
    { composition }: PlanRules,
  ): void {
    const { inputs, outputs } = sweep;
    expect(sum(inputs)).toBe(sum(outputs));
    expect(inputs.length).toBeGreaterThanOrEqual(1);
    expect(inputs.length).toBeLessThanOrEqual(maxInputs);
    for (const { amount } of [...inputs, ...outputs]) expect(amount).toBeGreaterThan(0n);
    const payouts = outputs.filter(({ kind }) => kind === 'withdrawal');
    expect(payouts.length).toBeLessThanOrEqual(WITHDRAWALS_PER_SWEEP_MAX);
    const own = outputs.filter(({ kind }) => kind === 'own');
    expect(own.length).toBeLessThanOrEqual(REMAINDER_PARTS_MAX);
    if (own.length > 1) for (const { amount } of own) expect(amount).toBeGreaterThanOrEqual(PART);
    const sweepsDeposits = inputs.some(({ depositIds }) => depositIds.length > 0);
    if (composition === 'separate') expect(sweepsDeposits && payouts.length > 0).toBe(false);
    const numbers = payouts.map(({ withdrawalId }) => Number(withdrawalId!.slice(1)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }

  test('balances, respects its caps and uses no address twice', () => {
    let sweeps = 0;
    fc.assert(
      fc.property(materials, limits, rules, (...[material, limit, rule]) => {
        const plan = planSweeps(material, limit, rule);
        sweeps += plan.sweeps.length;
        expect(plan.sweeps.length).toBeLessThanOrEqual(limit.maxSweeps);
        for (const sweep of plan.sweeps) checkSweep(sweep, limit, rule);
        const inputs = plan.sweeps.flatMap((sweep) => sweep.inputs.map(({ address }) => address));
        const outputs = plan.sweeps.flatMap((sweep) => sweep.outputs);
        const own = outputs.filter(({ kind }) => kind === 'own').map(({ address }) => address);
        expect(new Set([...inputs, ...own]).size).toBe(inputs.length + own.length);
        for (const { address } of outputs) expect(inputs).not.toContain(address);
        const ids = paidIds(plan).flat();
        expect(new Set(ids).size).toBe(ids.length);
        for (const address of own) {
          expect(material.fresh.map((row) => row.address)).toContain(address);
        }
      }),
      { seed: 11, numRuns: 400 },
    );
    expect(sweeps).toBeGreaterThan(400);
  });

  test('pays or names every withdrawal, and sweeps or names every deposit or spares a payee', () => {
    fc.assert(
      fc.property(materials, limits, rules, (...[material, limit, rule]) => {
        const plan = planSweeps(material, limit, rule);
        const named = plan.leftOut.map(({ id }) => id);
        expect(new Set(named).size).toBe(named.length);
        const paid = paidIds(plan).flat();
        for (const { id } of material.withdrawals) {
          expect(Number(paid.includes(id)) + Number(named.includes(id))).toBe(1);
        }
        const inputs = plan.sweeps.flatMap((sweep) => sweep.inputs.map(({ address }) => address));
        const payees = plan.sweeps.flatMap((sweep) => sweep.outputs.map(({ address }) => address));
        const waiting = material.withdrawals.map((row) => row.address);
        const spared = rule.composition === 'combined' ? waiting : payees;
        for (const { address } of material.deposits) {
          const places = [inputs, named].filter((list) => list.includes(address.address));
          expect(places.length).toBeLessThanOrEqual(1);
          expect(places.length === 1 || spared.includes(address.address)).toBe(true);
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  test('never passes over an older withdrawal that a payout’s money would have paid', () => {
    fc.assert(
      fc.property(materials, limits, rules, (...[material, limit, rule]) => {
        const payouts = { composition: 'separate', reserveAfterMs: 2 * NOW } as const;
        const plan = planSweeps(material, limit, { ...rule, ...payouts });
        const [first] = plan.sweeps;
        const paid = paidIds(plan)[0] ?? [];
        if (first === undefined || paid.length === 0) return;
        const hubs = new Set(material.hub.map(({ address }) => address));
        const behind = plan.leftOut.filter(({ reason }) => reason.endsWith('is swept first'));
        const capacity = [...material.hub.map(({ balance }) => balance)]
          .sort((a, b) => (a < b ? 1 : -1))
          .slice(0, limit.maxInputs)
          .reduce((total, balance) => total + balance, 0n);
        let need = 0n;
        for (const { id, amount, address } of material.withdrawals) {
          const isBehind = behind.some((each) => each.id === id);
          if (hubs.has(address) || isBehind || paid.length === 0) continue;
          if (paid.includes(id)) need += amount;
          // An older one that is not paid did not fit beside those before it.
          else if (paid.some((other) => Number(other!.slice(1)) > Number(id.slice(1)))) {
            expect(need + amount).toBeGreaterThan(capacity);
          }
        }
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});
