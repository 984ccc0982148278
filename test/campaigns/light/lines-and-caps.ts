/** Frames that a scanner types as lines (Q11), and bounds of what is taken (Q12). */
import { UR_FRAGMENTS_MAX, UR_MESSAGE_BYTES_MAX, UrEncoder, UrReceiver } from '@airlock/gap';
import { UrDecoder } from '../../../packages/formats/gap/src/ur/decoder.ts';
import { UR_TRANSFERS_MAX } from '../../../packages/formats/gap/src/ur/limits.ts';
import { formatPart } from '../../../packages/formats/gap/src/ur/part.ts';
import {
  encoderOf,
  messageOf,
  parsed,
  textsOf,
} from '../../../packages/formats/gap/test/ur/samples.ts';
import { ScannerLines } from '../../../packages/programs/signer/src/crossing/scanner-lines.ts';
import { createRandom, pick, type Random } from '../decoders/random.ts';
import type { Sampling } from './delivery-goals.ts';
import { judged, type Verdict } from './verdict.ts';

const LINE_ENDS: readonly string[] = ['\r', '\n', '\r\n', '\r\n\r\n'];
const CHUNK_CHARACTERS_MAX = 200;
const MEMORY_BYTES_MAX = 8 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/** Whether K frames, typed in upper case with this scanner's line end, give the message. */
function survivesTyping(random: Random): boolean {
  const [count, seed] = [2 + random(30), random(2 ** 31)];
  const end = pick(random, LINE_ENDS);
  const texts = textsOf(encoderOf(count, seed), 'chosen', 2 * count).slice(random(count));
  const typed = texts.slice(0, count).map((text) => `${text}${end}`);
  let keys = `4006381333931${end}${typed.join('')}`;
  const [lines, receiver] = [new ScannerLines(), new UrReceiver('bytes')];
  const received: Uint8Array[] = [];
  while (keys !== '') {
    const characters = 1 + random(CHUNK_CHARACTERS_MAX);
    for (const line of lines.take(keys.slice(0, characters)).lines) {
      const message = receiver.take(line);
      if (message !== null) received.push(message.message);
    }
    keys = keys.slice(characters);
  }
  const [message] = received;
  const isUpper = texts.every((text) => /^[0-9A-Z:/-]+$/.test(text));
  const isSame = message !== undefined && Buffer.compare(message, messageOf(8 * count, seed)) === 0;
  return isUpper && isSame && received.length === 1;
}

/** Q11. */
export function judgeTyping({ trials, seed }: Sampling): Verdict {
  const survived = Array.from({ length: trials }, (_, trial) =>
    survivesTyping(createRandom(seed, 11, trial)),
  ).filter((each) => each).length;
  return judged(
    'Q11',
    survived === trials,
    `K frames typed as lines, in chunks: ${survived} of ${trials} messages arrive`,
  );
}

function isRefused(bytes: number, fragmentBytes: number): boolean {
  try {
    new UrEncoder('bytes', new Uint8Array(bytes), fragmentBytes);
    return false;
  } catch (cause) {
    if (cause instanceof RangeError) return true;
    throw cause;
  }
}

/** Whether a receiver takes a part of a transfer of this size: encoders of others may exceed ours. */
function isTaken(messageBytes: number, fragmentBytes: number): boolean {
  const part = parsed(encoderOf(2, 1).part(1).text);
  const count = Math.ceil(messageBytes / fragmentBytes);
  const transfer = { ...part.transfer, count, messageBytes, fragmentBytes };
  const receiver = new UrReceiver(null);
  receiver.take(formatPart({ ...part, transfer, data: new Uint8Array(fragmentBytes) }));
  return receiver.furthest !== null;
}

export interface Memory {
  /** By a receiver of the largest transfer, one frame before its end. */
  readonly oneBytes: number;
  /** By a receiver of as many of these at once as it keeps. */
  readonly allBytes: number;
  /** How: measured, or the sizes of what is held. */
  readonly how: 'measured' | 'estimated';
}

/** Arrays that solving takes for a moment: rows of vector and data, fragments, message. */
const SOLVING_BYTES = (UR_FRAGMENTS_MAX * UR_FRAGMENTS_MAX) / 8 + 3 * UR_MESSAGE_BYTES_MAX;
/** A part's data and vector, the span's vector, and as much again for the objects around them. */
const PART_BYTES = 2 * (UR_MESSAGE_BYTES_MAX / UR_FRAGMENTS_MAX + (2 * UR_FRAGMENTS_MAX) / 8);

/** Frames of the largest transfer, mixes all, until only one is missing. */
function fill(receiver: UrReceiver, seed: number): void {
  const fragmentBytes = UR_MESSAGE_BYTES_MAX / UR_FRAGMENTS_MAX;
  const encoder = new UrEncoder('bytes', messageOf(UR_MESSAGE_BYTES_MAX, seed), fragmentBytes);
  const counting = new UrDecoder(parsed(encoder.part(1).text).transfer);
  for (let sequence = encoder.count + 1; counting.received < encoder.count - 1; sequence += 1) {
    const { text } = encoder.part(sequence);
    counting.take(parsed(text));
    receiver.take(text);
  }
}

/** @param collect the garbage collector, if it can be called */
export function measureMemory(collect: (() => void) | undefined): Memory {
  if (collect === undefined) {
    const oneBytes = UR_FRAGMENTS_MAX * PART_BYTES + SOLVING_BYTES;
    const allBytes = UR_TRANSFERS_MAX * UR_FRAGMENTS_MAX * PART_BYTES + SOLVING_BYTES;
    return { oneBytes, allBytes, how: 'estimated' };
  }
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  // A first transfer, so that code and tables are there before what counts.
  fill(new UrReceiver('bytes'), 0);
  const before = held();
  const receiver = new UrReceiver('bytes');
  fill(receiver, 1);
  const one = held() - before;
  for (let transfer = 2; transfer <= UR_TRANSFERS_MAX; transfer += 1) fill(receiver, transfer);
  const all = held() - before;
  // Keeps the receiver until here.
  if (receiver.furthest === null) throw new TypeError('expected transfers');
  return { oneBytes: one + SOLVING_BYTES, allBytes: all + SOLVING_BYTES, how: 'measured' };
}

/** Q12. */
export function judgeCaps({ oneBytes, allBytes, how }: Memory): Verdict[] {
  const bytes = UR_MESSAGE_BYTES_MAX;
  const isExact =
    !isRefused(bytes, bytes / UR_FRAGMENTS_MAX) &&
    isRefused(bytes + 1, 2048) &&
    isRefused(UR_FRAGMENTS_MAX + 1, 1) &&
    isTaken(bytes, bytes / UR_FRAGMENTS_MAX) &&
    !isTaken(bytes + 1, 2048) &&
    !isTaken(UR_FRAGMENTS_MAX + 1, 1);
  const mebibytes = (value: number): string => (value / MEBIBYTE).toFixed(1);
  return [
    judged(
      'Q12',
      isExact && UR_FRAGMENTS_MAX === 512 && bytes === 256 * 1024,
      `512 parts and 256 KiB are shown and taken, one part or one byte more is not`,
    ),
    judged(
      'Q12',
      oneBytes <= MEMORY_BYTES_MAX,
      `the decoder of a transfer of 256 KiB in 512 parts holds at most 8 MiB: ${mebibytes(oneBytes)} MiB, ` +
        `a receiver with ${UR_TRANSFERS_MAX} of them ${mebibytes(allBytes)} MiB (${how})`,
    ),
  ];
}
