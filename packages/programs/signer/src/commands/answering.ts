/**
 * What `sign` and `void` share: a file of the coordinator is shown, confirmed, answered by one entry of
 * the record, and its answer kept, so that asking again gives the same bytes.
 */
import { join } from 'node:path';
import { GapError, sha256 } from '@airlock/gap';
import type { Environment } from '../environment.ts';
import { SIGNER_ERROR_CODES, SignerError } from '../error.ts';
import { type OpenHome, readHomeHeader, recordPath, storedPaths, withHolder } from '../home.ts';
import { assertOffline } from '../machine.ts';
import { readPassphrase } from '../passphrase.ts';
import { appendEntry } from '../record-store.ts';
import { assertWritable, readGapFile } from './files.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface AnswerOptions extends CommonOptions {
  readonly file: string;
  readonly out: string;
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

function codeOf(cause: unknown): string | null {
  if (cause instanceof GapError) return cause.code;
  const isRefusal = cause instanceof SignerError && SIGNER_ERROR_CODES[cause.code] === 3;
  return isRefusal ? cause.code : null;
}

/** Opens the home that holds the record for one file, off the network; logs its refusal. */
export async function withAsked(
  environment: Environment,
  options: AnswerOptions,
  answer: (home: OpenHome, asked: Asked) => Promise<CommandResult>,
): Promise<CommandResult> {
  const { home: path, acceptNetwork } = options;
  assertWritable(options.out, path);
  const { network } = readHomeHeader(environment.disk, path).header;
  const hasNetwork = assertOffline(environment, { network, acceptNetwork });
  const file = readGapFile(environment, options.file);
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  return withHolder(environment, { path, passphrase }, async (home) => {
    try {
      return await answer(home, { file, hasNetwork });
    } catch (cause) {
      const code = codeOf(cause);
      if (code !== null) logRefusal(environment, path, { code, file });
      throw cause;
    }
  });
}

/** The record says for ever that its signer was used with a network; the first time it is written. */
export function recordNetwork(
  environment: Environment,
  home: OpenHome,
  { hasNetwork }: Asked,
): OpenHome {
  if (!hasNetwork || home.record.state.networkAcceptedAt !== null) return home;
  const record = appendEntry({
    disk: environment.disk,
    folder: recordPath(home.path),
    loaded: home.record,
    at: environment.now(),
    event: { kind: 'network-accepted' },
    addresses: [],
    identity: home.identity,
  });
  return { ...home, record };
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
