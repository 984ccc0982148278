/**
 * Voids: asking the signer never to sign a request, and importing its receipt. A void frees
 * nothing: the request's sweeps stay locked, and the next request asks for them again.
 */
import {
  digestOf,
  openEnvelope,
  openVoidReceipt,
  sealVoidRequest,
  type VoidReceipt,
} from '@airlock/gap';
import type { Network } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { needKeyring } from '../keyrings.ts';
import { isUnanswered, type KeyringRow, type RequestRow, type Voiding } from '../ledger/rows.ts';
import {
  checkNetworkFlag,
  compareWithKnown,
  followEntries,
  forgottenRequest,
  IMPORT_RECORD,
  journalEntries,
  type RecordPart,
} from './record.ts';
import { importSignerFile, mismatch } from './signer-file.ts';
import { needRequest } from './signing.ts';

/** Asks for the void of an unanswered request; again, only if the signer's head has moved since. */
export async function requestVoid(coordinator: Coordinator, id: string): Promise<RequestRow> {
  const { ledger, now } = coordinator;
  const { keyringId } = needRequest(coordinator, id);
  await ledger.execute(({ draft, record }) => {
    const { status, voidings } = draft.get('requests', id) ?? needRequest(coordinator, id);
    const { head } = draft.get('keyrings', keyringId) ?? needKeyring(coordinator, keyringId);
    if (status === 'void-requested' && voidings.at(-1)?.expectedHead.hash === head.hash) return;
    if (status !== 'outstanding' && status !== 'void-requested') {
      throw new CoordinatorError('not_voidable', `request ${id} is ${status} already`, {
        next:
          status === 'voided'
            ? 'make a new request: it asks for the same sweeps again'
            : 'nothing needs to be done: its sweeps are signed or refused',
      });
    }
    record({ type: 'void.requested', requestId: id, expectedHead: head, createdAt: now() });
  });
  return needRequest(coordinator, id);
}

/** The newest void request of a request, rebuilt: the same bytes always. */
export function voidFile(coordinator: Coordinator, id: string): Uint8Array {
  return sealVoid(coordinator, id, needRequest(coordinator, id).voidings.at(-1));
}

function sealVoid(coordinator: Coordinator, id: string, voiding: Voiding | undefined): Uint8Array {
  const { sequence, digest, sweepIds, keyringId } = needRequest(coordinator, id);
  if (voiding === undefined) {
    throw new CoordinatorError('not_found', `no void of request ${id} was asked for`, {
      next: `ask for it with POST /v1/signing-requests/${id}/void`,
    });
  }
  const { network } = needKeyring(coordinator, keyringId);
  return sealVoidRequest(
    {
      requestId: id,
      sequence,
      requestDigest: digest,
      bundleHashes: sweepIds,
      keyringId,
      network: network as Network,
      ...voiding,
    },
    coordinator.identity,
  );
}

const digestOfVoid = (file: Uint8Array): string => digestOf(openEnvelope(file, 'void-request'));

/** Names the void request; its words are compared with those on the signer's screen. */
export function voidDigestOf(coordinator: Coordinator, id: string): string {
  return digestOfVoid(voidFile(coordinator, id));
}

/** The last entry voids this very request. */
function checkVoided({ entries }: RecordPart, { digest, sequence }: RequestRow): void {
  const event = entries.at(-1)?.entry.event;
  const isOurs =
    event?.kind === 'voided' && event.requestDigest === digest && event.sequence === sequence;
  if (!isOurs) throw mismatch("the signer's last entry does not void this request");
}

function checkReceipt(
  coordinator: Coordinator,
  request: RequestRow,
  receipt: VoidReceipt,
): Voiding {
  const { id, voidings } = request;
  if (receipt.requestDigest !== request.digest) {
    throw mismatch('the receipt is of another request with this id');
  }
  if (voidings.length === 0) {
    throw new CoordinatorError('response_mismatch', `no void of request ${id} was asked for here`, {
      next: `if this coordinator was restored from a backup, ${IMPORT_RECORD}`,
    });
  }
  const asked = voidings.find(
    (each) => digestOfVoid(sealVoid(coordinator, id, each)) === receipt.voidDigest,
  );
  if (asked === undefined) throw mismatch('the receipt answers another void request');
  if (receipt.frees) {
    throw new CoordinatorError('void_frees', 'the receipt says that it frees the inputs', {
      next: 'no officers are configured here that could have allowed it: void it with this version of the signer',
    });
  }
  return asked;
}

export interface ImportedReceipt {
  readonly requestId: string;
  readonly sweepIds: readonly string[];
  readonly alreadyImported: boolean;
}

/** Imports a receipt; importing it again changes nothing. */
export function importVoidReceipt(
  coordinator: Coordinator,
  file: Uint8Array,
): Promise<ImportedReceipt> {
  return importSignerFile(coordinator, file, {
    type: 'void-receipt',
    open: openVoidReceipt,
    take: (receipt, keyring) => takeReceipt(coordinator, keyring, receipt),
  });
}

async function takeReceipt(
  coordinator: Coordinator,
  keyring: KeyringRow,
  receipt: VoidReceipt,
): Promise<ImportedReceipt> {
  const { ledger } = coordinator;
  const request = ledger.state.get('requests', receipt.requestId);
  if (request === undefined) throw forgottenRequest(keyring, receipt);
  if (request.keyringId !== keyring.id) throw mismatch('the request was for another keyring');
  const { expectedHead } = checkReceipt(coordinator, request, receipt);
  const part = followEntries(keyring, expectedHead, receipt.entries);
  checkVoided(part, request);
  checkNetworkFlag(keyring, part, receipt.networkAccepted);
  await compareWithKnown(coordinator, keyring, part);
  const { id, sweepIds } = request;
  await ledger.execute((command) => journalEntries(command, keyring, part));
  return { requestId: id, sweepIds, alreadyImported: !isUnanswered(request) };
}
