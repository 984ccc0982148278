/** Minimal bytewords (BCR-2020-012): each byte as the first and last letter of its word, with a CRC-32. */
import { BYTEWORDS } from '../bytewords.ts';
import { crc32 } from './crc32.ts';

export const CRC_BYTES = 4;
const PAIRS = BYTEWORDS.map((word) => `${word[0]}${word[3]}`.toUpperCase());
const BYTE_OF: ReadonlyMap<string, number> = new Map(PAIRS.map((pair, byte) => [pair, byte]));

/** Upper case, so that QR codes take the letters in alphanumeric mode. */
export function encodeMinimal(bytes: Uint8Array): string {
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(bytes));
  return [...bytes, ...crc].map((byte) => PAIRS[byte]).join('');
}

/** The bytes of upper-case letters, or null if a pair is of no word or the CRC is another's. */
export function decodeMinimal(letters: string): Uint8Array | null {
  if (letters.length % 2 !== 0 || letters.length < 2 * (CRC_BYTES + 1)) return null;
  const bytes = new Uint8Array(letters.length / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = BYTE_OF.get(letters.slice(2 * at, 2 * at + 2));
    if (byte === undefined) return null;
    bytes[at] = byte;
  }
  const body = bytes.subarray(0, -CRC_BYTES);
  const crc = Buffer.from(bytes.subarray(-CRC_BYTES)).readUInt32BE();
  return crc === crc32(body) ? body : null;
}
