/**
 * Codes read from a signer's screen, in any order, over any number of calls: what is useful of them is
 * stored, so that a transfer survives a restart, and a message that is whole is imported like its file.
 */
import type { FramesTaken } from '@airlock/api';
import {
  type MessageType,
  openEnvelope,
  openSigningResponse,
  openVoidReceipt,
  UrReceiver,
} from '@airlock/gap';
import { sha256Hex } from '@airlock/journal';
import { takeSlipByLight } from '../cold/bring-back.ts';
import { takeReceipt } from '../cold/custody.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { importAddressBatch, pairKeyring } from '../keyrings.ts';
import { isUnanswered } from '../ledger/rows.ts';
import { importRecord } from '../signing/record-exports.ts';
import { importResponse } from '../signing/responses.ts';
import { fileError, openSignerFile } from '../signing/signer-file.ts';
import { needRequest } from '../signing/signing.ts';
import { importVoidReceipt } from '../signing/voids.ts';
import { KEYSPACES, keyOf, type Operation, rangeOf } from '../store/store.ts';
import { Turn } from '../turn.ts';

/** Where frames that belong to no request are collected. */
const ANY = 'any';
/** A code of anybody else, a wallet's for instance, is a stranger in the picture and passed over. */
const OURS = /^\s*ur:airlock-/i;

interface Inbox {
  readonly receiver: UrReceiver;
  /** What is stored of it. */
  stored: ReadonlySet<string>;
  /** Of the calls: each sees what the one before has stored. */
  readonly turn: Turn;
}

const inboxes = new WeakMap<Coordinator, Map<string, Promise<Inbox>>>();

/** Whether codes are of use there: a request that was answered, by file perhaps, waits for none. */
function isAwaited({ ledger }: Coordinator, name: string): boolean {
  if (name === ANY) return true;
  const request = ledger.state.get('requests', name);
  return request !== undefined && isUnanswered(request);
}

/** What was stored of it; what others have left there that is of no use any more is deleted. */
async function openInbox(coordinator: Coordinator, name: string): Promise<Inbox> {
  const { store } = coordinator;
  const stored = new Set<string>();
  const useless: Operation[] = [];
  for await (const [key, text] of store.entries(rangeOf('frames'))) {
    const [owner = ''] = key.slice(KEYSPACES.frames.length).split('\u0000');
    if (owner === name) stored.add(text);
    else if (!isAwaited(coordinator, owner)) useless.push({ type: 'del', key });
  }
  if (useless.length > 0) await store.batch(useless);
  const receiver = new UrReceiver(null);
  for (const text of stored) receiver.take(text);
  return { receiver, stored, turn: new Turn() };
}

function inboxOf(coordinator: Coordinator, name: string): Promise<Inbox> {
  const all = inboxes.get(coordinator) ?? new Map<string, Promise<Inbox>>();
  inboxes.set(coordinator, all);
  const known = all.get(name);
  if (known !== undefined) return known;
  const opened = openInbox(coordinator, name);
  all.set(name, opened);
  // A store that fails now may not do so the next time.
  opened.catch(() => all.delete(name));
  return opened;
}

function frameKey(name: string, text: string): string {
  return keyOf('frames', name, sha256Hex(text));
}

/** Stores what is useful now, and nothing else. */
async function keep(coordinator: Coordinator, name: string, inbox: Inbox): Promise<void> {
  const { store } = coordinator;
  const useful = new Set(isAwaited(coordinator, name) ? inbox.receiver.usefulParts : []);
  const operations: Operation[] = [
    ...[...useful]
      .filter((text) => !inbox.stored.has(text))
      .map((text) => ({ type: 'put', key: frameKey(name, text), value: text }) as const),
    ...[...inbox.stored]
      .filter((text) => !useful.has(text))
      .map((text) => ({ type: 'del', key: frameKey(name, text) }) as const),
  ];
  if (operations.length > 0) await store.batch(operations);
  inbox.stored = useful;
}

type Importer = (
  coordinator: Coordinator,
  file: Uint8Array,
) => Promise<NonNullable<FramesTaken['imported']>['id']>;

const IMPORTERS: Partial<Record<MessageType, Importer>> = {
  'pairing-card': pairKeyring,
  'address-batch': async (coordinator, file) =>
    (await importAddressBatch(coordinator, file)).keyringId,
  'signing-response': async (coordinator, file) =>
    (await importResponse(coordinator, file)).requestId,
  'void-receipt': async (coordinator, file) =>
    (await importVoidReceipt(coordinator, file)).requestId,
  'record-export': async (coordinator, file) => (await importRecord(coordinator, file)).keyringId,
  'custody-receipt': (coordinator, file) => takeReceipt(coordinator, file),
  'custody-slip': takeSlipByLight,
};

function typeOf(file: Uint8Array): MessageType {
  try {
    return openEnvelope(file).type;
  } catch (cause) {
    throw fileError(cause);
  }
}

/** Where codes are collected, and for what. */
interface Place {
  readonly name: string;
  readonly wanted: readonly MessageType[];
}

/** The request that an answer names, if its signer is paired. */
function requestOf(coordinator: Coordinator, file: Uint8Array, type: MessageType): string {
  const { message } =
    type === 'void-receipt'
      ? openSignerFile(coordinator, file, { type, open: openVoidReceipt })
      : openSignerFile(coordinator, file, { type, open: openSigningResponse });
  return message.requestId;
}

/** The codes of one request never complete another. @throws CoordinatorError response_mismatch */
function assertOf(name: string, requestId: string): void {
  if (requestId === name) return;
  throw new CoordinatorError('response_mismatch', `the codes answer request ${requestId}`, {
    next: `show the response to ${name}, or scan these at their own request`,
  });
}

/** Imports a message; of another type than is wanted, or of another request, it is refused. */
async function importMessage(
  coordinator: Coordinator,
  file: Uint8Array,
  { name, wanted }: Place,
): Promise<NonNullable<FramesTaken['imported']>> {
  const type = typeOf(file);
  const importer = wanted.includes(type) ? IMPORTERS[type] : undefined;
  if (importer === undefined) {
    throw new CoordinatorError('file_invalid', `the codes are of a ${type}`, {
      next: `show the codes of a ${wanted.join(' or ')}`,
    });
  }
  if (name !== ANY) assertOf(name, requestOf(coordinator, file, type));
  return { type, id: await importer(coordinator, file) };
}

/** What a call has completed. */
interface Completed {
  readonly message: Uint8Array;
  /** Codes that it took: of a part's text, in which a single part has no number. */
  readonly count: number;
}

function takeTexts(receiver: UrReceiver, frames: readonly string[]): Completed[] {
  return frames.flatMap((text) => {
    const message = OURS.test(text) ? receiver.take(text)?.message : undefined;
    if (message === undefined) return [];
    return [{ message, count: Number(/\/\d+-(\d+)\//.exec(text)?.[1] ?? 1) }];
  });
}

const isAlarm = (cause: unknown): boolean =>
  cause instanceof CoordinatorError && cause.code === 'signer_forked';

/**
 * Imports each: a forgery or another file among them does not keep out the one that is wanted. Two
 * signers are an alarm whatever else came.
 */
async function importAll(
  coordinator: Coordinator,
  completed: readonly Completed[],
  place: Place,
): Promise<FramesTaken | null> {
  let taken: FramesTaken | null = null;
  const refusals: unknown[] = [];
  for (const { message, count } of completed) {
    try {
      const imported = await importMessage(coordinator, message, place);
      taken = { received: count, needed: count, complete: true, imported };
    } catch (cause) {
      refusals.push(cause);
    }
  }
  const told = refusals.filter((cause) => taken === null || isAlarm(cause));
  if (told.length > 0) throw told.find(isAlarm) ?? told[0];
  return taken;
}

async function take(
  coordinator: Coordinator,
  place: Place,
  frames: readonly string[],
): Promise<FramesTaken> {
  const { name } = place;
  const inbox = await inboxOf(coordinator, name);
  const completed = takeTexts(inbox.receiver, frames);
  try {
    const taken = await importAll(coordinator, completed, place);
    if (taken !== null) return taken;
  } finally {
    // After the import: should the machine die in between, all but the last call's codes are there.
    await keep(coordinator, name, inbox);
  }
  const { received, count } = inbox.receiver.furthest ?? { received: 0, count: 0 };
  return { received, needed: count, complete: false, imported: null };
}

/** One call after another. */
async function inTurn(
  coordinator: Coordinator,
  place: Place,
  frames: readonly string[],
): Promise<FramesTaken> {
  const inbox = await inboxOf(coordinator, place.name);
  return inbox.turn.run(() => take(coordinator, place, frames));
}

/** Takes codes of the response to a request. @throws as the import of its file does */
export async function takeResponseFrames(
  coordinator: Coordinator,
  requestId: string,
  frames: readonly string[],
): Promise<FramesTaken> {
  needRequest(coordinator, requestId);
  const wanted = ['signing-response', 'void-receipt'] as const;
  return inTurn(coordinator, { name: requestId, wanted }, frames);
}

/** Takes codes of any file of a signer. @throws as the import of its file does */
export function takeFrames(
  coordinator: Coordinator,
  frames: readonly string[],
): Promise<FramesTaken> {
  const wanted = Object.keys(IMPORTERS) as MessageType[];
  return inTurn(coordinator, { name: ANY, wanted }, frames);
}
