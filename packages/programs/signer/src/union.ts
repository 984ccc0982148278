/**
 * The union of all that was kept of a record: by the coordinator, by auditors, on sticks
 * and in backups. It must reach its highest entry without a gap, and no two files may contradict.
 */
import {
  EMPTY_HEAD,
  type Head,
  type IssuedAddress,
  leavesOf,
  merkleRoot,
  type RecordEntry,
  type SealedEntry,
  sha256,
} from '@airlock/gap';
import { SignerError } from './error.ts';
import type { FoundEntry } from './record-store.ts';

export interface KeptEntry {
  readonly entry: RecordEntry;
  readonly sealed: SealedEntry;
  /** The file that it came from. */
  readonly source: string;
}

/** A batch that this signer sealed. */
export interface KeptBatch {
  readonly number: number;
  readonly addresses: readonly IssuedAddress[];
  readonly source: string;
}

/** A head that a message of the coordinator names: it was imported there. */
export interface NamedHead {
  readonly head: Head;
  readonly source: string;
}

const HARD_STOP =
  'stop: sign nothing with any home of this keyring; call your security lead, and give both files to the auditor';

/** What a key was used for, and the file that says so. */
interface Use {
  /** The one bundle hash, or that its seed was given away. */
  readonly what: string;
  readonly source: string;
}

/** Keys by commitment, and what an entry used them for; a key that was given away is used up, too. */
function usesOf({ event }: RecordEntry): [string, string][] {
  if (event.kind === 'surrendered') return [[event.commitment, 'its surrender']];
  const alone = event.kind === 'signed-alone' ? [event.verdict] : [];
  const verdicts = event.kind === 'signed' ? event.verdicts : alone;
  return verdicts.flatMap(({ bundleHash, keys }) =>
    keys.map(([commitment]): [string, string] => [commitment, bundleHash]),
  );
}

/** One key, two uses: what must never happen has happened, on whatever branch of the record. */
function assertKeysOnce(kept: readonly KeptEntry[]): void {
  const uses = new Map<string, Use>();
  for (const { entry, source } of kept) {
    for (const [commitment, what] of usesOf(entry)) {
      const use = uses.get(commitment) ?? { what, source };
      uses.set(commitment, use);
      if (use.what === what) continue;
      throw new SignerError(
        'key_signed_twice',
        `one key was used for ${use.what} (${use.source}) and for ${what} (${source})`,
        { next: HARD_STOP },
      );
    }
  }
}

function forked(message: string): SignerError {
  return new SignerError('record_forked', `${message}: two homes have used this keyring`, {
    next: HARD_STOP,
  });
}

/** Each entry once, by its number. @throws SignerError record_forked */
export function byNumber(kept: readonly KeptEntry[]): ReadonlyMap<number, KeptEntry> {
  const entries = new Map<number, KeptEntry>();
  for (const each of kept) {
    const { number } = each.entry;
    const known = entries.get(number) ?? each;
    entries.set(number, known);
    if (Buffer.compare(known.sealed.body, each.sealed.body) === 0) continue;
    throw forked(`entry ${number} in ${known.source} is not the one in ${each.source}`);
  }
  return entries;
}

/** The entries from 1 on without a gap. */
function chainOf(kept: readonly KeptEntry[]): KeptEntry[] {
  const entries = byNumber(kept);
  const chain: KeptEntry[] = [];
  let { hash } = EMPTY_HEAD;
  for (let number = 1; number <= entries.size; number += 1) {
    const each = entries.get(number);
    if (each?.entry.previous !== hash) {
      const highest = [...entries.keys()].reduce((max, key) => Math.max(max, key), 0);
      const missing = each === undefined ? number : number - 1;
      throw new SignerError(
        'record_gap',
        `entry ${missing} is in none of the files, which reach entry ${highest}`,
        { next: 'bring more files: older responses and receipts, record exports, other backups' },
      );
    }
    chain.push(each);
    hash = sha256(each.sealed.body);
  }
  return chain;
}

const rootOf = ({ addresses }: KeptBatch): string => merkleRoot(leavesOf(addresses));

/** Batches by their number; of one number there is one. @throws SignerError record_forked */
function batchesByNumber(
  chain: readonly KeptEntry[],
  batches: readonly KeptBatch[],
): ReadonlyMap<number, KeptBatch> {
  const roots = new Map<number, { readonly root: string; readonly source: string }>();
  for (const { entry, source } of chain) {
    const { event } = entry;
    if (event.kind === 'issued') roots.set(event.batch, { root: event.root, source });
  }
  const byBatch = new Map<number, KeptBatch>();
  for (const batch of batches) {
    const root = rootOf(batch);
    const known = roots.get(batch.number) ?? { root, source: batch.source };
    roots.set(batch.number, known);
    if (known.root !== root) {
      throw forked(`batch ${batch.number} in ${known.source} is not the one in ${batch.source}`);
    }
    byBatch.set(batch.number, batch);
  }
  return byBatch;
}

function batchMissing(numbers: readonly number[]): SignerError {
  return new SignerError(
    'batch_missing',
    `the addresses of batch ${numbers.join(', ')} are in none of the files`,
    { next: 'bring the batch files that were carried to the coordinator, or a later backup' },
  );
}

/** The addresses of issued entries: from backups, or from the batches that were carried. */
function addressesOf(
  chain: readonly KeptEntry[],
  batches: ReadonlyMap<number, KeptBatch>,
): FoundEntry[] {
  const missing: number[] = [];
  const found = chain.map(({ entry, sealed }) => {
    const { event } = entry;
    if (event.kind !== 'issued') return { entry, sealed, addresses: [] };
    const batch = batches.get(event.batch);
    if (batch === undefined) missing.push(event.batch);
    return { entry, sealed, addresses: batch?.addresses ?? [] };
  });
  if (missing.length > 0) throw batchMissing(missing);
  return found;
}

/** Batches that this signer sealed after the last entry that was found: their keys are in use. */
function lateBatches(
  chain: readonly KeptEntry[],
  batches: ReadonlyMap<number, KeptBatch>,
): KeptBatch[] {
  const last = chain.reduce(
    (max, { entry: { event } }) => (event.kind === 'issued' ? Math.max(max, event.batch) : max),
    0,
  );
  const highest = Math.max(last, ...batches.keys());
  const late: KeptBatch[] = [];
  const missing: number[] = [];
  for (let number = last + 1; number <= highest; number += 1) {
    const batch = batches.get(number);
    if (batch === undefined) missing.push(number);
    else late.push(batch);
  }
  if (missing.length > 0) throw batchMissing(missing);
  return late;
}

/** What a coordinator has been told cannot be beyond what is found. */
function assertReaches(chain: readonly KeptEntry[], named: readonly NamedHead[]): void {
  for (const { head, source } of named) {
    if (head.number === 0) continue;
    const each = chain[head.number - 1];
    if (each === undefined) {
      throw new SignerError(
        'record_gap',
        `${source} names entry ${head.number}; the files reach entry ${chain.length}`,
        { next: 'bring more files: responses and receipts since, record exports, other backups' },
      );
    }
    if (sha256(each.sealed.body) === head.hash) continue;
    throw forked(`entry ${head.number} as ${source} names it is not the one in ${each.source}`);
  }
}

export interface Union {
  /** The record from its first entry on. */
  readonly found: readonly FoundEntry[];
  /** To be issued again, in their order. */
  readonly late: readonly KeptBatch[];
}

/**
 * The whole record from what was kept of it.
 * @param named heads that requests of the coordinator name
 * @throws SignerError key_signed_twice, record_forked, record_gap, batch_missing
 */
export function unionOf(
  kept: readonly KeptEntry[],
  batches: readonly KeptBatch[],
  named: readonly NamedHead[],
): Union {
  assertKeysOnce(kept);
  const chain = chainOf(kept);
  assertReaches(chain, named);
  const byBatch = batchesByNumber(chain, batches);
  return { found: addressesOf(chain, byBatch), late: lateBatches(chain, byBatch) };
}
