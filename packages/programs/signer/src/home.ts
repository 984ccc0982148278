/** The signer's home: which files it has, and opening it with or without the passphrase. */
import { join } from 'node:path';
import { createIdentity, type Identity, type RecordEvent } from '@airlock/gap';
import { belowFolder, type Disk } from './disk.ts';
import type { Environment } from './environment.ts';
import { homeMissing, SignerError } from './error.ts';
import { withLock } from './lock.ts';
import { readPassphrase } from './passphrase.ts';
import {
  appendEntry,
  HEAL_RECORD,
  type LoadedRecord,
  loadRecord,
  salvageRecord,
} from './record-store.ts';
import {
  type HomeHeader,
  openSecret,
  readHeader,
  SEALED_BYTES_MAX,
  type Secret,
} from './sealed-secret.ts';

export interface Home {
  readonly path: string;
  /** The sealed file: read once, so that what is opened is what the header was taken from. */
  readonly sealed: Uint8Array;
  readonly header: HomeHeader;
  readonly record: LoadedRecord;
  /** Whether it was rebuilt from a backup, whose record may be old: it must not sign. */
  readonly isRecovered: boolean;
}

export interface OpenHome extends Home {
  readonly secret: Secret;
  readonly identity: Identity;
}

export const secretPath = (home: string): string => join(home, 'secret');
export const recordPath = (home: string): string => join(home, 'record');
/** Where a home that was rebuilt from a backup keeps the entries it found. */
export const recoveredPath = (home: string): string => join(home, 'recovered');
export const requestsFolder = (home: string): string => join(home, 'requests');

/** What was released by an entry; see alone-store.ts for the second one. */
const STORED_ENTRY = /^(\d{8})\.(response|alone)$/;

/** Where an accepted request and its response are kept, by the entry that holds its verdicts. */
export function storedPaths(
  home: string,
  entryNumber: number,
): { readonly request: string; readonly response: string } {
  const base = join(requestsFolder(home), String(entryNumber).padStart(8, '0'));
  return { request: `${base}.request`, response: `${base}.response` };
}

/** Keeps a request and the answer to it, synced, before the answer is released. */
export function storeAnswer(
  disk: Disk,
  home: string,
  stored: {
    readonly entryNumber: number;
    readonly request: Uint8Array;
    readonly answer: Uint8Array;
  },
): void {
  const paths = storedPaths(home, stored.entryNumber);
  disk.makeFolder(requestsFolder(home));
  disk.replace(paths.request, stored.request);
  disk.replace(paths.response, stored.answer);
}

/** A stored response beyond the record's end shows that released entries are missing from it. */
function checkStored(disk: Disk, home: string, record: LoadedRecord): void {
  const numbers = disk
    .list(requestsFolder(home))
    .map((name) => Number(STORED_ENTRY.exec(name)?.[1]));
  const highest = Math.max(0, ...numbers.filter(Number.isSafeInteger));
  if (highest <= record.state.head.number) return;
  throw new SignerError(
    'record_damaged',
    `an answer of entry ${highest} was released, but the record ends at ${record.state.head.number}`,
    { next: HEAL_RECORD },
  );
}

/**
 * The readable part of a home's sealed secret.
 * @param missing what is said where there is none
 * @throws SignerError home_missing, usage, and those of the header
 */
export function readHomeHeader(
  disk: Disk,
  path: string,
  missing: (path: string) => SignerError = homeMissing,
): Pick<Home, 'sealed' | 'header'> {
  const sealed = belowFolder(disk, path, () => disk.read(secretPath(path), SEALED_BYTES_MAX));
  if (sealed === null) throw missing(path);
  return { sealed, header: readHeader(sealed) };
}

/** Reads the passphrase of the home in a folder. @throws SignerError home_missing and those of it */
export function readPassphraseOf(
  environment: Environment,
  { home, passphraseFile: file }: { home: string; passphraseFile?: string | undefined },
): Promise<Uint8Array> {
  const { network } = readHomeHeader(environment.disk, home).header;
  return readPassphrase(environment, { file, network });
}

/** Opens a home without its secret: enough to inspect, not to sign. */
export function readHome(disk: Disk, path: string): Home {
  const { sealed, header } = readHomeHeader(disk, path);
  if (!disk.exists(recordPath(path)) && disk.exists(recoveredPath(path))) {
    const { record } = salvageRecord(disk, recoveredPath(path), header.publicKey);
    return { path, sealed, header, record, isRecovered: true };
  }
  const record = loadRecord(disk, recordPath(path), header.publicKey);
  if (record.state.head.number === 0) {
    throw new SignerError('record_damaged', 'this home has a secret, but its record is gone', {
      next: `never start a new record for a salt in use; ${HEAL_RECORD}`,
    });
  }
  checkStored(disk, path, record);
  return { path, sealed, header, record, isRecovered: false };
}

/** How a home is named while it is built; see {@link buildHome}. */
const UNFINISHED = /\.[0-9a-f]{16}\.part\/*$/;

/**
 * Only one home of a record may add to it.
 * @throws SignerError home_missing, home_recovered, home_moved_out
 */
export function assertHolder({ isRecovered, record, path }: Home): void {
  if (UNFINISHED.test(path)) {
    throw new SignerError(
      'home_missing',
      `${path} is what a command that ended too early has left`,
      {
        next: 'remove it, and repeat the command that was to make the home',
      },
    );
  }
  if (isRecovered) {
    throw new SignerError('home_recovered', `${path} was rebuilt from a backup: it signs nothing`, {
      next: 'take up signing with "airlock-signer resume" and the files that were kept since',
    });
  }
  if (record.state.standing === 'moved-out') {
    throw new SignerError('home_moved_out', `${path} was handed over: it signs nothing any more`, {
      next: 'use the home that "move-in" made; if that is lost, "recover" and then "resume"',
    });
  }
}

/** Opens the home that holds the record, locked, with its secret. */
export function withHolder<T>(
  environment: Environment,
  options: { readonly path: string; readonly passphrase: Uint8Array },
  work: (home: OpenHome) => Promise<T>,
): Promise<T> {
  return withLockedHome(environment, options, async (home) => {
    assertHolder(home);
    return work(home);
  });
}

/** Opens a home, whatever its standing, locked, with its secret. */
export async function withLockedHome<T>(
  environment: Environment,
  options: { readonly path: string; readonly passphrase: Uint8Array },
  work: (home: OpenHome) => Promise<T>,
): Promise<T> {
  try {
    return await withLock(environment.disk, options.path, () =>
      withOpenHome(environment, options, work),
    );
  } finally {
    options.passphrase.fill(0);
  }
}

/**
 * Opens a home with its secret for the time of `work`, and wipes the secret afterwards.
 * The caller holds the lock.
 */
export async function withOpenHome<T>(
  environment: Environment,
  { path, passphrase }: { readonly path: string; readonly passphrase: Uint8Array },
  work: (home: OpenHome) => Promise<T>,
): Promise<T> {
  const { disk, argon2 } = environment;
  let secret: Secret | null = null;
  try {
    // What a crashed process has named may not be on the disk yet: nothing is trusted before it is.
    if (disk.exists(recordPath(path))) disk.syncFolder(recordPath(path));
    const home = readHome(disk, path);
    secret = await openSecret({ file: home.sealed, passphrase, argon2 });
    const identity = createIdentity(secret.identityKey);
    if (Buffer.compare(identity.publicKey, home.header.publicKey) !== 0) {
      throw new SignerError('secret_damaged', 'the sealed identity is not that of the header', {
        next: 'bring back the file "secret" alone from a backup; never an older record',
      });
    }
    return await work({ ...home, secret, identity });
  } finally {
    secret?.salt.fill(0);
    secret?.identityKey.fill(0);
    passphrase.fill(0);
  }
}

/**
 * The home with one more entry in its record, which is on the disk when this returns; an issued batch
 * has addresses besides and goes to {@link appendEntry} itself.
 * @throws SignerError record_moved, record_full
 */
export function recordEvent(
  { disk, now }: Environment,
  home: OpenHome,
  event: Exclude<RecordEvent, { kind: 'issued' }>,
): OpenHome {
  const record = appendEntry({
    disk,
    folder: recordPath(home.path),
    loaded: home.record,
    at: now(),
    event,
    addresses: [],
    identity: home.identity,
  });
  return { ...home, record };
}
