/** Cold money that two people, or a person and a schedule, handle at once: before and after a restore. */
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { openBringBack, takeSlip, takeSlipByLight } from '../src/cold/bring-back.ts';
import { openSpend } from '../src/cold/cold-spend.ts';
import { cancelOrder, takeReceipt } from '../src/cold/custody.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import type { AddressRow } from '../src/ledger/rows.ts';
import { takeFrames } from '../src/light/frames.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { finalizeSweep, slotsOf } from '../src/signing/bundles.ts';
import { ownOutput } from '../src/signing/plan.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { keyOf } from '../src/store/store.ts';
import { sendAlone } from './alone.ts';
import { hubMoney, orderOf, payOut, putIntoCustody, rowOf } from './cold.ts';
import { screenOf } from './screen.ts';
import { callOnce, checkError, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import { expectSound, recover, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  codeOf,
  confirmSweeps,
  copyOf,
  dump,
  foreignAddress,
  importOwnRecord,
  openWorld,
  request,
  restore,
  stateOf,
  voidIt,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;
beforeEachAlice(30, (next) => {
  stage = next;
  world = next.world;
});

const hasUuid = ({ store }: World, { commitment }: AddressRow): boolean =>
  store.get(keyOf('vault', commitment)) !== null;

/** The reply to a decision about a bundle. */
async function decide(of: World, bundleHash: string): Promise<number> {
  const fields = { params: { bundleHash }, body: { reason: 'decided' } };
  return (await callOnce(of, 'bookForgottenBundle', fields)).status;
}

describe('a set-aside that a restore has forgotten', () => {
  test('is opened again by its slip once no request needs its UUIDs any more', async () => {
    const hub = await hubMoney(world, stage.served, [20n, 500n]);
    await hubMoney(world, stage.served, [1000n]);
    const backup = await copyOf(world.store);
    const named = hub.map(({ address }) => withChecksum(address));
    const { slip, id } = await putIntoCustody(world, named);
    const receipt = world.signer.receiveSlip(slip, world.coordinator.identity.publicKey);
    const restored = await restore(world, backup);
    const { coordinator } = restored;
    // A schedule makes a request before anybody thinks of the slip.
    await payOut(restored, { address: foreignAddress('W'), amount: 15n });
    const { requestId, sweeps } = await request(restored);
    expect(sweeps[0]!.inputs.map(({ address }) => address)).toEqual([hub[0]!.address]);
    const before = dump(stateOf(restored));
    expect(await codeOf(takeSlip(coordinator, id, slip))).toBe('cold_order_state');
    expect(await codeOf(takeReceipt(coordinator, receipt, id))).toBe('cold_order_unknown');
    expect(dump(stateOf(restored))).toEqual(before);
    expect(hub.map((row) => hasUuid(restored, row))).toEqual([true, true]);
    // So the file can be made again, and what is signed of it is confirmed.
    expect(await codeOf(requestFile(coordinator, requestId!))).toBe('no error');
    await importResponse(coordinator, await answer(restored, requestId));
    expect(await codeOf(takeSlip(coordinator, id, slip))).toBe('cold_order_state');
    await confirmSweeps(restored, stage.served);
    await takeSlip(coordinator, id, slip);
    expect(orderOf(restored, id)).toMatchObject({ type: 'set-aside', status: 'open' });
    await takeReceipt(coordinator, receipt, id);
    expect(orderOf(restored, id)).toMatchObject({ status: 'in-custody' });
    expect(rowOf(restored, hub[0]!.address)).toMatchObject({ status: 'retired', custody: null });
    expect(rowOf(restored, hub[1]!.address)).toMatchObject({ status: 'active', custody: id });
    expect(hub.map((row) => hasUuid(restored, row))).toEqual([false, false]);
  });

  test.each(['file', 'codes'])(
    'is opened again by its slip on paper alone: its %s',
    async (way) => {
      const [row] = await hubMoney(world, stage.served, [40n]);
      const backup = await copyOf(world.store);
      const { slip, id } = await putIntoCustody(world, [withChecksum(row!.address)]);
      const restored = await restore(world, backup);
      if (way === 'file') expect(await takeSlipByLight(restored.coordinator, slip)).toBe(id);
      else await takeFrames(restored.coordinator, screenOf(slip).texts);
      expect(orderOf(restored, id)).toMatchObject({ type: 'set-aside', status: 'open' });
      expect(rowOf(restored, row!.address)).toMatchObject({ status: 'active', custody: id });
    },
  );
});

describe('a bring-back', () => {
  let row: AddressRow;
  let slip: Uint8Array;
  let id: string;

  async function opened(): Promise<void> {
    [row] = (await hubMoney(world, stage.served, [10n])) as [AddressRow];
    const custody = await putIntoCustody(world, [withChecksum(row.address)]);
    slip = custody.slip;
    const asked = { custodyId: custody.id, addresses: undefined, reference: null };
    id = await openBringBack(world.coordinator, asked, (_command, order) => order);
  }

  test('that is called off while the nodes are asked is refused, and nothing of the slip is kept', async () => {
    await opened();
    const { coordinator } = world;
    const spentStates: NodeClient['spentStates'] = async (addresses) => {
      await cancelOrder(coordinator, id);
      return coordinator.node.spentStates(addresses);
    };
    const node = { ...coordinator.node, spentStates };
    const api = await serveApi({ ...world, coordinator: { ...coordinator, node } });
    const taken = await api.call('importCustodySlip', { params: { id }, body: slip });
    await api.close();
    const { code, message } = checkError(taken);
    expect({ code, message }).toEqual({
      code: 'cold_order_state',
      message: `cold order ${id} is cancelled`,
    });
    expect(hasUuid(world, row)).toBe(false);
    expect(rowOf(world, row.address).custody).not.toBeNull();
  });

  test('takes the same slip twice at once, and changes nothing the second time', async () => {
    await opened();
    const { head } = stateOf(world);
    const codes = [1, 2].map(() => codeOf(takeSlip(world.coordinator, id, slip)));
    expect(await Promise.all(codes)).toEqual(['no error', 'no error']);
    expect(stateOf(world).head.number).toBe(head.number + 1);
    expect(orderOf(world, id).status).toBe('done');
    expect(rowOf(world, row.address).custody).toBeNull();
    expect(hasUuid(world, row)).toBe(true);
  });
});

test('a cold keyring is proposed to be spent from while it is active, not suspended', async () => {
  const vault = new HonestSigner({ number: 210 });
  const keepHot = { unit: 'iota', amount: 100n } as const;
  const reserve = { keepHot, ceiling: null, coldKeyringId: null };
  const { node } = stage.served;
  const { store, signer } = world;
  const short = await openWorld({ node, store, signer, settings: { reserve }, seed: 'short' });
  await pairKeyring(short.coordinator, vault.card(), 'cold');
  await importAddressBatch(short.coordinator, await vault.batch(10));
  await hubMoney({ ...short, signer: vault }, stage.served, [50n]);
  const { keyringId } = vault;
  const api = await serveApi(short);
  const proposed = async (): Promise<unknown[]> => {
    const { data } = (await api.call('listColdProposals')).body as {
      data: { call: { body: { type?: string } } }[];
    };
    return data.map(({ call }) => call.body).filter(({ type }) => type === 'spend');
  };
  expect(await proposed()).toEqual([{ type: 'spend', keyringId, toHot: '50' }]);
  await api.call('suspendKeyring', { params: { id: keyringId } });
  expect(await proposed()).toEqual([]);
  await api.call('activateKeyring', { params: { id: keyringId } });
  const [body] = await proposed();
  expect((await api.call('createColdOrder', { body })).status).toBe(201);
  await api.close();
});

describe('what a recovered bundle leaves on a hub address', () => {
  const payee = foreignAddress('Q');

  test('that a blocked sweep of ours holds is stranded', async () => {
    const { devNode } = stage.served;
    const [row] = await hubMoney(world, stage.served, [40n, 1000n]);
    const backup = await copyOf(world.store);
    const asked = { address: payee, amount: 40n };
    await payOut(world, asked);
    const { requestId } = await request(world);
    await importResponse(world.coordinator, await answer(world, requestId));
    // Signed, not attached yet. Somebody pays to the address again, and a request is made too early.
    const restored = await restore(world, backup);
    devNode.pay({ address: row!.address, amount: 10n });
    devNode.issueMilestone();
    await restored.monitor.round();
    await payOut(restored, { address: foreignAddress('V'), amount: 45n, number: 2 });
    await request(restored);
    await importOwnRecord(restored);
    // What comes after the early request is stranded as it comes, and counted once.
    devNode.pay({ address: row!.address, amount: 3n });
    devNode.issueMilestone();
    await restored.monitor.round();
    expect(totalsOf(restored)).toMatchObject({ stranded: 3n });
    await payOut(restored, asked);
    await confirmSweeps(world, stage.served);
    expect(await recover(restored)).toBe(1);
    expect(rowOf(restored, row!.address)).toMatchObject({ balance: 13n, status: 'retired' });
    expect(totalsOf(restored)).toMatchObject({ assets: 1013n, stranded: 13n, operator: 955n });
    expect(totalsOf(restored)).toMatchObject({ unpaidWithdrawals: 45n });
    await expectSound(restored);
  });

  test('that an abandoned cold order holds needs a decision if nobody has as much', async () => {
    const [row] = await hubMoney(world, stage.served, [40n]);
    await putIntoCustody(world, [withChecksum(row!.address)]);
    const { address, securityLevel, keyringId } = row!;
    const order = { type: 'spend', keyringId, addresses: [withChecksum(address)] } as const;
    const { requestId, sweeps } = await openSpend(world.coordinator, order, () => undefined);
    await voidIt(world, requestId!);
    const api = await serveApi(world);
    const given = { params: { bundleHash: sweeps[0]!.hash }, body: { reason: 'the slip is lost' } };
    await api.call('abandonSweep', given);
    await api.close();
    // The operator has nothing of it: all is owed.
    await payOut(world, { address: payee, amount: 40n });
    const [fresh] = world.coordinator.pools.next({ keyringId, kind: 'hub' }, 1);
    // The slip is found; the officer types 10 for an address that holds 40.
    const inputs = [{ address, securityLevel, amount: 10n, depositIds: [] }];
    const outputs = [ownOutput(fresh!, 10n)];
    const essence = { inputs, outputs, timestamp: Math.floor(Date.now() / 1000) };
    const { hash, ...rest } = finalizeSweep(essence);
    const slots = slotsOf({ ...essence, ...rest });
    await sendAlone(stage.served, { slots, hash, signatures: world.signer.signAlone(slots) });
    await importOwnRecord(world);
    expect(await recover(world)).toBe(0);
    expect(totalsOf(world)).toMatchObject({ assets: 40n, operator: 0n, stranded: 0n });
    expect(await decide(world, hash)).toBe(201);
    expect(totalsOf(world)).toMatchObject({ assets: 40n, operator: -30n, stranded: 30n });
    expect(rowOf(world, address)).toMatchObject({ balance: 30n, sweepId: hash });
    expect(rowOf(world, fresh!.address)).toMatchObject({ balance: 10n, status: 'active' });
    await expectSound(world);
  });
});
