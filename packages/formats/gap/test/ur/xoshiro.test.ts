/** The generator against the published sequences of the seed "Wolf". */
import { expect, test } from '@jest/globals';
import { crc32 } from '../../src/ur/crc32.ts';
import { Xoshiro256 } from '../../src/ur/xoshiro.ts';
import { ascii, CRC32, WOLF_CHECKSUM_NUMBERS, WOLF_NUMBERS, WOLF_ONE_TO_TEN } from './vectors.ts';

const hundred = <T>(draw: () => T): T[] => Array.from({ length: 100 }, draw);

test.each(CRC32)('the CRC-32 of "%s"', (text, checksum) => {
  expect(crc32(ascii(text))).toBe(checksum);
});

test('the first 100 numbers of the seed "Wolf"', () => {
  const random = new Xoshiro256(ascii('Wolf'));
  expect(hundred(() => Number(random.next() % 100n))).toEqual(WOLF_NUMBERS);
});

test('the first 100 numbers of the seed that is the CRC-32 of "Wolf"', () => {
  const seed = Buffer.alloc(4);
  seed.writeUInt32BE(crc32(ascii('Wolf')));
  const random = new Xoshiro256(seed);
  expect(hundred(() => Number(random.next() % 100n))).toEqual(WOLF_CHECKSUM_NUMBERS);
});

test('whole numbers from 1 to 10', () => {
  const random = new Xoshiro256(ascii('Wolf'));
  expect(hundred(() => random.nextInt(1, 10))).toEqual(WOLF_ONE_TO_TEN);
});
