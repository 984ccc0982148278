/**
 * Addresses: 81 trytes whose last trit is 0 (Kerl's domain), 90 with checksum, 48 bytes on the wire.
 * Checksum: the last 9 trytes of Kerl(address), as in IOTA's wallets.
 */
import {
  isInDomain,
  kerlOfTrytes,
  trytesToWords,
  WORD_BYTES,
  wordsToTrytes,
} from '@airlock/kernel';
import { ProtocolError } from './error.ts';
import { isTrytes, parseTrytes, tryteValue } from './trytes.ts';

export const ADDRESS_TRYTES = 81;
export const CHECKSUM_TRYTES = 9;
export const ADDRESS_BYTES: number = WORD_BYTES;

/** The nine trytes that protect an address of 81 trytes against a slip of the pen. */
export function checksumOf(address: string): string {
  return wordsToTrytes(kerlOfTrytes(address)).slice(-CHECKSUM_TRYTES);
}

/** The 90-tryte form of an 81-tryte address. */
export function withChecksum(address: string): string {
  return address + checksumOf(address);
}

/** Whether 81 trytes can be the output of Kerl: the last trit, 9s digit of the last tryte, is 0. */
export function hasZeroLastTrit(address: string): boolean {
  return Math.abs(tryteValue(address.charAt(ADDRESS_TRYTES - 1))) <= 4;
}

/**
 * An address from outside to its 81 trytes. 90 trytes with a valid checksum are required, unless
 * `checksum` is 'none': then exactly 81.
 * @throws ProtocolError trytes_malformed, address_length, address_checksum, address_last_trit
 */
export function parseAddress(text: unknown, checksum: 'required' | 'none' = 'required'): string {
  const length = checksum === 'none' ? ADDRESS_TRYTES : ADDRESS_TRYTES + CHECKSUM_TRYTES;
  const expected =
    checksum === 'none' ? 'an address of 81 trytes' : 'an address of 90 trytes with its checksum';
  if (typeof text !== 'string' || !isTrytes(text)) {
    const got = typeof text === 'string' ? JSON.stringify(text.slice(0, 100)) : typeof text;
    throw new ProtocolError('trytes_malformed', { expected, got });
  }
  if (text.length !== length) {
    throw new ProtocolError('address_length', { expected, got: `${text.length} trytes` });
  }
  const address = text.slice(0, ADDRESS_TRYTES);
  if (checksum === 'required' && withChecksum(address) !== text) {
    // The right one is not told: it would make a slip in the address itself valid.
    throw new ProtocolError('address_checksum', {
      expected: 'last nine trytes that are the checksum of the others: one of all is wrong',
      got: text.slice(ADDRESS_TRYTES),
    });
  }
  if (!hasZeroLastTrit(address)) {
    const got = `last tryte ${address.charAt(ADDRESS_TRYTES - 1)}`;
    throw new ProtocolError('address_last_trit', { expected: 'a last trit of 0', got });
  }
  return address;
}

/** 81 trytes with a last trit of 0 (an address or a bundle hash) to 48 bytes. */
export function hashToBytes(hash: string): Uint8Array {
  parseTrytes(hash, ADDRESS_TRYTES);
  if (!hasZeroLastTrit(hash)) throw new RangeError('expected a last trit of 0');
  return trytesToWords(hash);
}

/** 48 bytes to 81 trytes, or null if they are not in Kerl's domain. */
export function bytesToHash(bytes: Uint8Array): string | null {
  if (bytes.length !== WORD_BYTES || !isInDomain(bytes)) return null;
  return wordsToTrytes(bytes);
}
