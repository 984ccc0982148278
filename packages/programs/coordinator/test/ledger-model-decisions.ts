/** The model's steps for odd addresses, decisions by people, blocked sweeps and replays. */
import type { JournalEvent } from '@airlock/journal';
import { depositIdAt, hubAddress, sweepId, trytesOf, withdrawal } from './booked.ts';
import {
  ADDRESSES,
  comeBack,
  EVERYDAY,
  type Model,
  type ModelSweep,
  pick,
  type Step,
} from './ledger-model.ts';
import { COLD_STEPS } from './ledger-model-cold.ts';
import { recoverBundle } from './ledger-model-recovered.ts';

const inUse = (model: Model): string[] => [...model.active, ...model.retired];

/** Deposits of an address that are neither credited nor swept come into quarantine, or out of it. */
function hold(model: Model, address: string, held: boolean): void {
  const sign = held ? 1n : -1n;
  for (const deposit of model.deposits.values()) {
    if (deposit.address !== address || deposit.credited || deposit.swept) continue;
    deposit.held = held;
    model.quarantined += sign * deposit.amount;
  }
  model.quarantined += sign * (model.silent.get(address) ?? 0n);
}

const quarantine: Step = (model, by) => {
  const address = pick(
    inUse(model).filter((each) => !model.odd.has(each)),
    by,
  );
  if (address === undefined) return null;
  model.odd.add(address);
  hold(model, address, true);
  return [{ type: 'address.quarantined', address, reason: 'odd' }];
};

const release: Step = (model, by) => {
  const address = pick(model.odd, by);
  if (address === undefined) return null;
  model.odd.delete(address);
  hold(model, address, false);
  return [{ type: 'address.released', address, reason: 'agreed' }];
};

const correct: Step = (model, by, size) => {
  const address = pick(inUse(model), by);
  if (address === undefined) return null;
  const has = model.coins.get(address) ?? 0n;
  const amount = by % 3 === 0 || has === 0n ? size : -((size % has) + 1n);
  model.add(model.coins, address, amount);
  model.operator += amount;
  return [{ type: 'balance.corrected', address, amount, reason: 'counted' }];
};

const topUp: Step = (model) => {
  if (model.nextHub > ADDRESSES) return null;
  const address = hubAddress(model.nextHub);
  model.nextHub += 1;
  model.active.add(address);
  return [{ type: 'top-up.opened', address, reference: null }];
};

const withdrawOwn: Step = (model, _by, size) => {
  if (model.operator <= 0n) return null;
  const amount = (size % model.operator) + 1n;
  model.serial += 1;
  const id = `w${model.serial}`;
  const address = trytesOf('W', model.serial);
  model.operator -= amount;
  model.unpaidOperator += amount;
  model.queue.set(id, { user: null, amount, address, state: 'queued' });
  return [{ ...withdrawal({ id, userId: '', amount, address }), userId: null } as JournalEvent];
};

const block: Step = (model, by) => {
  const sweep = pick(
    model.sweeps.filter(({ stage }) => stage === 'signed' || stage === 'attached'),
    by,
  );
  if (sweep === undefined) return null;
  sweep.stage = 'blocked';
  const [{ address }] = sweep.inputs as [ModelSweep['inputs'][number]];
  const shortfalls = [{ address, amount: 1n }];
  return [{ type: 'sweep.blocked', sweepId: sweepId(sweep.number), reason: 'short', shortfalls }];
};

const unblock: Step = (model, by) => {
  const sweep = pick(
    model.sweeps.filter(({ stage }) => stage === 'blocked'),
    by,
  );
  if (sweep === undefined) return null;
  sweep.stage = sweep.wasAttached ? 'attached' : 'signed';
  return [{ type: 'sweep.unblocked', sweepId: sweepId(sweep.number) }];
};

const replace: Step = (model, by) => {
  const open = model.sweeps
    .filter(({ stage }) => ['blocked', 'abandoned', 'lost'].includes(stage))
    .flatMap(({ paid }) => paid)
    .filter((id) => !model.queue.get(id)!.replaced && model.queue.get(id)!.state !== 'confirmed');
  const withdrawalId = pick(open, by);
  if (withdrawalId === undefined) return null;
  const row = model.queue.get(withdrawalId)!;
  model.serial += 1;
  const replacementId = `w${model.serial}`;
  row.replaced = replacementId;
  model.queue.set(replacementId, { ...row, state: 'queued' });
  delete model.queue.get(replacementId)!.replaced;
  model.operator -= row.amount;
  model.unpaidOperator += row.amount;
  return [{ type: 'withdrawal.replaced', withdrawalId, replacementId, reason: 'lost' }];
};

const replay: Step = (model, by) => {
  const isFunded = ({ inputs }: ModelSweep): boolean => {
    const sum = inputs.reduce((total, { amount }) => total + amount, 0n);
    const isThere = inputs.every(({ address, amount }) => model.coins.get(address)! >= amount);
    return isThere && sum <= model.stranded;
  };
  const sweep = pick(
    model.sweeps.filter((each) => each.stage === 'confirmed' && isFunded(each)),
    by,
  );
  if (sweep === undefined) return null;
  for (const { address, amount } of sweep.inputs) {
    model.add(model.coins, address, -amount);
    model.stranded -= amount;
  }
  for (const id of sweep.paid) {
    const { address, amount } = model.queue.get(id)!;
    if (model.owner.has(address)) comeBack(model, address, amount);
  }
  if (sweep.own !== null) comeBack(model, sweep.own.address, sweep.own.amount);
  model.tail += 1;
  return [
    { type: 'sweep.replayed', sweepId: sweepId(sweep.number), tail: trytesOf('T', model.tail) },
  ];
};

/** Pays a spent address exactly what a confirmed sweep took from it, so that replays come up. */
const refund: Step = (model, by) => {
  const sweep = pick(
    model.sweeps.filter(({ stage, inputs }) => stage === 'confirmed' && inputs.length === 1),
    by,
  );
  if (sweep === undefined) return null;
  const [{ address, amount }] = sweep.inputs as [ModelSweep['inputs'][number]];
  model.tail += 1;
  model.add(model.coins, address, amount);
  model.stranded += amount;
  const tail = trytesOf('T', model.tail);
  const place = { bundle: trytesOf('B', model.tail), tail, index: 0, message: null };
  const depositId = depositIdAt(model.tail);
  return [{ type: 'deposit.confirmed', depositId, address, amount, ...place }];
};

export const STEPS: readonly Step[] = [
  ...EVERYDAY,
  ...EVERYDAY,
  ...COLD_STEPS,
  quarantine,
  release,
  release,
  correct,
  topUp,
  withdrawOwn,
  block,
  unblock,
  replace,
  refund,
  replay,
  recoverBundle,
];
