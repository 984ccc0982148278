/**
 * `resume`: takes up signing with a recovered home. The record is the union of everything that was
 * kept; it begins a new epoch, so that a home that was thought lost stands on another branch.
 */
import {
  type AddressBatch,
  GapError,
  type Head,
  INSTALLATION_BYTES,
  openAddressBatch,
  openEnvelope,
  openRecordExport,
  openSigningResponse,
  openVoidReceipt,
  readEntry,
  type SealedEntry,
} from '@airlock/gap';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type OpenHome, recordPath, recoveredPath, withOpenHome } from '../home.ts';
import { withLock } from '../lock.ts';
import { confirmWords, readPassphrase } from '../passphrase.ts';
import {
  appendEntry,
  type FoundEntry,
  loadRecord,
  salvageRecord,
  writeEntries,
} from '../record-store.ts';
import { homeLine, practiceBanner, resumeScreen } from '../screen.ts';
import { type KeptEntry, unionOf } from '../union.ts';
import { readGapFile } from './files.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface ResumeOptions extends CommonOptions {
  readonly files: readonly string[];
  /** From the officers' own log: a coordinator that lies about the head knows no other. 0: none yet. */
  readonly lastSequence: number;
  readonly confirm?: string | undefined;
}

/** All that was kept, and the head that the coordinator's own file states. */
interface Kept {
  readonly entries: KeptEntry[];
  readonly lists: AddressBatch['addresses'][];
  /** Files of the other side, which hold nothing of the record. */
  readonly passedOver: string[];
  coordinatorHead: Head | null;
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

/** Takes what this signer has sealed itself. @returns false for an export that somebody else sealed */
function takeOwn(kept: Kept, { source, bytes }: KeptFile, publicKey: Uint8Array): boolean {
  const { type } = openEnvelope(bytes);
  switch (type) {
    case 'address-batch':
      kept.lists.push(openAddressBatch(bytes, publicKey).addresses);
      return true;
    case 'signing-response':
      keep(kept, source, { entries: openSigningResponse(bytes, publicKey).entries, publicKey });
      return true;
    case 'void-receipt':
      keep(kept, source, { entries: openVoidReceipt(bytes, publicKey).entries, publicKey });
      return true;
    case 'record-export':
      return takeOwnExport(kept, { source, bytes }, publicKey);
    default:
      kept.passedOver.push(source);
      return true;
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

/** The exports of coordinators that the entries found so far have paired. */
function takeExports(kept: Kept, files: readonly KeptFile[], publicKey: Uint8Array): void {
  const coordinators = kept.entries.flatMap(({ entry: { event } }) =>
    event.kind === 'paired' && event.role === 'coordinator' ? [event.publicKey] : [],
  );
  for (const file of files) {
    const { record, head } = naming(file, () =>
      openRecordExport(file.bytes, publicKey, coordinators),
    );
    keep(kept, file.source, { entries: record.entries, publicKey });
    if (head.number > (kept.coordinatorHead?.number ?? 0)) kept.coordinatorHead = head;
  }
}

function collect(environment: Environment, home: OpenHome, paths: readonly string[]): Kept {
  const { publicKey } = home.header;
  const kept: Kept = { entries: [], lists: [], passedOver: [], coordinatorHead: null };
  const { entries } = salvageRecord(environment.disk, recoveredPath(home.path), publicKey);
  for (const { entry, sealed, addresses } of entries) {
    kept.entries.push({ entry, sealed, source: recoveredPath(home.path) });
    if (entry.event.kind === 'issued') kept.lists.push(addresses);
  }
  const others: KeptFile[] = [];
  for (const source of paths) {
    const file = { source, bytes: readGapFile(environment, source) };
    if (!naming(file, () => takeOwn(kept, file, publicKey))) others.push(file);
  }
  takeExports(kept, others, publicKey);
  return kept;
}

function needCoordinatorHead({ coordinatorHead }: Kept): Head {
  if (coordinatorHead !== null) return coordinatorHead;
  throw new SignerError(
    'coordinator_record_missing',
    "none of the files is the coordinator's own record of this signer",
    { next: 'download it now with GET /v1/keyrings/{id}/record, and give it with the other files' },
  );
}

/** The files must reach what people remember, not only what the coordinator says. */
function assertLogged(found: readonly FoundEntry[], logged: number): void {
  const last = found.reduce(
    (max, { entry: { event } }) => (event.kind === 'signed' ? Math.max(max, event.sequence) : max),
    0,
  );
  if (last === logged) return;
  throw new SignerError(
    'log_mismatch',
    `your log says that sequence ${logged} was the last one signed; the files say ${last}`,
    {
      next:
        last < logged
          ? 'signatures are missing from the files: bring those that were kept; never resume without them'
          : 'find out who signed what the log does not know, before anything is signed again',
    },
  );
}

/** The new record, in a folder of its own until it is complete. */
function build(environment: Environment, home: OpenHome, found: readonly FoundEntry[]): Head {
  const { disk, random, now } = environment;
  const folder = `${recordPath(home.path)}.${Buffer.from(random(8)).toString('hex')}.part`;
  disk.makeFolder(folder);
  try {
    writeEntries(disk, folder, found);
    const loaded = loadRecord(disk, folder, home.header.publicKey);
    const { state } = appendEntry({
      disk,
      folder,
      loaded,
      at: now(),
      event: {
        kind: 'resumed',
        epoch: loaded.state.epoch + 1,
        installation: random(INSTALLATION_BYTES),
      },
      addresses: [],
      identity: home.identity,
    });
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
  const found = unionOf(kept.entries, kept.lists);
  const coordinatorHead = needCoordinatorHead(kept);
  assertLogged(found, options.lastSequence);
  const { keyring, network } = home.header;
  const screen = resumeScreen(home.header, {
    entries: found.map(({ entry }) => entry),
    coordinatorHead,
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
  const head = build(environment, home, found);
  return {
    lines: [
      ...practiceBanner(home.header),
      homeLine(home.header),
      `This home holds the record again, from entry ${head.number} on. Write it out for the coordinator now:`,
      '  "airlock-signer record --out FILE", then POST /v1/record-exports.',
      'Destroy every other home and backup of this keyring, and make a new backup.',
    ],
    json: { keyringId: keyring.id, head, entries: found.length, practice: keyring.practice },
  };
}

export async function resume(
  environment: Environment,
  options: ResumeOptions,
): Promise<CommandResult> {
  const { home: path } = options;
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  return withLock(environment.disk, path, () =>
    withOpenHome(environment, { path, passphrase }, (home) => takeUp(environment, home, options)),
  );
}
