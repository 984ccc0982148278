/** Cold storage where something went wrong: lost slips, given seeds, restored coordinators, deposits on cold keyrings. */
import { uuidCommitment } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { parsePart } from '../../../formats/gap/src/ur/part.ts';
import { alarmRound } from '../src/alarms.ts';
import { openBringBack, takeSlip } from '../src/cold/bring-back.ts';
import { openSpend } from '../src/cold/cold-spend.ts';
import { takeReceipt } from '../src/cold/custody.ts';
import { creditRound } from '../src/credits.ts';
import { userHandlers } from '../src/http/user-handlers.ts';
import { importAddressBatch } from '../src/keyrings.ts';
import type { AddressRow } from '../src/ledger/rows.ts';
import { takeFrames } from '../src/light/frames.ts';
import { finalizeSweep, slotsOf } from '../src/signing/bundles.ts';
import { ownOutput } from '../src/signing/plan.ts';
import { importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import { keyOf } from '../src/store/store.ts';
import { recoverForgotten } from '../src/tangle/recovery.ts';
import { sendAlone } from './alone.ts';
import { hubMoney, orderOf, pairCold, payOut, putIntoCustody, rowOf } from './cold.ts';
import { framesIn, screenOf } from './screen.ts';
import { checkError, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
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
  pairedWorld,
  replayed,
  request,
  restore,
  stateOf,
  voidIt,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;

beforeEachAlice(150, (next) => {
  stage = next;
  world = next.world;
});

type Spend = Parameters<typeof openSpend>[1];
const spend = (asked: Omit<Spend, 'type' | 'keyringId'> & { keyringId?: string }) => {
  const { keyringId } = world.signer;
  return openSpend(world.coordinator, { type: 'spend', keyringId, ...asked }, () => undefined);
};
const giveAway = async ({ commitment }: AddressRow): Promise<void> => {
  world.signer.append({ kind: 'surrendered', commitment });
  await importOwnRecord(world);
};
const coldKeyring = (): Promise<HonestSigner> => pairCold(world, 50 + stage.number);

describe('money of users on a cold keyring', () => {
  test('is on a deposit address that a cold order spends from', async () => {
    const vault = await coldKeyring();
    const { createDepositAddress } = userHandlers;
    const { address } = await createDepositAddress(world.coordinator, {
      params: { id: 'alice' },
      query: {},
      body: { keyringId: vault.keyringId },
      call: null,
    });
    await deposit(world, stage.served, { address: address.slice(0, 81), amount: 7n });
    expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 7n });
    const { requestId, sweeps } = await spend({ keyringId: vault.keyringId, addresses: [address] });
    expect(sweeps[0]!.inputs).toMatchObject([{ amount: 7n, depositIds: [expect.any(String)] }]);
    const { coordinator } = world;
    await importResponse(coordinator, await answer({ coordinator, signer: vault }, requestId));
    await confirmSweeps(world, stage.served);
    expect(stateOf(world).get('totals', '')).toMatchObject({ assets: 7n, users: 7n });
    expect(differenceOf(stateOf(world))).toBe(0n);
  });
});

describe('a seed that was given away', () => {
  test('is known of a batch that is imported after the record', async () => {
    const batch = await world.signer.batch(5);
    const [address] = [...world.signer.uuids.keys()].slice(-1);
    const commitment = uuidCommitment(world.signer.uuids.get(address!)!);
    world.signer.append({ kind: 'surrendered', commitment });
    await importRecord(world.coordinator, world.signer.record());
    await importAddressBatch(world.coordinator, batch);
    expect(rowOf(world, address!).status).not.toBe('pooled');
  });

  test('of a deposit address leaves no user without credit and nobody told', async () => {
    const address = await assign(world, 'alice');
    await deposit(world, stage.served, { address, amount: 7n });
    await giveAway(rowOf(world, address));
    await alarmRound(world.coordinator);
    const { creditPolicy, hotUser } = world.coordinator.settings;
    await creditRound(world.coordinator.ledger, { creditPolicy, hotUser });
    const { available } = stateOf(world).get('users', 'alice')!;
    const alarms = [...stateOf(world).rows('alarms')].filter((row) =>
      row.subject.startsWith(address),
    );
    expect({ available, alarms: alarms.length }).toEqual({ available: 7n, alarms: 1 });
  });
});

describe('erasure', () => {
  test('leaves no frames of a batch that was imported as a file after some of its codes', async () => {
    const { node } = stage.served;
    const signer = new HonestSigner({ number: 30 + stage.number });
    world = await pairedWorld({ node, signer }, 5);
    const batch = await signer.batch(20);
    await takeFrames(world.coordinator, screenOf(batch, 9).texts.slice(0, 5));
    await importAddressBatch(world.coordinator, batch);
    const rows = await hubMoney(world, stage.served, [10n, 20n]);
    const second = rows.find((row) => row.batch === 2)!;
    await putIntoCustody(world, [withChecksum(second.address)]);
    const parts = (await framesIn(world.store)).flatMap((text) => parsePart(text) ?? []);
    const bytes = Buffer.concat(
      parts.sort((a, b) => a.sequence - b.sequence).map(({ data }) => data),
    );
    const uuid = signer.uuids.get(second.address)!;
    const isKept = bytes.includes(uuid) || bytes.includes(Buffer.from(uuid, 'base64'));
    expect(isKept).toBe(false);
  });
});

describe('a cold spend that will not be signed', () => {
  test('is given up by a decision: its payouts may be paid otherwise, and it is asked no more', async () => {
    const [row] = await hubMoney(world, stage.served, [20n]);
    await putIntoCustody(world, [withChecksum(row!.address)]);
    const id = await payOut(world, { address: foreignAddress('Q'), amount: 15n });
    const api = await serveApi(world);
    const { requestId, sweeps } = await spend({ withdrawalIds: [id] });
    const params = { bundleHash: sweeps[0]!.hash };
    const body = { reason: 'the slip is lost' };
    const early = await api.call('abandonSweep', { params, body });
    expect(checkError(early).code).toBe('not_abandonable');
    await voidIt(world, requestId!);
    const given = await api.call('abandonSweep', { params, body });
    expect(given.body).toMatchObject({ status: 'blocked', abandoned: 'the slip is lost' });
    const again = await api.call('abandonSweep', { params, body });
    expect(checkError(again).code).toBe('not_abandonable');
    const replaced = await api.call('replaceWithdrawal', { params: { id }, body });
    expect(replaced.body).toMatchObject({ status: 'queued', amount: '15' });
    // Its input stays locked, and no request asks for it.
    expect(rowOf(world, row!.address)).toMatchObject({ status: 'retired', balance: 20n });
    await hubMoney(world, stage.served, [15n]);
    const { sweeps: next } = await request(world);
    expect(next.map(({ inputs }) => inputs.map(({ amount }) => amount))).toEqual([[15n]]);
    expect(differenceOf(stateOf(world))).toBe(0n);
    expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
    await api.close();
  });
});

describe('a coordinator that is restored', () => {
  test('from before a set-aside plans nothing that is in custody, once its files are given again', async () => {
    const hub = await hubMoney(world, stage.served, [10n, 20n]);
    const backup = await copyOf(world.store);
    const { id, slip } = await putIntoCustody(world, [withChecksum(hub[1]!.address)]);
    const restored = await restore(world, backup);
    const { identity } = world.coordinator;
    const receipt = world.signer.receiveSlip(slip, identity.publicKey);
    expect(await codeOf(takeReceipt(restored.coordinator, receipt, id))).toBe('cold_order_unknown');
    await takeSlip(restored.coordinator, id, slip);
    expect(orderOf(restored, id)).toMatchObject({ type: 'set-aside', status: 'open' });
    await takeReceipt(restored.coordinator, receipt, id);
    expect(backup.get(keyOf('vault', hub[1]!.commitment))).toBeNull();
    await payOut(restored, { address: foreignAddress('W'), amount: 15n });
    const { sweeps } = await request(restored, { dryRun: true });
    const spent = sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address));
    expect(spent).not.toContain(hub[1]!.address);
  });
});

test('a spend alone that leaves users’ money behind on a used key is booked by a decision alone', async () => {
  const [row] = await hubMoney(world, stage.served, [40n]);
  await putIntoCustody(world, [withChecksum(row!.address)]);
  // The operator has nothing of it: all is owed.
  await payOut(world, { address: foreignAddress('Q'), amount: 40n });
  const named = { keyringId: world.signer.keyringId, kind: 'hub' } as const;
  const [fresh] = world.coordinator.pools.next(named, 1);
  // The officer types 10 for an address that holds 40.
  const { address, securityLevel } = row!;
  const inputs = [{ address, securityLevel, amount: 10n, depositIds: [] }];
  const outputs = [ownOutput(fresh!, 10n)];
  const essence = { inputs, outputs, timestamp: Math.floor(Date.now() / 1000) };
  const final = finalizeSweep(essence);
  const slots = slotsOf({ ...essence, ...final });
  const signatures = world.signer.signAlone(slots);
  await sendAlone(stage.served, { slots, hash: final.hash, signatures });
  await importOwnRecord(world);
  await recoverForgotten(world.coordinator, (addresses) => world.monitor.look(addresses));
  expect(stateOf(world).get('totals', '')!.operator).toBe(0n);
});

test('a slip that is on paper alone brings its addresses back by its codes', async () => {
  const [row] = await hubMoney(world, stage.served, [40n]);
  const { id, slip } = await putIntoCustody(world, [withChecksum(row!.address)]);
  const asked = { custodyId: id, addresses: undefined, reference: null };
  await openBringBack(world.coordinator, asked, (_command, order) => order);
  // Nor do "sign" and "spend" read a slip from codes, although "custody" gave a receipt for them.
  expect(await codeOf(takeFrames(world.coordinator, screenOf(slip).texts))).toBe('no error');
});
