/**
 * The file that `spend` writes: trytes for any node, and the record entries that no coordinator has
 * been told. It has left the house, so it is a witness: `resume` takes these entries out of it.
 */
import {
  decodeShape,
  encodeShape,
  GapError,
  readEntry,
  type SealedEntry,
  sealedEntry,
} from '@airlock/gap';

export interface SpendFile {
  /** 81 trytes. */
  readonly bundleHash: string;
  /** Whole transactions, the highest index first, as attachToTangle takes them. */
  readonly trytes: readonly string[];
  /** The last of them signed this bundle alone. */
  readonly entries: readonly SealedEntry[];
}

/** Bytes of the file: 128 transactions and the entries take half of it. */
export const SPEND_FILE_BYTES_MAX: number = 1024 * 1024;
/** Entries of one file: at most 2 kB each, for they answer no request. */
export const SPEND_ENTRIES_MAX = 64;
const FIRST_BYTE = '{'.charCodeAt(0);

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/**
 * The end of a record since its last answer to a request: a response and a receipt carry what came
 * before them, and nothing carries this.
 */
export function sinceLastAnswer(
  entries: readonly SealedEntry[],
  publicKey: Uint8Array,
): SealedEntry[] {
  const end = entries.slice(-SPEND_ENTRIES_MAX);
  const isAnswer = (sealed: SealedEntry): boolean =>
    ['signed', 'voided'].includes(readEntry(sealed, publicKey).event.kind);
  return end.slice(end.findLastIndex(isAnswer) + 1);
}

export function encodeSpendFile({ bundleHash, trytes, entries }: SpendFile): Uint8Array {
  const record = entries.map((entry) => toBase64(encodeShape(sealedEntry, entry)));
  return new TextEncoder().encode(`${JSON.stringify({ bundleHash, trytes, record })}\n`);
}

/** Whether a file begins as JSON does; no Airlock message does. */
export function isSpendFile(file: Uint8Array): boolean {
  return file[0] === FIRST_BYTE;
}

type Unread = { readonly [Name in 'bundleHash' | 'trytes' | 'record']?: unknown };

function parseJson(file: Uint8Array): Unread {
  if (file.length > SPEND_FILE_BYTES_MAX) {
    throw new GapError('too_large', `expected at most ${SPEND_FILE_BYTES_MAX} bytes of a spend`);
  }
  const malformed = new GapError('envelope_malformed', 'expected the JSON object of a spend');
  if (!isSpendFile(file)) throw malformed;
  try {
    return JSON.parse(Buffer.from(file).toString('utf8')) as Unread;
  } catch (cause) {
    throw cause instanceof SyntaxError ? malformed : cause;
  }
}

function parseEntry(text: unknown, at: number): SealedEntry {
  if (typeof text === 'string') {
    const bytes = Buffer.from(text, 'base64');
    if (toBase64(bytes) === text) return decodeShape(sealedEntry, bytes, `record[${at}]`);
  }
  throw new GapError('field_type', `record[${at}]: expected base64`);
}

/** The trytes that a spend carries, not looked at. @throws GapError */
export function readTrytes(file: Uint8Array): unknown[] {
  const { trytes } = parseJson(file);
  if (Array.isArray(trytes)) return trytes;
  throw new GapError('field_missing', 'expected `trytes`, which every spend has');
}

/**
 * The record entries that a spend carries, each signed by this signer; the last one is of its bundle.
 * @throws GapError also of JSON from elsewhere, and of a spend whose `record` was taken out
 */
export function openSpendFile(file: Uint8Array, publicKey: Uint8Array): SealedEntry[] {
  const { bundleHash, record } = parseJson(file);
  if (!Array.isArray(record)) {
    throw new GapError('field_missing', 'expected `record`, which every spend has');
  }
  if (record.length === 0 || record.length > SPEND_ENTRIES_MAX) {
    throw new GapError('field_range', `record: expected 1 to ${SPEND_ENTRIES_MAX} entries`);
  }
  const sealed = record.map(parseEntry);
  const { event } = sealed.map((each) => readEntry(each, publicKey)).at(-1) ?? {};
  if (event?.kind === 'signed-alone' && event.verdict.bundleHash === bundleHash) return sealed;
  throw new GapError('field_range', 'record: expected its last entry to be of this bundle');
}
