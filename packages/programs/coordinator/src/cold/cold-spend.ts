/**
 * Spending from cold: one bundle over addresses that no sweep takes, built from what ledger and nodes say
 * they hold, asked of the signer like any request. UUIDs that are erased here are named by their place in a slip.
 */
import type { NewColdOrder, Payout } from '@airlock/api';
import { INPUTS_MAX } from '@airlock/gap';
import type { SweepOutput } from '@airlock/journal';
import { NULL_TAG, parseAddress, parseAmount, withChecksum } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, invalidRequest } from '../error.ts';
import { activeHotKeyrings, assertActive, needKeyring } from '../keyrings.ts';
import { isCold } from '../ledger/apply-cold.ts';
import { findOvertaking } from '../ledger/apply-withdrawal.ts';
import type { Command } from '../ledger/ledger.ts';
import {
  type AddressRow,
  type DepositRow,
  SURRENDERED,
  type WithdrawalRow,
  ZERO_TOTALS,
} from '../ledger/rows.ts';
import type { LedgerState } from '../ledger/state.ts';
import { sumOf, totalOf } from '../ledger/sums.ts';
import { finalizeSweep } from '../signing/bundles.ts';
import { inputOf, ownOutput, payoutOf } from '../signing/plan.ts';
import { coverFrom, OVERTAKEN } from '../signing/planner.ts';
import { anomaliesOf, askAgain, type FinalSweep, waitingAgain } from '../signing/selection.ts';
import {
  type DraftedRequest,
  exportRequest,
  inTurn,
  type RequestOptions,
} from '../signing/signing.ts';
import { drawOrderId, needOrder, parseAddresses, wrongState } from './custody.ts';
import { houseMoney } from './reserve.ts';

type NamedPayout = Payout & { readonly id: string };
type Spend = Omit<Extract<NewColdOrder, { type: 'spend' }>, 'payouts'> & {
  readonly payouts?: readonly NamedPayout[] | undefined;
};

/** Deposits that an input of this address would sweep. */
const unsweptOf = (state: LedgerState, address: string): DepositRow[] => [
  ...state.find([{ index: 'unswept', name: address }]),
];

const uncredited = (state: LedgerState, address: string): boolean =>
  unsweptOf(state, address).some(({ status }) => status !== 'credited');

/** Why a cold order cannot spend from an address now, or null. */
function obstacleToSpend(state: LedgerState, row: AddressRow, keyringId: string): string | null {
  if (row.keyringId !== keyringId) return 'it is of another keyring';
  if (row.status !== 'active') return `it is ${row.status}`;
  if (!isCold(state, row)) return 'it is not cold: any sweep may spend it';
  if (uncredited(state, row.address)) return 'a deposit on it is not credited yet';
  if (row.quarantine !== null) return 'it is in quarantine';
  if (row.balance === 0n) return 'it holds nothing';
  const { custody } = row;
  if (custody === SURRENDERED) return 'its seed was given away';
  if (custody === null) return null;
  const isHeld = state.get('coldOrders', custody)?.status === 'in-custody';
  return isHeld ? null : "its slip has no receipt yet: the signer's receipt comes first";
}

/** Addresses with money of the house, the smallest first. */
function byBalance(state: LedgerState): AddressRow[] {
  const rows = [...houseMoney(state)];
  return rows.sort((a, b) => (a.balance < b.balance ? -1 : 1));
}

interface Need {
  /** What the inputs hold together at least, in iota. */
  readonly need: bigint;
  /** Addresses that the bundle pays to: what comes there while it spends them would be lost. */
  readonly payees: ReadonlySet<string>;
}

function chooseInputs(
  { ledger: { state } }: Coordinator,
  { keyringId, addresses }: Spend,
  { need, payees }: Need,
): readonly AddressRow[] {
  const obstacleTo = (row: AddressRow): string | null => {
    const isPaid = payees.has(row.address) ? 'this very order pays to it' : null;
    return obstacleToSpend(state, row, keyringId) ?? isPaid;
  };
  if (addresses !== undefined) {
    const rows = parseAddresses(addresses).map((address) => {
      const row = state.get('addresses', address);
      const obstacle = row === undefined ? 'it is none of ours' : obstacleTo(row);
      if (row !== undefined && obstacle === null) return row;
      throw wrongState(
        `${withChecksum(address)} cannot be spent from: ${obstacle}`,
        'GET /v1/hub-addresses?temperature=cold lists what is cold',
      );
    });
    if (rows.length > INPUTS_MAX) {
      const got = `${rows.length}`;
      throw invalidRequest([{ path: 'addresses', expected: `at most ${INPUTS_MAX}`, got }]);
    }
    if (totalOf(rows) >= need) return rows;
    throw tooLittle(totalOf(rows), need);
  }
  if (need === 0n) {
    const expected = 'addresses, toHot, withdrawalIds or payouts: what to spend, or what for';
    throw invalidRequest([{ path: 'addresses', expected, got: 'none of them' }]);
  }
  const rows = byBalance(state).filter((row) => obstacleTo(row) === null);
  const chosen = coverFrom(rows, need, INPUTS_MAX);
  if (chosen !== null) return chosen;
  throw tooLittle(totalOf(rows.slice(-INPUTS_MAX)), need);
}

function tooLittle(has: bigint, needs: bigint): CoordinatorError {
  return new CoordinatorError(
    'insufficient_balance',
    `the cold addresses of one bundle hold ${has} i, ${needs} i are needed`,
    { next: `ask for less; one bundle spends from at most ${INPUTS_MAX} addresses` },
  );
}

/** A payout of the operator's own, as it will be queued. */
function operatorPayout(
  { ledger }: Coordinator,
  { id, address, checksum, amount: text, tag }: NamedPayout,
): WithdrawalRow {
  const amount = parseAmount(text);
  if (amount <= 0n) {
    throw invalidRequest([{ path: 'payouts', expected: 'amounts of more than 0', got: text }]);
  }
  const { state } = ledger;
  if ((state.get('withdrawals', id) ?? state.get('forgottenWithdrawals', id)) !== undefined) {
    throw new CoordinatorError('withdrawal_exists', `withdrawal ${id} exists, or was signed`, {
      next: 'take a new id; what was signed before a restore is asked for again with POST /v1/operator-withdrawals {"id":…}',
    });
  }
  return {
    id,
    userId: null,
    address: parseAddress(address, checksum ?? 'required'),
    amount,
    tag: (tag ?? '').padEnd(NULL_TAG.length, '9'),
    reference: null,
    status: 'queued',
    sweepId: null,
    number: 0,
    requestedAt: 0,
    replacedBy: null,
    replaces: null,
  };
}

function queuedRow({ ledger: { state } }: Coordinator, id: string): WithdrawalRow {
  const row = state.get('withdrawals', id);
  const isOvertaken = findOvertaking(state, id) !== null;
  if (row?.status === 'queued' && !isOvertaken) return row;
  const other = isOvertaken ? OVERTAKEN : `it is ${row?.status}`;
  const what = row === undefined ? 'there is none' : other;
  throw new CoordinatorError('withdrawal_unknown', `withdrawal ${id} is not queued: ${what}`, {
    next: 'list them with GET /v1/withdrawals?status=queued',
  });
}

/** Fresh hub addresses that are looked at for each output: most often the first is taken. */
const FRESH_MAX = 16;

/** What is not paid out, and to whose hub addresses. */
interface Kept {
  readonly to: string;
  readonly amount: bigint;
}

/** Outputs to fresh hub addresses about which nodes and ledger agree. @throws CoordinatorError pool_empty */
function ownOutputs(
  coordinator: Coordinator,
  { keyringId, kept }: { readonly keyringId: string; readonly kept: readonly Kept[] },
  isSound: (row: AddressRow) => boolean,
): SweepOutput[] {
  const taken = new Set<AddressRow>();
  return kept.map(({ to, amount }) => {
    const row = freshOf(coordinator, to).find((each) => !taken.has(each) && isSound(each));
    if (row === undefined) {
      throw new CoordinatorError('pool_empty', `keyring ${to} has no fresh hub address left`, {
        next: 'have its signer make a batch and import it with POST /v1/address-batches',
      });
    }
    taken.add(row);
    const kind = to === keyringId ? 'own' : 'cold';
    return { ...ownOutput(row, amount), kind };
  });
}

function freshOf({ pools }: Coordinator, keyringId: string): AddressRow[] {
  return pools.next({ keyringId, kind: 'hub' }, FRESH_MAX);
}

/** Whose hub address gets what is to become hot. */
function hotKeyring(coordinator: Coordinator, { hotKeyringId, keyringId }: Spend): string {
  const hot = activeHotKeyrings(coordinator).map(({ id }) => id);
  const asked = hotKeyringId ?? (hot.includes(keyringId) ? keyringId : hot[0]);
  if (asked !== undefined && hot.includes(asked)) return asked;
  throw new CoordinatorError('keyring_unknown', 'there is no such active hot keyring', {
    next: 'list the paired keyrings with GET /v1/keyrings',
  });
}

interface PlannedSpend {
  readonly sweep: FinalSweep;
  /** Payouts of the operator's own, which are queued with the order. */
  readonly own: readonly WithdrawalRow[];
}

async function planSpend(coordinator: Coordinator, asked: Spend): Promise<PlannedSpend> {
  const { keyringId, withdrawalIds = [], payouts = [], toHot: hotText = '0' } = asked;
  const queued = [...new Set(withdrawalIds)].map((id) => queuedRow(coordinator, id));
  const twice = payouts.find(
    ({ id }, place) => payouts.findIndex((each) => each.id === id) < place,
  );
  if (twice !== undefined) {
    throw invalidRequest([{ path: 'payouts', expected: 'each id once', got: twice.id }]);
  }
  const own = payouts.map((payout) => operatorPayout(coordinator, payout));
  const paid = [...queued, ...own];
  const toHot = parseAmount(hotText);
  const need = sumOf(paid) + toHot;
  const payees = paid.map(({ address }) => address);
  const inputs = chooseInputs(coordinator, asked, { need, payees: new Set(payees) });
  const rest = asked.restKeyringId ?? keyringId;
  assertActive(needKeyring(coordinator, rest));
  const kept: Kept[] = [
    ...(toHot === 0n ? [] : [{ to: hotKeyring(coordinator, asked), amount: toHot }]),
    { to: rest, amount: totalOf(inputs) - need },
  ].filter(({ amount }) => amount > 0n);
  const fresh = kept.flatMap(({ to }) => freshOf(coordinator, to));
  const anomalies = await anomaliesOf(coordinator, { inputs, fresh, payees });
  for (const address of [...inputs.map((row) => row.address), ...payees]) {
    const reason = anomalies.get(address);
    if (reason === undefined) continue;
    throw wrongState(
      `${withChecksum(address)}: ${reason}`,
      'leave it out, or repeat the call later',
    );
  }
  const isSound = ({ address }: AddressRow): boolean => !anomalies.has(address);
  const outputs = ownOutputs(coordinator, { keyringId, kept }, isSound);
  const essence = {
    inputs: inputs.map((row) => {
      const deposits = unsweptOf(coordinator.ledger.state, row.address);
      return inputOf(
        row,
        deposits.map(({ id }) => id),
      );
    }),
    outputs: [...paid.map(payoutOf), ...outputs],
    timestamp: Math.floor(coordinator.now() / 1000),
  };
  return { sweep: { ...essence, ...finalizeSweep(essence) }, own };
}

function assertCovered(
  command: Command,
  own: readonly WithdrawalRow[],
  lossReason: string | null,
): void {
  const { operator } = command.draft.get('totals', '') ?? ZERO_TOTALS;
  const needs = sumOf(own);
  if (operator >= needs || lossReason !== null) return;
  throw new CoordinatorError(
    'insufficient_balance',
    `the operator has ${operator} i, ${needs} i would leave the house`,
    {
      next: 'set the money aside instead, or send it to a cold keyring: it stays ours; to book what leaves as a loss of the operator, give lossReason',
    },
  );
}

/** Orders one bundle over cold addresses, and exports the request for it. */
export function openSpend(
  coordinator: Coordinator,
  asked: Spend,
  alsoWrite: (orderId: string) => RequestOptions['alsoWrite'],
): Promise<DraftedRequest> {
  return inTurn(coordinator, async () => {
    const { keyringId, lossReason = null, reference = null } = asked;
    const keyring = needKeyring(coordinator, keyringId);
    assertActive(keyring);
    const { sweep, own } = await planSpend(coordinator, asked);
    const orderId = drawOrderId(coordinator);
    const record = (command: Command): void => {
      assertCovered(command, own, lossReason);
      for (const { id: withdrawalId, userId, address, amount, tag } of own) {
        const fields = { withdrawalId, userId, address, amount, tag, reference, lossReason };
        command.record({ type: 'withdrawal.requested', ...fields });
      }
      const sweepId = sweep.hash;
      command.record({ type: 'cold-spend.opened', orderId, keyringId, sweepId, reference });
    };
    return exportRequest(coordinator, keyring, {
      selection: { again: [], planned: [sweep], leftOut: [] },
      alsoWrite: alsoWrite(orderId),
      order: { orderId, record },
    });
  });
}

/** Asks for the bundle of a cold order again, whose request was voided. */
export function repeatSpend(
  coordinator: Coordinator,
  orderId: string,
  alsoWrite: RequestOptions['alsoWrite'],
): Promise<DraftedRequest> {
  return inTurn(coordinator, async () => {
    const { keyringId } = needOrder(coordinator, orderId);
    const keyring = needKeyring(coordinator, keyringId);
    assertActive(keyring);
    const waiting = waitingAgain(coordinator.ledger, { keyringId, orderId });
    const { again, leftOut } = await askAgain(coordinator, waiting, 1);
    if (again.length === 0) {
      const reason = leftOut[0]?.reason ?? 'its request was not voided';
      throw wrongState(
        `cold order ${orderId} is not asked again: ${reason}`,
        'void its request first: POST /v1/signing-requests/{id}/void',
      );
    }
    const selection = { again, planned: [], leftOut };
    return exportRequest(coordinator, keyring, { selection, alsoWrite, order: null });
  });
}
