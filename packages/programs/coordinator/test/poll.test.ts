/** Votes over several nodes: a lie is outvoted and named, one odd item stops no other, nobody waits in vain. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CLEAN_ANSWERS } from '../src/nodes/node-member.ts';
import {
  createGate,
  type FaultyNetwork,
  type FaultyNode,
  type Overseen,
  oversee,
  serveFaultyNetwork,
  until,
} from './faulty-node.ts';
import { codeOf, foreignAddress } from './world.ts';

const RICH = foreignAddress('R');
const POOR = foreignAddress('P');

let network: FaultyNetwork;
let first: FaultyNode;
let second: FaultyNode;
let third: FaultyNode;
let tail: string;
beforeAll(async () => {
  network = await serveFaultyNetwork(3);
  [first, second, third] = network.nodes as [FaultyNode, FaultyNode, FaultyNode];
  tail = network.devNode.pay({ address: RICH, amount: 5n }).tail;
  network.devNode.issueMilestone();
});
afterAll(() => network.close());

let overseen: Overseen;
beforeEach(() => {
  for (const node of network.nodes) node.faults = {};
  overseen = oversee(network);
});

describe('one node of three that lies', () => {
  test('about a balance is outvoted on that item and named; the truth is answered', async () => {
    third.faults = { lies: { balances: (address, told) => (address === RICH ? '6' : told) } };
    const { node, healthOf, logged } = overseen;
    expect(await node.balances([RICH, POOR])).toEqual([5n, 0n]);
    await until(() => healthOf(2).state === 'disagrees');
    expect(healthOf(2).detail).toBe('getBalances: 1 of 2 items outvoted');
    expect([healthOf(0).state, healthOf(1).state]).toEqual(['ok', 'ok']);
    expect(logged).toEqual([
      `node ${third.url}: ok, now disagrees: getBalances: 1 of 2 items outvoted`,
    ]);
  });

  test('about spent states and inclusion is outvoted and named', async () => {
    const { node, healthOf } = overseen;
    first.faults = { lies: { spent: () => true, included: () => false } };
    expect(await node.spentStates([RICH, POOR])).toEqual([false, false]);
    await until(() => healthOf(0).state === 'disagrees');
    expect(healthOf(0).detail).toBe('wereAddressesSpentFrom: 2 of 2 items outvoted');
    expect(await node.inclusionStates([tail])).toEqual([true]);
    await until(() => healthOf(0).detail.startsWith('getInclusionStates: 1 of 1'));
    first.faults = { lies: { included: () => true } };
    expect(await node.inclusionStates(['Z'.repeat(81)])).toEqual([false]);
  });

  test('is well again only when it has agreed often enough', async () => {
    const { node, healthOf, logged } = overseen;
    first.faults = { lies: { balances: () => '9' } };
    await node.balances([POOR]);
    await until(() => healthOf(0).state === 'disagrees');
    first.faults = {};
    // Without the second node, each agreement needs the first one's answer.
    const gate = createGate();
    second.faults = { hold: gate.hold, lies: { balances: () => '8' } };
    for (let answers = 2; answers < CLEAN_ANSWERS; answers += 1) await node.balances([POOR]);
    // What comes late to those calls counts for the one that it comes from.
    gate.open();
    await until(() => healthOf(1).state === 'disagrees');
    const later = createGate();
    second.faults = { hold: later.hold };
    await node.balances([POOR]);
    expect(healthOf(0).state).toBe('disagrees');
    await node.balances([POOR]);
    expect(healthOf(0)).toMatchObject({ state: 'ok', detail: 'answers' });
    later.open();
    expect(logged.filter((line) => line.includes(first.url))).toEqual([
      `node ${first.url}: ok, now disagrees: getBalances: 1 of 1 items outvoted`,
      `node ${first.url}: disagrees, now ok`,
    ]);
  });
});

describe('items', () => {
  test('about which all nodes differ are null, alone, and outvote nobody', async () => {
    for (const [place, node] of network.nodes.entries()) {
      const balances = (address: string, told: string): string =>
        address === RICH ? String(place) : told;
      const spent = (address: string): boolean => address === POOR && place === 0;
      node.faults = { lies: { balances, spent } };
    }
    const { node, healthOf } = overseen;
    expect(await node.balances([POOR, RICH, POOR])).toEqual([0n, null, 0n]);
    expect(await node.spentStates([RICH, POOR])).toEqual([false, false]);
    third.faults = { fail: 'close' };
    expect(await node.spentStates([RICH, POOR])).toEqual([false, null]);
    first.faults = { lies: { included: () => false } };
    expect(await node.inclusionStates([tail])).toEqual([false]);
    expect(healthOf(1).state).toBe('ok');
  });

  test('none are answered without a call, which shows nothing of any node', async () => {
    for (const node of network.nodes) node.asked.length = 0;
    const { node } = overseen;
    expect(await node.balances([])).toEqual([]);
    expect(await node.inclusionStates([])).toEqual([]);
    expect(await node.findByBundles([])).toEqual([]);
    expect(await node.findByAddresses([])).toEqual([]);
    expect(await node.trytes([])).toEqual([]);
    expect(network.nodes.flatMap(({ asked }) => asked)).toEqual([]);
    expect(node.health().map(({ state }) => state)).toEqual(Array(3).fill('unknown'));
  });
});

describe('a slow node', () => {
  test('does not hold up what the others agree about, and is compared when it answers', async () => {
    const gate = createGate();
    second.faults = { hold: gate.hold, lies: { balances: () => '7' } };
    const { node, healthOf } = overseen;
    expect(await node.balances([RICH])).toEqual([5n]);
    expect(await node.isSynced()).toBe(true);
    expect(healthOf(1).state).toBe('unknown');
    gate.open();
    await until(() => healthOf(1).state === 'disagrees');
    expect(healthOf(1).detail).toBe('getBalances: 1 of 1 items outvoted');
  });

  test('and another one are not waited for where one node is a quorum', async () => {
    const gate = createGate();
    first.faults = { hold: gate.hold };
    second.faults = { hold: gate.hold };
    const { node } = oversee(network, { quorum: 1 });
    expect(await node.balances([RICH])).toEqual([5n]);
    gate.open();
  });

  test('is waited for where the others differ', async () => {
    const gate = createGate();
    first.faults = { lies: { balances: () => '7' } };
    second.faults = { hold: gate.hold };
    let isAnswered = false;
    const answer = overseen.node.balances([RICH]).finally(() => {
      isAnswered = true;
    });
    await until(() => overseen.healthOf(2).state === 'ok' && overseen.healthOf(0).state === 'ok');
    expect(isAnswered).toBe(false);
    gate.open();
    expect(await answer).toEqual([5n]);
  });

  test('is waited for when something is looked for: it may have what others lack', async () => {
    const gate = createGate();
    first.faults = { lies: { found: () => [] } };
    second.faults = { lies: { found: () => [] } };
    third.faults = { hold: gate.hold };
    const answer = overseen.node.findByAddresses([RICH]);
    await until(() => overseen.healthOf(0).state === 'ok' && overseen.healthOf(1).state === 'ok');
    gate.open();
    expect(await answer).toEqual([tail]);
  });
});

describe('too few answers', () => {
  test('of three nodes, two dead: node_unavailable names both and why; they come back', async () => {
    second.faults = { fail: 'close' };
    third.faults = { fail: 'error' };
    const { node, healthOf, clock } = overseen;
    for (const call of [
      () => node.balances([RICH]),
      () => node.findByBundles(['A'.repeat(81)]),
      () => node.isSynced(),
    ]) {
      const error = await call().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'node_unavailable' });
      const { message } = error as Error;
      expect(message).toMatch(/^1 of 3 IOTA nodes answer, 2 must: /);
      expect(message).toContain(`${second.url}: `);
      expect(message).toMatch(/cannot be reached \((UND_ERR_SOCKET|ECONNRESET)\)/);
      expect(message).toContain(`${third.url}: `);
      expect(message).toContain('the node refuses: out of order: /');
      expect(message).not.toContain(first.url);
    }
    expect([healthOf(0), healthOf(1), healthOf(2)].map(({ state }) => state)).toEqual([
      ...['ok', 'failing', 'failing'],
    ]);
    // Where the others are too few, nobody waits for a pause to be over.
    second.faults = {};
    expect(await node.balances([RICH])).toEqual([5n]);
    expect(healthOf(1).state).toBe('ok');
    third.faults = {};
    clock.at += 60_000;
    expect(await node.isSynced()).toBe(true);
    await until(() => healthOf(2).state === 'ok');
  });

  test('with a vote of one and a lagging one, the lagging one is named', async () => {
    const { node } = overseen;
    second.faults = { lies: { info: (info) => ({ ...info, latestMilestoneIndex: 99 }) } };
    third.faults = { fail: 'close' };
    const error = await node.balances([RICH]).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(/^1 of 3 IOTA nodes answer, 2 must: /);
    expect(error).toContain(
      `${second.url}: it knows of milestone 99, but has everything only up to 2`,
    );
    expect(await codeOf(node.inclusionStates([tail]))).toBe('node_unavailable');
  });
});
