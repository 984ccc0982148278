/**
 * Signing responses: against the request they name by its digest, entry by entry, and every signature
 * (as a job for later, since it is slow).
 */
import {
  type BundleResult,
  openSigningResponse,
  type PairingCard,
  type RecordEntry,
  type RequestSlot,
  type SigningResponse,
} from '@airlock/gap';
import type { Context, FileFacts, KnownRequest } from '../context.ts';
import type { InputFile } from '../read-files.ts';
import { FRAGMENT_BYTES } from '../wots.ts';
import { headBefore, networkNotes, verifyEntries } from './note-entry.ts';
import { commitmentOf } from './slip-keys.ts';
import { compareWithCard } from './verify-batch.ts';
import { findVerdictFault, slipKeysOf } from './verify-verdicts.ts';

interface ResultPlace {
  readonly file: string;
  readonly known: KnownRequest;
  readonly bundle: number;
}

function verifySigned(
  result: Extract<BundleResult, { kind: 'signed' }>,
  { file, known, bundle }: ResultPlace,
  context: Context,
): void {
  const slots = known.request.bundles[bundle] as readonly RequestSlot[];
  const { keyringId } = known.request;
  const use = { keyringId, hash: result.bundleHash, file, evidence: 'released' } as const;
  const left = new Map(result.signatures);
  const incomplete = (message: string): void =>
    context.add({ code: 'signatures_incomplete', file, message: `bundle ${bundle}: ${message}` });
  if (left.size !== result.signatures.length) incomplete('a slot has two signatures');
  for (const [index, slot] of slots.entries()) {
    if (slot.role.kind !== 'input') continue;
    const { role, address } = { ...slot, role: slot.role };
    const signature = left.get(index);
    left.delete(index);
    const level = role.securityLevel;
    const commitment = commitmentOf({ role, address }, context.slips);
    context.keys.use({ keyringId, commitment, address, level }, use);
    if (signature === undefined) {
      incomplete(`the input at slot ${index} has no signature`);
    } else if (signature.length !== level * FRAGMENT_BYTES) {
      incomplete(`the signature at slot ${index} is not of level ${level}`);
    } else {
      const where = `bundle ${bundle}, slot ${index}`;
      const { bundleHash } = result;
      context.wotsJobs.push({ file, where, address, bundleHash, signature });
    }
  }
  if (left.size > 0) incomplete(`slot ${[...left.keys()].join(', ')} has a signature but no input`);
  for (const { role } of slots) {
    if (role.kind === 'withdrawal') context.payments.use(role.withdrawalId, use);
  }
}

function verifyResults(
  response: SigningResponse,
  { file, known }: { readonly file: string; readonly known: KnownRequest },
  context: Context,
): void {
  const { request, bundleHashes } = known;
  const mismatch = (message: string): void =>
    context.add({ code: 'response_mismatch', file, otherFile: known.file, message });
  if (response.requestId !== request.requestId) {
    mismatch(`it names request ${response.requestId}, the request is ${request.requestId}`);
  }
  if (response.keyringId !== request.keyringId || response.network !== request.network) {
    mismatch('it names another keyring or network than the request');
  }
  if (response.results.length !== bundleHashes.length) {
    mismatch(`${response.results.length} results answer ${bundleHashes.length} bundles`);
  }
  for (const [bundle, result] of response.results.entries()) {
    const hash = bundleHashes[bundle];
    if (hash === undefined) return;
    if (result.bundleHash !== hash) {
      const message = `bundle ${bundle}: ${result.bundleHash} came for a bundle whose hash is ${hash}`;
      context.add({ code: 'bundle_hash_mismatch', file, otherFile: known.file, message });
    }
    if (result.kind !== 'signed') continue;
    verifySigned(result, { file, known, bundle }, context);
    const { keyringId, sequence } = request;
    const signed = { requestDigest: known.digest, sequence, bundleHashes: [result.bundleHash] };
    context.voids.signed({ keyringId, file }, signed, 'released');
  }
}

/** Ties the addresses of keys from custody slips to the commitments that the record has for them. */
function noteSlipKeys(
  { event }: RecordEntry,
  response: SigningResponse,
  { known, context }: { readonly known: KnownRequest; readonly context: Context },
): void {
  if (event.kind !== 'signed') return;
  const { keyringId, bundles } = known.request;
  const signed = bundles.filter((_, bundle) => response.results[bundle]?.kind === 'signed');
  for (const [place, verdict] of event.verdicts.entries()) {
    for (const pair of slipKeysOf(verdict, signed[place] ?? [], known.slips)) {
      context.keys.note({ keyringId, level: null, ...pair }, known.file);
    }
  }
}

/** @throws GapError */
export function verifyResponse(file: InputFile, card: PairingCard, context: Context): FileFacts {
  const response = openSigningResponse(file.bytes, card.publicKey);
  const { keyringId } = response;
  compareWithCard({ ...response, file: file.path }, card, context.add);
  const known = context.requests.get(response.requestDigest);
  const start = known?.request.expectedHead ?? headBefore(response.entries[0]);
  const source = { keyringId, file: file.path, isSigners: card.keyring?.id === keyringId };
  const { publicKey } = card;
  const last = verifyEntries(source, { carried: response, start, publicKey }, context);
  const signed = response.results.filter(({ kind }) => kind === 'signed').length;
  if (known === undefined) {
    const message = `the request ${response.requestId} with digest ${response.requestDigest} is not given, so that no signature can be checked`;
    context.add({ code: 'request_missing', file: file.path, message });
  } else {
    verifyResults(response, { file: file.path, known }, context);
    const fault = last === null ? null : findVerdictFault(last, response, known);
    if (fault === null && last !== null) noteSlipKeys(last, response, { known, context });
    if (fault !== null) {
      context.add({ code: 'verdict_mismatch', file: file.path, message: fault });
    }
  }
  const refused = response.results.length - signed;
  const holds = `response to ${response.requestId}: ${signed} bundles signed, ${refused} refused, ${response.entries.length} entries`;
  return { keyringId, holds, notes: networkNotes(response) };
}
