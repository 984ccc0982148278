/**
 * What `sign` and `void` share: a file of the coordinator is shown, confirmed, answered by one entry of
 * the record, and its answer kept, so that asking again gives the same bytes.
 */
import { join } from 'node:path';
import { GapError, sha256 } from '@airlock/gap';
import { type Incoming, receive } from '../crossing/incoming.ts';
import { assertDeliverable, deliver, type Outgoing } from '../crossing/outgoing.ts';
import { isSystemError } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SIGNER_ERROR_CODES, SignerError } from '../error.ts';
import {
  type OpenHome,
  readHome,
  readHomeHeader,
  readPassphraseOf,
  recordEvent,
  storedPaths,
  withHolder,
} from '../home.ts';
import { assertOffline } from '../machine.ts';
import { peersOf } from '../record-state.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface AnswerOptions extends CommonOptions {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly confirm?: string | undefined;
  readonly acceptNetwork: boolean;
}

/** What came, and whether a network is up that was accepted. */
export interface Asked {
  readonly file: Uint8Array;
  readonly hasNetwork: boolean;
}

const REFUSALS_BYTES_MAX = 262_144;
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** Junk must not move the record's head: refusals have a log of their own, capped, without its text. */
function logRefusal(
  { disk, now }: Environment,
  home: string,
  { code, file }: { code: string; file: Uint8Array },
): void {
  const path = join(home, 'refusals.log');
  const line = `${JSON.stringify({ at: new Date(now()).toISOString(), code, sha256: sha256(file) })}\n`;
  const log = disk.read(path, 2 * REFUSALS_BYTES_MAX) ?? new Uint8Array();
  const kept = log.length < REFUSALS_BYTES_MAX ? log : new Uint8Array();
  disk.replace(path, new Uint8Array(Buffer.concat([kept, Buffer.from(line)])));
}

/** A refusal that cannot be logged is a refusal all the same: a full disk must not hide it. */
function tryToLog(
  environment: Environment,
  home: string,
  refusal: { code: string; file: Uint8Array },
): void {
  try {
    logRefusal(environment, home, refusal);
  } catch (cause) {
    if (!(isSystemError(cause) || cause instanceof SignerError)) throw cause;
    environment.terminal.note(`refusals.log could not be written: ${cause.message}`);
  }
}

function codeOf(cause: unknown): string | null {
  if (cause instanceof GapError) return cause.code;
  const isRefusal = cause instanceof SignerError && SIGNER_ERROR_CODES[cause.code] === 3;
  return isRefusal ? cause.code : null;
}

/** Opens the home that holds the record for one file, off the network; logs its refusal. */
export async function withAsked(
  environment: Environment,
  options: AnswerOptions,
  {
    open,
    answer,
  }: {
    /** Opens what came with the keys of the paired coordinators. @throws GapError */
    readonly open: (file: Uint8Array, keys: readonly Uint8Array[]) => unknown;
    readonly answer: (home: OpenHome, asked: Asked) => Promise<CommandResult>;
  },
): Promise<CommandResult> {
  const { home: path, acceptNetwork } = options;
  assertDeliverable(environment, options.outgoing, path);
  const { network } = readHomeHeader(environment.disk, path).header;
  const hasNetwork = assertOffline(environment, { network, acceptNetwork });
  const file = await receive(environment, options.incoming, (came) => {
    open(came, peersOf(readHome(environment.disk, path).record.state, 'coordinator'));
  });
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path, passphrase }, async (home) => {
    try {
      return await answer(home, { file, hasNetwork });
    } catch (cause) {
      const code = codeOf(cause);
      if (code !== null) tryToLog(environment, path, { code, file });
      throw cause;
    }
  });
}

/** Delivers an answer; if that fails, the officer must know all the same that it is recorded. */
export async function deliverRecorded(
  environment: Environment,
  { outgoing, home }: Pick<AnswerOptions, 'outgoing' | 'home'>,
  { file, recorded }: { readonly file: Uint8Array; readonly recorded: string },
): Promise<void> {
  try {
    await deliver(environment, outgoing, { file, home });
  } catch (cause) {
    environment.terminal.note(recorded);
    throw cause;
  }
}

/** The record says for ever that its signer was used with a network; the first time it is written. */
export function recordNetwork(
  environment: Environment,
  home: OpenHome,
  { hasNetwork }: Pick<Asked, 'hasNetwork'>,
): OpenHome {
  if (!hasNetwork || home.record.state.networkAcceptedAt !== null) return home;
  return recordEvent(environment, home, { kind: 'network-accepted' });
}

/**
 * The answer that an entry was stored with, or null if it has to be made again: from the same hashes,
 * hence with the same bytes.
 */
export function storedAnswer(
  { disk }: Environment,
  home: OpenHome,
  stored: { readonly entryNumber: number; readonly isAnswer: (file: Uint8Array) => boolean },
): Uint8Array | null {
  try {
    const answer = disk.read(
      storedPaths(home.path, stored.entryNumber).response,
      RESPONSE_BYTES_MAX,
    );
    return answer !== null && stored.isAnswer(answer) ? answer : null;
  } catch (cause) {
    // A damaged file: it is made again.
    if (cause instanceof GapError || cause instanceof SignerError) return null;
    throw cause;
  }
}
