/**
 * The JSON file that a signer's `spend` writes (docs/gap.md §13), by code of the auditor's own: told
 * from other JSON by the names in it, then held to one strict form.
 */
import { decodeShape, GapError, type SealedEntry, SLOTS_MAX, sealedEntry } from '@airlock/gap';
import { SPEND_BYTES_MAX, SPEND_ENTRIES_MAX } from '../limits.ts';
import { isTrytes } from '../ternary.ts';
import { TRANSACTION_TRYTES } from '../transaction.ts';

export interface SpendFile {
  /** 81 trytes. */
  readonly bundleHash: string;
  /** Transactions of 2,673 trytes as they stand in the file, the highest index first. */
  readonly trytes: readonly string[];
  /** Their signatures are not verified. */
  readonly entries: readonly SealedEntry[];
}

const NAMES = ['bundleHash', 'trytes', 'record'] as const;
type Name = (typeof NAMES)[number];
type JsonObject = Readonly<Record<string, unknown>>;

/** A file with so many of the names claims to be a spend, however damaged it is otherwise. */
const NAMES_OF_A_CLAIM = 2;
const FIRST_BYTE = '{'.charCodeAt(0);

export function isJson(file: Uint8Array): boolean {
  return file[0] === FIRST_BYTE;
}

/** The object of a text that begins with `{`, or null if it is no JSON. */
function parseObject(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const range = (message: string): GapError => new GapError('field_range', message);

/** Shows what came instead of text, a list or an object. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? `a list of ${value.length}` : `a ${typeof value}`;
}

function readTrytes(value: unknown, path: string, length: number): string {
  if (typeof value !== 'string') {
    throw new GapError('field_type', `${path}: expected ${length} trytes, got ${kindOf(value)}`);
  }
  if (value.length !== length || !isTrytes(value)) {
    const got = value.length === length ? 'other characters among them' : `${value.length}`;
    throw range(`${path}: expected ${length} trytes (9, A to Z), got ${got}`);
  }
  return value;
}

function readList(value: unknown, name: Name, max: number): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new GapError('field_type', `${name}: expected a list, got ${kindOf(value)}`);
  }
  if (value.length < 1 || value.length > max) {
    throw range(`${name}: expected a list of 1 to ${max}, got ${value.length}`);
  }
  return value;
}

function readEntry(value: unknown, at: number): SealedEntry {
  const path = `record[${at}]`;
  if (typeof value !== 'string') {
    throw new GapError('field_type', `${path}: expected base64, got ${kindOf(value)}`);
  }
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') !== value) {
    throw new GapError('field_type', `${path}: expected base64, got other characters or padding`);
  }
  return decodeShape(sealedEntry, bytes, path);
}

/** @param plain the file's text without white space */
function readObject(object: JsonObject, plain: string): SpendFile {
  const missing = NAMES.find((name) => !Object.hasOwn(object, name));
  if (missing !== undefined) {
    const message = `expected "${missing}", which every spend has: it was taken out, look for another copy`;
    throw new GapError('field_missing', message);
  }
  const count = Object.keys(object).length;
  if (count !== NAMES.length) {
    const message = `expected nothing but ${NAMES.join(', ')}, got ${count} names`;
    throw new GapError('field_unknown', message);
  }
  const spend = {
    bundleHash: readTrytes(object.bundleHash, 'bundleHash', 81),
    trytes: readList(object.trytes, 'trytes', SLOTS_MAX).map((each, at) =>
      readTrytes(each, `trytes[${at}]`, TRANSACTION_TRYTES),
    ),
    entries: readList(object.record, 'record', SPEND_ENTRIES_MAX).map(readEntry),
  };
  // Other readers may take the first of two equal names, or another text for an escape.
  if (JSON.stringify(object) !== plain) {
    throw new GapError(
      'envelope_malformed',
      'expected each name once and no escapes: a file made to be read in two ways',
    );
  }
  return spend;
}

/**
 * Reads a file that begins as JSON does. @returns null if it is other JSON
 * @throws GapError of one that has a spend's names, but not its form
 */
export function readSpendFile(file: Uint8Array): SpendFile | null {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const isLarge = bytes.length > SPEND_BYTES_MAX;
  // A spend is ASCII; whatever is not becomes characters that no field may have.
  const text = isLarge ? '' : bytes.toString('latin1');
  const object = isLarge ? null : parseObject(text);
  const has = (name: Name): boolean =>
    object === null ? bytes.includes(`"${name}"`) : Object.hasOwn(object, name);
  if (NAMES.filter(has).length < NAMES_OF_A_CLAIM) return null;
  if (isLarge) {
    const message = `expected at most ${SPEND_BYTES_MAX} bytes of a spend, got ${bytes.length}`;
    throw new GapError('too_large', message);
  }
  if (object === null) {
    const message =
      'expected the JSON of a spend, got text that is damaged or cut off: copy it again';
    throw new GapError('envelope_malformed', message);
  }
  return readObject(object, text.replace(/[ \t\r\n]/g, ''));
}
