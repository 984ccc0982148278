/** The signer's home: which files it has, and opening it with or without the passphrase. */
import { join } from 'node:path';
import { createIdentity, type Identity } from '@airlock/gap';
import type { Disk } from './disk.ts';
import type { Environment } from './environment.ts';
import { homeMissing, SignerError } from './error.ts';
import { type LoadedRecord, loadRecord } from './record-store.ts';
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
}

export interface OpenHome extends Home {
  readonly secret: Secret;
  readonly identity: Identity;
}

export const secretPath = (home: string): string => join(home, 'secret');
export const recordPath = (home: string): string => join(home, 'record');
export const requestsFolder = (home: string): string => join(home, 'requests');

const STORED_ENTRY = /^(\d{8})\.response$/;

/** Where an accepted request and its response are kept, by the entry that holds its verdicts. */
export function storedPaths(
  home: string,
  entryNumber: number,
): { readonly request: string; readonly response: string } {
  const base = join(requestsFolder(home), String(entryNumber).padStart(8, '0'));
  return { request: `${base}.request`, response: `${base}.response` };
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
    `a response of entry ${highest} was released, but the record ends at ${record.state.head.number}`,
    {
      next: 'sign nothing with this home nor with a backup of it: a backup has forgotten signatures; call your security lead',
    },
  );
}

/** Opens a home without its secret: enough to inspect, not to sign. */
export function readHome(disk: Disk, path: string): Home {
  const sealed = disk.read(secretPath(path), SEALED_BYTES_MAX);
  if (sealed === null) throw homeMissing(path);
  const header = readHeader(sealed);
  const record = loadRecord(disk, recordPath(path), header.publicKey);
  if (record.state.head.number === 0) {
    throw new SignerError('record_damaged', 'this home has a secret, but its record is gone', {
      next: 'never start a new record for a salt in use, nor sign with a backup: call your security lead',
    });
  }
  checkStored(disk, path, record);
  return { path, sealed, header, record };
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
  // What a crashed process has named may not be on the disk yet: nothing is trusted before it is.
  if (environment.disk.exists(recordPath(path))) environment.disk.syncFolder(recordPath(path));
  const home = readHome(environment.disk, path);
  const secret = await openSecret(home.sealed, passphrase);
  try {
    const identity = createIdentity(secret.identityKey);
    if (Buffer.compare(identity.publicKey, home.header.publicKey) !== 0) {
      throw new SignerError('secret_damaged', 'the sealed identity is not that of the header', {
        next: 'bring back the file "secret" alone from a backup; never an older record',
      });
    }
    return await work({ ...home, secret, identity });
  } finally {
    secret.salt.fill(0);
    secret.identityKey.fill(0);
    passphrase.fill(0);
  }
}
