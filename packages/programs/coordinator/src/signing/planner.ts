/**
 * The planner: which deposits are swept and which withdrawals are paid, as a pure function of the
 * state. Composition `separate`: deposits go to fresh hub addresses in bundles of their own, payouts
 * come out of hub money alone, so that an old payout can never become replayable by a user's deposit.
 * Composition `combined` is IOTA Hub's: deposits pay first, hub money what is missing.
 */
import type { SweepOutput } from '@airlock/journal';
import type { AddressRow, WithdrawalRow } from '../ledger/rows.ts';
import {
  inputOf,
  type Overflow,
  ownOutput,
  type Plan,
  type PlanLimits,
  type PlanMaterial,
  type PlannedSweep,
  type PlanRules,
  payoutOf,
} from './plan.ts';

type Deposits = PlanMaterial['deposits'];

/** Payouts in one sweep: few enough for an officer to read. */
export const WITHDRAWALS_PER_SWEEP_MAX = 20;

/** Parts of one remainder: each takes a slot of the bundle and a fresh address. */
export const REMAINDER_PARTS_MAX = 8;

/** Smallest part of a split remainder (iota): 10 Mi, which leaves small change whole. */
const REMAINDER_PART_MIN = 10_000_000n;

/** A deposit waits at most this many times settleDelayMs for later ones: else dust could hold it for ever. */
const SETTLE_DELAYS_MAX = 10;

/** Why something is left out of a request that holds as many sweeps as it may. */
export const FULL = 'the request has all its sweeps already';

/** Why a replacement waits. */
export const OVERTAKEN = 'what it is to pay again may be confirmed after all';

const sumOf = (rows: readonly { readonly amount: bigint }[]): bigint =>
  rows.reduce((total, { amount }) => total + amount, 0n);

function totalOf(addresses: readonly AddressRow[]): bigint {
  return addresses.reduce((total, { balance }) => total + balance, 0n);
}

/** Hub inputs smallest first: the smallest run of at most `maxInputs` neighbours that covers `need`. */
export function coverFrom(
  hub: readonly AddressRow[],
  need: bigint,
  maxInputs: number,
): readonly AddressRow[] | null {
  if (need <= 0n) return [];
  let start = 0;
  let covered = 0n;
  for (const [end, { balance }] of hub.entries()) {
    covered += balance;
    if (end - start + 1 > maxInputs) {
      covered -= hub[start]?.balance ?? 0n;
      start += 1;
    }
    if (covered >= need) return hub.slice(start, end + 1);
  }
  return null;
}

/** The most that `maxInputs` hub addresses hold together. */
function capacityOf(hub: readonly AddressRow[], maxInputs: number): bigint {
  return maxInputs === 0 ? 0n : totalOf(hub.slice(-maxInputs));
}

/** Oldest first, as many as fit; one that does not fit is passed over. */
function chooseWithdrawals(
  waiting: readonly WithdrawalRow[],
  capacityFor: (withdrawal: WithdrawalRow) => bigint,
): readonly WithdrawalRow[] {
  const chosen: WithdrawalRow[] = [];
  let need = 0n;
  for (const withdrawal of waiting) {
    if (chosen.length === WITHDRAWALS_PER_SWEEP_MAX) break;
    if (need + withdrawal.amount > capacityFor(withdrawal)) continue;
    chosen.push(withdrawal);
    need += withdrawal.amount;
  }
  return chosen;
}

/** Equal parts of an amount, the first ones one iota larger where it does not divide. */
function divide(amount: bigint, parts: number): bigint[] {
  const each = amount / BigInt(parts);
  const larger = Number(amount % BigInt(parts));
  return Array.from({ length: parts }, (_, place) => (place < larger ? each + 1n : each));
}

/** Why a deposit address is not swept yet, or null. */
function reasonToWait(
  { address: { balance }, deposits }: Deposits[number],
  { minSweepAmount, settleDelayMs, now }: PlanRules,
): string | null {
  if (balance < minSweepAmount) return `it holds less than minSweepAmount, ${minSweepAmount} i`;
  const ages = deposits.map(({ confirmedAt }) => now - confirmedAt);
  const youngest = Math.min(Number.POSITIVE_INFINITY, ...ages);
  const eldest = Math.max(0, ...ages);
  // Below 0 by a clock that was ahead when it was booked: it need not come to that time again.
  const isYoung = youngest >= 0 && youngest < settleDelayMs;
  return isYoung && eldest < SETTLE_DELAYS_MAX * settleDelayMs
    ? 'its last deposit is younger than settleDelayMs'
    : null;
}

/** Journal number of the first deposit that is to be swept from an address. */
function oldest({ deposits }: Deposits[number]): number {
  return Math.min(...deposits.map(({ number }) => number));
}

class Planning {
  readonly sweeps: PlannedSweep[] = [];
  readonly leftOut: { id: string; reason: string }[] = [];
  readonly #limits: PlanLimits;
  readonly #rules: PlanRules;
  readonly #fresh: AddressRow[];
  /** Smallest first. */
  #hub: readonly AddressRow[];
  #hubInUse: number;
  #overflow: Overflow | null;
  /** Oldest first. */
  #waiting: readonly WithdrawalRow[];
  #deposits: Deposits;
  /** A withdrawal that has waited long, does not fit, and for which hub money is kept. */
  #reserved: WithdrawalRow | null = null;

  constructor(material: PlanMaterial, limits: PlanLimits, rules: PlanRules) {
    this.#limits = limits;
    this.#rules = rules;
    this.#fresh = [...material.fresh];
    this.#hub = [...material.hub].sort((a, b) => (a.balance < b.balance ? -1 : 1));
    this.#hubInUse = material.hubInUse;
    this.#overflow = material.overflow;
    this.#deposits = this.#sweepable(material);
    this.#waiting = this.#payable(material);
  }

  /**
   * A payout to an address that may be an input of the same plan would come to a used key. Of a payout and
   * a deposit on one address the older one goes first: else small payouts could hold up a deposit for ever.
   */
  #payable({ hub, withdrawals, elsewhere, overtaken }: PlanMaterial): readonly WithdrawalRow[] {
    for (const { id } of overtaken) this.leftOut.push({ id, reason: OVERTAKEN });
    const inputs = new Set(hub.map(({ address }) => address));
    const ripe = elsewhere.filter((deposit) => reasonToWait(deposit, this.#rules) === null);
    const sweptFrom = new Map(
      [...this.#deposits, ...ripe].map((each) => [each.address.address, oldest(each)]),
    );
    const reasonOf = ({ address, number }: WithdrawalRow): string | null => {
      if (inputs.has(address)) return 'it pays to a hub address of ours that holds money';
      const isYounger = number > (sweptFrom.get(address) ?? Number.POSITIVE_INFINITY);
      return isYounger ? 'it pays to a deposit address of ours that is swept first' : null;
    };
    const payable = withdrawals.filter((withdrawal) => {
      const reason = reasonOf(withdrawal);
      if (reason !== null) this.leftOut.push({ id: withdrawal.id, reason });
      return reason === null;
    });
    return payable.sort((a, b) => a.number - b.number);
  }

  #sweepable({ deposits }: PlanMaterial): Deposits {
    const ripe = deposits.filter((deposit) => {
      const reason = reasonToWait(deposit, this.#rules);
      if (reason !== null) this.leftOut.push({ id: deposit.address.address, reason });
      return reason === null;
    });
    return ripe.sort((a, b) => oldest(a) - oldest(b));
  }

  get #isFull(): boolean {
    return this.sweeps.length >= this.#limits.maxSweeps;
  }

  /** Into how many parts a remainder is split: more than one while too few hub addresses are in use. */
  #partsOf(amount: bigint, group: Deposits, hub: readonly AddressRow[]): number {
    const { hubFanout, floatTarget, minSweepAmount } = this.#rules;
    const share = floatTarget / BigInt(hubFanout);
    const least = [share, minSweepAmount, REMAINDER_PART_MIN].reduce((a, b) => (a > b ? a : b));
    const wanted = Math.max(1, hubFanout - (this.#hubInUse - hub.length));
    const fitting = Number(amount / least);
    // Each sweep of the deposits that are left needs a fresh address, too.
    const toCome = Math.ceil((this.#deposits.length - group.length) / this.#limits.maxInputs);
    const free = this.#fresh.length - toCome;
    return Math.max(1, Math.min(wanted, fitting, free, REMAINDER_PARTS_MAX));
  }

  /** What comes back, in so many parts; null without fresh addresses. */
  #remainder(amount: bigint, parts: number): SweepOutput[] | null {
    if (amount === 0n) return [];
    const addresses = this.#fresh.slice(0, parts);
    if (addresses.length < parts) return null;
    const amounts = divide(amount, parts);
    return addresses.map((address, place) => ownOutput(address, amounts[place] ?? 0n));
  }

  /** What of a remainder would be above the ceiling: to the cold keyring, unless it is dust. */
  #tooHot({
    amount,
    paid,
    hub,
  }: {
    readonly amount: bigint;
    readonly paid: bigint;
    readonly hub: readonly AddressRow[];
  }): SweepOutput[] {
    if (this.#overflow === null) return [];
    const { hot, ceiling, fresh } = this.#overflow;
    const [address] = fresh;
    const above = hot - totalOf(hub) + amount - (ceiling - paid);
    const excess = above < amount ? above : amount;
    if (address === undefined || excess < REMAINDER_PART_MIN) return [];
    return [{ ...ownOutput(address, excess), kind: 'cold' }];
  }

  /** A sweep changes what is hot, pays some of what was kept for it, and takes addresses of the cold keyring. */
  #book({ change, paid, taken }: { change: bigint; paid: bigint; taken: number }): void {
    if (this.#overflow === null) return;
    const { hot, ceiling, fresh } = this.#overflow;
    this.#overflow = { hot: hot + change, ceiling: ceiling - paid, fresh: fresh.slice(taken) };
  }

  /** Adds the sweep of these inputs; false if there is no fresh address for what comes back. */
  #add({
    group,
    hub,
    chosen,
  }: {
    readonly group: Deposits;
    readonly hub: readonly AddressRow[];
    readonly chosen: readonly WithdrawalRow[];
  }): boolean {
    const inputs = [
      ...group.map(({ address, deposits }) =>
        inputOf(
          address,
          deposits.map(({ id }) => id),
        ),
      ),
      ...hub.map((row) => inputOf(row, [])),
    ];
    const paid = sumOf(chosen);
    const cold = this.#tooHot({ amount: sumOf(inputs) - paid, paid, hub });
    const amount = sumOf(inputs) - paid - sumOf(cold);
    // Hub money alone that pays nothing is put together: split again it would be no further.
    const isMerged = group.length === 0 && chosen.length === 0;
    const back = this.#remainder(amount, isMerged ? 1 : this.#partsOf(amount, group, hub));
    if (back === null) return false;
    this.sweeps.push({ inputs, outputs: [...chosen.map(payoutOf), ...back, ...cold] });
    this.#book({ change: amount - totalOf(hub), paid, taken: cold.length });
    this.#fresh.splice(0, back.length);
    this.#hubInUse += back.length - hub.length;
    this.#hub = this.#hub.filter((row) => !hub.includes(row));
    this.#waiting = this.#waiting.filter((row) => !chosen.includes(row));
    this.#deposits = this.#deposits.filter((deposit) => !group.includes(deposit));
    return true;
  }

  /** The oldest withdrawal that has waited long enough keeps hub money from younger ones. */
  reserve(): void {
    const { now, reserveAfterMs } = this.#rules;
    const capacity = capacityOf(this.#hub, this.#limits.maxInputs);
    const isStuck = ({ requestedAt, amount }: WithdrawalRow): boolean =>
      now - requestedAt >= reserveAfterMs && amount > capacity;
    this.#reserved = this.#waiting.find(isStuck) ?? null;
    if (this.#reserved === null || totalOf(this.#hub) < this.#reserved.amount) return;
    // There is enough, but on too many addresses: the largest ones are put together.
    const hub = this.#hub.slice(-this.#limits.maxInputs);
    if (hub.length > 1 && !this.#isFull) this.#add({ group: [], hub, chosen: [] });
  }

  /** What payouts younger than the reserved one may take of the hub money, so that it gets its own. */
  #allowance(): bigint {
    const total = totalOf(this.#hub);
    const kept = this.#reserved?.amount ?? 0n;
    return total > kept ? total - kept : 0n;
  }

  #isYounger({ number }: WithdrawalRow): boolean {
    return this.#reserved !== null && number > this.#reserved.number;
  }

  /** One sweep of a group of deposits, perhaps none, that pays what it and hub money can pay. */
  #plan(group: Deposits, pays: boolean): boolean {
    if (this.#isFull) return false;
    const own = group.reduce((total, { address }) => total + address.balance, 0n);
    const places = this.#limits.maxInputs - group.length;
    const capacity = capacityOf(this.#hub, places);
    const allowance = this.#allowance();
    const forYounger = capacity < allowance ? capacity : allowance;
    const capacityFor = (withdrawal: WithdrawalRow): bigint =>
      own + (this.#isYounger(withdrawal) ? forYounger : capacity);
    const chosen = pays ? chooseWithdrawals(this.#waiting, capacityFor) : [];
    if (group.length === 0 && chosen.length === 0) return false;
    const hub = coverFrom(this.#hub, sumOf(chosen) - own, places);
    return hub !== null && this.#add({ group, hub, chosen });
  }

  #nextDeposits(): Deposits {
    return this.#deposits.slice(0, this.#limits.maxInputs);
  }

  /** Payouts first: people wait for them. Then deposits, which do not bring a payee into the same plan. */
  separate(): void {
    const before = this.#waiting;
    while (this.#plan([], true));
    this.#sweepOnly(before);
  }

  /** Deposits pay. Those on a payee come last, without paying, unless this plan has brought something there. */
  combined(): void {
    const waiting = this.#waiting;
    const payees = new Set(waiting.map(({ address }) => address));
    const isPayee = ({ address }: Deposits[number]): boolean => payees.has(address.address);
    const last = this.#deposits.filter(isPayee);
    this.#deposits = this.#deposits.filter((deposit) => !isPayee(deposit));
    while (this.#plan(this.#nextDeposits(), true));
    this.#deposits = [...this.#deposits, ...last];
    this.#sweepOnly(waiting);
  }

  /** Sweeps what is left, but nothing from where a payout of this plan goes. @param before what waited before it */
  #sweepOnly(before: readonly WithdrawalRow[]): void {
    const paid = before.filter((row) => !this.#waiting.includes(row));
    const payees = new Set(paid.map(({ address }) => address));
    this.#deposits = this.#deposits.filter(({ address }) => !payees.has(address.address));
    while (this.#deposits.length > 0 && this.#plan(this.#nextDeposits(), false));
  }

  /** Names what is left, each with its reason. */
  finish(): Plan {
    for (const withdrawal of this.#waiting) {
      const kept = `hub money is kept for withdrawal ${this.#reserved?.id}`;
      const reserved = this.#isYounger(withdrawal) ? kept : null;
      const empty = this.#hub.length === 0 ? 'no confirmed hub money is free' : null;
      this.leftOut.push({ id: withdrawal.id, reason: this.#reasonFor(empty ?? reserved) });
    }
    for (const { address } of this.#deposits) {
      this.leftOut.push({ id: address.address, reason: this.#reasonFor(null) });
    }
    return { sweeps: this.sweeps, leftOut: this.leftOut };
  }

  #reasonFor(other: string | null): string {
    if (this.#isFull) return FULL;
    if (this.#fresh.length === 0) return 'no fresh hub address is left: import an address batch';
    return other ?? 'it does not fit the hub money that is free now';
  }
}

/** Sweeps of which none depends on another. */
export function planSweeps(material: PlanMaterial, limits: PlanLimits, rules: PlanRules): Plan {
  const planning = new Planning(material, limits, rules);
  planning.reserve();
  if (rules.composition === 'combined') planning.combined();
  else planning.separate();
  return planning.finish();
}
