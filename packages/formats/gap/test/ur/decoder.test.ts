/** Decoding by elimination: any K independent parts, in any order; what lies costs a new start. */
import { expect, test } from '@jest/globals';
import { crc32 } from '../../src/ur/crc32.ts';
import { UrDecoder } from '../../src/ur/decoder.ts';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { formatPart, type Part } from '../../src/ur/part.ts';
import { encoderOf, messageOf, parsed, randomNumbers, textsOf } from './samples.ts';

/** Feeds texts until the message is whole. @returns how many that took */
function feed(decoder: UrDecoder, texts: Iterable<string>): number {
  let fed = 0;
  for (const text of texts) {
    decoder.take(parsed(text));
    fed += 1;
    if (decoder.message !== null) return fed;
  }
  throw new TypeError(`not whole after ${fed} parts`);
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = randomNumbers(seed);
  return items
    .map((item) => ({ item, key: random.next().value }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

const decoderOf = (text: string): UrDecoder => new UrDecoder(parsed(text).transfer);

test.each([1, 2, 3, 7, 8, 31, 32, 33, 64, 100])(
  'K = %i: whole after exactly K parts, from any start',
  (count) => {
    const message = messageOf(13 * count - 5, count);
    const encoder = new UrEncoder('bytes', message, 13);
    expect(encoder.count).toBe(count);
    const texts = textsOf(encoder, 'chosen', 4 * count);
    for (const from of [0, 1, Math.floor(count / 2), count - 1, count, 2 * count, 3 * count]) {
      const decoder = decoderOf(texts[0]!);
      expect(feed(decoder, texts.slice(from))).toBe(count);
      expect(decoder.message).toEqual(message);
      expect(decoder.received).toBe(count);
    }
  },
);

test('of the sequential order too, and in any order, a few parts more than K are enough', () => {
  const encoder = encoderOf(40, 1);
  const texts = textsOf(encoder, 'sequential', 400);
  for (const seed of [1, 2, 3, 4, 5]) {
    const decoder = decoderOf(texts[0]!);
    expect(feed(decoder, shuffled(texts, seed))).toBeLessThan(70);
    expect(decoder.message).toEqual(messageOf(320, 1));
  }
});

test('what is known tells nothing new: repeats, sums, and parts after the end', () => {
  const texts = textsOf(encoderOf(10, 1), 'chosen', 40);
  const decoder = decoderOf(texts[0]!);
  expect(decoder.take(parsed(texts[0]!))).toBe(true);
  expect(decoder.take(parsed(texts[0]!))).toBe(false);
  expect(decoder.received).toBe(1);
  expect(decoder.usefulParts).toEqual([texts[0]]);
  feed(decoder, texts);
  expect(decoder.take(parsed(texts[20]!))).toBe(false);
  expect(decoder.usefulParts).toEqual(texts.slice(0, 10));
});

test('the useful parts give a new decoder all that this one had', () => {
  const texts = textsOf(encoderOf(50, 3), 'chosen', 200);
  const first = decoderOf(texts[0]!);
  for (const text of [...texts.slice(5, 30), ...texts.slice(0, 20)]) first.take(parsed(text));
  expect(first.received).toBe(30);
  const second = decoderOf(texts[0]!);
  for (const text of first.usefulParts) expect(second.take(parsed(text.toLowerCase()))).toBe(true);
  expect(second.usefulParts).toEqual(first.usefulParts);
  expect(feed(second, texts.slice(100))).toBeLessThan(30);
  expect(second.message).toEqual(messageOf(400, 3));
});

test('a part of another transfer is a mistake of the caller', () => {
  const decoder = decoderOf(encoderOf(4, 1).part(1).text);
  expect(() => decoder.take(parsed(encoderOf(4, 2).part(1).text))).toThrow(TypeError);
  expect(() => decoder.take(parsed(encoderOf(5, 1).part(1).text))).toThrow(TypeError);
});

/** The part as its sender did not make it; the CRC of its line is right. */
function forged(text: string): Part {
  const part = parsed(text);
  return { ...part, data: part.data.map((byte) => byte ^ 1) };
}

test('a forged part among the parts costs a new start and no more', () => {
  const message = messageOf(160, 9);
  for (const place of [0, 7, 19]) {
    const texts = textsOf(encoderOf(20, 9), 'chosen', 80);
    const decoder = decoderOf(texts[0]!);
    for (const [index, text] of texts.slice(0, 20).entries()) {
      decoder.take(index === place ? parsed(formatPart(forged(text))) : parsed(text));
    }
    expect(decoder.message).toBeNull();
    expect(decoder.received).toBe(0);
    expect(decoder.usefulParts).toEqual([]);
    expect(feed(decoder, texts.slice(20))).toBe(20);
    expect(decoder.message).toEqual(message);
  }
});

test('the largest transfer is solved in good time', () => {
  const message = messageOf(262_144, 1);
  const encoder = new UrEncoder('bytes', message, 512);
  const texts = textsOf(encoder, 'sequential', 1200).slice(512);
  const decoder = decoderOf(texts[0]!);
  const start = process.hrtime.bigint();
  feed(decoder, texts);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  expect(crc32(decoder.message ?? new Uint8Array(0))).toBe(crc32(message));
  // About 0.5 s alone on the machine.
  expect(ms).toBeLessThan(10_000);
});
