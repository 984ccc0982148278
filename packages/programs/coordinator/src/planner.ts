/**
 * The planner: which deposits are swept and which withdrawals are paid, as a pure function of the
 * state. Composition `separate`: deposits go to fresh hub addresses in bundles of their own, payouts
 * come out of hub money alone, so that an old payout can never become replayable by a user's deposit.
 */
import type { SweepInput, SweepOutput } from '@airlock/journal';
import { NULL_TAG } from '@airlock/protocol';
import type { AddressRow, DepositRow, WithdrawalRow } from './ledger/rows.ts';

/** Payouts in one sweep: few enough for an officer to read. */
export const WITHDRAWALS_PER_SWEEP_MAX = 20;

/** Why something is left out of a request that holds as many sweeps as it may. */
export const FULL = 'the request has all its sweeps already';

export interface PlanLimits {
  /** 1 to 32. */
  readonly maxSweeps: number;
  /** 1 to 20. */
  readonly maxInputs: number;
}

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
  /** Fresh hub addresses for what comes back, in the order of use. */
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

const sumOf = (rows: readonly { readonly amount: bigint }[]): bigint =>
  rows.reduce((total, { amount }) => total + amount, 0n);

function inputOf(address: AddressRow, depositIds: readonly string[]): SweepInput {
  const { balance: amount, securityLevel } = address;
  return { address: address.address, amount, securityLevel, depositIds };
}

function ownOutput(address: AddressRow, amount: bigint): SweepOutput {
  return { address: address.address, amount, kind: 'own', withdrawalId: null, tag: NULL_TAG };
}

function payoutOf({ address, amount, id: withdrawalId, tag }: WithdrawalRow): SweepOutput {
  return { address, amount, kind: 'withdrawal', withdrawalId, tag };
}

/** Hub inputs smallest first: the smallest run of at most `maxInputs` neighbours that covers `need`. */
function coverFrom(
  hub: readonly AddressRow[],
  need: bigint,
  maxInputs: number,
): readonly AddressRow[] | null {
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

/** Oldest first, as many as fit; one that does not fit is passed over. */
function chooseWithdrawals(
  waiting: readonly WithdrawalRow[],
  hub: readonly AddressRow[],
  maxInputs: number,
): WithdrawalRow[] {
  const capacity = hub.slice(-maxInputs).reduce((total, { balance }) => total + balance, 0n);
  const chosen: WithdrawalRow[] = [];
  let need = 0n;
  for (const withdrawal of waiting) {
    if (chosen.length === WITHDRAWALS_PER_SWEEP_MAX) break;
    if (need + withdrawal.amount > capacity) continue;
    chosen.push(withdrawal);
    need += withdrawal.amount;
  }
  return chosen;
}

class Planning {
  readonly sweeps: PlannedSweep[] = [];
  readonly leftOut: { id: string; reason: string }[] = [];
  readonly #limits: PlanLimits;
  readonly #fresh: AddressRow[];
  /** Addresses that this plan pays to: none of them may be an input of it. */
  readonly #payees = new Set<string>();

  constructor(limits: PlanLimits, fresh: readonly AddressRow[]) {
    this.#limits = limits;
    this.#fresh = [...fresh];
  }

  get isFull(): boolean {
    return this.sweeps.length >= this.#limits.maxSweeps;
  }

  /** Payouts first: people wait for them. */
  planPayouts(material: PlanMaterial): void {
    const { maxInputs } = this.#limits;
    let hub = [...material.hub].sort((a, b) => (a.balance < b.balance ? -1 : 1));
    const hubAddresses = new Set(hub.map(({ address }) => address));
    for (const { id, address } of material.withdrawals) {
      if (!hubAddresses.has(address)) continue;
      this.leftOut.push({ id, reason: 'it pays to a hub address of ours that holds money' });
    }
    let waiting = material.withdrawals
      .filter(({ address }) => !hubAddresses.has(address))
      .sort((a, b) => a.number - b.number);
    while (!this.isFull && waiting.length > 0) {
      const chosen = chooseWithdrawals(waiting, hub, maxInputs);
      const need = sumOf(chosen);
      const inputs = chosen.length === 0 ? null : coverFrom(hub, need, maxInputs);
      if (inputs === null) break;
      const remainder = inputs.reduce((total, { balance }) => total + balance, 0n) - need;
      const [fresh] = this.#fresh;
      if (remainder > 0n && fresh === undefined) break;
      const outputs = chosen.map(payoutOf);
      if (remainder > 0n && fresh !== undefined) {
        outputs.push(ownOutput(fresh, remainder));
        this.#fresh.shift();
      }
      for (const { address } of chosen) this.#payees.add(address);
      this.sweeps.push({ inputs: inputs.map((row) => inputOf(row, [])), outputs });
      hub = hub.filter((row) => !inputs.includes(row));
      waiting = waiting.filter((row) => !chosen.includes(row));
    }
    const reason = this.#reasonFor(hub.length === 0 ? 'no confirmed hub money is free' : null);
    for (const { id } of waiting) this.leftOut.push({ id, reason });
  }

  planDeposits(material: PlanMaterial): void {
    const oldest = (deposits: readonly DepositRow[]): number =>
      Math.min(...deposits.map(({ number }) => number));
    const waiting = material.deposits
      .filter(({ address }) => !this.#payees.has(address.address))
      .sort((a, b) => oldest(a.deposits) - oldest(b.deposits));
    while (!this.isFull && waiting.length > 0) {
      const fresh = this.#fresh.shift();
      if (fresh === undefined) break;
      const group = waiting.splice(0, this.#limits.maxInputs);
      const inputs = group.map(({ address, deposits }) =>
        inputOf(
          address,
          deposits.map(({ id }) => id),
        ),
      );
      this.sweeps.push({ inputs, outputs: [ownOutput(fresh, sumOf(inputs))] });
    }
    const reason = this.#reasonFor(null);
    for (const { address } of waiting) this.leftOut.push({ id: address.address, reason });
  }

  #reasonFor(other: string | null): string {
    if (this.isFull) return FULL;
    if (this.#fresh.length === 0) return 'no fresh hub address is left: import an address batch';
    return other ?? 'it does not fit the hub money that is free now';
  }
}

/** Sweeps of which none depends on another. */
export function planSweeps(material: PlanMaterial, limits: PlanLimits): Plan {
  const planning = new Planning(limits, material.fresh);
  planning.planPayouts(material);
  planning.planDeposits(material);
  const { sweeps, leftOut } = planning;
  return { sweeps, leftOut };
}
