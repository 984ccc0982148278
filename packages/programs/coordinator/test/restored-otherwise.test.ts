/** A payout that is asked for again otherwise than the forgotten bundle has paid it: somebody decides. */
import { withChecksum } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { callOnce } from './served.ts';
import { expectSound, recover, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  assign,
  copyOf,
  createUser,
  deposit,
  foreignAddress,
  importOwnRecord,
  restore,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let stage: Stage;
let world: World;

beforeEachAlice(140, (next) => {
  stage = next;
  world = next.world;
});

test('with another amount: what was asked is given back, the payment is the operator’s, others are credited', async () => {
  const settings = { ...world.coordinator.settings, composition: 'combined' as const };
  Object.assign(world.coordinator, { settings });
  await createUser(world, 'bob');
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 50n });
  await sweepAll(world, stage.served);
  await deposit(world, stage.served, { address: await assign(world, 'bob'), amount: 1000n });
  const backup = await copyOf(world.store);
  const payee = foreignAddress('S');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 20n });
  const { sweeps } = await sweepAll(world, stage.served);
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  const body = { id, userId: 'alice', address: withChecksum(payee), amount: '21' };
  expect((await callOnce(restored, 'createWithdrawal', { body })).body.status).toBe('blocked');
  expect(await recover(restored)).toBe(0);
  const params = { bundleHash: sweeps[0]!.hash };
  const decision = { params, body: { reason: 'asked for again with a wrong amount' } };
  expect((await callOnce(restored, 'bookForgottenBundle', decision)).status).toBe(201);
  expect(stateOf(restored).get('withdrawals', id)!.status).toBe('cancelled');
  expect(stateOf(restored).get('users', 'alice')).toMatchObject({
    available: 50n,
    pendingWithdrawals: 0n,
  });
  expect(stateOf(restored).get('users', 'bob')).toMatchObject({ available: 1000n });
  expect(totalsOf(restored)).toMatchObject({ operator: -20n, unpaidWithdrawals: 0n });
  await expectSound(restored);
});

test('not at all: the payment is the operator’s, and its id is not taken any more', async () => {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 50n });
  await sweepAll(world, stage.served);
  const backup = await copyOf(world.store);
  const payee = foreignAddress('T');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 20n });
  const { sweeps } = await sweepAll(world, stage.served);
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  const params = { bundleHash: sweeps[0]!.hash };
  const decision = { params, body: { reason: 'nobody knows of it' } };
  expect((await callOnce(restored, 'bookForgottenBundle', decision)).status).toBe(201);
  const body = { id, userId: 'alice', address: withChecksum(foreignAddress('U')), amount: '20' };
  const late = await callOnce(restored, 'createWithdrawal', { body });
  expect(late.body.error).toMatchObject({ code: 'withdrawal_exists' });
  expect(stateOf(restored).get('users', 'alice')).toMatchObject({ available: 50n });
  expect(totalsOf(restored)).toMatchObject({ operator: -20n, unpaidWithdrawals: 0n });
  await expectSound(restored);
});
