/** Record exports: the chain from the first entry on, what it opens, and that its sequences rise. */
import { headOf, openRecordExport, type PairingCard, type RecordEntry } from '@airlock/gap';
import type { Context, FileFacts } from './context.ts';
import { noteVerdicts } from './ledger-of-records.ts';
import type { InputFile } from './read-files.ts';
import { compareWithCard } from './verify-batch.ts';

function findOpeningFault(entry: RecordEntry | undefined, card: PairingCard): string | null {
  if (entry?.event.kind !== 'opened') return 'the first entry does not open a keyring';
  const { keyring, network, publicKey } = entry.event;
  if (keyring.id !== card.keyring?.id) return `it opens ${keyring.id}`;
  if (network !== card.network) return `it opens a keyring for network ${network}`;
  const isSameKey = Buffer.compare(publicKey, card.publicKey) === 0;
  return isSameKey ? null : 'it opens the keyring with another public key';
}

function findSequenceFault(entries: readonly RecordEntry[]): string | null {
  let last = 0;
  for (const { number, event } of entries) {
    if (event.kind !== 'signed') continue;
    if (event.sequence <= last) {
      return `entry ${number} signs sequence ${event.sequence} after sequence ${last}`;
    }
    last = event.sequence;
  }
  return null;
}

/** @throws GapError */
export function verifyRecord(file: InputFile, card: PairingCard, context: Context): FileFacts {
  const { record, entries, head } = openRecordExport(file.bytes, card.publicKey);
  const { keyringId } = record;
  compareWithCard({ ...record, file: file.path }, card, context.add);
  const openingFault = findOpeningFault(entries[0], card);
  if (openingFault !== null) {
    context.add({ code: 'record_opening', file: file.path, message: openingFault });
  }
  const sequenceFault = findSequenceFault(entries);
  if (sequenceFault !== null) {
    context.add({ code: 'sequence_not_rising', file: file.path, message: sequenceFault });
  }
  const source = { keyringId, file: file.path };
  for (const [index, entry] of entries.entries()) {
    const body = record.entries[index]?.body;
    if (body === undefined) throw new RangeError('expected a body for each entry');
    context.records.entry(source, entry, headOf(entry, body));
    noteVerdicts(source, entry, context);
  }
  const signed = entries.filter(({ event }) => event.kind === 'signed').length;
  const holds = `record up to head ${head.number} (${head.hash}): ${signed} signed requests`;
  return { keyringId, holds, notes: [] };
}
