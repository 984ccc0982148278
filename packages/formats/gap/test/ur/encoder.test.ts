/** What an encoder shows: published parts, sizes that fit a code, and what it refuses to show. */
import { expect, test } from '@jest/globals';
import { encodeCbor } from '../../src/cbor.ts';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { encoderOf, messageOf, textsOf } from './samples.ts';
import { PARTS, SINGLE_PART, wolfMessage } from './vectors.ts';

test('the published parts', () => {
  const encoder = new UrEncoder('bytes', encodeCbor(wolfMessage(256)), 30);
  expect(encoder.count).toBe(9);
  expect(textsOf(encoder, 'sequential', 20)).toEqual(PARTS.map((text) => text.toUpperCase()));
});

test('the published single part', () => {
  const encoder = new UrEncoder('bytes', encodeCbor(wolfMessage(50)), 100);
  expect(encoder.count).toBe(1);
  expect(encoder.part(1).text).toBe(SINGLE_PART.toUpperCase());
  expect(textsOf(encoder, 'chosen', 3)).toEqual(Array(3).fill(SINGLE_PART.toUpperCase()));
});

test('the text is what QR codes take in alphanumeric mode, and says its number', () => {
  for (const { sequence, text } of encoderOf(20, 1).parts('chosen')) {
    expect(text).toMatch(/^[0-9A-Z:/-]+$/);
    expect(text.startsWith(`UR:BYTES/${sequence}-20/`)).toBe(true);
    if (sequence > 40) break;
  }
});

test('a message that changes afterwards is shown as it was', () => {
  const message = messageOf(100, 1);
  const encoder = new UrEncoder('bytes', message, 30);
  const { text } = encoder.part(2);
  message.fill(0);
  expect(encoder.part(2).text).toBe(text);
});

const TYPE = 'airlock-signing-response';

test.each([
  [13_000, 395],
  [13_000, 1249],
  [130_000, 758],
  [130_000, 2132],
  [262_144, 1249],
  [3000, 2132],
  [5000, 4296],
])(
  'the fragments of %i bytes fit into codes of %i characters, and nearly fill them',
  (bytes, characters) => {
    const fragmentBytes = UrEncoder.fragmentBytesFor(TYPE, bytes, characters);
    const encoder = new UrEncoder(TYPE, messageOf(bytes, 1), fragmentBytes);
    for (const sequence of [1, encoder.count, 999_999]) {
      expect(encoder.part(sequence).text.length).toBeLessThanOrEqual(characters);
    }
    const even = Math.ceil(bytes / encoder.count);
    const slack = characters - encoder.part(999_999).text.length - 2 * (fragmentBytes - even);
    expect(slack).toBeLessThan(characters === 4296 ? 130 : 12);
  },
);

test('a message that fits into one code is a single part, one byte more is not', () => {
  const most = (395 - 'UR:BYTES/'.length) / 2 - 4;
  const fragmentBytes = UrEncoder.fragmentBytesFor('bytes', most, 395);
  expect(fragmentBytes).toBe(most);
  const { text } = new UrEncoder('bytes', messageOf(most, 1), fragmentBytes).part(1);
  expect(text).toHaveLength(395);
  const less = UrEncoder.fragmentBytesFor('bytes', most + 1, 395);
  expect(new UrEncoder('bytes', messageOf(most + 1, 1), less).count).toBe(2);
});

test('a code that has no room for a part says so', () => {
  expect(UrEncoder.fragmentBytesFor(TYPE, 1000, 20)).toBe(0);
  expect(UrEncoder.fragmentBytesFor(TYPE, 1000, 80)).toBe(0);
  expect(UrEncoder.fragmentBytesFor(TYPE, 1000, 93)).toBe(1);
});

test('what exceeds the caps is refused', () => {
  const encode = (bytes: number, fragmentBytes: number): UrEncoder =>
    new UrEncoder('bytes', new Uint8Array(bytes), fragmentBytes);
  expect(encode(262_144, 512).count).toBe(512);
  expect(() => encode(262_145, 2048)).toThrow(/262145 bytes/);
  expect(() => encode(262_144, 511)).toThrow(/514 parts|513 parts/);
  expect(() => encode(0, 10)).toThrow(RangeError);
  for (const bytes of [0, -1, 0.5, 2049, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => encode(100, bytes)).toThrow(/expected fragments/);
  }
  for (const type of ['', 'Bytes', 'a b', '-a', 'a--b', 'a/b', 'ä']) {
    expect(() => new UrEncoder(type, new Uint8Array(1), 1)).toThrow(/expected a UR type/);
  }
});
