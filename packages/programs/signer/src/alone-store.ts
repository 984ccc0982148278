/**
 * What a home keeps of entries that answer no request: the plan of a spend, before its entry is
 * written, so that a crash cannot part the hash from the bundle; then the entry and what was released.
 */
import { join } from 'node:path';
import {
  bytes,
  decodeShape,
  encodeShape,
  field,
  GapError,
  list,
  nullable,
  type SealedEntry,
  type Shape,
  sealedEntry,
  struct,
  text,
  unsigned,
} from '@airlock/gap';
import { SUPPLY } from '@airlock/protocol';
import type { Disk } from './disk.ts';
import { requestsFolder } from './home.ts';
import type { SpendPlan, Spent } from './spend.ts';
import { SPEND_FILE_BYTES_MAX } from './spend-file.ts';

const ALONE_NAME = /^\d{8}\.(spend|alone)$/;
const PLAN_BYTES_MAX = 65_536;
const FILE_BYTES_MAX: number = 2 * SPEND_FILE_BYTES_MAX;
/** Parts of a list in a plan: more than inputs or payees of one bundle. */
const PARTS_MAX = 128;

const decimal = text(/^(0|[1-9][0-9]{0,15})$/, 'a decimal amount');
const amount: Shape<bigint> = {
  decode: (value, path) => {
    const parsed = BigInt(decimal.decode(value, path));
    if (parsed <= SUPPLY) return parsed;
    throw new GapError('field_range', `${path}: expected at most the supply`);
  },
  encode: (value) => value.toString(),
};

const spent: Shape<Spent> = struct<Spent>({
  address: field(1, text(/^[9A-Z]{81}$/, '81 trytes')),
  amount: field(2, amount),
});

const plan: Shape<SpendPlan> = struct<SpendPlan>({
  inputs: field(1, list(spent, { min: 1, max: PARTS_MAX })),
  payees: field(2, list(spent, { min: 1, max: PARTS_MAX })),
  tag: field(3, text(/^[9A-Z]{27}$/, '27 trytes')),
  timestamp: field(4, unsigned()),
});

/** An entry without a request, and what was released by it; a seed is not kept: null. */
export interface AloneAnswer {
  readonly entry: SealedEntry;
  readonly answer: Uint8Array | null;
}

const aloneAnswer: Shape<AloneAnswer> = struct<AloneAnswer>({
  entry: field(1, sealedEntry),
  answer: field(2, nullable(bytes(1, SPEND_FILE_BYTES_MAX))),
});

const baseOf = (home: string, entryNumber: number): string =>
  join(requestsFolder(home), String(entryNumber).padStart(8, '0'));

/** Keeps the plan of the spend that this entry is going to record, synced. */
export function keepPlan(
  disk: Disk,
  home: string,
  { entryNumber, spend }: { readonly entryNumber: number; readonly spend: SpendPlan },
): void {
  disk.makeFolder(requestsFolder(home));
  disk.replace(`${baseOf(home, entryNumber)}.spend`, encodeShape(plan, spend));
}

/** The plan that was kept for an entry, or null. @throws GapError if it is damaged */
export function readPlan(disk: Disk, home: string, entryNumber: number): SpendPlan | null {
  const file = disk.read(`${baseOf(home, entryNumber)}.spend`, PLAN_BYTES_MAX);
  return file === null ? null : decodeShape(plan, file, 'plan');
}

/** Keeps an entry and what it releases, synced, before that is released. */
export function keepAlone(
  disk: Disk,
  home: string,
  { entryNumber, ...kept }: AloneAnswer & { readonly entryNumber: number },
): void {
  disk.makeFolder(requestsFolder(home));
  disk.replace(`${baseOf(home, entryNumber)}.alone`, encodeShape(aloneAnswer, kept));
}

/** Opens what was kept. @throws GapError if it is damaged */
export function openAlone(file: Uint8Array): AloneAnswer {
  return decodeShape(aloneAnswer, file, 'answer');
}

/** What was kept of an entry, or null. @throws GapError if it is damaged */
export function readAlone(disk: Disk, home: string, entryNumber: number): AloneAnswer | null {
  const file = disk.read(`${baseOf(home, entryNumber)}.alone`, FILE_BYTES_MAX);
  return file === null ? null : openAlone(file);
}

/**
 * Hands these files over as they are, for a home that goes on with the record: a spend that was
 * recorded is built again from its plan alone.
 * @param passOver decides on one that cannot be read; by default its error stops the work
 */
export function copyAlone(
  disk: Disk,
  home: string,
  {
    copy,
    passOver = (_, cause) => {
      throw cause;
    },
  }: {
    readonly copy: (name: string, file: Uint8Array) => void;
    readonly passOver?: (name: string, cause: unknown) => void;
  },
): void {
  const folder = requestsFolder(home);
  for (const name of disk.list(folder).filter((each) => ALONE_NAME.test(each))) {
    let file: Uint8Array | null = null;
    try {
      file = disk.read(join(folder, name), FILE_BYTES_MAX);
    } catch (cause) {
      passOver(name, cause);
    }
    if (file !== null) copy(name, file);
  }
}
