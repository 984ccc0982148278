/**
 * One IOTA node over `@iota/core`. Every reply is checked before it is used: a node may be wrong, or
 * lie.
 */
import { decodeTransaction, isTrytes, TRANSACTION_TRYTES } from '@airlock/protocol';
import core from '@iota/core';
import { CoordinatorError } from '../error.ts';
import type { NodeClient } from './node-client.ts';

export interface NodeSettings {
  readonly url: string;
  readonly minWeightMagnitude: number;
  readonly depth: number;
}

/** What is used of `@iota/core`; its own types need a promise library's that is not installed. */
interface IotaApi {
  readonly getNodeInfo: () => PromiseLike<{
    readonly latestMilestoneIndex: number;
    readonly latestSolidSubtangleMilestoneIndex: number;
  }>;
  readonly getBalances: (addresses: string[]) => PromiseLike<{ readonly balances: unknown }>;
  /** The library's own wereAddressesSpentFrom writes a warning to the console each time. */
  readonly sendCommand: (command: {
    readonly command: 'wereAddressesSpentFrom';
    readonly addresses: string[];
  }) => PromiseLike<{ readonly states: unknown }>;
  readonly findTransactions: (query: {
    readonly addresses?: string[];
    readonly bundles?: string[];
  }) => PromiseLike<unknown>;
  readonly getTrytes: (hashes: string[]) => PromiseLike<unknown>;
  readonly getInclusionStates: (hashes: string[]) => PromiseLike<unknown>;
  readonly checkConsistency: (tails: string[]) => PromiseLike<boolean>;
  readonly getTransactionsToApprove: (depth: number) => PromiseLike<{
    readonly trunkTransaction: string;
    readonly branchTransaction: string;
  }>;
  /** Proof of work: trunk, branch, minimum weight magnitude, trytes last index first. */
  readonly attachToTangle: (...args: [string, string, number, string[]]) => PromiseLike<unknown>;
  readonly storeTransactions: (trytes: string[]) => PromiseLike<unknown>;
  readonly broadcastTransactions: (trytes: string[]) => PromiseLike<unknown>;
}

/** Items of one call: IRI's default `MAX_REQUESTS_LIST` is 1,000. */
const CALL_ITEMS_MAX = 500;
const CALL_TIMEOUT_MS = 30_000;
/** Proof of work of one transaction at magnitude 14 on a busy node. */
const ATTACH_TIMEOUT_MS = 120_000;

function unavailable(what: string, cause?: unknown): CoordinatorError {
  return new CoordinatorError('node_unavailable', `the IOTA node failed: ${what}`, {
    next: 'repeat the call in a while with the same Idempotency-Key; see /readyz',
    cause,
  });
}

/** A command's reply, or node_unavailable; never later than the timeout. */
async function ask<T>(
  what: string,
  call: PromiseLike<T>,
  timeoutMs: number = CALL_TIMEOUT_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable(`${what} took too long`)), timeoutMs);
  });
  try {
    return await Promise.race([call, late]);
  } catch (cause) {
    if (cause instanceof CoordinatorError) throw cause;
    throw unavailable(what, cause);
  } finally {
    clearTimeout(timer);
  }
}

function assertList(what: string, value: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw unavailable(`${what}: expected a list`);
  if (length !== undefined && value.length !== length) {
    throw unavailable(`${what}: expected ${length} items, got ${value.length}`);
  }
  return value;
}

function parseHashes(what: string, value: unknown): string[] {
  return assertList(what, value).map((hash) => {
    if (typeof hash !== 'string' || !isTrytes(hash, 81)) throw unavailable(`${what}: no hash`);
    return hash;
  });
}

function parseStates(what: string, value: unknown, length: number): boolean[] {
  return assertList(what, value, length).map((state) => {
    if (typeof state !== 'boolean') throw unavailable(`${what}: no boolean`);
    return state;
  });
}

function parseTransactions(what: string, value: unknown, length: number): string[] {
  return assertList(what, value, length).map((trytes) => {
    if (typeof trytes !== 'string' || !isTrytes(trytes, TRANSACTION_TRYTES)) {
      throw unavailable(`${what}: no transaction`);
    }
    return trytes;
  });
}

async function inChunks<T>(
  items: readonly string[],
  call: (chunk: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < items.length; at += CALL_ITEMS_MAX) {
    results.push(...(await call(items.slice(at, at + CALL_ITEMS_MAX))));
  }
  return results;
}

/** Amounts of iota stay below 2^53, so that the library's numbers are exact; anything else is refused. */
function parseBalances(value: unknown, length: number): bigint[] {
  return assertList('getBalances', value, length).map((balance) => {
    const text = String(balance);
    if (!/^\d{1,16}$/.test(text)) throw unavailable('getBalances: no amount');
    return BigInt(text);
  });
}

export function createNodeClient({ url, minWeightMagnitude, depth }: NodeSettings): NodeClient {
  const api = core.composeAPI({ provider: url }) as unknown as IotaApi;
  return {
    isSynced: async () => {
      const info = await ask('getNodeInfo', api.getNodeInfo());
      const { latestMilestoneIndex: latest, latestSolidSubtangleMilestoneIndex: solid } = info;
      if (!Number.isInteger(latest) || !Number.isInteger(solid)) {
        throw unavailable('getNodeInfo: no milestone indexes');
      }
      return latest === solid;
    },
    balances: (addresses) =>
      inChunks(addresses, async (chunk) => {
        const { balances } = await ask('getBalances', api.getBalances([...chunk]));
        return parseBalances(balances, chunk.length);
      }),
    spentStates: (addresses) =>
      inChunks(addresses, async (chunk) => {
        const command = 'wereAddressesSpentFrom';
        const reply = await ask(command, api.sendCommand({ command, addresses: [...chunk] }));
        return parseStates(command, reply.states, chunk.length);
      }),
    findByAddresses: (addresses) =>
      inChunks(addresses, async (chunk) => {
        const found = await ask(
          'findTransactions',
          api.findTransactions({ addresses: [...chunk] }),
        );
        return parseHashes('findTransactions', found);
      }),
    findByBundles: (bundles) =>
      inChunks(bundles, async (chunk) => {
        const found = await ask('findTransactions', api.findTransactions({ bundles: [...chunk] }));
        return parseHashes('findTransactions', found);
      }),
    trytes: (hashes) =>
      inChunks(hashes, async (chunk) => {
        const trytes = await ask('getTrytes', api.getTrytes([...chunk]));
        return parseTransactions('getTrytes', trytes, chunk.length);
      }),
    inclusionStates: (tails) =>
      inChunks(tails, async (chunk) => {
        const states = await ask('getInclusionStates', api.getInclusionStates([...chunk]));
        return parseStates('getInclusionStates', states, chunk.length);
      }),
    isConsistent: (tails) => ask('checkConsistency', api.checkConsistency([...tails])),
    attach: async (trytes) => {
      const tips = await ask('getTransactionsToApprove', api.getTransactionsToApprove(depth));
      const { trunkTransaction, branchTransaction } = tips;
      const attached = await ask(
        'attachToTangle',
        api.attachToTangle(
          trunkTransaction,
          branchTransaction,
          minWeightMagnitude,
          [...trytes].reverse(),
        ),
        trytes.length * ATTACH_TIMEOUT_MS,
      );
      // IRI answers in the reverse of the order that it was given; nothing here hangs on that.
      const indexOf = (text: string): number => decodeTransaction(text).currentIndex;
      return parseTransactions('attachToTangle', attached, trytes.length).sort(
        (a, b) => indexOf(a) - indexOf(b),
      );
    },
    broadcast: async (trytes) => {
      await ask('storeTransactions', api.storeTransactions([...trytes]));
      await ask('broadcastTransactions', api.broadcastTransactions([...trytes]));
    },
  };
}
