/** Commands that @iota/core's story does not reach, or not with every parameter. */

import {
  attachNonce,
  encodeTransaction,
  hashOfTransaction,
  weightMagnitude,
} from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { DevNode } from '../src/node.ts';
import { addressOf, createNode, MWM, makeBundle, milestoneTips, send } from './harness.ts';

let node: DevNode;
beforeEach(() => {
  node = createNode();
});
const ask = (command: string, parameters: object = {}) => node.handle({ command, ...parameters });
const empty = (tag?: string) =>
  makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }], ...(tag && { tag }) });

describe('findTransactions', () => {
  test('intersects fields and joins values within one', async () => {
    const one = await send(node, empty('ONE'.padEnd(27, '9')));
    const two = await send(node, empty('TWO'.padEnd(27, '9')));
    const addresses = [addressOf('B')];
    const find = async (fields: object) => (await ask('findTransactions', fields)).hashes;
    expect(await find({ addresses })).toEqual([one, two]);
    expect(await find({ addresses, tags: ['ONE'] })).toEqual([one]);
    expect(await find({ tags: ['TWO', 'ONE'] })).toEqual([one, two]);
    expect(await find({ addresses, approvees: [one] })).toEqual([two]);
    expect(await find({ addresses: [addressOf('C')], tags: ['ONE'] })).toEqual([]);
    await expect(find({})).rejects.toThrow('Invalid parameters');
  });

  test('finds an obsolete tag where no tag matches', async () => {
    const [transaction] = empty('OLD'.padEnd(27, '9'));
    const tail = await send(node, [{ ...transaction!, tag: 'NEW'.padEnd(27, '9') }]);
    expect((await ask('findTransactions', { tags: ['OLD'] })).hashes).toEqual([tail]);
  });
});

describe('getTrytes', () => {
  test('answers 9s for an unknown hash', async () => {
    const hashes = [node.latestMilestone().hash, 'U'.repeat(81)];
    const [known, unknown] = (await ask('getTrytes', { hashes })).trytes as string[];
    expect(hashOfTransaction(known!)).toBe(hashes[0]);
    expect(unknown).toBe('9'.repeat(2673));
  });
});

describe('getInclusionStates', () => {
  test('with tips asks for what they approve, without for what is confirmed', async () => {
    const transactions = [await send(node, empty()), await send(node, empty())];
    const states = async (tips?: string[]) =>
      (await ask('getInclusionStates', { transactions, ...(tips && { tips }) })).states;
    expect(await states()).toEqual([false, false]);
    expect(await states([transactions[0]!])).toEqual([true, false]);
    const { hash } = node.issueMilestone();
    expect(await states([])).toEqual([true, true]);
    expect(await states([hash])).toEqual([true, true]);
    await expect(states(['U'.repeat(81)])).rejects.toThrow('One of the tips is absent');
  });
});

describe('getBalances', () => {
  test('takes a threshold and tips, and names what it refers to', async () => {
    const address = addressOf('A');
    const { tail } = node.pay({ address, amount: 5n });
    const { hash, index } = node.latestMilestone();
    const addresses = [address];
    expect(await ask('getBalances', { addresses, threshold: 100 })).toEqual({
      balances: ['0'],
      references: [hash],
      milestoneIndex: index,
    });
    expect(await ask('getBalances', { addresses, tips: [tail] })).toMatchObject({
      balances: ['5'],
      references: [tail],
    });
    for (const threshold of [0, 101, '100']) {
      await expect(ask('getBalances', { addresses, threshold })).rejects.toThrow(
        "Illegal 'threshold'",
      );
    }
    await expect(ask('getBalances', { addresses, tips: ['U'.repeat(81)] })).rejects.toThrow(
      `Tip not found: ${'U'.repeat(81)}`,
    );
  });
});

describe('checkConsistency', () => {
  test('refuses what is not a tail or not there, as IRI does', async () => {
    const { bundle } = node.pay({ address: addressOf('A'), amount: 5n });
    const found = (await ask('findTransactions', { bundles: [bundle] })).hashes as string[];
    await expect(ask('checkConsistency', { tails: [found[0]] })).rejects.toThrow(
      `Invalid transaction, not a tail: ${found[0]}`,
    );
    await expect(ask('checkConsistency', { tails: ['U'.repeat(81)] })).rejects.toThrow(
      `Invalid transaction, missing: ${'U'.repeat(81)}`,
    );
  });
});

describe('attachToTangle', () => {
  const trytes = () => empty().map((transaction) => encodeTransaction(transaction));
  const attach = (parameters: object) => {
    const { trunk: trunkTransaction, branch: branchTransaction } = milestoneTips(node);
    return ask('attachToTangle', {
      trunkTransaction,
      branchTransaction,
      minWeightMagnitude: MWM,
      trytes: trytes(),
      ...parameters,
    });
  };

  test('does real proof of work of the weight asked for', async () => {
    const attached = (await attach({ minWeightMagnitude: 4 })).trytes as string[];
    expect(weightMagnitude(hashOfTransaction(attached[0]!))).toBeGreaterThanOrEqual(4);
    expect(await ask('broadcastTransactions', { trytes: attached })).toEqual({});
    expect((await ask('getTips')).hashes).toContain(hashOfTransaction(attached[0]!));
  });

  test.each([0, 15, 1.5, '2', null])('refuses a weight of %p', async (minWeightMagnitude) => {
    await expect(attach({ minWeightMagnitude })).rejects.toThrow(
      'Invalid minWeightMagnitude input',
    );
  });

  test('refuses a weight below the node’s own', async () => {
    node = createNode({ minWeightMagnitude: 6 });
    await expect(attach({ minWeightMagnitude: 1 })).rejects.toThrow('Invalid transaction hash');
  });

  test('answers no trytes when it is interrupted', async () => {
    const running = attach({ trytes: Array.from({ length: 20 }, () => trytes()[0]) });
    await ask('interruptAttachingToTangle');
    expect(await running).toEqual({ trytes: [] });
  });
});

describe('storeTransactions', () => {
  test('refuses bad proof of work, stores nothing, tells why beside IRI’s text', async () => {
    const strict = createNode({ minWeightMagnitude: 3 });
    const weigh = (trytes: string) => weightMagnitude(hashOfTransaction(trytes));
    let [bad] = empty().map((transaction) =>
      encodeTransaction({ ...transaction, nonce: '9'.repeat(27) }),
    );
    while (weigh(bad!) >= 3) bad = bad!.slice(0, -1) + 'A';
    const good = attachNonce(bad!, 3);
    const store = (trytes: unknown[]) => strict.handle({ command: 'storeTransactions', trytes });
    await expect(store([good, bad])).rejects.toMatchObject({
      code: 'transaction_invalid',
      message: 'Invalid trytes input',
      info: expect.stringContaining('Invalid transaction hash'),
    });
    const hashes = [hashOfTransaction(good)];
    const find = async () => (await strict.handle({ command: 'getTrytes', hashes })).trytes;
    expect(await find()).toEqual(['9'.repeat(2673)]);
    await store([good]);
    await store([good]);
    expect(await find()).toEqual([good]);
    const broadcast = strict.handle({ command: 'broadcastTransactions', trytes: [bad] });
    await expect(broadcast).rejects.toThrow('Invalid transaction hash');
  });
});

test('neighbours and missing transactions are answered emptily', async () => {
  expect(await ask('getNeighbors')).toEqual({ neighbors: [] });
  expect(await ask('addNeighbors', { uris: ['udp://a'] })).toEqual({ addedNeighbors: 0 });
  expect(await ask('removeNeighbors', { uris: [] })).toEqual({ removedNeighbors: 0 });
  expect(await ask('getMissingTransactions')).toEqual({ hashes: [] });
  await expect(ask('addNeighbors')).rejects.toThrow('Invalid parameters');
});
