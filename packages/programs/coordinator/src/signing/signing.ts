/**
 * Signing requests: planned, checked against the node once more, and journaled with their sweeps in
 * one batch. A request's file is rebuilt from journal and vault: the same bytes always.
 */
import { digestOf, openEnvelope, type SigningRequest, sealSigningRequest } from '@airlock/gap';
import type { JournalEvent } from '@airlock/journal';
import type { SecurityLevel } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { creditDue } from '../credits.ts';
import { CoordinatorError } from '../error.ts';
import { assertActive, needKeyring, proofOf } from '../keyrings.ts';
import { placeInSlip } from '../ledger/apply-cold.ts';
import { LedgerViolation } from '../ledger/booking.ts';
import type { Command } from '../ledger/ledger.ts';
import type { AddressRow, KeyringRow, RequestRow } from '../ledger/rows.ts';
import type { Operation } from '../store/store.ts';
import { Turn } from '../turn.ts';
import { readUuids } from '../vault.ts';
import { type RoleSource, requestSlotsOf, type SweepEssence } from './bundles.ts';
import type { Plan, PlanLimits } from './plan.ts';
import { type FinalSweep, requestsOf, type Selection, select } from './selection.ts';

/** Requests of a keyring without a response: a signer's answer carries the entries of all before it. */
const OUTSTANDING_MAX = 16;

export interface RequestOptions {
  readonly keyringId: string;
  readonly limits: PlanLimits;
  readonly dryRun: boolean;
  /** What belongs into the request's own batch: the stored reply to its caller. */
  readonly alsoWrite?: ((request: DraftedRequest, command: Command) => Operation) | undefined;
}

export interface DraftedRequest {
  /** Null for a dry run. */
  readonly requestId: string | null;
  readonly sequence: number;
  /** Of the request; '' for a dry run. */
  readonly digest: string;
  readonly sweeps: readonly FinalSweep[];
  readonly leftOut: Plan['leftOut'];
}

function requestOf(
  keyring: KeyringRow,
  row: Pick<RequestRow, 'id' | 'sequence' | 'expectedHead' | 'createdAt'>,
  bundles: SigningRequest['bundles'],
): SigningRequest {
  return {
    requestId: row.id,
    sequence: row.sequence,
    keyringId: keyring.id,
    network: keyring.network as SigningRequest['network'],
    expectedHead: row.expectedHead,
    createdAt: row.createdAt,
    bundles,
  };
}

/** Bundles with the keys of their own addresses: from the vault, or named by their place in a slip. */
function bundlesOf(
  coordinator: Coordinator,
  sweeps: readonly SweepEssence[],
): SigningRequest['bundles'] {
  const { ledger, store } = coordinator;
  const rowOf = (address: string): AddressRow => {
    const row = ledger.state.get('addresses', address);
    if (row === undefined) throw new TypeError('a sweep has an own address that is not known');
    return row;
  };
  const own = sweeps.flatMap(({ inputs, outputs }) => [
    ...inputs.map(({ address }) => rowOf(address)).filter(({ custody }) => custody === null),
    ...outputs.filter(({ kind }) => kind === 'own').map(({ address }) => rowOf(address)),
  ]);
  const uuids = readUuids(
    store,
    own.map(({ commitment }) => commitment),
  );
  const uuidOf = (address: string): string => uuids.get(rowOf(address).commitment) ?? '';
  const source: RoleSource = {
    uuidOf,
    keyOf: (address) => {
      const { custody } = rowOf(address);
      return custody === null
        ? { kind: 'uuid', uuid: uuidOf(address) }
        : placeInSlip(ledger.state, custody, address);
    },
    proofOf: (address) => {
      const row = rowOf(address);
      const securityLevel = row.securityLevel as SecurityLevel;
      return { securityLevel, proof: proofOf(coordinator, row) };
    },
  };
  return sweeps.map((sweep) => requestSlotsOf(sweep, source));
}

function plannedEvent(
  { hash: sweepId, inputs, outputs, timestamp, obsoleteTag }: FinalSweep,
  { keyringId, orderId }: { readonly keyringId: string; readonly orderId: string | null },
): JournalEvent {
  const essence = { inputs, outputs, timestamp, obsoleteTag };
  return { type: 'sweep.planned', sweepId, orderId, keyringId, ...essence };
}

function digestOfFile(file: Uint8Array): string {
  return digestOf(openEnvelope(file, 'signing-request'));
}

/** Something arrived or was cancelled between the plan and its entry. */
function changed(message: string): CoordinatorError {
  return new CoordinatorError('state_changed', `what was planned has changed: ${message}`, {
    next: 'repeat the call: a new plan will be made',
  });
}

/** Journals new sweeps, the request that carries them and, with it, the credits of their deposits. */
function journalRequest(
  { ledger, settings }: Coordinator,
  keyring: KeyringRow,
  {
    request,
    digest,
    selection: { again, planned },
    reply,
    order,
  }: {
    request: SigningRequest;
    digest: string;
    selection: Selection;
    reply: ((command: Command) => Operation) | undefined;
    order: ColdRequest | null;
  },
): Promise<unknown> {
  return ledger.execute((command) => {
    const { record, draft, write } = command;
    const { sequence, head } = draft.get('keyrings', keyring.id) ?? keyring;
    if (sequence + 1 !== request.sequence || head.hash !== request.expectedHead.hash) {
      throw changed('another request was made at the same time');
    }
    try {
      order?.record(command);
      const named = { keyringId: keyring.id, orderId: order?.orderId ?? null };
      for (const sweep of planned) record(plannedEvent(sweep, named));
      record({
        type: 'request.exported',
        requestId: request.requestId,
        keyringId: keyring.id,
        sequence: request.sequence,
        digest,
        expectedHead: request.expectedHead,
        createdAt: request.createdAt,
        sweepIds: [...again, ...planned].map(({ hash }) => hash),
      });
    } catch (cause) {
      if (cause instanceof LedgerViolation) throw changed(cause.message);
      throw cause;
    }
    const swept = planned.flatMap(({ inputs }) => inputs.flatMap(({ depositIds }) => depositIds));
    creditDue(command, settings, swept);
    if (reply !== undefined) write(reply(command));
  });
}

/** What a cold order records before its sweep. */
export interface ColdRequest {
  readonly orderId: string;
  readonly record: (command: Command) => void;
}

/** Requests are made one after another, since each takes the next sequence. */
const turns = new WeakMap<Coordinator, Turn>();

export function inTurn<T>(coordinator: Coordinator, work: () => Promise<T>): Promise<T> {
  const turn = turns.get(coordinator) ?? new Turn();
  turns.set(coordinator, turn);
  return turn.run(work);
}

/** Plans in all, when what came or was cancelled meanwhile has changed the one before. */
const PLANS_MAX = 3;

/** @throws CoordinatorError state_changed if even the last plan was overtaken */
export function createRequest(
  coordinator: Coordinator,
  options: RequestOptions,
): Promise<DraftedRequest> {
  return inTurn(coordinator, async () => {
    for (let plans = 1; plans < PLANS_MAX; plans += 1) {
      try {
        return await makeRequest(coordinator, options);
      } catch (cause) {
        const isOvertaken = cause instanceof CoordinatorError && cause.code === 'state_changed';
        if (!isOvertaken) throw cause;
      }
    }
    return makeRequest(coordinator, options);
  });
}

function assertFewOutstanding({ ledger }: Coordinator, keyringId: string): void {
  const outstanding = (['outstanding', 'void-requested'] as const).flatMap((status) =>
    requestsOf(ledger, { keyringId, status }),
  );
  if (outstanding.length < OUTSTANDING_MAX) return;
  throw new CoordinatorError(
    'too_many_outstanding',
    `${outstanding.length} requests wait for a response`,
    {
      next: 'have them signed, the lowest sequence first, and import the responses; void those that cannot be signed any more',
    },
  );
}

/** What there is to wait for. */
function nextWhenIdle({ ledger }: Coordinator, keyringId: string): string {
  const [voiding] = requestsOf(ledger, { keyringId, status: 'void-requested' });
  return voiding === undefined
    ? 'wait for confirmed deposits or queued withdrawals'
    : `request ${voiding.id} is to be voided: import the signer's receipt, then its sweeps are asked again`;
}

async function makeRequest(
  coordinator: Coordinator,
  { keyringId, limits, dryRun, alsoWrite }: RequestOptions,
): Promise<DraftedRequest> {
  const keyring = needKeyring(coordinator, keyringId);
  assertActive(keyring);
  if (keyring.purpose === 'cold') {
    throw new CoordinatorError('keyring_cold', `keyring ${keyringId} is cold`, {
      next: 'spend its money with POST /v1/cold-orders {"type":"spend"}',
    });
  }
  const selection = await select(coordinator, keyringId, limits);
  const { leftOut } = selection;
  const sweeps = [...selection.again, ...selection.planned];
  const sequence = keyring.sequence + 1;
  if (dryRun) return { requestId: null, sequence, digest: '', sweeps, leftOut };
  if (sweeps.length === 0) {
    const [first] = leftOut;
    throw new CoordinatorError('nothing_to_sign', 'nothing can be swept or paid now', {
      next:
        first === undefined
          ? nextWhenIdle(coordinator, keyringId)
          : `left out: ${first.id}: ${first.reason}`,
    });
  }
  return exportRequest(coordinator, keyring, { selection, alsoWrite, order: null });
}

/** Journals a selection as one request. The caller has the turn. */
export async function exportRequest(
  coordinator: Coordinator,
  keyring: KeyringRow,
  {
    selection,
    alsoWrite,
    order,
  }: {
    readonly selection: Selection;
    readonly alsoWrite: RequestOptions['alsoWrite'];
    readonly order: ColdRequest | null;
  },
): Promise<DraftedRequest> {
  const { now, random, identity } = coordinator;
  assertFewOutstanding(coordinator, keyring.id);
  const { leftOut } = selection;
  const sweeps = [...selection.again, ...selection.planned];
  const sequence = keyring.sequence + 1;
  const row = {
    id: `sr_${Buffer.from(random(16)).toString('hex')}`,
    sequence,
    expectedHead: keyring.head,
    createdAt: now(),
  };
  const request = requestOf(keyring, row, bundlesOf(coordinator, sweeps));
  const digest = digestOfFile(sealSigningRequest(request, identity));
  const drafted = { requestId: row.id, sequence, digest, sweeps, leftOut };
  const reply =
    alsoWrite === undefined
      ? undefined
      : (command: Command): Operation => alsoWrite(drafted, command);
  await journalRequest(coordinator, keyring, { request, digest, selection, reply, order });
  return drafted;
}

export function needRequest({ ledger }: Coordinator, id: string): RequestRow {
  const row = ledger.state.get('requests', id);
  if (row !== undefined) return row;
  throw new CoordinatorError('request_unknown', `there is no signing request ${id}`, {
    next: 'list them with GET /v1/signing-requests',
  });
}

/** The request's file, rebuilt; its digest is that of the first time. */
export async function requestFile(coordinator: Coordinator, id: string): Promise<Uint8Array> {
  const row = needRequest(coordinator, id);
  const keyring = needKeyring(coordinator, row.keyringId);
  const sweeps = row.sweepIds.map((sweepId) => {
    const sweep = coordinator.ledger.state.get('sweeps', sweepId);
    if (sweep === undefined) throw new TypeError('a request names a sweep that is not known');
    return sweep;
  });
  const request = requestOf(keyring, row, bundlesOf(coordinator, sweeps));
  const file = sealSigningRequest(request, coordinator.identity);
  if (digestOfFile(file) !== row.digest) {
    throw new CoordinatorError('store_damaged', 'the request cannot be rebuilt as it was', {
      next: 'use the file that was downloaded first; restore the store from a backup',
    });
  }
  return file;
}
