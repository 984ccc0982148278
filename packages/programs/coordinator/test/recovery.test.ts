/** Bundles that a restored coordinator has forgotten, booked as the Tangle has them. */
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { FaultLog } from '../src/fault-log.ts';
import { withdrawalHandlers } from '../src/http/money-handlers.ts';
import { operatorHandlers } from '../src/http/operator-handlers.ts';
import { userHandlers } from '../src/http/user-handlers.ts';
import type { LedgerState } from '../src/ledger/state.ts';
import { importResponse } from '../src/signing/responses.ts';
import type { Store } from '../src/store/store.ts';
import { recoverForgotten } from '../src/tangle/recovery.ts';
import { expectSound } from './soundness.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  confirmSweeps,
  copyOf,
  createUser,
  deposit,
  differenceOf,
  dump,
  foreignAddress,
  importOwnRecord,
  openWorld,
  replayed,
  request,
  requestDeposit,
  restore,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
let world: World;
let number: number;

beforeEachAlice(20, (stage) => {
  ({ served, world, number } = stage);
});

const totalsOf = (of: World): unknown => stateOf(of).get('totals', '');
const userOf = (of: World, id: string): ReturnType<LedgerState['get']> =>
  stateOf(of).get('users', id);

async function recover(of: World, faults?: FaultLog): Promise<number> {
  return recoverForgotten(of.coordinator, (addresses) => of.monitor.look(addresses), faults);
}

const claim = ({ coordinator }: World, userId: string, address: string) =>
  userHandlers.createDepositAddress(coordinator, {
    params: { id: userId },
    query: {},
    body: { address: withChecksum(address) },
    call: null,
  });

async function restoredFrom(backup: Store): Promise<World> {
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  return restored;
}

test('a deposit that a forgotten bundle swept is credited, and nothing differs from before', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  await deposit(world, served, { address, amount: 100n });
  await sweepAll(world, served);

  const restored = await restoredFrom(backup);
  expect(await recover(restored)).toBe(1);
  expect(totalsOf(restored)).toEqual(totalsOf(world));
  expect(userOf(restored, 'alice')).toEqual(userOf(world, 'alice'));
  expect(differenceOf(stateOf(restored))).toBe(0n);
  expect(await replayed(restored.store)).toEqual(dump(stateOf(restored)));
  // What comes late is stranded there too, and the remainder can be spent.
  await deposit(restored, served, { address, amount: 5n });
  expect(totalsOf(restored)).toMatchObject({ stranded: 5n, users: 100n });
  const payee = foreignAddress('Q');
  await withdraw(restored, { userId: 'alice', address: payee, amount: 100n, number });
  await sweepAll(restored, served);
  expect(served.devNode.balanceOf(payee)).toBe(100n);
});

test('what a recovered bundle credits is moved to the hot user, as before the restore', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  const hot = { hotUser: 'hot' } as const;
  const { node } = served;
  const { signer, store } = world;
  const moving = await openWorld({ node, store, signer, settings: hot });
  await deposit(moving, served, { address, amount: 100n });
  await sweepAll(moving, served);
  expect(userOf(moving, 'hot')).toMatchObject({ available: 100n });

  const restored = await openWorld({
    node,
    store: backup,
    signer,
    settings: hot,
    seed: 'restored',
  });
  await importOwnRecord(restored);
  expect(await recover(restored)).toBe(1);
  const { ledger } = restored.coordinator;
  const types: string[] = [];
  for await (const { event } of ledger.entriesAfter(stateOf(restored).head.number - 3, 3)) {
    types.push(event.type);
  }
  expect(types).toEqual(['sweep.recovered', 'user.created', 'transfer.booked']);
  const [row] = [...stateOf(restored).rows('deposits')];
  const moveId = `tr_${row!.id.slice(4)}`;
  const [before, after] = [moving, restored].map((of) => of.coordinator.ledger);
  expect((await after!.transferEntry(moveId))?.event).toEqual(
    (await before!.transferEntry(moveId))?.event,
  );
  expect(totalsOf(restored)).toEqual(totalsOf(moving));
  for (const id of ['alice', 'hot']) expect(userOf(restored, id)).toEqual(userOf(moving, id));
  expect(await replayed(restored.store)).toEqual(dump(stateOf(restored)));
});

test('forgotten bundles that follow one another are booked in their order', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  await deposit(world, served, { address, amount: 100n });
  await sweepAll(world, served);
  const payee = foreignAddress('R');
  const id = await withdraw(world, { userId: 'alice', address: payee, amount: 30n, number });
  await sweepAll(world, served);

  const restored = await restoredFrom(backup);
  await recover(restored);
  const faults = new FaultLog(restored.coordinator.log);
  for (let round = 0; round < 3; round += 1) await recover(restored, faults);
  expect(restored.logged.filter((line) => line.includes('not booked'))).toHaveLength(2);
  // Its payout is not known here: the exchange has to ask again, by the same id.
  expect(restored.logged.join()).toContain('no withdrawal of 30 i');
  expect(totalsOf(restored)).toMatchObject({ assets: 100n, users: 100n });
  await withdraw(restored, { userId: 'alice', address: payee, amount: 30n, number });
  expect(stateOf(restored).get('withdrawals', id)!.status).toBe('blocked');
  expect(await recover(restored)).toBe(1);
  expect(stateOf(restored).get('withdrawals', id)!.status).toBe('confirmed');
  expect(totalsOf(restored)).toEqual(totalsOf(world));
  expect(await recover(restored)).toBe(0);
});

test('a bundle that is signed and not confirmed is left until it is', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  await deposit(world, served, { address, amount: 100n });
  await answer(world, await requestDeposit(world, served, { amount: 7n }));
  const restored = await restoredFrom(backup);
  expect(await recover(restored)).toBe(0);
  expect(totalsOf(restored)).toBeUndefined();
});

test('an address handed out after the backup is claimed by its user before it is credited', async () => {
  await createUser(world, 'bob');
  const backup = await copyOf(world.store);
  const address = await assign(world, 'bob');
  const other = await assign(world, 'bob');
  await deposit(world, served, { address, amount: 60n });
  await sweepAll(world, served);

  const restored = await restoredFrom(backup);
  await recover(restored);
  expect(restored.logged.join()).toContain(`nobody has said whose deposit address ${address} is`);
  expect(await claim(restored, 'bob', address)).toMatchObject({ status: 'retired' });
  expect(await claim(restored, 'bob', other)).toMatchObject({ status: 'active' });
  // Again it changes nothing; nobody else gets it.
  expect(await claim(restored, 'bob', address)).toMatchObject({ status: 'retired' });
  expect(await codeOf(claim(restored, 'alice', address))).toBe('address_unknown');
  expect(await codeOf(claim(restored, 'alice', other))).toBe('address_unknown');
  expect(await codeOf(claim(restored, 'alice', foreignAddress('U')))).toBe('address_unknown');
  expect(await recover(restored)).toBe(1);
  expect(userOf(restored, 'bob')).toMatchObject({ available: 60n });
  expect(totalsOf(restored)).toEqual(totalsOf(world));
});

test('no payout is planned to a deposit address that its user has not claimed', async () => {
  await createUser(world, 'bob');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  const restored = await restore(world, await copyOf(world.store));
  const address = await assign(world, 'bob');
  const id = await withdraw(restored, { userId: 'alice', address, amount: 30n, number });
  await expect(request(restored)).rejects.toMatchObject({
    next: `left out: ${id}: nobody has said whose deposit address it is`,
  });
  await claim(restored, 'bob', address);
  await sweepAll(restored, served);
  expect(userOf(restored, 'bob')).toMatchObject({ pendingDeposits: 30n });
});

describe('a forgotten bundle is booked as it was', () => {
  let id: string;
  const payee = foreignAddress('P');
  const payoutOf = (of: World) => stateOf(of).get('withdrawals', id)!;

  /** Alice has 100 in hub money and asks for 30 of it. */
  async function askedBy(address: string): Promise<void> {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
    await sweepAll(world, served);
    id = await withdraw(world, { userId: 'alice', address, amount: 30n, number });
  }

  async function openTopUp(): Promise<string> {
    const input = { params: {}, query: {}, body: {}, call: null };
    const { address } = await operatorHandlers.createTopUp(world.coordinator, input);
    return address.slice(0, 81);
  }

  async function expectAsBefore(restored: World): Promise<void> {
    expect(payoutOf(restored).status).toBe('confirmed');
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(userOf(restored, 'alice')).toEqual(userOf(world, 'alice'));
    await expectSound(restored);
  }

  test('although its keys and fresh addresses were planned with before the record came', async () => {
    await askedBy(payee);
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 40n });
    const backup = await copyOf(world.store);
    const { requestId } = await request(world);
    await importResponse(world.coordinator, await answer(world, requestId));
    const restored = await restore(world, backup);
    await request(restored);
    await confirmSweeps(world, served);
    await importOwnRecord(restored);
    await restored.monitor.round();
    expect(await recover(restored)).toBe(2);
    await expectAsBefore(restored);
  });

  test('although the monitor saw its payout to a deposit address first', async () => {
    await createUser(world, 'bob');
    await askedBy(await assign(world, 'bob'));
    const backup = await copyOf(world.store);
    await sweepAll(world, served);
    const restored = await restoredFrom(backup);
    await restored.monitor.round();
    expect(userOf(restored, 'bob')).toMatchObject({ pendingDeposits: 30n });
    expect(await recover(restored)).toBe(1);
    await expectAsBefore(restored);
  });

  test('with a payout to a deposit address, once it is claimed by its user', async () => {
    await createUser(world, 'bob');
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
    await sweepAll(world, served);
    const backup = await copyOf(world.store);
    const address = await assign(world, 'bob');
    id = await withdraw(world, { userId: 'alice', address, amount: 30n, number });
    await sweepAll(world, served);
    const restored = await restoredFrom(backup);
    await withdraw(restored, { userId: 'alice', address, amount: 30n, number });
    expect(await recover(restored)).toBe(0);
    await claim(restored, 'bob', address);
    expect(await recover(restored)).toBe(1);
    expect(userOf(restored, 'bob')).toMatchObject({ pendingDeposits: 30n });
    await expectAsBefore(restored);
  });

  test('with a payout to a hub address of ours, which is no remainder', async () => {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
    await sweepAll(world, served);
    const backup = await copyOf(world.store);
    const address = await openTopUp();
    id = await withdraw(world, { userId: 'alice', address, amount: 30n, number });
    await sweepAll(world, served);
    const restored = await restoredFrom(backup);
    expect(await recover(restored)).toBe(0);
    expect(restored.logged.join()).toContain('not asked for again: withdrawals');
    await withdraw(restored, { userId: 'alice', address, amount: 30n, number });
    expect(await recover(restored)).toBe(1);
    await expectAsBefore(restored);
  });

  test('with the operator’s money that came after the backup, and what came late', async () => {
    await askedBy(payee);
    const backup = await copyOf(world.store);
    const address = await openTopUp();
    await deposit(world, served, { address, amount: 30n });
    await sweepAll(world, served);
    expect(stateOf(world).get('addresses', address)!.status).toBe('retired');
    await deposit(world, served, { address, amount: 5n });
    expect(totalsOf(world)).toMatchObject({ operator: 30n, stranded: 5n });
    const restored = await restoredFrom(backup);
    expect(await recover(restored)).toBe(1);
    await expectAsBefore(restored);
  });

  test('at the operator’s cost where its payout was cancelled meanwhile, once that is there', async () => {
    await askedBy(payee);
    const backup = await copyOf(world.store);
    await sweepAll(world, served);
    const restored = await restore(world, backup);
    const input = { params: { id }, query: {}, body: null, call: null };
    await withdrawalHandlers.cancelWithdrawal(restored.coordinator, input);
    await importOwnRecord(restored);
    expect(await recover(restored)).toBe(0);
    expect(restored.logged.join()).toContain('the operator account would fall below 0');
    const topUp = { params: {}, query: {}, body: {}, call: null };
    const { address } = await operatorHandlers.createTopUp(restored.coordinator, topUp);
    await deposit(restored, served, { address: address.slice(0, 81), amount: 30n });
    expect(await recover(restored)).toBe(1);
    expect(payoutOf(restored).status).toBe('confirmed');
    expect(totalsOf(restored)).toMatchObject({ assets: 100n, users: 100n, operator: 0n });
  });

  test('and what it left of a deposit address is stranded, as it came after the signature', async () => {
    const address = await assign(world, 'alice');
    const backup = await copyOf(world.store);
    await deposit(world, served, { address, amount: 100n });
    await sweepAll(world, served);
    await deposit(world, served, { address, amount: 5n });
    const restored = await restore(world, backup);
    await restored.monitor.round();
    expect(totalsOf(restored)).toMatchObject({ uncredited: 105n });
    await importOwnRecord(restored);
    expect(await recover(restored)).toBe(1);
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(userOf(restored, 'alice')).toEqual(userOf(world, 'alice'));
  });
});
