/** Ed25519 identities (RFC 8032) of signers, coordinators, officers and exchanges: raw bytes in and out. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { BYTEWORDS } from './bytewords.ts';

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
/** The seed of RFC 8032 §5.1.5, which is the private key. */
export const PRIVATE_KEY_BYTES = 32;

/** DER of PKCS #8 and SubjectPublicKeyInfo up to the key itself (RFC 8410 §7 and §4). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Encodings of the points of small order, sign bit cleared: under such a key anybody can make
 * signatures that verify. RFC 8032 §7; the encodings follow from the curve's torsion.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

function hasSmallOrder(publicKey: Uint8Array): boolean {
  const encoded = Buffer.from(publicKey);
  encoded[31] = (encoded[31] ?? 0) & 0x7f;
  return SMALL_ORDER.has(encoded.toString('hex'));
}

/** An identity that can sign. */
export interface Identity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes over any message. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** The identity of a private key of 32 bytes, which the caller may wipe afterwards. */
export function createIdentity(privateKey: Uint8Array): Identity {
  if (privateKey.length !== PRIVATE_KEY_BYTES) throw new RangeError('expected 32 bytes');
  const der = Buffer.concat([PKCS8_PREFIX, privateKey]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => new Uint8Array(signBytes(null, message, key)),
  };
}

/** Key objects by public key: making one takes as long as a verification, and a record has one key. */
const keyObjects = new Map<string, KeyObject>();
const KEY_OBJECTS_MAX = 64;

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('hex');
  const known = keyObjects.get(name);
  if (known !== undefined) return known;
  const der = Buffer.concat([SPKI_PREFIX, publicKey]);
  const made = createPublicKey({ key: der, format: 'der', type: 'spki' });
  if (keyObjects.size >= KEY_OBJECTS_MAX) keyObjects.clear();
  keyObjects.set(name, made);
  return made;
}

export function verifyIdentity(options: {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  const { publicKey, message, signature } = options;
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  if (hasSmallOrder(publicKey)) return false;
  return verifyBytes(null, message, keyObjectOf(publicKey), signature);
}

/** SHA-256 as 64 hexadecimal digits. */
export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A public key's id in COSE headers: its SHA-256. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(publicKey).digest());
}

/** Words that people compare: the first eight bytes of a digest (hexadecimal), one byteword each. */
export function wordsOf(digest: string): string[] {
  return [...Buffer.from(digest.slice(0, 16), 'hex')].map((byte) => BYTEWORDS[byte] as string);
}

/** The eight words of a public key's SHA-256, compared aloud when two programs are paired. */
export function fingerprintWords(publicKey: Uint8Array): string[] {
  return wordsOf(sha256(publicKey));
}
