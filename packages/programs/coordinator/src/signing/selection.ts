/**
 * What the next request of a keyring asks for: the bundles of voided requests again, and new sweeps of
 * what is free, checked against the node once more.
 */

import { shortageOf } from '../cold/reserve.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { isAskedAgain } from '../ledger/apply-sweep.ts';
import { findOvertaking } from '../ledger/apply-withdrawal.ts';
import { isAwaited } from '../ledger/booking.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type {
  AddressRow,
  DepositRow,
  RequestRow,
  SweepRow,
  WithdrawalRow,
} from '../ledger/rows.ts';
import type { LedgerState } from '../ledger/state.ts';
import { finalizeSweep, type SweepEssence } from './bundles.ts';
import { findPayeeFault } from './payees.ts';
import type { Overflow, Plan, PlanLimits, PlanMaterial } from './plan.ts';
import { FULL, OVERTAKEN, planSweeps } from './planner.ts';

/** A sweep with its bundle hash. */
export interface FinalSweep extends SweepEssence {
  readonly hash: string;
}

/** What a request asks for: bundles of voided requests, which come first, and new ones. */
export interface Selection {
  readonly again: readonly FinalSweep[];
  readonly planned: readonly FinalSweep[];
  readonly leftOut: Plan['leftOut'];
}

/** Fresh hub addresses that a plan may use. */
const FRESH_MAX = 128;

/** Of a sweep, and of a payout in it. */
const SWEEP_UNDER_WAY = ['planned', 'requested', 'signed', 'attached', 'blocked'] as const;

/** Hub addresses to which money is on its way. */
function hubUnderWay(state: LedgerState, keyringId: string): number {
  const sweeps = SWEEP_UNDER_WAY.flatMap((name) => [...state.find([{ index: 'sweeps', name }])]);
  return sweeps
    .filter((sweep) => sweep.keyringId === keyringId)
    .flatMap(({ outputs }) => outputs)
    .filter(({ kind }) => kind === 'own').length;
}

/** Queued payouts; apart from them those that pay again what is under way once more. */
function payableOf(state: LedgerState): Pick<PlanMaterial, 'withdrawals' | 'overtaken'> {
  const queued = [...state.find([{ index: 'withdrawals', name: 'queued' }])];
  const isOvertaken = ({ id }: WithdrawalRow): boolean => findOvertaking(state, id) !== null;
  return {
    withdrawals: queued.filter((row) => !isOvertaken(row)),
    overtaken: queued.filter(isOvertaken),
  };
}

/** What other hot keyrings are about to sweep from payees: no payout of this one may overtake it. */
function depositsElsewhere(
  state: LedgerState,
  keyringId: string,
  withdrawals: readonly WithdrawalRow[],
): PlanMaterial['elsewhere'] {
  return withdrawals.flatMap(({ address }) => {
    const row = state.get('addresses', address);
    if (row === undefined || row.keyringId === keyringId || row.kind !== 'deposit') return [];
    const keyring = state.get('keyrings', row.keyringId);
    if (keyring?.state !== 'active' || keyring.purpose !== 'hot') return [];
    const isFree = row.status === 'active' && row.quarantine === null && row.balance > 0n;
    const deposits = isFree ? [...state.find([{ index: 'unswept', name: address }])] : [];
    return deposits.length === 0 ? [] : [{ address: row, deposits }];
  });
}

/** Everything of a keyring that is free to be planned with. */
function materialOf(coordinator: Coordinator, keyringId: string): PlanMaterial {
  const { ledger, pools } = coordinator;
  const { state } = ledger;
  const deposits: { address: AddressRow; deposits: readonly DepositRow[] }[] = [];
  const hub: AddressRow[] = [];
  let hubInUse = hubUnderWay(state, keyringId);
  for (const row of state.find([{ index: 'spendable', name: keyringId }])) {
    if (row.kind === 'hub') hubInUse += 1;
    if (row.quarantine !== null) continue;
    if (row.kind === 'hub') hub.push(row);
    else {
      const unswept = state.find([{ index: 'unswept', name: row.address }]);
      deposits.push({ address: row, deposits: [...unswept] });
    }
  }
  const { withdrawals, overtaken } = payableOf(state);
  return {
    deposits,
    hub,
    withdrawals,
    overtaken,
    elsewhere: depositsElsewhere(state, keyringId, withdrawals),
    fresh: pools.next({ keyringId, kind: 'hub' }, FRESH_MAX),
    hubInUse,
    overflow: overflowOf(coordinator),
  };
}

/** What is too much to stay hot: above the ceiling, what has to stay, and what is asked for. */
function overflowOf({ ledger, pools, settings }: Coordinator): Overflow | null {
  const { ceiling, coldKeyringId } = settings.reserve;
  if (ceiling === null || coldKeyringId === null) return null;
  const { state } = ledger;
  const cold = state.get('keyrings', coldKeyringId);
  if (cold?.purpose !== 'cold' || cold.state !== 'active') return null;
  const { hot, kept, queued } = shortageOf(state, settings.reserve);
  const fresh = pools.next({ keyringId: coldKeyringId, kind: 'hub' }, FRESH_MAX);
  return { hot, ceiling: (ceiling > kept ? ceiling : kept) + queued, fresh };
}

/** Why an address is left out about which no quorum of nodes says the same. */
const DISPUTED = 'the nodes do not agree on it now';
const SPENT_FROM = 'the node says that it has been spent from';

/** Everything that a plan may touch. */
export interface Touched {
  readonly inputs: readonly AddressRow[];
  /** Fresh addresses for what comes back. */
  readonly fresh: readonly AddressRow[];
  /** Addresses of payouts. */
  readonly payees: readonly string[];
}

/** Addresses about which node and ledger disagree now; nothing is signed over an anomaly. */
export async function anomaliesOf(
  { node, ledger }: Coordinator,
  { inputs, fresh, payees }: Touched,
): Promise<Map<string, string>> {
  if (!(await node.isSynced())) {
    throw new CoordinatorError('node_unavailable', 'the node is not in sync', {
      next: 'wait until /readyz says that it is, then repeat the call',
    });
  }
  // A fresh address holds nothing: money on it came by a sweep that this coordinator has forgotten.
  const rows = [...inputs, ...fresh];
  const addresses = rows.map(({ address }) => address);
  const balances = await node.balances(addresses);
  const spent = await node.spentStates([...addresses, ...payees]);
  const anomalies = new Map<string, string>();
  for (const [index, row] of rows.entries()) {
    const balance = balances[index] ?? null;
    if (balance === row.balance) continue;
    const reason = `the node says ${balance}, the ledger ${row.balance}: wait for the monitor`;
    anomalies.set(row.address, balance === null ? DISPUTED : reason);
  }
  for (const name of SWEEP_UNDER_WAY) {
    for (const { address, sweepId } of ledger.state.find([{ index: 'withdrawals', name }])) {
      if (!ledger.state.get('addresses', address)) continue;
      // One that was abandoned, or lost a key, brings nothing; one that is forgotten here does.
      const sweep = ledger.state.get('sweeps', sweepId ?? '');
      if (sweep !== undefined && !isAwaited(ledger.state, sweep.id)) continue;
      anomalies.set(address, 'a payout to it is under way and would come to a used key');
    }
  }
  for (const { address, fundedBy } of inputs) {
    // Spent now, its key would be used when the sweep's own money comes.
    if (!isAwaited(ledger.state, fundedBy)) continue;
    anomalies.set(address, 'a sweep that pays to it is not confirmed');
  }
  for (const address of payees) {
    const fault = findPayeeFault(ledger.state.get('addresses', address));
    if (fault !== null) anomalies.set(address, fault);
  }
  for (const [index, address] of [...addresses, ...payees].entries()) {
    if (anomalies.has(address)) continue;
    if (spent[index] === true) anomalies.set(address, SPENT_FROM);
    if (spent[index] === null) anomalies.set(address, DISPUTED);
  }
  return anomalies;
}

/** What a plan may touch of this material. */
function touchedBy({ deposits, hub, fresh, withdrawals, overflow }: PlanMaterial): Touched {
  return {
    inputs: [...deposits.map(({ address }) => address), ...hub],
    fresh: [...fresh, ...(overflow?.fresh ?? [])],
    payees: withdrawals.map(({ address }) => address),
  };
}

function withoutAnomalies(
  material: PlanMaterial,
  anomalies: ReadonlyMap<string, string>,
): PlanMaterial {
  const isSound = ({ address }: { readonly address: string }): boolean => !anomalies.has(address);
  const { hubInUse, overflow, overtaken, elsewhere } = material;
  return {
    hubInUse,
    overtaken,
    elsewhere,
    overflow: overflow === null ? null : { ...overflow, fresh: overflow.fresh.filter(isSound) },
    deposits: material.deposits.filter(({ address }) => isSound(address)),
    hub: material.hub.filter(isSound),
    withdrawals: material.withdrawals.filter(isSound),
    fresh: material.fresh.filter(isSound),
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

/** Requests of a keyring that have a status, by their sequence. */
export function requestsOf(
  { state }: Ledger,
  { keyringId, status }: Pick<RequestRow, 'keyringId' | 'status'>,
): RequestRow[] {
  const found = state.find([
    { index: 'requestsOf', name: keyringId },
    { index: 'requests', name: status },
  ]);
  return [...found].sort((a, b) => a.sequence - b.sequence);
}

/** Sweeps of a cold order, or of none, whose request was voided, the oldest first. */
export function waitingAgain(
  ledger: Ledger,
  { keyringId, orderId }: Pick<SweepRow, 'keyringId' | 'orderId'>,
): SweepRow[] {
  const { state } = ledger;
  const voided = requestsOf(ledger, { keyringId, status: 'voided' });
  return voided.flatMap(({ id, sweepIds }) =>
    sweepIds.flatMap((sweepId) => {
      const sweep = state.get('sweeps', sweepId);
      if (sweep?.requestId !== id || sweep.orderId !== orderId) return [];
      return isAskedAgain(state, sweepId, keyringId) ? [sweep] : [];
    }),
  );
}

/** What the nodes say of addresses; null: they do not agree. */
interface NodeWord {
  readonly balances: ReadonlyMap<string, bigint | null>;
  readonly spent: ReadonlyMap<string, boolean | null>;
}

/** Why no signer would sign a bundle again, or nobody could use its signature; null if there is no reason. */
function obstacleOf(
  { state }: Ledger,
  { inputs, outputs }: SweepRow,
  { balances, spent }: NodeWord,
): string | null {
  // What somebody else does with a payee is theirs: no key of ours is locked for it, the broadcast warns.
  const own = outputs.filter(({ address }) => state.get('addresses', address) !== undefined);
  const isDisputed = ({ address }: { address: string }): boolean => spent.get(address) === null;
  if (inputs.some(({ address }) => balances.get(address) === null)) return DISPUTED;
  if ([...inputs, ...own].some(isDisputed)) return DISPUTED;
  if (inputs.some(({ address, amount }) => (balances.get(address) ?? 0n) < amount)) {
    return 'the node says that its inputs hold less than it spends: it may be confirmed already';
  }
  if (inputs.some(({ address }) => spent.get(address) === true)) {
    return 'the node says that one of its inputs has been spent from';
  }
  const isOvertaken = outputs.some(({ withdrawalId }) => {
    return withdrawalId !== null && findOvertaking(state, withdrawalId) !== null;
  });
  if (isOvertaken) return OVERTAKEN;
  for (const { address } of own) {
    const isSpent = spent.get(address) === true;
    const fault = findPayeeFault(state.get('addresses', address)) ?? (isSpent ? SPENT_FROM : null);
    if (fault !== null) return `it pays to ${address}: ${fault}`;
  }
  return null;
}

/** The same bundles again: one that was requested never changes, whatever came to its inputs since. */
export async function askAgain(
  { ledger, node }: Coordinator,
  waiting: readonly SweepRow[],
  maxSweeps: number,
): Promise<Pick<Selection, 'again' | 'leftOut'>> {
  const named = waiting.flatMap(({ inputs, outputs }) =>
    [...inputs, ...outputs].map(({ address }) => address),
  );
  const found = await node.balances(named);
  const states = await node.spentStates(named);
  const balances = new Map(named.map((address, place) => [address, found[place] ?? null]));
  const spent = new Map(named.map((address, place) => [address, states[place] ?? null]));
  const again: FinalSweep[] = [];
  const leftOut: { id: string; reason: string }[] = [];
  for (const sweep of waiting) {
    const { id: hash } = sweep;
    const isFull = again.length === maxSweeps;
    const obstacle = obstacleOf(ledger, sweep, { balances, spent }) ?? (isFull ? FULL : null);
    if (obstacle === null) again.push({ ...sweep, hash });
    else leftOut.push({ id: hash, reason: obstacle });
  }
  return { again, leftOut };
}

/** Bundles of voided requests first, then new ones from what node and ledger agree about. */
export async function select(
  coordinator: Coordinator,
  keyringId: string,
  limits: PlanLimits,
): Promise<Selection> {
  const material = materialOf(coordinator, keyringId);
  const anomalies = await anomaliesOf(coordinator, touchedBy(material));
  const waiting = waitingAgain(coordinator.ledger, { keyringId, orderId: null });
  const { again, leftOut } = await askAgain(coordinator, waiting, limits.maxSweeps);
  const maxSweeps = limits.maxSweeps - again.length;
  const now = coordinator.now();
  const plan = planSweeps(
    withoutAnomalies(material, anomalies),
    { ...limits, maxSweeps },
    { ...coordinator.settings, now },
  );
  const timestamp = Math.floor(now / 1000);
  const planned = plan.sweeps.map((sweep) => ({
    ...sweep,
    timestamp,
    ...finalizeSweep({ ...sweep, timestamp }),
  }));
  return {
    again,
    planned,
    leftOut: [...leftOut, ...plan.leftOut, ...leftOutBy(material, anomalies)],
  };
}
