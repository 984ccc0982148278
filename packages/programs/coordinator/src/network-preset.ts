/** What follows from the network that a coordinator runs on, unless it is told otherwise. */
import type { Network } from '@airlock/protocol';

export interface NetworkPreset {
  /** Minimum weight magnitude: zero trits that a transaction's hash must end in. */
  readonly magnitude: number;
  /** Pause between rounds. */
  readonly roundMs: number;
}

export const NETWORK_PRESETS: Readonly<Record<Network, NetworkPreset>> = {
  mainnet: { magnitude: 14, roundMs: 30_000 },
  devnet: { magnitude: 9, roundMs: 10_000 },
  private: { magnitude: 5, roundMs: 1_000 },
};
