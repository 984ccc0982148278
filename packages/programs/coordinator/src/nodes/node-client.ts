/** The IOTA network as rounds and rules need it, whatever stands behind. */

export interface NodeClient {
  /** Whether the node has seen everything up to a recent milestone. */
  readonly isSynced: () => Promise<boolean>;
  readonly balances: (addresses: readonly string[]) => Promise<bigint[]>;
  readonly spentStates: (addresses: readonly string[]) => Promise<boolean[]>;
  readonly findByAddresses: (addresses: readonly string[]) => Promise<string[]>;
  /** Transactions of any of these bundles. */
  readonly findByBundles: (bundles: readonly string[]) => Promise<string[]>;
  readonly trytes: (hashes: readonly string[]) => Promise<string[]>;
  readonly inclusionStates: (tails: readonly string[]) => Promise<boolean[]>;
  readonly isConsistent: (tails: readonly string[]) => Promise<boolean>;
  /** Proof of work on a bundle: trytes in the order of their index, attached and in that order. */
  readonly attach: (trytes: readonly string[]) => Promise<string[]>;
  readonly broadcast: (trytes: readonly string[]) => Promise<void>;
}
