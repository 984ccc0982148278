/**
 * Spends without a request: the record entries that the file carries, the bundle in its trytes, and
 * whether the one says what the other shows. No signature covers the file as a whole: its signer is the
 * one that signed the entries, and each key is shown by its own signature alone.
 */
import {
  EMPTY_HEAD,
  GapError,
  type Head,
  type PairingCard,
  type RecordEntry,
  readEntry,
  type SealedEntry,
  type Verdict,
} from '@airlock/gap';
import type { Context, FileFacts } from '../context.ts';
import type { KeyNames } from '../ledgers/ledger-of-keys.ts';
import type { InputFile } from '../read-files.ts';
import { followEntries, headBefore } from './note-entry.ts';
import { readSpendBundle, type SpendBundle, type SpentInput } from './spend-bundle.ts';
import type { SpendFile } from './spend-file.ts';
import { verdictsOf } from './verdicts.ts';
import { findOpeningFault, notesOf } from './verify-record.ts';

function isSignedBy(sealed: SealedEntry, { publicKey }: PairingCard): boolean {
  try {
    readEntry(sealed, publicKey);
    return true;
  } catch (error) {
    if (!(error instanceof GapError)) throw error;
    return error.code !== 'signature_invalid';
  }
}

/** The card of the signer whose key has signed the last entry, or at least the first; or null. */
export function signerOfSpend({ entries }: SpendFile, context: Context): PairingCard | null {
  const cards = context.cards.signers();
  for (const sealed of [entries.at(-1), entries[0]]) {
    const card = sealed && cards.find((each) => isSignedBy(sealed, each));
    if (card !== undefined) return card;
  }
  return null;
}

/** Where the entries begin; a first one that cannot be read is refused when it is opened. */
function startOf([first]: readonly SealedEntry[]): Head {
  try {
    return headBefore(first);
  } catch (error) {
    if (!(error instanceof GapError)) throw error;
    return EMPTY_HEAD;
  }
}

interface Fault {
  readonly message: string;
  readonly otherFile?: string;
}

interface Spend {
  readonly keyringId: string;
  readonly file: string;
  readonly bundleHash: string;
  readonly bundle: SpendBundle;
}

/** How the keys of a verdict differ from the inputs, whose order they have, or null. */
function findKeyFault(
  { keys }: Verdict,
  { keyringId, bundle: { inputs } }: Spend,
  context: Context,
): Fault | null {
  if (keys.length !== inputs.length) {
    return { message: `it records ${keys.length} keys, the bundle spends ${inputs.length}` };
  }
  for (const [place, { address, level }] of inputs.entries()) {
    const [commitment, recorded] = keys[place] as Verdict['keys'][number];
    if (recorded !== level) {
      const message = `it records level ${recorded} for ${address}, whose signature has level ${level}`;
      return { message };
    }
    const otherFile = context.keys.contradictedBy({ keyringId, commitment, address, level });
    if (otherFile !== null) {
      const message = `it records UUID commitment ${commitment} at level ${level} for ${address}, which ${otherFile} names otherwise`;
      return { message, otherFile };
    }
  }
  return null;
}

/** What is wrong with the last entry, or null: it must say that this bundle was signed alone. */
function findEntryFault(
  { number, event }: RecordEntry,
  spend: Spend,
  context: Context,
): Fault | null {
  const entry = `the last entry, ${number},`;
  if (event.kind !== 'signed-alone') {
    const message = `${entry} is of kind ${event.kind}, expected signed-alone of ${spend.bundleHash}: entries were cut off, look for another copy`;
    return { message };
  }
  const { verdict } = event;
  if (verdict.bundleHash !== spend.bundleHash) {
    const message = `${entry} is of bundle ${verdict.bundleHash}, expected ${spend.bundleHash}`;
    return { message };
  }
  if (verdict.withdrawalIds.length > 0) {
    const message = `${entry} names ${verdict.withdrawalIds.length} withdrawals, expected none`;
    return { message };
  }
  const fault = findKeyFault(verdict, spend, context);
  return fault === null ? null : { ...fault, message: `${entry}: ${fault.message}` };
}

/** Notes an input's key, and that it signed once its signature is verified. */
function noteInput(
  { index, address, level, signature }: SpentInput,
  { spend, commitment }: { readonly spend: Spend; readonly commitment: string | null },
  context: Context,
): void {
  const { keyringId, file, bundleHash } = spend;
  // Without a sound verdict the address alone is sure: another name would unite it with a stranger's.
  const names: KeyNames = {
    keyringId,
    commitment,
    address,
    level: commitment === null ? null : level,
  };
  context.keys.note(names, file);
  context.wotsJobs.push({
    file,
    where: `transaction ${index}`,
    address,
    bundleHash,
    signature,
    onVerified: () =>
      context.keys.use(names, { keyringId, hash: bundleHash, file, evidence: 'released' }),
  });
}

interface SpendRecord {
  readonly entries: readonly RecordEntry[];
  /** Commitments of the inputs' keys in their order, if the last entry is sound. */
  readonly commitments: readonly string[] | null;
}

/** Follows and notes the entries, and checks what they say of the bundle. */
function verifyRecordOf(
  { entries: sealed }: SpendFile,
  { spend, card }: { readonly spend: Spend; readonly card: PairingCard },
  context: Context,
): SpendRecord {
  const { keyringId, file } = spend;
  const source = { keyringId, file, isSigners: true };
  const chain = { sealed, start: startOf(sealed), publicKey: card.publicKey };
  const followed = followEntries(source, chain, context);
  const last = followed?.entries.at(-1);
  if (followed === null || last === undefined) return { entries: [], commitments: null };
  const { entries } = followed;
  const [first] = entries;
  const opening = first?.number === 1 ? findOpeningFault(first, card) : null;
  if (opening !== null) context.add({ code: 'record_opening', file, message: opening });
  const fault = findEntryFault(last, spend, context);
  if (fault !== null) {
    context.add({ code: 'verdict_mismatch', file, ...fault });
    return { entries, commitments: null };
  }
  const keys = verdictsOf(last.event).flatMap((verdict) => verdict.keys);
  return { entries, commitments: keys.map(([commitment]) => commitment) };
}

/** @param card of the signer that signed the entries */
export function verifySpend(
  { path: file }: InputFile,
  { read, card }: { readonly read: SpendFile; readonly card: PairingCard },
  context: Context,
): FileFacts {
  const keyringId = card.keyring?.id;
  if (keyringId === undefined) throw new RangeError('expected the card of a signer');
  const { bundleHash } = read;
  const bundle = readSpendBundle(read);
  const spend = { keyringId, file, bundleHash, bundle };
  for (const fault of bundle.faults) context.add({ ...fault, file });
  const { entries, commitments } = verifyRecordOf(read, { spend, card }, context);
  for (const [place, input] of bundle.inputs.entries()) {
    const commitment = commitments?.[place] ?? null;
    noteInput(input, { spend, commitment }, context);
  }
  const unknown = commitments?.filter((each) => !context.batches.holds(keyringId, each)) ?? [];
  const holds = `bundle ${bundleHash}, made by the signer without a request: ${bundle.inputs.length} inputs, ${bundle.payees} payees, ${read.entries.length} entries`;
  const notes = notesOf(entries);
  if (unknown.length > 0) {
    notes.push(`${unknown.length} of its own keys are not in any given batch`);
  }
  return { keyringId, holds, notes };
}
