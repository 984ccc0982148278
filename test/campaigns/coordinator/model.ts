/** What the operations that were acknowledged must have led to, as a child would keep it. */
import { isDeepStrictEqual } from 'node:util';

export interface Entry {
  readonly userId: string;
  readonly amount: bigint;
}

export interface ModelWithdrawal {
  readonly userId: string;
  readonly address: string;
  readonly amount: bigint;
  isCancelled: boolean;
}

export interface Payment {
  readonly bundle: string;
  readonly tail: string;
  readonly address: string;
  readonly amount: bigint;
}

function textOf(value: unknown): string {
  const plain = (_key: string, each: unknown): unknown =>
    typeof each === 'bigint' ? each.toString() : each;
  return JSON.stringify(value, plain) ?? 'null';
}

export class Model {
  readonly users: Set<string> = new Set();
  /** Address of 90 trytes → its user. */
  readonly addresses: Map<string, string> = new Map();
  readonly transfers: Map<string, readonly Entry[]> = new Map();
  readonly withdrawals: Map<string, ModelWithdrawal> = new Map();
  readonly requests: Set<string> = new Set();
  /** What the node was told to pay, whether the coordinator knows of it or not. */
  readonly payments: Payment[] = [];
  readonly violations: string[] = [];

  fail(text: string): void {
    if (!this.violations.includes(text)) this.violations.push(text);
  }

  /** A violation unless both are equal. */
  compare(what: string, found: unknown, expected: unknown): void {
    const [is, should] = [textOf(found), textOf(expected)];
    // As text and back: what the two are made by does not matter.
    if (isDeepStrictEqual(JSON.parse(is), JSON.parse(should))) return;
    this.fail(`${what}: expected ${should.slice(0, 300)}, found ${is.slice(0, 300)}`);
  }

  addUser(userId: string): void {
    this.users.add(userId);
  }

  addAddress(address: string, userId: string): void {
    const other = this.addresses.get(address);
    if (other !== undefined) this.fail(`an address was given twice: to ${other} and to ${userId}`);
    this.addresses.set(address, userId);
  }

  addTransfer(id: string, entries: readonly Entry[]): void {
    if (this.transfers.has(id)) this.fail(`two calls were answered with transfer ${id}`);
    this.transfers.set(id, entries);
  }

  addWithdrawal(id: string, withdrawal: Omit<ModelWithdrawal, 'isCancelled'>): void {
    if (this.withdrawals.has(id)) this.fail(`two calls were answered with withdrawal ${id}`);
    this.withdrawals.set(id, { ...withdrawal, isCancelled: false });
  }

  cancelWithdrawal(id: string): void {
    const withdrawal = this.withdrawals.get(id);
    if (withdrawal !== undefined) withdrawal.isCancelled = true;
  }

  /** What transfers and withdrawals did to the user's balance; what was credited comes on top. */
  movedOf(userId: string): bigint {
    let sum = 0n;
    for (const entries of this.transfers.values()) {
      for (const entry of entries) if (entry.userId === userId) sum += entry.amount;
    }
    for (const { userId: owner, amount, isCancelled } of this.withdrawals.values()) {
      if (owner === userId && !isCancelled) sum -= amount;
    }
    return sum;
  }
}
