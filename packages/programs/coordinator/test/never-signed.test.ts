/** Sweeps that nobody will ever sign: what shares them, or waits for them, is held up by none. */
import type { OperationId } from '@airlock/api';
import { withChecksum } from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openSpend } from '../src/cold/cold-spend.ts';
import { creditRound } from '../src/credits.ts';
import { importResponse } from '../src/signing/responses.ts';
import { hubMoney, putIntoCustody, rowOf } from './cold.ts';
import { type CallFields, callOnce } from './served.ts';
import { expectSound } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  createUser,
  deposit,
  foreignAddress,
  importOwnRecord,
  request,
  stateOf,
  sweepAll,
  voidIt,
  type World,
  withdraw,
} from './world.ts';

let stage: Stage;
let world: World;

beforeEachAlice(210, (next) => {
  stage = next;
  world = next.world;
});

const call = async (operation: OperationId, fields: CallFields): Promise<number> =>
  (await callOnce(world, operation, fields)).status;

const reason = { reason: 'the officer gives it up' };
const abandon = (bundleHash: string): Promise<number> =>
  call('abandonSweep', { params: { bundleHash }, body: reason });

async function funded(amount: bigint): Promise<void> {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount });
  await sweepAll(world, stage.served);
}

describe('a payout to an address of ours in a sweep that was abandoned', () => {
  let bobs: string;

  beforeEach(async () => {
    await createUser(world, 'bob');
    await funded(50n);
    await hubMoney(world, stage.served, [40n]);
    bobs = await assign(world, 'bob');
  });

  async function abandonPayoutTo(address: string): Promise<string> {
    const id = await withdraw(world, { userId: 'alice', address, amount: 15n });
    const { requestId, sweeps } = await request(world);
    await voidIt(world, requestId!);
    expect(await abandon(sweeps[0]!.hash)).toBe(200);
    return id;
  }

  test('is paid again in another sweep', async () => {
    const id = await abandonPayoutTo(bobs);
    expect(await call('replaceWithdrawal', { params: { id }, body: reason })).toBe(201);
    const { sweeps, leftOut } = await request(world, { dryRun: true });
    expect(leftOut).toEqual([]);
    expect(sweeps).toHaveLength(1);
  });

  test('does not keep the next deposit there from being swept and credited', async () => {
    await abandonPayoutTo(bobs);
    await deposit(world, stage.served, { address: bobs, amount: 100n });
    expect((await request(world)).sweeps).toHaveLength(1);
    expect(stateOf(world).get('users', 'bob')).toMatchObject({ available: 100n });
    await expectSound(world);
  });

  test('does not keep cold money there from being spent', async () => {
    const [cold] = await hubMoney(world, stage.served, [500n]);
    await putIntoCustody(world, [withChecksum(cold!.address)]);
    await abandonPayoutTo(cold!.address);
    const spend = { type: 'spend', keyringId: world.signer.keyringId, toHot: '500' } as const;
    await openSpend(world.coordinator, spend, () => undefined);
    expect(rowOf(world, cold!.address).status).toBe('retired');
    await expectSound(world);
  });
});

test('a sweep that lost a key can be given up: under sweep-confirmed its deposits are credited', async () => {
  await createUser(world, 'bob');
  const alices = await assign(world, 'alice');
  const bobs = await assign(world, 'bob');
  await deposit(world, stage.served, { address: alices, amount: 10n });
  await deposit(world, stage.served, { address: bobs, amount: 1000n });
  const settings = { ...world.coordinator.settings, creditPolicy: 'sweep-confirmed' as const };
  Object.assign(world.coordinator, { settings });
  const { requestId, sweeps } = await request(world);
  world.signer.append({ kind: 'surrendered', commitment: rowOf(world, alices).commitment });
  await importOwnRecord(world);
  await voidIt(world, requestId!);
  expect(stateOf(world).get('sweeps', sweeps[0]!.hash)!.status).toBe('blocked');
  expect(stateOf(world).get('users', 'bob')).toMatchObject({ available: 0n });
  expect(await abandon(sweeps[0]!.hash)).toBe(200);
  expect(await abandon(sweeps[0]!.hash)).toBe(409);
  await creditRound(world.coordinator.ledger, settings);
  expect(stateOf(world).get('users', 'bob')).toMatchObject({ available: 1000n });
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 10n });
  await expectSound(world);
});

test('a bundle that a signer has refused by itself can be given up, and its payout is made otherwise', async () => {
  await funded(50n);
  const payee = foreignAddress('Q');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 15n });
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 7n });
  const { requestId, sweeps } = await request(world);
  const { hash } = sweeps.find(({ outputs }) => outputs.some((each) => each.address === payee))!;
  const refusing = await answer(world, requestId, {
    verdicts: (verdicts) => verdicts.filter(({ bundleHash }) => bundleHash !== hash),
    response: (response) => ({
      ...response,
      results: response.results.map((each) =>
        each.bundleHash === hash
          ? { kind: 'refused', bundleHash: hash, code: 'budget_spent' }
          : each,
      ),
    }),
  });
  await importResponse(world.coordinator, refusing);
  expect(await abandon(hash)).toBe(200);
  await hubMoney(world, stage.served, [15n]);
  expect(await call('replaceWithdrawal', { params: { id }, body: reason })).toBe(201);
  expect((await request(world, { dryRun: true })).sweeps).toHaveLength(1);
  await expectSound(world);
});

test('whoever spends from the payee of a voided bundle does not lock hub money: it is signed all the same', async () => {
  await funded(1_000_000n);
  const payee = foreignAddress('M');
  await withdraw(world, { userId: 'alice', address: payee, amount: 1n });
  const { requestId, sweeps } = await request(world);
  await voidIt(world, requestId!);
  const { node } = world.coordinator;
  const spentStates: typeof node.spentStates = async (asked) =>
    (await node.spentStates(asked)).map((truth, place) => asked[place] === payee || truth);
  Object.assign(world.coordinator, { node: { ...node, spentStates } });
  const again = await request(world);
  expect(again.sweeps.map(({ hash }) => hash)).toEqual([sweeps[0]!.hash]);
  expect(again.leftOut).toEqual([]);
});

test('a refusal of a bundle that has lost a key lets the others of its request be signed', async () => {
  await createUser(world, 'bob');
  const alices = await assign(world, 'alice');
  const bobs = await assign(world, 'bob');
  await deposit(world, stage.served, { address: alices, amount: 10n });
  await deposit(world, stage.served, { address: bobs, amount: 1000n });
  const { requestId, sweeps } = await request(world, { maxInputs: 1 });
  world.signer.append({ kind: 'surrendered', commitment: rowOf(world, alices).commitment });
  await importOwnRecord(world);
  const hashOf = (address: string): string =>
    sweeps.find(({ inputs }) => inputs[0]!.address === address)!.hash;
  const lost = hashOf(alices);
  const file = await answer(world, requestId, {
    verdicts: (verdicts) => verdicts.filter(({ bundleHash }) => bundleHash !== lost),
    response: (response) => ({
      ...response,
      results: response.results.map((each) =>
        each.bundleHash === lost
          ? { kind: 'refused', bundleHash: lost, code: 'key_surrendered' }
          : each,
      ),
    }),
  });
  await importResponse(world.coordinator, file);
  expect(stateOf(world).get('sweeps', hashOf(bobs))!.status).toBe('signed');
  expect(stateOf(world).get('sweeps', lost)!.status).toBe('blocked');
  await expectSound(world);
});
