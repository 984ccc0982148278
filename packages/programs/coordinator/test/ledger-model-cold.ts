/** The model's steps for cold money: custody, bringing back, spending by order or by the signer alone. */
import type { JournalEvent, SweepInput, SweepOutput } from '@airlock/journal';
import {
  COLD_KEYRING,
  coldAddress,
  coldOutput,
  commitmentOf,
  exported,
  headAt,
  hubAddress,
  inputOf,
  KEYRING,
  NULL_TAG,
  ownOutput,
  payout,
  planned,
  sweepId,
  trytesOf,
} from './booked.ts';
import { ADDRESSES, isAgainFor, type Model, OVERTAKING, pick, type Step } from './ledger-model.ts';

const balanceOf = (model: Model, address: string): bigint => model.coins.get(address) ?? 0n;

/** Hub addresses of the hot keyring that any order may take: in use, free, and their funding confirmed. */
function free(model: Model): string[] {
  const awaited = new Set(
    model.sweeps
      .filter(({ stage }) => !['confirmed', 'abandoned', 'lost'].includes(stage))
      .map(({ own }) => own?.address),
  );
  return [...model.active].filter(
    (address) =>
      address.startsWith('H') &&
      !model.cold.has(address) &&
      !model.odd.has(address) &&
      !awaited.has(address),
  );
}

const setAside: Step = (model, by) => {
  const rows = free(model);
  const addresses = rows.slice(by % Math.max(1, rows.length)).slice(0, 1 + (by % 3));
  if (addresses.length === 0) return null;
  model.serial += 1;
  const orderId = `co${model.serial}`;
  model.custody.set(orderId, { status: 'open', addresses });
  for (const address of addresses) model.cold.add(address);
  const amounts = addresses.map((address) => balanceOf(model, address));
  const slip = { slipDigest: commitmentOf(model.serial), createdAt: 1, reference: null };
  return [{ type: 'custody.opened', orderId, keyringId: KEYRING, addresses, amounts, ...slip }];
};

const ordersThatAre = (model: Model, status: string): string[] =>
  [...model.custody].filter(([, order]) => order.status === status).map(([id]) => id);

const receive: Step = (model, by) => {
  const orderId = pick(ordersThatAre(model, 'open'), by);
  if (orderId === undefined) return null;
  model.custody.get(orderId)!.status = 'in-custody';
  const receiptDigest = commitmentOf(by);
  return [{ type: 'custody.received', orderId, receiptDigest, copies: ['A'] }];
};

const callOff: Step = (model, by) => {
  const orderId = pick(ordersThatAre(model, 'open'), by);
  if (orderId === undefined || by % 3 !== 0) return null;
  const order = model.custody.get(orderId)!;
  order.status = 'cancelled';
  for (const address of order.addresses) {
    if (!model.given.has(address)) model.cold.delete(address);
  }
  return [{ type: 'cold-order.cancelled', orderId }];
};

/** What a custody still holds: neither spent, nor brought back, nor given away. */
const heldBy = (model: Model, id: string): string[] =>
  model.custody
    .get(id)!
    .addresses.filter(
      (address) =>
        model.active.has(address) && model.cold.has(address) && !model.given.has(address),
    );

const bringBack: Step = (model, by) => {
  const custodyId = pick(ordersThatAre(model, 'in-custody'), by);
  const held = custodyId === undefined ? [] : heldBy(model, custodyId);
  const addresses = held.slice(0, 1 + (by % 2));
  if (custodyId === undefined || addresses.length === 0) return null;
  model.serial += 1;
  const orderId = `co${model.serial}`;
  for (const address of addresses) model.cold.delete(address);
  const custody = model.custody.get(custodyId)!;
  custody.addresses = custody.addresses.filter((address) => !addresses.includes(address));
  return [
    { type: 'bring-back.opened', orderId, custodyId, addresses, reference: null },
    { type: 'bring-back.done', orderId },
  ];
};

/** Takes queued payouts that fit into an amount, oldest first. */
function takePayouts(model: Model, amount: bigint, inputs: readonly string[]): string[] {
  let rest = amount;
  return [...model.queue].flatMap(([id, row]) => {
    if (row.state !== 'queued' || row.amount > rest || inputs.includes(row.address)) return [];
    if (isAgainFor(model, id, OVERTAKING)) return [];
    row.state = 'planned';
    rest -= row.amount;
    return [id];
  });
}

const total = (model: Model, addresses: readonly string[]): bigint =>
  addresses.reduce((sum, address) => sum + balanceOf(model, address), 0n);

function retire(model: Model, addresses: readonly string[]): SweepInput[] {
  for (const address of addresses) {
    model.active.delete(address);
    model.retired.add(address);
  }
  return addresses.map((address) => inputOf(address, balanceOf(model, address)));
}

/** A cold order's sweep: payouts, and the rest to a fresh hub address of one keyring or the other. */
function spend(
  model: Model,
  { keyringId, inputs, by }: { keyringId: string; inputs: readonly string[]; by: number },
): JournalEvent[] | null {
  const isCold = by % 2 === 0;
  const isLeft = isCold ? model.nextCold <= ADDRESSES : model.nextHub <= ADDRESSES;
  const amount = total(model, inputs);
  if (amount === 0n || !isLeft) return null;
  const paid = takePayouts(model, amount, inputs);
  const rest = amount - paid.reduce((sum, id) => sum + model.queue.get(id)!.amount, 0n);
  const to = isCold ? coldAddress(model.nextCold) : hubAddress(model.nextHub);
  const own = rest > 0n ? { address: to, amount: rest } : null;
  if (own !== null) {
    if (isCold) model.nextCold += 1;
    else model.nextHub += 1;
    model.active.add(to);
    if (isCold) model.cold.add(to);
  }
  const isOwn = (keyringId === COLD_KEYRING) === isCold;
  const number = model.sweeps.length + 1;
  model.serial += 1;
  const orderId = `co${model.serial}`;
  const outputs: SweepOutput[] = [
    ...paid.map((id) => payout(id, model.queue.get(id)!.address, model.queue.get(id)!.amount)),
    ...(own === null ? [] : [(isOwn ? ownOutput : coldOutput)(own.address, own.amount)]),
  ];
  const spent = inputs.map((address) => {
    return { address, amount: balanceOf(model, address), deposits: [] };
  });
  model.sweeps.push({ number, inputs: spent, own, paid, stage: 'planned', sequence: 0 });
  const sweep = planned(number, retire(model, inputs), outputs);
  const order = { orderId, keyringId, sweepId: sweep.sweepId, reference: null };
  return [
    { type: 'cold-spend.opened', ...order },
    { ...sweep, orderId, keyringId },
  ];
}

const rich = (model: Model, addresses: readonly string[]): string[] =>
  addresses.filter((address) => balanceOf(model, address) > 0n && !model.odd.has(address));

const spendCustody: Step = (model, by) => {
  const id = pick(ordersThatAre(model, 'in-custody'), by);
  const inputs = id === undefined ? [] : rich(model, heldBy(model, id)).slice(0, 1 + (by % 2));
  return inputs.length === 0 ? null : spend(model, { keyringId: KEYRING, inputs, by: by >> 1 });
};

/** Signed at once: the hot keyring's requests are made by another step. */
const spendColdKeyring: Step = (model, by) => {
  const all = [...model.active].filter((address) => address.startsWith('C'));
  const inputs = rich(model, all).slice(0, 1 + (by % 3));
  const keyringId = COLD_KEYRING;
  const events = inputs.length === 0 ? null : spend(model, { keyringId, inputs, by: by >> 1 });
  const sweep = model.sweeps.at(-1);
  if (events === null || sweep === undefined) return null;
  sweep.stage = 'signed';
  sweep.cold = true;
  model.coldSequence += 1;
  const requestId = `sc_${model.coldSequence}`;
  const request = exported(model.coldSequence, sweep.number) as Extract<
    JournalEvent,
    { type: 'request.exported' }
  >;
  const head = headAt(model.coldSequence);
  const signed = [sweepId(sweep.number)];
  return [
    ...events,
    { ...request, requestId, keyringId },
    { type: 'response.imported', requestId, head, signed, refused: [] },
  ];
};

/** An officer with slip and signer: the coordinator learns of it by the record and by the Tangle. */
const spendAlone: Step = (model, by, size) => {
  const id = pick(ordersThatAre(model, 'in-custody'), by);
  const inputs = id === undefined ? [] : rich(model, heldBy(model, id)).slice(0, 1);
  const amount = total(model, inputs);
  if (amount === 0n || model.nextHub > ADDRESSES) return null;
  const away = (size % amount) + 1n;
  const back = amount - away;
  const to = hubAddress(model.nextHub);
  model.serial += 1;
  const bundleHash = trytesOf('ALONE', model.serial);
  const commitments = inputs.map((address) => commitmentOf(1_000_000 + numberOf(address)));
  const spent = retire(model, inputs);
  const none = { withdrawalId: null, tag: NULL_TAG };
  const outputs: SweepOutput[] = [
    { address: trytesOf('W', model.serial), amount: away, kind: 'unasked', ...none },
    ...(back > 0n ? [ownOutput(to, back)] : []),
  ];
  for (const { address, amount: left } of spent) model.add(model.coins, address, -left);
  if (back > 0n) {
    model.nextHub += 1;
    model.active.add(to);
    model.add(model.coins, to, back);
  }
  const lossReason = model.operator < away ? 'moved by hand' : null;
  model.operator -= away;
  model.tail += 1;
  const essence = { inputs: spent, outputs, timestamp: 1, obsoleteTag: NULL_TAG, lossReason };
  const named = { keyringId: KEYRING, sweepId: bundleHash, tail: trytesOf('T', model.tail) };
  return [
    recordOf(model, { forgotten: [{ bundleHash, commitments, withdrawalIds: [], alone: true }] }),
    { type: 'sweep.recovered', ...named, ...essence },
  ];
};

/** The number that {@link hubAddress} names. */
function numberOf(address: string): number {
  for (let number = 1; number <= ADDRESSES; number += 1) {
    if (hubAddress(number) === address) return number;
  }
  throw new Error(`${address} is no hub address`);
}

export function recordOf(
  model: Model,
  news: Partial<Extract<JournalEvent, { type: 'record.imported' }>>,
): JournalEvent {
  model.serial += 1;
  const standing = { sequence: 0, epoch: 1, networkAccepted: false };
  const head = headAt(1_000_000 + model.serial);
  const none = { forgotten: [], surrendered: [] };
  return { type: 'record.imported', keyringId: KEYRING, head, ...standing, ...none, ...news };
}

const giveAway: Step = (model, by) => {
  const address = pick(
    [...model.active].filter((each) => each.startsWith('H') && !model.given.has(each)),
    by,
  );
  if (address === undefined || by % 5 !== 0) return null;
  model.given.add(address);
  model.cold.add(address);
  return [recordOf(model, { surrendered: [commitmentOf(1_000_000 + numberOf(address))] })];
};

/** A bundle is given up whose request was voided, that the signer refused, or that lost a key. */
const abandon: Step = (model, by) => {
  const sweep = pick(
    model.sweeps.filter(({ stage, sequence, givenUp }) => {
      if (stage === 'planned') return sequence > 0;
      return stage === 'refused' || (stage === 'lost' && givenUp === undefined);
    }),
    by,
  );
  if (sweep === undefined || by % 3 !== 0) return null;
  if (sweep.stage === 'lost') sweep.givenUp = true;
  else sweep.stage = 'abandoned';
  return [{ type: 'sweep.abandoned', sweepId: sweepId(sweep.number), reason: 'given up' }];
};

/** The operator's own payout beyond what he has, by a decision. */
const decideLoss: Step = (model, by, size) => {
  if (by % 4 !== 0) return null;
  model.serial += 1;
  const withdrawalId = `w${model.serial}`;
  const address = trytesOf('W', model.serial);
  const amount = (size % 1000n) + 1n;
  model.operator -= amount;
  model.unpaidOperator += amount;
  model.queue.set(withdrawalId, { user: null, amount, address, state: 'queued' });
  const fields = { withdrawalId, userId: null, address, amount, tag: NULL_TAG, reference: null };
  return [{ type: 'withdrawal.requested', ...fields, lossReason: 'decided' }];
};

export const COLD_STEPS: readonly Step[] = [
  setAside,
  setAside,
  receive,
  receive,
  callOff,
  bringBack,
  spendCustody,
  spendCustody,
  spendColdKeyring,
  spendAlone,
  giveAway,
  abandon,
  decideLoss,
];
