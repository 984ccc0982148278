/** Bundles that were abandoned, and are confirmed after all: they had been signed before a restore. */
import { withChecksum } from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openSpend, repeatSpend } from '../src/cold/cold-spend.ts';
import { importResponse } from '../src/signing/responses.ts';
import type { DraftedRequest } from '../src/signing/signing.ts';
import { reconcile } from '../src/tangle/reconciliation.ts';
import { type Custody, hubMoney, payOut, putIntoCustody, rowOf } from './cold.ts';
import { callOnce } from './served.ts';
import { expectSound, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  confirmSweeps,
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
beforeEachAlice(10, (next) => {
  stage = next;
  world = next.world;
});

let restored: World;
let hash: string;
const body = { reason: 'its payee is no more' };
const payoutOf = (of: World, id: string) => stateOf(of).get('withdrawals', id)!;

/** The drafted bundle is voided; then it is asked for again and signed, and the disk is lost. */
async function signedAndLost(
  first: DraftedRequest,
  again: () => Promise<DraftedRequest>,
  slips: Custody['slips'] = new Map(),
): Promise<void> {
  await voidIt(world, first.requestId!);
  const backup = await copyOf(world.store);
  const second = await again();
  hash = second.sweeps[0]!.hash;
  expect(first.sweeps.map((sweep) => sweep.hash)).toEqual([hash]);
  await importResponse(world.coordinator, await answer(world, second.requestId, { slips }));
  restored = await restore(world, backup);
}

async function abandon(): Promise<void> {
  const given = await callOnce(restored, 'abandonSweep', { params: { bundleHash: hash }, body });
  expect(given.body).toMatchObject({ status: 'blocked', abandoned: body.reason });
  expect(await importOwnRecord(restored)).toMatchObject({ forgottenBundles: [] });
}

/** It comes to the Tangle, as it was broadcast before the disk was lost. */
async function confirmIt(): Promise<void> {
  for (const of of [world, restored]) {
    await confirmSweeps(of, stage.served);
  }
  for (const of of [world, restored]) {
    expect(stateOf(of).get('sweeps', hash)!.status).toBe('confirmed');
  }
}

async function expectReconciled(): Promise<void> {
  await expectSound(restored);
  expect((await reconcile(restored.coordinator)).differences).toEqual([]);
}

describe('a sweep that was abandoned', () => {
  let id: string;
  let rest: string;
  let payee: string;

  beforeEach(async () => {
    payee = foreignAddress('QRSTUV'[stage.number % 6]!);
    await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 20n });
    await sweepAll(world, stage.served);
    id = await withdraw(world, { userId: 'alice', address: payee, amount: 15n });
    const first = await request(world);
    rest = first.sweeps[0]!.outputs.find(({ kind }) => kind === 'own')!.address;
    await signedAndLost(first, () => request(world));
  });

  test('is booked once it is confirmed: its payout is paid, its remainder usable', async () => {
    await abandon();
    await confirmIt();
    expect(payoutOf(restored, id)).toMatchObject({ status: 'confirmed', sweepId: hash });
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(totalsOf(restored)).toMatchObject({ assets: 5n, users: 5n, unpaidWithdrawals: 0n });
    expect(rowOf(restored, rest)).toMatchObject({ balance: 5n, status: 'active' });
    await expectReconciled();
    const last = { userId: 'alice', address: payee, amount: 5n, number: 2 };
    await withdraw(restored, last);
    const { sweeps } = await sweepAll(restored, stage.served);
    expect(sweeps[0]!.inputs.map(({ address }) => address)).toEqual([rest]);
    expect(stage.served.devNode.balanceOf(payee)).toBe(20n);
    expect(totalsOf(restored)).toMatchObject({ assets: 0n, users: 0n });
  });

  test('calls off what was to be paid instead of its payout, if no request has it', async () => {
    await abandon();
    const params = { id };
    const replaced = await callOnce(restored, 'replaceWithdrawal', { params, body });
    expect(totalsOf(restored)).toMatchObject({ unpaidWithdrawals: 30n, operator: -15n });
    await confirmIt();
    expect(payoutOf(restored, replaced.body.id).status).toBe('cancelled');
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    const { available, pendingWithdrawals } = stateOf(restored).get('users', 'alice')!;
    expect({ available, pendingWithdrawals }).toEqual({ available: 5n, pendingWithdrawals: 0n });
    await expectReconciled();
  });

  test('costs the operator what was paid instead of its payout', async () => {
    await abandon();
    await hubMoney(restored, stage.served, [15n]);
    const params = { id };
    await callOnce(restored, 'replaceWithdrawal', { params, body });
    await sweepAll(restored, stage.served);
    expect(stage.served.devNode.balanceOf(payee)).toBe(15n);
    await confirmIt();
    expect(stage.served.devNode.balanceOf(payee)).toBe(30n);
    expect(totalsOf(restored)).toMatchObject({ assets: 5n, users: 5n, operator: 0n });
    expect(totalsOf(restored)).toMatchObject({ unpaidWithdrawals: 0n, stranded: 0n });
    await expectReconciled();
  });
});

test('a cold order that was abandoned is booked once it is confirmed', async () => {
  const [row] = await hubMoney(world, stage.served, [20n]);
  const { slips } = await putIntoCustody(world, [withChecksum(row!.address)]);
  const id = await payOut(world, { address: foreignAddress('W'), amount: 15n });
  const { keyringId } = world.signer;
  let order = '';
  const asked = { type: 'spend', keyringId, withdrawalIds: [id] } as const;
  const first = await openSpend(world.coordinator, asked, (orderId) => {
    order = orderId;
    return undefined;
  });
  await signedAndLost(first, () => repeatSpend(world.coordinator, order, undefined), slips);
  await abandon();
  await confirmIt();
  expect(payoutOf(restored, id).status).toBe('confirmed');
  expect(totalsOf(restored)).toEqual(totalsOf(world));
  expect(totalsOf(restored)).toMatchObject({ assets: 5n, operator: 5n, unpaidWithdrawals: 0n });
  await expectReconciled();
});
