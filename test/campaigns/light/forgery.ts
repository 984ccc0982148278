/** Frames that are misread or lie, and a whole transfer that is forged (Q7), by the real receiver. */
import { crc32, GapError, openPairingCard, UrEncoder, UrReceiver } from '@airlock/gap';
import { formatPart } from '../../../packages/formats/gap/src/ur/part.ts';
import { exampleFile } from '../../../packages/formats/gap/test/samples.ts';
import {
  encoderOf,
  messageOf,
  parsed,
  textsOf,
} from '../../../packages/formats/gap/test/ur/samples.ts';
import { createRandom, pick, type Random } from '../decoders/random.ts';
import type { Sampling } from './delivery-goals.ts';
import { loopLengthOf } from './shown-frames.ts';
import { judged, type Verdict } from './verdict.ts';

const COUNTS = [8, 17, 33] as const;
const CRC_POLYNOMIAL = 0xedb88320;

/** Other bytes with the same length and CRC-32: the last four are solved for, backwards. */
export function collisionOf(message: Uint8Array): Uint8Array {
  const forged = Buffer.from(message.map((byte) => byte ^ 0x55));
  const end = forged.length - 4;
  let state = ~crc32(message);
  for (let bit = 0; bit < 32; bit += 1) {
    state = state < 0 ? ((state ^ CRC_POLYNOMIAL) << 1) | 1 : state << 1;
  }
  forged.writeInt32LE(state ^ ~crc32(forged.subarray(0, end)), end);
  return new Uint8Array(forged);
}

/** The texts of an animation from a random place on, twice around. */
function shownTexts(encoder: UrEncoder, random: Random): string[] {
  const texts = textsOf(encoder, 'chosen', loopLengthOf(encoder.count));
  const start = random(texts.length);
  return [...texts.slice(start), ...texts, ...texts.slice(0, start)];
}

/** A letter of the text becomes another one. */
function misread(text: string, random: Random): string {
  const at = random(text.length);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'E' : 'A'}${text.slice(at + 1)}`;
}

/** A part that is well formed and says something wrong. */
function lying(text: string, random: Random): string {
  const part = parsed(text);
  const data = part.data.slice();
  const at = random(data.length);
  data[at] = (data[at] ?? 0) ^ (1 + random(255));
  return formatPart({ ...part, data });
}

/** Frames until the message is there, or Infinity; a wrong message counts as never. */
function framesUntil(texts: Iterable<string>, message: Uint8Array): number {
  const receiver = new UrReceiver('bytes');
  let frames = 0;
  for (const text of texts) {
    frames += 1;
    const received = receiver.take(text);
    if (received === null) continue;
    return Buffer.compare(received.message, message) === 0 ? frames : Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

interface Damage {
  /** Frames beyond K and the misread ones. */
  readonly misread: number;
  /** Frames beyond K, in shares of K. */
  readonly lying: number;
}

function damaged(random: Random): Damage {
  const count = pick(random, COUNTS);
  const [seed, misreadFrames] = [random(2 ** 31), 1 + random(5)];
  const texts = shownTexts(encoderOf(count, seed), random);
  const message = messageOf(8 * count, seed);
  const noisy = [...texts];
  for (let left = misreadFrames; left > 0; left -= 1) {
    noisy.splice(random(count), 0, misread(pick(random, texts), random));
  }
  const lied = [...texts];
  const at = random(count);
  lied[at] = lying(texts[at] ?? '', random);
  return {
    misread: framesUntil(noisy, message) - count - misreadFrames,
    lying: framesUntil(lied, message) / count - 1,
  };
}

/** The texts of a forged transfer, then of the true one: what the caller who verifies says in turn. */
export function forgedFirst(random: Random): string[] {
  const message = exampleFile();
  const bytes = pick(random, [12, 20, 30]);
  const encoders = [collisionOf(message), message].map(
    (each) => new UrEncoder('bytes', each, bytes),
  );
  const receiver = new UrReceiver('bytes');
  return encoders.flatMap((encoder) => {
    for (const [frame, text] of shownTexts(encoder, random).entries()) {
      const received = receiver.take(text);
      if (received === null) continue;
      try {
        openPairingCard(received.message);
        return [`accepted after K + ${frame + 1 - encoder.count}`];
      } catch (cause) {
        if (!(cause instanceof GapError)) throw cause;
        return ['refused'];
      }
    }
    return ['nothing'];
  });
}

/** Q7. */
export function judgeForgeries({ trials, seed }: Sampling): Verdict[] {
  const damages = Array.from({ length: trials }, (_, trial) =>
    damaged(createRandom(seed, 7, trial)),
  );
  const [misreadMost, lyingMost] = [
    Math.max(...damages.map((each) => each.misread)),
    Math.max(...damages.map((each) => each.lying)),
  ];
  const right = 'refused, accepted after K + 0';
  const forgeries = Array.from({ length: trials }, (_, trial) =>
    forgedFirst(createRandom(seed, 77, trial)).join(', '),
  );
  const odd = forgeries.filter((each) => each !== right);
  return [
    judged(
      'Q7',
      misreadMost === 0,
      `misread frames, ${trials} times: cost at most themselves and ${misreadMost} more`,
    ),
    judged(
      'Q7',
      lyingMost <= 1,
      `a lying frame, ${trials} times: costs at most ${lyingMost.toFixed(2)} K, a restart`,
    ),
    judged(
      'Q7',
      odd.length === 0,
      `a forged transfer with the same CRC-32, ${trials} times: ${odd[0] ?? right} frames more`,
    ),
  ];
}
