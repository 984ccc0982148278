/** Addresses about which the nodes do not agree are left out of requests, and nothing else is. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import {
  aliceWorld,
  assign,
  createUser,
  deposit,
  request,
  type ServedNode,
  serveNode,
  voidIt,
  type World,
} from './world.ts';

const REASON = 'the nodes do not agree on it now';

let served: ServedNode;
/** The one address whose balance, or spent state, the nodes do not agree on. */
let disputed: { balance?: string; spent?: string } = {};
let signers = 50;
let world: World;
let address: string;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());
beforeEach(async () => {
  disputed = {};
  signers += 1;
  const node: NodeClient = {
    ...served.node,
    balances: async (list) =>
      (await served.node.balances(list)).map((balance, place) =>
        list[place] === disputed.balance ? null : balance,
      ),
    spentStates: async (list) =>
      (await served.node.spentStates(list)).map((isSpent, place) =>
        list[place] === disputed.spent ? null : isSpent,
      ),
  };
  world = await aliceWorld(node, signers);
  address = await assign(world, 'alice');
  await deposit(world, served, { address, amount: 1000n });
});

test.each(['balance', 'spent'] as const)(
  'an input whose %s is disputed is left out alone',
  async (kind) => {
    await createUser(world, 'bob');
    const other = await assign(world, 'bob');
    await deposit(world, served, { address: other, amount: 5n });
    disputed = { [kind]: other };
    const { leftOut, sweeps } = await request(world, { dryRun: true });
    expect(leftOut).toEqual([{ id: other, reason: REASON }]);
    expect(sweeps.flatMap(({ inputs }) => inputs)).toMatchObject([{ address, amount: 1000n }]);
  },
);

test.each(['balance', 'spent'] as const)(
  'a fresh output whose %s is disputed is not paid to',
  async (kind) => {
    const fresh = (await request(world, { dryRun: true })).sweeps[0]!.outputs[0]!.address;
    disputed = { [kind]: fresh };
    const { leftOut, sweeps } = await request(world, { dryRun: true });
    expect(leftOut).toEqual([]);
    expect(sweeps[0]!.outputs[0]!.address).not.toBe(fresh);
  },
);

test('a voided bundle waits while one of its addresses is disputed, and is asked again after', async () => {
  const first = await request(world);
  await voidIt(world, first.requestId!);
  const [{ hash: id, inputs, outputs }] = first.sweeps as [(typeof first.sweeps)[0]];
  const [input, output] = [inputs[0]!.address, outputs[0]!.address];
  for (const each of [{ balance: input }, { spent: input }, { spent: output }]) {
    disputed = each;
    const { leftOut, sweeps } = await request(world, { dryRun: true });
    expect(sweeps).toEqual([]);
    expect(leftOut).toContainEqual({ id, reason: REASON });
  }
  // What its outputs hold does not matter to it.
  disputed = { balance: output };
  expect((await request(world)).sweeps.map(({ hash }) => hash)).toEqual([id]);
});
