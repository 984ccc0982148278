/**
 * What the coordinator needs of an IRI-compatible node: of NODE_URL, else of a dev node. It sends one bundle and one promotion, both without value, and needs no money.
 */
import {
  assembleBundle,
  bundleHash,
  decodeTransaction,
  encodeTransaction,
  findBundleFault,
  hashOfTransaction,
  NULL_TAG,
} from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { NodeClient } from '../../../packages/programs/coordinator/src/nodes/node-client.ts';
import { createNodeQuorum } from '../../../packages/programs/coordinator/src/nodes/node-quorum.ts';
import { serveNode } from '../../../packages/programs/coordinator/test/world.ts';
import { CALL_TIMEOUT_MS, createSearchingNode, fresh, NODE_UNDER_TEST } from './node-under-test.ts';

let node: NodeClient;
let close = async (): Promise<void> => undefined;

beforeAll(async () => {
  let url = NODE_UNDER_TEST;
  if (url === null) {
    const served = await serveNode();
    close = served.close;
    url = served.url;
  }
  const nodes = [createSearchingNode(url)];
  node = createNodeQuorum({ nodes, now: () => Date.now(), log: () => undefined });
});
afterAll(() => close());

/** A bundle of two transactions without value. */
function messages(): { readonly bundle: string; readonly trytes: readonly string[] } {
  const timestamp = Math.floor(Date.now() / 1000);
  const common = { value: 0n, obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp };
  const slots = [fresh(81), fresh(81)].map((address) => ({ ...common, address }));
  const bundle = bundleHash(slots);
  const transactions = assembleBundle({ slots, hash: bundle, fragments: new Map() });
  return { bundle, trytes: transactions.map(encodeTransaction) };
}

test(
  'it says whether it is in sync, and is named as well',
  async () => {
    expect(typeof (await node.isSynced())).toBe('boolean');
    expect(node.health()).toHaveLength(1);
  },
  CALL_TIMEOUT_MS,
);

test(
  'a thousand fresh addresses hold nothing, are not spent, and have no transactions',
  async () => {
    const addresses = Array.from({ length: 1000 }, () => fresh(81));
    expect(await node.balances(addresses)).toEqual(addresses.map(() => 0n));
    expect(await node.spentStates(addresses)).toEqual(addresses.map(() => false));
    expect(await node.findByAddresses(addresses)).toEqual([]);
  },
  CALL_TIMEOUT_MS,
);

test(
  'an unknown transaction has no trytes and is not confirmed',
  async () => {
    const hash = fresh(81);
    expect(await node.trytes([hash])).toEqual(['9'.repeat(2673)]);
    expect(await node.inclusionStates([hash])).toEqual([false]);
  },
  CALL_TIMEOUT_MS,
);

test(
  'a bundle that is attached and sent is found whole, is consistent, and can be promoted',
  async () => {
    const { bundle, trytes } = messages();
    const attached = await node.attach(trytes);
    await node.broadcast(attached);
    const hashes = attached.map(hashOfTransaction);
    expect([...(await node.findByBundles([bundle]))].sort()).toEqual([...hashes].sort());
    const found = await node.trytes(hashes);
    expect(findBundleFault(found.map(decodeTransaction))).toBeNull();
    const [tail] = hashes as [string];
    expect(await node.isConsistent([tail])).toBe(true);
    await node.promote(tail);
  },
  CALL_TIMEOUT_MS,
);
