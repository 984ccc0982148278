/** The built signer is told to end (SIGTERM) while it derives: nothing was written, and it works again. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuedAddress } from '@airlock/gap';
import { addressOfSeed, deriveSeed, plainArgon2, type Scheme } from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../packages/programs/signer/src/disk.ts';
import {
  bundle,
  confirmationOf,
  input,
  issuedEvent,
  KEYRING,
  makeHome,
  own,
  PAIRED,
  removeTemporaryFolders,
  requestOf,
  SALT,
  seal,
  sealedFile,
  temporaryFolder,
  uuidOf,
  World,
} from '../../../packages/programs/signer/test/world.ts';
import { signerIsolation } from '../../../scripts/programs.ts';

/** A key costs more than half a second. */
const SCHEME: Scheme = {
  name: 'hub-argon2id',
  timeCost: 6,
  memoryKib: 65_536,
  parallelism: 1,
};

async function keyOf(name: string): Promise<IssuedAddress> {
  const uuid = uuidOf(name);
  const options = { scheme: SCHEME, network: 'private', salt: SALT, uuid } as const;
  const seed = await deriveSeed({ ...options, argon2: plainArgon2 });
  return { uuid, address: addressOfSeed(seed, 1), securityLevel: 1 };
}

let world: World;
let request: Uint8Array;

beforeAll(async () => {
  const keys = [await keyOf('one'), await keyOf('two')] as const;
  world = new World(temporaryFolder());
  await makeHome(world.folder, {
    events: [
      [PAIRED, []],
      [issuedEvent(keys), keys],
    ],
  });
  const keyring = { ...KEYRING, scheme: SCHEME };
  nodeDisk.replace(join(world.home, 'secret'), await sealedFile({ keyring }));
  request = seal(requestOf(world.state(), [bundle(input(keys[0], 9n), own(keys[1], 9n))]));
}, 60_000);

afterAll(removeTemporaryFolders);

const { prefix } = signerIsolation();

interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts the built signer; with `ends`, ends it while it derives. */
async function run(args: readonly string[], ends: boolean): Promise<Ended> {
  const common = ['--home', world.home, '--passphrase-file', world.path('passphrase')];
  const file = join(process.cwd(), 'dist/airlock-signer.mjs');
  const [command = '', ...rest] = [...prefix, process.execPath, file, ...common, ...args];
  const child = spawn(command, rest, { stdio: 'ignore' });
  const ended = new Promise<Ended>((resolve) => {
    child.on('exit', (exit, signal) => resolve({ exit, signal }));
  });
  if (ends) {
    const lock = join(world.home, 'lock');
    for (let i = 0; i < 600 && !existsSync(lock); i += 1) await sleep(20);
    await sleep(200);
    child.kill('SIGTERM');
  }
  return ended;
}

test.each(['addresses', 'sign'])(
  '%s: no file, no entry, and the repetition succeeds',
  async (name) => {
    const out = world.path(`${name}.out`);
    const path = world.write('request', request);
    const network = prefix.length === 0 ? ['--accept-network'] : [];
    const args =
      name === 'addresses'
        ? ['addresses', '--count', '3', '--out', out]
        : ['sign', path, '--out', out, '--confirm', confirmationOf(request), ...network];
    const head = world.head().number;
    expect(await run(args, true)).toEqual({ exit: null, signal: 'SIGTERM' });
    expect(nodeDisk.exists(join(world.home, 'lock'))).toBe(true);
    expect([nodeDisk.exists(out), world.head().number]).toEqual([false, head]);
    expect(world.files()).toEqual([]);
    expect(await run(args, false)).toEqual({ exit: 0, signal: null });
    expect([nodeDisk.exists(out), world.head().number]).toEqual([true, head + 1]);
  },
  60_000,
);
