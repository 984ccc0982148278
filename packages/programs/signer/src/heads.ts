/**
 * Where a message of the coordinator stands to this record: for this keyring, and naming a head that
 * lies on our chain. What is behind, by how much and what heals it is in every refusal.
 */
import type { Head, OpenedRequest, OpenedVoidRequest } from '@airlock/gap';
import type { Network } from '@airlock/protocol';
import { SignerError, type SignerErrorCode } from './error.ts';
import type { AnsweredRequest, RecordState } from './record-state.ts';

/** Bytes of entries that one answer carries, so that it stays below its cap with all its signatures. */
const ENTRIES_BYTES_MAX = 1024 * 1024;

/** Sequences that a request may skip: a coordinator must not be able to use up all of them at once. */
const SEQUENCE_STEP_MAX = 1_000_000;

const ASK_COORDINATOR = 'do not sign; report the code and the request to the coordinator operator';

/** The way out where the coordinator has forgotten what this record knows. */
export const COORDINATOR_BEHIND =
  'bring it this record ("airlock-signer record --out FILE", then POST /v1/record-exports) and ask again';

export function refuse(
  code: SignerErrorCode,
  message: string,
  next: string = ASK_COORDINATOR,
): never {
  throw new SignerError(code, message, { next });
}

export interface Addressee {
  readonly id: string;
  readonly network: Network;
}

/** @throws SignerError wrong_keyring, wrong_network */
export function checkAddressee(
  keyring: Addressee,
  message: {
    readonly keyringId: string;
    readonly network: Network;
    /** What people call it; default: the request. */
    readonly what?: string;
  },
): void {
  const { keyringId, network, what = 'the request' } = message;
  if (keyringId !== keyring.id) {
    refuse(
      'wrong_keyring',
      `${what} is for keyring ${keyringId}, this home holds ${keyring.id}`,
      `take ${what} to the signer of that keyring`,
    );
  }
  if (network !== keyring.network) {
    refuse(
      'wrong_network',
      `${what} is for network ${network}, this keyring signs on ${keyring.network} only`,
    );
  }
}

const entries = (count: number): string => (count === 1 ? '1 entry' : `${count} entries`);

/**
 * The head that the coordinator names lies on our chain.
 * @param isKnown whether the message was answered before: then its answer is at hand, whatever its size
 * @throws SignerError signer_behind, record_forked, head_too_old
 */
export function checkHead(state: RecordState, { number, hash }: Head, isKnown: boolean): void {
  const { head } = state;
  if (number > head.number) {
    refuse(
      'signer_behind',
      `this signer's record ends at entry ${head.number}; the coordinator knows entry ${number}: this home is ${entries(number - head.number)} behind`,
      'this is an old copy: sign with the newest home; if that is lost, "airlock-signer recover" and then "resume" from the files that were kept',
    );
  }
  if (state.hashes[number] !== hash) {
    refuse(
      'record_forked',
      `entry ${number} here is ${state.hashes[number]?.slice(0, 16)}…, the coordinator knows ${hash.slice(0, 16)}…; this record has ${entries(head.number - number + 1)} from there on`,
      'two homes have used this keyring: stop both and call your security lead; "airlock-audit" over the files of both shows whether a key signed twice',
    );
  }
  if (isKnown) return;
  const bytes = state.entries.slice(number).reduce((sum, entry) => sum + entry.body.length + 72, 0);
  if (bytes > ENTRIES_BYTES_MAX) {
    refuse(
      'head_too_old',
      `the coordinator is ${entries(head.number - number)} behind this record (it knows entry ${number}), more than an answer carries`,
      COORDINATOR_BEHIND,
    );
  }
}

/** The answer to a request, under whatever sequence: a void names one of its own, which may be wrong. */
function answerOf(
  answers: ReadonlyMap<number, AnsweredRequest>,
  digest: string,
): AnsweredRequest | undefined {
  return [...answers.values()].find((each) => each.digest === digest);
}

/**
 * Request sequence → one digest, strictly rising; the same request may come again for ever.
 * @returns whether it was signed before
 * @throws SignerError request_voided, sequence_reused, sequence_not_rising, sequence_leaps
 */
export function checkSequence(state: RecordState, { request, digest }: OpenedRequest): boolean {
  const { sequence, requestId } = request;
  const known = state.requests.get(sequence);
  if (known?.digest === digest) return true;
  const voided = answerOf(state.voids, digest);
  if (voided !== undefined) {
    refuse(
      'request_voided',
      `request ${requestId} was voided by entry ${voided.entryNumber} of this record`,
      'import the receipt of the void; the coordinator then asks for its bundles again',
    );
  }
  const other = known ?? state.voids.get(sequence);
  if (other !== undefined) {
    refuse(
      'sequence_reused',
      `sequence ${sequence} was answered for ${other.requestId}, and ${requestId} is another request`,
      COORDINATOR_BEHIND,
    );
  }
  if (sequence <= state.lastSequence) {
    refuse(
      'sequence_not_rising',
      `sequence ${sequence} came after ${state.lastSequence} had been signed`,
      `have the coordinator void ${requestId} and ask again; if it does not know sequence ${state.lastSequence}: ${COORDINATOR_BEHIND}`,
    );
  }
  checkStep(state, sequence);
  return false;
}

function checkStep(state: RecordState, sequence: number): void {
  if (sequence <= state.lastSequence + SEQUENCE_STEP_MAX) return;
  refuse('sequence_leaps', `sequence ${sequence} leaps too far from ${state.lastSequence}`);
}

/**
 * Reviews the voiding of a request: one that this record has not signed.
 * @returns the entry that voided it before, or null
 * @throws SignerError request_signed, already_voided, sequence_reused and those of the head
 */
export function reviewVoid(
  state: RecordState,
  keyring: Addressee,
  { request }: OpenedVoidRequest,
): number | null {
  checkAddressee(keyring, request);
  const { sequence, requestId, requestDigest, expectedHead } = request;
  const signed = answerOf(state.requests, requestDigest);
  if (signed !== undefined) {
    refuse(
      'request_signed',
      `request ${requestId} was signed by entry ${signed.entryNumber} of this record: it cannot be voided`,
      'give its file to "sign" again for the same response, and have that imported',
    );
  }
  const other = state.requests.get(sequence) ?? state.voids.get(sequence);
  if (other !== undefined && other.digest !== requestDigest) {
    refuse(
      'sequence_reused',
      `sequence ${sequence} was answered for ${other.requestId}, and ${requestId} is another request`,
      COORDINATOR_BEHIND,
    );
  }
  const voided = answerOf(state.voids, requestDigest);
  if (voided !== undefined && voided !== other) {
    refuse(
      'sequence_reused',
      `entry ${voided.entryNumber} voided ${requestId} under another sequence than ${sequence}`,
    );
  }
  checkStep(state, sequence);
  checkHead(state, expectedHead, voided !== undefined);
  if (voided !== undefined && expectedHead.number >= voided.entryNumber) {
    refuse(
      'already_voided',
      `request ${requestId} was voided by entry ${voided.entryNumber}, which the coordinator knows`,
      'nothing needs to be done',
    );
  }
  return voided?.entryNumber ?? null;
}

/** Sequences that can never be signed once this one is: lower than it, neither signed nor voided. */
export function passedOver({ lastSequence, voids }: RecordState, sequence: number): number {
  const voided = [...voids.keys()].filter((each) => each > lastSequence && each < sequence).length;
  return Math.max(0, sequence - lastSequence - 1 - voided);
}
