/** The IOTA network as rounds and rules need it, and the health of the nodes behind it. */
import { TRANSACTION_TRYTES } from '@airlock/protocol';
import { CoordinatorError } from '../error.ts';

/** What stands for a transaction that is nowhere to be found. */
export const ABSENT_TRYTES: string = '9'.repeat(TRANSACTION_TRYTES);

/**
 * More was found than a node gives at once, whoever has put it there: nothing is wrong with the node, and
 * the same question about fewer addresses or bundles may be answered.
 */
export class TooManyFound extends CoordinatorError {
  constructor() {
    super('node_unavailable', 'findTransactions: there are more than a node gives at once', {
      next: 'repeat the call when the nodes have pruned old transactions',
    });
  }
}

/**
 * ok: votes. disagrees: votes, and was outvoted lately. lagging: behind the others, or without all of
 * its latest milestone, does not vote. failing: did not answer, is asked again after a pause.
 */
export type NodeState = 'ok' | 'failing' | 'lagging' | 'disagrees' | 'unknown';

export interface NodeHealth {
  /** The node's URL without name, password, path and query. */
  readonly name: string;
  readonly state: NodeState;
  /** Since when it has been in this state (Unix milliseconds). */
  readonly since: number;
  /** Why, for people; nothing secret. */
  readonly detail: string;
  /** Index of the latest solid milestone that it reported; null before the first report. */
  readonly milestone: number | null;
}

/** Calls throw CoordinatorError node_unavailable, which names each node at fault, if too few answer. */
export interface NodeClient {
  /** How many nodes must agree, at least 1. */
  readonly quorum: number;
  /** Whether enough nodes have seen everything up to a recent milestone. */
  readonly isSynced: () => Promise<boolean>;
  /** Null: the nodes do not agree on this one now. */
  readonly balances: (addresses: readonly string[]) => Promise<(bigint | null)[]>;
  /** Null: the nodes do not agree on this one now. */
  readonly spentStates: (addresses: readonly string[]) => Promise<(boolean | null)[]>;
  /** Whatever any node has; a hash says nothing before its trytes are read. @throws TooManyFound */
  readonly findByAddresses: (addresses: readonly string[]) => Promise<string[]>;
  /** Transactions of any of these bundles, whatever any node has. @throws TooManyFound */
  readonly findByBundles: (bundles: readonly string[]) => Promise<string[]>;
  /** The transaction of each hash, checked to be that; all 9s where no node has it. */
  readonly trytes: (hashes: readonly string[]) => Promise<string[]>;
  /** True only where the nodes agree that it is confirmed. */
  readonly inclusionStates: (tails: readonly string[]) => Promise<boolean[]>;
  /** True only where the nodes agree that all of these can be confirmed together. */
  readonly isConsistent: (tails: readonly string[]) => Promise<boolean>;
  /**
   * Proof of work on a bundle: trytes in the order of their index, attached and in that order, by the
   * first node that does it. With a reference (a tail's hash), what is attached approves that too.
   */
  readonly attach: (trytes: readonly string[], reference?: string) => Promise<string[]>;
  /** Stores at all nodes and tells their neighbours; one that takes it is enough. */
  readonly broadcast: (trytes: readonly string[]) => Promise<void>;
  /** Has a consistent tail approved by one new transaction without value, so that it confirms sooner. */
  readonly promote: (tail: string) => Promise<void>;
  /** In the order in which the nodes were given; as far as known, without asking them. */
  readonly health: () => readonly NodeHealth[];
}
