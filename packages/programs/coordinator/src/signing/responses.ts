/**
 * Signing responses: every signature verified against its input's address, the record entries chained
 * to the signer's head as we know it, everything persisted before anything is sent.
 */
import { openSigningResponse, type SigningResponse } from '@airlock/gap';
import { verifySignature } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { isUnanswered, type KeyringRow, type RequestRow, type SweepRow } from '../ledger/rows.ts';
import { keyOf } from '../store/store.ts';
import {
  checkNetworkFlag,
  compareWithKnown,
  followEntries,
  forgottenRequest,
  journalEntries,
  type RecordPart,
} from './record.ts';
import { forked, importSignerFile, mismatch, openSignerFile } from './signer-file.ts';

export interface ImportedResponse {
  readonly requestId: string;
  readonly sweepIds: readonly string[];
  readonly alreadyImported: boolean;
}

const RESPONSE = { type: 'signing-response', open: openSigningResponse } as const;

/** The last entry holds the verdicts of this request. */
function checkVerdict(
  { entries }: RecordPart,
  request: RequestRow,
  response: SigningResponse,
): void {
  const event = entries.at(-1)?.entry.event;
  const isOurs =
    event?.kind === 'signed' &&
    event.requestDigest === request.digest &&
    event.sequence === request.sequence;
  if (!isOurs) throw mismatch("the signer's last entry is not about this request");
  const hashes = event.verdicts.map(({ bundleHash }) => bundleHash).join();
  const signed = response.results
    .filter(({ kind }) => kind === 'signed')
    .map(({ bundleHash }) => bundleHash)
    .join();
  if (hashes !== signed) throw mismatch("the signer's verdicts are not those of its response");
}

/** Every fragment of every input, verified against the address that the ledger knows. */
function checkSignatures(sweep: SweepRow, result: SigningResponse['results'][number]): void {
  if (result.bundleHash !== sweep.id) throw mismatch(`bundle ${sweep.id} has another hash there`);
  if (result.kind === 'refused') return;
  if (result.signatures.length !== sweep.inputs.length) {
    throw mismatch(`bundle ${sweep.id} has ${sweep.inputs.length} inputs`);
  }
  let slot = 0;
  for (const [place, { address, securityLevel }] of sweep.inputs.entries()) {
    const [index, signature] = result.signatures[place] ?? [-1, new Uint8Array()];
    if (index !== slot) throw mismatch(`bundle ${sweep.id}: expected a signature for slot ${slot}`);
    const isValid =
      signature.length === securityLevel * 1296 &&
      verifySignature({ address, bundleHash: sweep.id, signature });
    if (!isValid) {
      throw new CoordinatorError('signature_invalid', `the signature for ${address} is invalid`, {
        next: 'nothing was imported; ask the signer for the response again',
      });
    }
    slot += securityLevel;
  }
}

function checkResults(
  { ledger }: Coordinator,
  request: RequestRow,
  response: SigningResponse,
): { signed: string[]; refused: { sweepId: string; code: string }[] } {
  if (response.results.length !== request.sweepIds.length) {
    throw mismatch(`expected ${request.sweepIds.length} results, got ${response.results.length}`);
  }
  const signed: string[] = [];
  const refused: { sweepId: string; code: string }[] = [];
  for (const [place, sweepId] of request.sweepIds.entries()) {
    const sweep = ledger.state.get('sweeps', sweepId);
    const result = response.results[place];
    if (sweep === undefined || result === undefined) throw mismatch('a sweep is missing');
    if (sweep.status === 'blocked' && result.kind === 'signed') {
      throw forked(`bundle ${sweepId} is blocked: its keys or payouts belong to another one`);
    }
    checkSignatures(sweep, result);
    if (result.kind === 'signed') signed.push(sweepId);
    else refused.push({ sweepId, code: result.code });
  }
  return { signed, refused };
}

/** The request that the response answers; one that can be answered no more was answered by a fork. */
function requestOf(
  { ledger }: Coordinator,
  keyring: KeyringRow,
  response: SigningResponse,
): RequestRow {
  const request = ledger.state.get('requests', response.requestId);
  if (request === undefined) throw forgottenRequest(keyring, response);
  if (request.keyringId !== keyring.id) throw mismatch('the request was for another keyring');
  if (response.requestDigest !== request.digest) {
    throw mismatch('the response answers another request with this id');
  }
  if (request.status === 'voided') {
    throw forked(`request ${request.id} was voided by the signer's record, but was signed`);
  }
  return request;
}

/** Imports a response; importing the same file again changes nothing. */
export function importResponse(
  coordinator: Coordinator,
  file: Uint8Array,
): Promise<ImportedResponse> {
  return importSignerFile(coordinator, file, {
    ...RESPONSE,
    take: (response, keyring) => takeResponse(coordinator, { file, response, keyring }),
  });
}

async function takeResponse(
  coordinator: Coordinator,
  { file, response, keyring }: { file: Uint8Array; response: SigningResponse; keyring: KeyringRow },
): Promise<ImportedResponse> {
  const { ledger, store } = coordinator;
  const request = requestOf(coordinator, keyring, response);
  const summary = { requestId: request.id, sweepIds: request.sweepIds };
  const key = keyOf('responses', request.id);
  const encoded = Buffer.from(file).toString('base64');
  const stored = store.get(key);
  if (stored !== null) {
    if (stored === encoded) return { ...summary, alreadyImported: true };
    throw forked('another response to this request was imported before');
  }
  const part = followEntries(keyring, request.expectedHead, response.entries);
  await compareWithKnown(coordinator, keyring, part);
  checkVerdict(part, request, response);
  checkNetworkFlag(keyring, part, response.networkAccepted);
  const { signed, refused } = checkResults(coordinator, request, response);
  await ledger.execute((command) => {
    const { draft, record, write } = command;
    const now = draft.get('requests', request.id);
    if (now === undefined || !isUnanswered(now)) {
      throw new CoordinatorError('state_changed', 'another file was imported meanwhile', {
        next: 'repeat the call',
      });
    }
    journalEntries(command, keyring, part);
    const { head } = part;
    record({ type: 'response.imported', requestId: request.id, head, signed, refused });
    write({ type: 'put', key, value: encoded });
  });
  return { ...summary, alreadyImported: false };
}

/** The signatures of a sweep, from the stored response: index of the input's first slot → bytes. */
export async function signaturesOf(
  coordinator: Coordinator,
  sweep: SweepRow,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const stored = coordinator.store.get(keyOf('responses', sweep.requestId ?? ''));
  const file = new Uint8Array(Buffer.from(stored ?? '', 'base64'));
  const { message: response } = openSignerFile(coordinator, file, RESPONSE);
  const result = response.results.find(({ bundleHash }) => bundleHash === sweep.id);
  if (result?.kind !== 'signed') throw mismatch(`no signature of sweep ${sweep.id} is stored`);
  return new Map(result.signatures);
}
