/** Frames for and from @ngraveio/bc-ur, the library of wallets (Q8), and the published answers. */
import { crc32, encodeCbor, UrEncoder, UrReceiver } from '@airlock/gap';
import { UR, URDecoder, UREncoder } from '@ngraveio/bc-ur';
import { messageOf, textsOf } from '../../../packages/formats/gap/test/ur/samples.ts';
import { PARTS, SINGLE_PART, wolfMessage } from '../../../packages/formats/gap/test/ur/vectors.ts';
import { createRandom, type Random } from '../decoders/random.ts';
import { framesUntilRead } from './delivery.ts';
import { sequentialFrames } from './shown-frames.ts';
import { PeelingReader } from './simulated-readers.ts';
import { judged, type Verdict } from './verdict.ts';

const FRAGMENT_BYTES = 20;
const LOSS_PERCENT = 30;

/** A message of K fragments, as both sides carry it: a byte string in CBOR. */
function messageFor(count: number, seed: number): Uint8Array {
  return encodeCbor(messageOf(FRAGMENT_BYTES * count - 9, seed));
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whether they read our sequential frames, of which some are lost. */
function isReadByThem(message: Uint8Array, random: Random): boolean {
  const encoder = new UrEncoder('bytes', message, FRAGMENT_BYTES);
  const decoder = new URDecoder();
  for (const text of textsOf(encoder, 'sequential', 12 * encoder.count)) {
    if (random(100) < LOSS_PERCENT) continue;
    decoder.receivePart(text);
    if (decoder.isComplete()) break;
  }
  return decoder.isSuccess() === true && isSame(new Uint8Array(decoder.resultUR().cbor), message);
}

/** Whether we read theirs, from a random frame on, of which some are lost. */
function isReadByUs(message: Uint8Array, random: Random): boolean {
  const ur = new UR(Buffer.from(message), 'bytes');
  const encoder = new UREncoder(ur, FRAGMENT_BYTES, random(200));
  const receiver = new UrReceiver('bytes');
  for (let frame = 0; frame < 12 * encoder.fragmentsLength; frame += 1) {
    const text = encoder.nextPart();
    if (random(100) < LOSS_PERCENT) continue;
    const received = receiver.take(text);
    if (received !== null) return isSame(received.message, message);
  }
  return false;
}

/** Frames that their decoder and the simulated peeling reader are shown, from a place on. */
export function framesOfPeers(
  count: number,
  { seed, start }: { readonly seed: number; readonly start: number },
): { readonly theirs: number; readonly simulated: number } {
  const message = messageFor(count, seed);
  const encoder = new UrEncoder('bytes', message, Math.ceil(message.length / count));
  const random = createRandom(seed, count, 8);
  const losses = Array.from({ length: 12 * count + 100 }, () => random(100) < LOSS_PERCENT);
  const isLost = (place: number): boolean => losses[place] === true;
  const decoder = new URDecoder();
  let theirs = 0;
  for (; !decoder.isComplete() && theirs < losses.length; theirs += 1) {
    if (!isLost(theirs)) decoder.receivePart(encoder.part(start + theirs + 1).text);
  }
  const mixing = { count: encoder.count, checksum: crc32(message) };
  const view = { start, isLost };
  const reader = new PeelingReader(encoder.count);
  return { theirs, simulated: framesUntilRead(reader, sequentialFrames(mixing), view) };
}

const upper = (texts: readonly string[]): string[] => texts.map((text) => text.toUpperCase());

/** Whether the parts of the reference implementation's tests come out. */
function givesPublishedParts(): boolean {
  const many = new UrEncoder('bytes', encodeCbor(wolfMessage(256)), 30);
  const single = new UrEncoder('bytes', encodeCbor(wolfMessage(50)), 100);
  const made = [...textsOf(many, 'sequential', PARTS.length), single.part(1).text];
  return made.join('\n') === upper([...PARTS, SINGLE_PART]).join('\n');
}

/** Q8. */
export function judgeInteroperation(counts: readonly number[], seed: number): Verdict[] {
  const messages = counts.map((count) => messageFor(count, seed));
  const random = createRandom(seed, 8);
  const [byThem, byUs] = [isReadByThem, isReadByUs].map((isRead) =>
    messages.every((message) => isRead(message, random)),
  );
  const list = counts.join(', ');
  return [
    judged('Q8', byThem === true, `our sequential frames read by @ngraveio/bc-ur: K = ${list}`),
    judged('Q8', byUs === true, `frames of @ngraveio/bc-ur read by us: K = ${list}`),
    judged('Q8', givesPublishedParts(), `the ${PARTS.length + 1} published parts`),
  ];
}
