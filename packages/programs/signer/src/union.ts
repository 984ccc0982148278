/**
 * The union of all that was kept of a record (design §2.5): by the coordinator, by auditors, on sticks
 * and in backups. It must reach its highest entry without a gap, and no two files may contradict.
 */
import {
  type AddressBatch,
  EMPTY_HEAD,
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

const HARD_STOP =
  'stop: sign nothing with any home of this keyring; call your security lead, and give both files to the auditor';

/** One key, two hashes: what must never happen has happened, on whatever branch of the record. */
function assertKeysOnce(kept: readonly KeptEntry[]): void {
  const uses = new Map<string, { readonly bundleHash: string; readonly source: string }>();
  for (const { entry, source } of kept) {
    if (entry.event.kind !== 'signed') continue;
    for (const { bundleHash, keys } of entry.event.verdicts) {
      for (const [commitment] of keys) {
        const use = uses.get(commitment) ?? { bundleHash, source };
        uses.set(commitment, use);
        if (use.bundleHash === bundleHash) continue;
        throw new SignerError(
          'key_signed_twice',
          `one key has signed ${use.bundleHash} (${use.source}) and ${bundleHash} (${source})`,
          { next: HARD_STOP },
        );
      }
    }
  }
}

/** Each entry once, by its number. */
function byNumber(kept: readonly KeptEntry[]): ReadonlyMap<number, KeptEntry> {
  const entries = new Map<number, KeptEntry>();
  for (const each of kept) {
    const { number } = each.entry;
    const known = entries.get(number) ?? each;
    entries.set(number, known);
    if (Buffer.compare(known.sealed.body, each.sealed.body) === 0) continue;
    throw new SignerError(
      'record_forked',
      `entry ${number} in ${known.source} is not the one in ${each.source}: two homes have used this keyring`,
      { next: HARD_STOP },
    );
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

/** The addresses of issued entries: from backups, or from the batches that were carried. */
function addressesOf(
  chain: readonly KeptEntry[],
  lists: readonly (readonly IssuedAddress[])[],
): FoundEntry[] {
  const byRoot = new Map(lists.map((list) => [merkleRoot(leavesOf(list)), list]));
  const missing: number[] = [];
  const found = chain.map(({ entry, sealed }) => {
    const { event } = entry;
    const addresses = event.kind === 'issued' ? byRoot.get(event.root) : [];
    if (addresses === undefined && event.kind === 'issued') missing.push(event.batch);
    return { entry, sealed, addresses: addresses ?? [] };
  });
  if (missing.length === 0) return found;
  throw new SignerError(
    'batch_missing',
    `the addresses of batch ${missing.join(', ')} are in none of the files`,
    { next: 'bring the batch files that were carried to the coordinator, or a later backup' },
  );
}

/**
 * The whole record from what was kept of it.
 * @throws SignerError key_signed_twice, record_forked, record_gap, batch_missing
 */
export function unionOf(
  kept: readonly KeptEntry[],
  lists: readonly AddressBatch['addresses'][],
): FoundEntry[] {
  assertKeysOnce(kept);
  return addressesOf(chainOf(kept), lists);
}
