/** Minimal bytewords against the published answers, and what is refused. */
import { expect, test } from '@jest/globals';
import { decodeMinimal, encodeMinimal } from '../../src/ur/minimal-bytewords.ts';
import { messageOf } from './samples.ts';
import { MINIMAL_BYTEWORDS } from './vectors.ts';

test.each(MINIMAL_BYTEWORDS)('%s is %s', (hex, letters) => {
  const bytes = new Uint8Array(Buffer.from(hex, 'hex'));
  expect(encodeMinimal(bytes)).toBe(letters.toUpperCase());
  expect(decodeMinimal(letters.toUpperCase())).toEqual(bytes);
});

test('a wrong checksum, a pair of no word, an odd letter and too few are null', () => {
  expect(decodeMinimal('AEADAOLAZMJENDEOWF')).toBeNull();
  expect(decodeMinimal('AEADAOLAZMJENDEOXX')).toBeNull();
  expect(decodeMinimal('AEADAOLAZMJENDEOTIA')).toBeNull();
  expect(decodeMinimal('WF')).toBeNull();
  expect(decodeMinimal('')).toBeNull();
  // The CRC of no bytes at all is right, but there is nothing to tell.
  expect(decodeMinimal(encodeMinimal(new Uint8Array(0)))).toBeNull();
});

test('every letter counts: none can be another', () => {
  const letters = encodeMinimal(messageOf(20, 1));
  for (let at = 0; at < letters.length; at += 1) {
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
      const changed = letters.slice(0, at) + letter + letters.slice(at + 1);
      if (changed !== letters) expect(decodeMinimal(changed)).toBeNull();
    }
  }
});
