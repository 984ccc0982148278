/** Payouts that are made again since their sweep is blocked: one of the two is paid, or both are refunded once. */
import { expect, test } from '@jest/globals';
import { openSpend } from '../src/cold/cold-spend.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { hubMoney } from './cold.ts';
import { callOnce, serveApi } from './served.ts';
import { expectSound, recover } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  copyOf,
  deposit,
  foreignAddress,
  importOwnRecord,
  request,
  restore,
  stateOf,
  sweepAll,
  voidIt,
  type World,
  withdraw,
} from './world.ts';

let stage: Stage;
let world: World;

beforeEachAlice(230, (next) => {
  stage = next;
  world = next.world;
});

const payee = (): string => foreignAddress('QRSTUV'[stage.number % 6] ?? '');

async function attachAndConfirm(): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await world.attachment.round();
    stage.served.devNode.issueMilestone();
    world.clock.at += 60_000;
  }
  await world.attachment.round();
  await world.monitor.round();
}

/** Alice's 20 i are to be paid by a sweep that the nodes call short, and then by another one. */
async function replaced(): Promise<{ id: string; replacementId: string; sweepId: string }> {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 20n });
  await sweepAll(world, stage.served);
  await hubMoney(world, stage.served, [30n]);
  const id = await withdraw(world, { userId: 'alice', address: payee(), amount: 20n });
  const { requestId, sweeps } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  const { node } = world.coordinator;
  const [sweep] = sweeps;
  const balances: typeof node.balances = async (asked) =>
    (await node.balances(asked)).map((truth, place) =>
      sweep!.inputs.some(({ address }) => address === asked[place]) ? 0n : truth,
    );
  const lied = new Attachment({ ...world.coordinator, node: { ...node, balances } });
  await lied.round();
  await lied.round();
  expect(stateOf(world).get('sweeps', sweep!.hash)!.status).toBe('blocked');
  const api = await serveApi(world);
  const body = { reason: 'its input is short' };
  const made = await api.call('replaceWithdrawal', { params: { id }, body });
  await api.close();
  return { id, replacementId: made.body.id, sweepId: sweep!.hash };
}

async function cancel(id: string): Promise<{ status: number; code: string | undefined }> {
  const api = await serveApi(world);
  const { status, body } = await api.call('cancelWithdrawal', { params: { id } });
  await api.close();
  return { status, code: body.error?.code };
}

test('a replacement is not cancelled while the first may be confirmed, which drops it', async () => {
  const { id, replacementId } = await replaced();
  expect(await cancel(replacementId)).toEqual({ status: 409, code: 'not_cancellable' });
  await attachAndConfirm();
  expect(stateOf(world).get('withdrawals', id)!.status).toBe('confirmed');
  expect(stateOf(world).get('withdrawals', replacementId)!.status).toBe('cancelled');
  expect(stage.served.devNode.balanceOf(payee())).toBe(20n);
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 0n });
  await expectSound(world);
});

test('a replacement is not planned once the first is under way again', async () => {
  const { replacementId, sweepId } = await replaced();
  expect((await request(world, { dryRun: true })).sweeps).toHaveLength(1);
  await world.attachment.round();
  expect(stateOf(world).get('sweeps', sweepId)!.status).toMatch(/signed|attached/);
  const { sweeps, leftOut } = await request(world, { dryRun: true });
  expect(sweeps).toEqual([]);
  expect(leftOut).toEqual([
    { id: replacementId, reason: 'what it is to pay again may be confirmed after all' },
  ]);
  const { keyringId } = world.signer;
  const cold = { type: 'spend', keyringId, withdrawalIds: [replacementId] } as const;
  expect(await codeOf(openSpend(world.coordinator, cold, () => undefined))).toBe(
    'withdrawal_unknown',
  );
  await attachAndConfirm();
  expect(stage.served.devNode.balanceOf(payee())).toBe(20n);
  await expectSound(world);
});

test('a replacement in a voided request is not asked for again once the first is paid', async () => {
  const { id, sweepId } = await replaced();
  const second = await request(world);
  await voidIt(world, second.requestId!);
  await attachAndConfirm();
  expect(stateOf(world).get('sweeps', sweepId)!.status).toBe('confirmed');
  expect(stateOf(world).get('withdrawals', id)!.status).toBe('confirmed');
  const { sweeps, leftOut } = await request(world, { dryRun: true });
  expect(sweeps).toEqual([]);
  expect(leftOut).toEqual([
    {
      id: second.sweeps[0]!.hash,
      reason: 'what it is to pay again may be confirmed after all',
    },
  ]);
  expect(stage.served.devNode.balanceOf(payee())).toBe(20n);
  await expectSound(world);
});

test('a replacement is not planned if the first goes on while the nodes are asked', async () => {
  await replaced();
  const { node } = world.coordinator;
  const spentStates: typeof node.spentStates = async (asked) => {
    await world.attachment.round();
    return node.spentStates(asked);
  };
  const racing = { ...world.coordinator, node: { ...node, spentStates } };
  const made = request({ coordinator: racing, signer: world.signer });
  expect(await codeOf(made)).toBe('nothing_to_sign');
});

test('a replacement of what a forgotten bundle pays is not cancelled: it is paid already', async () => {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 50n });
  await sweepAll(world, stage.served);
  await hubMoney(world, stage.served, [200n]);
  const backup = await copyOf(world.store);
  const asked = { userId: 'alice', address: payee(), amount: 20n };
  const id = await withdraw(world, asked);
  await sweepAll(world, stage.served);
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  await withdraw(restored, asked);
  const body = { reason: 'blocked for days' };
  const made = await callOnce(restored, 'replaceWithdrawal', { params: { id }, body });
  const gone = await callOnce(restored, 'cancelWithdrawal', { params: { id: made.body.id } });
  expect(gone.body.error.code).toBe('not_cancellable');
  expect(await recover(restored)).toBe(1);
  expect(stateOf(restored).get('users', 'alice')).toMatchObject({ available: 30n });
  expect(stateOf(restored).get('withdrawals', made.body.id)!.status).toBe('cancelled');
  await expectSound(restored);
});
