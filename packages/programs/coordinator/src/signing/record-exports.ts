/**
 * Record exports: this coordinator's own, with which a lost signer is resumed, and the signer's, with
 * which a coordinator that was restored from a backup learns what it has forgotten.
 */
import { openRecordExport, sealRecordExport } from '@airlock/gap';
import type { Network } from '@airlock/protocol';
import { clearAlarm } from '../alarms.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { needKeyring } from '../keyrings.ts';
import type { KeyringRow } from '../ledger/rows.ts';
import {
  compareWithKnown,
  type JournaledEntries,
  journalEntries,
  knownEntries,
  type RecordPart,
} from './record.ts';
import { importSignerFile } from './signer-file.ts';

/** All entries that are known here, sealed by this coordinator. */
export async function exportRecord(
  coordinator: Coordinator,
  keyringId: string,
): Promise<Uint8Array> {
  const keyring = needKeyring(coordinator, keyringId);
  const entries = await knownEntries(coordinator, keyringId);
  if (entries.length === 0) {
    throw new CoordinatorError('not_found', `no entry of ${keyringId}'s record is known here`, {
      next: "entries come with signing responses, void receipts and the signer's record exports: import one",
    });
  }
  const network = keyring.network as Network;
  return sealRecordExport({ keyringId, network, entries }, coordinator.identity);
}

export interface ImportedRecord {
  readonly keyringId: string;
  readonly head: KeyringRow['head'];
  readonly added: number;
  /** Entries known here that the export lacks. */
  readonly behind: number;
  readonly alreadyImported: boolean;
  readonly forgottenBundles: readonly string[];
  readonly blockedWithdrawals: readonly string[];
  readonly voidedRequests: readonly string[];
}

interface OpenedExport {
  readonly keyringId: string;
  readonly network: Network;
  readonly part: RecordPart;
}

function openExport(bytes: Uint8Array, publicKey: Uint8Array): OpenedExport {
  const { record, entries, head } = openRecordExport(bytes, publicKey);
  const { keyringId, network } = record;
  const pairs = entries.flatMap((entry, place) => {
    const sealed = record.entries[place];
    return sealed === undefined ? [] : [{ sealed, entry }];
  });
  return { keyringId, network, part: { head, entries: pairs } };
}

/** Money that was given back, or paid by another keyring, before it came out that its payout had been signed. */
function warnOfPaidTwice(
  { ledger, log }: Coordinator,
  forgotten: JournaledEntries['forgotten'],
): void {
  for (const { bundleHash, withdrawalIds } of forgotten) {
    for (const id of withdrawalIds) {
      const { status, sweepId } = ledger.state.get('withdrawals', id) ?? {};
      if (status === undefined || sweepId === bundleHash) continue;
      log(`withdrawal ${id} is ${status}, but forgotten bundle ${bundleHash} pays it`);
    }
  }
}

/** Imports the signer's record: only what extends the head known here; a head behind changes nothing. */
export function importRecord(coordinator: Coordinator, file: Uint8Array): Promise<ImportedRecord> {
  return importSignerFile(coordinator, file, {
    type: 'record-export',
    open: openExport,
    take: ({ part }, keyring) => takeRecord(coordinator, keyring, part),
  });
}

async function takeRecord(
  coordinator: Coordinator,
  keyring: KeyringRow,
  part: RecordPart,
): Promise<ImportedRecord> {
  const { ledger, pools } = coordinator;
  await compareWithKnown(coordinator, keyring, part);
  const { added, forgotten, voided } = await ledger.execute((command) =>
    journalEntries(command, keyring, { ...part, isRecord: true }),
  );
  pools.dropTaken();
  warnOfPaidTwice(coordinator, forgotten);
  await clearAlarm(coordinator, { alarm: 'keyring.behind', subject: keyring.id });
  const { head } = needKeyring(coordinator, keyring.id);
  const blocked = forgotten
    .flatMap(({ withdrawalIds }) => withdrawalIds)
    .filter((id) => ledger.state.get('withdrawals', id)?.status === 'blocked');
  return {
    keyringId: keyring.id,
    head,
    added,
    behind: Math.max(0, head.number - part.head.number),
    alreadyImported: added === 0,
    forgottenBundles: forgotten.map(({ bundleHash }) => bundleHash),
    blockedWithdrawals: blocked,
    voidedRequests: voided,
  };
}
