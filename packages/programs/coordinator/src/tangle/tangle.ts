/**
 * Reading bundles back from the Tangle. Anyone may attach anything under any bundle hash, so that an
 * attachment counts only if its transactions, gathered from its tail by trunk, validate as that bundle.
 */
import {
  decodeTransaction,
  findBundleFault,
  ProtocolError,
  type Transaction,
} from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { ABSENT_TRYTES, type NodeClient } from '../nodes/node-client.ts';

/** A transaction as a node has it, with the hash that it was checked to have. */
export interface Attached extends Transaction {
  readonly hash: string;
}

/** One attachment of a bundle as far as the node has it: its transactions from the tail on, by trunk. */
function instanceOf(tail: Attached, byHash: ReadonlyMap<string, Attached>): Attached[] {
  const instance: Attached[] = [tail];
  for (let current = tail; current.currentIndex < current.lastIndex; ) {
    const next = byHash.get(current.trunkTransaction);
    if (next === undefined || next.bundle !== tail.bundle) return instance;
    if (next.currentIndex !== current.currentIndex + 1) return instance;
    instance.push(next);
    current = next;
  }
  return instance;
}

/** A transaction's fields, or null for trytes that no validating node would hold. */
function parseAttached(trytes: string, hash: string): Attached | null {
  try {
    return { ...decodeTransaction(trytes), hash };
  } catch (cause) {
    if (cause instanceof ProtocolError) return null;
    throw cause;
  }
}

/**
 * The transactions of these hashes, which the node client has checked to be theirs. Unknown and
 * malformed ones are left out: one odd transaction must not keep the others from being read.
 */
export async function fetchTransactions(
  node: NodeClient,
  hashes: readonly string[],
): Promise<Map<string, Attached>> {
  const trytes = await node.trytes(hashes);
  const found = new Map<string, Attached>();
  for (const [index, text] of trytes.entries()) {
    const hash = hashes[index];
    if (hash === undefined || text === ABSENT_TRYTES) continue;
    const attached = parseAttached(text, hash);
    if (attached !== null) found.set(hash, attached);
  }
  return found;
}

/** Whether these are all transactions of the bundle, with valid signatures. */
export function isWhole(instance: readonly Attached[], bundle: string): boolean {
  return instance[0]?.bundle === bundle && findBundleFault(instance) === null;
}

/** An attachment of a bundle, as far as the node has it, and whether its tail is confirmed. */
export interface FoundAttachment {
  readonly instance: readonly Attached[];
  readonly isConfirmed: boolean;
}

/** Bundles that are in memory at once. */
const PART_BUNDLES = 100;

/**
 * Every attachment under each of many bundle hashes, in three calls for a hundred of them.
 * @throws TooManyFound
 */
export async function* findAttachmentsOf(
  coordinator: Pick<Coordinator, 'node'>,
  bundles: readonly string[],
): AsyncIterable<readonly [bundle: string, found: readonly FoundAttachment[]]> {
  for (let at = 0; at < bundles.length; at += PART_BUNDLES) {
    yield* await findPart(coordinator, bundles.slice(at, at + PART_BUNDLES));
  }
}

async function findPart(
  { node }: Pick<Coordinator, 'node'>,
  bundles: readonly string[],
): Promise<ReadonlyMap<string, readonly FoundAttachment[]>> {
  const found = new Map<string, FoundAttachment[]>(bundles.map((bundle) => [bundle, []]));
  const transactions = await fetchTransactions(node, await node.findByBundles(bundles));
  const tails = [...transactions.values()].filter(({ currentIndex }) => currentIndex === 0);
  const states = await node.inclusionStates(tails.map(({ hash }) => hash));
  for (const [index, tail] of tails.entries()) {
    const instance = instanceOf(tail, transactions);
    found.get(tail.bundle)?.push({ instance, isConfirmed: states[index] === true });
  }
  return found;
}

/** Transactions that follow those of an attachment that are known, by trunk; none behind its last one. */
function nextOf(tail: Attached, byHash: ReadonlyMap<string, Attached>): string[] {
  const last = instanceOf(tail, byHash).at(-1) ?? tail;
  const { currentIndex, lastIndex, trunkTransaction: next } = last;
  return currentIndex < lastIndex && !byHash.has(next) ? [next] : [];
}

/**
 * The attachments with these tails as far as the nodes have them, without a search: in as many calls as a
 * bundle has transactions.
 */
export async function followTails(
  { node }: Pick<Coordinator, 'node'>,
  hashes: readonly string[],
): Promise<readonly FoundAttachment[]> {
  const known = await fetchTransactions(node, hashes);
  const tails = [...known.values()];
  const states = await node.inclusionStates(tails.map(({ hash }) => hash));
  for (let before = 0; before < known.size; ) {
    before = known.size;
    const next = tails.flatMap((tail) => nextOf(tail, known));
    for (const [hash, each] of await fetchTransactions(node, next)) known.set(hash, each);
  }
  return tails.map((tail, place) => ({
    instance: instanceOf(tail, known),
    isConfirmed: states[place] === true,
  }));
}

/** Every attachment under one bundle hash. @throws TooManyFound */
export async function findAttachments(
  coordinator: Pick<Coordinator, 'node'>,
  bundle: string,
): Promise<readonly FoundAttachment[]> {
  return (await findPart(coordinator, [bundle])).get(bundle) ?? [];
}
