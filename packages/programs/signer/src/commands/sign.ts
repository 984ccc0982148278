/** `sign`: shows what is to be signed, has it confirmed, signs once, and writes the response. */
import { join } from 'node:path';
import { GapError, openSigningRequest, openSigningResponse, sha256 } from '@airlock/gap';
import type { Environment } from '../environment.ts';
import { SIGNER_ERROR_CODES, SignerError } from '../error.ts';
import { type OpenHome, storedPaths, withOpenHome } from '../home.ts';
import { withLock } from '../lock.ts';
import { confirmWords, readPassphrase } from '../passphrase.ts';
import { peersOf } from '../record-state.ts';
import { type ReviewedRequest, reviewRequest } from '../review.ts';
import { practiceBanner, requestScreen, totalsOf } from '../screen.ts';
import { findAnswer, signRequest } from '../sign.ts';
import { assertWritable, readGapFile, writeGapFile } from './files.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface SignOptions extends CommonOptions {
  readonly file: string;
  readonly out: string;
  readonly confirm?: string | undefined;
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

function review(home: OpenHome, file: Uint8Array): ReviewedRequest {
  const { state } = home.record;
  const opened = openSigningRequest(file, peersOf(state, 'coordinator'));
  const { keyring, network } = home.header;
  return reviewRequest(state, { id: keyring.id, network }, opened);
}

/** The stored response of a request that was answered before, or null. */
function storedResponse(
  { disk }: Environment,
  home: OpenHome,
  reviewed: ReviewedRequest,
): Uint8Array | null {
  const answered = findAnswer(home.record, {
    sequence: reviewed.request.sequence,
    digest: reviewed.digest,
  });
  if (answered === null) return null;
  try {
    const path = storedPaths(home.path, answered.entryNumber).response;
    const response = disk.read(path, RESPONSE_BYTES_MAX);
    if (response === null) return null;
    const { requestDigest } = openSigningResponse(response, home.header.publicKey);
    return requestDigest === reviewed.digest ? response : null;
  } catch (cause) {
    // A damaged file is made again: the same hashes, hence the same bytes.
    if (cause instanceof GapError || cause instanceof SignerError) return null;
    throw cause;
  }
}

async function answer(
  environment: Environment,
  home: OpenHome,
  { file, options }: { file: Uint8Array; options: SignOptions },
): Promise<CommandResult> {
  const { terminal } = environment;
  const reviewed = review(home, file);
  const { request, digest } = reviewed;
  let response = storedResponse(environment, home, reviewed);
  const again = response !== null;
  if (response === null) {
    for (const line of requestScreen(home.header, reviewed, home.record.state.lastSequence))
      terminal.note(line);
    await confirmWords(environment, {
      digest,
      network: home.header.network,
      given: options.confirm,
    });
    response = await signRequest(environment, home, { reviewed, requestFile: file });
  }
  writeGapFile(environment, options.out, response);
  const totals = totalsOf(reviewed);
  return {
    lines: [
      ...practiceBanner(home.header),
      again
        ? `Request ${request.requestId} was signed before: the same response is in ${options.out}.`
        : `Signed ${reviewed.bundles.length} sweeps of request ${request.requestId}: the response is in ${options.out}.`,
    ],
    json: {
      file: options.out,
      requestId: request.requestId,
      sequence: request.sequence,
      digest,
      alreadySigned: again,
      bundleHashes: reviewed.bundles.map((bundle) => bundle.hash),
      withdrawals: totals.withdrawals.toString(),
      practice: home.header.keyring.practice,
    },
  };
}

export async function sign(environment: Environment, options: SignOptions): Promise<CommandResult> {
  const { home: path } = options;
  assertWritable(options.out, options.home);
  const file = readGapFile(environment, options.file);
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  return withLock(environment.disk, path, () =>
    withOpenHome(environment, { path, passphrase }, async (home) => {
      try {
        return await answer(environment, home, { file, options });
      } catch (cause) {
        const code = codeOf(cause);
        if (code !== null) logRefusal(environment, path, { code, file });
        throw cause;
      }
    }),
  );
}
