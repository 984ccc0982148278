/** `void`: records that a request will never be signed here, and writes the receipt that says so. */
import {
  type OpenedVoidRequest,
  openVoidReceipt,
  openVoidRequest,
  sealVoidReceipt,
  type VoidReceipt,
} from '@airlock/gap';
import { confirmWords } from '../confirmation.ts';
import { assertFree, placeOf, placeText } from '../crossing/outgoing.ts';
import type { Environment } from '../environment.ts';
import { reviewVoid } from '../heads.ts';
import { type OpenHome, recordEvent, storeAnswer } from '../home.ts';
import { networkAcceptedBy, peersOf } from '../record-state.ts';
import { practiceBanner, voidScreen } from '../screen.ts';
import {
  type AnswerOptions,
  type Asked,
  deliverRecorded,
  recordNetwork,
  storedAnswer,
  withAsked,
} from './answering.ts';
import type { CommandResult } from './result.ts';

/** Without officers nobody can know that no copy of this home has signed the request. */
const FREES = false;

/** Records the void, if it is new, and keeps the receipt. */
function makeReceipt(
  environment: Environment,
  home: OpenHome,
  {
    opened: { request, digest },
    known,
    file,
  }: { opened: OpenedVoidRequest; known: number | null; file: Uint8Array },
): Uint8Array {
  const { requestId, sequence, requestDigest, bundleHashes, keyringId, network } = request;
  const named = { requestId, sequence, requestDigest, bundleHashes };
  const { record } =
    known === null
      ? recordEvent(environment, home, { kind: 'voided', ...named, frees: FREES })
      : home;
  const entryNumber = known ?? record.state.head.number;
  const receipt: VoidReceipt = {
    requestId,
    requestDigest,
    voidDigest: digest,
    keyringId,
    network,
    frees: FREES,
    entries: record.state.entries.slice(request.expectedHead.number, entryNumber),
    networkAccepted: networkAcceptedBy(record.state, entryNumber),
  };
  const answer = sealVoidReceipt(receipt, home.identity);
  storeAnswer(environment.disk, home.path, { entryNumber, request: file, answer });
  return answer;
}

async function answer(
  environment: Environment,
  home: OpenHome,
  { asked, options }: { asked: Asked; options: AnswerOptions },
): Promise<CommandResult> {
  const { header, record } = home;
  const { keyring, network, publicKey } = header;
  const opened = openVoidRequest(asked.file, peersOf(record.state, 'coordinator'));
  const known = reviewVoid(record.state, { id: keyring.id, network }, opened);
  const { request, digest } = opened;
  let receipt =
    known === null
      ? null
      : storedAnswer(environment, home, {
          entryNumber: known,
          isAnswer: (file) => openVoidReceipt(file, publicKey).voidDigest === digest,
        });
  if (receipt === null) {
    assertFree(environment, options.outgoing);
    for (const line of voidScreen(header, opened)) environment.terminal.note(line);
    await confirmWords(environment, { digest, network, given: options.confirm });
    const ready = recordNetwork(environment, home, asked);
    receipt = makeReceipt(environment, ready, { opened, known, file: asked.file });
  }
  await deliverRecorded(environment, options, {
    file: receipt,
    recorded: `VOIDED AND RECORDED, but not delivered: request ${request.requestId}.`,
  });
  return {
    lines: [
      ...practiceBanner(header),
      `Request ${request.requestId} will never be signed here: the receipt ${placeText(options.outgoing)}.`,
      'This frees nothing: its sweeps keep their inputs, and the same sweeps are asked again.',
    ],
    json: {
      file: placeOf(options.outgoing),
      requestId: request.requestId,
      sequence: request.sequence,
      digest,
      alreadyVoided: known !== null,
      frees: FREES,
      practice: keyring.practice,
    },
  };
}

export function voidRequest(
  environment: Environment,
  options: AnswerOptions,
): Promise<CommandResult> {
  return withAsked(environment, options, {
    open: openVoidRequest,
    answer: (home, asked) => answer(environment, home, { asked, options }),
  });
}
