/**
 * The planner: which deposits are swept and which withdrawals are paid, as a pure function of the
 * state. Composition `separate`: deposits go to fresh hub addresses in bundles of their own, payouts
 * come out of hub money alone, so that an old payout can never become replayable by a user's deposit.
 * `combined` is IOTA Hub's: deposits pay, hub money what is missing. Neither class can starve the other.
 */
import type { SweepOutput } from '@airlock/journal';
import type { AddressRow, WithdrawalRow } from '../ledger/rows.ts';
import { sumOf, totalOf } from '../ledger/sums.ts';
import {
  inputOf,
  type Overflow,
  oldest,
  ownOutput,
  type Plan,
  type PlanLimits,
  type PlanMaterial,
  type PlannedSweep,
  type PlanRules,
  payoutOf,
  reasonToWait,
} from './plan.ts';
import { capacityOf, chooseWithdrawals, isPayable, isYounger, type Way, wayOf } from './ways.ts';

type Deposits = PlanMaterial['deposits'];

/** Parts of one remainder: each takes a slot of the bundle and a fresh address. */
export const REMAINDER_PARTS_MAX = 8;

/** Smallest part of a split remainder (iota): 10 Mi, which leaves small change whole. */
const REMAINDER_PART_MIN = 10_000_000n;

/** Why something is left out of a request that holds as many sweeps as it may. */
export const FULL = 'the request has all its sweeps already';

/** Why a replacement waits. */
export const OVERTAKEN = 'what it is to pay again may be confirmed after all';

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

/** Equal parts of an amount, the first ones one iota larger where it does not divide. */
function divide(amount: bigint, parts: number): bigint[] {
  const each = amount / BigInt(parts);
  const larger = Number(amount % BigInt(parts));
  return Array.from({ length: parts }, (_, place) => (place < larger ? each + 1n : each));
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
  /** Oldest first: those that are swept without paying. */
  #deposits: Deposits;
  /** Oldest first: those that pay, in composition `combined`. */
  #payers: Deposits = [];
  /** Sweeps that payouts leave to deposits. */
  #kept = 0;
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

  get #placesLeft(): number {
    return this.#limits.maxSweeps - this.#kept - this.sweeps.length;
  }

  get #isFull(): boolean {
    return this.#placesLeft <= 0;
  }

  /** Into how many parts a remainder is split: more than one while too few hub addresses are in use. */
  #partsOf(amount: bigint, group: Deposits, hub: readonly AddressRow[]): number {
    const { hubFanout, floatTarget, minSweepAmount } = this.#rules;
    const share = floatTarget / BigInt(hubFanout);
    const least = [share, minSweepAmount, REMAINDER_PART_MIN].reduce((a, b) => (a > b ? a : b));
    const wanted = Math.max(1, hubFanout - (this.#hubInUse - hub.length));
    const fitting = Number(amount / least);
    // Each sweep of the deposits that are left needs a fresh address, too.
    const left = this.#deposits.length + this.#payers.length - group.length;
    const toCome = Math.ceil(left / this.#limits.maxInputs);
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
    this.#payers = this.#payers.filter((deposit) => !group.includes(deposit));
    return true;
  }

  /** The oldest withdrawal that has waited long enough keeps hub money from younger ones. */
  reserve(): void {
    const { now, reserveAfterMs } = this.#rules;
    const capacity = capacityOf(this.#hub, this.#limits.maxInputs);
    const isStuck = ({ requestedAt, amount }: WithdrawalRow): boolean =>
      now - requestedAt >= reserveAfterMs && amount > capacity;
    this.#reserved = this.#waiting.find(isStuck) ?? null;
  }

  /** There is enough for the reserved one, but on too many addresses: the largest are to be put together. */
  #scattered(): readonly AddressRow[] {
    const isWaiting = this.#reserved !== null && this.#waiting.includes(this.#reserved);
    if (!isWaiting || totalOf(this.#hub) < (this.#reserved?.amount ?? 0n)) return [];
    const hub = this.#hub.slice(-this.#limits.maxInputs);
    return hub.length > 1 ? hub : [];
  }

  #merge(): void {
    const hub = this.#scattered();
    if (hub.length > 0 && !this.#isFull) this.#add({ group: [], hub, chosen: [] });
  }

  #wayOf(group: Deposits): Way {
    const { maxInputs } = this.#limits;
    return wayOf(group, { hub: this.#hub, maxInputs, reserved: this.#reserved });
  }

  /** The next sweep with all the deposits that can pay, with one less, and so on down to `least`. */
  #ways(least: number): readonly Way[] {
    const group = this.#payers.slice(0, this.#limits.maxInputs);
    const count = Math.max(1, group.length - least + 1);
    return Array.from({ length: count }, (_, less) =>
      this.#wayOf(group.slice(0, group.length - less)),
    );
  }

  /** Journal number of the oldest payout that one of these ways can pay; infinite without any. */
  #oldestPayable(ways: readonly Way[]): number {
    const payable = this.#waiting.find((withdrawal) => isPayable(withdrawal, ways));
    return payable?.number ?? Number.POSITIVE_INFINITY;
  }

  /** One sweep of a group of deposits, perhaps none, that pays what it and hub money can pay. */
  #plan(group: Deposits, pays: boolean): boolean {
    if (this.#isFull) return false;
    const chosen = pays ? chooseWithdrawals(this.#waiting, this.#wayOf(group)) : [];
    if (group.length === 0 && chosen.length === 0) return false;
    const own = totalOf(group.map(({ address }) => address));
    const places = this.#limits.maxInputs - group.length;
    const hub = coverFrom(this.#hub, sumOf(chosen) - own, places);
    return hub !== null && this.#add({ group, hub, chosen });
  }

  /** Whether paying deposits would be left out of the request if the next sweep took none of them. */
  #isTurnOfPayers(): boolean {
    if (this.#payers.length === 0 || this.#placesLeft > 1) return false;
    const inputs = this.sweeps.flatMap((sweep) => sweep.inputs);
    if (inputs.some(({ depositIds }) => depositIds.length > 0)) return false;
    return this.sweeps.length > 0 || oldest(this.#payers[0]) < this.#oldestPayable(this.#ways(0));
  }

  /** The most deposits that leave places for the hub money of the oldest payout. */
  #nextPayers(): Deposits {
    const ways = this.#ways(this.#isTurnOfPayers() ? 1 : 0);
    const first = this.#waiting.find((withdrawal) => isPayable(withdrawal, ways));
    const way = ways.find((each) => first === undefined || isPayable(first, [each]));
    return way?.group ?? [];
  }

  /** Money is put together for the reserved payout first, unless something older can be done instead. */
  #pay(): void {
    const payable = this.#oldestPayable(this.#ways(0));
    const other = this.#placesLeft > 1 ? payable : Math.min(payable, oldest(this.#payers[0]));
    const isMergedFirst = this.#reserved !== null && this.#reserved.number < other;
    if (isMergedFirst) this.#merge();
    while (this.#plan(this.#nextPayers(), true));
    if (!isMergedFirst) this.#merge();
  }

  /** Composition `combined`: all deposits pay but those on a payee, whose payout may be in the same plan. */
  letDepositsPay(): void {
    const payees = new Set(this.#waiting.map(({ address }) => address));
    const isPayee = ({ address }: Deposits[number]): boolean => payees.has(address.address);
    this.#payers = this.#deposits.filter((deposit) => !isPayee(deposit));
    this.#deposits = this.#deposits.filter(isPayee);
  }

  /** Payouts first: people wait for them. A sweep is kept for deposits, and used for payouts if it is not needed. */
  run(): void {
    const kept = this.#sweepsToKeep();
    this.#kept = kept;
    this.#pay();
    this.#kept = 0;
    const { length } = this.sweeps;
    this.#sweepOnly();
    if (kept > 0 && this.sweeps.length === length) this.#pay();
  }

  /** The only sweep of a request is for what is older: both classes come to it in time. */
  #sweepsToKeep(): number {
    if (this.#deposits.length === 0) return 0;
    if (this.#limits.maxSweeps > 1) return 1;
    const merged = this.#scattered().length > 0 ? this.#reserved?.number : undefined;
    const payable = this.#oldestPayable(this.#ways(0));
    const other = Math.min(oldest(this.#payers[0]), payable, merged ?? payable);
    return oldest(this.#sweepableAlone()[0]) < other ? 1 : 0;
  }

  /** Deposits but on payees: those of this plan, and those of older payouts that can still be paid. */
  #sweepableAlone(): Deposits {
    const ways = this.#ways(0);
    const payable = this.#waiting.filter((withdrawal) => isPayable(withdrawal, ways));
    const payees = new Set([...this.#payees(), ...payable.map(({ address }) => address)]);
    return this.#deposits.filter(({ address }) => !payees.has(address.address));
  }

  #payees(): readonly string[] {
    return this.sweeps.flatMap(({ outputs }) => outputs.map(({ address }) => address));
  }

  #sweepOnly(): void {
    const { maxInputs } = this.#limits;
    let left = this.#sweepableAlone();
    while (left.length > 0 && this.#plan(left.slice(0, maxInputs), false)) {
      left = left.slice(maxInputs);
    }
  }

  /** Names what is left, each with its reason. */
  finish(): Plan {
    for (const withdrawal of this.#waiting) {
      const kept = `hub money is kept for withdrawal ${this.#reserved?.id}`;
      const reserved = isYounger(withdrawal, this.#reserved) ? kept : null;
      const empty = this.#hub.length === 0 ? 'no confirmed hub money is free' : null;
      this.leftOut.push({ id: withdrawal.id, reason: this.#reasonFor(empty ?? reserved) });
    }
    const payees = new Set(this.#payees());
    for (const { address } of [...this.#payers, ...this.#deposits]) {
      if (payees.has(address.address)) continue;
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
  if (rules.composition === 'combined') planning.letDepositsPay();
  planning.run();
  return planning.finish();
}
