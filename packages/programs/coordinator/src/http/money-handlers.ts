/** Withdrawals, transfers and addresses. */
import type { AddressInfo, FieldFault, Operations, TransferEntry, Withdrawal } from '@airlock/api';
import { NULL_TAG, parseAddress, parseAmount, SUPPLY } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, invalidRequest } from '../error.ts';
import { isCold } from '../ledger/apply-cold.ts';
import { findAwaited } from '../ledger/apply-withdrawal.ts';
import { need } from '../ledger/booking.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import { type AddressRow, type WithdrawalRow, ZERO_TOTALS } from '../ledger/rows.ts';
import type { View } from '../ledger/state.ts';
import { findPayeeFaultNow } from '../signing/payees.ts';
import { withdrawalIdOf } from '../withdrawal-id.ts';
import { executeOnce, type Handlers, notFound, pageOf } from './handler.ts';
import type { IdempotentCall } from './idempotency.ts';
import { needUser } from './user-handlers.ts';
import { transferView, withdrawalView } from './views.ts';

function insufficient(userId: string, has: bigint, needs: bigint): CoordinatorError {
  return new CoordinatorError(
    'insufficient_balance',
    `${userId} has ${has} i, ${needs} i are needed`,
    {
      next: 'wait for deposits to be credited, or ask for less',
    },
  );
}

function unknownWithdrawal(id: string): CoordinatorError {
  return new CoordinatorError('withdrawal_unknown', `there is no withdrawal ${id}`, {
    next: 'check the id',
  });
}

function needWithdrawal({ ledger }: Coordinator, id: string): WithdrawalRow {
  const row = ledger.state.get('withdrawals', id);
  if (row !== undefined) return row;
  throw unknownWithdrawal(id);
}

/** What no quorum of nodes says the same of. */
function disputed(what: string): CoordinatorError {
  return new CoordinatorError('node_unavailable', `the nodes disagree on ${what}`, {
    next: 'repeat the call in a while; /readyz names the nodes at fault',
  });
}

/** Why nobody should pay to an address, as far as nodes and own record know, and whether its key is spent. */
async function reasonsNotToPay(
  { node, ledger }: Coordinator,
  address: string,
): Promise<{ readonly reasons: readonly string[]; readonly spent: boolean }> {
  const row = ledger.state.get('addresses', address);
  const fault = findPayeeFaultNow(row);
  const [spent] = await node.spentStates([address]);
  if (spent === null) throw disputed('whether the address has been spent from');
  const reasons = [
    ...(fault === null ? [] : [`it is one of ours, and ${fault}`]),
    ...(spent === true ? ['the node says that it has been spent from'] : []),
  ];
  return { reasons, spent: row?.status === 'retired' || spent === true };
}

/** The amounts of a transfer, each not 0, no user twice, the sum 0. */
function parseEntries(
  entries: readonly TransferEntry[],
): { readonly userId: string; readonly amount: bigint }[] {
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  const parsed = entries.map(({ userId, amount: text }, index) => {
    const amount = BigInt(text);
    if (amount === 0n || amount > SUPPLY || amount < -SUPPLY) {
      const expected = `an amount other than 0 of -${SUPPLY} to ${SUPPLY}`;
      faults.push({ path: `entries.${index}.amount`, expected, got: text });
    }
    if (seen.has(userId)) {
      const expected = 'each user once: add up the amounts';
      faults.push({ path: `entries.${index}.userId`, expected, got: userId });
    }
    seen.add(userId);
    return { userId, amount };
  });
  if (faults.length > 0) throw invalidRequest(faults);
  const sum = parsed.reduce((total, { amount }) => total + amount, 0n);
  if (sum === 0n) return parsed;
  throw new CoordinatorError('transfer_unbalanced', `the entries sum to ${sum}, not 0`, {
    next: 'what leaves some users must come to others, exactly',
  });
}

/** Positive payout amount. */
function parsePayout(text: string): bigint {
  const amount = parseAmount(text);
  if (amount > 0n) return amount;
  throw invalidRequest([{ path: 'amount', expected: 'more than 0', got: text }]);
}

/** A loss is decided with a cold order; here only once more, of one that a restore has forgotten. */
function assertForgotten(view: Pick<View, 'get'>, id: string): void {
  if (view.get('forgottenWithdrawals', id) !== undefined) return;
  const expected = 'an id that the signer’s record names, of a cold order that was forgotten';
  throw invalidRequest([{ path: 'lossReason', expected: `only with ${expected}`, got: id }]);
}

/** Debits a user, or the operator, and queues the payout. */
export async function queueWithdrawal(
  coordinator: Coordinator,
  body: Operations['createOperatorWithdrawal']['body'] & { readonly userId: string | null },
  call: IdempotentCall | null,
): Promise<Withdrawal> {
  const { userId, tag, reference, lossReason = null } = body;
  const address = parseAddress(body.address, body.checksum ?? 'required');
  const amount = parsePayout(body.amount);
  const [fault] = (await reasonsNotToPay(coordinator, address)).reasons;
  if (fault !== undefined) {
    throw new CoordinatorError('address_spent', `the address is not safe to pay to: ${fault}`, {
      next: 'ask the customer for a fresh address',
    });
  }
  const withdrawalId = body.id ?? withdrawalIdOf(call);
  return executeOnce(coordinator, { call, status: 201 }, ({ draft, record }) => {
    if (draft.get('withdrawals', withdrawalId) !== undefined) {
      throw new CoordinatorError('withdrawal_exists', `withdrawal ${withdrawalId} exists`, {
        next: 'take a new id, or repeat the first call with its Idempotency-Key',
      });
    }
    const paying = draft.get('forgottenWithdrawals', withdrawalId)?.bundleHash ?? '';
    if (draft.get('sweeps', paying) !== undefined) {
      const message = `withdrawal ${withdrawalId} was paid by bundle ${paying}, which the operator bore`;
      throw new CoordinatorError('withdrawal_exists', message, {
        next: 'take a new id for another payout',
      });
    }
    if (lossReason !== null) assertForgotten(draft, withdrawalId);
    const { operator } = draft.get('totals', '') ?? ZERO_TOTALS;
    const available = userId === null ? operator : (draft.get('users', userId)?.available ?? 0n);
    if (available < amount && lossReason === null) {
      throw insufficient(userId ?? 'the operator', available, amount);
    }
    record({
      type: 'withdrawal.requested',
      withdrawalId,
      userId,
      address,
      amount,
      tag: (tag ?? '').padEnd(NULL_TAG.length, '9'),
      reference: reference ?? null,
      lossReason,
    });
    return withdrawalView(need(draft.get('withdrawals', withdrawalId), 'withdrawal'));
  });
}

/** Pays what a blocked sweep was to pay in another one; the first may still be confirmed. */
export function replaceWithdrawal(
  coordinator: Coordinator,
  { id, reason, call }: { id: string; reason: string; call: IdempotentCall | null },
): Promise<Withdrawal> {
  const replacementId = withdrawalIdOf(call);
  return executeOnce(coordinator, { call, status: 201 }, ({ draft, record }) => {
    const { status, replacedBy } = needWithdrawal(coordinator, id);
    if (status !== 'blocked' || replacedBy !== null) {
      const state = replacedBy === null ? status : `replaced by ${replacedBy}`;
      throw new CoordinatorError('not_replaceable', `withdrawal ${id} is ${state}`, {
        next: 'only a payout in a blocked sweep can be paid again, and only once',
      });
    }
    record({ type: 'withdrawal.replaced', withdrawalId: id, replacementId, reason });
    return withdrawalView(need(draft.get('withdrawals', replacementId), 'withdrawal'));
  });
}

/** Takes a queued payout back: an exchange its users', an officer the operator's. */
export function cancelWithdrawal(
  coordinator: Coordinator,
  { id, isOperators, call }: { id: string; isOperators: boolean; call: IdempotentCall | null },
): Promise<Withdrawal> {
  const known = needWithdrawal(coordinator, id);
  if ((known.userId === null) !== isOperators) throw unknownWithdrawal(id);
  return executeOnce(coordinator, { call, status: 200 }, ({ draft, record }) => {
    const { status } = draft.get('withdrawals', id) ?? known;
    if (status !== 'queued') {
      throw new CoordinatorError('not_cancellable', `withdrawal ${id} is ${status}`, {
        next: 'nothing can be done: once planned, a payout is carried out',
      });
    }
    const original = findAwaited(draft, id);
    if (original !== null) {
      const message = `withdrawal ${id} pays again what ${original.id} was to pay`;
      throw new CoordinatorError('not_cancellable', message, {
        next: 'that one may still be confirmed, and this one is then dropped by itself: wait, or let it be paid',
      });
    }
    record({ type: 'withdrawal.cancelled', withdrawalId: id });
    return withdrawalView(need(draft.get('withdrawals', id), 'withdrawal'));
  });
}

/** Cold: a hub address that only cold orders spend from. */
function kindOf(view: Pick<View, 'get'>, row: AddressRow): AddressInfo['kind'] {
  return row.kind === 'hub' && isCold(view, row) ? 'cold' : row.kind;
}

export const withdrawalHandlers: Handlers<
  'createWithdrawal' | 'getWithdrawal' | 'listWithdrawals' | 'cancelWithdrawal'
> = {
  createWithdrawal: async (coordinator, { body, call }) => {
    needUser(coordinator, body.userId);
    return queueWithdrawal(coordinator, body, call);
  },

  getWithdrawal: async (coordinator, { params: { id } }) =>
    withdrawalView(needWithdrawal(coordinator, id)),

  listWithdrawals: async (coordinator, { query }) => {
    const { userId, status } = query;
    const ofUser = userId === undefined ? [] : [{ index: 'withdrawalsOf', name: userId } as const];
    return pageOf(
      coordinator,
      [{ index: 'withdrawals', name: status ?? ALL_ROWS } as const, ...ofUser],
      { query, viewOf: withdrawalView },
    );
  },

  cancelWithdrawal: (coordinator, { params: { id }, call }) =>
    cancelWithdrawal(coordinator, { id, isOperators: false, call }),
};

export const moneyHandlers: Handlers<'createTransfer' | 'getTransfer' | 'getAddress'> = {
  createTransfer: async (coordinator, { body, call }) => {
    const entries = parseEntries(body.entries);
    for (const { userId } of entries) needUser(coordinator, userId);
    const reference = body.reference ?? null;
    const transferId = `tr_${Buffer.from(coordinator.random(16)).toString('hex')}`;
    return executeOnce(coordinator, { call, status: 201 }, ({ draft, record }) => {
      for (const { userId, amount } of entries) {
        const available = draft.get('users', userId)?.available ?? 0n;
        if (available + amount < 0n) throw insufficient(userId, available, -amount);
      }
      const event = { type: 'transfer.booked', transferId, entries, reference } as const;
      return transferView(record(event).number, event);
    });
  },

  getTransfer: async ({ ledger }, { params: { id } }) => {
    const entry = await ledger.transferEntry(id);
    if (entry?.event.type !== 'transfer.booked') throw notFound(`transfer ${id}`);
    return transferView(entry.number, entry.event);
  },

  getAddress: async (coordinator, { params, query }): Promise<AddressInfo> => {
    const address = parseAddress(params.address, query.checksum ?? 'required');
    const { ledger, node } = coordinator;
    const row = ledger.state.get('addresses', address);
    const isHanded = row !== undefined && row.status !== 'pooled';
    const { reasons, spent } = await reasonsNotToPay(coordinator, address);
    const [balance] = await node.balances([address]);
    if (!isHanded && balance === null) throw disputed("the address's balance");
    return {
      kind: isHanded ? kindOf(ledger.state, row) : 'none',
      userId: row?.userId ?? null,
      spent,
      balance: (isHanded ? row.balance : (balance ?? 0n)).toString(),
      withdrawable: reasons.length === 0,
      reasons,
      quarantine: row?.quarantine ?? null,
    };
  },
};
