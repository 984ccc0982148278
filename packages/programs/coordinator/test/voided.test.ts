/** After a void: the same bundles are asked again, nothing is freed, and no late answer gets in. */
import { openSigningRequest } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importAddressBatch } from '../src/keyrings.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { requestVoid } from '../src/signing/voids.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  butAlarms,
  codeOf,
  confirmSweeps,
  createUser,
  deposit,
  differenceOf,
  dump,
  foreignAddress,
  pairedWorld,
  replayed,
  request,
  requestDeposit,
  type ServedNode,
  serveNode,
  sweepAll,
  voidIt,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 120;
let world: World;
let first: string;
const stateOf = ({ coordinator }: World) => coordinator.ledger.state;

const requestAmount = (amount: bigint) => requestDeposit(world, served, { amount });

beforeEach(async () => {
  signers += 1;
  world = await pairedWorld(
    { node: served.node, signer: new HonestSigner({ number: signers }) },
    30,
  );
  await createUser(world, 'alice');
  first = await requestAmount(1000n);
});

describe('after a void', () => {
  test('a response to the request is a fork, whoever signed it', async () => {
    const clone = world.signer.clone();
    await voidIt(world, first);
    const before = butAlarms(dump(stateOf(world)));
    const { coordinator } = world;
    for (const signer of [clone, world.signer]) {
      const file = await answer({ coordinator, signer }, first);
      expect(await codeOf(importResponse(coordinator, file))).toBe('signer_forked');
    }
    expect(butAlarms(dump(stateOf(world)))).toEqual(before);
  });

  test('a later answer that says the voided request was signed, or a signed one voided, is a fork', async () => {
    await voidIt(world, first);
    const second = await requestAmount(7n);
    const { coordinator } = world;
    const dishonest = world.signer.clone();
    await answer({ coordinator, signer: dishonest }, first);
    const file = await answer({ coordinator, signer: dishonest }, second);
    expect(await codeOf(importResponse(coordinator, file))).toBe('signer_forked');
    await importResponse(coordinator, await answer(world, second));
    const third = await requestAmount(8n);
    const { digest, sequence, sweepIds } = stateOf(world).get('requests', second)!;
    world.signer.append({
      ...{ kind: 'voided', requestId: second, sequence, requestDigest: digest },
      ...{ bundleHashes: sweepIds, frees: false },
    });
    const late = await answer(world, third);
    expect(await codeOf(importResponse(coordinator, late))).toBe('signer_forked');
  });

  test('the next request asks for the same bundles first, and credits nothing again', async () => {
    const old = stateOf(world).get('requests', first)!;
    await voidIt(world, first);
    const money = (): unknown => [
      stateOf(world).get('users', 'alice'),
      stateOf(world).get('totals', ''),
    ];
    const before = money();
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 5n });
    const dry = await request(world, { dryRun: true });
    expect(dry.sweeps.map(({ hash }) => hash)).toEqual([old.sweepIds[0], expect.any(String)]);
    const { number } = stateOf(world).head;
    const drafted = await request(world);
    expect(drafted.sweeps.map(({ hash }) => hash)).toEqual(dry.sweeps.map(({ hash }) => hash));
    expect(drafted.sequence).toBe(2);
    // sweep.planned of the new one, request.exported, deposit.credited of the new one.
    expect(stateOf(world).head.number).toBe(number + 3);
    expect(money()).toEqual([
      { ...(before as [object])[0], available: 1005n },
      expect.objectContaining({ assets: 1005n, users: 1005n, uncredited: 0n, operator: 0n }),
    ]);
    const [again] = (await requestFiles(first, drafted.requestId!)).map(
      ({ bundles }) => bundles[0],
    );
    expect(again).toEqual((await requestFiles(drafted.requestId!))[0]!.bundles[0]);
    await importResponse(world.coordinator, await answer(world, drafted.requestId));
    await confirmSweeps(world, served);
    expect(stateOf(world).get('sweeps', old.sweepIds[0]!)!.status).toBe('confirmed');
    expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
  });

  /** What the requests' files ask for. */
  async function requestFiles(...ids: string[]) {
    const key = world.coordinator.identity.publicKey;
    const files = await Promise.all(ids.map((id) => requestFile(world.coordinator, id)));
    return files.map((file) => openSigningRequest(file, [key]).request);
  }

  test('the limits of a request count what is asked again; the rest waits', async () => {
    const second = await requestAmount(7n);
    await voidIt(world, first);
    await voidIt(world, second);
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 5n });
    const hashOf = (id: string) => stateOf(world).get('requests', id)!.sweepIds[0]!;
    const one = await request(world, { maxSweeps: 1 });
    expect(one.sweeps.map(({ hash }) => hash)).toEqual([hashOf(first)]);
    expect(one.leftOut.map(({ id, reason }) => [id.length, reason])).toEqual([
      [81, 'the request has all its sweeps already'],
      [81, 'the request has all its sweeps already'],
    ]);
    expect(one.leftOut[0]!.id).toBe(hashOf(second));
    const two = await request(world, { maxSweeps: 2 });
    expect(two.sweeps.map(({ hash }) => hash)).toEqual([hashOf(second), expect.any(String)]);
    expect(await codeOf(request(world))).toBe('nothing_to_sign');
  });

  test('a bundle is asked again and again, whatever the node says of more money on its inputs', async () => {
    const { sweepIds } = stateOf(world).get('requests', first)!;
    const { inputs } = stateOf(world).get('sweeps', sweepIds[0]!)!;
    await deposit(world, served, { address: inputs[0]!.address, amount: 3n });
    let last = first;
    for (let round = 0; round < 3; round += 1) {
      await voidIt(world, last);
      const drafted = await request(world);
      expect(drafted.sweeps.map(({ hash }) => hash)).toEqual(sweepIds);
      last = drafted.requestId!;
    }
    expect(stateOf(world).get('totals', '')).toMatchObject({ users: 1000n, stranded: 3n });
  });

  test('a bundle whose inputs hold less than it spends is left out, with the reason', async () => {
    const { coordinator } = world;
    await voidIt(world, first);
    const balances: typeof served.node.balances = async (addresses) => addresses.map(() => 0n);
    const short = { ...coordinator, node: { ...served.node, balances } };
    const dry = await request({ ...world, coordinator: short }, { dryRun: true });
    expect(dry.sweeps).toEqual([]);
    expect(dry.leftOut[0]).toEqual({
      id: stateOf(world).get('requests', first)!.sweepIds[0],
      reason: expect.stringContaining('hold less than it spends'),
    });
  });

  test('requests that are voided do not count as outstanding; those to be voided do', async () => {
    await importAddressBatch(world.coordinator, await world.signer.batch(60));
    for (let i = 0; i < 15; i += 1) await requestAmount(BigInt(i + 1));
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 99n });
    await requestVoid(world.coordinator, first);
    expect(await codeOf(request(world))).toBe('too_many_outstanding');
    await voidIt(world, first);
    expect((await request(world)).sequence).toBe(17);
  });

  test('payouts of the request stay locked, and are paid by the next one', async () => {
    await importResponse(world.coordinator, await answer(world, first));
    await confirmSweeps(world, served);
    const payee = foreignAddress('V');
    const id = await withdraw(world, { userId: 'alice', address: payee, amount: 300n });
    const { requestId } = await request(world);
    await voidIt(world, requestId!);
    expect(stateOf(world).get('withdrawals', id)!.status).toBe('requested');
    await sweepAll(world, served);
    expect(stateOf(world).get('withdrawals', id)!.status).toBe('confirmed');
    expect(served.devNode.balanceOf(payee)).toBe(300n);
  });
});

test('a request signed out of order can never be signed; its void heals it', async () => {
  const second = await requestAmount(7n);
  const { coordinator, signer } = world;
  const key = coordinator.identity.publicKey;
  await importResponse(coordinator, await answer(world, second));
  expect(signer.refusalOf(await requestFile(coordinator, first), key)).toBe('sequence_not_rising');
  await voidIt(world, first);
  expect(signer.refusalOf(await requestFile(coordinator, first), key)).toBe('request_voided');
  const { requestId } = await request(world);
  expect(signer.refusalOf(await requestFile(coordinator, requestId!), key)).toBeNull();
  await importResponse(coordinator, await answer(world, requestId));
  for (const { status } of stateOf(world).rows('sweeps')) expect(status).toBe('signed');
  expect(differenceOf(stateOf(world))).toBe(0n);
});

test('a history of voids frees no input and moves no money, and every bundle is signed once in the end', async () => {
  const { coordinator, signer } = world;
  const locked = new Map<string, string>();
  const open = [first];
  for (let step = 0; step < 12; step += 1) {
    for (const sweep of stateOf(world).rows('sweeps')) {
      for (const { address } of sweep.inputs) {
        expect(locked.get(address) ?? sweep.id).toBe(sweep.id);
        locked.set(address, sweep.id);
        expect(stateOf(world).get('addresses', address)!.status).toBe('retired');
      }
    }
    const total = stateOf(world).get('totals', '')!.assets;
    if (step % 3 === 0) open.push(await requestAmount(BigInt(step + 10)));
    else {
      await voidIt(world, open.shift()!);
      open.push((await request(world)).requestId!);
      expect(stateOf(world).get('totals', '')!.assets).toBe(total);
    }
    expect(differenceOf(stateOf(world))).toBe(0n);
  }
  for (const id of open) {
    const file = await requestFile(coordinator, id);
    expect(signer.refusalOf(file, coordinator.identity.publicKey)).toBeNull();
    await importResponse(coordinator, await answer(world, id));
  }
  for (const { status } of stateOf(world).rows('sweeps')) expect(status).toBe('signed');
  expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
});
