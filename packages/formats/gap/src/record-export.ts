/**
 * The record export: a signer's record from its first entry on, written by the signer for its auditor
 * or by the coordinator, which keeps every entry that it imported.
 */
import type { Network } from '@airlock/protocol';
import { openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import type { Identity } from './identity.ts';
import { ENTRIES_MAX, RECORD_ITEMS_MAX } from './limits.ts';
import { keyringId, network } from './pairing-card.ts';
import {
  EMPTY_HEAD,
  type Head,
  openEntry,
  type RecordEntry,
  type SealedEntry,
  sealedEntry,
} from './record-entry.ts';
import { decodeShape, encodeShape, field, list, type Shape, struct } from './shape.ts';

export interface RecordExport {
  readonly keyringId: string;
  readonly network: Network;
  /** All entries from the first on. */
  readonly entries: readonly SealedEntry[];
}

const recordExport: Shape<RecordExport> = struct<RecordExport>({
  keyringId: field(1, keyringId),
  network: field(2, network),
  entries: field(3, list(sealedEntry, { min: 1, max: ENTRIES_MAX })),
});

export function sealRecordExport(record: RecordExport, identity: Identity): Uint8Array {
  return sealEnvelope('record-export', encodeShape(recordExport, record), [identity]);
}

/**
 * Opens an export and follows its chain from the first entry to its head.
 * @param publicKey the signer's, which every entry is signed by
 * @param keepers who else may have written the export out
 */
export function openRecordExport(
  file: Uint8Array,
  publicKey: Uint8Array,
  keepers: readonly Uint8Array[] = [],
): { readonly record: RecordExport; readonly entries: RecordEntry[]; readonly head: Head } {
  const envelope = openEnvelope(file, 'record-export');
  verifyEnvelope(envelope, [publicKey, ...keepers]);
  const record = decodeShape(recordExport, envelope.payload, {
    name: 'record-export',
    itemsMax: RECORD_ITEMS_MAX,
  });
  let head = EMPTY_HEAD;
  const entries = record.entries.map((sealed) => {
    const opened = openEntry(sealed, head, publicKey);
    head = opened.head;
    return opened.entry;
  });
  return { record, entries, head };
}
