/** Transactions and nodes that lie. */
import {
  decodeTransaction,
  encodeTransaction,
  hashOfTransaction,
  NULL_FRAGMENT,
  NULL_HASH,
  NULL_TAG,
  type Transaction,
} from '@airlock/protocol';
import type { NodeClient } from '../src/nodes/node-client.ts';

export function transactionOf(fields: Partial<Transaction>): Transaction {
  return {
    signatureMessageFragment: NULL_FRAGMENT,
    address: NULL_HASH,
    value: 0n,
    obsoleteTag: NULL_TAG,
    timestamp: 1_700_000_000,
    currentIndex: 0,
    lastIndex: 0,
    bundle: NULL_HASH,
    trunkTransaction: NULL_HASH,
    branchTransaction: NULL_HASH,
    tag: NULL_TAG,
    attachmentTimestamp: 1,
    attachmentTimestampLowerBound: 0,
    attachmentTimestampUpperBound: 1,
    nonce: NULL_TAG,
    ...fields,
  };
}

/** Transactions linked by trunk, as attached: trytes by hash, in the order of their index. */
export function linked(transactions: readonly Transaction[]): Map<string, string> {
  const made: [string, string][] = [];
  let trunkTransaction = NULL_HASH;
  for (const transaction of [...transactions].reverse()) {
    const trytes = encodeTransaction({ ...transaction, trunkTransaction });
    trunkTransaction = hashOfTransaction(trytes);
    made.unshift([trunkTransaction, trytes]);
  }
  return new Map(made);
}

/** A node that has these transactions beside its own and says that all of them are confirmed. */
export function lyingNode(node: NodeClient, lies: ReadonlyMap<string, string>): NodeClient {
  const among = async (
    hashes: Promise<string[]>,
    matches: (transaction: Transaction) => boolean,
  ): Promise<string[]> => {
    const extra = [...lies].filter(([, trytes]) => matches(decodeTransaction(trytes)));
    return [...(await hashes), ...extra.map(([hash]) => hash)];
  };
  const split = async <T>(
    hashes: readonly string[],
    ask: (honest: string[]) => Promise<T[]>,
    lie: (hash: string) => T,
  ): Promise<T[]> => {
    const honest = hashes.filter((hash) => !lies.has(hash));
    const answers = await ask(honest);
    return hashes.map((hash) => (lies.has(hash) ? lie(hash) : answers[honest.indexOf(hash)]!));
  };
  return {
    ...node,
    findByAddresses: (addresses) =>
      among(node.findByAddresses(addresses), ({ address }) => addresses.includes(address)),
    findByBundles: (bundles) =>
      among(node.findByBundles(bundles), (transaction) => bundles.includes(transaction.bundle)),
    trytes: (hashes) => split(hashes, node.trytes, (hash) => lies.get(hash)!),
    inclusionStates: (hashes) => split(hashes, node.inclusionStates, () => true),
  };
}
