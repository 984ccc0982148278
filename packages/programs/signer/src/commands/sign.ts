/** `sign`: shows what is to be signed, has it confirmed, signs once, and writes the response. */
import { openSigningRequest, openSigningResponse } from '@airlock/gap';
import { confirmWords } from '../confirmation.ts';
import { assertFree, placeOf, placeText } from '../crossing/outgoing.ts';
import { readSlips } from '../crossing/slip-files.ts';
import type { Environment } from '../environment.ts';
import type { OpenHome } from '../home.ts';
import { peersOf } from '../record-state.ts';
import { type ReviewedRequest, reviewRequest } from '../review.ts';
import { practiceBanner, requestScreen, totalsOf } from '../screen.ts';
import { signRequest } from '../sign.ts';
import { openSlips, type SlipFile } from '../slips.ts';
import {
  type AnswerOptions,
  type Asked,
  deliverRecorded,
  recordNetwork,
  storedAnswer,
  withAsked,
} from './answering.ts';
import type { CommandResult } from './result.ts';

export interface SignOptions extends AnswerOptions {
  /** Paths of custody slips that the request's inputs may name. */
  readonly slips: readonly string[];
}

/** The request's file, and the slips that were given with it. */
interface Given {
  readonly file: Uint8Array;
  readonly slipFiles: readonly SlipFile[];
}

function review(home: OpenHome, { file, slipFiles }: Given): ReviewedRequest {
  const { state } = home.record;
  const opened = openSigningRequest(file, peersOf(state, 'coordinator'));
  const { keyring, network } = home.header;
  const addressee = { id: keyring.id, network };
  const slips = openSlips(state, addressee, slipFiles);
  return reviewRequest(state, addressee, { opened, slips });
}

/** The stored response of a request that was answered before, or null. */
function storedResponse(
  environment: Environment,
  home: OpenHome,
  { request, digest }: ReviewedRequest,
): Uint8Array | null {
  const answered = home.record.state.requests.get(request.sequence);
  if (answered === undefined) return null;
  const { publicKey } = home.header;
  return storedAnswer(environment, home, {
    entryNumber: answered.entryNumber,
    isAnswer: (file) => openSigningResponse(file, publicKey).requestDigest === digest,
  });
}

async function answer(
  environment: Environment,
  home: OpenHome,
  { asked, options, slipFiles }: { asked: Asked; options: SignOptions; slipFiles: SlipFile[] },
): Promise<CommandResult> {
  const { terminal } = environment;
  const reviewed = review(home, { file: asked.file, slipFiles });
  const { request, digest } = reviewed;
  let response = storedResponse(environment, home, reviewed);
  const again = response !== null;
  if (response === null) {
    assertFree(environment, options.outgoing);
    for (const line of requestScreen(home, reviewed)) terminal.note(line);
    await confirmWords(environment, {
      digest,
      network: home.header.network,
      given: options.confirm,
    });
    const ready = recordNetwork(environment, home, asked);
    response = await signRequest(environment, ready, { reviewed, requestFile: asked.file });
  }
  const logLine = `For your log: sequence ${request.sequence}, request ${request.requestId}.`;
  await deliverRecorded(environment, options, {
    file: response,
    recorded: `SIGNED AND RECORDED, but not delivered. ${logLine}`,
  });
  const totals = totalsOf(reviewed);
  return {
    lines: [
      ...practiceBanner(home.header),
      again
        ? `Request ${request.requestId} was signed before: the same response ${placeText(options.outgoing)}.`
        : `Signed ${reviewed.bundles.length} sweeps of request ${request.requestId}: the response ${placeText(options.outgoing)}.`,
      logLine,
    ],
    json: {
      file: placeOf(options.outgoing),
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
  const slipFiles = readSlips(environment, options.slips);
  return withAsked(environment, options, {
    open: openSigningRequest,
    answer: (home, asked) => answer(environment, home, { asked, options, slipFiles }),
  });
}
