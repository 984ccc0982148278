/** Addresses on which there is more than a node gives at once, as anyone can bring about. */
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { operatorHandlers } from '../src/http/operator-handlers.ts';
import { TooManyFound } from '../src/nodes/node-client.ts';
import { searchInParts } from '../src/tangle/crowded.ts';
import {
  type FaultyNetwork,
  type FaultyNode,
  type Overseen,
  oversee,
  serveFaultyNetwork,
} from './faulty-node.ts';
import { aliceWorld, assign, codeOf, createUser, stateOf, type World } from './world.ts';

let network: FaultyNetwork;
let served: FaultyNode;
beforeAll(async () => {
  network = await serveFaultyNetwork(1);
  served = network.nodes[0]!;
});
afterAll(() => network.close());

let signers = 160;
let overseen: Overseen;
let world: World;
/** Alice's addresses; the node gives nothing of the one on which too much is. */
let addresses: string[];
let crowded: string;
beforeEach(async () => {
  signers += 1;
  served.faults = {};
  overseen = oversee(network);
  world = await aliceWorld(overseen.node, signers);
  addresses = [];
  for (let i = 0; i < 7; i += 1) addresses.push(await assign(world, 'alice'));
  await createUser(world, 'mallory');
  crowded = await assign(world, 'mallory');
  served.faults = { crowded: [crowded] };
});

const pending = (user: string): bigint => stateOf(world).get('users', user)!.pendingDeposits;
const told = (): string[] => world.logged.filter((line) => line.startsWith('deposit monitor'));
function payAll(): void {
  for (const address of [...addresses, crowded]) network.devNode.pay({ address, amount: 10n });
  network.devNode.issueMilestone();
}
const searches = (): number =>
  served.asked.filter((command) => command === 'findTransactions').length;

test('the deposits on all others are booked, and the one is told of once', async () => {
  payAll();
  expect(await world.monitor.round()).toBe(7);
  expect([pending('alice'), pending('mallory')]).toEqual([70n, 0n]);
  await world.monitor.round();
  expect(told()).toEqual([
    `deposit monitor: address ${crowded}: findTransactions: there are more than a node gives at once`,
  ]);
  expect(overseen.healthOf(0).state).toBe('ok');
  served.faults = {};
  expect(await world.monitor.round()).toBe(1);
  expect(pending('mallory')).toBe(10n);
});

test('so it is with a bundle of which there are too many transactions', async () => {
  const { bundle } = network.devNode.pay({ address: crowded, amount: 1n });
  served.faults = { crowded: [bundle] };
  payAll();
  await world.monitor.round();
  expect([pending('alice'), pending('mallory')]).toEqual([70n, 0n]);
  expect(told()).toHaveLength(1);
});

test('no correction makes the operator’s what cannot be looked at', async () => {
  payAll();
  await world.monitor.round();
  const params = { address: withChecksum(crowded) };
  const call = { params, query: {}, body: { reason: 'odd' }, call: null };
  const corrected = operatorHandlers.correctBalance(world.coordinator, call);
  expect(await codeOf(corrected)).toBe('node_unavailable');
  expect(stateOf(world).get('totals', '')).toMatchObject({ operator: 0n, uncredited: 70n });
});

test.each(['error', 'close'] as const)(
  'a node that fails (%s) is not asked about fewer addresses: the round ends',
  async (fail) => {
    payAll();
    served.faults = { fail, failing: ['findTransactions'] };
    served.asked.length = 0;
    expect(await codeOf(world.monitor.round())).toBe('node_unavailable');
    // A connection that is closed is tried a second time.
    expect(searches()).toBe(fail === 'close' ? 2 : 1);
    expect(told()).toEqual([]);
  },
);

test('of any items, each crowded one stands alone, and all others are found once', async () => {
  const items = fc.uniqueArray(fc.string(), { maxLength: 40 });
  const some = items.chain((all) => fc.tuple(fc.constant(all), fc.subarray(all)));
  await fc.assert(
    fc.asyncProperty(some, async ([all, among]) => {
      const search = async (part: readonly string[]): Promise<readonly string[]> => {
        if (part.some((item) => among.includes(item))) throw new TooManyFound();
        return part;
      };
      const alone: string[] = [];
      const found = await searchInParts(all, search, (item) => {
        alone.push(item);
        return [];
      });
      expect(alone).toEqual(among);
      expect(found.flat()).toEqual(all.filter((item) => !among.includes(item)));
    }),
  );
});
