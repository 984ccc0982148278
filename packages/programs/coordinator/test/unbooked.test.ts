/** Corrections of what our own bundles have paid and the ledger does not have yet: it would be booked twice. */
import { encodeTransaction, withChecksum } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { operatorHandlers } from '../src/http/operator-handlers.ts';
import { importResponse } from '../src/signing/responses.ts';
import { findAttachments } from '../src/tangle/tangle.ts';
import { rowOf } from './cold.ts';
import { callOnce } from './served.ts';
import { expectSound, recover, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  copyOf,
  createUser,
  deposit,
  foreignAddress,
  importOwnRecord,
  request,
  restore,
  sweepAll,
  voidIt,
  type World,
  withdraw,
} from './world.ts';

let stage: Stage;
let world: World;

beforeEachAlice(40, (next) => {
  stage = next;
  world = next.world;
});

const correct = (of: World, address: string) =>
  operatorHandlers.correctBalance(of.coordinator, {
    params: { address: withChecksum(address) },
    query: {},
    body: { reason: 'odd' },
    call: null,
  });

/** Alice has 1000 i, and all of it is on this hub address. */
async function hubAddress(): Promise<string> {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 1000n });
  const { sweeps } = await sweepAll(world, stage.served);
  return sweeps[0]!.outputs[0]!.address;
}

test('a payout to a deposit address of ours', async () => {
  await hubAddress();
  await createUser(world, 'bob');
  const bobs = await assign(world, 'bob');
  await withdraw(world, { userId: 'alice', address: bobs, amount: 1000n });
  const { requestId } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  await world.attachment.round();
  stage.served.devNode.issueMilestone();
  expect(await codeOf(correct(world, bobs))).toBe('state_changed');
  await world.attachment.round();
  await world.monitor.round();
  expect(totalsOf(world)).toMatchObject({ assets: 1000n, operator: 0n });
  expect(await codeOf(correct(world, bobs))).toBe('nothing_to_correct');
  await expectSound(world);
});

test('a bundle that is confirmed once more', async () => {
  const alices = await assign(world, 'alice');
  await deposit(world, stage.served, { address: alices, amount: 1000n });
  const { sweeps } = await sweepAll(world, stage.served);
  const [sweep] = sweeps;
  await deposit(world, stage.served, { address: alices, amount: 1000n });
  const { node } = world.coordinator;
  const [known] = await findAttachments(world.coordinator, sweep!.hash);
  await node.broadcast(await node.attach(known!.instance.map((each) => encodeTransaction(each))));
  stage.served.devNode.issueMilestone();
  expect(await codeOf(correct(world, sweep!.outputs[0]!.address))).toBe('state_changed');
  await world.attachment.round();
  await world.monitor.round();
  expect(totalsOf(world)).toMatchObject({ assets: 2000n });
  await expectSound(world);
});

test('the rest of a forgotten bundle, where another forgotten one spends it', async () => {
  const backup = await copyOf(world.store);
  const hub = await hubAddress();
  await withdraw(world, { userId: 'alice', address: foreignAddress('Q'), amount: 1000n });
  const { requestId } = await request(world);
  await answer(world, requestId);
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  expect(rowOf(restored, hub)).toMatchObject({ status: 'retired', sweepId: null });
  expect(await codeOf(correct(restored, hub))).toBe('state_changed');
  await createUser(restored, 'alice').catch(() => undefined);
  await recover(restored);
  await expectSound(restored);
});

test('not what comes to the output of a bundle that was given up', async () => {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 1000n });
  const { requestId, sweeps } = await request(world);
  const [sweep] = sweeps;
  const { address } = sweep!.outputs[0]!;
  await voidIt(world, requestId!);
  const params = { bundleHash: sweep!.hash };
  await callOnce(world, 'abandonSweep', { params, body: { reason: 'given up' } });
  const { node } = world.coordinator;
  const balances: typeof node.balances = async (asked) =>
    (await node.balances(asked)).map((truth, place) => (asked[place] === address ? 5n : truth));
  Object.assign(world.coordinator, { node: { ...node, balances } });
  expect(await correct(world, address)).toMatchObject({ amount: '5' });
  await expectSound(world);
});
