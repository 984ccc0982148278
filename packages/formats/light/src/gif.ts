/** Animated GIF (GIF89a) of codes, black and white, repeated for ever. */
import { drawMatrix, type QrMatrix } from './matrix.ts';

const CODE_BITS_MIN = 2;
const CLEAR = 1 << CODE_BITS_MIN;
const END = CLEAR + 1;
const CODES_MAX = 4096;

/** Packs codes of growing width, lowest bit first, into blocks of at most 255 bytes. */
class BlockWriter {
  readonly #bytes: number[] = [];
  #bits = 0;
  #count = 0;

  write(code: number, width: number): void {
    this.#bits |= code << this.#count;
    this.#count += width;
    while (this.#count >= 8) {
      this.#bytes.push(this.#bits & 0xff);
      this.#bits >>>= 8;
      this.#count -= 8;
    }
  }

  blocks(): Buffer {
    if (this.#count > 0) this.#bytes.push(this.#bits & 0xff);
    const parts: Buffer[] = [];
    for (let at = 0; at < this.#bytes.length; at += 255) {
      const block = this.#bytes.slice(at, at + 255);
      parts.push(Buffer.from([block.length, ...block]));
    }
    return Buffer.concat([...parts, Buffer.from([0])]);
  }
}

/** LZW as GIF wants it: variable code size, cleared when the table is full. */
function compress(indexes: Uint8Array): Buffer {
  const writer = new BlockWriter();
  let table = new Map<number, number>();
  let next = END + 1;
  let width = CODE_BITS_MIN + 1;
  writer.write(CLEAR, width);
  let current = indexes[0] ?? 0;
  for (const index of indexes.subarray(1)) {
    const key = current * 4 + index;
    const known = table.get(key);
    if (known !== undefined) {
      current = known;
      continue;
    }
    writer.write(current, width);
    current = index;
    if (next === CODES_MAX) {
      writer.write(CLEAR, width);
      table = new Map();
      next = END + 1;
      width = CODE_BITS_MIN + 1;
      continue;
    }
    if (next === 1 << width) width += 1;
    table.set(key, next);
    next += 1;
  }
  writer.write(current, width);
  // A reader has grown by that code as by any other.
  writer.write(END, next === 1 << width && next < CODES_MAX ? width + 1 : width);
  return writer.blocks();
}

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at);
  return bytes;
};

/**
 * @param codesPerSecond rounded to hundredths of a second a code
 */
export function encodeGif(
  matrices: Iterable<QrMatrix>,
  { scale, codesPerSecond }: { readonly scale: number; readonly codesPerSecond: number },
): Uint8Array {
  const delay = Math.round(100 / codesPerSecond);
  const parts: Uint8Array[] = [];
  for (const matrix of matrices) {
    const { width, height, pixels } = drawMatrix(matrix, scale);
    if (parts.length === 0) {
      parts.push(
        Buffer.from('GIF89a', 'latin1'),
        words(width, height),
        Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
        Buffer.from([0x21, 0xff, 11]),
        Buffer.from('NETSCAPE2.0', 'latin1'),
        Buffer.from([3, 1, 0, 0, 0]),
      );
    }
    const indexes = pixels.map((grey) => (grey === 0 ? 0 : 1));
    parts.push(
      Buffer.from([0x21, 0xf9, 4, 0]),
      words(delay),
      Buffer.from([0, 0, 0x2c]),
      words(0, 0, width, height),
      Buffer.from([0, CODE_BITS_MIN]),
      compress(indexes),
    );
  }
  return new Uint8Array(Buffer.concat([...parts, Buffer.from([0x3b])]));
}
