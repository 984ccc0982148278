/**
 * The record on disk: a folder with one file an entry, named by its number. Each is made whole, synced
 * and then given its name, which only one process can take: of two that would write the same entry one
 * is refused, and nothing is ever cut or replaced. Whatever does not verify stops the signer.
 */
import { join } from 'node:path';
import {
  BATCH_ADDRESSES_MAX,
  bytes,
  decodeShape,
  encodeShape,
  field,
  GapError,
  type Head,
  headOf,
  type Identity,
  type IssuedAddress,
  issuedAddresses,
  leavesOf,
  merkleRoot,
  nullable,
  openEntry,
  type RecordEntry,
  type RecordEvent,
  readEntry,
  type SealedEntry,
  type Shape,
  sealEntry,
  sealedEntry,
  sha256,
  struct,
} from '@airlock/gap';
import { type Disk, isSystemError } from './disk.ts';
import { SignerError } from './error.ts';
import { applyEntry, RecordFold, type RecordState } from './record-state.ts';

/** Bytes of a record: some two million addresses. */
const RECORD_BYTES_MAX = 256 * 1024 * 1024;
const FRAME_BYTES_MAX = 40 * 1024 * 1024;
const ENTRY_NAME = /^\d{8}$/;
/** Kept free of addresses, so that a full record can still sign. */
const SIGNING_BYTES = 32 * 1024 * 1024;
/** Of all entries, as an export carries them: it must stay below the cap of a file (32 MiB), or nobody could resume. */
const EXPORT_BYTES_MAX = 31 * 1024 * 1024;
/** Kept free of batches and pairings, so that a full record can still sign. */
const EXPORT_SIGNING_BYTES = 4 * 1024 * 1024;
/** Of an entry beside its body: signature and heads. */
const SEALED_OVERHEAD_BYTES = 80;
/** CBOR values in a list of addresses: four each. */
const ADDRESSES_ITEMS_MAX = 4 * BATCH_ADDRESSES_MAX + 1;

interface Frame {
  readonly entry: SealedEntry;
  /** Of an issued entry: its list of addresses, bound by the entry's Merkle root. */
  readonly addresses: Uint8Array | null;
}

const frameShape: Shape<Frame> = struct<Frame>({
  entry: field(1, sealedEntry),
  addresses: field(2, nullable(bytes(1, FRAME_BYTES_MAX))),
});

function decodeFrame(body: Uint8Array): Frame {
  return decodeShape(frameShape, body, 'frame');
}

/** The way out of a record that cannot be trusted: a backup alone has forgotten signatures. */
export const HEAL_RECORD =
  'sign nothing with this home nor with a copy of it; "airlock-signer recover" makes a new home of what is left, "resume" takes up signing from the files that were kept';

function damaged(message: string, cause?: unknown): SignerError {
  return new SignerError('record_damaged', message, { next: HEAL_RECORD, cause });
}

function parseAddresses(frame: Frame, event: RecordEvent): readonly IssuedAddress[] {
  if (event.kind !== 'issued') {
    if (frame.addresses === null) return [];
    throw damaged('an entry that issues nothing carries addresses');
  }
  if (frame.addresses === null) throw damaged('an issued entry lacks its addresses');
  const addresses = decodeShape(issuedAddresses, frame.addresses, {
    name: 'addresses',
    itemsMax: ADDRESSES_ITEMS_MAX,
  }).map(([uuid, address, securityLevel]) => ({ uuid, address, securityLevel }));
  if (addresses.length !== event.count || merkleRoot(leavesOf(addresses)) !== event.root) {
    throw damaged('the addresses of an issued entry are not those of its root');
  }
  return addresses;
}

function readFrame(disk: Disk, folder: string, name: string): Uint8Array {
  return disk.read(join(folder, name), FRAME_BYTES_MAX) ?? new Uint8Array();
}

/** A frame's bytes; of an issued entry with its addresses. */
function encodeFrame({ entry, sealed, addresses }: FoundEntry): Uint8Array {
  const isIssued = entry.event.kind === 'issued';
  const list = addresses.map(
    (issued) => [issued.uuid, issued.address, issued.securityLevel] as const,
  );
  return encodeShape(frameShape, {
    entry: sealed,
    addresses: isIssued ? encodeShape(issuedAddresses, list) : null,
  });
}

export interface LoadedRecord {
  readonly state: RecordState;
  /** Bytes of all entries. */
  readonly size: number;
}

export const EMPTY_RECORD: LoadedRecord = { state: new RecordFold(), size: 0 };

const nameOf = (number: number): string => String(number).padStart(8, '0');

/** Reads and verifies the whole record of the signer with this public key. */
export function loadRecord(disk: Disk, folder: string, publicKey: Uint8Array): LoadedRecord {
  const names = disk.list(folder).filter((name) => ENTRY_NAME.test(name));
  const state = new RecordFold();
  let size = 0;
  for (const name of names) {
    const number = state.head.number + 1;
    if (name !== nameOf(number)) throw damaged(`entry ${number} of the record is missing`);
    const body = readFrame(disk, folder, name);
    size += body.length;
    try {
      const frame = decodeFrame(body);
      const { entry, head } = openEntry(frame.entry, state.head, publicKey);
      const addresses = parseAddresses(frame, entry.event);
      applyEntry(state, { sealed: frame.entry, entry, head, addresses });
    } catch (cause) {
      if (!(cause instanceof GapError)) throw cause;
      throw damaged(`entry ${number} of the record: ${cause.message}`, cause);
    }
  }
  return { state, size };
}

/** An entry that was found on its own: signed by its signer, whatever stands before it. */
export interface FoundEntry {
  readonly entry: RecordEntry;
  readonly sealed: SealedEntry;
  readonly addresses: readonly IssuedAddress[];
}

export interface SalvagedRecord {
  /** What follows from the entries up to the first gap. */
  readonly record: LoadedRecord;
  /** All sound entries, also those after a gap. */
  readonly entries: readonly FoundEntry[];
  /** Names of the files that hold no sound entry. */
  readonly damaged: readonly string[];
}

/** Reads what is sound of a record that may be old or damaged. Nothing may be signed from it. */
export function salvageRecord(disk: Disk, folder: string, publicKey: Uint8Array): SalvagedRecord {
  const entries: FoundEntry[] = [];
  const unsound: string[] = [];
  for (const name of disk.list(folder).filter((each) => ENTRY_NAME.test(each))) {
    try {
      const { entry: sealed, addresses } = decodeFrame(readFrame(disk, folder, name));
      const entry = readEntry(sealed, publicKey);
      if (nameOf(entry.number) !== name) throw damaged('an entry stands under another name');
      const found = parseAddresses({ entry: sealed, addresses }, entry.event);
      entries.push({ entry, sealed, addresses: found });
    } catch (cause) {
      const isUnsound =
        cause instanceof GapError || cause instanceof SignerError || isSystemError(cause);
      if (!isUnsound) throw cause;
      unsound.push(name);
    }
  }
  const state = new RecordFold();
  for (const { entry, sealed, addresses } of entries) {
    if (entry.number !== state.head.number + 1 || entry.previous !== state.head.hash) break;
    applyEntry(state, { sealed, entry, head: headOf(entry, sealed.body), addresses });
  }
  return { record: { state, size: 0 }, entries, damaged: unsound };
}

/** Writes found entries into a folder; one that is there already stays. */
export function writeEntries(disk: Disk, folder: string, entries: readonly FoundEntry[]): void {
  for (const found of entries) {
    disk.create(join(folder, nameOf(found.entry.number)), encodeFrame(found));
  }
}

/** Hands the entries' files over, one by one, as they are. */
export function copyRecord(
  disk: Disk,
  folder: string,
  copy: (name: string, frame: Uint8Array) => void,
): void {
  for (const name of disk.list(folder).filter((each) => ENTRY_NAME.test(each))) {
    copy(name, readFrame(disk, folder, name));
  }
}

/** A frame that could not be read again would close this home for ever: it is never written. */
function assertReadable(body: Uint8Array, head: Head, publicKey: Uint8Array): void {
  const frame = decodeFrame(body);
  parseAddresses(frame, openEntry(frame.entry, head, publicKey).entry.event);
}

function isExportFull({ state }: LoadedRecord, sealed: SealedEntry, event: RecordEvent): boolean {
  const bytes = [...state.entries, sealed].reduce(
    (sum, { body }) => sum + body.length + SEALED_OVERHEAD_BYTES,
    0,
  );
  const isGrowing = event.kind === 'issued' || event.kind === 'paired';
  return bytes > EXPORT_BYTES_MAX - (isGrowing ? EXPORT_SIGNING_BYTES : 0);
}

/**
 * Adds one entry, synced, and reads it back: it counts only if it stands directly after the head that
 * was known when the request was checked.
 * @throws SignerError record_moved if another process took its number
 */
export function appendEntry(options: {
  readonly disk: Disk;
  readonly folder: string;
  readonly loaded: LoadedRecord;
  readonly at: number;
  readonly event: RecordEvent;
  readonly addresses: readonly IssuedAddress[];
  readonly identity: Identity;
}): LoadedRecord {
  const { disk, folder, loaded, event, addresses, identity } = options;
  const head: Head = loaded.state.head;
  const sealed = sealEntry(head, { at: Math.max(0, options.at), event }, identity);
  const entry = readEntry(sealed, identity.publicKey);
  const frame = encodeFrame({ entry, sealed, addresses });
  assertReadable(frame, head, identity.publicKey);
  const room = RECORD_BYTES_MAX - (event.kind === 'issued' ? SIGNING_BYTES : 0);
  if (loaded.size + frame.length > room || isExportFull(loaded, sealed, event)) {
    throw new SignerError('record_full', 'the record has grown as far as it may', {
      next: 'nothing was recorded; make a new signer for new addresses, and sweep this one',
    });
  }
  if (!disk.create(join(folder, nameOf(head.number + 1)), frame)) throw moved();
  const written = loadRecord(disk, folder, identity.publicKey);
  const { number, hash } = written.state.head;
  if (number !== head.number + 1 || hash !== sha256(sealed.body)) throw moved();
  return written;
}

function moved(): SignerError {
  return new SignerError('record_moved', 'the record changed while it was being written', {
    next: 'make sure that no other process uses this home, then repeat the command',
  });
}
