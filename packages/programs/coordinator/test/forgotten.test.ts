/** What a restored coordinator has forgotten, and what node and signer still know. */
import { openVoidRequest } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import { importVoidReceipt, requestVoid, voidFile } from '../src/signing/voids.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  copyOf,
  createUser,
  deposit,
  foreignAddress,
  openWorld,
  pairedWorld,
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
let world: World;
let number = 225;

beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

beforeEach(async () => {
  number += 1;
  world = await pairedWorld({ node: served.node, signer: new HonestSigner({ number }) }, 40);
  await createUser(world, 'alice');
});

const stateOf = ({ coordinator }: World): World['coordinator']['ledger']['state'] =>
  coordinator.ledger.state;

test('a known bundle that was signed under a forgotten request is booked when it is confirmed', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  const address = foreignAddress('P');
  const id = await withdraw(world, { userId: 'alice', address, amount: 30n, number });
  const first = await request(world);
  const backup = await copyOf(world.store);
  await voidIt(world, first.requestId!);
  const second = await sweepAll(world, served);
  const hash = first.sweeps[0]!.hash;
  expect(second.sweeps[0]!.hash).toBe(hash);
  const node = served.node;
  const restored = await openWorld({ node, store: backup, signer: world.signer, seed: 'restored' });
  await importRecord(restored.coordinator, world.signer.record());
  expect(stateOf(restored).get('sweeps', hash)!.status).toBe('requested');
  await restored.attachment.round();
  expect(stateOf(restored).get('sweeps', hash)!.status).toBe('confirmed');
  expect(stateOf(restored).get('withdrawals', id)!.status).toBe('confirmed');
  expect(stateOf(restored).get('totals', '')).toEqual(stateOf(world).get('totals', ''));
  expect(restored.logged.join()).toContain(`sweep ${hash} is confirmed, but no response`);
});

test('a void that is asked for again names the newest head; a receipt of either is taken', async () => {
  const first = await requestDeposit(world, served, { amount: 9n });
  await requestVoid(world.coordinator, first);
  const { publicKey } = world.coordinator.identity;
  const headOf = (file: Uint8Array): number =>
    openVoidRequest(file, [publicKey]).request.expectedHead.number;
  const early = voidFile(world.coordinator, first);
  await requestVoid(world.coordinator, first);
  expect(voidFile(world.coordinator, first)).toEqual(early);
  const second = await requestDeposit(world, served, { amount: 10n });
  await importResponse(world.coordinator, await answer(world, second));
  const receipt = world.signer.void(early, publicKey);
  await requestVoid(world.coordinator, first);
  const late = voidFile(world.coordinator, first);
  expect(headOf(late)).toBeGreaterThan(headOf(early));
  await importVoidReceipt(world.coordinator, receipt);
  expect(stateOf(world).get('requests', first)!.status).toBe('voided');
});

test('a voided bundle is not asked again when the node says that an input is spent; a payee is its owner’s', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  const payee = foreignAddress('P');
  await withdraw(world, { userId: 'alice', address: payee, amount: 30n, number });
  const first = await request(world);
  await voidIt(world, first.requestId!);
  const { coordinator } = world;
  const input = first.sweeps[0]!.inputs[0]!.address;
  const seeing = (spent: string): World => {
    const node = {
      ...coordinator.node,
      spentStates: async (asked: readonly string[]) => asked.map((each) => each === spent),
    };
    return { ...world, coordinator: { ...coordinator, node } };
  };
  await expect(request(seeing(input))).rejects.toMatchObject({ code: 'nothing_to_sign' });
  expect((await request(seeing(payee))).sweeps[0]!.hash).toBe(first.sweeps[0]!.hash);
});
