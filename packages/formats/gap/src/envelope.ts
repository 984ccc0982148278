/**
 * The envelope of every message: COSE_Sign (RFC 9052 §4.1) with Ed25519 (-19, RFC 9864). All headers
 * are protected, unprotected maps are empty, external_aad is the message's type URI. Opening parses
 * the envelope alone; the payload is parsed only after its signatures are verified.
 */
import { type CborValue, decodeCbor, encodeCbor, Tagged } from './cbor.ts';
import { GapError } from './error.ts';
import { type Identity, keyIdOf, SIGNATURE_BYTES, sha256, verifyIdentity } from './identity.ts';
import {
  BATCH_BYTES_MAX,
  ENVELOPE_ITEMS_MAX,
  FILE_BYTES_MAX,
  RECORD_BYTES_MAX,
  REQUEST_BYTES_MAX,
  RESPONSE_BYTES_MAX,
  SIGNATURES_MAX,
  SMALL_BYTES_MAX,
} from './limits.ts';

export type MessageType =
  | 'pairing-card'
  | 'address-batch'
  | 'address-batch-statement'
  | 'signing-request'
  | 'signing-response'
  | 'void-request'
  | 'void-receipt'
  | 'custody-slip'
  | 'custody-receipt'
  | 'record-export';

/** Bytes that each type of message may have. */
const TYPE_BYTES_MAX: Readonly<Record<MessageType, number>> = {
  'pairing-card': SMALL_BYTES_MAX,
  'address-batch': BATCH_BYTES_MAX,
  'address-batch-statement': SMALL_BYTES_MAX,
  'signing-request': REQUEST_BYTES_MAX,
  'signing-response': RESPONSE_BYTES_MAX,
  'void-request': SMALL_BYTES_MAX,
  'void-receipt': RESPONSE_BYTES_MAX,
  'custody-slip': SMALL_BYTES_MAX,
  'custody-receipt': SMALL_BYTES_MAX,
  'record-export': RECORD_BYTES_MAX,
};

export const MESSAGE_TYPES: readonly MessageType[] = Object.keys(TYPE_BYTES_MAX) as MessageType[];

const COSE_SIGN_TAG = 98n;
const HEADER_ALGORITHM = 1n;
const HEADER_CONTENT_TYPE = 3n;
const HEADER_KEY_ID = 4n;
const ALGORITHM_ED25519 = -19n;
const EMPTY: CborValue = new Map();

/** The type's URI, which signatures cover as external_aad. */
export function typeUri(type: MessageType): string {
  return `airlock:gap/v1/${type}`;
}

const contentTypeOf = (type: MessageType): string => `application/vnd.airlock.${type}.v1+cbor`;

/** The type with its article, for texts. */
const named = (type: MessageType): string => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

export interface Envelope {
  readonly type: MessageType;
  /** Not to be parsed before {@link verifyEnvelope}. */
  readonly payload: Uint8Array;
  readonly bodyHeader: Uint8Array;
  /** Sorted by key id (SHA-256 of the public key), each key at most once. */
  readonly signatures: readonly EnvelopeSignature[];
}

interface EnvelopeSignature {
  readonly header: Uint8Array;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

/** Sig_structure of RFC 9052 §4.4. */
function signedBytes(
  envelope: Pick<Envelope, 'type' | 'payload' | 'bodyHeader'>,
  header: Uint8Array,
): Uint8Array {
  const aad = new Uint8Array(Buffer.from(typeUri(envelope.type), 'utf8'));
  return encodeCbor(['Signature', envelope.bodyHeader, header, aad, envelope.payload]);
}

/** A message's file: its payload signed by one or more identities. */
export function sealEnvelope(
  type: MessageType,
  payload: Uint8Array,
  identities: readonly Identity[],
): Uint8Array {
  const bodyHeader = encodeCbor(new Map([[HEADER_CONTENT_TYPE, contentTypeOf(type)]]));
  const signatures = identities
    .map((identity) => ({ identity, keyId: keyIdOf(identity.publicKey) }))
    .sort((a, b) => Buffer.compare(a.keyId, b.keyId))
    .map(({ identity, keyId }): CborValue => {
      const header = encodeCbor(
        new Map<bigint, CborValue>([
          [HEADER_ALGORITHM, ALGORITHM_ED25519],
          [HEADER_KEY_ID, keyId],
        ]),
      );
      const signature = identity.sign(signedBytes({ type, payload, bodyHeader }, header));
      return [header, EMPTY, signature];
    });
  const bytes = encodeCbor(new Tagged(COSE_SIGN_TAG, [bodyHeader, EMPTY, payload, signatures]));
  if (bytes.length > TYPE_BYTES_MAX[type]) {
    throw new RangeError(`${named(type)} of ${bytes.length} bytes exceeds its cap`);
  }
  return bytes;
}

function malformed(what: string): GapError {
  return new GapError('envelope_malformed', `not an Airlock file: ${what}`);
}

/** How every envelope begins: COSE_Sign's tag. */
const FIRST_BYTES = new Uint8Array([0xd8, 0x62]);
const SHOWN_BYTES = 8;
/** JSON and pages, as a failed download leaves them. Nothing else is shown: it may be a salt or a passphrase. */
const SHOWN = /^[{<][ -~]*$/;

/** Tells what is no Airlock file at all from one that is damaged, whose faults are CBOR's to name. */
function assertBeginning(file: Uint8Array): void {
  if (file.length === 0) {
    throw new GapError('cbor_truncated', 'expected an Airlock file, but the file is empty');
  }
  if (FIRST_BYTES.every((byte, at) => at >= file.length || file[at] === byte)) return;
  const text = Buffer.from(file.subarray(0, SHOWN_BYTES)).toString('latin1').trimEnd();
  const shown = SHOWN.test(text) ? text : 'others';
  const expected = Buffer.from(FIRST_BYTES).toString('hex');
  throw malformed(`expected it to begin with the bytes ${expected}, but it begins with ${shown}`);
}

function asItems(value: CborValue | undefined, count: number, what: string): readonly CborValue[] {
  if (!Array.isArray(value) || value.length !== count) {
    throw malformed(`expected ${what} with ${count} items`);
  }
  return value;
}

function asBytes(value: CborValue | undefined, what: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed(`expected ${what} as a byte string`);
  return value;
}

/** A protected header: a map in a byte string, with exactly these keys. */
function parseHeader(bytes: Uint8Array, keys: readonly bigint[]): ReadonlyMap<bigint, CborValue> {
  const header = decodeCbor(bytes, ENVELOPE_ITEMS_MAX);
  if (!(header instanceof Map) || header.size !== keys.length) {
    throw malformed('a protected header has other fields than its own');
  }
  for (const key of keys) {
    if (!header.has(key)) throw malformed(`a protected header lacks label ${key}`);
  }
  return header;
}

function assertEmptyMap(value: CborValue | undefined): void {
  if (!(value instanceof Map) || value.size !== 0) {
    throw malformed('an unprotected header is not empty');
  }
}

function parseSignature(value: CborValue): EnvelopeSignature {
  const [protectedBytes, unprotected, signatureBytes] = asItems(value, 3, 'a signature');
  assertEmptyMap(unprotected);
  const header = asBytes(protectedBytes, 'a signature header');
  const fields = parseHeader(header, [HEADER_ALGORITHM, HEADER_KEY_ID]);
  if (fields.get(HEADER_ALGORITHM) !== ALGORITHM_ED25519) {
    throw new GapError('algorithm_unsupported', 'expected Ed25519 (COSE algorithm -19)');
  }
  const keyId = asBytes(fields.get(HEADER_KEY_ID), 'a key id');
  const signature = asBytes(signatureBytes, 'a signature');
  if (keyId.length !== 32 || signature.length !== SIGNATURE_BYTES) {
    throw malformed('expected a key id of 32 bytes and a signature of 64');
  }
  return { header, keyId, signature };
}

function parseType(bodyHeader: Uint8Array): MessageType {
  const contentType = parseHeader(bodyHeader, [HEADER_CONTENT_TYPE]).get(HEADER_CONTENT_TYPE);
  const type = MESSAGE_TYPES.find((candidate) => contentTypeOf(candidate) === contentType);
  if (type !== undefined) return type;
  throw new GapError('type_unknown', 'the file is of a type or version this program does not know');
}

/**
 * Parses the envelope of a file, not its payload.
 * @param expected the type that the caller can use
 */
export function openEnvelope(file: Uint8Array, expected?: MessageType): Envelope {
  if (file.length > FILE_BYTES_MAX) {
    throw new GapError(
      'too_large',
      `${file.length} bytes came; no type may have over ${FILE_BYTES_MAX}`,
    );
  }
  assertBeginning(file);
  const tagged = decodeCbor(file, ENVELOPE_ITEMS_MAX);
  if (!(tagged instanceof Tagged) || tagged.tag !== COSE_SIGN_TAG) {
    throw malformed('expected COSE_Sign (CBOR tag 98)');
  }
  const [protectedBytes, unprotected, payloadBytes, signers] = asItems(
    tagged.value,
    4,
    'COSE_Sign',
  );
  assertEmptyMap(unprotected);
  const bodyHeader = asBytes(protectedBytes, 'the body header');
  const type = parseType(bodyHeader);
  if (expected !== undefined && type !== expected) {
    throw new GapError(
      'type_unexpected',
      `expected ${named(expected)}, but the file is ${named(type)}`,
    );
  }
  if (file.length > TYPE_BYTES_MAX[type]) {
    const cap = TYPE_BYTES_MAX[type];
    throw new GapError('too_large', `${file.length} bytes came; ${named(type)} may have ${cap}`);
  }
  if (!Array.isArray(signers) || signers.length < 1 || signers.length > SIGNATURES_MAX) {
    throw malformed(`expected 1 to ${SIGNATURES_MAX} signatures`);
  }
  const signatures = signers.map(parseSignature);
  for (const [index, { keyId }] of signatures.entries()) {
    const next = signatures[index + 1];
    if (next !== undefined && Buffer.compare(keyId, next.keyId) >= 0) {
      throw new GapError('signature_order', 'signatures are repeated or not sorted by key id');
    }
  }
  return { type, payload: asBytes(payloadBytes, 'the payload'), bodyHeader, signatures };
}

/**
 * Verifies that every signature belongs to one of these keys and covers the payload.
 * @throws GapError key_unknown, signature_invalid
 */
export function verifyEnvelope(envelope: Envelope, publicKeys: readonly Uint8Array[]): void {
  for (const { keyId, header, signature } of envelope.signatures) {
    const publicKey = publicKeys.find((key) => Buffer.compare(keyIdOf(key), keyId) === 0);
    if (publicKey === undefined) {
      const id = Buffer.from(keyId).toString('hex').slice(0, 16);
      throw new GapError('key_unknown', `signed by a key that is not paired (${id}…)`);
    }
    const message = signedBytes(envelope, header);
    if (!verifyIdentity({ publicKey, message, signature })) {
      throw new GapError('signature_invalid', 'the signature does not cover these bytes');
    }
  }
}

/** What requests and their answers name a message by: SHA-256(type URI, 0, payload), hexadecimal. */
export function digestOf(envelope: Pick<Envelope, 'type' | 'payload'>): string {
  return sha256(Buffer.from(`${typeUri(envelope.type)}\0`, 'utf8'), envelope.payload);
}
