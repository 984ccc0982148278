/**
 * The IRI-compatible node that `NODE_URL` names, for the suites that reach a network. `NODE_MAGNITUDE`
 * is its minimum weight magnitude (14 if not given); `NODE_SEED_FILE` names a file with the seed of a wallet
 * there whose money the scenarios may use up: 10,000 i of test money are plenty.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  attachBundleSync,
  decodeTransaction,
  encodeTransaction,
  withChecksum,
} from '@airlock/protocol';
import core from '@iota/core';
import {
  createIotaNode,
  type IotaNode,
} from '../../../packages/programs/coordinator/src/nodes/iota-node.ts';

const { NODE_URL, NODE_MAGNITUDE = '14', NODE_SEED_FILE } = process.env;

/** Proof of work at magnitude 14 takes seconds, a busy node as long again. */
export const CALL_TIMEOUT_MS = 120_000;

/** Null if the suites are to bring a dev node of their own. */
export const NODE_UNDER_TEST: string | null = NODE_URL ?? null;

export const MAGNITUDE: number = NODE_UNDER_TEST === null ? 1 : Number(NODE_MAGNITUDE);

/** Trytes of random letters, so that nobody has seen them; the last one is 9. */
export function fresh(length: number): string {
  const letters = [...randomBytes(length - 1)].map((byte) => String.fromCharCode(65 + (byte % 26)));
  return `${letters.join('')}9`;
}

/** A node that is asked for tips alone: public ones refuse to do proof of work. */
export function createSearchingNode(url: string): IotaNode {
  const proofOfWork = {
    attach: async (
      trytes: readonly string[],
      attachment: Parameters<typeof attachBundleSync>[1],
    ): Promise<string[]> => {
      const attached = attachBundleSync(trytes.map(decodeTransaction), attachment);
      return attached.map((each) => each.trytes).reverse();
    },
  };
  return createIotaNode({ url, minWeightMagnitude: MAGNITUDE, proofOfWork });
}

/** Money of a wallet's seed, paid out by `@iota/core`. */
export interface Purse {
  /** Sends a payment; the one before must be confirmed, since its rest is what pays this one. */
  readonly pay: (payment: { readonly address: string; readonly amount: bigint }) => Promise<void>;
}

/** What is used of `@iota/core`. */
interface Wallet {
  readonly prepareTransfers: (
    seed: string,
    transfers: { address: string; value: number; message: string; tag: string }[],
  ) => PromiseLike<readonly string[]>;
}

/** The purse of NODE_SEED_FILE; null if no file is named. Two at a time would spend the same money. */
export function openPurse(): Purse | null {
  if (NODE_UNDER_TEST === null || NODE_SEED_FILE === undefined) return null;
  const seed = readFileSync(NODE_SEED_FILE, 'utf8').trim();
  if (!/^[9A-Z]{81}$/.test(seed)) throw new Error('NODE_SEED_FILE: expected a seed of 81 trytes');
  const wallet: Wallet = core.composeAPI({ provider: NODE_UNDER_TEST });
  const node = createSearchingNode(NODE_UNDER_TEST);
  return {
    pay: async ({ address, amount }) => {
      const transfer = {
        address: withChecksum(address),
        value: Number(amount),
        message: '',
        tag: '',
      };
      const prepared = await wallet.prepareTransfers(seed, [transfer]);
      const byIndex = prepared
        .map(decodeTransaction)
        .sort((a, b) => a.currentIndex - b.currentIndex);
      await node.broadcast(await node.attach(byIndex.map(encodeTransaction)));
    },
  };
}
