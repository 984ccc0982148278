/** Seeds: Hub's published and computed ones, and HKDF by another implementation. */

import { hkdfSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ARGON2_SALT_BYTES_MIN,
  type Argon2Options,
  assertSalt,
  assertScheme,
  bytesToUuid,
  defaultScheme,
  HKDF_SALT_BYTES_MIN,
  NETWORKS,
  type Network,
  plainArgon2,
  deriveRaw as protocolRaw,
  deriveSeed as protocolSeed,
  SCHEME_NAMES,
  type Scheme,
  trytesToWords,
  wordsToTrytes,
} from '../src/index.ts';
import { codeOf, runs, vectorsOf } from './legacy.ts';

type Without<T> = Omit<T, 'argon2'>;
const deriveRaw = (options: Without<Parameters<typeof protocolRaw>[0]>): Promise<Uint8Array> =>
  protocolRaw({ ...options, argon2: plainArgon2 });
const deriveSeed = (options: Without<Parameters<typeof protocolSeed>[0]>): Promise<Uint8Array> =>
  protocolSeed({ ...options, argon2: plainArgon2 });

interface LegacyVector {
  readonly uuid: string;
  readonly salt: string;
  readonly argon2: { type: string; version: number; t: number; m_kib: number; p: number };
  readonly raw48_hex: string;
  readonly seed: string;
}
interface HubVector {
  readonly uuid: string;
  readonly salt: string;
  readonly argon2: {
    type: string;
    timeCost: number;
    memoryCostKiB: number;
    parallelism: number;
  };
  readonly seed: string;
}

const nameOf = (type: string): 'hub-argon2id' | 'hub-argon2i' =>
  type === 'argon2id' ? 'hub-argon2id' : 'hub-argon2i';
const legacyVectors = (
  vectorsOf('iota-legacy.json') as { hub_uuid_salt: readonly LegacyVector[] }
).hub_uuid_salt.map(({ argon2, ...vector }) => ({
  ...vector,
  scheme: {
    name: nameOf(argon2.type),
    timeCost: argon2.t,
    memoryKib: argon2.m_kib,
    parallelism: argon2.p,
  },
}));
const hubVectors = (vectorsOf('hub-seed-derivation.json') as readonly HubVector[]).map(
  ({ argon2, ...vector }) => ({
    ...vector,
    scheme: {
      name: nameOf(argon2.type),
      timeCost: argon2.timeCost,
      memoryKib: argon2.memoryCostKiB,
      parallelism: argon2.parallelism,
    },
  }),
);

const uuid = hubVectors[0]!.uuid;
const cheap: Scheme = { name: 'hub-argon2id', timeCost: 1, memoryKib: 8, parallelism: 1 };
const hkdf = defaultScheme('hkdf-sha512');
const salt32 = new Uint8Array(32).fill(1);
const network: Network = 'mainnet';

describe('Hub’s schemes', () => {
  test.each(legacyVectors)(
    '$scheme.name with t $scheme.timeCost, m $scheme.memoryKib gives $seed',
    async ({ scheme, salt, uuid: label, raw48_hex, seed }) => {
      const options = { scheme, network, salt: Buffer.from(salt, 'ascii') };
      const raw = await deriveRaw({ ...options, label });
      expect(Buffer.from(raw).toString('hex')).toBe(raw48_hex);
      expect(wordsToTrytes(await deriveSeed({ ...options, uuid: label }))).toBe(seed);
    },
  );

  test.each(hubVectors)(
    '$scheme.name with salt $salt gives $seed',
    async ({ scheme, salt, uuid: label, seed }) => {
      const options = { scheme, network, salt: Buffer.from(salt, 'ascii'), uuid: label };
      expect(wordsToTrytes(await deriveSeed(options))).toBe(seed);
    },
  );

  test('B29: the seed that a comment of Hub’s own test names is that of the older parameters', () => {
    const [now, before] = legacyVectors;
    expect(before).toMatchObject({ uuid: now!.uuid, salt: now!.salt });
    expect(before!.scheme).toEqual(defaultScheme('hub-argon2i'));
    expect(before!.seed).toMatch(/^TTUVCDOG/);
    expect(now!.seed).not.toBe(before!.seed);
  });

  test('the defaults are those of the two published vectors', () => {
    expect(defaultScheme('hub-argon2id')).toEqual(legacyVectors[0]!.scheme);
    expect(defaultScheme('hub-argon2i')).toEqual(legacyVectors[1]!.scheme);
    expect(SCHEME_NAMES.map((name) => defaultScheme(name).name)).toEqual([...SCHEME_NAMES]);
  });

  test('run the Argon2 that is handed in, and hkdf-sha512 runs none', async () => {
    const asked: Argon2Options[] = [];
    const argon2 = async (options: Argon2Options): Promise<Uint8Array> => {
      asked.push(options);
      return new Uint8Array(48).fill(3);
    };
    const salt = salt32;
    for (const name of SCHEME_NAMES) {
      await protocolRaw({ scheme: defaultScheme(name), network, salt, label: 'x', argon2 });
    }
    const same = { password: Buffer.from('x'), salt, parallelism: 1, hashLength: 48 };
    expect(asked).toEqual([
      { ...same, variant: 'argon2id', timeCost: 4, memoryKib: 131_072 },
      { ...same, variant: 'argon2i', timeCost: 1, memoryKib: 65_536 },
    ]);
    const raw = await protocolRaw({ scheme: cheap, network, salt, label: 'x', argon2 });
    expect(raw).toEqual(new Uint8Array(48).fill(3));
  });

  test('the network plays no part: Hub knew none', async () => {
    const options = { scheme: cheap, salt: salt32, uuid };
    const seeds = await Promise.all(
      NETWORKS.map((name) => deriveSeed({ ...options, network: name })),
    );
    expect(seeds[1]).toEqual(seeds[0]);
    expect(seeds[2]).toEqual(seeds[0]);
  });
});

/** RFC 5869 by Node's own implementation. */
function hkdfOfNode(salt: Uint8Array, info: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha512', salt, 'airlock/seed/v1', info, 48));
}

function infoByHand(name: Network, label: string): Buffer {
  return Buffer.from(
    String.fromCharCode(name.length) + name + String.fromCharCode(label.length) + label,
    'latin1',
  );
}

/** 48 bytes, big-endian two's complement, to 243 balanced trits, the last set to 0, to trytes. */
function seedByHand(raw: Buffer): string {
  let rest = BigInt.asIntN(384, BigInt(`0x${raw.toString('hex')}`));
  const trits = Array.from({ length: 243 }, () => {
    const trit = (((rest % 3n) + 4n) % 3n) - 1n;
    rest = (rest - trit) / 3n;
    return Number(trit);
  });
  expect(rest).toBe(0n);
  trits[242] = 0;
  let trytes = '';
  for (let i = 0; i < 243; i += 3) {
    const value = trits[i]! + 3 * trits[i + 1]! + 9 * trits[i + 2]!;
    trytes += '9ABCDEFGHIJKLMNOPQRSTUVWXYZ'[(value + 27) % 27];
  }
  return trytes;
}

describe('hkdf-sha512', () => {
  test('is what Node’s HKDF and BigInt arithmetic give', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 80 }),
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.constantFrom(...NETWORKS),
        async (salt, bytes, name) => {
          const label = bytesToUuid(bytes);
          const raw = hkdfOfNode(salt, infoByHand(name, label));
          const options = { scheme: hkdf, network: name, salt };
          expect(Buffer.from(await deriveRaw({ ...options, label })).equals(raw)).toBe(true);
          const seed = await deriveSeed({ ...options, uuid: label });
          expect(wordsToTrytes(seed)).toBe(seedByHand(raw));
          expect(trytesToWords(seedByHand(raw))).toEqual(seed);
        },
      ),
      runs(100),
    );
  });

  test('salt, network and UUID each change the seed', async () => {
    const options = { scheme: hkdf, network, salt: salt32, uuid };
    const seeds = await Promise.all([
      deriveSeed(options),
      deriveSeed({ ...options, salt: new Uint8Array(33).fill(1) }),
      deriveSeed({ ...options, network: 'devnet' }),
      deriveSeed({ ...options, uuid: uuid.replace('g', 'h') }),
    ]);
    expect(new Set(seeds.map(wordsToTrytes)).size).toBe(4);
  });

  test('labels of other lengths cannot be mistaken for one another', async () => {
    const raws = await Promise.all(
      ['a', 'aa', 'keyring', 'keyring/', 'k'.repeat(255)].map((label) =>
        deriveRaw({ scheme: hkdf, network, salt: salt32, label }),
      ),
    );
    expect(new Set(raws.map((raw) => Buffer.from(raw).toString('hex'))).size).toBe(5);
  });

  test.each(['', 'k'.repeat(256), 'kéy'])(
    'a label that no length byte fits is wrong use',
    (label) =>
      expect(deriveRaw({ scheme: hkdf, network, salt: salt32, label })).rejects.toThrow(RangeError),
  );
});

describe('assertScheme', () => {
  const base = { name: 'hub-argon2i', timeCost: 1, memoryKib: 128, parallelism: 1 } as const;
  test.each([
    { ...base, timeCost: 64 },
    { ...base, memoryKib: 8 },
    { ...base, memoryKib: 1_048_576 },
    { ...base, memoryKib: 128, parallelism: 16 },
    defaultScheme('hub-argon2id'),
    defaultScheme('hub-argon2i'),
    hkdf,
  ])('accepts %j', (scheme) => {
    expect(() => assertScheme(scheme)).not.toThrow();
  });

  test.each([
    { ...base, timeCost: 0 },
    { ...base, timeCost: 65 },
    { ...base, timeCost: 1.5 },
    { ...base, timeCost: Number.NaN },
    { ...base, memoryKib: 7 },
    { ...base, memoryKib: 1_048_577 },
    { ...base, memoryKib: 127, parallelism: 16 },
    { ...base, parallelism: 0 },
    { ...base, parallelism: 17 },
    { ...base, memoryKib: Number.POSITIVE_INFINITY },
  ])('refuses %j', async (scheme) => {
    expect(await codeOf(() => assertScheme(scheme))).toBe('scheme_invalid');
    const options = { scheme, network, salt: salt32 };
    expect(await codeOf(() => deriveRaw({ ...options, label: 'x' }))).toBe('scheme_invalid');
  });
});

describe('assertSalt', () => {
  test.each([
    [cheap, ARGON2_SALT_BYTES_MIN],
    [hkdf, HKDF_SALT_BYTES_MIN],
  ])('%j accepts %i bytes and refuses one less', async (scheme, least) => {
    const long = new Uint8Array(least);
    const short = new Uint8Array(least - 1);
    expect(() => assertSalt(scheme, long)).not.toThrow();
    expect(await deriveSeed({ scheme, network, salt: long, uuid })).toHaveLength(48);
    expect(await codeOf(() => assertSalt(scheme, short))).toBe('salt_too_short');
    expect(await codeOf(() => deriveSeed({ scheme, network, salt: short, uuid }))).toBe(
      'salt_too_short',
    );
  });

  test('the refusal names the length and not the salt', () => {
    expect(() => assertSalt(hkdf, Buffer.from('secret'))).toThrow('got 6 bytes');
  });
});

describe('deriveSeed', () => {
  test('refuses a malformed UUID before anything else', async () => {
    const bad = { scheme: { ...cheap, timeCost: 0 } as Scheme, network, salt: new Uint8Array(0) };
    expect(await codeOf(() => deriveSeed({ ...bad, uuid: 'short' }))).toBe('uuid_malformed');
    expect(await codeOf(() => deriveSeed({ ...bad, uuid }))).toBe('scheme_invalid');
  });
});
