/** A small model of the ledger that knows sums alone, and the random commands that change both. */
import assert from 'node:assert/strict';
import type { JournalEvent } from '@airlock/journal';

import { recount } from '../src/ledger/recount.ts';
import {
  answered,
  arrived,
  assigned,
  attached,
  type Booked,
  confirmed,
  credited,
  depositAddress,
  depositIdAt,
  exported,
  hubAddress,
  inputOf,
  ownOutput,
  payout,
  planned,
  trytesOf,
  voided,
  withdrawal,
} from './booked.ts';
import { differenceOf } from './world.ts';

export const USERS: readonly string[] = ['u0', 'u1', 'u2', 'u3'];
export const ADDRESSES = 400;

interface ModelDeposit {
  user: string;
  amount: bigint;
  address: string;
  credited: boolean;
  swept: boolean;
  held: boolean;
}

export interface ModelWithdrawal {
  /** Null: the operator's. */
  user: string | null;
  amount: bigint;
  address: string;
  state: string;
  /** The id of what is paid instead. */
  replaced?: string;
}

export interface ModelSweep {
  readonly number: number;
  readonly inputs: readonly { address: string; amount: bigint; deposits: number[] }[];
  readonly own: { address: string; amount: bigint } | null;
  readonly paid: readonly string[];
  stage:
    | 'planned'
    | 'requested'
    | 'refused'
    | 'signed'
    | 'attached'
    | 'blocked'
    | 'abandoned'
    | 'lost'
    | 'confirmed';
  sequence: number;
  /** Of the cold keyring. */
  cold?: true;
  /** Of one that is lost: somebody has said so. */
  givenUp?: true;
  wasAttached?: true;
}

/** Balances as a child would keep them: no rule of the ledger is asked. */
export class Model {
  available: Map<string, bigint> = new Map(USERS.map((id) => [id, 0n]));
  pendingIn: Map<string, bigint> = new Map(USERS.map((id) => [id, 0n]));
  pendingOut: Map<string, bigint> = new Map(USERS.map((id) => [id, 0n]));
  /** Confirmed money by address. */
  coins: Map<string, bigint> = new Map();
  owner: Map<string, string> = new Map();
  active: Set<string> = new Set();
  retired: Set<string> = new Set();
  deposits: Map<number, ModelDeposit> = new Map();
  queue: Map<string, ModelWithdrawal> = new Map();
  sweeps: ModelSweep[] = [];
  /** Addresses in quarantine. */
  odd: Set<string> = new Set();
  /** Addresses that only cold orders spend from. */
  cold: Set<string> = new Set();
  /** Addresses whose seed was given away. */
  given: Set<string> = new Set();
  /** Addresses that a forgotten bundle has spent from, and payouts that it paid. */
  taken: Set<string> = new Set();
  bound: Set<string> = new Set();
  custody: Map<string, { status: string; addresses: string[] }> = new Map();
  /** Uncredited money by payouts to own addresses: the model never credits it. */
  silent: Map<string, bigint> = new Map();
  operator = 0n;
  stranded = 0n;
  quarantined = 0n;
  /** Payouts to be made that no user waits for: the operator's, and replaced ones. */
  unpaidOperator = 0n;
  sequence = 0;
  coldSequence = 0;
  nextDeposit = 1;
  nextHub = 1;
  nextCold = 1;
  tail = 0;
  serial = 0;

  add(map: Map<string, bigint>, key: string, amount: bigint): void {
    map.set(key, (map.get(key) ?? 0n) + amount);
  }

  /** One payout less to be made. */
  settle({ user, amount, replaced }: ModelWithdrawal): void {
    if (user === null || replaced !== undefined) this.unpaidOperator -= amount;
    else this.add(this.pendingOut, user, -amount);
  }

  /** What was to be paid instead is dropped if it is queued. */
  drop(id: string): void {
    const row = this.queue.get(id);
    if (row?.replaced !== undefined) this.drop(row.replaced);
    if (row?.replaced !== undefined || row?.state !== 'queued') return;
    row.state = 'cancelled';
    this.operator += row.amount;
    this.settle(row);
  }
}

const sum = (values: Iterable<bigint>): bigint => [...values].reduce((a, b) => a + b, 0n);

/** Checks every sum and every balance of the ledger against the model. */
export function agree({ ledger, totals }: Booked, model: Model): void {
  const { state } = ledger;
  assert.equal(differenceOf(state), 0n);
  assert.equal(totals().users, sum(model.available.values()));
  const pendingIn = sum(model.pendingIn.values());
  assert.equal(totals().uncredited, pendingIn - model.quarantined);
  assert.equal(totals().quarantined, model.quarantined);
  const pendingOut = sum(model.pendingOut.values());
  assert.equal(totals().unpaidWithdrawals, pendingOut + model.unpaidOperator);
  assert.deepEqual(recount(state), []);
  assert.equal(totals().assets, sum(model.coins.values()));
  assert.equal(totals().operator, model.operator);
  assert.equal(totals().stranded, model.stranded);
  for (const [address, amount] of model.coins) {
    const balance = state.get('addresses', address)?.balance;
    assert.equal(balance, amount, address);
  }
  for (const id of USERS) {
    assert.deepEqual(state.get('users', id), {
      id,
      available: model.available.get(id),
      pendingDeposits: model.pendingIn.get(id),
      pendingWithdrawals: model.pendingOut.get(id),
    });
  }
}

/** One random choice among these, by a number. */
export function pick<T>(items: Iterable<T>, by: number): T | undefined {
  const list = [...items];
  return list[by % Math.max(1, list.length)];
}

export type Step = (model: Model, by: number, size: bigint) => JournalEvent[] | null;

/** What an unconfirmed sweep will spend of an address beyond what is on it. */
function shortfall(model: Model, address: string): bigint {
  if (model.taken.has(address)) return 0n;
  const input = model.sweeps
    .filter(({ stage }) => stage !== 'confirmed')
    .flatMap(({ inputs }) => inputs)
    .find((each) => each.address === address);
  const missing = (input?.amount ?? 0n) - (model.coins.get(address) ?? 0n);
  return missing > 0n ? missing : 0n;
}

/** Money on an address: to its user, to the operator, or stranded. */
export function arrive(model: Model, address: string, amount: bigint): JournalEvent[] {
  model.tail += 1;
  const short = model.retired.has(address) ? shortfall(model, address) : 0n;
  const filled = short < amount ? short : amount;
  const rest = amount - filled;
  model.operator += filled;
  model.add(model.coins, address, amount);
  const owner = model.owner.get(address);
  const isRetired = model.retired.has(address);
  if (isRetired) model.stranded += rest;
  else if (owner === undefined) model.operator += rest;
  if (owner !== undefined && !isRetired) {
    const held = model.odd.has(address);
    const deposit = { user: owner, amount, address, credited: false, swept: false, held };
    if (held) model.quarantined += amount;
    model.deposits.set(model.tail, deposit);
    model.add(model.pendingIn, owner, amount);
  }
  return [arrived(address, amount, model.tail)];
}

const assign: Step = (model, by) => {
  if (model.nextDeposit > ADDRESSES) return null;
  const number = model.nextDeposit;
  model.nextDeposit += 1;
  const owner = pick(USERS, by)!;
  model.owner.set(depositAddress(number), owner);
  model.active.add(depositAddress(number));
  return [assigned(owner, number)];
};

const arriveActive: Step = (model, by, size) => {
  const address = pick(model.active, by);
  return address === undefined ? null : arrive(model, address, size);
};

const arriveRetired: Step = (model, by, size) => {
  const address = pick(model.retired, by);
  return address === undefined ? null : arrive(model, address, size);
};

const credit: Step = (model, by) => {
  const open = [...model.deposits].filter(([, each]) => !each.credited && !each.held);
  const found = pick(open, by);
  if (found === undefined) return null;
  const [tail, deposit] = found;
  deposit.credited = true;
  model.add(model.pendingIn, deposit.user, -deposit.amount);
  model.add(model.available, deposit.user, deposit.amount);
  return [credited(tail)];
};

const ask: Step = (model, by, size) => {
  const id = pick(USERS, by)!;
  const has = model.available.get(id)!;
  if (has === 0n) return null;
  const amount = (size % has) + 1n;
  model.serial += 1;
  const withdrawalId = `w${model.serial}`;
  // Now and then to an own address: it comes back as a deposit.
  const own = by % 5 === 0 ? pick(model.active, by) : undefined;
  const address = own !== undefined && model.owner.has(own) ? own : trytesOf('W', model.serial);
  model.add(model.available, id, -amount);
  model.add(model.pendingOut, id, amount);
  model.queue.set(withdrawalId, { user: id, amount, address, state: 'queued' });
  return [withdrawal({ id: withdrawalId, userId: id, amount, address })];
};

/** Whether one of the payouts that this one is made again for is so, or in a sweep of such a stage. */
export function isAgainFor(model: Model, id: string, stages: readonly string[]): boolean {
  const before = [...model.queue].find(([, { replaced }]) => replaced === id);
  if (before === undefined) return false;
  const [first, { state }] = before;
  const open = model.sweeps.filter(({ stage }) => stages.includes(stage));
  const isSo = stages.includes(state) || open.some(({ paid }) => paid.includes(first));
  return isSo || isAgainFor(model, first, stages);
}

/** Not to be given back while what it is made again for may be made. */
const AWAITED = ['signed', 'attached', 'blocked'];
/** Not to be made while what it is made again for is under way, or made. */
export const OVERTAKING: readonly string[] = ['signed', 'attached', 'confirmed'];

const cancel: Step = (model, by) => {
  const found = pick(
    [...model.queue].filter(
      ([id, { state }]) => state === 'queued' && !isAgainFor(model, id, AWAITED),
    ),
    by,
  );
  if (found === undefined) return null;
  const [withdrawalId, row] = found;
  row.state = 'cancelled';
  if (row.user === null) {
    model.operator += row.amount;
    model.unpaidOperator -= row.amount;
  } else {
    model.add(model.available, row.user, row.amount);
    model.add(model.pendingOut, row.user, -row.amount);
  }
  return [{ type: 'withdrawal.cancelled', withdrawalId }];
};

const transfer: Step = (model, by, size) => {
  const from = pick(USERS, by)!;
  const to = pick(
    USERS.filter((id) => id !== from),
    by >> 3,
  )!;
  const has = model.available.get(from)!;
  if (has === 0n) return null;
  const amount = (size % has) + 1n;
  model.serial += 1;
  model.add(model.available, from, -amount);
  model.add(model.available, to, amount);
  const entries = [
    { userId: from, amount: -amount },
    { userId: to, amount },
  ];
  const transferId = `tr${model.serial}`;
  return [{ type: 'transfer.booked', transferId, entries, reference: null }];
};

/** Spends active addresses with money; pays queued withdrawals if they are hub addresses. */
const plan: Step = (model, by) => {
  const isHub = by % 2 === 0;
  const rich = [...model.active].filter((address) => {
    if (model.odd.has(address) || model.cold.has(address)) return false;
    return (model.coins.get(address) ?? 0n) > 0n && isHub === !model.owner.has(address);
  });
  const start = by % Math.max(1, rich.length);
  const chosen = rich.slice(start, start + 1 + (by % 4));
  if (chosen.length === 0 || model.nextHub > ADDRESSES) return null;
  const inputs = chosen.map((address) => {
    const on = [...model.deposits].filter(([, row]) => row.address === address && !row.swept);
    for (const [, row] of on) row.swept = true;
    const amount = model.coins.get(address)!;
    return { address, amount, deposits: on.map(([tail]) => tail) };
  });
  let rest = sum(inputs.map(({ amount }) => amount));
  const paid: string[] = [];
  for (const [id, row] of isHub ? model.queue : []) {
    if (row.state !== 'queued' || row.amount > rest || chosen.includes(row.address)) continue;
    if (isAgainFor(model, id, OVERTAKING)) continue;
    row.state = 'planned';
    rest -= row.amount;
    paid.push(id);
  }
  let own: ModelSweep['own'] = null;
  if (rest > 0n) {
    own = { address: hubAddress(model.nextHub), amount: rest };
    model.nextHub += 1;
    model.active.add(own.address);
  }
  for (const address of chosen) {
    model.active.delete(address);
    model.retired.add(address);
  }
  const number = model.sweeps.length + 1;
  model.sweeps.push({ number, inputs, own, paid, stage: 'planned', sequence: 0 });
  const outputs = [
    ...paid.map((id) => payout(id, model.queue.get(id)!.address, model.queue.get(id)!.amount)),
    ...(own === null ? [] : [ownOutput(own.address, own.amount)]),
  ];
  const spent = inputs.map(({ address, amount, deposits }) =>
    inputOf(address, amount, deposits.map(depositIdAt)),
  );
  return [planned(number, spent, outputs)];
};

const exportAll: Step = (model) => {
  const ready = model.sweeps.filter(({ stage }) => stage === 'planned');
  if (ready.length === 0) return null;
  model.sequence += 1;
  for (const sweep of ready) Object.assign(sweep, { stage: 'requested', sequence: model.sequence });
  const events = [exported(model.sequence, ...ready.map(({ number }) => number))];
  for (const tail of ready.flatMap(({ inputs }) => inputs.flatMap(({ deposits }) => deposits))) {
    const deposit = model.deposits.get(tail)!;
    if (deposit.credited) continue;
    deposit.credited = true;
    model.add(model.pendingIn, deposit.user, -deposit.amount);
    model.add(model.available, deposit.user, deposit.amount);
    events.push(credited(tail));
  }
  return events;
};

const respond: Step = (model, by) => {
  const open = new Set(
    model.sweeps.filter(({ stage }) => stage === 'requested').map(({ sequence }) => sequence),
  );
  const sequence = pick(open, by);
  if (sequence === undefined) return null;
  const mine = model.sweeps.filter((sweep) => sweep.sequence === sequence);
  const isRefused = (number: number): boolean => (number + by) % 7 === 0;
  for (const sweep of mine) sweep.stage = isRefused(sweep.number) ? 'refused' : 'signed';
  const numbers = mine.map(({ number }) => number);
  const signed = numbers.filter((number) => !isRefused(number));
  return [answered(sequence, { signed, refused: numbers.filter(isRefused) })];
};

/** Nothing in the model changes but that its sweeps may be asked again. */
const voidOne: Step = (model, by) => {
  const sequence = pick(
    model.sweeps.filter(({ stage }) => stage === 'requested').map((sweep) => sweep.sequence),
    by,
  );
  if (sequence === undefined) return null;
  for (const sweep of model.sweeps) if (sweep.sequence === sequence) sweep.stage = 'planned';
  return [voided(sequence)];
};

const attach: Step = (model, by) => {
  const open = model.sweeps.filter(({ stage }) => stage === 'signed' || stage === 'attached');
  const sweep = pick(open, by);
  if (sweep === undefined) return null;
  sweep.stage = 'attached';
  sweep.wasAttached = true;
  model.tail += 1;
  return [attached(sweep.number, model.tail)];
};

/** What came to an own address with a payout or a replay. */
export function comeBack(model: Model, address: string, amount: bigint): void {
  const owner = model.owner.get(address);
  const short = model.retired.has(address) ? shortfall(model, address) : 0n;
  const filled = short < amount ? short : amount;
  const rest = amount - filled;
  model.operator += filled;
  model.add(model.coins, address, amount);
  if (model.retired.has(address)) model.stranded += rest;
  else if (owner === undefined) model.operator += rest;
  else {
    // The deposit's id follows from tail and slot: the model knows of it, but never credits it.
    model.add(model.pendingIn, owner, rest);
    model.add(model.silent, address, rest);
    if (model.odd.has(address)) model.quarantined += rest;
  }
}

/** Own money: stranded, at the operator's cost, where the key has signed. */
export function takeOwn(
  model: Model,
  { address, amount }: { address: string; amount: bigint },
): void {
  model.add(model.coins, address, amount);
  if (!model.retired.has(address)) return;
  model.stranded += amount;
  model.operator -= amount;
}

const confirm: Step = (model, by) => {
  const open = model.sweeps.filter(({ stage, inputs }) => {
    const isFunded = inputs.every(({ address, amount }) => model.coins.get(address)! >= amount);
    return ['signed', 'attached', 'blocked', 'abandoned'].includes(stage) && isFunded;
  });
  const sweep = pick(open, by);
  if (sweep === undefined) return null;
  sweep.stage = 'confirmed';
  for (const { address, amount } of sweep.inputs) model.add(model.coins, address, -amount);
  for (const id of sweep.paid) {
    const row = model.queue.get(id)!;
    // Abandoned, and paid by a forgotten bundle meanwhile.
    if (row.state === 'confirmed') model.operator -= row.amount;
    else {
      row.state = 'confirmed';
      model.settle(row);
      if (row.replaced !== undefined) model.drop(row.replaced);
    }
    if (model.owner.has(row.address)) comeBack(model, row.address, row.amount);
  }
  if (sweep.own !== null) takeOwn(model, sweep.own);
  model.tail += 1;
  return [confirmed(sweep.number, model.tail)];
};

/** Steps of everyday life; the others are in ledger-model-decisions.ts. */
export const EVERYDAY: readonly Step[] = [
  assign,
  arriveActive,
  arriveActive,
  arriveRetired,
  credit,
  ask,
  ask,
  cancel,
  transfer,
  plan,
  plan,
  exportAll,
  respond,
  voidOne,
  attach,
  confirm,
  confirm,
];
