/** A signed sweep whose inputs are short: blocked, healed by whoever pays, or confirmed after all. */
import { withChecksum } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { alarmRound } from '../src/alarms.ts';
import { operatorHandlers } from '../src/http/operator-handlers.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { reconcile } from '../src/tangle/reconciliation.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  deposit,
  differenceOf,
  dump,
  foreignAddress,
  raisedAlarms,
  replayed,
  request,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
let world: World;
let number: number;

beforeEachAlice(210, (stage) => {
  ({ served, world, number } = stage);
});

const totals = () => stateOf(world).get('totals', '')!;
const sweepOf = (id: string) => stateOf(world).get('sweeps', id)!;

/**
 * A deposit that the ledger has and the network does not: a node that lied when it was booked. The sweep
 * of it is signed. Its address and its bundle hash.
 */
async function signedOverNothing(amount: bigint): Promise<{ address: string; id: string }> {
  const address = await assign(world, 'alice');
  const depositId = `dep_${'5'.repeat(32)}`;
  const place = { bundle: 'B'.repeat(81), tail: 'T'.repeat(81), index: 0, message: null };
  await world.coordinator.ledger.execute(({ record }) =>
    record({ type: 'deposit.confirmed', depositId, address, amount, ...place }),
  );
  const { node } = world.coordinator;
  const lying = {
    ...node,
    balances: async (asked: readonly string[]) =>
      (await node.balances(asked)).map((truth, i) => (asked[i] === address ? amount : truth)),
  };
  const coordinator = { ...world.coordinator, node: lying };
  const { requestId, sweeps } = await request({ ...world, coordinator });
  await importResponse(world.coordinator, await answer(world, requestId));
  return { address, id: sweeps[0]!.hash };
}

async function confirm(): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await world.attachment.round();
    served.devNode.issueMilestone();
    world.clock.at += 60_000;
  }
  await world.attachment.round();
}

test('it is attached once, then blocked with an alarm that says what is missing, and waits', async () => {
  const { address, id } = await signedOverNothing(100n);
  await world.attachment.round();
  expect(sweepOf(id).status).toBe('attached');
  await world.attachment.round();
  expect(sweepOf(id)).toMatchObject({
    status: 'blocked',
    shortfalls: [{ address, amount: 100n }],
  });
  await alarmRound(world.coordinator);
  expect([...stateOf(world).rows('alarms')]).toMatchObject([
    {
      alarm: 'sweep.blocked',
      subject: id,
      detail: `100 i are missing on ${withChecksum(address)}`,
      clearedAt: null,
    },
  ]);
  world.clock.at += 3_600_000;
  await world.attachment.round();
  expect(sweepOf(id).tails).toHaveLength(1);
});

test('it is healed by a loss and the operator’s money, and no user loses or gains', async () => {
  const { address, id } = await signedOverNothing(100n);
  await confirm();
  expect(sweepOf(id).status).toBe('blocked');
  await world.coordinator.ledger.execute(({ record }) =>
    record({ type: 'balance.corrected', address, amount: -100n, reason: 'it was never there' }),
  );
  expect(totals()).toMatchObject({ assets: 0n, users: 100n, operator: -100n });
  await deposit(world, served, { address, amount: 100n });
  expect(totals()).toMatchObject({ assets: 100n, users: 100n, operator: 0n, stranded: 0n });
  await alarmRound(world.coordinator);
  expect(raisedAlarms(world)).toEqual([`sweep.blocked ${id}`]);
  await confirm();
  expect(sweepOf(id).status).toBe('confirmed');
  await alarmRound(world.coordinator);
  expect(raisedAlarms(world)).toEqual([]);
  const { node } = world.coordinator;
  const own = sweepOf(id).outputs.map((output) => output.address);
  expect(await node.balances(own)).toEqual([100n]);
  expect(differenceOf(stateOf(world))).toBe(0n);
  expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
});

test('it is confirmed when its user pays what is missing, and the difference is named', async () => {
  const { address, id } = await signedOverNothing(100n);
  await confirm();
  await deposit(world, served, { address, amount: 100n });
  // Nodes and ledger say 100 both: only the daily look at its transactions finds the deposit.
  expect(totals()).toMatchObject({ stranded: 0n, assets: 100n });
  await world.monitor.look([address]);
  expect(totals()).toMatchObject({ stranded: 100n, users: 100n, assets: 200n });
  await confirm();
  expect(sweepOf(id).status).toBe('confirmed');
  const { differences } = await reconcile(world.coordinator);
  expect(differences.map(({ row, held }) => [row.address, row.balance, held])).toEqual([
    [address, 100n, 0n],
  ]);
});

test('a payee that was spent from since is paid all the same, with an alarm', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  const payee = foreignAddress('P');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 30n, number });
  const { requestId } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  const { node } = world.coordinator;
  const seeing = {
    ...node,
    spentStates: async (asked: readonly string[]) => asked.map((each) => each === payee),
  };
  await new Attachment({ ...world.coordinator, node: seeing }).round();
  expect(stateOf(world).get('withdrawals', id)!.status).toBe('attached');
  expect([...stateOf(world).rows('alarms')]).toMatchObject([
    { alarm: 'withdrawal.unsafe', subject: id, clearedAt: null },
  ]);
});

test('one that is blocked stays so while the nodes do not agree', async () => {
  const { id } = await signedOverNothing(100n);
  await confirm();
  const { number: before } = stateOf(world).head;
  const { node } = world.coordinator;
  const balances = async (asked: readonly string[]) => asked.map(() => null);
  await new Attachment({ ...world.coordinator, node: { ...node, balances } }).round();
  expect(sweepOf(id).status).toBe('blocked');
  expect(stateOf(world).head.number).toBe(before);
});

test('one moment between two milestones blocks nothing', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  const { requestId, sweeps } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  const { node } = world.coordinator;
  let calls = 0;
  const flickering = {
    ...node,
    balances: async (asked: readonly string[]) => {
      calls += 1;
      return calls % 2 === 1 ? asked.map(() => 0n) : node.balances(asked);
    },
  };
  const attachment = new Attachment({ ...world.coordinator, node: flickering });
  for (let round = 0; round < 6; round += 1) await attachment.round();
  expect(calls).toBe(6);
  expect(sweepOf(sweeps[0]!.hash).status).toBe('attached');
});

test('a loss booked just before the sweep is booked is no loss, and the sweep is confirmed', async () => {
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount: 100n });
  const { requestId, sweeps } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  await world.attachment.round();
  served.devNode.issueMilestone();
  await operatorHandlers.correctBalance(world.coordinator, {
    params: { address: withChecksum(address) },
    query: {},
    body: { reason: 'the nodes say 0' },
    call: null,
  });
  expect(totals()).toMatchObject({ assets: 0n, operator: -100n });
  await world.attachment.round();
  expect(sweepOf(sweeps[0]!.hash).status).toBe('confirmed');
  expect(totals()).toMatchObject({ assets: 100n, users: 100n, operator: 0n });
  expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
});

test('what healed it is the operator’s although the sweep is confirmed before it is looked at', async () => {
  const { address, id } = await signedOverNothing(100n);
  await confirm();
  expect(sweepOf(id).status).toBe('blocked');
  await world.coordinator.ledger.execute(({ record }) =>
    record({ type: 'balance.corrected', address, amount: -100n, reason: 'it was never there' }),
  );
  served.devNode.pay({ address, amount: 100n });
  served.devNode.issueMilestone();
  await confirm();
  expect(sweepOf(id).status).toBe('confirmed');
  await world.monitor.look([address]);
  expect(totals()).toMatchObject({ assets: 100n, users: 100n, operator: 0n, stranded: 0n });
});
