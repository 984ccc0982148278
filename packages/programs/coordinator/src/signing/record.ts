/**
 * A signer's record as this coordinator keeps it: entries followed from a head that is known here,
 * compared with those that came before, and journaled with everything that they say.
 */
import {
  GapError,
  type Head,
  openEntry,
  type RecordEntry,
  readEntry,
  type SealedEntry,
  sha256,
  type Verdict,
} from '@airlock/gap';
import type { ForgottenBundle } from '@airlock/journal';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { LedgerViolation } from '../ledger/booking.ts';
import type { Command } from '../ledger/ledger.ts';
import { isUnanswered, type KeyringRow, type RequestRow } from '../ledger/rows.ts';
import type { Draft } from '../ledger/state.ts';
import { keyOf, type Operation, paddedNumber, type Range, rangeOf } from '../store/store.ts';
import { fileError, forked, mismatch, publicKeyOf } from './signer-file.ts';

/** Bundles of one journal entry. */
const FORGOTTEN_PER_EVENT_MAX = 200;

/** A run of entries that follow one another, and the head after the last. */
export interface RecordPart {
  readonly head: Head;
  readonly entries: readonly { readonly sealed: SealedEntry; readonly entry: RecordEntry }[];
}

export const entriesText = (count: number): string =>
  count === 1 ? '1 entry' : `${count} entries`;

/** The way out where this coordinator has forgotten what the signer's record knows. */
export const IMPORT_RECORD =
  'import the signer\'s record: "airlock-signer record --out FILE", then POST /v1/record-exports';

/** Opens entries that follow a head which is known here. @throws CoordinatorError signer_forked */
export function followEntries(
  keyring: KeyringRow,
  from: Head,
  sealedEntries: readonly SealedEntry[],
): RecordPart {
  let head = from;
  const entries: { sealed: SealedEntry; entry: RecordEntry }[] = [];
  try {
    for (const sealed of sealedEntries) {
      const opened = openEntry(sealed, head, publicKeyOf(keyring));
      head = opened.head;
      entries.push({ sealed, entry: opened.entry });
    }
  } catch (cause) {
    if (cause instanceof GapError && cause.code === 'chain_broken') {
      throw forked(
        `the signer's entries do not follow entry ${from.number} as it is known here: ${cause.message}`,
      );
    }
    throw fileError(cause);
  }
  return { head, entries };
}

/** What an answer says of its signer must stand in the record. */
export function checkNetworkFlag(
  keyring: KeyringRow,
  { entries }: RecordPart,
  networkAccepted: boolean,
): void {
  const isRecorded =
    keyring.networkAccepted || entries.some(({ entry }) => entry.event.kind === 'network-accepted');
  if (networkAccepted && !isRecorded) {
    throw mismatch(
      'the file says that its signer was used with a network, but its record does not',
    );
  }
}

/** The entries known here from a number on. */
function rangeFrom(keyringId: string, number: number): Range {
  return {
    ...rangeOf('records', keyringId),
    from: keyOf('records', keyringId, paddedNumber(number)),
  };
}

function encodeSealed({ body, signature }: SealedEntry): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return `${base64(body)}.${base64(signature)}`;
}

function decodeSealed(text: string): SealedEntry {
  const [body = '', signature = ''] = text.split('.');
  const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
  return { body: bytes(body), signature: bytes(signature) };
}

export async function knownEntries(
  { store }: Coordinator,
  keyringId: string,
): Promise<SealedEntry[]> {
  const entries: SealedEntry[] = [];
  for await (const [, text] of store.entries(rangeFrom(keyringId, 1))) {
    entries.push(decodeSealed(text));
  }
  return entries;
}

/** Entries that came before must be the same ones now. @throws CoordinatorError signer_forked */
export async function compareWithKnown(
  { store }: Coordinator,
  keyring: KeyringRow,
  { entries }: RecordPart,
): Promise<void> {
  const first = entries[0]?.entry.number ?? 1;
  const range = { ...rangeFrom(keyring.id, first), limit: entries.length };
  let place = 0;
  for await (const [, text] of store.entries(range)) {
    const came = sha256(entries[place]?.sealed.body ?? new Uint8Array());
    const known = sha256(decodeSealed(text).body);
    if (came !== known) {
      const number = first + place;
      throw forked(
        `entry ${number} of the signer's record is ${came}, but ${known} was imported before: ${entriesText(keyring.head.number - number + 1)} from there on contradict it`,
      );
    }
    place += 1;
  }
}

/** What new entries say beside the answer that they came with. */
interface News {
  readonly sequence: number;
  readonly epoch: number;
  readonly networkAccepted: boolean;
  readonly forgotten: readonly ForgottenBundle[];
  /** Commitments to the UUIDs of keys whose seed was given away. */
  readonly surrendered: readonly string[];
  /** Requests that this record will never sign, and the entry that says so. */
  readonly voided: ReadonlyMap<string, number>;
}

function assertFreesNothing(entry: RecordEntry): void {
  if (entry.event.kind !== 'voided' || !entry.event.frees) return;
  throw new CoordinatorError(
    'void_frees',
    `entry ${entry.number} voids ${entry.event.requestId} and frees its inputs, but no officers are configured here that could have allowed it`,
    { next: 'void it with this version of the signer; its void frees nothing' },
  );
}

/** A request is signed or voided, never both. */
function assertOneAnswer(
  request: RequestRow,
  { number, event }: RecordEntry,
  before: { readonly signed: ReadonlySet<string>; readonly voided: ReadonlyMap<string, number> },
): void {
  const { id, status } = request;
  const wasSigned = status === 'answered' || before.signed.has(id);
  const wasVoided = status === 'voided' || before.voided.has(id);
  const contradicts = event.kind === 'signed' ? wasVoided : wasSigned;
  if (!contradicts) return;
  const other = event.kind === 'signed' ? 'voided' : 'signed';
  throw forked(`request ${id} was ${other} before, but entry ${number} says that it is not`);
}

function newsOf(draft: Draft, keyring: KeyringRow, entries: readonly RecordEntry[]): News {
  const unanswered = [...draft.rows('requests')].filter(
    (request) => request.keyringId === keyring.id && isUnanswered(request),
  );
  const signed = new Set<string>();
  const voided = new Map<string, number>();
  const forgotten: ForgottenBundle[] = [];
  const surrendered: string[] = [];
  const forget = ({ bundleHash, keys, withdrawalIds }: Verdict, alone: boolean): void => {
    if (draft.get('sweeps', bundleHash) !== undefined) return;
    const commitments = keys.map(([commitment]) => commitment);
    forgotten.push({ bundleHash, commitments, withdrawalIds, alone });
  };
  let { sequence, epoch, networkAccepted } = keyring;
  for (const entry of entries) {
    const { number, event } = entry;
    assertFreesNothing(entry);
    if (event.kind === 'network-accepted') networkAccepted = true;
    if (event.kind === 'moved-in' || event.kind === 'resumed') epoch = event.epoch;
    if (event.kind === 'signed-alone') forget(event.verdict, true);
    if (event.kind === 'surrendered') surrendered.push(event.commitment);
    if (event.kind !== 'signed' && event.kind !== 'voided') continue;
    sequence = Math.max(sequence, event.sequence);
    const own = draft.get('requests', event.requestId);
    if (own !== undefined && own.digest === event.requestDigest) {
      assertOneAnswer(own, entry, { signed, voided });
      if (event.kind === 'signed') signed.add(own.id);
      else if (isUnanswered(own)) voided.set(own.id, number);
    }
    // Its sequence was given to a request that is forgotten here: no signer will take it any more.
    const taken = unanswered.find(
      (request) => request.sequence === event.sequence && request.digest !== event.requestDigest,
    );
    if (taken !== undefined && !voided.has(taken.id)) voided.set(taken.id, number);
    if (event.kind === 'voided') continue;
    for (const verdict of event.verdicts) forget(verdict, false);
  }
  return { sequence, epoch, networkAccepted, forgotten, surrendered, voided };
}

export interface JournaledEntries {
  readonly added: number;
  readonly forgotten: readonly ForgottenBundle[];
  readonly voided: readonly string[];
}

/** Events of what is news beyond the head; of a record of its own also the head. */
function recordNews(
  { record }: Command,
  keyring: KeyringRow,
  { news, head, isRecord }: { news: News; head: Head; isRecord: boolean },
): void {
  const { sequence, epoch, networkAccepted, forgotten, surrendered, voided } = news;
  const isNews =
    isRecord ||
    forgotten.length > 0 ||
    surrendered.length > 0 ||
    sequence > keyring.sequence ||
    epoch > keyring.epoch ||
    networkAccepted !== keyring.networkAccepted;
  const fields = { keyringId: keyring.id, head, sequence, epoch, networkAccepted };
  const parts = isNews ? Math.max(1, Math.ceil(forgotten.length / FORGOTTEN_PER_EVENT_MAX)) : 0;
  try {
    for (let part = 0; part < parts; part += 1) {
      const at = part * FORGOTTEN_PER_EVENT_MAX;
      const some = forgotten.slice(at, at + FORGOTTEN_PER_EVENT_MAX);
      const given = part === 0 ? surrendered : [];
      record({ type: 'record.imported', ...fields, forgotten: some, surrendered: given });
    }
  } catch (cause) {
    if (cause instanceof LedgerViolation) {
      throw forked(`the signer's record contradicts the ledger: ${cause.message}`);
    }
    throw cause;
  }
  for (const [requestId, entryNumber] of voided) {
    record({ type: 'request.voided', requestId, head, entryNumber });
  }
}

/**
 * Journals and stores the entries that are new here, in the caller's command.
 * @throws CoordinatorError state_changed, void_frees, signer_forked
 */
export function journalEntries(
  command: Command,
  keyring: KeyringRow,
  part: RecordPart & { readonly isRecord?: true },
): JournaledEntries {
  const { draft, write } = command;
  // The entries were compared with the record as it was then: another import may hold a fork.
  const current = draft.get('keyrings', keyring.id) ?? keyring;
  if (current.head.hash !== keyring.head.hash) {
    throw new CoordinatorError('state_changed', 'another file was imported meanwhile', {
      next: 'repeat the call',
    });
  }
  const fresh = part.entries.filter(({ entry }) => entry.number > keyring.head.number);
  if (fresh.length === 0) return { added: 0, forgotten: [], voided: [] };
  const opened = fresh.map(({ entry }) => entry);
  const news = newsOf(draft, current, opened);
  recordNews(command, current, { news, head: part.head, isRecord: part.isRecord === true });
  for (const { sealed, entry } of fresh) {
    const key = keyOf('records', keyring.id, paddedNumber(entry.number));
    write({ type: 'put', key, value: encodeSealed(sealed) } satisfies Operation);
  }
  return { added: fresh.length, forgotten: news.forgotten, voided: [...news.voided.keys()] };
}

/** Number of the last entry that an answer carries. */
function lastNumber(keyring: KeyringRow, entries: readonly SealedEntry[]): number {
  const last = entries.at(-1);
  if (last === undefined) return 0;
  try {
    return readEntry(last, publicKeyOf(keyring)).number;
  } catch (cause) {
    throw fileError(cause);
  }
}

/** A file that answers a request which is not known here: after a restore. */
export function forgottenRequest(
  keyring: KeyringRow,
  { requestId, entries }: { requestId: string; entries: readonly SealedEntry[] },
): CoordinatorError {
  const behind = lastNumber(keyring, entries) - keyring.head.number;
  const message = `there is no signing request ${requestId} here`;
  if (behind <= 0) {
    return new CoordinatorError('request_unknown', message, {
      next: 'keep this file: its bundles were signed, and nothing of them is planned again',
    });
  }
  return new CoordinatorError(
    'request_unknown',
    `${message}: this coordinator knows the signer's record up to entry ${keyring.head.number} and is ${entriesText(behind)} behind this file`,
    { next: `${IMPORT_RECORD}; keep this file`, alarm: 'keyring.behind' },
  );
}
