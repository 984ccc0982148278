/** One node: what the dev node says comes through, and nothing of a wrong form does. */
import { createServer } from 'node:http';
import { decodeTransaction, encodeTransaction, hashOfTransaction } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CoordinatorError } from '../src/error.ts';
import { createIotaNode, type IotaNode } from '../src/nodes/iota-node.ts';
import { ABSENT_TRYTES, TooManyFound } from '../src/nodes/node-client.ts';
import { promotionTrytes } from '../src/nodes/promotion.ts';
import { type FaultyNetwork, serveFaultyNetwork } from './faulty-node.ts';
import { transactionOf } from './forged.ts';
import { codeOf, foreignAddress, listen } from './world.ts';

const HASH = `${'A'.repeat(80)}9`;
const openNode = (url: string, minWeightMagnitude = 1): IotaNode =>
  createIotaNode({ url, minWeightMagnitude });

/** The message of what a call throws. */
async function faultOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'no error',
    (thrown: Error) => thrown.message,
  );
}

describe('with a dev node', () => {
  let network: FaultyNetwork;
  let node: IotaNode;
  beforeAll(async () => {
    network = await serveFaultyNetwork(1);
    node = openNode(network.nodes[0]!.url);
  });
  afterAll(() => network.close());

  test('balances, spent states, transactions and inclusion come as the node has them', async () => {
    const { devNode } = network;
    const address = foreignAddress('V');
    const { tail, bundle } = devNode.pay({ address, amount: 2_000_000_000_000_001n });
    expect(await node.inclusionStates([tail])).toEqual([false]);
    devNode.issueMilestone();
    expect(await node.balances([address, foreignAddress('U')])).toEqual([
      2_000_000_000_000_001n,
      0n,
    ]);
    expect(await node.spentStates([address])).toEqual([false]);
    expect(await node.inclusionStates([tail])).toEqual([true]);
    expect(await node.findByAddresses([address])).toEqual([tail]);
    expect(await node.findByBundles([bundle])).toContain(tail);
    expect((await node.trytes([tail])).map(hashOfTransaction)).toEqual([tail]);
    expect(await node.isConsistent([tail])).toBe(true);
  });

  test('it reports its milestones, and when the latest was issued', async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { index, hash } = network.devNode.issueMilestone();
    expect(await node.report()).toEqual({ latest: index, solid: index, solidHash: hash });
    const issuedAt = await node.issuedAt(hash);
    expect(issuedAt).toBeGreaterThanOrEqual(before);
    expect(issuedAt).toBeLessThanOrEqual(Date.now());
    const { asked } = network.nodes[0]!;
    asked.length = 0;
    expect(await node.issuedAt(hash)).toBe(issuedAt);
    expect(asked).toEqual([]);
    expect(await node.issuedAt('Z'.repeat(81))).toBeNull();
  });

  test('what it does not have is absent, and no consistent tail', async () => {
    expect(await node.trytes(['Z'.repeat(81)])).toEqual([ABSENT_TRYTES]);
    expect(await node.isConsistent(['Z'.repeat(81)])).toBe(false);
  });

  test('nothing asked is nothing answered, without a call', async () => {
    const { asked } = network.nodes[0]!;
    asked.length = 0;
    expect(await node.balances([])).toEqual([]);
    expect(await node.trytes([])).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('balances are asked a thousand at a time, everything else five hundred', async () => {
    const { asked } = network.nodes[0]!;
    const many = Array.from({ length: 1001 }, () => foreignAddress('V'));
    asked.length = 0;
    const balances = await node.balances(many);
    expect(balances).toHaveLength(1001);
    expect(new Set(balances)).toEqual(new Set([2_000_000_000_000_001n]));
    expect(await node.spentStates(many)).toHaveLength(1001);
    await node.findByAddresses(many.slice(0, 501));
    expect(asked).toEqual([
      ...['getBalances', 'getBalances'],
      ...Array(3).fill('wereAddressesSpentFrom'),
      ...['findTransactions', 'findTransactions'],
    ]);
  });

  test('what is attached with a reference approves it, in the order that was given', async () => {
    const { tail } = network.devNode.pay({ address: foreignAddress('T'), amount: 1n });
    const [attached] = await node.attach([promotionTrytes(Date.now())], tail);
    const { trunkTransaction, branchTransaction } = decodeTransaction(attached);
    expect([trunkTransaction, branchTransaction]).toContain(tail);
    const bundle = await node.trytes(
      await node.findByBundles([decodeTransaction((await node.trytes([tail]))[0]!).bundle]),
    );
    const byIndex = bundle.sort(
      (a, b) => decodeTransaction(a).currentIndex - decodeTransaction(b).currentIndex,
    );
    const again = await node.attach(byIndex);
    expect(again.map((text) => decodeTransaction(text).currentIndex)).toEqual([...byIndex.keys()]);
  });
});

describe('with a node that answers wrongly', () => {
  let reply: unknown = {};
  let status = 200;
  let url: string;
  let close: () => Promise<void>;
  let node: IotaNode;
  beforeAll(async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.writeHead(status);
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
    const listening = await listen(server);
    ({ close, url } = listening);
    node = openNode(url);
  });
  afterAll(() => close());

  const tips = { trunkTransaction: HASH, branchTransaction: HASH };
  const spam = promotionTrytes(1_700_000_000_000);
  const cases: readonly (readonly [string, unknown, () => Promise<unknown>])[] = [
    ['no JSON', '<html>', () => node.balances([HASH])],
    ['an error', { error: 'no' }, () => node.balances([HASH])],
    ['too few balances', { balances: [] }, () => node.balances([HASH])],
    ['a balance below 0', { balances: ['-1'] }, () => node.balances([HASH])],
    ['a balance above the supply', { balances: ['2779530283277762'] }, () => node.balances([HASH])],
    ['a balance that is no number', { balances: ['x'] }, () => node.balances([HASH])],
    ['no spent states', {}, () => node.spentStates([HASH])],
    ['a spent state that is no boolean', { states: ['false'] }, () => node.spentStates([HASH])],
    ['too many spent states', { states: [true, true] }, () => node.spentStates([HASH])],
    ['a hash of the wrong length', { hashes: ['A'] }, () => node.findByBundles([HASH])],
    ['a hash in lower case', { hashes: ['a'.repeat(81)] }, () => node.findByAddresses([HASH])],
    ['trytes of the wrong length', { trytes: ['A'] }, () => node.trytes([HASH])],
    ['too many trytes', { trytes: [ABSENT_TRYTES, ABSENT_TRYTES] }, () => node.trytes([HASH])],
    ['no inclusion states', { states: null }, () => node.inclusionStates([HASH])],
    ['a consistency that is no boolean', { state: 'true' }, () => node.isConsistent([HASH])],
    ['no milestone indexes', {}, () => node.report()],
    ['a milestone index that is no number', { latestMilestoneIndex: '5' }, () => node.report()],
    ['no tips', { trytes: [spam] }, () => node.attach([spam])],
    [
      'another transaction attached',
      { ...tips, trytes: [encodeTransaction(transactionOf({}))] },
      () => node.attach([spam]),
    ],
    ['nothing attached', { ...tips, trytes: [] }, () => node.attach([spam])],
    [
      'too little proof of work',
      { ...tips, trytes: [spam] },
      () => openNode(url, 9).attach([spam]),
    ],
  ];
  test.each(cases)('%s is node_unavailable', async (_name, answer, call) => {
    reply = answer;
    expect(await codeOf(call)).toBe('node_unavailable');
  });

  test('more found than is given at once, or a refusal for that, is told from other faults', async () => {
    const kindOf = (call: Promise<unknown>): Promise<unknown> =>
      call.catch((thrown: Error) => thrown.constructor);
    reply = { hashes: Array(100_001).fill(HASH) };
    expect(await kindOf(node.findByAddresses([HASH]))).toBe(TooManyFound);
    [status, reply] = [400, { error: 'Could not complete request' }];
    expect(await kindOf(node.findByAddresses([HASH]))).toBe(TooManyFound);
    expect(await kindOf(node.findByBundles([HASH]))).toBe(TooManyFound);
    expect(await kindOf(openNode(`${url}/s3cret`).findByBundles([HASH]))).toBe(TooManyFound);
    expect(await kindOf(node.balances([HASH]))).toBe(CoordinatorError);
    reply = { error: 'COMMAND findTransactions is not available on this node' };
    expect(await kindOf(node.findByAddresses([HASH]))).toBe(CoordinatorError);
    status = 200;
    reply = { hashes: Array(100_000).fill(HASH) };
    expect(await node.findByAddresses([HASH])).toHaveLength(100_000);
  });

  test('null for a transaction means that it is absent', async () => {
    reply = { trytes: [null] };
    expect(await node.trytes([HASH])).toEqual([ABSENT_TRYTES]);
  });

  test('what a node gives as its error is told, shortened and printable', async () => {
    [status, reply] = [400, { error: `no\n\u001b[31m${'x'.repeat(500)}` }];
    const fault = await faultOf(node.balances([HASH]));
    expect(fault).toMatch(/^getBalances: the node refuses: no\?\?\[31mx+$/);
    expect(fault.length).toBeLessThan(150);
    // Whatever such a node says may repeat its path or password.
    const secret = openNode(`${url}/s3cret`);
    [status, reply] = [404, { error: 'Cannot POST /s3cret' }];
    expect(await faultOf(secret.balances([HASH]))).toBe('getBalances: the node refuses');
    [status, reply] = [500, '/s3cret'];
    expect(await faultOf(secret.balances([HASH]))).not.toContain('s3cret');
    status = 200;
  });
});

test('a node that does not listen is node_unavailable, and why is told', async () => {
  const { url, close } = await listen(createServer());
  await close();
  const node = openNode(`${url}/s3cret?key=s3cret`);
  expect(node.name).toBe(url);
  expect(await codeOf(node.balances([HASH]))).toBe('node_unavailable');
  const fault = await faultOf(node.report());
  expect(fault).toBe('getNodeInfo: cannot be reached (ECONNREFUSED)');
});

test('a URL that is none of a node is refused', () => {
  expect(() => openNode('ftp://127.0.0.1')).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
});

test.each([
  [1, 'no error'],
  [2, expect.stringMatching(/^getBalances: cannot be reached \((ECONNRESET|UND_ERR_SOCKET)\)$/)],
])(
  'a connection that is closed before its reply %i times is tried once more',
  async (times, fault) => {
    let asked = 0;
    const server = createServer((request, response) => {
      asked += 1;
      if (asked <= times) request.socket.destroy();
      else response.end(JSON.stringify({ balances: ['5'], references: [], milestoneIndex: 1 }));
    });
    const { url, close } = await listen(server);
    expect(await faultOf(openNode(url).balances([HASH]))).toEqual(fault);
    expect(asked).toBe(2);
    await close();
  },
);
