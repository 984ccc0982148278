/** The node client: what the dev node says comes through, and nothing of a wrong form does. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createNodeClient } from '../src/nodes/iota-node.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { codeOf, foreignAddress, listen, type ServedNode, serveNode } from './world.ts';

const HASH = `${'A'.repeat(80)}9`;

describe('with a dev node', () => {
  let served: ServedNode;
  beforeAll(async () => {
    served = await serveNode();
  });
  afterAll(() => served.close());

  test('balances, spent states, transactions and inclusion come as the node has them', async () => {
    const { node, devNode } = served;
    const address = foreignAddress('V');
    const { tail, bundle } = devNode.pay({ address, amount: 2_000_000_000_000_001n });
    expect(await node.inclusionStates([tail])).toEqual([false]);
    devNode.issueMilestone();
    expect(await node.isSynced()).toBe(true);
    expect(await node.balances([address, foreignAddress('U')])).toEqual([
      2_000_000_000_000_001n,
      0n,
    ]);
    expect(await node.spentStates([address])).toEqual([false]);
    expect(await node.inclusionStates([tail])).toEqual([true]);
    expect(await node.findByAddresses([address])).toEqual([tail]);
    expect(await node.findByBundles([bundle])).toContain(tail);
    expect(await node.trytes([tail])).toHaveLength(1);
    expect(await node.isConsistent([tail])).toBe(true);
  });

  test('nothing asked is nothing answered, without a call', async () => {
    const { node } = served;
    expect(await node.balances([])).toEqual([]);
    expect(await node.trytes([])).toEqual([]);
  });

  test('more items than one call may have are asked in several', async () => {
    const many = Array.from({ length: 1201 }, () => foreignAddress('V'));
    const balances = await served.node.balances(many);
    expect(balances).toHaveLength(1201);
    expect(new Set(balances)).toEqual(new Set([2_000_000_000_000_001n]));
  });
});

describe('with a node that answers wrongly', () => {
  let reply: unknown = {};
  let close: () => Promise<void>;
  let node: NodeClient;
  beforeAll(async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
    const listening = await listen(server);
    close = listening.close;
    node = createNodeClient({ url: listening.url, minWeightMagnitude: 1, depth: 3 });
  });
  afterAll(() => close());

  const cases: readonly (readonly [string, unknown, () => Promise<unknown>])[] = [
    ['no JSON', '<html>', () => node.balances([HASH])],
    ['an error', { error: 'no' }, () => node.balances([HASH])],
    ['too few balances', { balances: [] }, () => node.balances([HASH])],
    ['a balance below 0', { balances: ['-1'] }, () => node.balances([HASH])],
    ['a balance that is no number', { balances: ['x'] }, () => node.balances([HASH])],
    ['no spent states', {}, () => node.spentStates([HASH])],
    ['a spent state that is no boolean', { states: ['false'] }, () => node.spentStates([HASH])],
    ['too many spent states', { states: [true, true] }, () => node.spentStates([HASH])],
    ['a hash of the wrong length', { hashes: ['A'] }, () => node.findByBundles([HASH])],
    ['a hash in lower case', { hashes: ['a'.repeat(81)] }, () => node.findByAddresses([HASH])],
    ['trytes of the wrong length', { trytes: ['A'] }, () => node.trytes([HASH])],
    [
      'too many trytes',
      { trytes: ['9'.repeat(2673), '9'.repeat(2673)] },
      () => node.trytes([HASH]),
    ],
    ['no inclusion states', { states: null }, () => node.inclusionStates([HASH])],
  ];
  test.each(cases)('%s is node_unavailable', async (_name, answer, call) => {
    reply = answer;
    expect(await codeOf(call)).toBe('node_unavailable');
  });

  test('a node that is not up to its milestones is not in sync', async () => {
    reply = { latestMilestoneIndex: 5, latestSolidSubtangleMilestoneIndex: 4 };
    expect(await node.isSynced()).toBe(false);
    reply = {};
    expect(await codeOf(async () => ((await node.isSynced()) ? 'synced' : 'not'))).toBe(
      'node_unavailable',
    );
  });
});

test('a node that does not listen is node_unavailable', async () => {
  const { url, close } = await listen(createServer());
  await close();
  const node = createNodeClient({ url, minWeightMagnitude: 1, depth: 3 });
  expect(await codeOf(node.balances([HASH]))).toBe('node_unavailable');
  expect(await codeOf(node.isSynced())).toBe('node_unavailable');
});
