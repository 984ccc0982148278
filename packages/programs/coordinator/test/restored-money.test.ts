/** Money of bundles that a restored coordinator has forgotten: credited once, and spent or stranded, never lost. */
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { openSpend } from '../src/cold/cold-spend.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import type { DraftedRequest } from '../src/signing/signing.ts';
import { hubMoney, pairCold, payOut, rowOf, setAside } from './cold.ts';
import { type Answer, callOnce, checkError } from './served.ts';
import { expectSound, recover, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  confirmSweeps,
  copyOf,
  deposit,
  foreignAddress,
  importOwnRecord,
  openWorld,
  request,
  restore,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let stage: Stage;
let world: World;
beforeEachAlice(90, (next) => {
  stage = next;
  world = next.world;
});

const userOf = (of: World, id: string) => stateOf(of).get('users', id);
const inputsOf = ({ sweeps }: DraftedRequest): string[] =>
  sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address));
const remainderOf = ({ sweeps }: DraftedRequest): string =>
  sweeps[0]!.outputs.find(({ kind }) => kind === 'own' || kind === 'cold')!.address;

const signed = async (of: World, requestId: string | null): Promise<void> => {
  await importResponse(of.coordinator, await answer(of, requestId));
};

const decide = (
  of: World,
  operation: 'bookForgottenBundle' | 'correctBalance',
  params: Readonly<Record<string, string>>,
): Promise<Answer> => callOnce(of, operation, { params, body: { reason: 'decided' } });

test('what a forgotten bundle swept is credited, late money stranded, whatever order the nodes name', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  await deposit(world, stage.served, { address, amount: 50n });
  await deposit(world, stage.served, { address, amount: 30n });
  await sweepAll(world, stage.served);
  await deposit(world, stage.served, { address, amount: 70n });
  expect(totalsOf(world)).toMatchObject({ assets: 150n, users: 80n, stranded: 70n });
  const { node } = stage.served;
  const reversed: NodeClient['findByAddresses'] = async (addresses) =>
    (await node.findByAddresses(addresses)).reverse();
  for (const findByAddresses of [node.findByAddresses, reversed]) {
    const store = await copyOf(backup);
    const restored = await openWorld({
      ...{ node: { ...node, findByAddresses }, store, signer: world.signer, seed: 'restored' },
    });
    await importOwnRecord(restored);
    await restored.monitor.round();
    expect(await recover(restored)).toBe(1);
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(userOf(restored, 'alice')).toEqual(userOf(world, 'alice'));
    const rows = [...stateOf(restored).rows('deposits')];
    expect(rows.map(({ amount, status }) => `${amount} ${status}`).sort()).toEqual([
      '30 credited',
      '50 credited',
      '70 stranded',
    ]);
    await expectSound(restored);
  }
});

test('what was credited and stays behind on a used key is the operator’s loss, by a decision', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  await deposit(world, stage.served, { address, amount: 50n });
  const lost = await request(world);
  await signed(world, lost.requestId);
  const restored = await restore(world, backup);
  await deposit(restored, stage.served, { address, amount: 30n });
  // Requested before the record came, and so credited.
  await request(restored);
  await importOwnRecord(restored);
  await deposit(restored, stage.served, { address, amount: 7n });
  expect(totalsOf(restored)).toMatchObject({ assets: 87n, users: 80n, stranded: 7n });
  await confirmSweeps(world, stage.served);
  expect(await recover(restored)).toBe(0);
  expect(restored.logged.join()).toContain('the operator account would fall below 0');
  const bundleHash = lost.sweeps[0]!.hash;
  expect((await decide(restored, 'bookForgottenBundle', { bundleHash })).status).toBe(201);
  expect(rowOf(restored, address)).toMatchObject({ balance: 37n, status: 'retired' });
  expect(rowOf(restored, remainderOf(lost))).toMatchObject({ balance: 50n, status: 'active' });
  expect(totalsOf(restored)).toMatchObject({
    ...{ assets: 87n, users: 80n, uncredited: 0n, stranded: 37n, operator: -30n },
  });
  await expectSound(restored);
});

test('what an officer books of a forgotten bundle is moved to the hot user', async () => {
  const address = await assign(world, 'alice');
  const backup = await copyOf(world.store);
  const { node } = stage.served;
  const { signer, store } = world;
  const settings = { hotUser: 'hot' } as const;
  const moving = await openWorld({ node, store, signer, settings });
  await deposit(moving, stage.served, { address, amount: 100n });
  await sweepAll(moving, stage.served);
  const restored = await openWorld({ node, store: backup, signer, settings, seed: 'restored' });
  const { forgottenBundles } = await importOwnRecord(restored);
  const params = { bundleHash: forgottenBundles[0]! };
  expect((await decide(restored, 'bookForgottenBundle', params)).status).toBe(201);
  for (const id of ['alice', 'hot']) expect(userOf(restored, id)).toEqual(userOf(moving, id));
  expect(userOf(restored, 'hot')).toMatchObject({ available: 100n });
  expect(totalsOf(restored)).toEqual(totalsOf(moving));
  await expectSound(restored);
});

describe('a correction before the record came', () => {
  let id: string;
  let backup: Awaited<ReturnType<typeof copyOf>>;
  let paid: DraftedRequest;
  const payee = foreignAddress('R');
  const asked = { userId: 'alice', address: payee, amount: 30n, number: 7 };

  /** Alice's 100 in hub money, of which a forgotten bundle pays 30. */
  async function forgotten(): Promise<World> {
    await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 100n });
    await sweepAll(world, stage.served);
    backup = await copyOf(world.store);
    id = await withdraw(world, asked);
    paid = await sweepAll(world, stage.served);
    return restore(world, backup);
  }

  test('of what a forgotten bundle spent is undone by a decision', async () => {
    const restored = await forgotten();
    const [input] = inputsOf(paid) as [string];
    const params = { address: withChecksum(input) };
    expect((await decide(restored, 'correctBalance', params)).body).toMatchObject({
      amount: '-100',
      balance: '0',
    });
    expect(totalsOf(restored)).toMatchObject({ assets: 0n, operator: -100n });
    await importOwnRecord(restored);
    await withdraw(restored, asked);
    expect(await recover(restored)).toBe(0);
    const reason = `what came to its input ${input} is not booked, or was corrected`;
    expect(restored.logged.join()).toContain(reason);
    const bundleHash = paid.sweeps[0]!.hash;
    expect((await decide(restored, 'bookForgottenBundle', { bundleHash })).status).toBe(201);
    expect(stateOf(restored).get('withdrawals', id)).toMatchObject({ status: 'confirmed' });
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(rowOf(restored, remainderOf(paid))).toMatchObject({ balance: 70n, status: 'active' });
    await expectSound(restored);
  });

  test('is no reason to book a bundle before the one that paid its input', async () => {
    const restored = await forgotten();
    const [first] = inputsOf(paid) as [string];
    // A second forgotten bundle spends what the first left.
    const next = { ...asked, amount: 20n, number: 8 };
    await withdraw(world, next);
    const second = await sweepAll(world, stage.served);
    expect(inputsOf(second)).toEqual([remainderOf(paid)]);
    await decide(restored, 'correctBalance', { address: withChecksum(first) });
    await importOwnRecord(restored);
    await withdraw(restored, asked);
    await withdraw(restored, next);
    const [one, two] = [paid, second].map(({ sweeps }) => ({ bundleHash: sweeps[0]!.hash }));
    const early = await decide(restored, 'bookForgottenBundle', two!);
    const { code, message } = checkError(early);
    expect(code).toBe('state_changed');
    expect(message).toContain(`bundle ${one!.bundleHash}`);
    expect((await decide(restored, 'bookForgottenBundle', one!)).status).toBe(201);
    expect(await recover(restored)).toBe(1);
    expect(totalsOf(restored)).toEqual(totalsOf(world));
    expect(rowOf(restored, remainderOf(paid))).toMatchObject({ balance: 0n, status: 'retired' });
    await expectSound(restored);
  });
});

describe('fresh hub addresses', () => {
  test('come from the other end of the pool while a forgotten bundle is not booked', async () => {
    const first = await assign(world, 'alice');
    const second = await assign(world, 'alice');
    const third = await assign(world, 'alice');
    const backup = await copyOf(world.store);
    const restored = await restore(world, backup);
    const { keyringId } = world.signer;
    const named = { keyringId, kind: 'hub' } as const;
    const all = restored.coordinator.pools.next(named, 99).map(({ address }) => address);
    await deposit(world, stage.served, { address: first, amount: 100n });
    const lost = await request(world);
    await signed(world, lost.requestId);
    expect(remainderOf(lost)).toBe(all[0]);
    await importOwnRecord(restored);
    await deposit(restored, stage.served, { address: second, amount: 50n });
    expect(remainderOf(await sweepAll(restored, stage.served))).toBe(all.at(-1));
    await confirmSweeps(world, stage.served);
    expect(await recover(restored)).toBe(1);
    expect(rowOf(restored, all[0]!)).toMatchObject({ balance: 100n, status: 'active' });
    await deposit(restored, stage.served, { address: third, amount: 20n });
    expect(remainderOf(await sweepAll(restored, stage.served))).toBe(all[1]);
    expect(totalsOf(restored)).toMatchObject({ assets: 170n, users: 170n, stranded: 0n });
    await expectSound(restored);
  });

  test('do so for every keyring: a cold one’s bundle pays to hot addresses, too', async () => {
    const vault = await pairCold(world, 130 + stage.number);
    const cold = { ...world, signer: vault };
    await hubMoney(cold, stage.served, [40n]);
    const address = await assign(world, 'alice');
    const backup = await copyOf(world.store);
    const { keyringId } = vault;
    const order = { type: 'spend', keyringId, toHot: '40' } as const;
    const spend = await openSpend(world.coordinator, order, () => undefined);
    await signed(cold, spend.requestId);
    const restored = await restore(world, backup);
    await importRecord(restored.coordinator, vault.record());
    await deposit(restored, stage.served, { address, amount: 50n });
    const own = await sweepAll(restored, stage.served);
    expect(remainderOf(own)).not.toBe(remainderOf(spend));
    await confirmSweeps(world, stage.served);
    expect(await recover(restored)).toBe(1);
    await payOut(restored, { address: foreignAddress('Y'), amount: 40n });
    expect(inputsOf(await sweepAll(restored, stage.served))).toEqual([remainderOf(spend)]);
    expect(totalsOf(restored)).toMatchObject({ assets: 50n, users: 50n, operator: 0n });
    await expectSound(restored);
  });
});

describe('a hub address to which both a forgotten bundle and a sweep of ours pay', () => {
  let restored: World;
  let shared: string;

  /**
   * A bundle with alice's 100 is signed, and forgotten. Ours with her 50 was requested before the record
   * came, and is signed under the request after.
   */
  async function collide(): Promise<void> {
    const first = await assign(world, 'alice');
    const second = await assign(world, 'alice');
    const backup = await copyOf(world.store);
    restored = await restore(world, backup);
    stage.served.devNode.pay({ address: second, amount: 50n });
    stage.served.devNode.issueMilestone();
    await restored.monitor.look([second]);
    const early = await request(restored);
    stage.served.devNode.pay({ address: first, amount: 100n });
    stage.served.devNode.issueMilestone();
    await world.monitor.look([first]);
    const lost = await request(world);
    shared = remainderOf(lost);
    expect(remainderOf(early)).toBe(shared);
    await signed(world, lost.requestId);
    await importOwnRecord(restored);
    const ours = await request(restored);
    expect(ours.sweeps.map(({ hash }) => hash)).toEqual([early.sweeps[0]!.hash]);
    await signed(restored, ours.requestId);
  }

  test('is spent by nothing until ours is confirmed, too', async () => {
    await collide();
    await confirmSweeps(world, stage.served);
    expect(await recover(restored)).toBe(1);
    expect(rowOf(restored, shared)).toMatchObject({ balance: 100n, status: 'active' });
    const payee = foreignAddress('S');
    await withdraw(restored, { userId: 'alice', address: payee, amount: 120n });
    const { sweeps, leftOut } = await request(restored, { dryRun: true });
    expect(sweeps).toEqual([]);
    const reason = 'a sweep that pays to it is not confirmed';
    expect(leftOut).toContainEqual({ id: shared, reason });
    expect(await codeOf(setAside(restored, [withChecksum(shared)]))).toBe('cold_order_state');
    await confirmSweeps(restored, stage.served);
    expect(rowOf(restored, shared)).toMatchObject({ balance: 150n, status: 'active' });
    expect(inputsOf(await sweepAll(restored, stage.served))).toEqual([shared]);
    expect(stage.served.devNode.balanceOf(payee)).toBe(120n);
    expect(totalsOf(restored)).toMatchObject({ assets: 30n, users: 30n, stranded: 0n });
    await expectSound(restored);
  });

  test('strands at the operator’s cost what comes to it after its key has signed', async () => {
    await collide();
    await confirmSweeps(restored, stage.served);
    await withdraw(restored, { userId: 'alice', address: foreignAddress('T'), amount: 30n });
    expect(inputsOf(await sweepAll(restored, stage.served))).toEqual([shared]);
    await confirmSweeps(world, stage.served);
    expect(await recover(restored)).toBe(1);
    expect(rowOf(restored, shared)).toMatchObject({ balance: 100n, status: 'retired' });
    expect(totalsOf(restored)).toMatchObject({
      ...{ assets: 120n, users: 120n, stranded: 100n, operator: -100n },
    });
    await expectSound(restored);
  });

  test('is free for what the forgotten bundle brought if ours lost its key to it', async () => {
    await deposit(world, stage.served, { address: await assign(world, 'alice'), amount: 100n });
    const backup = await copyOf(world.store);
    const lost = await request(world);
    await signed(world, lost.requestId);
    restored = await restore(world, backup);
    const early = await request(restored);
    shared = remainderOf(lost);
    expect(remainderOf(early)).toBe(shared);
    expect(early.sweeps[0]!.hash).not.toBe(lost.sweeps[0]!.hash);
    await confirmSweeps(world, stage.served);
    await importOwnRecord(restored);
    expect(stateOf(restored).get('sweeps', early.sweeps[0]!.hash)!.status).toBe('blocked');
    expect(await recover(restored)).toBe(1);
    expect(rowOf(restored, shared)).toMatchObject({ balance: 100n, status: 'active' });
    const payee = foreignAddress('U');
    await withdraw(restored, { userId: 'alice', address: payee, amount: 30n });
    expect(inputsOf(await sweepAll(restored, stage.served))).toEqual([shared]);
    expect(stage.served.devNode.balanceOf(payee)).toBe(30n);
    expect(totalsOf(restored)).toMatchObject({ assets: 70n, users: 70n });
    await expectSound(restored);
  });
});
