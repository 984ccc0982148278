/**
 * What the coordinator needs of an IRI-compatible node. `NODE_URL=… npm run test:node` asks that node
 * (`NODE_MAGNITUDE`, 14 if not given, is its minimum weight magnitude); without it a dev node is asked.
 * It sends one bundle and one promotion, both without value, and needs no money.
 */
import { randomBytes } from 'node:crypto';
import {
  assembleBundle,
  attachBundleSync,
  bundleHash,
  decodeTransaction,
  encodeTransaction,
  findBundleFault,
  hashOfTransaction,
  NULL_TAG,
} from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createIotaNode } from '../../../packages/programs/coordinator/src/nodes/iota-node.ts';
import type { NodeClient } from '../../../packages/programs/coordinator/src/nodes/node-client.ts';
import { createNodeQuorum } from '../../../packages/programs/coordinator/src/nodes/node-quorum.ts';
import { serveNode } from '../../../packages/programs/coordinator/test/world.ts';

const { NODE_URL, NODE_MAGNITUDE = '14' } = process.env;
/** Proof of work at magnitude 14 takes seconds, a busy node as long again. */
const TIMEOUT_MS = 120_000;

let node: NodeClient;
let close = async (): Promise<void> => undefined;

beforeAll(async () => {
  let url = NODE_URL;
  if (url === undefined) {
    const served = await serveNode();
    close = served.close;
    url = served.url;
  }
  const minWeightMagnitude = NODE_URL === undefined ? 1 : Number(NODE_MAGNITUDE);
  const proofOfWork = {
    attach: async (
      trytes: readonly string[],
      attachment: Parameters<typeof attachBundleSync>[1],
    ): Promise<string[]> => {
      const attached = attachBundleSync(trytes.map(decodeTransaction), attachment);
      return attached.map((each) => each.trytes).reverse();
    },
  };
  const nodes = [createIotaNode({ url, minWeightMagnitude, depth: 3, proofOfWork })];
  node = createNodeQuorum({ nodes, now: () => Date.now(), log: () => undefined });
});
afterAll(() => close());

/** Trytes of random letters, so that nobody has seen them; the last one is 9. */
function fresh(length: number): string {
  const letters = [...randomBytes(length - 1)].map((byte) => String.fromCharCode(65 + (byte % 26)));
  return `${letters.join('')}9`;
}

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
  TIMEOUT_MS,
);

test(
  'a thousand fresh addresses hold nothing, are not spent, and have no transactions',
  async () => {
    const addresses = Array.from({ length: 1000 }, () => fresh(81));
    expect(await node.balances(addresses)).toEqual(addresses.map(() => 0n));
    expect(await node.spentStates(addresses)).toEqual(addresses.map(() => false));
    expect(await node.findByAddresses(addresses)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'an unknown transaction has no trytes and is not confirmed',
  async () => {
    const hash = fresh(81);
    expect(await node.trytes([hash])).toEqual(['9'.repeat(2673)]);
    expect(await node.inclusionStates([hash])).toEqual([false]);
  },
  TIMEOUT_MS,
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
  TIMEOUT_MS,
);
