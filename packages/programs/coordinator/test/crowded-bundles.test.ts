/** Sweeps and forgotten bundles while there is more under a hash than a node gives at once. */
import { encodeTransaction } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SweepRow } from '../src/ledger/rows.ts';
import { importResponse } from '../src/signing/responses.ts';
import type { DraftedRequest } from '../src/signing/signing.ts';
import { PAUSE_MS } from '../src/tangle/attachment-steps.ts';
import { findAttachments } from '../src/tangle/tangle.ts';
import { type FaultyNetwork, type FaultyNode, oversee, serveFaultyNetwork } from './faulty-node.ts';
import { expectSound, recover } from './soundness.ts';
import {
  aliceWorld,
  answer,
  assign,
  codeOf,
  confirmSweeps,
  copyOf,
  createUser,
  importOwnRecord,
  request,
  restore,
  stateOf,
  voidIt,
  type World,
} from './world.ts';

let network: FaultyNetwork;
let served: FaultyNode;
beforeAll(async () => {
  network = await serveFaultyNetwork(1);
  served = network.nodes[0]!;
});
afterAll(() => network.close());

let signers = 170;
let world: World;
beforeEach(async () => {
  signers += 1;
  served.faults = {};
  world = await aliceWorld(oversee(network).node, signers);
  await createUser(world, 'mallory');
});

const TOO_MANY = 'findTransactions: there are more than a node gives at once';
const available = (of: World, user: string): bigint => stateOf(of).get('users', user)!.available;
const sweepOf = (of: World, hash: string): SweepRow => stateOf(of).get('sweeps', hash)!;

async function pay(address: string, amount: bigint): Promise<void> {
  network.devNode.pay({ address, amount });
  network.devNode.issueMilestone();
  await world.monitor.round();
}

const sign = async ({ requestId }: DraftedRequest): Promise<void> => {
  await importResponse(world.coordinator, await answer(world, requestId));
};

/** One bundle for each of mallory's deposits of 1 i, and one for alice's of 1000 i. */
async function draft(): Promise<{ drafted: DraftedRequest; mallorys: string[]; alices: string }> {
  for (let i = 0; i < 4; i += 1) await pay(await assign(world, 'mallory'), 1n);
  await pay(await assign(world, 'alice'), 1000n);
  const drafted = await request(world, { maxInputs: 1 });
  const hashesOf = (amount: bigint): string[] =>
    drafted.sweeps.filter(({ inputs }) => inputs[0]!.amount === amount).map(({ hash }) => hash);
  return { drafted, mallorys: hashesOf(1n), alices: hashesOf(1000n)[0]! };
}

/** Somebody attaches a confirmed bundle once more, and it is confirmed. */
async function attachAgain(hash: string): Promise<string> {
  const { node } = world.coordinator;
  const [known] = await findAttachments(world.coordinator, hash);
  const trytes = known!.instance.map((each) => encodeTransaction(each));
  const before = new Set(await node.findByBundles([hash]));
  await node.broadcast(await node.attach(trytes));
  network.devNode.issueMilestone();
  const found = await findAttachments(world.coordinator, hash);
  return found.map(({ instance }) => instance[0]!.hash).find((tail) => !before.has(tail))!;
}

describe('of the bundles that a restored coordinator has forgotten', () => {
  let restored: World;
  let mallorys: string[];
  let inputs: string[];
  let alices: string;
  beforeEach(async () => {
    const addresses: string[] = [];
    for (let i = 0; i < 4; i += 1) addresses.push(await assign(world, 'mallory'));
    addresses.push(await assign(world, 'alice'));
    for (const [place, address] of addresses.entries()) await pay(address, place < 4 ? 1n : 1000n);
    const backup = await copyOf(world.store);
    const drafted = await request(world, { maxInputs: 1 });
    await sign(drafted);
    await confirmSweeps(world, network);
    inputs = addresses.slice(0, 4);
    const hashes = drafted.sweeps.map((each) => [each.inputs[0]!.address, each.hash] as const);
    mallorys = hashes.filter(([input]) => inputs.includes(input)).map(([, hash]) => hash);
    alices = hashes.find(([input]) => !inputs.includes(input))![1];
    restored = await restore(world, backup);
    await importOwnRecord(restored);
  });

  test.each(['bundle', 'input'] as const)(
    'those whose %s is crowded wait, told of once, and the others are booked',
    async (what) => {
      served.faults = { crowded: what === 'bundle' ? mallorys : inputs };
      expect(await recover(restored)).toBe(1);
      expect([available(restored, 'alice'), available(restored, 'mallory')]).toEqual([1000n, 0n]);
      expect(sweepOf(restored, alices).status).toBe('confirmed');
      const told = restored.logged.filter((line) => line.endsWith(TOO_MANY)).sort();
      expect(told).toEqual(
        mallorys.map((hash) => `forgotten bundle ${hash} cannot be looked at: ${TOO_MANY}`).sort(),
      );
      served.faults = {};
      expect(await recover(restored)).toBe(4);
      expect(available(restored, 'mallory')).toBe(4n);
      await expectSound(restored);
    },
  );

  test('none is looked at any more in a round in which the node fails', async () => {
    served.faults = { fail: 'error', failing: ['findTransactions'] };
    served.asked.length = 0;
    expect(await codeOf(recover(restored))).toBe('node_unavailable');
    expect(served.asked).toEqual(['findTransactions']);
  });
});

test('a crowded bundle that is not answered hides no other one that is confirmed', async () => {
  const { drafted, mallorys, alices } = await draft();
  await voidIt(world, drafted.requestId!);
  const backup = await copyOf(world.store);
  await sign(await request(world, { maxInputs: 1 }));
  await confirmSweeps(world, network);
  const restored = await restore(world, backup);
  await importOwnRecord(restored);
  served.faults = { crowded: mallorys.slice(1) };
  await restored.attachment.round();
  await restored.attachment.round();
  const statuses = [alices, ...mallorys].map((hash) => sweepOf(restored, hash).status);
  expect(statuses).toEqual(['confirmed', 'confirmed', 'requested', 'requested', 'requested']);
  const told = restored.logged.filter((line) => line.endsWith(TOO_MANY)).sort();
  expect(told).toEqual(
    mallorys
      .slice(1)
      .map((hash) => `bundle of sweep ${hash}: ${TOO_MANY}`)
      .sort(),
  );
});

test('a crowded bundle that may be confirmed again hides no other that is', async () => {
  const { drafted, mallorys, alices } = await draft();
  await sign(drafted);
  await confirmSweeps(world, network);
  await world.monitor.round();
  for (const { inputs } of drafted.sweeps) await pay(inputs[0]!.address, inputs[0]!.amount);
  const replay = await attachAgain(alices);
  served.faults = { crowded: mallorys };
  await world.attachment.round();
  expect(sweepOf(world, alices).replays).toEqual([replay]);
  expect(world.logged.filter((line) => line.endsWith(TOO_MANY))).toHaveLength(4);
  await expectSound(world);
});

test('replays are looked for though no bundle without an answer can be', async () => {
  const { drafted, alices } = await draft();
  await sign(drafted);
  await confirmSweeps(world, network);
  await world.monitor.round();
  for (const { inputs } of drafted.sweeps) await pay(inputs[0]!.address, inputs[0]!.amount);
  const replay = await attachAgain(alices);
  await pay(await assign(world, 'alice'), 5n);
  const [waiting] = (await request(world)).sweeps;
  const { node } = world.coordinator;
  const { findByBundles } = node;
  Object.assign(node, {
    findByBundles: (hashes: readonly string[]) =>
      hashes.includes(waiting!.hash) ? Promise.reject(new Error('odd')) : findByBundles(hashes),
  });
  await world.attachment.round();
  await world.attachment.round();
  expect(sweepOf(world, alices).replays).toEqual([replay]);
  expect(world.logged.filter((line) => line.includes('odd'))).toEqual(['unanswered sweeps: odd']);
});

describe('a sweep under way whose bundle is crowded', () => {
  let hash: string;
  const rounds = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      world.clock.at += PAUSE_MS;
      await world.attachment.round();
    }
  };
  const asked = (command: string): number => served.asked.filter((each) => each === command).length;
  beforeEach(async () => {
    await pay(await assign(world, 'alice'), 1000n);
    const drafted = await request(world);
    await sign(drafted);
    hash = drafted.sweeps[0]!.hash;
    served.asked.length = 0;
  });

  test('is attached, and confirmed by its own tail', async () => {
    served.faults = { crowded: [hash] };
    await confirmSweeps(world, network);
    const { status, tails, confirmedTail } = sweepOf(world, hash);
    expect({ status, confirmedTail }).toEqual({ status: 'confirmed', confirmedTail: tails[0] });
    expect(world.logged).toEqual([`bundle of sweep ${hash}: ${TOO_MANY}`]);
    await expectSound(world);
  });

  test('is promoted, and attached again once it is old', async () => {
    served.faults = { crowded: [hash] };
    await rounds(3);
    expect(sweepOf(world, hash).tails).toHaveLength(1);
    expect(asked('checkConsistency')).toBe(2);
    // Two of the promotions and one of the attachment.
    expect(asked('getTransactionsToApprove')).toBe(3);
    await rounds(28);
    expect(sweepOf(world, hash).tails).toHaveLength(2);
    network.devNode.issueMilestone();
    await rounds(1);
    expect(sweepOf(world, hash).status).toBe('confirmed');
  });

  test.each(['error', 'close'] as const)('waits while the node fails (%s)', async (fail) => {
    await world.attachment.round();
    served.faults = { fail, failing: ['findTransactions'] };
    await rounds(3);
    expect(sweepOf(world, hash)).toMatchObject({ status: 'attached', tails: [expect.anything()] });
    expect(asked('checkConsistency')).toBe(0);
    served.faults = {};
    await confirmSweeps(world, network);
    expect(sweepOf(world, hash).status).toBe('confirmed');
    const told = world.logged.filter((line) => line.startsWith('attachment of'));
    expect(told.at(-1)).toBe(`attachment of ${hash}: working again`);
  });

  test('is not blocked by what somebody else’s attachment spent, and is booked when that is seen', async () => {
    await world.attachment.round();
    const own = await findAttachments(world.coordinator, hash);
    const trytes = own[0]!.instance.map((each) => encodeTransaction(each));
    const { node } = world.coordinator;
    await node.broadcast(await node.attach(trytes));
    const found = await findAttachments(world.coordinator, hash);
    const ownTails = new Set(own.map(({ instance }) => instance[0]!.hash));
    network.devNode.issueMilestone();
    served.faults = {
      crowded: [hash],
      lies: { included: (tail, isIncluded) => isIncluded && !ownTails.has(tail) },
    };
    await rounds(4);
    expect(found).toHaveLength(2);
    expect(sweepOf(world, hash)).toMatchObject({ status: 'attached', tails: [...ownTails] });
    served.faults = {};
    await rounds(1);
    expect(sweepOf(world, hash).status).toBe('confirmed');
    await expectSound(world);
  });
});
