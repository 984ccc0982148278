/** The secret at rest: what opens it, what is refused, and that it stands nowhere else. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { plainArgon2 } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import type { Environment, System } from '../src/environment.ts';
import { SignerError } from '../src/error.ts';
import { readPassphraseOf, withHolder, withOpenHome } from '../src/home.ts';
import { currentProcess } from '../src/lock.ts';
import { appendEntry, EMPTY_RECORD } from '../src/record-store.ts';
import { openSecret, readHeader, type Secret, sealSecret } from '../src/sealed-secret.ts';
import {
  cheapArgon2,
  IDENTITY_KEY,
  KEYRING,
  KEYS,
  makeWorld,
  PASSPHRASE,
  QUIET,
  type Run,
  removeTemporaryFolders,
  SALT,
  SIGNER,
  STRANGER,
  sealedFile,
  seededRandom,
  temporaryFolder,
  verdictOf,
  World,
} from './world.ts';

const passphrase = (text = PASSPHRASE): Uint8Array => new TextEncoder().encode(text);
const open = (file: Uint8Array, typed = passphrase()): Promise<Secret> =>
  openSecret({ file, passphrase: typed, argon2: plainArgon2 });
let sealed: Uint8Array;

beforeAll(async () => {
  sealed = await sealedFile();
});

afterAll(removeTemporaryFolders);

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'opened';
  } catch (cause) {
    if (cause instanceof SignerError) return cause.code;
    throw cause;
  }
}

describe('a sealed secret', () => {
  test('opens with its passphrase, at the cost its header states', async () => {
    expect(await open(sealed)).toEqual({
      salt: SALT,
      identityKey: IDENTITY_KEY,
    });
    const file = await sealSecret({
      header: { keyring: KEYRING, network: 'private', publicKey: SIGNER.publicKey },
      secret: { salt: SALT, identityKey: IDENTITY_KEY },
      passphrase: passphrase(),
      random: seededRandom('seal'),
      argon2: plainArgon2,
    });
    expect(readHeader(file).kdf).toMatchObject({ timeCost: 3, memoryKib: 131_072 });
    expect((await open(file)).salt).toEqual(SALT);
  });

  test.each(['', 'wrong', `${PASSPHRASE} `, PASSPHRASE.toUpperCase()])(
    'does not open with %j',
    async (text) => {
      expect(await codeOf(open(sealed, passphrase(text)))).toBe('passphrase_wrong');
    },
  );

  test('with any byte flipped does not open', async () => {
    const header = readHeader(sealed);
    const kdf = Buffer.from(sealed).indexOf(header.kdf.salt);
    const outcomes = new Set<string>();
    for (let at = 0; at < sealed.length; at += 1) {
      // The cost of the key derivation itself is tried below; here it would only take long.
      if (at >= kdf - 6 && at < kdf) continue;
      const flipped = sealed.slice();
      flipped[at]! ^= 1 << (at % 8);
      outcomes.add(await codeOf(open(flipped)));
    }
    expect([...outcomes].sort()).toEqual(['passphrase_wrong', 'secret_damaged']);
  });

  test('cut at any byte is damaged', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(verdictOf(() => readHeader(sealed.subarray(0, length)))).toBe('secret_damaged');
    }
  });

  test('of a newer version is refused as such', async () => {
    const newer = await sealedFile({ version: 2 });
    expect(await codeOf(open(newer))).toBe('home_newer');
  });

  test.each([{ timeCost: 0 }, { timeCost: 17 }, { memoryKib: 7 }, { memoryKib: 1_048_577 }])(
    'with key derivation parameters out of range (%j) is refused before any work',
    async (cost) => {
      const file = await sealedFile(cost);
      const start = performance.now();
      expect(await codeOf(open(file))).toBe('secret_damaged');
      expect(performance.now() - start).toBeLessThan(200);
    },
  );
});

describe('a home', () => {
  test("whose header shows another signer's key is refused", async () => {
    const world = await makeWorld();
    const sealedForOther = await sealedFile({ publicKey: new Uint8Array(32).fill(3) });
    world.write('home/secret', sealedForOther);
    const run = await world.run('derive', '--uuid', KEYS[0]!.uuid);
    // Its record bears the signatures of the other key.
    expect(run).toMatchObject({ exit: 4, code: 'record_damaged' });
  });

  test('whose sealed identity is not the key in its header is refused', async () => {
    const world = await makeWorld();
    world.write('home/secret', await sealedFile({ publicKey: STRANGER.publicKey }));
    nodeDisk.removeFolder(world.path('home/record'));
    nodeDisk.makeFolder(world.path('home/record'));
    appendEntry({
      disk: nodeDisk,
      folder: world.path('home/record'),
      loaded: EMPTY_RECORD,
      at: 0,
      event: { kind: 'revoked', publicKey: STRANGER.publicKey },
      addresses: [],
      identity: STRANGER,
    });
    expect(await world.run('derive', '--uuid', KEYS[0]!.uuid)).toMatchObject({
      exit: 4,
      code: 'secret_damaged',
    });
  });

  test('that is newer than the program, or damaged, is named as such', async () => {
    const world = await makeWorld();
    world.write('home/secret', await sealedFile({ version: 2 }));
    expect(await world.run('status')).toMatchObject({ exit: 4, code: 'home_newer' });
    world.write('home/secret', sealed.slice(0, 50));
    expect(await world.run('status')).toMatchObject({ exit: 4, code: 'secret_damaged' });
    world.write('home/secret', new Uint8Array(70_000));
    expect(await world.run('status')).toMatchObject({ exit: 3, code: 'file_invalid' });
  });

  test('wipes salt, identity key and passphrase, also after an error', async () => {
    const world = await makeWorld();
    const environment = { disk: nodeDisk, system: QUIET, argon2: plainArgon2 } as Environment;
    for (const fails of [false, true]) {
      const typed = passphrase();
      let kept: readonly Uint8Array[] = [];
      const opening = withOpenHome(
        environment,
        { path: world.home, passphrase: typed },
        async ({ secret }) => {
          kept = [secret.salt, secret.identityKey];
          expect(Buffer.from(secret.salt)).toEqual(Buffer.from(SALT));
          if (fails) throw new SignerError('usage', 'x', { next: 'y' });
        },
      );
      expect(await codeOf(opening)).toBe(fails ? 'usage' : 'opened');
      for (const bytes of [...kept, typed]) {
        expect(bytes.every((byte) => byte === 0)).toBe(true);
        expect(bytes.length).toBeGreaterThan(20);
      }
    }
  });
});

test('the passphrase is wiped also when the home is refused, or in use', async () => {
  const world = await makeWorld();
  const given: Partial<Environment> = { disk: nodeDisk, system: QUIET, argon2: plainArgon2 };
  const environment = given as Environment;
  const { pid, boot, started } = currentProcess();
  nodeDisk.replace(world.path('home/lock'), Buffer.from(`${pid} ${boot} ${started}\n`));
  for (const [path, code] of [
    [world.home, 'home_locked'],
    [world.path('nowhere'), 'home_missing'],
  ] as const) {
    const typed = passphrase();
    const opening = withHolder(environment, { path, passphrase: typed }, async () => undefined);
    expect(await codeOf(opening)).toBe(code);
    expect(typed.every((byte) => byte === 0)).toBe(true);
  }
});

test('no passphrase is asked for where memory could reach a disk', async () => {
  const world = await makeWorld({ network: 'mainnet' });
  let asked = 0;
  const refusing: System = { ...QUIET, swaps: () => ['/swap'] };
  const given: Partial<Environment> = { disk: nodeDisk, system: refusing };
  const terminal = {
    askSecret: async () => {
      asked += 1;
      return passphrase();
    },
  } as unknown;
  const environment = { ...given, terminal } as Environment;
  const reading = readPassphraseOf(environment, { home: world.home });
  expect(await codeOf(reading)).toBe('swap_enabled');
  expect(asked).toBe(0);
});

function everyFile(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? everyFile(path) : [path];
  });
}

test('salt, identity key and passphrase stand in no file and on no screen', async () => {
  const world = new World(temporaryFolder());
  world.argon2 = cheapArgon2;
  const drawn: Uint8Array[] = [];
  const random = seededRandom('kept');
  world.random = (bytes) => {
    const value = random(bytes);
    drawn.push(value.slice());
    return value;
  };
  const runs: Run[] = [];
  runs.push(await world.run('init', '--network', 'private', '--security', '1'));
  const [salt, identityKey] = drawn as [Uint8Array, Uint8Array];
  for (const args of [
    ['card', '--out', world.path('card')],
    ['addresses', '--count', '2', '--out', world.path('batch')],
    ['status'],
    ['record', '--out', world.path('record')],
    ['inspect', world.path('card'), '--json'],
    ['inspect', world.path('batch')],
  ]) {
    runs.push(await world.run(...args));
  }
  expect(runs.map(({ exit }) => exit)).toEqual(runs.map(() => 0));
  const texts = [
    ...everyFile(world.folder)
      .filter((path) => !path.endsWith('/passphrase'))
      .map((path) => readFileSync(path)),
    ...runs.map((run) => Buffer.from([...run.out, ...run.note].join('\n'))),
  ];
  expect(texts.length).toBeGreaterThan(8);
  for (const secret of [salt, identityKey, passphrase()]) {
    const raw = Buffer.from(secret);
    for (const text of texts) {
      for (const form of [
        raw,
        raw.toString('hex'),
        raw.toString('base64'),
        raw.toString('base64url'),
      ]) {
        expect(text.includes(form)).toBe(false);
      }
      expect(text.toString('latin1').toLowerCase()).not.toContain(raw.toString('hex'));
    }
  }
  // The search does find what is there.
  const card = readFileSync(world.path('card'));
  const { publicKey } = readHeader(nodeDisk.read(world.path('home/secret'), 70_000)!);
  expect(card.includes(Buffer.from(publicKey))).toBe(true);
});
