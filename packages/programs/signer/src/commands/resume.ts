/**
 * `resume`: takes up signing with a recovered home. The record is the union of everything that was
 * kept; it begins a new epoch, so that a home that was thought lost stands on another branch.
 */
import {
  GapError,
  type Head,
  INSTALLATION_BYTES,
  leavesOf,
  merkleRoot,
  openAddressBatch,
  openEnvelope,
  openRecordExport,
  openSigningRequest,
  openSigningResponse,
  openVoidReceipt,
  openVoidRequest,
  type RecordEntry,
  readEntry,
  type SealedEntry,
  verifyEnvelope,
} from '@airlock/gap';
import { confirmWords } from '../confirmation.ts';
import { readGapFile } from '../crossing/files.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import {
  type OpenHome,
  readPassphraseOf,
  recordPath,
  recoveredPath,
  withLockedHome,
} from '../home.ts';
import { assertLogged, type LogEnd, logEndOf } from '../log.ts';
import type { RecordState } from '../record-state.ts';
import { appendEntry, loadRecord, salvageRecord, writeEntries } from '../record-store.ts';
import { homeLine, practiceBanner, resumeScreen } from '../screen.ts';
import { isSpendFile, openSpendFile } from '../spend-file.ts';
import { type KeptBatch, type KeptEntry, type NamedHead, type Union, unionOf } from '../union.ts';
import type { CommandResult, CommonOptions } from './result.ts';

/** With the end of the officers' own log: a coordinator that lies about the head knows no other. */
export interface ResumeOptions extends CommonOptions, LogEnd {
  readonly files: readonly string[];
  readonly confirm?: string | undefined;
}

/** The head that a coordinator's own export states. */
interface StatedHead {
  readonly head: Head;
  readonly publicKey: Uint8Array;
}

/** All that was kept. */
interface Kept {
  readonly entries: KeptEntry[];
  readonly batches: KeptBatch[];
  readonly named: NamedHead[];
  readonly stated: StatedHead[];
  /** Files that hold nothing of the record. */
  readonly passedOver: string[];
}

interface KeptFile {
  readonly source: string;
  readonly bytes: Uint8Array;
}

function keep(
  kept: Kept,
  source: string,
  { entries, publicKey }: { entries: readonly SealedEntry[]; publicKey: Uint8Array },
): void {
  for (const sealed of entries) {
    kept.entries.push({ entry: readEntry(sealed, publicKey), sealed, source });
  }
}

/** Takes what this signer has sealed itself. @returns whether the file was such a one */
function takeOwn(kept: Kept, { source, bytes }: KeptFile, publicKey: Uint8Array): boolean {
  if (isSpendFile(bytes)) {
    keep(kept, source, { entries: openSpendFile(bytes, publicKey), publicKey });
    return true;
  }
  const { type } = openEnvelope(bytes);
  switch (type) {
    case 'address-batch': {
      const { statement, addresses } = openAddressBatch(bytes, publicKey);
      kept.batches.push({ number: statement.number, addresses, source });
      return true;
    }
    case 'signing-response':
      keep(kept, source, { entries: openSigningResponse(bytes, publicKey).entries, publicKey });
      return true;
    case 'void-receipt':
      keep(kept, source, { entries: openVoidReceipt(bytes, publicKey).entries, publicKey });
      return true;
    case 'record-export':
      return takeOwnExport(kept, { source, bytes }, publicKey);
    default:
      return false;
  }
}

function takeOwnExport(kept: Kept, { source, bytes }: KeptFile, publicKey: Uint8Array): boolean {
  try {
    keep(kept, source, { entries: openRecordExport(bytes, publicKey).record.entries, publicKey });
    return true;
  } catch (cause) {
    if (cause instanceof GapError && cause.code === 'key_unknown') return false;
    throw cause;
  }
}

/** Which of many files it was. */
function naming<T>({ source }: KeptFile, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof GapError) throw new GapError(cause.code, `${source}: ${cause.message}`);
    throw cause;
  }
}

/** Coordinators that any entry has paired; with `still`, those that the last entry leaves paired. */
function coordinatorsOf(entries: readonly RecordEntry[], still: boolean): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  const sorted = [...entries].sort((one, other) => one.number - other.number);
  for (const { event } of sorted) {
    if (event.kind === 'paired' && event.role === 'coordinator') {
      keys.set(hex(event.publicKey), event.publicKey);
    }
    if (event.kind === 'revoked' && still) keys.delete(hex(event.publicKey));
  }
  return [...keys.values()];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Takes an export that a coordinator sealed: its entries, and the head that it states. */
function takeExport(kept: Kept, file: KeptFile, publicKey: Uint8Array): void {
  const keys = coordinatorsOf(
    kept.entries.map(({ entry }) => entry),
    false,
  );
  const { record, head } = openRecordExport(file.bytes, publicKey, keys);
  keep(kept, file.source, { entries: record.entries, publicKey });
  const sealer = keys.find((key) => isSealedBy(file.bytes, key));
  if (sealer !== undefined) kept.stated.push({ head, publicKey: sealer });
}

function isSealedBy(bytes: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    verifyEnvelope(openEnvelope(bytes), [publicKey]);
    return true;
  } catch (cause) {
    if (cause instanceof GapError) return false;
    throw cause;
  }
}

/** Requests name the head that their coordinator had imported; of cards and strangers nothing is taken. */
function takeNamed(kept: Kept, { source, bytes }: KeptFile): void {
  const keys = coordinatorsOf(
    kept.entries.map(({ entry }) => entry),
    false,
  );
  const { type } = openEnvelope(bytes);
  const isFrom = keys.some((key) => isSealedBy(bytes, key));
  if (isFrom && type === 'signing-request') {
    kept.named.push({ head: openSigningRequest(bytes, keys).request.expectedHead, source });
  } else if (isFrom && type === 'void-request') {
    kept.named.push({ head: openVoidRequest(bytes, keys).request.expectedHead, source });
  } else kept.passedOver.push(source);
}

function collect(environment: Environment, home: OpenHome, paths: readonly string[]): Kept {
  const { publicKey } = home.header;
  const kept: Kept = { entries: [], batches: [], named: [], stated: [], passedOver: [] };
  const source = recoveredPath(home.path);
  for (const { entry, sealed, addresses } of salvageRecord(environment.disk, source, publicKey)
    .entries) {
    kept.entries.push({ entry, sealed, source });
    const { event } = entry;
    if (event.kind === 'issued') kept.batches.push({ number: event.batch, addresses, source });
  }
  const files = paths.map((path) => ({ source: path, bytes: readGapFile(environment, path) }));
  const others = files.filter((file) => !naming(file, () => takeOwn(kept, file, publicKey)));
  const isExport = ({ bytes }: KeptFile): boolean => openEnvelope(bytes).type === 'record-export';
  for (const file of others.filter(isExport)) naming(file, () => takeExport(kept, file, publicKey));
  for (const file of others.filter((each) => !isExport(each))) {
    naming(file, () => takeNamed(kept, file));
  }
  return kept;
}

/** The highest head that a coordinator states which is paired still. */
function needCoordinatorHead({ stated }: Kept, entries: readonly RecordEntry[]): Head {
  const paired = new Set(coordinatorsOf(entries, true).map(hex));
  const heads = stated.filter(({ publicKey }) => paired.has(hex(publicKey)));
  const [highest] = heads.map(({ head }) => head).sort((a, b) => b.number - a.number);
  if (highest !== undefined) return highest;
  throw new SignerError(
    'coordinator_record_missing',
    stated.length === 0
      ? "none of the files is the coordinator's own record of this signer"
      : 'the only records of coordinators are of ones that are revoked',
    { next: 'download it now with GET /v1/keyrings/{id}/record, and give it with the other files' },
  );
}

/** After a record that was handed over, the epoch of whoever may have taken it is passed over. */
function nextEpoch({ epoch, standing }: RecordState): number {
  return epoch + (standing === 'moved-out' ? 2 : 1);
}

/** The new record, in a folder of its own until it is complete. */
function build(environment: Environment, home: OpenHome, { found, late }: Union): Head {
  const { disk, random, now } = environment;
  const folder = `${recordPath(home.path)}.${Buffer.from(random(8)).toString('hex')}.part`;
  disk.makeFolder(folder);
  try {
    writeEntries(disk, folder, found);
    const loaded = loadRecord(disk, folder, home.header.publicKey);
    const installation = random(INSTALLATION_BYTES);
    const common = { disk, folder, at: now(), identity: home.identity };
    const event = { kind: 'resumed', epoch: nextEpoch(loaded.state), installation } as const;
    const resumed = appendEntry({ ...common, loaded, event, addresses: [] });
    const { state } = late.reduce(
      (before, { number: batch, addresses }) =>
        appendEntry({
          ...common,
          loaded: before,
          event: {
            kind: 'issued',
            batch,
            count: addresses.length,
            root: merkleRoot(leavesOf(addresses)),
          },
          addresses,
        }),
      resumed,
    );
    disk.moveFolder(folder, recordPath(home.path));
    disk.removeFolder(recoveredPath(home.path));
    return state.head;
  } catch (cause) {
    disk.removeFolder(folder);
    throw cause;
  }
}

async function takeUp(
  environment: Environment,
  home: OpenHome,
  options: ResumeOptions,
): Promise<CommandResult> {
  if (!home.isRecovered) {
    throw new SignerError('not_recovered', `${home.path} is no recovered home`, {
      next: 'nothing needs to be done here; "status" says what this home may do',
    });
  }
  const kept = collect(environment, home, options.files);
  const union = unionOf(kept.entries, kept.batches, kept.named);
  const entries = union.found.map(({ entry }) => entry);
  const coordinatorHead = needCoordinatorHead(kept, entries);
  assertLogged({ recorded: logEndOf(entries), logged: options });
  const { keyring, network } = home.header;
  const screen = resumeScreen(home.header, {
    entries,
    coordinatorHead,
    coordinators: coordinatorsOf(entries, true),
    lateBatches: union.late.map(({ number }) => number),
  });
  for (const source of kept.passedOver) {
    environment.terminal.note(`${source} holds nothing of the record: left out`);
  }
  for (const line of screen) environment.terminal.note(line);
  await confirmWords(environment, {
    digest: coordinatorHead.hash,
    network,
    given: options.confirm,
  });
  const head = build(environment, home, union);
  return {
    lines: [
      ...practiceBanner(home.header),
      homeLine(home.header),
      `This home holds the record again, from entry ${head.number} on. Write it out for the coordinator now:`,
      '  "airlock-signer record --out FILE", then POST /v1/record-exports.',
      'Destroy every other home and backup of this keyring, and make a new backup.',
    ],
    json: {
      keyringId: keyring.id,
      head,
      entries: entries.length,
      reissuedBatches: union.late.map(({ number }) => number),
      practice: keyring.practice,
    },
  };
}

export async function resume(
  environment: Environment,
  options: ResumeOptions,
): Promise<CommandResult> {
  const { home: path } = options;
  const passphrase = await readPassphraseOf(environment, options);
  return withLockedHome(environment, { path, passphrase }, (home) =>
    takeUp(environment, home, options),
  );
}
