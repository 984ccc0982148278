/** Deposits and payouts share the sweeps of a request: neither can keep the other waiting for ever. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Plan, PlanMaterial } from '../src/signing/plan.ts';
import { depositAddress, hubAddress, trytesOf } from './booked.ts';
import { addressRow, depositRow, freshOf, hubOf, paidIds, planOf, withdrawalRow } from './plans.ts';

type Deposits = PlanMaterial['deposits'];

const COMPOSITIONS = ['separate', 'combined'] as const;

function depositOf(number: number, amount: bigint): Deposits[number] {
  const address = depositAddress(number);
  return {
    address: addressRow(address, 'deposit', amount),
    deposits: [depositRow(`dep${number}`, address, { amount, number })],
  };
}

const manyOf = <T>(count: number, each: (place: number) => T): T[] =>
  Array.from({ length: count }, (_, place) => each(place));
const dust = (count: number, from: number): Deposits =>
  manyOf(count, (place) => depositOf(from + place, 1n));
const inputsOf = (plan: Plan): string[] =>
  plan.sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address));

describe.each(COMPOSITIONS)('a request of composition %s', (composition) => {
  const rules = { composition, reserveAfterMs: 1e9 };

  test('that payouts could fill sweeps a deposit all the same', () => {
    const material = {
      deposits: [depositOf(1, 5_000n)],
      hub: hubOf(...manyOf(32, () => 1_000n)),
      withdrawals: manyOf(640, (place) => withdrawalRow(1_000 + place, 1n)),
      fresh: freshOf(128),
    };
    const plan = planOf(material, {}, rules);
    expect(plan.sweeps).toHaveLength(32);
    expect(inputsOf(plan)).toContain(depositAddress(1));
    const apart = composition === 'separate' ? 31 : 32;
    expect(paidIds(plan).flat()).toHaveLength(20 * apart);
  });

  test('that dust could fill pays the oldest payout out of hub money', () => {
    const material = {
      deposits: dust(640, 1_000),
      hub: hubOf(...manyOf(10, () => 1_000n)),
      withdrawals: [withdrawalRow(1, 50n)],
      fresh: freshOf(128),
    };
    const plan = planOf(material, {}, rules);
    expect(plan.sweeps).toHaveLength(32);
    expect(paidIds(plan).flat()).toEqual(['w1']);
    // One input place of 640 went to hub money, or one sweep of 32 to the payout.
    expect(plan.leftOut).toHaveLength(composition === 'separate' ? 20 : 1);
  });

  test.each([1, 2, 3])('and of %d sweeps gives every sweep to payouts without deposits', (most) => {
    const hub = hubOf(...manyOf(4, () => 100n));
    const withdrawals = manyOf(80, (place) => withdrawalRow(place + 1, 1n));
    const plan = planOf({ hub, withdrawals }, { maxSweeps: most }, rules);
    expect(paidIds(plan).map((ids) => ids.length)).toEqual(manyOf(most, () => 20));
  });

  test('of two sweeps leaves a deposit to the next one if it stands on a payee not yet paid', () => {
    const hub = hubOf(100n, 100n, 100n);
    const older = manyOf(40, (place) => withdrawalRow(place + 1, 1n));
    const withdrawals = [...older, withdrawalRow(41, 1n, depositAddress(50))];
    const material = { deposits: [depositOf(50, 5n)], hub, withdrawals };
    const plan = planOf(material, { maxSweeps: 2 }, rules);
    expect(inputsOf(plan)).not.toContain(depositAddress(50));
    expect(paidIds(plan).flat()).toHaveLength(40);
  });
});

describe('the only sweep of a request', () => {
  const one = { maxSweeps: 1 };
  const rules = { reserveAfterMs: 1e9 };

  test('is for deposits or for payouts, whatever is older', () => {
    const planWith = (number: number): Plan =>
      planOf(
        { deposits: [depositOf(10, 5n)], hub: hubOf(9n), withdrawals: [withdrawalRow(number, 1n)] },
        one,
        rules,
      );
    expect(inputsOf(planWith(11))).toEqual([depositAddress(10)]);
    expect(inputsOf(planWith(9))).toEqual([hubAddress(1)]);
  });

  test('is for deposits if the payout that is older does not fit', () => {
    const withdrawals = [withdrawalRow(9, 99n), withdrawalRow(11, 1n)];
    const plan = planOf({ deposits: [depositOf(10, 5n)], hub: hubOf(9n), withdrawals }, one, rules);
    expect(inputsOf(plan)).toEqual([depositAddress(10)]);
  });

  test('takes no deposit from the address of a payout that is older and fits', () => {
    const deposits = [depositOf(1, 5n), depositOf(20, 5n)];
    const withdrawals = [withdrawalRow(10, 1n, depositAddress(20))];
    const plan = planOf({ deposits, hub: hubOf(9n), withdrawals }, one, rules);
    expect(inputsOf(plan)).toEqual([depositAddress(1)]);
  });

  test('does not put hub money together for a reserved payout while something older waits', () => {
    const material = { hub: hubOf(10n, 10n, 10n), withdrawals: [withdrawalRow(10, 25n)] };
    const limits = { maxSweeps: 1, maxInputs: 2 };
    const inputsWith = (more: Partial<PlanMaterial>): string[] =>
      inputsOf(planOf({ ...material, ...more }, limits, { reserveAfterMs: 10 }));
    expect(inputsWith({})).toEqual([hubAddress(2), hubAddress(3)].sort());
    expect(inputsWith({ deposits: [depositOf(9, 5n)] })).toEqual([depositAddress(9)]);
    expect(inputsWith({ deposits: [depositOf(11, 5n)] })).not.toContain(depositAddress(11));
    const withdrawals = [withdrawalRow(9, 4n), ...material.withdrawals];
    expect(paidIds(planOf({ ...material, withdrawals }, limits, { reserveAfterMs: 10 }))).toEqual([
      ['w9'],
    ]);
  });

  test('of composition combined leaves no more places to hub money than the oldest payout needs', () => {
    // 18 deposits and two hub addresses hold 38 i, 17 and three hold 47 i.
    const material = {
      deposits: dust(20, 1_000),
      hub: hubOf(10n, 10n, 10n),
      withdrawals: [withdrawalRow(1, 40n)],
    };
    const plan = planOf(material, one, { ...rules, composition: 'combined' });
    expect(paidIds(plan)).toEqual([['w1']]);
    const swept = plan.sweeps[0]!.inputs.filter(({ depositIds }) => depositIds.length > 0);
    expect(swept).toHaveLength(17);
  });
});

test.each([1, 2])(
  'payouts that need every input place leave one of %d sweeps to deposits',
  (most) => {
    const material = {
      deposits: [depositOf(1, 1n)],
      hub: hubOf(10n, 10n, 10n, 10n),
      withdrawals: [withdrawalRow(2, 20n), withdrawalRow(3, 20n)],
    };
    const limits = { maxSweeps: most, maxInputs: 2 };
    const plan = planOf(material, limits, { composition: 'combined', reserveAfterMs: 1e9 });
    expect(paidIds(plan).flat()).toEqual(['w2'].slice(0, most - 1));
    expect(plan.sweeps.at(-1)?.inputs[0]?.depositIds).toEqual(['dep1']);
  },
);

test.each(COMPOSITIONS)('an address with 200,000 deposits is planned with, %s', (composition) => {
  const { address } = depositOf(1, 200_000n);
  const row = depositRow('dep', address.address, { amount: 1n, number: 1 });
  const deposits = manyOf(200_000, (place) => ({ ...row, number: place + 1, id: `dep${place}` }));
  const plan = planOf({ deposits: [{ address, deposits }] }, {}, { composition });
  expect(plan.sweeps[0]?.inputs[0]?.depositIds).toHaveLength(200_000);
});

/** A keyring whose requests are planned, signed and confirmed round after round, while dust and small payouts come. */
class Rounds {
  #deposits: Deposits;
  #hub: PlanMaterial['hub'];
  #withdrawals: PlanMaterial['withdrawals'];
  #number = 100;
  readonly swept = new Set<string>();
  readonly paid = new Set<string>();

  constructor({ deposits, withdrawals }: Pick<PlanMaterial, 'deposits' | 'withdrawals'>) {
    this.#deposits = deposits;
    this.#withdrawals = withdrawals;
    this.#hub = hubOf(1_000n, 1_000n, 1_000n, 1_000n);
  }

  #arrive(): void {
    const from = this.#number;
    this.#number += 200;
    this.#deposits = [...this.#deposits, ...dust(10, from)];
    const payouts = manyOf(80, (place) => withdrawalRow(from + 20 + place, 1n));
    this.#withdrawals = [...this.#withdrawals, ...payouts];
  }

  run(maxSweeps: number, composition: (typeof COMPOSITIONS)[number]): void {
    this.#arrive();
    const fresh = manyOf(40, (place) => addressRow(hubAddress(this.#number + place), 'hub', 0n));
    const material = { deposits: this.#deposits, hub: this.#hub, withdrawals: this.#withdrawals };
    const limits = { maxSweeps, maxInputs: 3 };
    const rules = { composition, reserveAfterMs: 1e9 };
    const plan = planOf({ ...material, fresh }, limits, rules);
    const inputs = new Set(inputsOf(plan));
    for (const { address } of plan.sweeps.flatMap(({ outputs }) => outputs)) {
      expect(this.swept.has(address) || inputs.has(address)).toBe(false);
    }
    for (const address of inputs) this.swept.add(address);
    for (const id of paidIds(plan).flat()) this.paid.add(id!);
    const back = plan.sweeps.flatMap(({ outputs }) => outputs.filter(({ kind }) => kind === 'own'));
    const kept = this.#hub.filter(({ address }) => !inputs.has(address));
    const come = back.map(({ address, amount }) => addressRow(address, 'hub', amount));
    this.#hub = [...kept, ...come];
    this.#deposits = this.#deposits.filter(({ address }) => !inputs.has(address.address));
    this.#withdrawals = this.#withdrawals.filter(({ id }) => !this.paid.has(id));
  }
}

test('whatever keeps coming, every deposit is swept and every payout paid in as many rounds as there are', () => {
  const items = fc.array(
    fc.oneof(
      fc.record({ amount: fc.integer({ min: 1, max: 200 }), isPayout: fc.constant(false) }),
      fc.record({ amount: fc.integer({ min: 1, max: 500 }), isPayout: fc.constant(true) }),
    ),
    { minLength: 1, maxLength: 6 },
  );
  const shape = fc.record({
    items,
    maxSweeps: fc.integer({ min: 1, max: 3 }),
    composition: fc.constantFrom(...COMPOSITIONS),
    // Payouts go to the address of the deposit that comes next, if there is one.
    areOwnPayees: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, ({ items, maxSweeps, composition, areOwnPayees }) => {
      const numbered = items.map((item, place) => ({ ...item, number: place + 1 }));
      const deposits = numbered
        .filter(({ isPayout }) => !isPayout)
        .map(({ number, amount }) => depositOf(number, BigInt(amount)));
      const withdrawals = numbered
        .filter(({ isPayout }) => isPayout)
        .map(({ number, amount }) => {
          const next = numbered.find((each) => !each.isPayout && each.number > number);
          const payee = areOwnPayees && next ? depositAddress(next.number) : trytesOf('W', number);
          return withdrawalRow(number, BigInt(amount), payee);
        });
      const rounds = new Rounds({ deposits, withdrawals });
      for (const _ of items) rounds.run(maxSweeps, composition);
      for (const { id } of withdrawals) expect(rounds.paid).toContain(id);
      for (const { address } of deposits) expect(rounds.swept).toContain(address.address);
    }),
    { seed: 21, numRuns: 200 },
  );
});
