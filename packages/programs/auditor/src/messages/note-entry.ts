/** Record entries: followed along their chain, and each verified one noted in every ledger. */
import {
  decodeCbor,
  EMPTY_HEAD,
  GapError,
  type Head,
  openEntry,
  type RecordEntry,
  type SealedEntry,
} from '@airlock/gap';
import type { Context } from '../context.ts';
import type { EntrySource } from '../ledgers/ledger-of-records.ts';
import { verdictsOf } from './verdicts.ts';

/** Notes what a verified entry says of its record, of keys and payments, and of what is void. */
export function noteEntry(
  source: EntrySource,
  { entry, head }: { readonly entry: RecordEntry; readonly head: Head },
  context: Context,
): void {
  const { records, chains, peers, batches, keys, payments, voids, ownOutputs } = context;
  const { keyringId, file } = source;
  const { event } = entry;
  records.entry(source, entry, head);
  chains.entry(source, entry, head);
  peers.entry(source, entry);
  batches.entry(source, entry);
  if (event.kind === 'voided') voids.voided(source, event);
  if (event.kind === 'signed') {
    const bundleHashes = event.verdicts.map(({ bundleHash }) => bundleHash);
    voids.signed(source, { ...event, bundleHashes }, 'recorded');
    ownOutputs.recorded(source, event);
  }
  if (event.kind === 'surrendered') keys.surrender({ keyringId, file }, event.commitment);
  for (const { bundleHash, keys: signed, withdrawalIds } of verdictsOf(event)) {
    const use = { keyringId, hash: bundleHash, file, evidence: 'recorded' as const };
    for (const [commitment, level] of signed) {
      keys.use({ keyringId, commitment, address: null, level }, use);
    }
    for (const id of withdrawalIds) payments.use(id, use);
  }
}

/** The head that an entry says it follows: the start of a chain whose request is not given. */
export function headBefore(sealed: SealedEntry | undefined): Head {
  if (sealed === undefined) return EMPTY_HEAD;
  const entry = decodeCbor(sealed.body);
  const number = entry instanceof Map ? entry.get(1n) : undefined;
  const previous = entry instanceof Map ? entry.get(2n) : undefined;
  if (typeof number !== 'bigint' || !(previous instanceof Uint8Array)) return EMPTY_HEAD;
  return { number: Number(number) - 1, hash: Buffer.from(previous).toString('hex') };
}

interface Followed {
  readonly entries: readonly RecordEntry[];
  readonly head: Head;
}

/** Follows and notes entries that a file carries. @returns null if the chain is broken */
export function followEntries(
  source: EntrySource,
  chain: {
    readonly sealed: readonly SealedEntry[];
    readonly start: Head;
    readonly publicKey: Uint8Array;
  },
  context: Context,
): Followed | null {
  let head = chain.start;
  const entries: RecordEntry[] = [];
  for (const sealed of chain.sealed) {
    try {
      const opened = openEntry(sealed, head, chain.publicKey);
      head = opened.head;
      entries.push(opened.entry);
      noteEntry(source, opened, context);
    } catch (error) {
      if (!(error instanceof GapError)) throw error;
      context.add({ code: 'chain_broken', file: source.file, message: error.message });
      return null;
    }
  }
  return { entries, head };
}

interface Carried {
  readonly entries: readonly SealedEntry[];
  readonly networkAccepted: boolean;
}

/** Follows and notes the entries of an answer. @returns the last one, or null if the chain is broken */
export function verifyEntries(
  source: EntrySource,
  { carried, start, publicKey }: { carried: Carried; start: Head; publicKey: Uint8Array },
  context: Context,
): RecordEntry | null {
  const followed = followEntries(source, { sealed: carried.entries, start, publicKey }, context);
  if (followed === null) return null;
  context.homes.answer(source, followed.head, carried.networkAccepted);
  return followed.entries.at(-1) ?? null;
}

/** What people are told of an answer whose signer had seen a network. */
export function networkNotes({ networkAccepted }: Carried): string[] {
  return networkAccepted ? ['its signer had been used with a network when it made this'] : [];
}
