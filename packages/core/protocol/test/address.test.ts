/** Addresses and checksums, against the published ones and @iota/checksum. */

import { kerlOfTrytes } from '@airlock/kernel';
import checksum from '@iota/checksum';
import converter from '@iota/converter';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ADDRESS_BYTES,
  ADDRESS_TRYTES,
  bytesToHash,
  CHECKSUM_TRYTES,
  checksumOf,
  hashToBytes,
  hasZeroLastTrit,
  parseAddress,
  withChecksum,
  wordsToTrytes,
} from '../src/index.ts';
import { codeOf, hashArbitrary, runs, trytesArbitrary, vectorsOf } from './legacy.ts';

interface Vectors {
  readonly checksums: readonly {
    address: string;
    checksum: string;
    lastTritZero: boolean;
    kerl_full?: string;
  }[];
  readonly checksums_invalid: readonly { address90: string; why: string }[];
  readonly address_last_trit: { valid_last_trytes: string; invalid_example: string };
}
const vectors = vectorsOf('iota-legacy.json') as Vectors;
const [known] = vectors.checksums as [Vectors['checksums'][number]];
const valid = known.address + known.checksum;
const badLastTrit = vectors.address_last_trit.invalid_example;

describe('checksums', () => {
  test.each(vectors.checksums)('$address has checksum $checksum', (vector) => {
    expect(checksumOf(vector.address)).toBe(vector.checksum);
    expect(hasZeroLastTrit(vector.address)).toBe(vector.lastTritZero);
    expect(parseAddress(vector.address + vector.checksum)).toBe(vector.address);
    if (vector.kerl_full !== undefined) {
      expect(wordsToTrytes(kerlOfTrytes(vector.address))).toBe(vector.kerl_full);
    }
  });

  test.each(vectors.checksums_invalid)('$address90 is refused: $why', async ({ address90 }) => {
    expect(await codeOf(() => parseAddress(address90))).toBe('address_checksum');
  });

  test('agree with @iota/checksum', () => {
    fc.assert(
      fc.property(hashArbitrary, (address) => {
        expect(withChecksum(address)).toBe(checksum.addChecksum(address));
      }),
      runs(50),
    );
  });

  test('a change of any one of 90 trytes is noticed', async () => {
    for (let at = 0; at < 90; at += 1) {
      const other = valid.charAt(at) === 'A' ? 'B' : 'A';
      const wrong = valid.slice(0, at) + other + valid.slice(at + 1);
      expect(await codeOf(() => parseAddress(wrong))).toBe('address_checksum');
    }
  });
});

test('a wrong checksum is refused without telling the right one, which would make a slip valid', () => {
  const wrong = `${valid.slice(0, -1)}${valid.endsWith('A') ? 'B' : 'A'}`;
  const fault = (): unknown => parseAddress(wrong);
  expect(fault).toThrow('one of all is wrong');
  expect(fault).not.toThrow(valid.slice(81));
});

describe('last trit', () => {
  test('is 0 for exactly these last trytes', () => {
    const trytes = [...'9ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const zero = trytes.filter((tryte) => hasZeroLastTrit('9'.repeat(80) + tryte));
    expect(zero.join('')).toBe(vectors.address_last_trit.valid_last_trytes);
    expect(zero).toEqual(trytes.filter((tryte) => converter.trytesToTrits(tryte)[2] === 0));
  });

  test('an address whose last trit is not 0 is refused, with a right checksum and with none', async () => {
    expect(hasZeroLastTrit(badLastTrit)).toBe(false);
    expect(await codeOf(() => parseAddress(withChecksum(badLastTrit)))).toBe('address_last_trit');
    expect(await codeOf(() => parseAddress(badLastTrit, 'none'))).toBe('address_last_trit');
  });
});

describe('parseAddress', () => {
  test('gives the 81 trytes of 90, and of 81 where no checksum is asked for', () => {
    expect(parseAddress(valid)).toBe(known.address);
    expect(parseAddress(valid, 'required')).toBe(known.address);
    expect(parseAddress(known.address, 'none')).toBe(known.address);
    expect([ADDRESS_TRYTES, CHECKSUM_TRYTES, ADDRESS_BYTES]).toEqual([81, 9, 48]);
  });

  // Where two faults apply, the earlier code of PROTOCOL_ERROR_CODES is the one reported.
  test.each<[string, unknown, 'required' | 'none', string]>([
    ['a number', 81, 'required', 'trytes_malformed'],
    ['null', null, 'required', 'trytes_malformed'],
    ['lower case', valid.toLowerCase(), 'required', 'trytes_malformed'],
    ['a leading space', ` ${valid}`, 'required', 'trytes_malformed'],
    ['a trailing line feed', `${valid}\n`, 'required', 'trytes_malformed'],
    ['one lower-case letter, too short as well', 'a', 'required', 'trytes_malformed'],
    ['an empty string', '', 'required', 'address_length'],
    ['89 trytes', valid.slice(0, 89), 'required', 'address_length'],
    ['91 trytes', `${valid}9`, 'required', 'address_length'],
    ['81 trytes where a checksum is required', known.address, 'required', 'address_length'],
    ['90 trytes where none is allowed', valid, 'none', 'address_length'],
    ['80 trytes', known.address.slice(1), 'none', 'address_length'],
    ['81 trytes with a bad last trit, without checksum', badLastTrit, 'required', 'address_length'],
    ['a wrong checksum', `${known.address}999999999`, 'required', 'address_checksum'],
    [
      'a wrong checksum and a bad last trit',
      `${badLastTrit}AAAAAAAAA`,
      'required',
      'address_checksum',
    ],
    ['a bad last trit', withChecksum(badLastTrit), 'required', 'address_last_trit'],
  ])('refuses %s', async (...[, value, mode, code]) => {
    expect(await codeOf(() => parseAddress(value, mode))).toBe(code);
  });
});

describe('48 bytes on the wire', () => {
  test('a hash comes back from its bytes', () => {
    fc.assert(
      fc.property(hashArbitrary, (hash) => {
        const bytes = hashToBytes(hash);
        expect(bytes).toHaveLength(48);
        expect(bytesToHash(bytes)).toBe(hash);
      }),
      runs(300),
    );
  });

  test('48 bytes come back from their hash, or are no hash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
        const hash = bytesToHash(bytes);
        if (hash !== null) expect(hashToBytes(hash)).toEqual(bytes);
      }),
      runs(300),
    );
  });

  test('bytes outside Kerl’s domain and of other lengths are no hash', () => {
    expect(bytesToHash(Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0x7f : 0)))).toBeNull();
    expect(bytesToHash(Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0x80 : 0)))).toBeNull();
    for (const length of [0, 47, 49, 96]) expect(bytesToHash(new Uint8Array(length))).toBeNull();
  });

  test('trytes that no 48 bytes stand for are refused, not silently changed', async () => {
    expect(() => hashToBytes(badLastTrit)).toThrow(RangeError);
    expect(await codeOf(() => hashToBytes('9'.repeat(80)))).toBe('trytes_length');
    expect(await codeOf(() => hashToBytes('é'.repeat(81)))).toBe('trytes_malformed');
    fc.assert(
      fc.property(trytesArbitrary(81), (trytes) => {
        if (hasZeroLastTrit(trytes)) expect(bytesToHash(hashToBytes(trytes))).toBe(trytes);
        else expect(() => hashToBytes(trytes)).toThrow(RangeError);
      }),
      runs(200),
    );
  });
});
