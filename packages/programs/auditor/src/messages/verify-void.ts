/** Void requests and their receipts: against the request they name, and against the record's entry. */
import {
  openVoidReceipt,
  openVoidRequest,
  type PairingCard,
  type RecordEntry,
  type VoidReceipt,
  wordsOf,
} from '@airlock/gap';
import type { Context, FileFacts, KnownVoidRequest } from '../context.ts';
import { findVoidFault } from '../ledgers/ledger-of-voids.ts';
import type { InputFile } from '../read-files.ts';
import { headBefore, networkNotes, verifyEntries } from './note-entry.ts';
import { compareWithCard } from './verify-batch.ts';
import { verifyAddressee } from './verify-request.ts';

/** @throws GapError */
export function verifyVoidRequest(
  file: InputFile,
  cards: readonly PairingCard[],
  context: Context,
): FileFacts {
  const { request, digest } = openVoidRequest(
    file.bytes,
    cards.map((card) => card.publicKey),
  );
  const { keyringId, sequence, requestId, requestDigest } = request;
  verifyAddressee({ ...request, file: file.path }, cards, context);
  context.voidRequests.set(digest, { request, file: file.path });
  context.records.sequence({ keyringId, file: file.path }, { sequence, digest: requestDigest });
  const known = context.requests.get(requestDigest);
  const fault = known === undefined ? null : findVoidFault(request, known);
  if (known !== undefined && fault !== null) {
    const { path } = file;
    context.add({ code: 'void_mismatch', file: path, otherFile: known.file, message: fault });
  }
  const notes = known === undefined ? ['the request that it voids is not given'] : [];
  const holds = `asks to void request ${sequence}, ${requestId}`;
  return { keyringId, holds, notes, words: wordsOf(digest).join(' ') };
}

/** What is wrong with the last entry of a receipt, or null. */
function findEntryFault({ event }: RecordEntry, receipt: VoidReceipt): string | null {
  if (event.kind !== 'voided') return `its last entry is of kind ${event.kind}`;
  if (event.requestDigest !== receipt.requestDigest || event.requestId !== receipt.requestId) {
    return 'its last entry voids another request';
  }
  return event.frees === receipt.frees
    ? null
    : `it says that the void ${receipt.frees ? 'frees' : 'does not free'} the inputs, its last entry says otherwise`;
}

/** How the receipt and its last entry differ from the void request that it names, or null. */
function findAskedFault(
  { event }: RecordEntry,
  receipt: VoidReceipt,
  { request }: KnownVoidRequest,
): string | null {
  const isSame =
    receipt.requestId === request.requestId &&
    receipt.requestDigest === request.requestDigest &&
    receipt.keyringId === request.keyringId &&
    receipt.network === request.network;
  if (!isSame) return 'it answers for another request or keyring than the void request it names';
  if (event.kind !== 'voided') return null;
  return event.sequence === request.sequence &&
    event.bundleHashes.join() === request.bundleHashes.join()
    ? null
    : 'its last entry names another sequence or other bundles than the void request';
}

/** @throws GapError */
export function verifyVoidReceipt(file: InputFile, card: PairingCard, context: Context): FileFacts {
  const receipt = openVoidReceipt(file.bytes, card.publicKey);
  const { keyringId, requestId, frees } = receipt;
  compareWithCard({ ...receipt, file: file.path }, card, context.add);
  const asked = context.voidRequests.get(receipt.voidDigest);
  const start = asked?.request.expectedHead ?? headBefore(receipt.entries[0]);
  const source = { keyringId, file: file.path, isSigners: card.keyring?.id === keyringId };
  const { publicKey } = card;
  const last = verifyEntries(source, { carried: receipt, start, publicKey }, context);
  const entryFault = last === null ? null : findEntryFault(last, receipt);
  const askedFault =
    last === null || asked === undefined ? null : findAskedFault(last, receipt, asked);
  if (entryFault !== null) {
    context.add({ code: 'void_mismatch', file: file.path, message: entryFault });
  } else if (asked !== undefined && askedFault !== null) {
    const otherFile = asked.file;
    context.add({ code: 'void_mismatch', file: file.path, otherFile, message: askedFault });
  }
  const holds = `receipt: ${requestId} is void and ${frees ? 'frees its inputs' : 'frees nothing'}, ${receipt.entries.length} entries`;
  const missing = asked === undefined ? ['the void request that it answers is not given'] : [];
  return { keyringId, holds, notes: [...missing, ...networkNotes(receipt)] };
}
