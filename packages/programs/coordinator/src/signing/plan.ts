/**
 * What a plan is made of: its limits and rules, the money that is free, the deposits that are ripe, and
 * the sweeps that come out.
 */
import type { SweepInput, SweepOutput } from '@airlock/journal';
import { NULL_TAG } from '@airlock/protocol';
import type { AddressRow, DepositRow, WithdrawalRow } from '../ledger/rows.ts';
import type { Settings } from '../settings.ts';

export interface PlanLimits {
  /** 1 to 32. */
  readonly maxSweeps: number;
  /** 1 to 20. */
  readonly maxInputs: number;
}

/** What the operator has decided, and the time of the plan (Unix ms). */
export type PlanRules = Pick<
  Settings,
  | 'composition'
  | 'minSweepAmount'
  | 'settleDelayMs'
  | 'hubFanout'
  | 'floatTarget'
  | 'reserveAfterMs'
> & { readonly now: number };

/** What may be planned with: everything here belongs to one keyring and is free. */
export interface PlanMaterial {
  /** Active deposit addresses with money. */
  readonly deposits: readonly {
    readonly address: AddressRow;
    readonly deposits: readonly DepositRow[];
  }[];
  /** Active hub addresses with confirmed money. */
  readonly hub: readonly AddressRow[];
  readonly withdrawals: readonly WithdrawalRow[];
  /** Payouts that wait, since what they are to pay again may be confirmed after all. */
  readonly overtaken: readonly WithdrawalRow[];
  /** Deposits on payees that another keyring is to sweep. */
  readonly elsewhere: PlanMaterial['deposits'];
  /** Fresh hub addresses for what comes back, in the order of use. */
  readonly fresh: readonly AddressRow[];
  /** Hub addresses in use: those of `hub`, and those whose money is on its way. */
  readonly hubInUse: number;
  /** Where money goes that is too much to stay hot; null: it stays. */
  readonly overflow: Overflow | null;
}

/** What the reserve says of what comes back. */
export interface Overflow {
  /** Hub money of all hot keyrings now, with what is on its way (iota). */
  readonly hot: bigint;
  /** How much may be hot after the plan, with what payouts are to take. */
  readonly ceiling: bigint;
  /** Fresh hub addresses of the cold keyring, in the order of use. */
  readonly fresh: readonly AddressRow[];
}

export interface PlannedSweep {
  readonly inputs: readonly SweepInput[];
  readonly outputs: readonly SweepOutput[];
}

export interface Plan {
  readonly sweeps: readonly PlannedSweep[];
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

export function inputOf(address: AddressRow, depositIds: readonly string[]): SweepInput {
  const { balance: amount, securityLevel } = address;
  return { address: address.address, amount, securityLevel, depositIds };
}

export function ownOutput(address: AddressRow, amount: bigint): SweepOutput {
  return { address: address.address, amount, kind: 'own', withdrawalId: null, tag: NULL_TAG };
}

export function payoutOf({ address, amount, id: withdrawalId, tag }: WithdrawalRow): SweepOutput {
  return { address, amount, kind: 'withdrawal', withdrawalId, tag };
}

/** A deposit waits at most this many times settleDelayMs for later ones: else dust could hold it for ever. */
const SETTLE_DELAYS_MAX = 10;

/** Why a deposit address is not swept yet, or null. */
export function reasonToWait(
  { address: { balance }, deposits }: PlanMaterial['deposits'][number],
  { minSweepAmount, settleDelayMs, now }: PlanRules,
): string | null {
  if (balance < minSweepAmount) return `it holds less than minSweepAmount, ${minSweepAmount} i`;
  let youngest = Number.POSITIVE_INFINITY;
  let eldest = 0;
  for (const { confirmedAt } of deposits) {
    youngest = Math.min(youngest, now - confirmedAt);
    eldest = Math.max(eldest, now - confirmedAt);
  }
  // Below 0 by a clock that was ahead when it was booked: it need not come to that time again.
  const isYoung = youngest >= 0 && youngest < settleDelayMs;
  return isYoung && eldest < SETTLE_DELAYS_MAX * settleDelayMs
    ? 'its last deposit is younger than settleDelayMs'
    : null;
}

/** Journal number of the first deposit that is to be swept from an address; infinite without any. */
export function oldest(address: PlanMaterial['deposits'][number] | undefined): number {
  const deposits = address?.deposits ?? [];
  return deposits.reduce((least, { number }) => Math.min(least, number), Number.POSITIVE_INFINITY);
}
