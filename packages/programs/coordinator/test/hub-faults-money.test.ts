/** IOTA Hub's faults about money (docs/hub-faults.md): each must not happen here. */
import { decodeTransaction, withChecksum } from '@airlock/protocol';
import { beforeEach, expect, test } from '@jest/globals';
import { alarmRound } from '../src/alarms.ts';
import { creditRound } from '../src/credits.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { type Api, checkError, serveApi } from './served.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  createUser,
  deposit,
  differenceOf,
  foreignAddress,
  raisedAlarms,
  request,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
  withdrawalIdOf,
} from './world.ts';

let served: ServedNode;
let world: World;
let number: number;

beforeEachAlice(150, (stage) => {
  ({ served, world, number } = stage);
});

beforeEach(async () => {
  await createUser(world, 'bob');
});

const userOf = (id: string) => stateOf(world).get('users', id)!;
const totals = () => stateOf(world).get('totals', '')!;

async function funded(amount: bigint): Promise<string> {
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount });
  await sweepAll(world, served);
  return address;
}

async function withApi(work: (api: Api) => Promise<void>): Promise<void> {
  const api = await serveApi(world);
  try {
    await work(api);
  } finally {
    await api.close();
  }
}

test('B3: money on a used address is credited to nobody, and no call pays it out', async () => {
  const address = await funded(100n);
  await deposit(world, served, { address, amount: 40n });
  expect(userOf('alice')).toMatchObject({ available: 100n, pendingDeposits: 0n });
  expect(totals()).toMatchObject({ assets: 140n, users: 100n, stranded: 40n });
  await expect(request(world)).rejects.toMatchObject({ code: 'nothing_to_sign' });
  expect(differenceOf(stateOf(world))).toBe(0n);
});

test('B6: transfers neither overflow nor race: nobody falls below 0, the sum is exactly 0', async () => {
  await funded(100n);
  await withApi(async (api) => {
    const entry = (userId: string, amount: string) => ({ userId, amount });
    const overflow = ['a', 'b', 'c', 'd'].map((id) => entry(id, '4611686018427387904'));
    const refused = await api.call('createTransfer', { body: { entries: overflow } });
    expect(checkError(refused).code).toBe('invalid_request');
    const half = { entries: [entry('alice', '-60'), entry('bob', '60')] };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.call('createTransfer', { body: half })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(userOf('alice').available).toBe(40n);
    expect(userOf('bob').available).toBe(60n);
    expect(totals().users).toBe(100n);
  });
});

test('B8: a deposit that comes after the plan, the signature or the confirmation is listed', async () => {
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount: 100n });
  const { requestId } = await request(world);
  await deposit(world, served, { address, amount: 1n });
  await importResponse(world.coordinator, await answer(world, requestId));
  await deposit(world, served, { address, amount: 2n });
  await world.attachment.round();
  served.devNode.issueMilestone();
  await world.attachment.round();
  await deposit(world, served, { address, amount: 4n });
  await withApi(async (api) => {
    const { body } = await api.call('listDeposits', { query: '?status=stranded' });
    expect(body.data.map(({ amount }: { amount: string }) => amount)).toEqual(['1', '2', '4']);
  });
  expect(totals()).toMatchObject({ users: 100n, stranded: 7n, assets: 107n });
});

test('B9: a bundle that is confirmed again is booked as what it did, with an alarm; its withdrawal is not paid again', async () => {
  await funded(100n);
  const payee = foreignAddress('R');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 30n, number });
  await sweepAll(world, served);
  const sweep = [...stateOf(world).rows('sweeps')].find(({ outputs }) =>
    outputs.some(({ withdrawalId }) => withdrawalId === id),
  )!;
  const paid = { withdrawal: stateOf(world).get('withdrawals', id), alice: userOf('alice') };
  expect(paid).toMatchObject({
    withdrawal: { status: 'confirmed', sweepId: sweep.id },
    alice: { available: 70n, pendingWithdrawals: 0n },
  });
  // Somebody pays the used input again, and attaches the old bundle again, which then spends that.
  const { address } = sweep.inputs[0]!;
  await deposit(world, served, { address, amount: 100n });
  expect(totals()).toMatchObject({ assets: 170n, stranded: 100n });
  const { node } = world.coordinator;
  const trytes = await node.trytes(await node.findByBundles([sweep.id]));
  const indexOf = (text: string): number => decodeTransaction(text).currentIndex;
  await node.broadcast(await node.attach(trytes.sort((a, b) => indexOf(a) - indexOf(b))));
  served.devNode.issueMilestone();
  await world.attachment.round();
  await world.monitor.round();
  expect(await node.balances([payee])).toEqual([60n]);
  expect(stateOf(world).get('sweeps', sweep.id)!.replays).toHaveLength(1);
  expect({ withdrawal: stateOf(world).get('withdrawals', id), alice: userOf('alice') }).toEqual(
    paid,
  );
  // What it took from the money that came again is gone, the rest is ours; no user has gained or lost.
  expect(totals()).toMatchObject({
    assets: 140n,
    users: 70n,
    unpaidWithdrawals: 0n,
    stranded: 0n,
    operator: 70n,
  });
  expect(differenceOf(stateOf(world))).toBe(0n);
  await alarmRound(world.coordinator);
  expect(raisedAlarms(world)).toEqual([`sweep.replayed ${sweep.id}`]);
});

test('B10: one odd address does not keep the others from being booked', async () => {
  const odd = await assign(world, 'alice');
  const sound = await assign(world, 'bob');
  const { node } = world.coordinator;
  const blind = {
    ...node,
    // The transactions of one address are gone, as on a pruned node.
    findByAddresses: (addresses: readonly string[]) =>
      node.findByAddresses(addresses.filter((each) => each !== odd)),
  };
  served.devNode.pay({ address: odd, amount: 5n });
  served.devNode.pay({ address: sound, amount: 6n });
  served.devNode.issueMilestone();
  Object.assign(world.coordinator, { node: blind });
  await world.monitor.round();
  expect(userOf('bob').pendingDeposits).toBe(6n);
  world.clock.at += 10 * 60_000;
  await world.monitor.round();
  expect(stateOf(world).get('addresses', odd)!.quarantine).toMatch(/the nodes say 5 i/);
});

test('B11: a withdrawal that does not fit does not hold up those behind it', async () => {
  await funded(100n);
  // Credited before it is swept: Alice may ask for more than the hub addresses hold.
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 900n });
  await creditRound(world.coordinator.ledger, { creditPolicy: 'confirmed', hotUser: null });
  const ids: string[] = [];
  for (const [place, amount] of [900n, 5n, 4n].entries()) {
    const address = foreignAddress('ABC'.charAt(place));
    const withdrawal = { userId: 'alice', address, amount, number: number * 10 + place };
    ids.push(await withdraw(world, withdrawal));
  }
  const { sweeps, leftOut } = await request(world, { dryRun: true });
  const paid = sweeps.flatMap(({ outputs }) => outputs.map(({ withdrawalId }) => withdrawalId));
  expect(paid.filter((id) => id !== null)).toEqual(ids.slice(1));
  expect(leftOut.map(({ id }) => id)).toEqual([ids[0]]);
});

test('B15: under sweep-confirmed nothing is credited before the sweep is confirmed', async () => {
  const settings = { ...world.coordinator.settings, creditPolicy: 'sweep-confirmed' } as const;
  const coordinator = { ...world.coordinator, settings };
  world = { ...world, coordinator, attachment: new Attachment(coordinator) };
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
  const { requestId } = await request(world);
  await importResponse(coordinator, await answer(world, requestId));
  await world.attachment.round();
  expect(userOf('alice')).toMatchObject({ available: 0n, pendingDeposits: 10n });
  served.devNode.issueMilestone();
  await world.attachment.round();
  expect(userOf('alice')).toMatchObject({ available: 10n, pendingDeposits: 0n });
});

test('B19: the ledger is compared with the nodes, hub addresses too, and each difference named', async () => {
  await funded(100n);
  const hub = [...stateOf(world).rows('addresses')].find(({ balance }) => balance === 100n)!;
  served.devNode.pay({ address: hub.address, amount: 3n });
  served.devNode.issueMilestone();
  await withApi(async (api) => {
    const { body } = await api.call('getReconciliation');
    expect(body).toMatchObject({ ledger: '100', nodes: '103', unknown: 0 });
    expect(body.differences).toEqual([
      expect.objectContaining({ address: withChecksum(hub.address), ledger: '100', nodes: '103' }),
    ]);
  });
});

test('B20: a payout is checked again at export; to an own fresh address it works', async () => {
  await funded(100n);
  const spent = foreignAddress('S');
  const risky = await withdraw(world, { userId: 'alice', address: spent, amount: 1n, number });
  const own = await assign(world, 'bob');
  await withdraw(world, { userId: 'alice', address: own, amount: 30n, number: number + 1000 });
  const { node } = world.coordinator;
  const seeing = {
    ...node,
    spentStates: async (asked: readonly string[]) => asked.map((each) => each === spent),
  };
  const coordinator = { ...world.coordinator, node: seeing };
  const { sweeps, leftOut } = await request({ ...world, coordinator }, { dryRun: true });
  expect(leftOut).toEqual([{ id: risky, reason: expect.stringContaining('spent from') }]);
  expect(sweeps[0]!.outputs[0]).toMatchObject({ address: own, amount: 30n });
  await sweepAll({ ...world, coordinator }, served);
  expect(userOf('bob').pendingDeposits).toBe(30n);
  expect(stateOf(world).get('withdrawals', withdrawalIdOf(number + 1000))!.status).toBe(
    'confirmed',
  );
});

test('B25: nothing left over makes no output, and inputs are capped', async () => {
  await funded(100n);
  await withdraw(world, { userId: 'alice', address: foreignAddress('E'), amount: 100n, number });
  const { sweeps } = await request(world, { dryRun: true });
  expect(sweeps[0]!.outputs).toHaveLength(1);
  for (let i = 0; i < 4; i += 1) {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 2n });
  }
  const capped = await request(world, { dryRun: true, maxInputs: 2 });
  expect(capped.sweeps.map(({ inputs }) => inputs.length)).toEqual([1, 2, 2]);
});
