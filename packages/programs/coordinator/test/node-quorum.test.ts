/** Several real nodes with faults: who is asked, who is believed, who does the work, and what is said of them. */
import { decodeTransaction, encodeTransaction, hashOfTransaction } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CoordinatorError } from '../src/error.ts';
import { createIotaNode } from '../src/nodes/iota-node.ts';
import { ABSENT_TRYTES, TooManyFound } from '../src/nodes/node-client.ts';
import { RETRY_AFTER_MS } from '../src/nodes/node-member.ts';
import { createNodeQuorum, majorityOf } from '../src/nodes/node-quorum.ts';
import { PROMOTION_ADDRESS, promotionTrytes } from '../src/nodes/promotion.ts';
import {
  createGate,
  type FaultyNetwork,
  type FaultyNode,
  type Overseen,
  oversee,
  serveFaultyNetwork,
  until,
} from './faulty-node.ts';
import { transactionOf } from './forged.ts';
import { foreignAddress } from './world.ts';

const ADDRESS = foreignAddress('R');

let network: FaultyNetwork;
let first: FaultyNode;
let second: FaultyNode;
let third: FaultyNode;
beforeAll(async () => {
  network = await serveFaultyNetwork(3);
  [first, second, third] = network.nodes as [FaultyNode, FaultyNode, FaultyNode];
});
afterAll(() => network.close());

let overseen: Overseen;
beforeEach(() => {
  for (const node of network.nodes) {
    node.faults = {};
    node.asked.length = 0;
  }
  overseen = oversee(network);
});

const pay = (): string => network.devNode.pay({ address: ADDRESS, amount: 5n }).tail;
const statesOf = ({ node }: Overseen): string[] => node.health().map(({ state }) => state);
/** All three nodes have been heard. */
const allKnown = (): Promise<void> => until(() => !statesOf(overseen).includes('unknown'));

test('three nodes that are well answer as one, and nothing is logged', async () => {
  const tail = pay();
  network.devNode.issueMilestone();
  const { node, logged } = overseen;
  expect(node.quorum).toBe(2);
  expect(await node.isSynced()).toBe(true);
  expect(await node.balances([ADDRESS])).toEqual([5n]);
  expect(await node.spentStates([ADDRESS])).toEqual([false]);
  expect(await node.findByAddresses([ADDRESS])).toEqual([tail]);
  expect(await node.inclusionStates([tail])).toEqual([true]);
  expect(await node.isConsistent([tail])).toBe(true);
  expect((await node.trytes([tail])).map(hashOfTransaction)).toEqual([tail]);
  await allKnown();
  const { index: milestone } = network.devNode.latestMilestone();
  expect(node.health()).toEqual(
    network.nodes.map(({ url: name }) => ({
      ...{ name, state: 'ok', detail: 'answers', milestone },
      since: overseen.clock.at,
    })),
  );
  expect(logged).toEqual([]);
});

describe('one failing node of three', () => {
  test.each(['close', 'error'] as const)(
    '(%s) is named, and left alone for a while',
    async (fail) => {
      third.faults = { fail };
      const { node, clock, healthOf, logged } = overseen;
      const before = await node.balances([ADDRESS]);
      expect(before).toEqual([network.devNode.balanceOf(ADDRESS)]);
      await until(() => healthOf(2).state === 'failing');
      expect(healthOf(2)).toMatchObject({ name: third.url, since: clock.at });
      third.asked.length = 0;
      expect(await node.isSynced()).toBe(true);
      expect(await node.balances([ADDRESS])).toEqual(before);
      expect(await node.findByAddresses([ADDRESS])).toHaveLength(1);
      expect(third.asked).toEqual([]);
      clock.at += RETRY_AFTER_MS;
      expect(await node.isSynced()).toBe(true);
      await until(() => third.asked.length === 1);
      expect(logged).toHaveLength(1);
      expect(logged[0]).toMatch(`node ${third.url}: unknown, now failing: get`);
      third.faults = {};
      clock.at += 60_000;
      await node.isSynced();
      await until(() => healthOf(2).state === 'ok');
      expect(logged.slice(1)).toEqual([`node ${third.url}: failing, now ok`]);
    },
  );
});

test('a node that reports itself but fails at its work is left alone ever longer', async () => {
  third.faults = { fail: 'error', failing: ['getBalances'] };
  const { node, clock, healthOf } = overseen;
  const isNow = (state: string) => until(() => healthOf(2).state === state);
  await node.balances([ADDRESS]);
  await isNow('failing');
  clock.at += RETRY_AFTER_MS;
  await node.isSynced();
  await isNow('ok');
  await node.balances([ADDRESS]);
  await isNow('failing');
  expect(healthOf(2).detail).toBe('getBalances: the node refuses: out of order: /');
  third.asked.length = 0;
  clock.at += RETRY_AFTER_MS;
  await node.isSynced();
  expect(third.asked).toEqual([]);
  clock.at += RETRY_AFTER_MS;
  await node.isSynced();
  await isNow('ok');
});

describe('a node that lags', () => {
  test('behind by more than two milestones is named and has no vote until it is back', async () => {
    second.lag();
    for (let milestones = 0; milestones < 3; milestones += 1) network.devNode.issueMilestone();
    pay();
    const { index } = network.devNode.issueMilestone();
    const amount = network.devNode.balanceOf(ADDRESS);
    const { node, healthOf, logged } = overseen;
    expect(await node.isSynced()).toBe(true);
    await until(() => healthOf(1).state === 'lagging');
    expect(healthOf(1)).toMatchObject({
      milestone: index - 4,
      detail: `it is at milestone ${index - 4}, a quorum of nodes at ${index}`,
    });
    second.asked.length = 0;
    expect(await node.balances([ADDRESS])).toEqual([amount]);
    expect(second.asked).toEqual([]);
    await node.isSynced();
    second.faults = {};
    await node.isSynced();
    await until(() => healthOf(1).state === 'ok');
    expect(logged).toEqual([
      `node ${second.url}: ok, now lagging: ${`it is at milestone ${index - 4}, a quorum of nodes at ${index}`}`,
      `node ${second.url}: lagging, now ok`,
    ]);
  });

  test('and was not known to, has no vote either', async () => {
    second.lag();
    pay();
    for (let milestones = 0; milestones < 3; milestones += 1) network.devNode.issueMilestone();
    first.faults = { fail: 'close' };
    third.faults = { fail: 'close' };
    await overseen.node.isSynced().catch(() => undefined);
    [first.faults, third.faults] = [{}, {}];
    const amount = network.devNode.balanceOf(ADDRESS);
    expect(await overseen.node.balances([ADDRESS])).toEqual([amount]);
    await until(() => overseen.healthOf(1).state === 'lagging');
    expect(overseen.healthOf(1).detail).not.toContain('outvoted');
  });

  test('by two milestones is in step', async () => {
    second.lag();
    for (let milestones = 0; milestones < 2; milestones += 1) network.devNode.issueMilestone();
    expect(await overseen.node.isSynced()).toBe(true);
    await allKnown();
    expect(statesOf(overseen)).toEqual(['ok', 'ok', 'ok']);
    const strict = oversee(network, { lagMilestonesMax: 1 });
    await strict.node.isSynced();
    await until(() => strict.healthOf(1).state === 'lagging');
  });

  test('is still searched, as it has what it has', async () => {
    const tail = network.devNode.pay({ address: foreignAddress('L'), amount: 1n }).tail;
    second.lag();
    for (let milestones = 0; milestones < 3; milestones += 1) network.devNode.issueMilestone();
    await overseen.node.isSynced();
    await until(() => overseen.healthOf(1).state === 'lagging');
    const found = () => [];
    first.faults = { lies: { found } };
    third.faults = { lies: { found } };
    expect(await overseen.node.findByAddresses([foreignAddress('L')])).toEqual([tail]);
  });
});

describe('a node that lies about milestones', () => {
  test('of the future makes no other node lag', async () => {
    const ahead = {
      latestMilestoneIndex: 10_000_000,
      latestSolidSubtangleMilestoneIndex: 10_000_000,
    };
    second.faults = { lies: { info: (info) => ({ ...info, ...ahead }) } };
    expect(await overseen.node.isSynced()).toBe(true);
    await allKnown();
    expect(statesOf(overseen)).toEqual(['ok', 'ok', 'ok']);
  });

  test('of the past lags alone', async () => {
    const behind = { latestMilestoneIndex: -9, latestSolidSubtangleMilestoneIndex: -9 };
    second.faults = { lies: { info: (info) => ({ ...info, ...behind }) } };
    expect(await overseen.node.isSynced()).toBe(true);
    await until(() => overseen.healthOf(1).state === 'lagging');
    expect(statesOf(overseen)).toEqual(['ok', 'lagging', 'ok']);
  });
});

describe('nobody is in sync', () => {
  test('while two of three lack part of their latest milestone', async () => {
    const info = (told: Record<string, unknown>) => ({ ...told, latestMilestoneIndex: 10_000 });
    first.faults = { lies: { info } };
    second.faults = { lies: { info } };
    expect(await overseen.node.isSynced()).toBe(false);
    expect(statesOf(overseen)).toEqual(['lagging', 'lagging', 'ok']);
  });

  test('while all agree on a milestone of long ago', async () => {
    network.devNode.issueMilestone();
    expect(await overseen.node.isSynced()).toBe(true);
    overseen.clock.at += 301_000;
    expect(await overseen.node.isSynced()).toBe(false);
    expect(overseen.healthOf(0)).toMatchObject({ state: 'ok' });
    expect(overseen.healthOf(0).detail).toContain('of long ago');
    // Nothing is said of its age by nodes that do not name it.
    const info = ({ latestSolidSubtangleMilestone: _, ...told }: Record<string, unknown>) => told;
    for (const node of network.nodes) node.faults = { lies: { info } };
    expect(await overseen.node.isSynced()).toBe(true);
  });
});

describe('transactions', () => {
  test('that one node has pruned come from the next one', async () => {
    const known = pay();
    const unknown = 'Z'.repeat(81);
    first.faults = { prunes: new Set([known]) };
    const trytes = await overseen.node.trytes([unknown, known]);
    expect(trytes[0]).toBe(ABSENT_TRYTES);
    expect(hashOfTransaction(trytes[1]!)).toBe(known);
    expect(statesOf(overseen)).toEqual(['ok', 'ok', 'ok']);
    second.faults = { prunes: new Set([known]) };
    third.faults = { prunes: new Set([known]) };
    expect(await overseen.node.trytes([known])).toEqual([ABSENT_TRYTES]);
  });

  test('are asked of the next one only as far as they are missing', async () => {
    const tail = pay();
    await overseen.node.trytes([tail]);
    expect(network.nodes.map(({ asked }) => asked)).toEqual([['getTrytes'], [], []]);
  });

  test('are not asked of a failing node while others answer', async () => {
    third.faults = { fail: 'close' };
    await overseen.node.isSynced();
    await until(() => overseen.healthOf(2).state === 'failing');
    third.asked.length = 0;
    expect(await overseen.node.trytes(['Z'.repeat(81)])).toEqual([ABSENT_TRYTES]);
    expect(third.asked).toEqual([]);
  });

  test('of another hash are not believed, and named', async () => {
    const tail = pay();
    const forged = encodeTransaction(transactionOf({ address: ADDRESS, value: 7n }));
    first.faults = { lies: { trytes: () => forged } };
    expect((await overseen.node.trytes([tail])).map(hashOfTransaction)).toEqual([tail]);
    expect(overseen.healthOf(0)).toMatchObject({
      state: 'disagrees',
      detail: 'getTrytes: 1 of 1 are of other hashes',
    });
    second.faults = { fail: 'close' };
    third.faults = { fail: 'close' };
    expect(await overseen.node.trytes([tail])).toEqual([ABSENT_TRYTES]);
  });

  test('that a node names and does not have are held against it alone', async () => {
    const tail = pay();
    const invented = 'Z'.repeat(81);
    third.faults = { lies: { found: (hashes) => [...hashes, invented] } };
    const { node, healthOf } = overseen;
    const hashes = await node.findByAddresses([ADDRESS]);
    expect(hashes).toContain(invented);
    const trytes = await node.trytes([tail, invented]);
    expect(trytes[1]).toBe(ABSENT_TRYTES);
    expect(statesOf(overseen).slice(0, 2)).toEqual(['ok', 'ok']);
    expect(healthOf(2)).toMatchObject({
      state: 'disagrees',
      detail: 'findTransactions: 1 hashes of which it has no transaction',
    });
  });

  test('of nodes that are all dead are node_unavailable', async () => {
    for (const node of network.nodes) node.faults = { fail: 'close' };
    await expect(overseen.node.trytes([pay()])).rejects.toMatchObject({
      code: 'node_unavailable',
      message: expect.stringContaining(second.url),
    });
  });
});

describe('attaching', () => {
  const spam = (): string[] => [promotionTrytes(Date.now())];

  test('is done by the first node that does it, and makes no node fail', async () => {
    first.faults = { fail: 'error', failing: ['attachToTangle'] };
    second.faults = { fail: 'close', failing: ['getTransactionsToApprove'] };
    const [attached] = await overseen.node.attach(spam());
    expect(decodeTransaction(attached).address).toBe(PROMOTION_ADDRESS);
    expect(third.asked).toEqual(['getTransactionsToApprove', 'attachToTangle']);
    expect(statesOf(overseen)).not.toContain('failing');
  });

  test('is not asked of a failing node while another one can do it', async () => {
    first.faults = { fail: 'close' };
    await overseen.node.isSynced();
    await until(() => overseen.healthOf(0).state === 'failing');
    first.asked.length = 0;
    await overseen.node.attach(spam());
    expect(first.asked).toEqual([]);
  });

  test('that no node does is node_unavailable, with the fault of each', async () => {
    for (const node of network.nodes) node.faults = { fail: 'error', failing: ['attachToTangle'] };
    await expect(overseen.node.attach(spam())).rejects.toMatchObject({
      code: 'node_unavailable',
      message: `no IOTA node attaches it: ${network.nodes
        .map(({ url }) => `${url}: attachToTangle: the node refuses: out of order: /`)
        .join('; ')}`,
    });
  });
});

describe('broadcasting', () => {
  const made = (): Promise<string[]> => overseen.node.attach([promotionTrytes(Date.now())]);

  test('goes to all nodes at once, and succeeds if one takes it', async () => {
    const gate = createGate();
    const attached = await made();
    first.faults = { fail: 'close' };
    second.faults = { hold: gate.hold };
    await overseen.node.broadcast(attached);
    const hash = hashOfTransaction(attached[0]!);
    expect(
      hashOfTransaction(
        (
          await createIotaNode({
            ...{ url: third.url, minWeightMagnitude: 1 },
          }).trytes([hash])
        )[0]!,
      ),
    ).toBe(hash);
    gate.open();
    await until(() => second.asked.includes('broadcastTransactions'));
    expect(first.asked).toContain('storeTransactions');
  });

  test('that no node takes is node_unavailable, with the fault of each', async () => {
    const attached = await made();
    for (const node of network.nodes) node.faults = { fail: 'error' };
    await expect(overseen.node.broadcast(attached)).rejects.toMatchObject({
      code: 'node_unavailable',
      message: expect.stringMatching(/^no IOTA node takes it: http:.*; http:.*; http:.*refuses/),
    });
  });
});

describe('promoting', () => {
  test('makes the tail approved by one new transaction, which all nodes have', async () => {
    const tail = pay();
    first.faults = { fail: 'error', failing: ['attachToTangle'] };
    await overseen.node.promote(tail);
    const { hashes } = (await network.devNode.handle({
      ...{ command: 'findTransactions', approvees: [tail] },
    })) as { hashes: string[] };
    const promoting = (await overseen.node.trytes(hashes)).map(decodeTransaction);
    expect(promoting).toHaveLength(1);
    expect(promoting[0]).toMatchObject({ address: PROMOTION_ADDRESS, value: 0n, lastIndex: 0 });
    expect(await overseen.node.isConsistent([tail])).toBe(true);
  });

  test('a tail that no node has is node_unavailable', async () => {
    await expect(overseen.node.promote('Z'.repeat(81))).rejects.toMatchObject({
      code: 'node_unavailable',
      message: expect.stringContaining('reference transaction not found'),
    });
  });
});

describe('one node alone', () => {
  const alone = (): Overseen => oversee({ ...network, nodes: [first] });

  test('is asked what is asked, and no more', async () => {
    const { node } = alone();
    expect(node.quorum).toBe(1);
    await node.balances([ADDRESS]);
    await node.isSynced();
    expect(first.asked).toEqual(['getBalances', 'getNodeInfo']);
  });

  test('is believed, whatever it says; what it lacks makes it out of sync', async () => {
    const { node, healthOf, clock } = alone();
    const info = (told: Record<string, unknown>) => ({ ...told, latestMilestoneIndex: 10_000 });
    first.faults = { lies: { info, balances: () => '77' } };
    expect(await node.isSynced()).toBe(false);
    expect(healthOf(0).state).toBe('lagging');
    expect(await node.balances([ADDRESS])).toEqual([77n]);
    first.faults = {};
    clock.at += 86_400_000;
    expect(await node.isSynced()).toBe(true);
    expect(healthOf(0).state).toBe('ok');
  });

  test('is not believed about a transaction that is of another hash', async () => {
    const forged = encodeTransaction(transactionOf({ address: ADDRESS, value: 7n }));
    first.faults = { lies: { trytes: () => forged } };
    expect(await alone().node.trytes([pay(), 'A'.repeat(81)])).toEqual([
      ABSENT_TRYTES,
      ABSENT_TRYTES,
    ]);
  });

  test('that is dead is node_unavailable each time, and at once well when it is back', async () => {
    const { node, healthOf } = alone();
    first.faults = { fail: 'close' };
    for (let calls = 0; calls < 3; calls += 1) {
      await expect(node.balances([ADDRESS])).rejects.toMatchObject({
        code: 'node_unavailable',
        message: expect.stringMatching(`^the IOTA node failed: ${first.url}: getBalances: cannot`),
      });
    }
    first.faults = {};
    expect(await node.balances([ADDRESS])).toHaveLength(1);
    expect(healthOf(0).state).toBe('ok');
  });
});

describe('an address on which there is too much', () => {
  const crowded = [ADDRESS];
  test('for one node of three is answered by the others, and no node fails', async () => {
    const tail = pay();
    third.faults = { crowded };
    expect(await overseen.node.findByAddresses([ADDRESS])).toContain(tail);
    expect(statesOf(overseen)).toEqual(['ok', 'ok', 'ok']);
    expect(overseen.logged).toEqual([]);
  });

  test('for so many that no quorum answers is TooManyFound, and no node fails', async () => {
    second.faults = third.faults = { crowded };
    await expect(overseen.node.findByAddresses([ADDRESS])).rejects.toThrow(TooManyFound);
    expect(await overseen.node.findByAddresses([foreignAddress('K')])).toEqual([]);
    expect(statesOf(overseen)).toEqual(['ok', 'ok', 'ok']);
  });

  test('says nothing of an outage: two dead nodes of three are that', async () => {
    first.faults = { crowded };
    second.faults = third.faults = { fail: 'error' };
    const found = overseen.node.findByAddresses([foreignAddress('K')]);
    const kind = await found.catch((thrown: Error) => thrown.constructor);
    expect(kind).toBe(CoordinatorError);
  });
});

test('nothing secret of a URL comes into health, log or errors', async () => {
  const logged: string[] = [];
  const urls = network.nodes.map(({ url }, place) => `${url}/s3cret${place}?key=s3cret`);
  const node = createNodeQuorum({
    nodes: urls.map((url) => createIotaNode({ url, minWeightMagnitude: 1 })),
    now: () => Date.now(),
    log: (line) => logged.push(line),
  });
  for (const each of network.nodes) each.faults = { fail: 'error' };
  const errors = await Promise.all(
    [
      node.isSynced(),
      node.balances([ADDRESS]),
      node.attach([promotionTrytes(0)]),
      node.broadcast([]),
    ].map((call) => call.catch((thrown: Error) => `${thrown.stack} ${String(thrown.cause)}`)),
  );
  expect(errors).toHaveLength(4);
  const told = [...errors, ...logged, JSON.stringify(node.health())].join('\n');
  expect(told).toContain(first.url);
  expect(told).toContain('the node refuses');
  expect(told).not.toContain('s3cret');
});

test('settings that make no sense are a defect of the program', () => {
  const [node] = network.nodes.map(({ url }) => createIotaNode({ url, minWeightMagnitude: 1 }));
  const effects = { now: () => 0, log: () => undefined };
  for (const settings of [
    { nodes: [] },
    { nodes: [node!, node!] },
    { nodes: [node!], quorum: 0 },
    { nodes: [node!], quorum: 2 },
    { nodes: [node!], quorum: 0.5 },
    { nodes: [node!], lagMilestonesMax: -1 },
  ]) {
    expect(() => createNodeQuorum({ ...effects, ...settings })).toThrow(RangeError);
  }
  expect([1, 2, 3, 4, 5].map(majorityOf)).toEqual([1, 2, 2, 3, 3]);
});
