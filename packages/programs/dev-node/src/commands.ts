/** IRI's commands, each from a request to its answer's fields, with IRI's rules and messages. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Attachment,
  attachBundle,
  attachNonce,
  decodeTransaction,
  type NonceFinder,
  TRANSACTION_TRYTES,
  type Transaction,
} from '@airlock/protocol';
import { DevNodeError } from './error.ts';
import { createCone } from './ledger.ts';
import {
  DEPTH_MAX,
  FIND_TRANSACTIONS_MAX,
  GET_TRYTES_MAX,
  MIN_WEIGHT_MAGNITUDE_MAX,
} from './limits.ts';
import { COORDINATOR_ADDRESS } from './milestones.ts';
import type { NodeCore } from './node-core.ts';
import {
  hasParameter,
  parseAddresses,
  parseHash,
  parseInteger,
  parseList,
  parsePayment,
  parseSearch,
  type Request,
} from './parameters.ts';
import type { StoredTransaction } from './tangle.ts';
import { selectTips } from './tip-selection.ts';
import { parseTransaction } from './transaction-rules.ts';

export type Answer = Record<string, unknown>;
type Command = (core: NodeCore, request: Request) => Answer | Promise<Answer>;

export const APP_NAME = 'Airlock dev node';
export const APP_VERSION = '0.1.0';
const OVER_MAX = 'Could not complete request';
const HASH_TRYTES = 81;
const EMPTY_TRYTES = '9'.repeat(TRANSACTION_TRYTES);

const getNodeInfo: Command = ({ tangle, milestone, now }) => ({
  appName: APP_NAME,
  appVersion: APP_VERSION,
  jreAvailableProcessors: 1,
  jreFreeMemory: 0,
  jreMaxMemory: 0,
  jreTotalMemory: 0,
  jreVersion: '0',
  latestMilestone: milestone().hash,
  latestMilestoneIndex: milestone().index,
  latestSolidSubtangleMilestone: milestone().hash,
  latestSolidSubtangleMilestoneIndex: milestone().index,
  milestoneStartIndex: 0,
  lastSnapshottedMilestoneIndex: 0,
  neighbors: 0,
  packetsQueueSize: 0,
  time: now(),
  tips: tangle.tips().length,
  transactionsToRequest: tangle.missing().length,
  features: ['RemotePOW', 'addressSpentFrom'],
  coordinatorAddress: COORDINATOR_ADDRESS,
});

const SEARCHES = { bundles: 'bundle', addresses: 'address' } as const;

/** All transactions of one field's values; tags are looked for in the obsolete tag if need be. */
function search(core: NodeCore, name: string, values: ReadonlySet<string>): StoredTransaction[] {
  const find = (lookup: 'bundle' | 'address' | 'tag' | 'obsoleteTag'): StoredTransaction[] =>
    [...values].flatMap((value) => core.tangle.find(lookup, value));
  if (name === 'approvees') return [...values].flatMap((value) => core.tangle.approvers(value));
  if (name === 'bundles' || name === 'addresses') return find(SEARCHES[name]);
  const tagged = find('tag');
  return tagged.length > 0 ? tagged : find('obsoleteTag');
}

const findTransactions: Command = (core, request) => {
  const names = ['bundles', 'addresses', 'tags', 'approvees'].filter((name) =>
    hasParameter(request, name),
  );
  const sets = names.map((name) => new Set(search(core, name, parseSearch(request, name))));
  const [first, ...others] = sets;
  if (first === undefined) throw new DevNodeError('parameter_missing', 'Invalid parameters');
  const found = [...first]
    .filter((stored) => others.every((set) => set.has(stored)))
    .sort((left, right) => left.order - right.order);
  if (found.length > FIND_TRANSACTIONS_MAX) throw new DevNodeError('tangle_refused', OVER_MAX);
  return { hashes: found.map(({ hash }) => hash) };
};

const getTrytes: Command = ({ tangle }, request) => {
  const hashes = parseList(request, 'hashes', HASH_TRYTES);
  if (hashes.length > GET_TRYTES_MAX) throw new DevNodeError('tangle_refused', OVER_MAX);
  return { trytes: hashes.map((hash) => tangle.get(hash)?.trytes ?? EMPTY_TRYTES) };
};

const getInclusionStates: Command = ({ tangle, milestone }, request) => {
  const hashes = parseList(request, 'transactions', HASH_TRYTES);
  const tips = hasParameter(request, 'tips') ? parseList(request, 'tips', HASH_TRYTES) : [];
  const confirmedAt = (hash: string): number => tangle.get(hash)?.confirmedAt ?? 0;
  const latest = milestone();
  if (tips.every((tip) => tip === latest.hash)) {
    return { states: hashes.map((hash) => confirmedAt(hash) > 0) };
  }
  if (!tips.every((tip) => tangle.get(tip) !== undefined)) {
    throw new DevNodeError('tangle_refused', 'One of the tips is absent');
  }
  const found = tangle.findInPastCone(tips, new Set(hashes));
  return { states: hashes.map((hash) => found.has(hash)) };
};

const getBalances: Command = ({ tangle, ledger, milestone }, request) => {
  const addresses = parseAddresses(request);
  const tips = hasParameter(request, 'tips') ? parseList(request, 'tips', HASH_TRYTES) : [];
  if (hasParameter(request, 'threshold')) {
    const { threshold } = request;
    if (typeof threshold !== 'number' || !(threshold > 0 && threshold <= 100)) {
      throw new DevNodeError('parameter_invalid', "Illegal 'threshold'");
    }
  }
  const cone = createCone();
  for (const tip of tips) {
    if (!tangle.has(tip)) throw new DevNodeError('tangle_refused', `Tip not found: ${tip}`);
    if (ledger.extend(cone, tip) !== null) {
      throw new DevNodeError('tangle_refused', 'Tips are not consistent');
    }
  }
  return {
    balances: addresses.map((address) => ledger.balanceOf(address, cone).toString()),
    references: tips.length > 0 ? tips : [milestone().hash],
    milestoneIndex: milestone().index,
  };
};

const wereAddressesSpentFrom: Command = ({ bundles }, request) => ({
  states: parseAddresses(request).map((address) => bundles.isSpentFrom(address)),
});

const INCONSISTENT =
  'tails are not consistent (would lead to inconsistent ledger state or below max depth)';

const checkConsistency: Command = ({ tangle, bundles, ledger }, request) => {
  const tails = parseList(request, 'tails', HASH_TRYTES);
  for (const hash of tails) {
    const tail = tangle.get(hash);
    if (tail === undefined) {
      throw new DevNodeError('tangle_refused', `Invalid transaction, missing: ${hash}`);
    }
    if (tail.transaction.currentIndex !== 0) {
      throw new DevNodeError('tangle_refused', `Invalid transaction, not a tail: ${hash}`);
    }
    if (!tail.solid) {
      return { state: false, info: `tails are not solid (missing a referenced tx): ${hash}` };
    }
    if (bundles.inspect(tail).kind !== 'valid') {
      return { state: false, info: `tails are not consistent (bundle is invalid): ${hash}` };
    }
  }
  const cone = createCone();
  const isConsistent = tails.every((hash) => ledger.extend(cone, hash) === null);
  return { state: isConsistent, info: isConsistent ? '' : INCONSISTENT };
};

const getTransactionsToApprove: Command = (core, request) => {
  parseInteger(request, 'depth', { min: 0, max: DEPTH_MAX });
  const reference = hasParameter(request, 'reference')
    ? parseHash(request, 'reference')
    : undefined;
  const { trunk, branch } = selectTips(core, { milestone: core.milestone().hash, reference });
  return { trunkTransaction: trunk, branchTransaction: branch };
};

/** Ends an attachment between two of its transactions. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Refuses what could not be stored afterwards; IRI answers [] when it was interrupted. */
const attachToTangle: Command = async (core, request) => {
  const attachment: Attachment = {
    trunk: parseHash(request, 'trunkTransaction'),
    branch: parseHash(request, 'branchTransaction'),
    minWeightMagnitude: parseInteger(request, 'minWeightMagnitude', {
      min: 1,
      max: MIN_WEIGHT_MAGNITUDE_MAX,
    }),
    now: () => core.now(),
  };
  // They come with the last one first.
  const transactions = parseList(request, 'trytes', TRANSACTION_TRYTES)
    .map(decodeUnattached)
    .reverse();
  const interruptions = core.interruptions();
  const findNonce: NonceFinder = async (trytes, minWeightMagnitude) => {
    // Proof of work holds the process; in between, other requests get their turn.
    await nextTurn();
    if (core.interruptions() !== interruptions) throw new Interrupted();
    const made = attachNonce(trytes, minWeightMagnitude);
    parseTransaction(made, { minWeightMagnitude: core.minWeightMagnitude, now: core.now() });
    return made;
  };
  try {
    const attached = await attachBundle(transactions, attachment, findNonce);
    return { trytes: attached.map(({ trytes }) => trytes).reverse() };
  } catch (cause) {
    if (cause instanceof Interrupted) return { trytes: [] };
    throw cause;
  }
};

function decodeUnattached(trytes: string): Transaction {
  try {
    return decodeTransaction(trytes);
  } catch (cause) {
    throw new DevNodeError('transaction_invalid', 'Invalid transaction value', { cause });
  }
}

/** All or none; a transaction known already is no fault. */
function store(core: NodeCore, request: Request): void {
  const trytes = parseList(request, 'trytes', TRANSACTION_TRYTES);
  const rules = { minWeightMagnitude: core.minWeightMagnitude, now: core.now() };
  core.record({ transactions: trytes.map((text) => parseTransaction(text, rules)) });
}

const storeTransactions: Command = (core, request) => {
  try {
    store(core, request);
  } catch (error) {
    if (!(error instanceof DevNodeError) || error.code !== 'transaction_invalid') throw error;
    // IRI tells storeTransactions' clients no more than this.
    const info = `${error.message} (${error.info ?? ''})`;
    throw new DevNodeError('transaction_invalid', 'Invalid trytes input', { info, cause: error });
  }
  return {};
};

/** Where IRI hands transactions to its neighbours, who hand them back, this node stores them. */
const broadcastTransactions: Command = (core, request) => {
  store(core, request);
  return {};
};

const faucet: Command = (core, request) => ({ ...core.pay(parsePayment(request)) });

export const COMMANDS: Readonly<Record<string, Command>> = {
  getNodeInfo,
  getTips: ({ tangle }) => ({ hashes: tangle.tips() }),
  findTransactions,
  getTrytes,
  getInclusionStates,
  getBalances,
  wereAddressesSpentFrom,
  checkConsistency,
  getTransactionsToApprove,
  attachToTangle,
  interruptAttachingToTangle: ({ interrupt }) => {
    interrupt();
    return {};
  },
  storeTransactions,
  broadcastTransactions,
  getNeighbors: () => ({ neighbors: [] }),
  addNeighbors: (_, request) => {
    parseList(request, 'uris', null);
    return { addedNeighbors: 0 };
  },
  removeNeighbors: (_, request) => {
    parseList(request, 'uris', null);
    return { removedNeighbors: 0 };
  },
  getMissingTransactions: ({ tangle }) => ({ hashes: tangle.missing() }),
  faucet,
};
