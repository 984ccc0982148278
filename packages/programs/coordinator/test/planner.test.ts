/** The planner as a pure function: what every plan holds, and what happens at its edges. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AddressRow, DepositRow, WithdrawalRow } from '../src/ledger/rows.ts';
import {
  type Plan,
  type PlanLimits,
  type PlanMaterial,
  type PlanRules,
  planSweeps,
  WITHDRAWALS_PER_SWEEP_MAX,
} from '../src/planner.ts';
import { DEFAULT_SETTINGS } from '../src/settings.ts';
import { depositAddress, hubAddress, KEYRING, NULL_TAG, trytesOf } from './booked.ts';

function addressRow(address: string, kind: 'deposit' | 'hub', balance: bigint): AddressRow {
  return {
    address,
    keyringId: KEYRING,
    kind,
    status: 'active',
    userId: kind === 'deposit' ? 'alice' : null,
    securityLevel: 2,
    commitment: '00'.repeat(32),
    batch: 1,
    index: 0,
    balance,
    sweepId: null,
    fundedBy: null,
    quarantine: null,
    activeAt: 0,
  };
}

function depositRow(
  id: string,
  address: string,
  fields: { amount: bigint; number: number },
): DepositRow {
  const rest = { bundle: '', tail: '', index: 0, status: 'confirmed', sweepId: null } as const;
  const { number: confirmedAt } = fields;
  return { id, userId: 'alice', address, ...fields, ...rest, confirmedAt, message: null };
}

function withdrawalRow(
  number: number,
  amount: bigint,
  address = trytesOf('W', number),
): WithdrawalRow {
  const rest = { tag: NULL_TAG, reference: null, status: 'queued', sweepId: null } as const;
  const at = { number, requestedAt: number, replacedBy: null };
  return { id: `w${number}`, userId: 'alice', address, amount, ...at, ...rest };
}

const hubOf = (...balances: readonly bigint[]): AddressRow[] =>
  balances.map((balance, index) => addressRow(hubAddress(index + 1), 'hub', balance));
const freshOf = (count: number): AddressRow[] =>
  Array.from({ length: count }, (_, index) => addressRow(hubAddress(500 + index), 'hub', 0n));
const depositsOf = (...amounts: readonly bigint[]): PlanMaterial['deposits'] =>
  amounts.map((amount, index) => {
    const address = depositAddress(index + 1);
    const number = amounts.length - index;
    return {
      address: addressRow(address, 'deposit', amount),
      deposits: [depositRow(`dep${index + 1}`, address, { amount, number })],
    };
  });

const LIMITS: PlanLimits = { maxSweeps: 32, maxInputs: 20 };
const NOW = 1_000_000;
const planOf = (
  material: Partial<PlanMaterial>,
  limits: Partial<PlanLimits> = {},
  rules: Partial<PlanRules> = {},
): Plan => {
  const none = { deposits: [], hub: [], withdrawals: [], fresh: freshOf(5) };
  const hubInUse = material.hub?.length ?? 0;
  return planSweeps(
    { ...none, hubInUse, ...material },
    { ...LIMITS, ...limits },
    { ...DEFAULT_SETTINGS, now: NOW, ...rules },
  );
};
const paidIds = (plan: Plan): (string | null)[][] =>
  plan.sweeps.map(({ outputs }) =>
    outputs.map(({ withdrawalId }) => withdrawalId).filter((id) => id !== null),
  );
const sum = (rows: readonly { readonly amount: bigint }[]): bigint =>
  rows.reduce((total, { amount }) => total + amount, 0n);

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
    fc.array(fc.bigInt({ min: 1n, max: 60n }), { maxLength: max });
  const materials = fc
    .record({
      deposits: amounts(40),
      hub: amounts(25),
      withdrawals: fc.array(
        fc.record({ amount: fc.bigInt({ min: 1n, max: 150n }), to: fc.nat(60) }),
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
        hubInUse: hub.length,
      };
    });
  const rules: PlanRules = { ...DEFAULT_SETTINGS, now: NOW };
  const limits = fc.record({
    maxSweeps: fc.integer({ min: 1, max: 32 }),
    maxInputs: fc.integer({ min: 1, max: 20 }),
  });

  function checkSweep(sweep: Plan['sweeps'][number], { maxInputs }: PlanLimits): void {
    const { inputs, outputs } = sweep;
    expect(sum(inputs)).toBe(sum(outputs));
    expect(inputs.length).toBeGreaterThanOrEqual(1);
    expect(inputs.length).toBeLessThanOrEqual(maxInputs);
    for (const { amount } of [...inputs, ...outputs]) expect(amount).toBeGreaterThan(0n);
    const payouts = outputs.filter(({ kind }) => kind === 'withdrawal');
    expect(payouts.length).toBeLessThanOrEqual(WITHDRAWALS_PER_SWEEP_MAX);
    expect(outputs.length - payouts.length).toBeLessThanOrEqual(1);
    const sweepsDeposits = inputs.some(({ depositIds }) => depositIds.length > 0);
    expect(sweepsDeposits && payouts.length > 0).toBe(false);
    const numbers = payouts.map(({ withdrawalId }) => Number(withdrawalId!.slice(1)));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  }

  test('balances, respects its caps and uses no address twice', () => {
    let sweeps = 0;
    fc.assert(
      fc.property(materials, limits, (material, limit) => {
        const plan = planSweeps(material, limit, rules);
        sweeps += plan.sweeps.length;
        expect(plan.sweeps.length).toBeLessThanOrEqual(limit.maxSweeps);
        for (const sweep of plan.sweeps) checkSweep(sweep, limit);
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
      fc.property(materials, limits, (material, limit) => {
        const plan = planSweeps(material, limit, rules);
        const named = plan.leftOut.map(({ id }) => id);
        expect(new Set(named).size).toBe(named.length);
        const paid = paidIds(plan).flat();
        for (const { id } of material.withdrawals) {
          expect(Number(paid.includes(id)) + Number(named.includes(id))).toBe(1);
        }
        const inputs = plan.sweeps.flatMap((sweep) => sweep.inputs.map(({ address }) => address));
        const payees = plan.sweeps.flatMap((sweep) => sweep.outputs.map(({ address }) => address));
        for (const { address } of material.deposits) {
          const places = [inputs, named, payees].filter((list) => list.includes(address.address));
          expect(places).toHaveLength(1);
        }
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  test('never passes over an older withdrawal that a payout’s money would have paid', () => {
    fc.assert(
      fc.property(materials, limits, (material, limit) => {
        const plan = planSweeps(material, limit, rules);
        const [first] = plan.sweeps;
        const paid = paidIds(plan)[0] ?? [];
        if (first === undefined || paid.length === 0) return;
        const hubs = new Set(material.hub.map(({ address }) => address));
        const capacity = [...material.hub.map(({ balance }) => balance)]
          .sort((a, b) => (a < b ? 1 : -1))
          .slice(0, limit.maxInputs)
          .reduce((total, balance) => total + balance, 0n);
        let need = 0n;
        for (const { id, amount, address } of material.withdrawals) {
          if (hubs.has(address) || paid.length === 0) continue;
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
