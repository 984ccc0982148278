/** The word list against what BCR-2020-012 says of it. */
import { expect, test } from '@jest/globals';
import { BYTEWORDS } from '../src/bytewords.ts';

/** CRC-32 of ISO 3309, bit by bit. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

test('there are 256 words of four letters, each once, in alphabetical order', () => {
  expect(BYTEWORDS).toHaveLength(256);
  for (const word of BYTEWORDS) expect(word).toMatch(/^[a-z]{4}$/);
  expect(new Set(BYTEWORDS).size).toBe(256);
  expect([...BYTEWORDS].sort()).toEqual(BYTEWORDS);
});

test('first and last letter name a word, as minimal bytewords need', () => {
  expect(new Set(BYTEWORDS.map((word) => `${word[0]}${word[3]}`)).size).toBe(256);
});

test('the three first letters and the three last letters name a word', () => {
  expect(new Set(BYTEWORDS.map((word) => word.slice(0, 3))).size).toBe(256);
  expect(new Set(BYTEWORDS.map((word) => word.slice(1))).size).toBe(256);
});

test.each([
  [0x00, 'able'],
  [0x01, 'acid'],
  [0x40, 'fizz'],
  [0x7f, 'lamb'],
  [0x80, 'lava'],
  [0xff, 'zoom'],
])('byte %i is %s', (byte, word) => {
  expect(BYTEWORDS[byte]).toBe(word);
});

test('the example of BCR-2020-012 reads as it does there, with its CRC-32', () => {
  const body = 'd9012ca20150c7098580125e2ab0981253468b2dbc5202d8641947da';
  const words =
    'tuna acid draw oboe acid good slot axis limp lava brag holy door puff monk brag ' +
    'guru frog luau drop roof grim also trip idle chef fuel twin tied draw grim ramp';
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(Buffer.from(body, 'hex')));
  const bytes = Buffer.concat([Buffer.from(body, 'hex'), checksum]);
  expect([...bytes].map((byte) => BYTEWORDS[byte]).join(' ')).toBe(words);
});
