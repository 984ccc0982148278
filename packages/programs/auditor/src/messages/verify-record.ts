/** Record exports: the chain from the first entry on, and what it opens. */
import {
  GapError,
  headOf,
  openEnvelope,
  openRecordExport,
  type PairingCard,
  type RecordEntry,
  verifyEnvelope,
} from '@airlock/gap';
import type { Context, FileFacts } from '../context.ts';
import type { InputFile } from '../read-files.ts';
import { noteEntry } from './note-entry.ts';
import { compareWithCard } from './verify-batch.ts';

/** What is wrong with the entry that begins a record, or null. */
export function findOpeningFault(entry: RecordEntry | undefined, card: PairingCard): string | null {
  if (entry?.event.kind !== 'opened') return 'the first entry does not open a keyring';
  const { keyring, network, publicKey } = entry.event;
  if (keyring.id !== card.keyring?.id) return `it opens ${keyring.id}`;
  if (network !== card.network) return `it opens a keyring for network ${network}`;
  const isSameKey = Buffer.compare(publicKey, card.publicKey) === 0;
  return isSameKey ? null : 'it opens the keyring with another public key';
}

/** Where an export's keyring id stands: a map of three fields, the first of 16 bytes (docs/gap.md §5). */
const KEYRING_AT = { prefix: 'a30150', start: 3, end: 19 };

/** Signers whose record this may be: who sealed it, or all that show the keyring it names. */
function candidatesOf(
  payload: Uint8Array,
  cards: readonly PairingCard[],
  context: Context,
): readonly PairingCard[] {
  const sealers = cards.filter(({ role }) => role === 'signer');
  if (sealers.length > 0) return sealers;
  const { prefix, start, end } = KEYRING_AT;
  const bytes = Buffer.from(payload);
  if (bytes.toString('hex', 0, start) !== prefix) return cards;
  return context.cards.signersOf(`kr_${bytes.toString('hex', start, end)}`);
}

type OpenedExport = ReturnType<typeof openRecordExport> & { readonly signer: PairingCard };

/** Opens an export with the first key that its entries are signed by. @throws GapError */
function openExport(
  file: InputFile,
  candidates: readonly PairingCard[],
  keepers: readonly Uint8Array[],
): OpenedExport | null {
  let refusal: GapError | null = null;
  for (const signer of candidates) {
    try {
      return { ...openRecordExport(file.bytes, signer.publicKey, keepers), signer };
    } catch (error) {
      if (!(error instanceof GapError)) throw error;
      if (error.code !== 'signature_invalid') throw error;
      refusal = error;
    }
  }
  if (refusal !== null) throw refusal;
  return null;
}

/** What people are told of entries that have no request. */
export function notesOf(entries: readonly RecordEntry[]): string[] {
  const notes: string[] = [];
  for (const { number, event } of entries) {
    if (event.kind === 'network-accepted') {
      notes.push(`its signer has been used with a network, from entry ${number} on`);
    } else if (event.kind === 'signed-alone') {
      notes.push(`signed bundle ${event.verdict.bundleHash} without a request, entry ${number}`);
    } else if (event.kind === 'surrendered') {
      notes.push(`gave away the seed of UUID commitment ${event.commitment}, entry ${number}`);
    } else if (event.kind === 'moved-in' || event.kind === 'resumed') {
      const how = event.kind === 'resumed' ? 'taken up from kept files' : 'moved to another home';
      notes.push(`${how} with entry ${number} (epoch ${event.epoch})`);
    }
  }
  return notes;
}

/**
 * @param cards of the keys that sealed it: the signer's or a coordinator's
 * @throws GapError
 */
export function verifyRecord(
  file: InputFile,
  cards: readonly PairingCard[],
  context: Context,
): FileFacts {
  const envelope = openEnvelope(file.bytes, 'record-export');
  const keys = cards.map(({ publicKey }) => publicKey);
  verifyEnvelope(envelope, keys);
  const opened = openExport(file, candidatesOf(envelope.payload, cards, context), keys);
  if (opened === null) {
    const message = 'no card of a signer shows the keyring whose record it is';
    context.add({ code: 'keyring_unknown', file: file.path, message });
    return { keyringId: null, holds: 'record of an unknown keyring, not looked into', notes: [] };
  }
  const { record, entries, head, signer } = opened;
  const { keyringId } = record;
  for (const card of new Set([signer, ...cards])) {
    compareWithCard({ ...record, file: file.path }, card, context.add);
  }
  const openingFault = findOpeningFault(entries[0], signer);
  if (openingFault !== null) {
    context.add({ code: 'record_opening', file: file.path, message: openingFault });
  }
  const source = { keyringId, file: file.path, isSigners: signer.keyring?.id === keyringId };
  for (const [index, entry] of entries.entries()) {
    const sealed = record.entries[index];
    if (sealed === undefined) throw new RangeError('expected a body for each entry');
    noteEntry(source, { entry, head: headOf(entry, sealed.body) }, context);
  }
  const count = (kind: RecordEntry['event']['kind']): number =>
    entries.filter(({ event }) => event.kind === kind).length;
  const holds = `record up to head ${head.number} (${head.hash}): ${count('signed')} signed requests, ${count('voided')} void`;
  const kept = cards.includes(signer)
    ? []
    : ['written out by the coordinator, every entry signed by the signer'];
  return { keyringId, holds, notes: [...kept, ...notesOf(entries)] };
}
