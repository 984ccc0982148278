/**
 * Uniform Resources (BCR-2020-005): a message as one line of text, or as an endless sequence of parts
 * of which enough in any order give it back.
 */
import { crc32 } from './crc32.ts';
import { fragmentsOf } from './fragments.ts';
import { UR_FRAGMENT_BYTES_MAX, UR_FRAGMENTS_MAX, UR_MESSAGE_BYTES_MAX } from './limits.ts';
import { xorInto } from './linear-span.ts';
import { CRC_BYTES } from './minimal-bytewords.ts';
import { formatPart, type Transfer } from './part.ts';
import { type SequenceMode, sequenceNumbers } from './sequence-plan.ts';

const TYPE = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Beside the data, at most: heads of array and data, four numbers, CRC. */
const PART_OVERHEAD_BYTES = 1 + 3 + (5 + 3 + 5 + 5) + CRC_BYTES;
/** An animation of 4 K parts stays far below, for K = 512 at about 55,000. */
const SEQUENCE_DIGITS = 6;

export interface UrPart {
  readonly sequence: number;
  readonly text: string;
}

/** A message cut into fragments of one size, the last one filled up with zeros. */
export class UrEncoder {
  readonly #transfer: Transfer;
  /** The message and the filling. */
  readonly #fragments: Uint8Array;

  /**
   * @param fragmentBytes bytes of a fragment at most
   * @throws RangeError for a message or a number of fragments over the caps: use a file
   */
  constructor(type: string, message: Uint8Array, fragmentBytes: number) {
    if (!TYPE.test(type)) throw new RangeError('expected a UR type of a-z, 0-9 and hyphens');
    if (!(fragmentBytes >= 1 && fragmentBytes <= UR_FRAGMENT_BYTES_MAX)) {
      throw new RangeError(`expected fragments of 1 to ${UR_FRAGMENT_BYTES_MAX} bytes`);
    }
    const messageBytes = message.length;
    const count = Math.ceil(messageBytes / fragmentBytes);
    if (messageBytes < 1 || messageBytes > UR_MESSAGE_BYTES_MAX || count > UR_FRAGMENTS_MAX) {
      throw new RangeError(`${messageBytes} bytes in ${count} parts exceed what a UR may have`);
    }
    const even = Math.ceil(messageBytes / count);
    const checksum = crc32(message);
    this.#transfer = { type, count, messageBytes, checksum, fragmentBytes: even };
    this.#fragments = new Uint8Array(count * even);
    this.#fragments.set(message);
  }

  /**
   * Bytes that a fragment may have so that each part's text fits into a code of so many characters;
   * 0: such a code is too small. The whole message, if it fits as a single part.
   */
  static fragmentBytesFor(type: string, messageBytes: number, characters: number): number {
    const prefix = `UR:${type}/`.length;
    const single = Math.floor((characters - prefix) / 2) - CRC_BYTES;
    if (messageBytes <= single) return Math.min(messageBytes, UR_FRAGMENT_BYTES_MAX);
    const numbers = SEQUENCE_DIGITS + `-${UR_FRAGMENTS_MAX}/`.length;
    const multipart = Math.floor((characters - prefix - numbers) / 2) - PART_OVERHEAD_BYTES;
    return Math.min(Math.max(multipart, 0), UR_FRAGMENT_BYTES_MAX);
  }

  /** Fragments, K; 1: the message is a single line. */
  get count(): number {
    return this.#transfer.count;
  }

  /** The part with this number, from 1. */
  part(sequence: number): UrPart {
    const { fragmentBytes } = this.#transfer;
    const data = new Uint8Array(fragmentBytes);
    for (const index of fragmentsOf(sequence, this.#transfer)) {
      xorInto(data, this.#fragments.subarray(index * fragmentBytes, (index + 1) * fragmentBytes));
    }
    return { sequence, text: formatPart({ transfer: this.#transfer, sequence, data }) };
  }

  /** Parts to show one after another, without end. */
  *parts(mode: SequenceMode): Generator<UrPart, void> {
    for (const sequence of sequenceNumbers(this.#transfer, mode)) yield this.part(sequence);
  }
}
