/**
 * Signing responses: every signature verified against its input's address, the record entries chained
 * to the signer's head as we know it, everything persisted before anything is sent.
 */
import {
  EMPTY_HEAD,
  GapError,
  type Head,
  openEntry,
  openEnvelope,
  openSigningResponse,
  type RecordEntry,
  type SealedEntry,
  type SigningResponse,
  sha256,
} from '@airlock/gap';
import { verifySignature } from '@airlock/protocol';
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { fileError } from './keyrings.ts';
import type { KeyringRow, RequestRow, SweepRow } from './ledger/rows.ts';
import { needRequest } from './signing.ts';
import { keyOf, type Operation, paddedNumber } from './store/store.ts';

export interface ImportedResponse {
  readonly requestId: string;
  readonly sweepIds: readonly string[];
  readonly alreadyImported: boolean;
}

function mismatch(message: string): CoordinatorError {
  return new CoordinatorError('response_mismatch', message, {
    next: 'make sure that the file answers this very request; ask the signer for it again',
  });
}

function forked(message: string): CoordinatorError {
  return new CoordinatorError('signer_forked', message, {
    next: 'two signers have used this keyring, or one from an old copy: stop signing and investigate',
  });
}

/** Opens the response with the key of the keyring that made it. */
function open(
  coordinator: Coordinator,
  file: Uint8Array,
): { readonly response: SigningResponse; readonly keyring: KeyringRow } {
  try {
    openEnvelope(file, 'signing-response');
    for (const keyring of coordinator.ledger.state.rows('keyrings')) {
      try {
        const publicKey = new Uint8Array(Buffer.from(keyring.publicKey, 'hex'));
        return { response: openSigningResponse(file, publicKey), keyring };
      } catch (cause) {
        if (!(cause instanceof GapError && cause.code === 'key_unknown')) throw cause;
      }
    }
  } catch (cause) {
    throw fileError(cause);
  }
  throw new CoordinatorError('wrong_keyring', 'the response is of no paired signer', {
    next: "pair its signer first with POST /v1/keyrings and the signer's card",
  });
}

interface FollowedEntries {
  readonly head: Head;
  readonly entries: readonly { readonly sealed: SealedEntry; readonly entry: RecordEntry }[];
}

/** Recomputes the head from the entries; those we have already must be the same ones. */
async function followEntries(
  { store }: Coordinator,
  keyring: KeyringRow,
  { request, response }: { request: RequestRow; response: SigningResponse },
): Promise<FollowedEntries> {
  const publicKey = new Uint8Array(Buffer.from(keyring.publicKey, 'hex'));
  let head: Head = request.expectedHead.number === 0 ? EMPTY_HEAD : request.expectedHead;
  const entries: { sealed: SealedEntry; entry: RecordEntry }[] = [];
  for (const sealed of response.entries) {
    const opened = openEntry(sealed, head, publicKey);
    head = opened.head;
    const key = keyOf('records', keyring.id, paddedNumber(head.number));
    const known = await store.get(key);
    if (known !== null && sha256(Buffer.from(known.split('.')[0] ?? '', 'base64')) !== head.hash) {
      throw forked(
        `entry ${head.number} of the signer's record contradicts the one imported before`,
      );
    }
    entries.push({ sealed, entry: opened.entry });
  }
  return { head, entries };
}

/** The last entry holds the verdicts of this request. */
function checkVerdict(
  { entries }: FollowedEntries,
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
    checkSignatures(sweep, result);
    if (result.kind === 'signed') signed.push(sweepId);
    else refused.push({ sweepId, code: result.code });
  }
  return { signed, refused };
}

function encodeEntry({ body, signature }: SealedEntry): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return `${base64(body)}.${base64(signature)}`;
}

/** Imports a response; importing the same file again changes nothing. */
export async function importResponse(
  coordinator: Coordinator,
  file: Uint8Array,
): Promise<ImportedResponse> {
  const { ledger, store } = coordinator;
  const { response, keyring } = open(coordinator, file);
  const request = needRequest(coordinator, response.requestId);
  if (request.keyringId !== keyring.id || response.keyringId !== keyring.id) {
    throw mismatch('the request was for another keyring');
  }
  if (response.network !== coordinator.network) {
    throw new CoordinatorError('wrong_network', `the response is for network ${response.network}`, {
      next: `this coordinator runs on ${coordinator.network}`,
    });
  }
  if (response.requestDigest !== request.digest) {
    throw mismatch('the response answers another request with this id');
  }
  const summary = { requestId: request.id, sweepIds: request.sweepIds };
  const key = keyOf('responses', request.id);
  const encoded = Buffer.from(file).toString('base64');
  const stored = await store.get(key);
  if (stored !== null) {
    if (stored === encoded) return { ...summary, alreadyImported: true };
    throw forked('another response to this request was imported before');
  }
  let followed: FollowedEntries;
  try {
    followed = await followEntries(coordinator, keyring, { request, response });
  } catch (cause) {
    if (cause instanceof GapError && cause.code === 'chain_broken') {
      throw forked(`the signer's entries do not follow its head: ${cause.message}`);
    }
    throw fileError(cause);
  }
  checkVerdict(followed, request, response);
  const { signed, refused } = checkResults(coordinator, request, response);
  const writes: Operation[] = followed.entries.map(({ sealed, entry }) => ({
    type: 'put',
    key: keyOf('records', keyring.id, paddedNumber(entry.number)),
    value: encodeEntry(sealed),
  }));
  await ledger.execute(({ record, write, draft }) => {
    // The entries were compared with the record as it was then: another import may hold a fork.
    const isAsBefore =
      draft.get('requests', request.id)?.status === 'outstanding' &&
      draft.get('keyrings', keyring.id)?.head.hash === keyring.head.hash;
    if (!isAsBefore) {
      throw new CoordinatorError('state_changed', 'another response was imported meanwhile', {
        next: 'repeat the call',
      });
    }
    record({
      type: 'response.imported',
      requestId: request.id,
      head: followed.head,
      signed,
      refused,
    });
    write({ type: 'put', key, value: encoded });
    for (const operation of writes) write(operation);
  });
  return { ...summary, alreadyImported: false };
}

/** The signatures of a sweep, from the stored response: index of the input's first slot → bytes. */
export async function signaturesOf(
  coordinator: Coordinator,
  sweep: SweepRow,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const stored = await coordinator.store.get(keyOf('responses', sweep.requestId ?? ''));
  const file = new Uint8Array(Buffer.from(stored ?? '', 'base64'));
  const { response } = open(coordinator, file);
  const result = response.results.find(({ bundleHash }) => bundleHash === sweep.id);
  if (result?.kind !== 'signed') throw mismatch(`no signature of sweep ${sweep.id} is stored`);
  return new Map(result.signatures);
}
