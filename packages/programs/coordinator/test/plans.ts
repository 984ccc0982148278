/** Rows and plans for tests of the planner: made up, without ledger or node. */
import type { AddressRow, DepositRow, WithdrawalRow } from '../src/ledger/rows.ts';
import { DEFAULT_SETTINGS } from '../src/settings.ts';
import type { Plan, PlanLimits, PlanMaterial, PlanRules } from '../src/signing/plan.ts';
import { planSweeps } from '../src/signing/planner.ts';
import { depositAddress, hubAddress, KEYRING, NULL_TAG, trytesOf } from './booked.ts';

export function addressRow(address: string, kind: 'deposit' | 'hub', balance: bigint): AddressRow {
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
    custody: null,
    activeAt: 0,
  };
}

export function depositRow(
  id: string,
  address: string,
  fields: { amount: bigint; number: number },
): DepositRow {
  const rest = { bundle: '', tail: '', index: 0, status: 'confirmed', sweepId: null } as const;
  const { number: confirmedAt } = fields;
  return { id, userId: 'alice', address, ...fields, ...rest, confirmedAt, message: null };
}

export function withdrawalRow(
  number: number,
  amount: bigint,
  address: string = trytesOf('W', number),
): WithdrawalRow {
  const rest = { tag: NULL_TAG, reference: null, status: 'queued', sweepId: null } as const;
  const at = { number, requestedAt: number, replacedBy: null, replaces: null };
  return { id: `w${number}`, userId: 'alice', address, amount, ...at, ...rest };
}

export const hubOf = (...balances: readonly bigint[]): AddressRow[] =>
  balances.map((balance, index) => addressRow(hubAddress(index + 1), 'hub', balance));
export const freshOf = (count: number): AddressRow[] =>
  Array.from({ length: count }, (_, index) => addressRow(hubAddress(500 + index), 'hub', 0n));
export const depositsOf = (...amounts: readonly bigint[]): PlanMaterial['deposits'] =>
  amounts.map((amount, index) => {
    const address = depositAddress(index + 1);
    const number = amounts.length - index;
    return {
      address: addressRow(address, 'deposit', amount),
      deposits: [depositRow(`dep${index + 1}`, address, { amount, number })],
    };
  });

export const LIMITS: PlanLimits = { maxSweeps: 32, maxInputs: 20 };
export const NOW = 1_000_000;
export const planOf = (
  material: Partial<PlanMaterial>,
  limits: Partial<PlanLimits> = {},
  rules: Partial<PlanRules> = {},
): Plan => {
  const none = { deposits: [], hub: [], withdrawals: [], fresh: freshOf(5) };
  const hubInUse = material.hub?.length ?? 0;
  return planSweeps(
    { ...none, overtaken: [], elsewhere: [], hubInUse, overflow: null, ...material },
    { ...LIMITS, ...limits },
    { ...DEFAULT_SETTINGS, now: NOW, ...rules },
  );
};
export const paidIds = (plan: Plan): (string | null)[][] =>
  plan.sweeps.map(({ outputs }) =>
    outputs.map(({ withdrawalId }) => withdrawalId).filter((id) => id !== null),
  );
export const sum = (rows: readonly { readonly amount: bigint }[]): bigint =>
  rows.reduce((total, { amount }) => total + amount, 0n);
