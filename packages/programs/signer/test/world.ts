/**
 * Signers for tests: homes on a temporary folder, sealed at the least KDF cost that the program reads,
 * a captured terminal, a fixed clock, seeded randomness, and records at the level of the rules.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createIdentity,
  encodeCbor,
  type Head,
  type Identity,
  type IssuedAddress,
  type KeyringDescription,
  keyringDescription,
  leavesOf,
  merklePaths,
  merkleRoot,
  openAddressBatch,
  openEntry,
  openSigningRequest,
  type RecordEvent,
  type RequestSlot,
  type SigningRequest,
  type SlotRole,
  sealAddressBatch,
  sealEntry,
  sealSigningRequest,
  uuidCommitment,
  wordsOf,
} from '@airlock/gap';
import {
  addressOfSeed,
  bytesToUuid,
  deriveSeed,
  finalizeBundle,
  type Network,
  NULL_TAG,
  type Scheme,
  type SecurityLevel,
} from '@airlock/protocol';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { argon2id } from 'hash-wasm';
import { runCli } from '../src/cli.ts';
import { type Disk, nodeDisk } from '../src/disk.ts';
import type { Environment } from '../src/environment.ts';
import { SignerError } from '../src/error.ts';
import { recordPath, requestsFolder, secretPath } from '../src/home.ts';
import { keyringIdOf } from '../src/keyring.ts';
import { applyEntry, peersOf, RecordFold, type RecordState } from '../src/record-state.ts';
import { appendEntry, EMPTY_RECORD, loadRecord } from '../src/record-store.ts';
import { type ReviewedRequest, reviewRequest } from '../src/review.ts';

export const NOW: number = Date.UTC(2026, 10, 23, 10, 0, 0);
export const PASSPHRASE = 'six random words are good';
export const SCHEME: Scheme = { name: 'hkdf-sha512' };

const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));

export const IDENTITY_KEY: Uint8Array = new Uint8Array(32).fill(1);
export const SALT: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => 101 + i);
export const SIGNER: Identity = identityOf(1);
export const COORDINATOR: Identity = identityOf(2);
export const STRANGER: Identity = identityOf(4);
export const COLD: Identity = identityOf(5);

/** The same bytes for the same seed, whatever the sizes asked for. */
export function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let count = 0;
  return (bytes) => {
    count += 1;
    const parts: Buffer[] = [];
    for (let i = 0; i * 32 < bytes; i += 1) {
      parts.push(createHash('sha256').update(`${seed} ${count} ${i}`).digest());
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, bytes));
  };
}

export const uuidOf = (name: string): string => bytesToUuid(seededRandom(`uuid ${name}`)(48));

/** 81 trytes with a last trit of 0. */
export const addressOf = (letter: string): string => `${letter.repeat(80)}9`;

export async function issue(
  name: string,
  level: SecurityLevel = 1,
  network: Network = 'private',
): Promise<IssuedAddress> {
  const uuid = uuidOf(name);
  const seed = await deriveSeed({ scheme: SCHEME, network, salt: SALT, uuid });
  return { uuid, address: addressOfSeed(seed, level), securityLevel: level };
}

/** Forty keys of the keyring: level 1, but number 38 at level 2 and 39 at level 3. */
export const KEYS: readonly IssuedAddress[] = await Promise.all(
  Array.from({ length: 40 }, (_, i) => issue(`key ${i}`, i === 38 ? 2 : i === 39 ? 3 : 1)),
);

export const KEYRING: KeyringDescription = {
  id: await keyringIdOf(SCHEME, SALT),
  scheme: SCHEME,
  securityLevel: 1,
  practice: false,
};

export const issuedEvent = (addresses: readonly IssuedAddress[], batch = 1): RecordEvent => ({
  kind: 'issued',
  batch,
  count: addresses.length,
  root: merkleRoot(leavesOf(addresses)),
});

export const openedEvent = (
  network: Network = 'private',
  keyring: KeyringDescription = KEYRING,
): RecordEvent => ({ kind: 'opened', keyring, network, publicKey: SIGNER.publicKey });

export const PAIRED: RecordEvent = {
  kind: 'paired',
  role: 'coordinator',
  publicKey: COORDINATOR.publicKey,
};

/** Adds an entry to a fold, as the record file does. */
export function addEntry(
  state: RecordFold,
  event: RecordEvent,
  addresses: readonly IssuedAddress[] = [],
): void {
  const sealed = sealEntry(state.head, { at: NOW, event }, SIGNER);
  const { entry, head } = openEntry(sealed, state.head, SIGNER.publicKey);
  applyEntry(state, { sealed, entry, head, addresses });
}

/** opened, paired with COORDINATOR, issued KEYS: the head is entry 3. */
export function newState(network: Network = 'private'): RecordFold {
  const state = new RecordFold();
  addEntry(state, openedEvent(network));
  addEntry(state, PAIRED);
  addEntry(state, issuedEvent(KEYS), KEYS);
  return state;
}

const TIMESTAMP = 1_790_000_000;

export function slotOf(
  role: SlotRole,
  slot: { address: string; value?: bigint; tag?: string },
): RequestSlot {
  return {
    address: slot.address,
    value: slot.value ?? 0n,
    obsoleteTag: NULL_TAG,
    tag: slot.tag ?? NULL_TAG,
    timestamp: TIMESTAMP,
    role,
  };
}

export const withdrawalIdOf = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** An input with the slots that its level needs. */
export function input(key: IssuedAddress, amount: bigint): RequestSlot[] {
  const { address, uuid, securityLevel } = key;
  const role: SlotRole = { kind: 'input', key: { kind: 'uuid', uuid }, securityLevel };
  const room = slotOf({ kind: 'fragment' }, { address });
  return [slotOf(role, { address, value: -amount }), ...Array(securityLevel - 1).fill(room)];
}

export const own = (key: IssuedAddress, value: bigint): RequestSlot =>
  slotOf({ kind: 'own', uuid: key.uuid }, { address: key.address, value });

export const pay = (number: number, value: bigint, address: string = addressOf('P')): RequestSlot =>
  slotOf(
    { kind: 'withdrawal', withdrawalId: withdrawalIdOf(number), authorization: null },
    { address, value },
  );

const COLD_KEYS: readonly IssuedAddress[] = [
  { uuid: uuidOf('cold'), address: addressOf('C'), securityLevel: 2 },
  { uuid: uuidOf('cold 2'), address: addressOf('D'), securityLevel: 2 },
];

/** An output to an address of another keyring, with its proof. */
export function cold(
  value: bigint,
  options: { identity?: Identity; network?: Network; keys?: readonly IssuedAddress[] } = {},
): RequestSlot {
  const { identity = COLD, network = 'private', keys = COLD_KEYS } = options;
  const file = sealAddressBatch({
    keyringId: `kr_${'c'.repeat(32)}`,
    network,
    number: 1,
    addresses: keys,
    identity,
  });
  const { statementFile } = openAddressBatch(file, identity.publicKey);
  const [first] = keys;
  const path = merklePaths(leavesOf(keys))[0]!;
  const proof = { statementFile, index: 0, path, commitment: uuidCommitment(first!.uuid) };
  const role: SlotRole = { kind: 'cold', securityLevel: first!.securityLevel, proof };
  return slotOf(role, { address: first!.address, value });
}

/** Slots made ready to be signed: slot 0's tag raised until no 13 is left. */
export function bundle(...slots: (RequestSlot | readonly RequestSlot[])[]): RequestSlot[] {
  const flat = slots.flat();
  const finalized = finalizeBundle(flat);
  return flat.map((slot, index) => ({
    ...slot,
    obsoleteTag: finalized.slots[index]!.obsoleteTag,
  }));
}

let requests = 0;

/** A request whose head and sequence follow `state`, unless told otherwise. */
export function requestOf(
  state: Pick<RecordState, 'head' | 'lastSequence'>,
  bundles: readonly (readonly RequestSlot[])[],
  changes: Partial<SigningRequest> = {},
): SigningRequest {
  requests += 1;
  return {
    requestId: `sr_${String(requests).padStart(32, '0')}`,
    sequence: state.lastSequence + 1,
    keyringId: KEYRING.id,
    network: 'private',
    expectedHead: state.head,
    createdAt: NOW - 60_000,
    bundles,
    ...changes,
  };
}

export const seal = (request: SigningRequest, identity: Identity = COORDINATOR): Uint8Array =>
  sealSigningRequest(request, identity);

/** Reviews a request as the signer does: sealed, opened by the paired keys, put to the rules. */
export function review(
  state: RecordState,
  request: SigningRequest,
  keyring: { id: string; network: Network } = { id: KEYRING.id, network: 'private' },
): ReviewedRequest {
  return reviewRequest(
    state,
    keyring,
    openSigningRequest(seal(request), peersOf(state, 'coordinator')),
  );
}

/** What signing a reviewed request adds to the record, without signing. */
export function addVerdicts(state: RecordFold, reviewed: ReviewedRequest): void {
  addEntry(state, {
    kind: 'signed',
    requestId: reviewed.request.requestId,
    sequence: reviewed.request.sequence,
    requestDigest: reviewed.digest,
    verdicts: reviewed.bundles.map(({ hash, inputs, outputs }) => ({
      bundleHash: hash,
      keys: inputs.map(({ uuid, securityLevel }) => [uuidCommitment(uuid), securityLevel] as const),
      withdrawalIds: outputs.flatMap(({ role }) =>
        role.kind === 'withdrawal' ? [role.withdrawalId] : [],
      ),
    })),
  });
}

/** 'accepted', or the code of the refusal; anything else goes through. */
export function verdictOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (cause) {
    if (cause instanceof SignerError) return cause.code;
    throw cause;
  }
}

// --- Homes

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
  const key = await argon2id({
    password: passphrase,
    salt: kdfSalt,
    iterations: Math.max(1, timeCost),
    memorySize: Math.min(Math.max(8, memoryKib), 1024),
    parallelism: 1,
    hashLength: 32,
    outputType: 'binary',
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

/** A signer on a folder of its own. */
export class World {
  readonly folder: string;
  readonly home: string;
  disk: Disk = nodeDisk;
  now: () => number = () => NOW;
  random: Environment['random'] = seededRandom('world');
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
      terminal: {
        out: (line) => out.push(line),
        note: (line) => note.push(line),
        progress: () => undefined,
        ask: async () => answers.shift() ?? null,
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
