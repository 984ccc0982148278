/** Messages, texts, pictures and PNG files that the tests share; none depends on chance. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import {
  crc32,
  createIdentity,
  type MessageType,
  type SequenceMode,
  sealEnvelope,
  UrEncoder,
} from '@airlock/gap';
import { expect } from '@jest/globals';
import { urTypeOf } from '../src/animation.ts';
import { LightError } from '../src/error.ts';
import { charactersOf, type GreyPicture, type QrMatrix } from '../src/matrix.ts';

export const VERSIONS: readonly number[] = Array.from({ length: 18 }, (_, at) => 10 + at);

/** What QR's alphanumeric mode knows (ISO/IEC 18004, table 5). */
export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** Bytes that depend on nothing but the arguments. */
export function bytesOf(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = createHash('sha256').update(`${seed} ${at}`).digest();
    bytes.set(block.subarray(0, length - at), at);
  }
  return bytes;
}

/** A text of all the characters that a code can hold. */
export const textOf = (length: number, seed: number): string =>
  Array.from(bytesOf(length, seed), (byte) => ALPHABET[byte % ALPHABET.length]).join('');

/** Numbers from 0 to below a bound, without end. */
export function dice(seed: number): (bound: number) => number {
  let round = 0;
  let block = Buffer.alloc(0);
  return (bound) => {
    if (block.length < 4) {
      block = createHash('sha256').update(`${seed} ${round}`).digest();
      round += 1;
    }
    const value = block.readUInt32BE(0);
    block = block.subarray(4);
    return value % bound;
  };
}

const IDENTITY = createIdentity(new Uint8Array(32).fill(1));

/** A signed message whose file has exactly so many bytes. */
export function messageOf(length: number, type: MessageType = 'signing-request'): Uint8Array {
  const overhead = sealEnvelope(type, new Uint8Array(256), [IDENTITY]).length - 256;
  for (let payload = length - overhead - 4; payload <= length - overhead + 4; payload += 1) {
    const file = sealEnvelope(type, bytesOf(Math.max(0, payload), length), [IDENTITY]);
    if (file.length === length) return file;
  }
  throw new TypeError(`no message has ${length} bytes`);
}

/** Bytes of a fragment in a multipart code of version 10, for a signing request. */
export const FRAGMENT_BYTES: number = UrEncoder.fragmentBytesFor(
  urTypeOf('signing-request'),
  1_000_000,
  charactersOf(10),
);

/** A message that takes K codes of version 10. */
export const messageOfCodes = (count: number): Uint8Array => messageOf(count * FRAGMENT_BYTES - 3);

/** The texts of an animation in version 10, without its matrices. */
export function textsOf(file: Uint8Array, mode: SequenceMode = 'chosen'): string[] {
  const encoder = new UrEncoder(urTypeOf('signing-request'), file, FRAGMENT_BYTES);
  const texts: string[] = [];
  for (const { text } of encoder.parts(mode)) {
    texts.push(text);
    if (texts.length === 4 * encoder.count) break;
  }
  return texts;
}

/** The code, and no other error, that ends a call. */
export function refusal(call: () => unknown): LightError['code'] | 'accepted' {
  try {
    call();
  } catch (cause) {
    expect(cause).toBeInstanceOf(LightError);
    return (cause as LightError).code;
  }
  return 'accepted';
}

/** The pixels that a code should have, drawn module by module: not as the package does it. */
export function drawn({ size, isDark }: QrMatrix, scale: number): GreyPicture {
  const side = (size + 8) * scale;
  const pixels = new Uint8Array(side * side).fill(255);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      if (!isDark(column, row)) continue;
      for (let line = 0; line < scale; line += 1) {
        const from = ((row + 4) * scale + line) * side + (column + 4) * scale;
        pixels.fill(0, from, from + scale);
      }
    }
  }
  return { width: side, height: side, pixels };
}

/** Grey pixels of those that are grey and opaque; others fail. */
export function greysOfRgba(data: Uint8Array): Uint8Array {
  const greys = new Uint8Array(data.length / 4);
  for (let at = 0; at < greys.length; at += 1) {
    const red = data[4 * at]!;
    if (red !== data[4 * at + 1] || red !== data[4 * at + 2] || data[4 * at + 3] !== 255) {
      throw new TypeError(`pixel ${at} is coloured or not opaque`);
    }
    greys[at] = red;
  }
  return greys;
}

/** Modules without a meaning, of any size. */
export function noiseMatrix(size: number, seed: number): QrMatrix {
  const bytes = bytesOf(size * size, seed);
  const isDark = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < size && y < size && ((bytes[y * size + x] ?? 0) & 1) === 1;
  return { version: 0, size, isDark };
}

export const PNG_SIGNATURE: Uint8Array = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export interface PngKind {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlace?: number;
}

export function pngHeader({ width, height, depth, colour, interlace = 0 }: PngKind): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, interlace], 8);
  return pngChunk('IHDR', header);
}

/** A PNG file of rows that are filtered already; a palette goes before the pixels. */
export function pngFile(kind: PngKind, rows: Uint8Array, palette?: Uint8Array): Uint8Array {
  return Buffer.concat([
    PNG_SIGNATURE,
    pngHeader(kind),
    ...(palette === undefined ? [] : [pngChunk('PLTE', palette)]),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', new Uint8Array()),
  ]);
}
