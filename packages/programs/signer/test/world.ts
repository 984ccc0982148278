/**
 * Signers for tests: homes on a temporary folder, sealed at the least KDF cost that the program reads,
 * and a captured terminal; and verdicts on bundles put to records. Requests are made in requests.ts.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  encodeCbor,
  type Head,
  type Identity,
  type IssuedAddress,
  type KeyringDescription,
  keyringDescription,
  openSigningRequest,
  type RecordEvent,
  type RequestSlot,
  wordsOf,
} from '@airlock/gap';
import { type Network, plainArgon2 } from '@airlock/protocol';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { runCli } from '../src/cli.ts';
import { type Disk, nodeDisk } from '../src/disk.ts';
import type { Environment, System, Terminal } from '../src/environment.ts';
import { recordPath, requestsFolder, secretPath } from '../src/home.ts';
import type { RecordFold, RecordState } from '../src/record-state.ts';
import { appendEntry, EMPTY_RECORD, loadRecord } from '../src/record-store.ts';
import {
  addVerdicts,
  bundle,
  COORDINATOR,
  IDENTITY_KEY,
  input,
  issuedEvent,
  KEYRING,
  KEYS,
  NOW,
  newState,
  openedEvent,
  own,
  PAIRED,
  PASSPHRASE,
  requestOf,
  review,
  SALT,
  SIGNER,
  seededRandom,
  verdictOf,
} from './requests.ts';

export {
  addEntry,
  addressOf,
  addVerdicts,
  bundle,
  COLD,
  COORDINATOR,
  cold,
  IDENTITY_KEY,
  input,
  issue,
  issuedEvent,
  KEYRING,
  KEYS,
  NOW,
  newState,
  openedEvent,
  own,
  PAIRED,
  PASSPHRASE,
  pay,
  requestOf,
  review,
  SALT,
  SCHEME,
  SIGNER,
  STRANGER,
  seal,
  seededRandom,
  slipInput,
  slipOf,
  slotOf,
  uuidOf,
  verdictOf,
  withdrawalIdOf,
} from './requests.ts';

export const k0: IssuedAddress = KEYS[0]!;
export const k1: IssuedAddress = KEYS[1]!;
export const k2: IssuedAddress = KEYS[2]!;
export const k3: IssuedAddress = KEYS[3]!;
export const k4: IssuedAddress = KEYS[4]!;
export const k5: IssuedAddress = KEYS[5]!;
export const level2: IssuedAddress = KEYS[38]!;
export const level3: IssuedAddress = KEYS[39]!;

export type Bundles = (readonly RequestSlot[])[];

/** The verdict on bundles put to a fresh record. */
export function verdict(...bundles: Bundles): string {
  const state = newState();
  return verdictOf(() => review(state, requestOf(state, bundles)));
}

/** A bundle that moves everything from one key to another. */
export const sweep = (
  from: IssuedAddress = k0,
  to: IssuedAddress = k1,
  amount: bigint = 5n,
): RequestSlot[] => bundle(input(from, amount), own(to, amount));

/** A record that has signed `bundles` in one request. */
export function signedState(...bundles: Bundles): RecordFold {
  const state = newState();
  addVerdicts(state, review(state, requestOf(state, bundles)));
  return state;
}

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-signer-'));
  folders.push(folder);
  return folder;
}

/** For `afterAll`. */
export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A sealed secret, every part of which can be chosen. */
export async function sealedFile(
  options: {
    version?: number;
    network?: Network;
    keyring?: KeyringDescription;
    publicKey?: Uint8Array;
    timeCost?: number;
    memoryKib?: number;
    salt?: Uint8Array;
    passphrase?: string;
  } = {},
): Promise<Uint8Array> {
  const { timeCost = 1, memoryKib = 8, passphrase = PASSPHRASE } = options;
  const kdfSalt = new Uint8Array(16).fill(7);
  const nonce = new Uint8Array(24).fill(9);
  const header = encodeCbor(
    new Map([
      [1n, BigInt(options.version ?? 1)],
      [2n, keyringDescription.encode(options.keyring ?? KEYRING)],
      [3n, options.network ?? 'private'],
      [4n, options.publicKey ?? SIGNER.publicKey],
      [
        5n,
        new Map<bigint, bigint | Uint8Array>([
          [1n, BigInt(timeCost)],
          [2n, BigInt(memoryKib)],
          [3n, kdfSalt],
        ]),
      ],
    ]),
  );
  const key = await plainArgon2({
    variant: 'argon2id',
    password: new TextEncoder().encode(passphrase),
    salt: kdfSalt,
    timeCost: Math.max(1, timeCost),
    memoryKib: Math.min(Math.max(8, memoryKib), 1024),
    parallelism: 1,
    hashLength: 32,
  });
  const plaintext = encodeCbor(
    new Map([
      [1n, options.salt ?? SALT],
      [2n, IDENTITY_KEY],
    ]),
  );
  const ciphertext = xchacha20poly1305(key, nonce, header).encrypt(plaintext);
  return encodeCbor(
    new Map([
      [1n, header],
      [2n, nonce],
      [3n, ciphertext],
    ]),
  );
}

export interface HomeOptions {
  readonly network?: Network;
  readonly practice?: boolean;
  /** Entries after `opened`; default: paired with COORDINATOR and KEYS issued. */
  readonly events?: readonly (readonly [RecordEvent, readonly IssuedAddress[]])[];
}

/** A home on disk, made without the command line (whose KDF is dear). */
export async function makeHome(folder: string, options: HomeOptions = {}): Promise<string> {
  const network = options.network ?? 'private';
  const home = join(folder, 'home');
  const keyring = { ...KEYRING, practice: options.practice ?? false };
  nodeDisk.makeFolder(home);
  nodeDisk.makeFolder(requestsFolder(home));
  nodeDisk.replace(secretPath(home), await sealedFile({ network, keyring }));
  let loaded = EMPTY_RECORD;
  const folderOfRecord = recordPath(home);
  nodeDisk.makeFolder(folderOfRecord);
  const events = options.events ?? [
    [PAIRED, []],
    [issuedEvent(KEYS), KEYS],
  ];
  const opened: readonly [RecordEvent, readonly IssuedAddress[]] = [
    openedEvent(network, keyring),
    [],
  ];
  for (const [event, addresses] of [opened, ...events]) {
    loaded = appendEntry({
      disk: nodeDisk,
      folder: folderOfRecord,
      loaded,
      at: NOW,
      event,
      addresses,
      identity: SIGNER,
    });
  }
  return home;
}

export interface Run {
  readonly exit: number;
  readonly out: string[];
  readonly note: string[];
  /** Of the error on standard error, or ''. */
  readonly code: string;
}

/** A machine without a network, swap or core dumps. */
export const QUIET: System = {
  interfaces: () => [{ name: 'lo', isUp: true, isLoopback: true }],
  swaps: () => [],
  coreDumps: () => null,
};

/** A terminal that nobody sits at, and whose lines nobody reads. */
export const SILENT: Terminal = {
  out: () => undefined,
  note: () => undefined,
  progress: () => undefined,
  ask: async () => null,
  askSecret: async () => null,
  size: () => null,
  paint: () => undefined,
  key: async () => null,
  lines: async function* () {},
};

/** The same derivation at the least cost, where what it costs is not what is looked at. */
export const cheapArgon2: Environment['argon2'] = (options) =>
  plainArgon2({ ...options, timeCost: 1, memoryKib: 8 });

/** A signer on a folder of its own. */
export class World {
  readonly folder: string;
  readonly home: string;
  disk: Disk = nodeDisk;
  now: () => number = () => NOW;
  random: Environment['random'] = seededRandom('world');
  argon2: Environment['argon2'] = plainArgon2;
  system: System = QUIET;
  selfTest: () => Promise<void> = async () => undefined;
  /** What the terminal does otherwise than a silent one. */
  terminal: Partial<Terminal> = {};
  /** Answers to questions, in their order; none: nobody can answer. */
  answers: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
    this.home = join(folder, 'home');
    nodeDisk.replace(this.path('passphrase'), Buffer.from(`${PASSPHRASE}\n`));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, bytes: Uint8Array | string): string {
    nodeDisk.replace(this.path(name), Buffer.from(bytes as Uint8Array));
    return this.path(name);
  }

  /** A file's bytes; of a folder, those of all its files. */
  read(name: string): Uint8Array {
    if (statSync(this.path(name)).isDirectory()) {
      const files = readdirSync(this.path(name)).sort();
      return new Uint8Array(Buffer.concat(files.map((file) => this.read(`${name}/${file}`))));
    }
    return new Uint8Array(readFileSync(this.path(name)));
  }

  files(name = 'home/requests'): string[] {
    return readdirSync(this.path(name)).sort();
  }

  /** A copy of this world that can be spoiled alone. */
  copy(): World {
    const folder = temporaryFolder();
    cpSync(this.folder, folder, { recursive: true });
    const world = new World(folder);
    world.answers = [...this.answers];
    return world;
  }

  /** Runs a command with the home and the passphrase; without them through `runBare`. */
  run(...args: string[]): Promise<Run> {
    return this.runBare('--home', this.home, '--passphrase-file', this.path('passphrase'), ...args);
  }

  async runBare(...args: string[]): Promise<Run> {
    const out: string[] = [];
    const note: string[] = [];
    const answers = [...this.answers];
    const exit = await runCli(args, {
      disk: this.disk,
      now: this.now,
      random: this.random,
      argon2: this.argon2,
      system: this.system,
      selfTest: this.selfTest,
      terminal: {
        ...SILENT,
        ...this.terminal,
        out: (line) => out.push(line),
        note: (line) => note.push(line),
        ask: async () => answers.shift() ?? null,
        askSecret: async () => {
          const answer = answers.shift();
          return answer === undefined ? null : new TextEncoder().encode(answer);
        },
      },
    });
    const text = note.join('\n');
    const code = /refused \((\w+)\)/.exec(text)?.[1] ?? /"code":"(\w+)"/.exec(text)?.[1] ?? '';
    return { exit, out, note, code };
  }

  head(): Head {
    return this.state().head;
  }

  state(): RecordState {
    return loadRecord(nodeDisk, recordPath(this.home), SIGNER.publicKey).state;
  }

  /** Signs a request file, with the right words. */
  async sign(file: Uint8Array, name = 'response', ...more: string[]): Promise<Run> {
    const path = this.write(`${name}.request`, file);
    const confirm = confirmationOf(file);
    return this.run('sign', path, '--out', this.path(name), '--confirm', confirm, ...more);
  }
}

/** The last four words of a request. */
export function confirmationOf(file: Uint8Array, identity: Identity = COORDINATOR): string {
  const { digest } = openSigningRequest(file, [identity.publicKey]);
  return wordsOf(digest).slice(4).join(' ');
}

export async function makeWorld(options: HomeOptions = {}): Promise<World> {
  const world = new World(temporaryFolder());
  await makeHome(world.folder, options);
  return world;
}
