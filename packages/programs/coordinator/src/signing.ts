/**
 * Signing requests: planned, checked against the node once more, and journaled with their sweeps in
 * one batch. A request's file is rebuilt from journal and vault: the same bytes always.
 */
import { digestOf, openEnvelope, type SigningRequest, sealSigningRequest } from '@airlock/gap';
import type { JournalEvent } from '@airlock/journal';
import { finalizeSweep, requestSlotsOf, type SweepEssence } from './bundles.ts';
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { assertActive, needKeyring } from './keyrings.ts';
import { LedgerViolation } from './ledger/booking.ts';
import type { AddressRow, DepositRow, KeyringRow, RequestRow } from './ledger/rows.ts';
import { type Plan, type PlanLimits, type PlanMaterial, planSweeps } from './planner.ts';
import type { Operation } from './store/store.ts';
import { readUuids } from './vault.ts';

/** Requests of a keyring without a response: a signer's answer carries the entries of all before it. */
const OUTSTANDING_MAX = 16;

export interface RequestOptions {
  readonly keyringId: string;
  readonly limits: PlanLimits;
  readonly dryRun: boolean;
  /** What belongs into the request's own batch: the stored reply to its caller. */
  readonly alsoWrite: (request: DraftedRequest) => Operation;
}

/** A sweep with its bundle hash. */
interface FinalSweep extends SweepEssence {
  readonly hash: string;
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

/** Everything of a keyring that is free to be planned with. */
function materialOf({ ledger, pools }: Coordinator, keyringId: string): PlanMaterial {
  const { state } = ledger;
  const creditable = new Map<string, DepositRow[]>();
  for (const deposit of state.rows('deposits')) {
    if (deposit.sweepId !== null || deposit.status === 'stranded') continue;
    creditable.set(deposit.address, [...(creditable.get(deposit.address) ?? []), deposit]);
  }
  const deposits: { address: AddressRow; deposits: readonly DepositRow[] }[] = [];
  const hub: AddressRow[] = [];
  for (const row of state.rows('addresses')) {
    if (row.keyringId !== keyringId || row.status !== 'active' || row.balance === 0n) continue;
    if (row.kind === 'hub') hub.push(row);
    else deposits.push({ address: row, deposits: creditable.get(row.address) ?? [] });
  }
  return {
    deposits,
    hub,
    withdrawals: [...state.rows('withdrawals')].filter(({ status }) => status === 'queued'),
    fresh: pools.next({ keyringId, kind: 'hub' }, 64),
  };
}

const PAYOUT_UNDER_WAY: ReadonlySet<string> = new Set([
  'planned',
  'requested',
  'signed',
  'attached',
]);

/** Addresses about which node and ledger disagree now; nothing is signed over an anomaly. */
async function anomaliesOf(
  { node, ledger }: Coordinator,
  material: PlanMaterial,
): Promise<Map<string, string>> {
  if (!(await node.isSynced())) {
    throw new CoordinatorError('node_unavailable', 'the node is not in sync', {
      next: 'wait until /readyz says that it is, then repeat the call',
    });
  }
  const rows = [...material.deposits.map(({ address }) => address), ...material.hub];
  const addresses = [...rows, ...material.fresh].map(({ address }) => address);
  const payees = material.withdrawals.map(({ address }) => address);
  const balances = await node.balances(rows.map(({ address }) => address));
  const spent = await node.spentStates([...addresses, ...payees]);
  const anomalies = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    if (balances[index] === row.balance) continue;
    const reason = `the node says ${balances[index]}, the ledger ${row.balance}: wait for the monitor`;
    anomalies.set(row.address, reason);
  }
  for (const { status, address } of ledger.state.rows('withdrawals')) {
    if (!PAYOUT_UNDER_WAY.has(status) || !ledger.state.get('addresses', address)) continue;
    anomalies.set(address, 'a payout to it is under way and would come to a used key');
  }
  for (const address of payees) {
    // A key that has been asked to sign is spent, whatever the node has seen of it.
    if (ledger.state.get('addresses', address)?.status === 'retired') {
      anomalies.set(address, 'its key has been asked to sign');
    }
  }
  for (const [index, address] of [...addresses, ...payees].entries()) {
    if (spent[index] === true) anomalies.set(address, 'the node says that it has been spent from');
  }
  return anomalies;
}

function withoutAnomalies(
  material: PlanMaterial,
  anomalies: ReadonlyMap<string, string>,
): PlanMaterial {
  return {
    deposits: material.deposits.filter(({ address }) => !anomalies.has(address.address)),
    hub: material.hub.filter(({ address }) => !anomalies.has(address)),
    withdrawals: material.withdrawals.filter(({ address }) => !anomalies.has(address)),
    fresh: material.fresh.filter(({ address }) => !anomalies.has(address)),
  };
}

/** An anomaly on what the plan would have used, for the reply. */
function leftOutBy(
  material: PlanMaterial,
  anomalies: ReadonlyMap<string, string>,
): Plan['leftOut'] {
  const named = [
    ...material.deposits.map(({ address }) => ({ id: address.address, address: address.address })),
    ...material.hub.map(({ address }) => ({ id: address, address })),
    ...material.withdrawals.map(({ id, address }) => ({ id, address })),
  ];
  return named.flatMap(({ id, address }) => {
    const reason = anomalies.get(address);
    return reason === undefined ? [] : [{ id, reason }];
  });
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

/** Bundles with the UUIDs of their own addresses, from the vault. */
async function bundlesOf(
  { ledger, store }: Coordinator,
  sweeps: readonly SweepEssence[],
): Promise<SigningRequest['bundles']> {
  const commitmentOf = (address: string): string => {
    const row = ledger.state.get('addresses', address);
    if (row === undefined) throw new TypeError('a sweep has an own address that is not known');
    return row.commitment;
  };
  const own = sweeps.flatMap(({ inputs, outputs }) => [
    ...inputs.map(({ address }) => address),
    ...outputs.filter(({ kind }) => kind === 'own').map(({ address }) => address),
  ]);
  const uuids = await readUuids(store, own.map(commitmentOf));
  const uuidOf = (address: string): string => uuids.get(commitmentOf(address)) ?? '';
  return sweeps.map((sweep) => requestSlotsOf(sweep, uuidOf));
}

function plannedEvent(sweep: FinalSweep, keyringId: string): JournalEvent {
  const { hash: sweepId, inputs, outputs, timestamp, obsoleteTag } = sweep;
  return { type: 'sweep.planned', sweepId, keyringId, inputs, outputs, timestamp, obsoleteTag };
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

/** Journals sweeps, the request that carries them and, with it, the credits of its deposits. */
function journalRequest(
  { ledger }: Coordinator,
  keyring: KeyringRow,
  {
    request,
    drafted: { digest, sweeps },
    reply,
  }: { request: SigningRequest; drafted: DraftedRequest; reply: Operation },
): Promise<unknown> {
  return ledger.execute(({ record, draft, write }) => {
    write(reply);
    const { sequence, head } = draft.get('keyrings', keyring.id) ?? keyring;
    if (sequence + 1 !== request.sequence || head.hash !== request.expectedHead.hash) {
      throw changed('another request was made at the same time');
    }
    try {
      for (const sweep of sweeps) record(plannedEvent(sweep, keyring.id));
    } catch (cause) {
      if (cause instanceof LedgerViolation) throw changed(cause.message);
      throw cause;
    }
    record({
      type: 'request.exported',
      requestId: request.requestId,
      keyringId: keyring.id,
      sequence: request.sequence,
      digest,
      expectedHead: request.expectedHead,
      createdAt: request.createdAt,
      sweepIds: sweeps.map(({ hash }) => hash),
    });
    // Credit policy `swept`: the money is ours once its sweep is requested.
    for (const depositId of sweeps.flatMap(({ inputs }) => inputs.flatMap((i) => i.depositIds))) {
      record({ type: 'deposit.credited', depositId });
    }
  });
}

/** Requests are made one after another, since each takes the next sequence. */
const turns = new WeakMap<Coordinator, Promise<unknown>>();

export function createRequest(
  coordinator: Coordinator,
  options: RequestOptions,
): Promise<DraftedRequest> {
  const before = turns.get(coordinator) ?? Promise.resolve();
  const turn = before.then(
    () => makeRequest(coordinator, options),
    () => makeRequest(coordinator, options),
  );
  turns.set(
    coordinator,
    turn.catch(() => undefined),
  );
  return turn;
}

async function makeRequest(
  coordinator: Coordinator,
  { keyringId, limits, dryRun, alsoWrite }: RequestOptions,
): Promise<DraftedRequest> {
  const { now, random, identity } = coordinator;
  const keyring = needKeyring(coordinator, keyringId);
  assertActive(keyring);
  const material = materialOf(coordinator, keyringId);
  const anomalies = await anomaliesOf(coordinator, material);
  const plan = planSweeps(withoutAnomalies(material, anomalies), limits);
  const leftOut = [...plan.leftOut, ...leftOutBy(material, anomalies)];
  const timestamp = Math.floor(now() / 1000);
  const sweeps = plan.sweeps.map((sweep) => ({
    ...sweep,
    timestamp,
    ...finalizeSweep({ ...sweep, timestamp }),
  }));
  const sequence = keyring.sequence + 1;
  if (dryRun) return { requestId: null, sequence, digest: '', sweeps, leftOut };
  if (sweeps.length === 0) {
    const [first] = leftOut;
    throw new CoordinatorError('nothing_to_sign', 'nothing can be swept or paid now', {
      next:
        first === undefined
          ? 'wait for confirmed deposits or queued withdrawals'
          : `left out: ${first.id}: ${first.reason}`,
    });
  }
  const outstanding = [...coordinator.ledger.state.rows('requests')].filter(
    (made) => made.keyringId === keyringId && made.status === 'outstanding',
  );
  if (outstanding.length >= OUTSTANDING_MAX) {
    throw new CoordinatorError(
      'too_many_outstanding',
      `${outstanding.length} requests wait for a response`,
      {
        next: 'have them signed, the lowest sequence first, and import the responses',
      },
    );
  }
  const row = {
    id: `sr_${Buffer.from(random(16)).toString('hex')}`,
    sequence,
    expectedHead: keyring.head,
    createdAt: now(),
  };
  const request = requestOf(keyring, row, await bundlesOf(coordinator, sweeps));
  const digest = digestOfFile(sealSigningRequest(request, identity));
  const drafted = { requestId: row.id, sequence, digest, sweeps, leftOut };
  await journalRequest(coordinator, keyring, { request, drafted, reply: alsoWrite(drafted) });
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
  const request = requestOf(keyring, row, await bundlesOf(coordinator, sweeps));
  const file = sealSigningRequest(request, coordinator.identity);
  if (digestOfFile(file) !== row.digest) {
    throw new CoordinatorError('store_damaged', 'the request cannot be rebuilt as it was', {
      next: 'use the file that was downloaded first; restore the store from a backup',
    });
  }
  return file;
}
