/** One IOTA node of three that has dropped old transactions, in all its commands, as an IRI does. */
import { hashOfTransaction } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { alarmRound } from '../src/alarms.ts';
import {
  type FaultyNetwork,
  type FaultyNode,
  oversee,
  serveFaultyNetwork,
  until,
} from './faulty-node.ts';
import { HonestSigner } from './signer.ts';
import {
  assign,
  createUser,
  foreignAddress,
  pairedWorld,
  raisedAlarms,
  stateOf,
  type World,
} from './world.ts';

let network: FaultyNetwork;
let third: FaultyNode;
beforeAll(async () => {
  network = await serveFaultyNetwork(3);
  third = network.nodes[2]!;
});
afterAll(() => network.close());
beforeEach(() => {
  third.faults = {};
});

/** A confirmed payment of which the third node has nothing but the balance; its tail. */
async function payAndPrune(address: string): Promise<string> {
  const { bundle, tail } = network.devNode.pay({ address, amount: 5n });
  network.devNode.issueMilestone();
  const command = 'findTransactions';
  const { hashes } = await network.devNode.handle({ command, bundles: [bundle] });
  third.faults = { prunes: new Set(hashes as string[]) };
  return tail;
}

test('what it lacks is had from the others; it is outvoted about it, and health names it', async () => {
  const { node, healthOf, logged } = oversee(network);
  const address = foreignAddress('O');
  const old = await payAndPrune(address);
  const { tail: recent } = network.devNode.pay({ address, amount: 1n });
  network.devNode.issueMilestone();
  expect((await node.findByAddresses([address])).sort()).toEqual([old, recent].sort());
  expect((await node.trytes([old, recent])).map(hashOfTransaction)).toEqual([old, recent]);
  expect(await node.balances([address])).toEqual([6n]);
  expect(node.health().map(({ state }) => state)).not.toContain('disagrees');
  expect(await node.inclusionStates([old, recent])).toEqual([true, true]);
  await until(() => healthOf(2).state === 'disagrees');
  const detail = 'getInclusionStates: 1 of 2 items outvoted';
  expect(healthOf(2).detail).toBe(detail);
  expect([healthOf(0).state, healthOf(1).state]).toEqual(['ok', 'ok']);
  expect(logged).toContain(`node ${third.url}: ok, now disagrees: ${detail}`);
});

/** A coordinator over the nodes whose user has been paid what the third node has dropped. */
async function paidWorld(
  number: number,
  quorum: number,
): Promise<{ readonly world: World; readonly address: string }> {
  const { node } = oversee(network, { quorum });
  const world = await pairedWorld({ node, signer: new HonestSigner({ number }) });
  await createUser(world, 'alice');
  const address = await assign(world, 'alice');
  await payAndPrune(address);
  await world.monitor.round();
  return { world, address };
}

test('a deposit that it has dropped is booked all the same, with an alarm about the node', async () => {
  const { world } = await paidWorld(141, 2);
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ pendingDeposits: 5n });
  const { node } = world.coordinator;
  await until(() => node.health().some(({ state }) => state === 'disagrees'));
  await alarmRound(world.coordinator);
  expect(raisedAlarms(world)).toContain(`node.disagrees ${third.url}`);
});

test('where its word is needed the deposit is not booked: the address is set apart with what it holds', async () => {
  const { world, address } = await paidWorld(142, 3);
  expect([...stateOf(world).rows('deposits')]).toEqual([]);
  world.clock.at += 10 * 60_000;
  await world.monitor.round();
  const { quarantine } = stateOf(world).get('addresses', address)!;
  expect(quarantine).toBe('the nodes say 5 i, the ledger 0 i');
  // Nobody was outvoted: three of three did not agree.
  expect(world.coordinator.node.health().map(({ state }) => state)).not.toContain('disagrees');
});
