/** What the coordinator's parts share: ledger, store, node, pools, identity, clock and randomness. */
import { createIdentity, type Identity } from '@airlock/gap';
import type { Network } from '@airlock/protocol';
import { CoordinatorError } from './error.ts';
import { EventStreams } from './events/event-streams.ts';
import { Ledger } from './ledger/ledger.ts';
import type { NodeClient } from './nodes/node-client.ts';
import { Pools } from './pools.ts';
import type { Settings } from './settings.ts';
import { keyOf, type Store } from './store/store.ts';
import type { Timers } from './timers.ts';
import { purgeErased } from './vault.ts';
import type { WebhookSender } from './webhooks/http-sender.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** A deposit that the node shows but no milestone has confirmed. */
export interface DetectedDeposit {
  readonly userId: string;
  readonly address: string;
  readonly amount: bigint;
  readonly bundle: string;
  readonly index: number;
}

export interface Effects {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly timers: Timers;
  readonly log: (line: string) => void;
}

export interface Coordinator extends Effects {
  readonly network: Network;
  readonly settings: Settings;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly node: NodeClient;
  readonly pools: Pools;
  readonly identity: Identity;
  /** By bundle and index; in memory only, since nothing of it is money yet. */
  readonly detected: Map<string, DetectedDeposit>;
  readonly streams: EventStreams;
  readonly webhooks: Webhooks;
}

/**
 * 4: cold storage: custody of addresses, purpose of keyrings, cold orders. 5: what a withdrawal replaces.
 */
const STORE_VERSION = '5';

/** Checks or sets what the store says of itself, and gives the coordinator's identity key. */
async function openMeta(
  store: Store,
  network: Network,
  random: Effects['random'],
): Promise<string> {
  const version = store.get(keyOf('meta', 'version'));
  const stored = store.get(keyOf('meta', 'network'));
  const key = store.get(keyOf('meta', 'identity'));
  if (version === null) {
    const fresh = Buffer.from(random(32)).toString('hex');
    await store.batch([
      { type: 'put', key: keyOf('meta', 'version'), value: STORE_VERSION },
      { type: 'put', key: keyOf('meta', 'network'), value: network },
      { type: 'put', key: keyOf('meta', 'identity'), value: fresh },
    ]);
    return fresh;
  }
  if (version !== STORE_VERSION) {
    const message = `expected a store of version ${STORE_VERSION}, got version ${version}`;
    throw new CoordinatorError('store_damaged', message, {
      next: 'start the coordinator version that wrote it',
    });
  }
  if (key === null) {
    throw new CoordinatorError('store_damaged', 'the store has lost its identity key', {
      next: 'keep the data folder as it is, and restore a backup elsewhere',
    });
  }
  if (stored !== network) {
    throw new CoordinatorError('wrong_network', `the store belongs to network ${stored}`, {
      next: `start with --network ${stored}, or give another --data folder`,
    });
  }
  return key;
}

/** Opens a store as a coordinator of a network. Webhooks are delivered once they are started. */
export async function openCoordinator({
  send,
  ...parts
}: Effects &
  Pick<Coordinator, 'network' | 'settings' | 'store' | 'node'> & {
    /** Posts webhooks. */
    readonly send: WebhookSender;
  }): Promise<Coordinator> {
  const key = await openMeta(parts.store, parts.network, parts.random);
  await purgeErased(parts.store);
  const ledger = await Ledger.open(parts.store, parts.now);
  return {
    ...parts,
    ledger,
    pools: new Pools(ledger.state),
    identity: createIdentity(new Uint8Array(Buffer.from(key, 'hex'))),
    detected: new Map(),
    streams: new EventStreams({ ...parts, ledger }),
    webhooks: await Webhooks.open({ ...parts, ledger, send }),
  };
}
