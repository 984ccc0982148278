/** Payouts of bundles that a restored coordinator has forgotten: each is paid once, and booked once. */
import type { OperationId } from '@airlock/api';
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { openSpend } from '../src/cold/cold-spend.ts';
import { createApiKey } from '../src/http/authentication.ts';
import { type ImportedRecord, importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import type { Store } from '../src/store/store.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { type Custody, hubMoney, hubRows, pairCold, payOut, putIntoCustody } from './cold.ts';
import { type Answer, type CallFields, callOnce, checkError } from './served.ts';
import type { HonestSigner } from './signer.ts';
import { expectSound, recover, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  confirmSweeps,
  copyOf,
  deposit,
  differenceOf,
  dump,
  foreignAddress,
  importOwnRecord,
  request,
  restore,
  stateOf,
  sweepAll,
  voidIt,
  type World,
  withdraw,
  withdrawalIdOf,
} from './world.ts';

let stage: Stage;
let world: World;
beforeEachAlice(60, (next) => {
  stage = next;
  world = next.world;
});

const payee = foreignAddress('Q');
const balanceOf = (address: string): bigint => stage.served.devNode.balanceOf(address);
const payoutOf = (of: World, id: string) => stateOf(of).get('withdrawals', id)!;

/** Hub money of alice's. */
async function aliceHas(amount: bigint): Promise<void> {
  await deposit(world, stage.served, { address: await assign(world, 'alice'), amount });
  await sweepAll(world, stage.served);
}

/** One call of the API. @param key null: an API key that is made for it */
async function call(
  of: World,
  operation: OperationId,
  { key = null, ...fields }: CallFields & { readonly key?: string | null },
): Promise<Answer> {
  const own = { role: null, headers: { authorization: `Bearer ${key}` } };
  return callOnce(of, operation, { ...fields, ...(key === null ? {} : own) });
}

async function sign(of: World, requestId: string, custody: Custody): Promise<void> {
  await importResponse(of.coordinator, await answer(of, requestId, { slips: custody.slips }));
  await confirmSweeps(of, stage.served);
}

/** Nothing of it is left to be signed, and the ledger is what it was before the disk was lost. */
async function expectAsBefore(restored: World, id: string): Promise<void> {
  expect(await codeOf(request(restored))).toBe('nothing_to_sign');
  expect(balanceOf(payoutOf(restored, id).address)).toBe(payoutOf(restored, id).amount);
  expect(payoutOf(restored, id)).toMatchObject({ status: 'confirmed' });
  expect(totalsOf(restored)).toEqual(totalsOf(world));
  expect(stateOf(restored).get('users', 'alice')).toEqual(stateOf(world).get('users', 'alice'));
  await expectSound(restored);
}

describe('a call without an id that is repeated after a restore, with its API key or a new one, pays once', () => {
  const madeKey = async (role: 'exchange' | 'officer'): Promise<string> =>
    (await createApiKey(world.coordinator, { role, name: 'the same' })).key;

  /** The coordinator restored from the backup, with the record, for each API key that may call. */
  async function* restoredFrom(
    backup: Store,
    key: string,
  ): AsyncIterable<{ readonly restored: World; readonly key: string | null }> {
    for (const again of [key, null]) {
      const restored = await restore(world, await copyOf(backup));
      await importOwnRecord(restored);
      yield { restored, key: again };
    }
  }

  test('a withdrawal', async () => {
    await aliceHas(100n);
    const first = await madeKey('exchange');
    const backup = await copyOf(world.store);
    const address = withChecksum(foreignAddress('E'));
    const body = { userId: 'alice', address, amount: '30', reference: 'order 17' };
    const fields = { body, idempotency: 'order-17' };
    const { id } = (await call(world, 'createWithdrawal', { ...fields, key: first })).body;
    await sweepAll(world, stage.served);
    for await (const { restored, key } of restoredFrom(backup, first)) {
      const repeated = await call(restored, 'createWithdrawal', { ...fields, key });
      expect(repeated.body).toMatchObject({ id, status: 'blocked' });
      expect(await recover(restored)).toBe(1);
      await expectAsBefore(restored, id);
    }
  });

  test('the decision to pay a blocked payout again', async () => {
    await aliceHas(100n);
    await hubMoney(world, stage.served, [100n, 100n]);
    const address = foreignAddress('F');
    const blocked = await withdraw(world, { userId: 'alice', address, amount: 30n });
    const { requestId, sweeps } = await request(world);
    await voidIt(world, requestId!);
    const body = { reason: 'decided' };
    await call(world, 'abandonSweep', { params: { bundleHash: sweeps[0]!.hash }, body });
    const first = await madeKey('officer');
    const backup = await copyOf(world.store);
    const fields = { params: { id: blocked }, body, idempotency: 'k' };
    const { id } = (await call(world, 'replaceWithdrawal', { ...fields, key: first })).body;
    await sweepAll(world, stage.served);
    for await (const { restored, key } of restoredFrom(backup, first)) {
      const repeated = await call(restored, 'replaceWithdrawal', { ...fields, key });
      expect(repeated.body).toMatchObject({ id, status: 'blocked' });
      expect(await recover(restored)).toBe(1);
      await expectAsBefore(restored, id);
    }
  });

  test('a cold order; its payout is a loss that is asked for again by its id', async () => {
    await aliceHas(100n);
    await aliceHas(120n);
    const named = hubRows(world).map(({ address }) => withChecksum(address));
    const custody = await putIntoCustody(world, named);
    const first = await madeKey('officer');
    const backup = await copyOf(world.store);
    const payout = { address: withChecksum(foreignAddress('G')), amount: '30' };
    const { keyringId } = world.signer;
    const body = { type: 'spend', keyringId, payouts: [payout], lossReason: 'stolen' };
    const fields = { body, idempotency: 'pay' };
    const made = (await call(world, 'createColdOrder', { ...fields, key: first })).body;
    await sign(world, made.requestId, custody);
    expect(totalsOf(world)).toMatchObject({ assets: 190n, users: 220n, operator: -30n });
    const { id } = [...stateOf(world).rows('withdrawals')][0]!;
    for await (const { restored, key } of restoredFrom(backup, first)) {
      const refusal = checkError(await call(restored, 'createColdOrder', { ...fields, key }));
      expect(refusal.code).toBe('withdrawal_exists');
      expect(refusal.message).toContain(id);
      expect(await recover(restored)).toBe(0);
      const withId = { ...payout, id };
      const broke = await call(restored, 'createOperatorWithdrawal', { body: withId });
      expect(checkError(broke).code).toBe('insufficient_balance');
      const decided = { ...withId, lossReason: 'stolen' };
      const asked = await call(restored, 'createOperatorWithdrawal', { body: decided });
      expect(asked.body).toMatchObject({ id, status: 'blocked' });
      expect(await recover(restored)).toBe(1);
      await expectAsBefore(restored, id);
    }
  });
});

test.each([
  ['an id of nobody', { id: withdrawalIdOf(9) }],
  ['no id', {}],
])('a loss is not decided by asking with %s', async (_what, named) => {
  await hubMoney(world, stage.served, [50n]);
  const before = dump(stateOf(world));
  const body = { address: withChecksum(payee), amount: '30', lossReason: 'stolen', ...named };
  const { code, fields } = checkError(await call(world, 'createOperatorWithdrawal', { body }));
  expect({ code, path: fields[0]?.path }).toEqual({ code: 'invalid_request', path: 'lossReason' });
  expect(dump(stateOf(world))).toEqual(before);
});

test('a cold order that names one id for two payouts is refused by name', async () => {
  const [row] = await hubMoney(world, stage.served, [50n]);
  await putIntoCustody(world, [withChecksum(row!.address)]);
  const payout = { id: withdrawalIdOf(9), address: withChecksum(payee), amount: '1' };
  const { keyringId } = world.signer;
  const body = { type: 'spend', keyringId, payouts: [payout, payout] };
  const { code, fields } = checkError(await call(world, 'createColdOrder', { body }));
  expect({ code, path: fields[0]?.path }).toEqual({ code: 'invalid_request', path: 'payouts' });
});

describe('a payout that two keyrings paid, since the record of one came late', () => {
  let vault: HonestSigner;
  let restored: World;
  let id: string;
  /** Of the cold keyring's bundle, which the restored coordinator has forgotten. */
  let bundle: string;
  let address: string;
  let backup: Store;
  let payees = 0;

  /** Alice's payout of 40 is confirmed from cold money; the coordinator is restored from before. */
  async function paidFromCold(): Promise<void> {
    vault = await pairCold(world, 130 + stage.number);
    const cold = { ...world, signer: vault };
    await hubMoney(cold, stage.served, [40n]);
    await aliceHas(100n);
    payees += 1;
    address = foreignAddress('KLMNOPRS'[payees]!);
    id = await withdraw(world, { userId: 'alice', address, amount: 40n });
    backup = await copyOf(world.store);
    const order = { type: 'spend', keyringId: vault.keyringId, withdrawalIds: [id] } as const;
    const { requestId, sweeps } = await openSpend(world.coordinator, order, () => undefined);
    bundle = sweeps[0]!.hash;
    await importResponse(world.coordinator, await answer(cold, requestId));
    await confirmSweeps(world, stage.served);
    expect(payoutOf(world, id)).toMatchObject({ status: 'confirmed', sweepId: bundle });
    restored = await restore(world, await copyOf(backup));
    await importOwnRecord(restored);
  }
  const importVault = (): Promise<ImportedRecord> =>
    importRecord(restored.coordinator, vault.record());
  /** What alice asked for is paid; the operator bears the second payment of 40. */
  async function expectBorne(operator: bigint): Promise<void> {
    expect(totalsOf(restored)).toMatchObject({ users: 60n, unpaidWithdrawals: 0n, operator });
    expect(stateOf(restored).get('users', 'alice')).toMatchObject({
      available: 60n,
      pendingWithdrawals: 0n,
    });
    expect(balanceOf(address)).toBe(80n);
    await expectSound(restored);
  }

  test('is the operator’s the second time, once he has it', async () => {
    await paidFromCold();
    const { sweeps } = await sweepAll(restored, stage.served);
    expect(await importVault()).toMatchObject({ forgottenBundles: [bundle] });
    expect(restored.logged).toContain(
      `withdrawal ${id} is confirmed, but forgotten bundle ${bundle} pays it`,
    );
    expect(await recover(restored)).toBe(1);
    expect(payoutOf(restored, id)).toMatchObject({ sweepId: sweeps[0]!.hash });
    await expectBorne(0n);
  });

  test('is booked once as alice’s where both bundles are forgotten, whichever record comes first', async () => {
    await paidFromCold();
    const lost = restored;
    await sweepAll(lost, stage.served);
    for (const isOwnFirst of [true, false]) {
      restored = await restore(lost, await copyOf(backup));
      if (isOwnFirst) await importOwnRecord(restored);
      expect(await importVault()).toMatchObject({ forgottenBundles: [bundle] });
      if (!isOwnFirst) await importOwnRecord(restored);
      expect(await recover(restored)).toBe(2);
      expect(payoutOf(restored, id).status).toBe('confirmed');
      await expectBorne(0n);
    }
  });

  test('waits for the operator’s money, or for somebody’s decision', async () => {
    await paidFromCold();
    await sweepAll(restored, stage.served);
    // The operator has spent all of his meanwhile.
    await payOut(restored, { address: payee, amount: 40n, number: 2 });
    await importVault();
    expect(await recover(restored)).toBe(0);
    expect(restored.logged.join()).toContain('the operator account would fall below 0');
    const params = { bundleHash: bundle };
    const body = { reason: 'paid twice' };
    const { status } = await call(restored, 'bookForgottenBundle', { params, body });
    expect(status).toBe(201);
    expect(totalsOf(restored)).toMatchObject({ operator: -40n, unpaidWithdrawals: 40n });
    expect(differenceOf(stateOf(restored))).toBe(0n);
  });

  test('is not booked as the other bundle’s while ours may still be confirmed', async () => {
    await paidFromCold();
    const { devNode, node } = stage.served;
    const { requestId, sweeps } = await request(restored);
    await importResponse(restored.coordinator, await answer(restored, requestId));
    // Its input is short for a while.
    const input = sweeps[0]!.inputs[0]!.address;
    const short = {
      ...node,
      balances: async (each: readonly string[]) =>
        (await node.balances(each)).map((held, place) => (each[place] === input ? 1n : held)),
    };
    const seeing = { ...restored.coordinator, node: short };
    const blocking = new Attachment(seeing);
    for (let round = 0; round < 3; round += 1) await blocking.round();
    expect(payoutOf(restored, id).status).toBe('blocked');
    await importVault();
    expect(await recover(restored)).toBe(0);
    await confirmSweeps(restored, { devNode });
    expect(payoutOf(restored, id)).toMatchObject({ status: 'confirmed', sweepId: sweeps[0]!.hash });
    expect(await recover(restored)).toBe(1);
    await expectBorne(0n);
  });

  test('is borne by the operator although our bundle was abandoned and is confirmed after all', async () => {
    await paidFromCold();
    const lost = restored;
    const first = await request(lost);
    await voidIt(lost, first.requestId!);
    const before = await copyOf(lost.store);
    const { requestId, sweeps } = await request(lost);
    await importResponse(lost.coordinator, await answer(lost, requestId));
    restored = await restore(lost, before);
    const params = { bundleHash: sweeps[0]!.hash };
    const body = { reason: 'given up' };
    const given = await call(restored, 'abandonSweep', { params, body });
    expect(given.body).toMatchObject({ status: 'blocked' });
    await importVault();
    expect(await recover(restored)).toBe(1);
    expect(payoutOf(restored, id)).toMatchObject({ status: 'confirmed', sweepId: bundle });
    await lost.attachment.round();
    stage.served.devNode.issueMilestone();
    await restored.attachment.round();
    expect(stateOf(restored).get('sweeps', sweeps[0]!.hash)!.status).toBe('confirmed');
    expect(payoutOf(restored, id)).toMatchObject({ status: 'confirmed', sweepId: bundle });
    await expectBorne(0n);
  });

  test('is a loss that somebody may decide while ours may still be confirmed', async () => {
    await paidFromCold();
    const { requestId } = await request(restored);
    await importVault();
    expect(await recover(restored)).toBe(0);
    expect(restored.logged.join()).toContain(`withdrawal ${id} is requested in another bundle`);
    const fields = { params: { bundleHash: bundle }, body: { reason: 'paid twice' } };
    const { status } = await call(restored, 'bookForgottenBundle', fields);
    expect(status).toBe(201);
    expect(payoutOf(restored, id).status).toBe('requested');
    await importResponse(restored.coordinator, await answer(restored, requestId));
    await confirmSweeps(restored, stage.served);
    expect(payoutOf(restored, id).status).toBe('confirmed');
    await expectBorne(0n);
  });
});
