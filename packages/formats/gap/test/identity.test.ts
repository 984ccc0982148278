/** Ed25519 against RFC 8032, digests and their words. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  createIdentity,
  fingerprintWords,
  keyIdOf,
  sha256,
  verifyIdentity,
  wordsOf,
} from '../src/identity.ts';
import { hex, SIGNER, STRANGER, unhex } from './samples.ts';

/** RFC 8032 §7.1: secret key, public key, message, signature. */
const VECTORS = [
  {
    name: 'TEST 1',
    secret: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    name: 'TEST 2',
    secret: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    name: 'TEST 3',
    secret: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe.each(VECTORS)('RFC 8032 $name', ({ secret, publicKey, message, signature }) => {
  const identity = createIdentity(unhex(secret));
  const signed = {
    publicKey: unhex(publicKey),
    message: unhex(message),
    signature: unhex(signature),
  };

  test('gives the public key and the signature', () => {
    expect(hex(identity.publicKey)).toBe(publicKey);
    expect(hex(identity.sign(unhex(message)))).toBe(signature);
    expect(verifyIdentity(signed)).toBe(true);
  });

  test('does not verify with any bit of the signature flipped', () => {
    for (let bit = 0; bit < 512; bit += 1) {
      const altered = signed.signature.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(verifyIdentity({ ...signed, signature: altered })).toBe(false);
    }
  });

  test('does not verify another message or with another key', () => {
    expect(verifyIdentity({ ...signed, message: unhex('00') })).toBe(false);
    expect(verifyIdentity({ ...signed, publicKey: STRANGER.publicKey })).toBe(false);
  });

  test('does not verify when the order of the group is added to S (RFC 8032 §5.1.7)', () => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const little = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes.slice().reverse())}`);
    const s = little(signed.signature.subarray(32)) + order;
    const altered = signed.signature.slice();
    altered.set(unhex(s.toString(16).padStart(64, '0')).reverse(), 32);
    expect(verifyIdentity({ ...signed, signature: altered })).toBe(false);
  });
});

describe('lengths', () => {
  const message = new Uint8Array([1]);
  const signature = SIGNER.sign(message);

  test.each([0, 31, 33, 64])('a public key of %i bytes does not verify', (length) => {
    const publicKey = new Uint8Array(length);
    expect(verifyIdentity({ publicKey, message, signature })).toBe(false);
  });

  test.each([0, 63, 65])('a signature of %i bytes does not verify', (length) => {
    const options = { publicKey: SIGNER.publicKey, message, signature: new Uint8Array(length) };
    expect(verifyIdentity(options)).toBe(false);
  });

  test.each([0, 31, 33])('a private key of %i bytes is wrong use', (length) => {
    expect(() => createIdentity(new Uint8Array(length))).toThrow(RangeError);
  });

  test('32 bytes that are no point of the curve do not verify and do not throw', () => {
    for (const byte of [0x02, 0x7f, 0xff]) {
      const publicKey = new Uint8Array(32).fill(byte);
      expect(verifyIdentity({ publicKey, message, signature })).toBe(false);
    }
  });
});

test('an identity still signs after its private key was wiped', () => {
  const secret = unhex(VECTORS[0]!.secret);
  const identity = createIdentity(secret);
  secret.fill(0);
  expect(hex(identity.sign(new Uint8Array()))).toBe(VECTORS[0]!.signature);
});

// The neutral point as public key makes one signature fit every message, so that whoever shows it can
// later say that anyone signed.
test('a public key of small order does not verify', () => {
  const publicKey = unhex(`01${'00'.repeat(31)}`);
  const signature = unhex(`01${'00'.repeat(63)}`);
  expect(verifyIdentity({ publicKey, message: new Uint8Array([1]), signature })).toBe(false);
});

describe('digests', () => {
  test('sha256 of "abc" is the one of FIPS 180-2, in one part or three', () => {
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256(Buffer.from('abc'))).toBe(expected);
    expect(sha256(Buffer.from('a'), Buffer.from('b'), Buffer.from('c'))).toBe(expected);
  });

  test("a key's id is the SHA-256 of its bytes", () => {
    const expected = createHash('sha256').update(SIGNER.publicKey).digest('hex');
    expect(hex(keyIdOf(SIGNER.publicKey))).toBe(expected);
  });

  test('words are the bytewords of the first eight bytes', () => {
    expect(wordsOf(`0001407f80ff2a10${'55'.repeat(24)}`)).toEqual([
      'able',
      'acid',
      'fizz',
      'lamb',
      'lava',
      'zoom',
      'door',
      'blue',
    ]);
  });

  test('words do not depend on the bytes after the eighth', () => {
    expect(wordsOf(`0011223344556677${'00'.repeat(24)}`)).toEqual(
      wordsOf(`0011223344556677${'ff'.repeat(24)}`),
    );
  });

  test('the fingerprint of the key of RFC 8032 TEST 1 is known', () => {
    // SHA-256 of the key: 21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9.
    expect(hex(keyIdOf(unhex(VECTORS[0]!.publicKey))).slice(0, 16)).toBe('21fe31dfa154a261');
    expect(fingerprintWords(unhex(VECTORS[0]!.publicKey))).toEqual([
      'curl',
      'zone',
      'each',
      'user',
      'obey',
      'gush',
      'oboe',
      'huts',
    ]);
  });
});
