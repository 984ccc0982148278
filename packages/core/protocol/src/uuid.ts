/** UUIDs in IOTA Hub's sense: 64 characters of the base64 alphabet (48 random bytes) naming a seed. */
import { ProtocolError } from './error.ts';

export const UUID_BYTES = 48;
export const UUID_CHARACTERS = 64;

const UUID = /^[A-Za-z0-9+/]{64}$/;

/** @throws ProtocolError uuid_malformed. The value itself is not repeated: it is half of a key. */
export function parseUuid(text: unknown): string {
  if (typeof text === 'string' && UUID.test(text)) return text;
  const expected = '64 characters of the base64 alphabet (A-Z a-z 0-9 + /)';
  const got = typeof text === 'string' ? `${text.length} characters` : typeof text;
  throw new ProtocolError('uuid_malformed', { expected, got });
}

/** 48 bytes, one to one. */
export function uuidToBytes(uuid: string): Uint8Array {
  return new Uint8Array(Buffer.from(parseUuid(uuid), 'base64'));
}

export function bytesToUuid(bytes: Uint8Array): string {
  if (bytes.length !== UUID_BYTES) throw new RangeError('expected 48 bytes');
  return Buffer.from(bytes).toString('base64');
}
