/**
 * One part of a message as a line of text (BCR-2020-005): `ur:<type>/<bytewords>` if the message is one
 * part, else `ur:<type>/<sequence>-<count>/<bytewords of a CBOR array>`.
 */
import { type CborValue, decodeCbor, encodeCbor } from '../cbor.ts';
import { GapError } from '../error.ts';
import { crc32 } from './crc32.ts';
import {
  UR_FRAGMENT_BYTES_MAX,
  UR_FRAGMENTS_MAX,
  UR_MESSAGE_BYTES_MAX,
  UR_TEXT_CHARACTERS_MAX,
} from './limits.ts';
import { decodeMinimal, encodeMinimal } from './minimal-bytewords.ts';

const SINGLE = /^ur:([a-z0-9]+(?:-[a-z0-9]+)*)\/([a-z]+)$/i;
const MULTIPART = /^ur:([a-z0-9]+(?:-[a-z0-9]+)*)\/([1-9][0-9]{0,9})-([1-9][0-9]{0,2})\/([a-z]+)$/i;
const UINT32_MAX = 0xffffffffn;

/** What the parts of one transfer have in common. */
export interface Transfer {
  /** Lower case. */
  readonly type: string;
  /** Fragments of the message, K. */
  readonly count: number;
  readonly messageBytes: number;
  /** CRC-32 of the message. */
  readonly checksum: number;
  /** Bytes of each fragment; the last one is filled up with zeros. */
  readonly fragmentBytes: number;
}

export interface Part {
  readonly transfer: Transfer;
  /** From 1; says which fragments are mixed. */
  readonly sequence: number;
  /** The fragments' sum. */
  readonly data: Uint8Array;
}

/** Upper case, for QR's alphanumeric mode. */
export function formatPart({ transfer, sequence, data }: Part): string {
  const { type, count, messageBytes, checksum } = transfer;
  if (count === 1) {
    return `UR:${type.toUpperCase()}/${encodeMinimal(data.subarray(0, messageBytes))}`;
  }
  const numbers = [sequence, count, messageBytes, checksum].map(BigInt);
  const body = encodeMinimal(encodeCbor([...numbers, data]));
  return `UR:${type.toUpperCase()}/${sequence}-${count}/${body}`;
}

function parseSingle(text: string): Part | null {
  const [, type, letters = ''] = SINGLE.exec(text) ?? [];
  const data = decodeMinimal(letters.toUpperCase());
  if (type === undefined || data === null) return null;
  const bytes = data.length;
  const transfer = {
    type: type.toLowerCase(),
    count: 1,
    messageBytes: bytes,
    checksum: crc32(data),
    fragmentBytes: bytes,
  };
  return { transfer, sequence: 1, data };
}

/** A part's CBOR array of four numbers and the data. */
function decodeBody(body: Uint8Array): { numbers: number[]; data: Uint8Array } | null {
  let value: CborValue;
  try {
    value = decodeCbor(body);
  } catch (cause) {
    if (cause instanceof GapError) return null;
    throw cause;
  }
  if (!Array.isArray(value) || value.length !== 5) return null;
  const fields = value as readonly CborValue[];
  const numbers = fields.filter(
    (field) => typeof field === 'bigint' && field >= 0n && field <= UINT32_MAX,
  );
  const data = fields[4];
  if (numbers.length !== 4 || !(data instanceof Uint8Array)) return null;
  return { numbers: numbers.map(Number), data };
}

function isWithinBounds({ transfer, sequence }: Part): boolean {
  const { count, messageBytes, fragmentBytes } = transfer;
  return (
    sequence >= 1 &&
    count <= UR_FRAGMENTS_MAX &&
    messageBytes >= 1 &&
    messageBytes <= UR_MESSAGE_BYTES_MAX &&
    fragmentBytes <= UR_FRAGMENT_BYTES_MAX &&
    count === Math.ceil(messageBytes / fragmentBytes)
  );
}

function parseMultipart(text: string): Part | null {
  const [, type, sequenceText, countText, letters = ''] = MULTIPART.exec(text) ?? [];
  const bytes = decodeMinimal(letters.toUpperCase());
  const body = bytes === null ? null : decodeBody(bytes);
  if (type === undefined || body === null) return null;
  const { data } = body;
  const [sequence = 0, count = 0, messageBytes = 0, checksum = 0] = body.numbers;
  if (Number(sequenceText) !== sequence || Number(countText) !== count) return null;
  const fragmentBytes = data.length;
  const transfer = { type: type.toLowerCase(), count, messageBytes, checksum, fragmentBytes };
  return { transfer, sequence, data };
}

/**
 * Reads a line in either case, with white space around it.
 * @returns null for whatever is no part: another code in the picture, a misread letter, a line cut
 */
export function parsePart(line: string): Part | null {
  const text = line.trim();
  if (text.length > UR_TEXT_CHARACTERS_MAX) return null;
  const part = parseMultipart(text) ?? parseSingle(text);
  return part !== null && isWithinBounds(part) ? part : null;
}

export function isSameTransfer(a: Transfer, b: Transfer): boolean {
  return (
    a.type === b.type &&
    a.count === b.count &&
    a.messageBytes === b.messageBytes &&
    a.checksum === b.checksum &&
    a.fragmentBytes === b.fragmentBytes
  );
}
