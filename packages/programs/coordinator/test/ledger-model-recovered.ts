/** The model's step for bundles that the coordinator had forgotten: they take what was planned otherwise. */
import type { SweepInput, SweepOutput } from '@airlock/journal';
import {
  commitmentOf,
  depositAddress,
  depositIdAt,
  hubAddress,
  inputOf,
  KEYRING,
  NULL_TAG,
  ownOutput,
  payout,
  trytesOf,
} from './booked.ts';
import {
  ADDRESSES,
  comeBack,
  type Model,
  type ModelSweep,
  type ModelWithdrawal,
  pick,
  type Step,
  takeOwn,
} from './ledger-model.ts';
import { recordOf } from './ledger-model-cold.ts';

interface Place {
  readonly address: string;
  /** That was to spend from it, and is taken its key. */
  readonly sweep: ModelSweep | null;
}

/** What a bundle costs the operator, who must have it unless somebody decides. */
interface Costs {
  must: bigint;
  /** Whatever he has. */
  other: bigint;
  needsDecision: boolean;
}

const coinsOf = (model: Model, address: string): bigint => model.coins.get(address) ?? 0n;
const isHub = (address: string): boolean => address.startsWith('H');

/** A hot sweep that is not signed, as far as anybody here knows: it may lose a key or a payout. */
function isLosable({ stage, sequence, cold }: ModelSweep): boolean {
  const isRequested = stage === 'requested' || (stage === 'planned' && sequence > 0);
  return cold !== true && (isRequested || stage === 'abandoned' || stage === 'lost');
}

/** Deposit addresses are taken only where what they hold is known by its deposits. */
function isKnown(model: Model, address: string): boolean {
  if (isHub(address)) return true;
  const rows = [...model.deposits.values()].filter((row) => row.address === address);
  return rows.reduce((sum, { amount }) => sum + amount, 0n) === coinsOf(model, address);
}

function placeFor(model: Model, by: number): Place | undefined {
  const free = [...model.active]
    .filter((address) => model.owner.has(address) || (isHub(address) && !model.cold.has(address)))
    .map((address) => ({ address, sweep: null }));
  const planned = model.sweeps
    .filter(isLosable)
    .flatMap((sweep) => sweep.inputs.map(({ address }) => ({ address, sweep })));
  const isFit = ({ address }: Place): boolean =>
    coinsOf(model, address) > 0n && !model.taken.has(address) && isKnown(model, address);
  const [first, second] = by % 2 === 0 ? [planned, free] : [free, planned];
  return pick(first.filter(isFit), by >> 1) ?? pick(second.filter(isFit), by >> 1);
}

/** Some of a hub address, or a little more than a correction has left there. */
function takeHub(model: Model, { address, sweep }: Place, size: bigint): [SweepInput, Costs] {
  const has = coinsOf(model, address);
  const isMore = size % 7n === 0n;
  const amount = isMore ? has + (size % 1000n) + 1n : (size % has) + 1n;
  const planned = sweep?.inputs.find((input) => input.address === address)?.amount ?? has;
  const late = has > planned ? has - planned : 0n;
  const rest = isMore ? 0n : has - amount;
  if (isMore) model.operator += amount - has;
  model.coins.set(address, rest);
  model.stranded += rest - late;
  model.operator -= rest - late;
  const other = rest > late ? rest - late : 0n;
  return [inputOf(address, amount), { must: 0n, other, needsDecision: isMore }];
}

/** The first deposits of an address; what is left is stranded, what of it was credited at the operator's cost. */
function takeDeposits(model: Model, address: string, size: bigint): [SweepInput, Costs] {
  const rows = [...model.deposits].filter(([, row]) => row.address === address);
  const count = 1 + Number(size % BigInt(rows.length));
  const costs = { must: 0n, other: 0n, needsDecision: false };
  const ids: string[] = [];
  let amount = 0n;
  for (const [place, [tail, row]] of rows.entries()) {
    const isSwept = place < count;
    if (isSwept) amount += row.amount;
    else model.stranded += row.amount;
    if (!isSwept && row.credited) costs.must += row.amount;
    if (!row.credited) {
      if (row.held) model.quarantined -= row.amount;
      model.add(model.pendingIn, row.user, -row.amount);
      if (isSwept) model.add(model.available, row.user, row.amount);
      if (isSwept) ids.push(depositIdAt(tail));
    }
    if (!isSwept) model.deposits.delete(tail);
    Object.assign(row, { credited: true, swept: true, held: false });
  }
  model.operator -= costs.must;
  model.add(model.coins, address, -amount);
  return [inputOf(address, amount, ids), costs];
}

/** Sweeps of the other keyring, whose signer knows nothing of this one's bundles. */
const isOthers = (model: Model, id: string): ModelSweep | undefined =>
  model.sweeps.find(({ cold, paid }) => cold === true && paid.includes(id));

/** Payouts that this bundle may turn out to pay, whatever was known of them; of abandoned sweeps first. */
function payable(model: Model, input: string): [string, ModelWithdrawal][] {
  const abandoned = model.sweeps.filter(({ stage }) => stage === 'abandoned');
  const first = new Set(abandoned.flatMap(({ paid }) => paid));
  const all = [...model.queue].sort(([a], [b]) => Number(first.has(b)) - Number(first.has(a)));
  return all.filter(([id, row]) => {
    if (model.bound.has(id) || row.address === input) return false;
    if (row.state === 'queued' || row.state === 'cancelled') return true;
    if (isOthers(model, id) !== undefined) return true;
    const mine = model.sweeps.find(({ paid }) => paid.includes(id));
    return row.state === 'planned' && mine !== undefined && isLosable(mine);
  });
}

function pay(model: Model, [id, row]: [string, ModelWithdrawal], costs: Costs): void {
  const other = isOthers(model, id);
  model.bound.add(id);
  const mine = model.sweeps.find(({ cold, paid }) => cold !== true && paid.includes(id));
  // Abandoned, it may have been signed before all the same.
  if (mine !== undefined && mine.stage !== 'abandoned') lose(mine);
  if (other !== undefined || row.state === 'cancelled') {
    costs.must += row.amount;
    model.operator -= row.amount;
    if (other !== undefined && other.stage !== 'confirmed') costs.needsDecision = true;
    if (row.state === 'cancelled') row.state = 'confirmed';
  } else {
    row.state = 'confirmed';
    model.settle(row);
    if (row.replaced !== undefined) model.drop(row.replaced);
  }
}

/** It is signed by nobody any more; its request has it, but is answered without it. */
function lose(sweep: ModelSweep): void {
  if (sweep.stage === 'abandoned') sweep.givenUp = true;
  Object.assign(sweep, { stage: 'lost', sequence: 0 });
}

/** Where the rest goes: a fresh address, one that ours pay to as well, or one whose key has signed. */
function restTo(model: Model, input: string, by: number): string {
  const used = by % 3 === 1 ? model.active : by % 3 === 2 ? model.retired : [];
  const address = pick([...used].filter(isHub), by >> 2);
  if (address !== undefined && address !== input) return address;
  const fresh = hubAddress(model.nextHub);
  model.nextHub += 1;
  model.active.add(fresh);
  return fresh;
}

function commitmentAt(address: string): string {
  for (let number = 1; number <= ADDRESSES; number += 1) {
    if (hubAddress(number) === address) return commitmentOf(1_000_000 + number);
    if (depositAddress(number) === address) return commitmentOf(number);
  }
  throw new Error(`${address} is no address of the hot keyring`);
}

/** The record names a bundle that nobody here knows, and the Tangle shows it as confirmed. */
export const recoverBundle: Step = (model, by, size) => {
  const place = placeFor(model, by);
  if (place === undefined || model.nextHub > ADDRESSES) return null;
  const { address } = place;
  const had = model.operator;
  if (place.sweep !== null) lose(place.sweep);
  model.active.delete(address);
  model.retired.add(address);
  model.taken.add(address);
  const [input, costs] = isHub(address)
    ? takeHub(model, place, size)
    : takeDeposits(model, address, size);
  let rest = input.amount;
  const outputs: SweepOutput[] = [];
  const withdrawalIds: string[] = [];
  const back: ModelWithdrawal[] = [];
  for (const [id, row] of payable(model, address).slice(by % 3)) {
    if (row.amount > rest || outputs.length === 2) continue;
    rest -= row.amount;
    pay(model, [id, row], costs);
    outputs.push(payout(id, row.address, row.amount));
    withdrawalIds.push(id);
    if (model.owner.has(row.address)) back.push(row);
  }
  for (const row of back) comeBack(model, row.address, row.amount);
  if (rest > 0n) {
    const to = restTo(model, address, by);
    outputs.push(ownOutput(to, rest));
    if (model.retired.has(to)) costs.other += rest;
    takeOwn(model, { address: to, amount: rest });
  }
  const isShort = costs.must > 0n && had < costs.must + costs.other;
  const lossReason = costs.needsDecision || isShort ? 'decided' : null;
  model.serial += 1;
  model.tail += 1;
  const [sweepId, tail] = [trytesOf('FORGOTTEN', model.serial), trytesOf('T', model.tail)];
  const commitments = [commitmentAt(address)];
  const forgotten = [{ bundleHash: sweepId, commitments, withdrawalIds, alone: false }];
  const essence = { inputs: [input], outputs, timestamp: 1, obsoleteTag: NULL_TAG };
  return [
    recordOf(model, { forgotten }),
    { type: 'sweep.recovered', keyringId: KEYRING, sweepId, tail, lossReason, ...essence },
  ];
};
