/** The forms in which a secret could stand somewhere, cut into pieces so that a remnant is found too. */
import { isInDomain, wordsToTrytes } from '@airlock/protocol';

export interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A run of bytes of one form of one secret. */
export interface Needle {
  readonly secret: string;
  readonly form: string;
  readonly bytes: Buffer;
}

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Two trytes a byte, as IOTA's libraries write text. */
function textTrytes(bytes: Uint8Array): string {
  const pair = (byte: number): string => `${ALPHABET[byte % 27]}${ALPHABET[Math.floor(byte / 27)]}`;
  return Array.from(bytes, pair).join('');
}

function formsOf(bytes: Uint8Array): Readonly<Record<string, Buffer>> {
  const buffer = Buffer.from(bytes);
  const hex = buffer.toString('hex');
  const isWord = bytes.length === 48 && isInDomain(bytes);
  return {
    raw: buffer,
    hex: Buffer.from(hex),
    'hex, upper case': Buffer.from(hex.toUpperCase()),
    base64: Buffer.from(buffer.toString('base64')),
    'trytes of text': Buffer.from(textTrytes(bytes)),
    'text of 16 bits': Buffer.from(buffer.toString('latin1'), 'utf16le'),
    ...(isWord ? { 'trytes of 48 bytes': Buffer.from(wordsToTrytes(bytes)) } : {}),
  };
}

/** 8 bytes of a secret are found by chance once in 2^37 images; encoded ones need more for that. */
const PIECE_BYTES: Readonly<Record<string, number>> = { raw: 8, 'text of 16 bits': 16 };
const PIECE_BYTES_ENCODED = 12;

/** Pieces that do not overlap: a remnant of twice their length holds one whole. */
export function needlesOf({ name, bytes }: Secret): Needle[] {
  return Object.entries(formsOf(bytes)).flatMap(([form, whole]) => {
    const size = PIECE_BYTES[form] ?? PIECE_BYTES_ENCODED;
    return Array.from({ length: Math.floor(whole.length / size) }, (_, i) => ({
      secret: name,
      form,
      bytes: whole.subarray(i * size, (i + 1) * size),
    }));
  });
}
