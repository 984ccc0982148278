/** A node on a free port with @iota/core as its client, and bundles made by hand. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  addressOfSeed,
  assembleBundle,
  attachBundleSync,
  bundleHash,
  finalizeBundle,
  hashToBytes,
  NULL_TAG,
  type Slot,
  signatureToTrytes,
  signHash,
  type Transaction,
} from '@airlock/protocol';
import core from '@iota/core';
import { createApp } from '../src/app.ts';
import { createDevNode, type DevNode, type DevNodeOptions } from '../src/node.ts';

export const MWM = 2;
export const now = (): number => Date.now();

export function createNode(options: Partial<DevNodeOptions> = {}): DevNode {
  return createDevNode({ now, minWeightMagnitude: MWM, ...options });
}

export interface Served {
  readonly node: DevNode;
  readonly url: string;
  readonly iota: ReturnType<typeof core.composeAPI>;
  close(): Promise<void>;
}

export async function serve(node: DevNode): Promise<Served> {
  const server: Server = await new Promise((resolve) => {
    const listening = createApp(node).listen(0, '127.0.0.1', () => resolve(listening));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    node,
    url,
    iota: core.composeAPI({ provider: url }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A seed of 81 trytes that begins with `name`. */
export const seedOf = (name: string): string => name.padEnd(81, '9');
export const addressOf = (name: string): string => addressOfSeed(hashToBytes(seedOf(name)), 1);

/** A bundle from level 1 seeds' addresses; `spoil` may change what was signed. */
export function makeBundle(options: {
  readonly inputs?: readonly { readonly name: string; readonly value: bigint }[];
  readonly outputs: readonly { readonly address: string; readonly value: bigint }[];
  readonly tag?: string;
}): Transaction[] {
  const common = {
    obsoleteTag: options.tag ?? NULL_TAG,
    tag: NULL_TAG,
    timestamp: Math.floor(now() / 1000),
  };
  const inputs = options.inputs ?? [];
  const planned: Slot[] = [
    ...options.outputs.map((output) => ({ ...common, ...output })),
    ...inputs.map(({ name, value }) => ({ ...common, address: addressOf(name), value: -value })),
  ];
  // Only what is signed needs a hash without a 13, for which finalizeBundle changes a tag.
  const { slots, hash } =
    inputs.length > 0 ? finalizeBundle(planned) : { slots: planned, hash: bundleHash(planned) };
  const fragments = new Map(
    inputs.map(({ name }, index) => {
      const seed = hashToBytes(seedOf(name));
      const signature = signHash({ seed, bundleHash: hash, level: 1 });
      return [options.outputs.length + index, signatureToTrytes(signature)[0]!] as const;
    }),
  );
  return assembleBundle({ slots, hash, fragments });
}

/** Attaches to the node's tips or to given ones and stores; answers the tail's hash. */
export async function send(
  node: DevNode,
  transactions: readonly Transaction[],
  tips?: { readonly trunk: string; readonly branch: string },
): Promise<string> {
  const chosen = tips ?? (await tipsOf(node));
  const attached = attachBundleSync(transactions, { ...chosen, minWeightMagnitude: MWM, now });
  await node.handle({ command: 'storeTransactions', trytes: attached.map(({ trytes }) => trytes) });
  return attached.at(-1)!.hash;
}

export async function tipsOf(node: DevNode): Promise<{ trunk: string; branch: string }> {
  const tips = await node.handle({ command: 'getTransactionsToApprove', depth: 3 });
  return { trunk: String(tips.trunkTransaction), branch: String(tips.branchTransaction) };
}

export async function checkConsistency(
  node: DevNode,
  ...tails: string[]
): Promise<Record<string, unknown>> {
  return node.handle({ command: 'checkConsistency', tails });
}

/** The milestone alone as trunk and branch: unaffected by what else is pending. */
export function milestoneTips(node: DevNode): { trunk: string; branch: string } {
  const { hash } = node.latestMilestone();
  return { trunk: hash, branch: hash };
}
