/**
 * The network that the scenarios' money moves on: a dev node with milestones by hand, or the node of
 * NODE_URL, where they come by themselves. Either way the coordinator reaches it through proxies that can be
 * told to misbehave.
 */
import {
  type Proxies,
  serveFaultyNetwork,
  serveProxies,
} from '../../../packages/programs/coordinator/test/faulty-node.ts';
import {
  createSearchingNode,
  NODE_UNDER_TEST,
  openPurse,
  type Purse,
} from '../node/node-under-test.ts';

export interface Network extends Proxies {
  readonly pay: (payment: { readonly address: string; readonly amount: bigint }) => Promise<void>;
  /** Confirms what is sent; elsewhere than on the dev node there is nothing to do but wait. */
  readonly milestone: () => void;
  readonly balanceOf: (address: string) => Promise<bigint>;
}

const PURSE: Purse | null = openPurse();

/** Whether there is money for the scenarios: a node that is not ours gives none. */
export const HAS_MONEY: boolean = NODE_UNDER_TEST === null || PURSE !== null;

/** Whether nothing is confirmed, and nobody lags, before a scenario says so. */
export const IS_DIRECTED: boolean = NODE_UNDER_TEST === null;

async function openDirected(count: number): Promise<Network> {
  const { devNode, nodes, close } = await serveFaultyNetwork(count);
  return {
    ...{ nodes, close },
    pay: async (payment) => void devNode.pay(payment),
    milestone: () => void devNode.issueMilestone(),
    balanceOf: async (address) => devNode.balanceOf(address),
  };
}

export async function openNetwork(count: number): Promise<Network> {
  if (NODE_UNDER_TEST === null) return openDirected(count);
  if (PURSE === null) throw new Error('NODE_SEED_FILE: expected the file of a seed with money');
  const node = createSearchingNode(NODE_UNDER_TEST);
  const proxies = await serveProxies(NODE_UNDER_TEST, count, () => {
    throw new Error('only the dev node can show the network as it was');
  });
  return {
    ...proxies,
    pay: PURSE.pay,
    milestone: () => undefined,
    balanceOf: async (address) => (await node.balances([address]))[0] ?? 0n,
  };
}
