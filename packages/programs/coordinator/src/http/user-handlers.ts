/** Users, deposit addresses, deposits and history. */
import type { DepositAddress, HistoryEntry } from '@airlock/api';
import { parseAddress, withChecksum } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { activeHotKeyrings, addressProofOf, assertActive, needKeyring } from '../keyrings.ts';
import { isAssignable } from '../ledger/apply.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import type { AddressRow, HistoryRow, UserRow } from '../ledger/rows.ts';
import { decodeRow } from '../ledger/state.ts';
import { keyOf, rangeOf } from '../store/store.ts';
import { executeOnce, type Handlers, pageOf } from './handler.ts';
import type { IdempotentCall } from './idempotency.ts';
import { depositView, detectedView, userView } from './views.ts';

export function needUser({ ledger }: Coordinator, id: string): UserRow {
  const user = ledger.state.get('users', id);
  if (user !== undefined) return user;
  throw new CoordinatorError('user_unknown', `there is no user ${id}`, {
    next: 'create the user with POST /v1/users',
  });
}

/**
 * The next pooled address of a kind: of the keyring named, else of the active hot one that was paired
 * first. Never of another: a keyring that is paired later must not get deposits because nobody said where to.
 */
export function nextAddress(
  coordinator: Coordinator,
  kind: AddressRow['kind'],
  keyringId: string | undefined,
): AddressRow {
  const { pools } = coordinator;
  const keyring =
    keyringId === undefined
      ? activeHotKeyrings(coordinator)[0]
      : needKeyring(coordinator, keyringId);
  if (keyring !== undefined) assertActive(keyring);
  const [row] = keyring === undefined ? [] : pools.next({ keyringId: keyring.id, kind }, 1);
  if (row !== undefined) return row;
  throw new CoordinatorError('pool_empty', `no prepared ${kind} address is left`, {
    next: 'have the signer make a batch and import it with POST /v1/address-batches',
  });
}

/** An address that was handed out before this coordinator was restored from an older backup. */
async function claimAddress(
  coordinator: Coordinator,
  { userId, text, call }: { userId: string; text: string; call: IdempotentCall | null },
): Promise<DepositAddress> {
  const address = parseAddress(text);
  const unknown = new CoordinatorError('address_unknown', 'the address is not free for this user', {
    next: 'import the address batch that holds it, or check whose it is with GET /v1/addresses/{address}',
  });
  const known = coordinator.ledger.state.get('addresses', address);
  if (known === undefined) throw unknown;
  const proof = addressProofOf(coordinator, known);
  return executeOnce(coordinator, { call, status: 201 }, ({ draft, record }) => {
    const row = draft.get('addresses', address) ?? known;
    if (row.userId === userId) return depositAddressView(row, proof);
    if (!isAssignable(row)) throw unknown;
    record({ type: 'address.assigned', address, userId });
    return depositAddressView(draft.get('addresses', address) ?? row, proof);
  });
}

function depositAddressView(row: AddressRow, proof: string): DepositAddress {
  const { address, status, keyringId, securityLevel } = row;
  return {
    address: withChecksum(address),
    status: status === 'retired' ? 'retired' : 'active',
    keyringId,
    securityLevel,
    proof,
  };
}

function historyView(row: HistoryRow): HistoryEntry {
  return {
    ...row,
    amount: row.amount.toString(),
    balanceAfter: row.balanceAfter.toString(),
    at: new Date(row.at).toISOString(),
  };
}

export const userHandlers: Handlers<
  | 'createUser'
  | 'getUser'
  | 'createDepositAddress'
  | 'listDepositAddresses'
  | 'listHistory'
  | 'listDeposits'
> = {
  createUser: ({ ledger }, { body: { id } }) =>
    ledger.execute(({ draft, record }) => {
      if (draft.get('users', id) !== undefined) {
        throw new CoordinatorError('user_exists', `user ${id} exists already`, {
          next: 'nothing needs to be done, or choose another id',
        });
      }
      record({ type: 'user.created', userId: id });
      return userView({ id, available: 0n, pendingDeposits: 0n, pendingWithdrawals: 0n });
    }),

  getUser: async (coordinator, { params: { id } }) => userView(needUser(coordinator, id)),

  createDepositAddress: async (coordinator, { params: { id }, body, call }) => {
    needUser(coordinator, id);
    if (body.address !== undefined) {
      return claimAddress(coordinator, { userId: id, text: body.address, call });
    }
    const row = nextAddress(coordinator, 'deposit', body.keyringId);
    const proof = addressProofOf(coordinator, row);
    return executeOnce(coordinator, { call, status: 201 }, ({ record }) => {
      record({ type: 'address.assigned', address: row.address, userId: id });
      return depositAddressView({ ...row, status: 'active' }, proof);
    });
  },

  listDepositAddresses: async (coordinator, { params: { id }, query }) => {
    needUser(coordinator, id);
    const { status } = query;
    const withStatus = status === undefined ? [] : [{ index: 'addresses', name: status } as const];
    const page = pageOf(coordinator, [{ index: 'addressesOf', name: id } as const, ...withStatus], {
      query,
      viewOf: (row) => row,
    });
    const data: DepositAddress[] = [];
    for (const row of page.data) {
      data.push(depositAddressView(row, addressProofOf(coordinator, row)));
    }
    return { data, nextCursor: page.nextCursor };
  },

  listHistory: async (coordinator, { params: { id }, query: { limit, after } }) => {
    needUser(coordinator, id);
    const range = rangeOf('history', id);
    const from = after === undefined ? range.from : `${keyOf('history', id, after)}\u0000`;
    const data: HistoryEntry[] = [];
    let cursor: string | null = null;
    for await (const [key, value] of coordinator.store.entries({
      ...range,
      from,
      limit: limit + 1,
    })) {
      if (data.length === limit) return { data, nextCursor: cursor };
      data.push(historyView(decodeRow<HistoryRow>(value)));
      cursor = key.slice(range.from.length);
    }
    return { data, nextCursor: null };
  },

  listDeposits: async (coordinator, { query }) => {
    const { userId, status } = query;
    const { detected } = coordinator;
    const ofUser = userId === undefined ? [] : [{ index: 'depositsOf', name: userId } as const];
    const page = pageOf(
      coordinator,
      [{ index: 'deposits', name: status ?? ALL_ROWS } as const, ...ofUser],
      { query, viewOf: depositView },
    );
    const isFirstPage = query.after === undefined && (status ?? 'detected') === 'detected';
    const fresh = isFirstPage
      ? [...detected.values()].filter((deposit) => (userId ?? deposit.userId) === deposit.userId)
      : [];
    return { ...page, data: [...fresh.map(detectedView), ...page.data] };
  },
};
