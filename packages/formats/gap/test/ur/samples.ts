/** Messages and parts that the tests share. */
import { createHash } from 'node:crypto';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { type Part, parsePart } from '../../src/ur/part.ts';
import type { SequenceMode } from '../../src/ur/sequence-plan.ts';

/** Bytes that depend on nothing but the arguments. */
export function messageOf(length: number, seed: number): Uint8Array {
  const message = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = createHash('sha256').update(`${seed} ${at}`).digest();
    message.set(block.subarray(0, length - at), at);
  }
  return message;
}

/** Numbers from 0 to below 1 that depend on nothing but the seed. */
export function* randomNumbers(seed: number): Generator<number, never> {
  for (let round = 0; ; round += 1) {
    const block = createHash('sha256').update(`${seed} ${round}`).digest();
    for (let at = 0; at < 32; at += 4) yield block.readUInt32BE(at) / 2 ** 32;
  }
}

/** The first texts of an animation. */
export function textsOf(encoder: UrEncoder, mode: SequenceMode, frames: number): string[] {
  const texts: string[] = [];
  for (const { text } of encoder.parts(mode)) {
    texts.push(text);
    if (texts.length === frames) break;
  }
  return texts;
}

/** An encoder of `count` fragments of eight bytes. */
export function encoderOf(count: number, seed: number): UrEncoder {
  return new UrEncoder('bytes', messageOf(8 * count, seed), 8);
}

export function parsed(text: string): Part {
  const part = parsePart(text);
  if (part === null) throw new TypeError(`no part: ${text}`);
  return part;
}
