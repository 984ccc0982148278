/**
 * Several IOTA nodes as one: what they say counts if a quorum of them says it, and what one of them can
 * do is done by the first that does it. With one node, that node's word is what counts.
 */
import { hashOfTransaction, NULL_HASH } from '@airlock/protocol';
import type { Effects } from '../coordinator.ts';
import type { IotaNode } from './iota-node.ts';
import type { NodeReport } from './milestones.ts';
import { ABSENT_TRYTES, type NodeClient } from './node-client.ts';
import { NodeMember } from './node-member.ts';
import {
  attempt,
  collect,
  createStandings,
  enough,
  faultOf,
  gather,
  type Panel,
  takeVote,
  tooFew,
  unavailable,
} from './poll.ts';
import { promotionTrytes } from './promotion.ts';

/** A network whose latest milestone is older than this stands still (IOTA Hub's rule). */
const MILESTONE_AGE_MS_MAX = 300_000;
const LAG_MILESTONES_MAX = 2;
export const NODES_MAX = 16;

export interface QuorumSettings extends Pick<Effects, 'now' | 'log'> {
  /** Each of another name; the first ones are asked first to attach. */
  readonly nodes: readonly IotaNode[];
  /** How many must agree, 1 to their number; the majority if not given. */
  readonly quorum?: number | undefined;
  /** Milestones that a node may be behind a quorum of the nodes and still vote; 2 if not given. */
  readonly lagMilestonesMax?: number | undefined;
}

/** The smallest number of nodes that is more than half of them. */
export function majorityOf(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

function createPanel({ nodes, quorum, lagMilestonesMax, now, log }: QuorumSettings): Panel {
  const panel = {
    members: nodes.map((node) => new NodeMember(node, { now, log })),
    quorum: quorum ?? majorityOf(nodes.length),
    lagMilestonesMax: lagMilestonesMax ?? LAG_MILESTONES_MAX,
  };
  if (nodes.length < 1 || nodes.length > NODES_MAX) {
    throw new RangeError(`expected 1 to ${NODES_MAX} nodes`);
  }
  // One node that is given twice would have two votes.
  if (new Set(nodes.map(({ name }) => name)).size < nodes.length) {
    throw new RangeError('expected each node once');
  }
  if (!Number.isInteger(panel.quorum) || panel.quorum < 1 || panel.quorum > nodes.length) {
    throw new RangeError(`expected a quorum of 1 to ${nodes.length}`);
  }
  if (!Number.isInteger(panel.lagMilestonesMax) || panel.lagMilestonesMax < 0) {
    throw new RangeError('expected a whole number of milestones from 0');
  }
  return panel;
}

/** Those whose word counts first, failing ones last. */
function inOrder({ members }: Panel): NodeMember[] {
  const rankOf = ({ isWell, isFailing }: NodeMember): number => (isWell ? 0 : isFailing ? 2 : 1);
  return [...members].sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * Whether a quorum of nodes is in step and their milestones are recent, as far as they tell. Nodes that
 * lag are looked at here again, and failing ones whose pause is over.
 */
function isSynced(panel: Panel, now: Effects['now']): Promise<boolean> {
  const { members, quorum } = panel;
  const standingsBy = createStandings(panel);
  const ask = async (node: IotaNode): Promise<{ report: NodeReport; issuedAt: number | null }> => {
    const report = await node.report();
    const isDated = members.length > 1 && report.solidHash !== null;
    return { report, issuedAt: isDated ? await node.issuedAt(report.solidHash) : null };
  };
  const asked = enough(panel, ({ isFailing, isDue }) => !isFailing || isDue);
  return gather(asked, { ask, isReport: true }, (answers, outstanding) => {
    const standings = standingsBy(answers, outstanding);
    let recent = 0;
    for (const [member, { issuedAt }] of answers) {
      const isAncient = issuedAt !== null && now() - issuedAt > MILESTONE_AGE_MS_MAX;
      member.dated(isAncient);
      if (!isAncient && standings.get(member) === 'in-step') recent += 1;
    }
    if (recent >= quorum) return true;
    if (outstanding > 0) return undefined;
    if (answers.size < quorum) throw tooFew(panel, answers.size);
    return false;
  });
}

/**
 * The transaction of each hash from the first node that has it. A hash proves its transaction; a node that
 * named a hash and then has no transaction of it made it up.
 */
async function fetchTrytes(panel: Panel, hashes: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  let answering = 0;
  for (const member of inOrder(panel)) {
    const missing = hashes.filter((hash) => !found.has(hash));
    if (missing.length === 0 || (member.isFailing && answering > 0)) break;
    const given = await attempt(member, { ask: (node) => node.trytes(missing) });
    if (given === undefined) continue;
    answering += 1;
    let wrong = 0;
    let invented = 0;
    for (const [index, trytes] of given.entries()) {
      const hash = missing[index];
      if (hash === undefined || hash === NULL_HASH) continue;
      if (trytes === ABSENT_TRYTES) invented += member.hasNamed(hash) ? 1 : 0;
      else if (hashOfTransaction(trytes) === hash) found.set(hash, trytes);
      else wrong += 1;
    }
    if (wrong > 0) member.compared(`getTrytes: ${wrong} of ${missing.length} are of other hashes`);
    if (invented > 0) {
      member.compared(`findTransactions: ${invented} hashes of which it has no transaction`);
    }
  }
  if (hashes.length > 0 && answering === 0) throw tooFew(panel, answering);
  return hashes.map((hash) => found.get(hash) ?? ABSENT_TRYTES);
}

/** By the first node that does it. One that cannot do proof of work may answer all else well. */
async function attach(
  panel: Panel,
  trytes: readonly string[],
  reference?: string,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { node } of inOrder(panel)) {
    try {
      return await node.attach(trytes, reference);
    } catch (thrown) {
      faults.push(`${node.name}: ${faultOf(thrown)}`);
    }
  }
  throw unavailable(panel, { what: 'no IOTA node attaches it', faults });
}

/** To all nodes at once; the others go on when the first one has taken it. */
async function broadcast(panel: Panel, trytes: readonly string[]): Promise<void> {
  try {
    await Promise.any(panel.members.map(({ node }) => node.broadcast(trytes)));
  } catch (thrown) {
    const { errors } = thrown as AggregateError;
    const faults = panel.members.map(
      ({ node }, index) => `${node.name}: ${faultOf(errors[index])}`,
    );
    throw unavailable(panel, { what: 'no IOTA node takes it', faults });
  }
}

/** @throws RangeError for settings out of range, and for two nodes of one name */
export function createNodeQuorum(settings: QuorumSettings): NodeClient {
  const panel = createPanel(settings);
  const { now } = settings;
  return {
    quorum: panel.quorum,
    isSynced: () => isSynced(panel, now),
    balances: (addresses) =>
      takeVote(panel, {
        command: 'getBalances',
        items: addresses.length,
        call: (node) => node.balances(addresses),
      }),
    spentStates: (addresses) =>
      takeVote(panel, {
        command: 'wereAddressesSpentFrom',
        items: addresses.length,
        call: (node) => node.spentStates(addresses),
      }),
    findByAddresses: (addresses) =>
      collect(panel, {
        items: addresses.length,
        call: (node) => node.findByAddresses(addresses),
      }),
    findByBundles: (bundles) =>
      collect(panel, { items: bundles.length, call: (node) => node.findByBundles(bundles) }),
    trytes: (hashes) => fetchTrytes(panel, hashes),
    inclusionStates: async (tails) => {
      const states = await takeVote(panel, {
        command: 'getInclusionStates',
        items: tails.length,
        call: (node) => node.inclusionStates(tails),
      });
      return states.map((state) => state === true);
    },
    isConsistent: async (tails) => {
      const [isConsistent] = await takeVote(panel, {
        command: 'checkConsistency',
        items: 1,
        call: async (node) => [await node.isConsistent(tails)],
      });
      return isConsistent === true;
    },
    attach: (trytes, reference) => attach(panel, trytes, reference),
    broadcast: (trytes) => broadcast(panel, trytes),
    promote: async (tail) => broadcast(panel, await attach(panel, [promotionTrytes(now())], tail)),
    health: () => panel.members.map(({ health }) => health),
  };
}
