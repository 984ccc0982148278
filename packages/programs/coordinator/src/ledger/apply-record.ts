/**
 * The ledger's rules for what a signer's record says beside its responses: voids, and what was signed
 * before this coordinator was restored from a backup. Nothing here frees or moves money.
 */
import type { ForgottenBundle, JournalEvent } from '@airlock/journal';
import { moveWithdrawals, needUnanswered, raiseHead } from './apply-sweep.ts';
import { LedgerViolation, need } from './booking.ts';
import { type AddressRow, type ForgottenRow, SURRENDERED } from './rows.ts';
import type { Draft, LedgerState } from './state.ts';

type RecordEvent = Extract<
  JournalEvent,
  { type: 'void.requested' | 'request.voided' | 'record.imported' }
>;
type EventOf<T extends RecordEvent['type']> = Extract<RecordEvent, { type: T }>;

function applyVoidRequested(draft: Draft, event: EventOf<'void.requested'>): void {
  const { requestId, expectedHead, createdAt } = event;
  const request = need(draft.get('requests', requestId), `request ${requestId}`);
  needUnanswered(request);
  const voidings = [...request.voidings, { expectedHead, createdAt }];
  draft.set('requests', requestId, { ...request, status: 'void-requested', voidings });
}

/** Its sweeps keep their inputs and payouts: no void frees anything. */
function applyVoided(draft: Draft, { requestId, head }: EventOf<'request.voided'>): void {
  const request = need(draft.get('requests', requestId), `request ${requestId}`);
  needUnanswered(request);
  draft.set('requests', requestId, { ...request, status: 'voided' });
  raiseHead(draft, request.keyringId, head);
}

/** Where a forgotten key stands in its table. */
export function keyName(keyringId: string, commitment: string): string {
  return `${keyringId}/${commitment}`;
}

/** Bundles that the record of a signer, or of this one, names and that no sweep of ours is: not booked yet. */
export function forgottenBundles(state: LedgerState): Set<string> {
  const named = [...state.rows('forgottenKeys')].map(({ bundleHash }) => bundleHash);
  return new Set(named.filter((bundle) => state.get('sweeps', bundle) === undefined));
}

/** What is bound to one bundle is never bound to another one. */
function bind(
  draft: Draft,
  table: 'forgottenKeys' | 'forgottenWithdrawals',
  { key, bundleHash, alone }: ForgottenRow & { readonly key: string },
): void {
  const known = draft.get(table, key);
  if (known !== undefined && known.bundleHash !== bundleHash) {
    throw new LedgerViolation(`${key} is bound to bundle ${known.bundleHash}, not ${bundleHash}`);
  }
  draft.set(table, key, { bundleHash, alone });
}

/** A sweep that lost a key or a payout to another bundle cannot be signed: it stays locked as it is. */
function blockSweep(draft: Draft, sweepId: string, bundleHash: string): void {
  const sweep = need(draft.get('sweeps', sweepId), `sweep ${sweepId}`);
  if (sweep.status === 'refused' || sweep.status === 'blocked') return;
  if (sweep.status !== 'requested') {
    throw new LedgerViolation(
      `sweep ${sweepId} is ${sweep.status}, and so is bundle ${bundleHash}`,
    );
  }
  const blocked = { ...sweep, status: 'blocked' } as const;
  draft.set('sweeps', sweepId, blocked);
  moveWithdrawals(draft, blocked, 'blocked');
}

function lockAddress(draft: Draft, row: AddressRow, bundleHash: string): void {
  const { sweepId } = row;
  if (sweepId !== null && sweepId !== bundleHash) blockSweep(draft, sweepId, bundleHash);
  if (sweepId === null) draft.set('addresses', row.address, { ...row, status: 'retired' });
}

/**
 * A payout of a bundle that was signed is neither planned nor cancelled; it stays a liability. What another
 * keyring's signer was asked to pay as well, since it knows nothing of this one, goes on.
 */
function lockWithdrawal(
  draft: Draft,
  id: string,
  { bundleHash, keyringId }: { readonly bundleHash: string; readonly keyringId: string },
): void {
  // No signer pays one withdrawal twice; another keyring's, which knows nothing of this one, may have.
  bind(draft, 'forgottenWithdrawals', { key: keyName(keyringId, id), bundleHash, alone: false });
  if (draft.get('forgottenWithdrawals', id) === undefined) {
    bind(draft, 'forgottenWithdrawals', { key: id, bundleHash, alone: false });
  }
  const { sweepId = null } = draft.get('withdrawals', id) ?? {};
  const other = draft.get('sweeps', sweepId ?? '');
  if (other !== undefined && other.keyringId !== keyringId) return;
  if (other !== undefined && sweepId !== bundleHash) blockSweep(draft, other.id, bundleHash);
  const withdrawal = draft.get('withdrawals', id);
  if (withdrawal === undefined || !['queued', 'blocked'].includes(withdrawal.status)) return;
  draft.set('withdrawals', id, { ...withdrawal, status: 'blocked', sweepId: bundleHash });
}

function lockForgotten(
  draft: Draft,
  { keyringId, forgotten }: { keyringId: string; forgotten: readonly ForgottenBundle[] },
): void {
  const bundleOf = new Map<string, string>();
  for (const { bundleHash, commitments, alone } of forgotten) {
    if (draft.get('sweeps', bundleHash) !== undefined) {
      throw new LedgerViolation(`sweep ${bundleHash} is not forgotten`);
    }
    for (const commitment of commitments) {
      bind(draft, 'forgottenKeys', { key: keyName(keyringId, commitment), bundleHash, alone });
      bundleOf.set(commitment, bundleHash);
    }
  }
  if (bundleOf.size > 0) {
    for (const row of [...draft.rows('addresses')]) {
      const bundleHash = bundleOf.get(row.commitment);
      if (bundleHash !== undefined && row.keyringId === keyringId)
        lockAddress(draft, row, bundleHash);
    }
  }
  for (const { bundleHash, withdrawalIds } of forgotten) {
    for (const id of withdrawalIds) lockWithdrawal(draft, id, { bundleHash, keyringId });
  }
}

/**
 * Who has the seed may spend at any moment: nothing of ours spends from the address, and nothing is paid
 * to it that was not under way.
 */
function lockSurrendered(
  draft: Draft,
  { keyringId, surrendered }: EventOf<'record.imported'>,
): void {
  if (surrendered.length === 0) return;
  for (const commitment of surrendered) {
    draft.set('surrenderedKeys', keyName(keyringId, commitment), { surrendered: true });
  }
  const lost = new Set(surrendered);
  for (const row of [...draft.rows('addresses')]) {
    if (row.keyringId !== keyringId || !lost.has(row.commitment)) continue;
    const { address, sweepId, status } = row;
    if (sweepId !== null) blockSweep(draft, sweepId, 'of somebody who has the seed');
    const isPooled = status === 'pooled';
    const given = { ...row, custody: SURRENDERED, status: isPooled ? 'retired' : status } as const;
    if (sweepId === null) draft.set('addresses', address, given);
  }
}

function applyRecord(draft: Draft, event: EventOf<'record.imported'>): void {
  const { keyringId, head, sequence, epoch, networkAccepted } = event;
  const before = need(draft.get('keyrings', keyringId), `keyring ${keyringId}`).head;
  if (head.number < before.number || (head.number === before.number && head.hash !== before.hash)) {
    throw new LedgerViolation(`entry ${head.number} does not follow entry ${before.number}`);
  }
  const keyring = raiseHead(draft, keyringId, head);
  draft.set('keyrings', keyringId, {
    ...keyring,
    sequence: Math.max(keyring.sequence, sequence),
    epoch: Math.max(keyring.epoch, epoch),
    networkAccepted: keyring.networkAccepted || networkAccepted,
  });
  lockForgotten(draft, event);
  lockSurrendered(draft, event);
}

export function applyRecordEvent(draft: Draft, event: RecordEvent): void {
  switch (event.type) {
    case 'void.requested':
      applyVoidRequested(draft, event);
      break;
    case 'request.voided':
      applyVoided(draft, event);
      break;
    case 'record.imported':
      applyRecord(draft, event);
  }
}
