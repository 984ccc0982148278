/**
 * One IOTA node over `@iota/core`. Every reply is checked before it is used: a node may be wrong, or
 * lie. What goes wrong is said without anything of the node's URL that may be a secret.
 */
import {
  decodeTransaction,
  hashOfTransaction,
  isTrytes,
  NULL_HASH,
  ProtocolError,
  SUPPLY,
  TRANSACTION_TRYTES,
  weightMagnitude,
} from '@airlock/protocol';
import core from '@iota/core';
import { CoordinatorError } from '../error.ts';
import type { ProofOfWork } from '../proof-of-work/proof-of-work.ts';
import type { NodeReport } from './milestones.ts';
import { ABSENT_TRYTES, TooManyFound } from './node-client.ts';
import { type NodeUrl, parseNodeUrl } from './node-url.ts';

/**
 * Each call throws CoordinatorError node_unavailable whose message is the fault, for people; searches
 * also TooManyFound.
 */
export interface IotaNode {
  /** What may be told of its URL. */
  readonly name: string;
  readonly report: () => Promise<NodeReport>;
  /** When a milestone was issued (Unix milliseconds); null if the node does not have it. */
  readonly issuedAt: (milestone: string) => Promise<number | null>;
  readonly balances: (addresses: readonly string[]) => Promise<bigint[]>;
  readonly spentStates: (addresses: readonly string[]) => Promise<boolean[]>;
  readonly findByAddresses: (addresses: readonly string[]) => Promise<string[]>;
  readonly findByBundles: (bundles: readonly string[]) => Promise<string[]>;
  /** As the node gives them, not compared with their hashes; all 9s where it does not have one. */
  readonly trytes: (hashes: readonly string[]) => Promise<string[]>;
  readonly inclusionStates: (tails: readonly string[]) => Promise<boolean[]>;
  /** False also for what the node does not have, or what is no tail. */
  readonly isConsistent: (tails: readonly string[]) => Promise<boolean>;
  readonly attach: (trytes: readonly string[], reference?: string) => Promise<string[]>;
  readonly broadcast: (trytes: readonly string[]) => Promise<void>;
}

/** Milestones that tip selection goes back: the depth of IRI's clients. */
const TIPS_DEPTH = 3;

export interface NodeSettings {
  readonly url: string;
  readonly minWeightMagnitude: number;
  /** Does the proof of work; without it the node is asked to, which public ones refuse. */
  readonly proofOfWork?: Pick<ProofOfWork, 'attach'> | undefined;
}

/** What is used of `@iota/core`; its own types need a promise library's that is not installed. */
interface IotaApi {
  readonly getNodeInfo: () => PromiseLike<{
    readonly latestMilestoneIndex: unknown;
    readonly latestSolidSubtangleMilestoneIndex: unknown;
    readonly latestSolidSubtangleMilestone?: unknown;
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
  readonly checkConsistency: (tails: string[]) => PromiseLike<unknown>;
  readonly getTransactionsToApprove: (
    depth: number,
    reference?: string,
  ) => PromiseLike<{ readonly trunkTransaction: unknown; readonly branchTransaction: unknown }>;
  /** Proof of work: trunk, branch, minimum weight magnitude, trytes last index first. */
  readonly attachToTangle: (...args: [string, string, number, string[]]) => PromiseLike<unknown>;
  readonly storeTransactions: (trytes: string[]) => PromiseLike<unknown>;
  readonly broadcastTransactions: (trytes: string[]) => PromiseLike<unknown>;
}

/** Addresses of one getBalances: IRI's default `MAX_REQUESTS_LIST`. */
const BALANCES_MAX = 1000;
/** Items of any other call, whose replies are longer. */
const CALL_ITEMS_MAX = 500;
/** Hashes found by one call: IRI's default `MAX_FIND_TRANSACTIONS`. */
const FOUND_MAX = 100_000;
/** Of an error that a node gives, this much is passed on. */
const FAULT_CHARACTERS_MAX = 100;
const CALL_TIMEOUT_MS = 30_000;
/** Proof of work of one transaction at magnitude 14 on a busy node. */
const ATTACH_TIMEOUT_MS = 120_000;
/** A transaction up to its bundle hash: what attaching leaves as it is. */
const LASTING_TRYTES = 2430;
/** What fetch says where there is no reply at all. */
const UNREACHED = 'fetch failed';
/** How the library passes on what a node gives as its error. */
const REFUSAL = 'Request error: ';
/** IRI's refusals of checkConsistency for transactions that it does not have, or that are no tails. */
const NO_SUCH_TAIL = `${REFUSAL}Invalid transaction, `;
/** IRI's refusal of findTransactions for more than its limit, of what is asked for or of what it finds. */
const OVER_LIMIT = `${REFUSAL}Could not complete request`;

function unavailable(fault: string): CoordinatorError {
  return new CoordinatorError('node_unavailable', fault, {
    next: 'repeat the call in a while with the same Idempotency-Key; see /readyz',
  });
}

/** Errors come from outside of this process's own classes, so that only their fields are looked at. */
function messageOf(thrown: unknown): string {
  const { message } = (thrown ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : '';
}

/** What went wrong, in words that are ours, or the node's own if those cannot hold a secret. */
function faultOf(thrown: unknown, isConfidential: boolean): string {
  const { cause } = (thrown ?? {}) as { cause?: { code?: unknown } | null };
  const message = messageOf(thrown);
  if (typeof cause?.code === 'string') return `cannot be reached (${cause.code})`;
  if (message === UNREACHED) return 'cannot be reached';
  if (!message.startsWith(REFUSAL)) return 'the reply is not of its form';
  if (isConfidential) return 'the node refuses';
  const words = message.slice(REFUSAL.length).replace(/[^ -~]/g, '?');
  return `the node refuses: ${words.slice(0, FAULT_CHARACTERS_MAX)}`;
}

interface Call<T> {
  readonly command: string;
  /** Every command may be asked twice: none does more the second time. */
  readonly send: () => PromiseLike<T>;
}

/** What fetch says where a connection was closed before the reply. */
const CLOSED: ReadonlySet<string> = new Set(['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE']);

/** The reply; asked once more where a kept connection was closed just as it was used again. */
async function sendTwice<T>({ send }: Call<T>): Promise<T> {
  try {
    return await send();
  } catch (thrown) {
    const { cause } = (thrown ?? {}) as { cause?: { code?: unknown } | null };
    if (CLOSED.has(String(cause?.code))) return send();
    throw thrown;
  }
}

/** A command's reply, or node_unavailable; never later than the timeout. */
async function ask<T>(
  { isConfidential }: NodeUrl,
  call: Call<T>,
  timeoutMs: number = CALL_TIMEOUT_MS,
): Promise<T> {
  const { command } = call;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const fault = `${command}: no reply within ${timeoutMs / 1000} s`;
    timer = setTimeout(() => reject(unavailable(fault)), timeoutMs);
  });
  try {
    return await Promise.race([sendTwice(call), late]);
  } catch (thrown) {
    if (thrown instanceof CoordinatorError) throw thrown;
    throw unavailable(`${command}: ${faultOf(thrown, isConfidential)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** @param items how many there must be; any number, if not given */
function assertList(command: string, value: unknown, items?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw unavailable(`${command}: expected a list`);
  if (items !== undefined && value.length !== items) {
    throw unavailable(`${command}: expected ${items} items, got ${value.length}`);
  }
  return value;
}

function parseHash(command: string, value: unknown): string {
  if (typeof value !== 'string' || !isTrytes(value, 81)) throw unavailable(`${command}: no hash`);
  return value;
}

function parseState(command: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw unavailable(`${command}: no boolean`);
  return value;
}

function parseTransactions(command: string, value: unknown, items: number): string[] {
  return assertList(command, value, items).map((trytes) => {
    if (typeof trytes !== 'string' || !isTrytes(trytes, TRANSACTION_TRYTES)) {
      throw unavailable(`${command}: no transaction`);
    }
    return trytes;
  });
}

/** Amounts of iota stay below 2^53, so that the library's numbers are exact; anything else is refused. */
function parseBalances(value: unknown, items: number): bigint[] {
  return assertList('getBalances', value, items).map((balance) => {
    const text = String(balance);
    const amount = /^\d{1,16}$/.test(text) ? BigInt(text) : -1n;
    if (amount < 0n || amount > SUPPLY) throw unavailable('getBalances: no amount');
    return amount;
  });
}

async function inChunks<T>(
  { items, chunkMax = CALL_ITEMS_MAX }: { items: readonly string[]; chunkMax?: number },
  call: (chunk: string[]) => Promise<readonly T[]>,
): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < items.length; at += chunkMax) {
    for (const result of await call(items.slice(at, at + chunkMax))) results.push(result);
  }
  return results;
}

const lastingOf = (trytes: string): string => trytes.slice(0, LASTING_TRYTES);

/**
 * The same transactions attached, in the order of those given: the node may give them in any. That the
 * proof of work is enough is checked of the first one.
 */
function parseAttached(
  value: unknown,
  { trytes, minWeightMagnitude }: { trytes: readonly string[]; minWeightMagnitude: number },
): string[] {
  const command = 'attachToTangle';
  const attached = parseTransactions(command, value, trytes.length);
  const byLasting = new Map(attached.map((text) => [lastingOf(text), text]));
  const ordered = trytes.map((text) => {
    const found = byLasting.get(lastingOf(text));
    if (found === undefined) throw unavailable(`${command}: the node attached something else`);
    return found;
  });
  const [first] = ordered;
  if (first !== undefined && weightMagnitude(hashOfTransaction(first)) < minWeightMagnitude) {
    throw unavailable(`${command}: too little proof of work`);
  }
  return ordered;
}

function attachWith(
  api: IotaApi,
  url: NodeUrl,
  { minWeightMagnitude, proofOfWork }: NodeSettings,
): IotaNode['attach'] {
  return async (trytes, reference) => {
    const command = 'getTransactionsToApprove';
    const tips = await ask(url, {
      command,
      send: () => api.getTransactionsToApprove(TIPS_DEPTH, reference),
    });
    const trunk = parseHash(command, tips.trunkTransaction);
    const branch = parseHash(command, tips.branchTransaction);
    if (proofOfWork !== undefined) {
      const now = (): number => Date.now();
      return proofOfWork.attach(trytes, { trunk, branch, minWeightMagnitude, now });
    }
    const lastFirst = [...trytes].reverse();
    const send = () => api.attachToTangle(trunk, branch, minWeightMagnitude, lastFirst);
    const timeoutMs = trytes.length * ATTACH_TIMEOUT_MS;
    const attached = await ask(url, { command: 'attachToTangle', send }, timeoutMs);
    return parseAttached(attached, { trytes, minWeightMagnitude });
  };
}

/** Report and time of the latest solid milestone, which is looked up once for each. */
function milestonesOf(api: IotaApi, url: NodeUrl): Pick<IotaNode, 'report' | 'issuedAt'> {
  let known: { readonly milestone: string; readonly at: number } | null = null;
  return {
    report: async () => {
      const info = await ask(url, { command: 'getNodeInfo', send: () => api.getNodeInfo() });
      const { latestMilestoneIndex: latest, latestSolidSubtangleMilestoneIndex: solid } = info;
      if (!Number.isSafeInteger(latest) || !Number.isSafeInteger(solid)) {
        throw unavailable('getNodeInfo: no milestone indexes');
      }
      const hash = info.latestSolidSubtangleMilestone;
      const isHash = typeof hash === 'string' && isTrytes(hash, 81) && hash !== NULL_HASH;
      return { latest: Number(latest), solid: Number(solid), solidHash: isHash ? hash : null };
    },
    issuedAt: async (milestone) => {
      if (known?.milestone === milestone) return known.at;
      const reply = await ask(url, {
        command: 'getTrytes',
        send: () => api.getTrytes([milestone]),
      });
      const [trytes] = parseTransactions('getTrytes', reply, 1);
      try {
        const { timestamp } = decodeTransaction(trytes);
        if (timestamp <= 0) return null;
        known = { milestone, at: timestamp * 1000 };
        return known.at;
      } catch (cause) {
        if (cause instanceof ProtocolError) return null;
        throw cause;
      }
    },
  };
}

function searchesOf(
  api: IotaApi,
  url: NodeUrl,
): Pick<IotaNode, 'findByAddresses' | 'findByBundles'> {
  const command = 'findTransactions';
  const search = async (query: Parameters<IotaApi['findTransactions']>[0]): Promise<string[]> => {
    const send = () =>
      api.findTransactions(query).then(undefined, (thrown: unknown) => {
        throw messageOf(thrown) === OVER_LIMIT ? new TooManyFound() : thrown;
      });
    const found = assertList(command, await ask(url, { command, send }));
    if (found.length > FOUND_MAX) throw new TooManyFound();
    return found.map((hash) => parseHash(command, hash));
  };
  return {
    findByAddresses: (items) => inChunks({ items }, (addresses) => search({ addresses })),
    findByBundles: (items) => inChunks({ items }, (bundles) => search({ bundles })),
  };
}

/** @throws CoordinatorError invalid_request if the URL is none of a node */
export function createIotaNode(settings: NodeSettings): IotaNode {
  const url = parseNodeUrl(settings.url);
  const provider = { provider: url.endpoint, ...url.credentials };
  const api = core.composeAPI(provider) as unknown as IotaApi;
  return {
    name: url.name,
    ...milestonesOf(api, url),
    ...searchesOf(api, url),
    balances: (items) =>
      inChunks({ items, chunkMax: BALANCES_MAX }, async (chunk) => {
        const command = 'getBalances';
        const { balances } = await ask(url, { command, send: () => api.getBalances(chunk) });
        return parseBalances(balances, chunk.length);
      }),
    spentStates: (items) =>
      inChunks({ items }, async (addresses) => {
        const command = 'wereAddressesSpentFrom';
        const reply = await ask(url, {
          command,
          send: () => api.sendCommand({ command, addresses }),
        });
        const states = assertList(command, reply.states, addresses.length);
        return states.map((state) => parseState(command, state));
      }),
    trytes: (items) =>
      inChunks({ items }, async (hashes) => {
        const command = 'getTrytes';
        const reply = await ask(url, { command, send: () => api.getTrytes(hashes) });
        // Of a transaction that they do not have, some nodes say null.
        const found = assertList(command, reply, hashes.length).map(
          (text) => text ?? ABSENT_TRYTES,
        );
        return parseTransactions(command, found, hashes.length);
      }),
    inclusionStates: (items) =>
      inChunks({ items }, async (tails) => {
        const command = 'getInclusionStates';
        const reply = await ask(url, { command, send: () => api.getInclusionStates(tails) });
        const states = assertList(command, reply, tails.length);
        return states.map((state) => parseState(command, state));
      }),
    isConsistent: async (tails) => {
      const command = 'checkConsistency';
      const send = () =>
        api.checkConsistency([...tails]).then(undefined, (thrown: unknown) => {
          if (messageOf(thrown).startsWith(NO_SUCH_TAIL)) return false;
          throw thrown;
        });
      return parseState(command, await ask(url, { command, send }));
    },
    attach: attachWith(api, url, settings),
    broadcast: async (trytes) => {
      const list = [...trytes];
      await ask(url, { command: 'storeTransactions', send: () => api.storeTransactions(list) });
      await ask(url, {
        command: 'broadcastTransactions',
        send: () => api.broadcastTransactions(list),
      });
    },
  };
}
