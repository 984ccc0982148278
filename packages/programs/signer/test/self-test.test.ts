/** The self-test: it passes here, and a primitive that computes wrongly is named and stops everything. */
import { hkdfSync } from 'node:crypto';
import { plainArgon2 } from '@airlock/protocol';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SignerError } from '../src/error.ts';
import { nodePrimitives, type Primitives, selfTest } from '../src/self-test.ts';
import {
  makeWorld,
  removeTemporaryFolders,
  seededRandom,
  temporaryFolder,
  World,
} from './world.ts';

/** The independent verifier takes a tenth of a second: the same question is asked once. */
const verdicts = new Map<string, boolean>();
const validateSignatures: Primitives['validateSignatures'] = (address, fragments, hash) => {
  const question = [address, ...fragments, hash].join();
  const verdict =
    verdicts.get(question) ?? nodePrimitives.validateSignatures(address, fragments, hash);
  verdicts.set(question, verdict);
  return verdict;
};
const sound: Primitives = {
  ...nodePrimitives,
  validateSignatures,
  argon2: plainArgon2,
  random: seededRandom('self'),
};

afterAll(removeTemporaryFolders);

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}

async function faultOf(broken: Partial<Primitives>): Promise<string> {
  try {
    await selfTest({ ...sound, ...broken });
    return 'none';
  } catch (cause) {
    if (cause instanceof SignerError && cause.code === 'self_test_failed') {
      return cause.message.replace('this machine computes wrongly: ', '');
    }
    throw cause;
  }
}

const BOTH_OF_SIGNING = 'one-time signature, independent verification';
const throws = (): never => {
  throw new Error('out of order');
};

describe('the self-test', () => {
  test('passes on this machine', async () => {
    expect(await faultOf({})).toBe('none');
  });

  test.each<[string, string, Partial<Primitives>]>([
    ['Argon2', 'Argon2id', { argon2: async (options) => flipped(await plainArgon2(options)) }],
    ['Argon2 that dies', 'Argon2id', { argon2: async () => throws() }],
    ['SHA-256', 'SHA-256, one-time signature', { sha256: () => '00'.repeat(32) }],
    [
      'Ed25519 keys',
      'Ed25519',
      {
        createIdentity: (key) => {
          const identity = nodePrimitives.createIdentity(key);
          return { ...identity, publicKey: flipped(identity.publicKey) };
        },
      },
    ],
    [
      'Ed25519 signing',
      'Ed25519',
      {
        createIdentity: (key) => {
          const identity = nodePrimitives.createIdentity(key);
          return { ...identity, sign: (message) => flipped(identity.sign(message)) };
        },
      },
    ],
    ['Ed25519 that accepts all', 'Ed25519', { verifyIdentity: () => true }],
    ['Ed25519 that accepts none', 'Ed25519', { verifyIdentity: () => false }],
    [
      'HKDF',
      'HKDF-SHA-512',
      { deriveRaw: async (options) => flipped(await nodePrimitives.deriveRaw(options)) },
    ],
    [
      'sealing',
      'XChaCha20-Poly1305',
      { sealXChaCha: (...args) => flipped(nodePrimitives.sealXChaCha(...args)) },
    ],
    ['opening that takes nothing', 'XChaCha20-Poly1305', { openXChaCha: () => null }],
    [
      'opening that takes anything',
      'XChaCha20-Poly1305',
      { openXChaCha: (key, bytes) => nodePrimitives.openXChaCha(key, bytes) ?? bytes },
    ],
    ['a constant random source', 'random source', { random: (size) => new Uint8Array(size) }],
    ['one that repeats', 'random source', { random: (size) => seededRandom('again')(size) }],
    ['one that gives too little', 'random source', { random: () => sound.random(16) }],
    ['address derivation', 'Kerl address derivation', { addressOfSeed: () => '9'.repeat(81) }],
    [
      'signing',
      BOTH_OF_SIGNING,
      { signHash: (options) => flipped(nodePrimitives.signHash(options)) },
    ],
    ['a verifier that accepts all', 'independent verification', { validateSignatures: () => true }],
    ['one that accepts none', 'independent verification', { validateSignatures: () => false }],
    ['one that dies', 'independent verification', { validateSignatures: throws }],
  ])('names %s', async (_what, named, broken) => {
    expect(await faultOf(broken)).toBe(named);
  });

  test('knows the answer that Node’s own HKDF gives', async () => {
    const label = '43vgLK8NYigfKagfahbCSm+lMFcilNjZyV8Jj6blqX5u98Lx7vjH98AG1oh/ezOR';
    const salt = Uint8Array.from({ length: 32 }, (_, i) => i);
    const info = Buffer.from(`\u0007mainnet\u0040${label}`, 'latin1');
    const raw = new Uint8Array(hkdfSync('sha512', salt, 'airlock/seed/v1', info, 48));
    const asked = async (): Promise<Uint8Array> => raw;
    expect(await faultOf({ deriveRaw: asked })).toBe('none');
  });
});

describe('a command', () => {
  const failing = async (): Promise<void> => {
    await selfTest({ ...sound, sha256: () => '' });
  };

  test('is not begun when the self-test fails', async () => {
    const world = new World(temporaryFolder());
    world.selfTest = failing;
    expect(await world.run('init', '--network', 'private')).toMatchObject({
      exit: 3,
      code: 'self_test_failed',
    });
    expect(world.files('.')).toEqual(['passphrase']);
  });

  test.each([
    ['status'],
    ['record'],
    ['derive', '--uuid', 'A'.repeat(64)],
    ['addresses', '--count', '1', '--out', 'x'],
    ['card', '--out', 'x'],
    ['sign', 'x', '--out', 'y'],
    ['inspect', 'x'],
    ['pair', '--card', 'x'],
  ])('is not begun when the self-test fails: %s', async (...args) => {
    const world = await makeWorld();
    world.selfTest = failing;
    const head = world.head();
    expect(await world.run(...args)).toMatchObject({ exit: 3, code: 'self_test_failed' });
    expect(world.head()).toEqual(head);
  });

  test('runs the self-test once', async () => {
    const world = await makeWorld();
    let runs = 0;
    world.selfTest = async () => {
      runs += 1;
    };
    expect((await world.run('status')).exit).toBe(0);
    expect(runs).toBe(1);
  });
});
