/**
 * The record on disk: frames of a checked header and a body. A frame that the end of the file cuts
 * short was never acknowledged and is dropped; anything else that does not verify stops the signer.
 */
import {
  BATCH_ADDRESSES_MAX,
  bytes,
  decodeShape,
  encodeShape,
  field,
  GapError,
  type Head,
  type Identity,
  type IssuedAddress,
  issuedAddresses,
  leavesOf,
  merkleRoot,
  nullable,
  openEntry,
  type RecordEvent,
  type SealedEntry,
  type Shape,
  sealEntry,
  sealedEntry,
  sha256,
  struct,
} from '@airlock/gap';
import type { Disk } from './disk.ts';
import { SignerError } from './error.ts';
import { applyEntry, RecordFold, type RecordState } from './record-state.ts';

/** Bytes of a record file: some two million addresses. */
const RECORD_BYTES_MAX = 256 * 1024 * 1024;
const FRAME_BYTES_MAX = 40 * 1024 * 1024;
const HEADER_BYTES = 8;
/** Kept free of addresses, so that a full record can still sign. */
const SIGNING_BYTES = 32 * 1024 * 1024;
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

/** Length of the body and a check of that length, so that a damaged length is not taken for a torn end. */
function frameHeader(length: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(length, 0);
  header.set(Buffer.from(sha256(header.subarray(0, 4)).slice(0, 8), 'hex'), 4);
  return header;
}

function damaged(message: string, cause?: unknown): SignerError {
  return new SignerError('record_damaged', message, {
    next: 'stop using this home and restore the record from the newest backup',
    cause,
  });
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

export interface LoadedRecord {
  readonly state: RecordState;
  /** Where the next frame goes: the end of the last whole one. */
  readonly end: number;
  /** Bytes of an unacknowledged frame after `end`. */
  readonly tornBytes: number;
}

/** Splits the file into frame bodies. @throws SignerError record_damaged */
function splitFrames(file: Uint8Array): { readonly bodies: Uint8Array[]; readonly end: number } {
  const bodies: Uint8Array[] = [];
  let end = 0;
  while (file.length - end >= HEADER_BYTES) {
    const header = file.subarray(end, end + HEADER_BYTES);
    const length = Buffer.from(header).readUInt32BE(0);
    if (length > FRAME_BYTES_MAX || Buffer.compare(frameHeader(length), header) !== 0) {
      throw damaged(`the record is damaged at byte ${end}`);
    }
    if (file.length - end - HEADER_BYTES < length) break;
    bodies.push(file.subarray(end + HEADER_BYTES, end + HEADER_BYTES + length));
    end += HEADER_BYTES + length;
  }
  return { bodies, end };
}

/** Reads and verifies the whole record of the signer with this public key. */
export function loadRecord(disk: Disk, path: string, publicKey: Uint8Array): LoadedRecord {
  const file = disk.read(path, RECORD_BYTES_MAX) ?? new Uint8Array();
  const { bodies, end } = splitFrames(file);
  const state = new RecordFold();
  for (const body of bodies) {
    try {
      const frame = decodeShape(frameShape, body, 'frame');
      const { entry, head } = openEntry(frame.entry, state.head, publicKey);
      const addresses = parseAddresses(frame, entry.event);
      applyEntry(state, { sealed: frame.entry, entry, head, addresses });
    } catch (cause) {
      if (!(cause instanceof GapError)) throw cause;
      throw damaged(`entry ${state.head.number + 1} of the record: ${cause.message}`, cause);
    }
  }
  return { state, end, tornBytes: file.length - end };
}

/** A frame that could not be read again would close this home for ever: it is never written. */
function assertReadable(body: Uint8Array, head: Head, publicKey: Uint8Array): void {
  const frame = decodeShape(frameShape, body, 'frame');
  parseAddresses(frame, openEntry(frame.entry, head, publicKey).entry.event);
}

/**
 * Appends one entry, synced, and reads it back: it counts only if it stands directly after the head
 * that was known when the request was checked.
 * @throws SignerError record_moved if something else was written meanwhile
 */
export function appendEntry(options: {
  readonly disk: Disk;
  readonly path: string;
  readonly loaded: LoadedRecord;
  readonly at: number;
  readonly event: RecordEvent;
  readonly addresses: readonly IssuedAddress[];
  readonly identity: Identity;
}): LoadedRecord {
  const { disk, path, loaded, event, addresses, identity } = options;
  const head: Head = loaded.state.head;
  const entry = sealEntry(head, { at: Math.max(0, options.at), event }, identity);
  const body = encodeShape(frameShape, {
    entry,
    addresses:
      event.kind === 'issued'
        ? encodeShape(
            issuedAddresses,
            addresses.map((issued) => [issued.uuid, issued.address, issued.securityLevel] as const),
          )
        : null,
  });
  const frame = new Uint8Array(Buffer.concat([frameHeader(body.length), body]));
  assertReadable(body, head, identity.publicKey);
  const room = RECORD_BYTES_MAX - (event.kind === 'issued' ? SIGNING_BYTES : 0);
  if (loaded.end + frame.length > room) {
    throw new SignerError('record_full', `the record may have ${room} bytes`, {
      next: 'nothing was recorded; make a new signer for new addresses, and sweep this one',
    });
  }
  const before = disk.exists(path) ? disk.readFrom(path, loaded.end).length : 0;
  if (before !== loaded.tornBytes) throw moved();
  if (loaded.tornBytes > 0) disk.cut(path, loaded.end);
  disk.append(path, frame);
  if (Buffer.compare(disk.readFrom(path, loaded.end), frame) !== 0) throw moved();
  return loadRecord(disk, path, identity.publicKey);
}

function moved(): SignerError {
  return new SignerError('record_moved', 'the record changed while it was being written', {
    next: 'make sure that no other process uses this home, then repeat the command',
  });
}
