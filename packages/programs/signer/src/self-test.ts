/**
 * Known answers before any command: a machine that computes wrongly must not touch a key. Every
 * primitive is an argument, so that a test can break each one.
 */
import { createIdentity, sha256, verifyIdentity } from '@airlock/gap';
import {
  type Argon2,
  addressOfSeed,
  deriveRaw,
  signatureToTrytes,
  signHash,
  trytesToTrits,
  trytesToWords,
} from '@airlock/protocol';
import signing from '@iota/signing';
import { SignerError } from './error.ts';
import { openXChaCha, sealXChaCha } from './xchacha.ts';

export interface Primitives {
  readonly addressOfSeed: typeof addressOfSeed;
  readonly signHash: typeof signHash;
  readonly validateSignatures: typeof signing.validateSignatures;
  readonly sha256: typeof sha256;
  readonly createIdentity: typeof createIdentity;
  readonly verifyIdentity: typeof verifyIdentity;
  readonly deriveRaw: typeof deriveRaw;
  readonly sealXChaCha: typeof sealXChaCha;
  readonly openXChaCha: typeof openXChaCha;
  readonly argon2: Argon2;
  readonly random: (bytes: number) => Uint8Array;
}

/** Those that are the same wherever the signer runs. */
export const nodePrimitives: Omit<Primitives, 'argon2' | 'random'> = {
  addressOfSeed,
  signHash,
  validateSignatures: signing.validateSignatures,
  sha256,
  createIdentity,
  verifyIdentity,
  deriveRaw,
  sealXChaCha,
  openXChaCha,
};

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const fromText = (text: string): Uint8Array => new TextEncoder().encode(text);
const count = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => from + i);

/** IOTA Hub's published key: hub/crypto/tests/local_signing_provider.cc at 9df503d. Level 1 here. */
const HUB = {
  uuid: '43vgLK8NYigfKagfahbCSm+lMFcilNjZyV8Jj6blqX5u98Lx7vjH98AG1oh/ezOR',
  seed: 'S9ENEPNSDNELMCBPAOPXFYKWEPVWGQCXNIZGGDLQTKLLXDTSCHPT9PVHVUTPNXFNHKNBLHRM9HAPEKSTX',
  address: 'PXPHKJRAYQWKDXNLUAOC9KHKEAAVIDT9BLLZLXYNC9WFRYRC9XJMDPBWEYCPEJHN9DDNCUCRZSBT9YP9Y',
  hash: 'VLZTNAO9IHHDFDKDICSYXWIKZELHMPYKKGHCALIUTKEGNDLCSJGASEMVLGCGIVQSHPCLFRZJZKUOLAAAA',
  signatureSha256: '77f3c4d514e029e925cc820304fd66629cb9ea945c87ca0b60c53184ab8b76bb',
};

/** RFC 8032 §7.1, TEST 3. */
const ED25519 = {
  privateKey: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
  message: 'af82',
  signature:
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
};

/** draft-irtf-cfrg-xchacha-03, A.3.1. */
const XCHACHA = {
  aad: '50515253c0c1c2c3c4c5c6c7',
  plaintext:
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  sealed:
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49',
};

/** The reference implementation's src/test.c: Argon2id, t = 2, 256 KiB, p = 1. */
const ARGON2ID = '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe';

/** FIPS 180-4's example. */
const SHA256_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

/** Of our own scheme there is no published answer: RFC 5869 by Node's hkdfSync. */
const HKDF =
  '5684f389392fe28c00df8f2604c5ade0a590f94ef867dec2916b7a0a73e6d66a74649ab4d49bd9bceb934ef0ce1c3bbb';

function altered(bytes: Uint8Array, at = 0): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function isSignatureRight({ signHash: sign, sha256: digest }: Primitives): boolean {
  const signature = sign({ seed: trytesToWords(HUB.seed), bundleHash: HUB.hash, level: 1 });
  return digest(signature) === HUB.signatureSha256;
}

/** The check that every signature meets before it leaves: it must say yes, and it must say no. */
function isVerifierRight(primitives: Primitives): boolean {
  const signature = primitives.signHash({
    seed: trytesToWords(HUB.seed),
    bundleHash: HUB.hash,
    level: 1,
  });
  const accepts = (bytes: Uint8Array): boolean =>
    primitives.validateSignatures(
      trytesToTrits(HUB.address),
      signatureToTrytes(bytes).map(trytesToTrits),
      trytesToTrits(HUB.hash),
    );
  // The last byte of the first chain value, which stays in Kerl's domain.
  return accepts(signature) && !accepts(altered(signature, 47));
}

function isEd25519Right({ createIdentity: create, verifyIdentity: verify }: Primitives): boolean {
  const { publicKey, sign } = create(fromHex(ED25519.privateKey));
  const message = fromHex(ED25519.message);
  const signature = fromHex(ED25519.signature);
  return (
    toHex(publicKey) === ED25519.publicKey &&
    toHex(sign(message)) === ED25519.signature &&
    verify({ publicKey, message, signature }) &&
    !verify({ publicKey, message, signature: altered(signature) })
  );
}

async function isHkdfRight({ deriveRaw: derive, argon2 }: Primitives): Promise<boolean> {
  const options = { network: 'mainnet', salt: count(32), label: HUB.uuid, argon2 } as const;
  return toHex(await derive({ ...options, scheme: { name: 'hkdf-sha512' } })) === HKDF;
}

/** Argon2i, of old Hub salts, is the first half of Argon2id's first pass: the same code. */
async function isArgon2Right({ argon2 }: Primitives): Promise<boolean> {
  const given = { password: fromText('password'), salt: fromText('somesalt') };
  const costs = { timeCost: 2, memoryKib: 256, parallelism: 1, hashLength: 32 };
  return toHex(await argon2({ variant: 'argon2id', ...given, ...costs })) === ARGON2ID;
}

function isSealRight({ sealXChaCha: seal, openXChaCha: open }: Primitives): boolean {
  const key = { key: count(32, 0x80), nonce: count(24, 0x40), aad: fromHex(XCHACHA.aad) };
  const plaintext = fromText(XCHACHA.plaintext);
  const sealed = fromHex(XCHACHA.sealed);
  const opened = open(key, sealed);
  return (
    toHex(seal(key, plaintext)) === XCHACHA.sealed &&
    opened !== null &&
    toHex(opened) === toHex(plaintext) &&
    open(key, altered(sealed)) === null
  );
}

/** Finds a source that is stuck, no more: nothing can tell good random numbers from predictable ones. */
function isRandomRight({ random }: Primitives): boolean {
  const draws = [random(32), random(32)];
  const isVaried = draws.every((draw) => draw.length === 32 && new Set(draw).size > 8);
  return isVaried && toHex(draws[0] as Uint8Array) !== toHex(draws[1] as Uint8Array);
}

type Check = (primitives: Primitives) => boolean | Promise<boolean>;

/** Argon2 first: it works in another thread while the others run here. */
const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['Argon2id', isArgon2Right],
  ['SHA-256', (primitives) => primitives.sha256(fromText('abc')) === SHA256_ABC],
  ['Ed25519', isEd25519Right],
  ['HKDF-SHA-512', isHkdfRight],
  ['XChaCha20-Poly1305', isSealRight],
  ['random source', isRandomRight],
  [
    'Kerl address derivation',
    (primitives) => primitives.addressOfSeed(trytesToWords(HUB.seed), 1) === HUB.address,
  ],
  ['one-time signature', isSignatureRight],
  ['independent verification', isVerifierRight],
];

async function faultOf(check: Check, primitives: Primitives): Promise<unknown> {
  try {
    return (await check(primitives)) ? null : 'another answer';
  } catch (cause) {
    return cause;
  }
}

/** @throws SignerError self_test_failed, with the primitive's name */
export async function selfTest(primitives: Primitives): Promise<void> {
  const faults = await Promise.all(
    CHECKS.map(async ([name, check]) => ({ name, cause: await faultOf(check, primitives) })),
  );
  const names = faults.filter(({ cause }) => cause !== null).map(({ name }) => name);
  if (names.length === 0) return;
  throw new SignerError('self_test_failed', `this machine computes wrongly: ${names.join(', ')}`, {
    next: 'nothing was done; do not use this machine or this copy of the program: compare its checksum',
    cause: faults.find(({ cause }) => cause instanceof Error)?.cause,
  });
}
