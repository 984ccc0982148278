/**
 * The terms of the ledger's equation and the users' balances, recounted from the journal's events with
 * none of the ledger's own code. It knows the events that the campaign brings about and no others.
 */

export interface CountedEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Coin {
  readonly isDeposit: boolean;
  userId: string | null;
  isRetired: boolean;
  amount: bigint;
}

interface Output {
  readonly address: string;
  readonly amount: string;
  readonly withdrawalId: string | null;
}

export class Recount {
  /** Credited money by user. */
  readonly available: Map<string, bigint> = new Map();
  /** By type. */
  readonly counts: Map<string, number> = new Map();
  readonly faults: string[] = [];
  private readonly coins = new Map<string, Coin>();
  private readonly uncredited = new Map<string, { userId: string; amount: bigint }>();
  private readonly unpaid = new Map<string, { userId: string; amount: bigint }>();
  private readonly plans = new Map<string, { inputs: Output[]; outputs: Output[] }>();
  private readonly movements = new Set<string>();
  private stranded = 0n;
  private operator = 0n;

  add({ type, data }: CountedEvent): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    const text = (name: string): string => String(data[name]);
    const known = new Set([
      'keyring.paired',
      'request.exported',
      'response.imported',
      'sweep.attached',
    ]);
    // Alarms move nothing.
    if (known.has(type) || 'state' in data) return;
    if (type === 'user.created') this.available.set(text('userId'), 0n);
    else if (type === 'addresses.imported') this.imported(data.addresses as never);
    else if (type === 'address.assigned') this.assigned(text('address'), text('userId'));
    else if (type.startsWith('deposit.')) this.deposit(type, data);
    else if (type.startsWith('withdrawal.')) this.withdrawal(type, data);
    else if (type === 'transfer.booked') {
      for (const { userId, amount } of data.entries as { userId: string; amount: string }[]) {
        this.move(userId, BigInt(amount));
      }
    } else if (type === 'sweep.planned') this.planned(data);
    else if (type === 'sweep.confirmed') this.confirmed(text('sweepId'));
    else this.faults.push(`an event that nothing here should bring about: ${type}`);
  }

  /** The terms as a statement shows them, and the difference. */
  statement(): Record<string, string> {
    const sum = (rows: Iterable<{ amount: bigint }>): bigint =>
      [...rows].reduce((total, { amount }) => total + amount, 0n);
    const users = [...this.available.values()].reduce((total, amount) => total + amount, 0n);
    const terms = {
      assets: sum(this.coins.values()),
      users,
      unpaidWithdrawals: sum(this.unpaid.values()),
      uncredited: sum(this.uncredited.values()),
      quarantined: 0n,
      stranded: this.stranded,
      operator: this.operator,
    };
    const { assets, ...claims } = terms;
    const difference = Object.values(claims).reduce((rest, claim) => rest - claim, assets);
    return Object.fromEntries(
      Object.entries({ ...terms, difference }).map(([name, amount]) => [name, String(amount)]),
    );
  }

  private move(userId: string, amount: bigint): void {
    const before = this.available.get(userId);
    if (before === undefined) this.faults.push(`money of ${userId}, who does not exist`);
    const after = (before ?? 0n) + amount;
    if (after < 0n) this.faults.push(`the balance of ${userId} falls to ${after}`);
    this.available.set(userId, after);
  }

  private imported(addresses: readonly { address: string; pool: string }[]): void {
    for (const { address, pool } of addresses) {
      const isDeposit = pool === 'deposit';
      this.coins.set(address, { isDeposit, userId: null, isRetired: false, amount: 0n });
    }
  }

  private assigned(address: string, userId: string): void {
    const coin = this.coins.get(address);
    if (coin === undefined || coin.userId !== null) {
      this.faults.push(`address ${address} was assigned twice, or is not known`);
    } else coin.userId = userId;
  }

  private deposit(type: string, data: CountedEvent['data']): void {
    const id = String(data.depositId);
    if (type === 'deposit.credited') {
      const deposit = this.uncredited.get(id);
      if (deposit === undefined) this.faults.push(`deposit ${id} was credited twice`);
      else this.move(deposit.userId, deposit.amount);
      this.uncredited.delete(id);
      return;
    }
    const movement = `${data.tail} ${data.index}`;
    if (this.movements.has(movement)) this.faults.push(`movement ${movement} was booked twice`);
    this.movements.add(movement);
    const amount = BigInt(String(data.amount));
    const coin = this.coins.get(String(data.address));
    if (coin === undefined) {
      this.faults.push('a deposit to an address that is not known');
      return;
    }
    coin.amount += amount;
    if (coin.isRetired) this.stranded += amount;
    else if (coin.isDeposit && coin.userId !== null) {
      this.uncredited.set(id, { userId: coin.userId, amount });
    } else this.operator += amount;
  }

  private withdrawal(type: string, data: CountedEvent['data']): void {
    const id = String(data.withdrawalId);
    const known = this.unpaid.get(id);
    if (type === 'withdrawal.requested') {
      if (known !== undefined) this.faults.push(`withdrawal ${id} was booked twice`);
      const [userId, amount] = [String(data.userId), BigInt(String(data.amount))];
      this.unpaid.set(id, { userId, amount });
      this.move(userId, -amount);
    } else if (known === undefined) {
      this.faults.push(`withdrawal ${id} was cancelled, but is not known or done`);
    } else {
      this.unpaid.delete(id);
      this.move(known.userId, known.amount);
    }
  }

  private planned(data: CountedEvent['data']): void {
    const [inputs, outputs] = [data.inputs as Output[], data.outputs as Output[]];
    for (const { address } of inputs) {
      const coin = this.coins.get(address);
      if (coin === undefined || coin.isRetired) this.faults.push(`${address} was planned twice`);
      else coin.isRetired = true;
    }
    this.plans.set(String(data.sweepId), { inputs, outputs });
  }

  private confirmed(sweepId: string): void {
    const plan = this.plans.get(sweepId);
    if (plan === undefined)
      this.faults.push(`sweep ${sweepId} was confirmed twice, or never planned`);
    this.plans.delete(sweepId);
    for (const { address, amount } of plan?.inputs ?? []) this.pay(address, -BigInt(amount));
    for (const { address, amount, withdrawalId } of plan?.outputs ?? []) {
      if (withdrawalId === null) this.pay(address, BigInt(amount));
      else if (!this.unpaid.delete(withdrawalId))
        this.faults.push(`${withdrawalId} was paid twice`);
    }
  }

  private pay(address: string, amount: bigint): void {
    const coin = this.coins.get(address);
    if (coin !== undefined) coin.amount += amount;
    else this.faults.push(`a sweep moves money of ${address}, which is not known`);
  }
}
