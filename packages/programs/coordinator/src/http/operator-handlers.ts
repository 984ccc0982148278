/** The operator's own money, decisions about odd addresses and blocked payouts, and alarms. */
import type { AlarmView, Correction, TopUp } from '@airlock/api';
import { ALARMS, type AlarmName } from '@airlock/journal';
import { parseAddress, withChecksum } from '@airlock/protocol';
import { clearByHand } from '../alarms.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { addressProofOf } from '../keyrings.ts';
import { alarmKey } from '../ledger/apply.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import type { AddressRow, AlarmRow } from '../ledger/rows.ts';
import { DepositMonitor } from '../tangle/monitor.ts';
import { reconcile } from '../tangle/reconciliation.ts';
import { findUnbooked } from '../tangle/unbooked.ts';
import { executeOnce, type Handlers, notFound, paginate } from './handler.ts';
import type { IdempotentCall } from './idempotency.ts';
import { cancelWithdrawal, queueWithdrawal, replaceWithdrawal } from './money-handlers.ts';
import { nextAddress } from './user-handlers.ts';

/** Differences named in one reply. */
const DIFFERENCES_MAX = 1000;

async function openTopUp(
  coordinator: Coordinator,
  body: { readonly keyringId?: string | undefined; readonly reference?: string | undefined },
  call: IdempotentCall | null,
): Promise<TopUp> {
  const row = nextAddress(coordinator, 'hub', body.keyringId);
  const { address, keyringId } = row;
  const proof = addressProofOf(coordinator, row);
  const reference = body.reference ?? null;
  return executeOnce(coordinator, { call, status: 201 }, ({ record }) => {
    record({ type: 'top-up.opened', address, reference });
    return { address: withChecksum(address), keyringId, reference, proof };
  });
}

/** Makes the ledger say what the nodes say of an address; the operator bears the difference. */
async function correct(
  coordinator: Coordinator,
  { text, reason, call }: { text: string; reason: string; call: IdempotentCall | null },
): Promise<Correction> {
  const { ledger, node } = coordinator;
  const address = parseAddress(text);
  const monitor = new DepositMonitor(coordinator);
  // What came to it and is not booked yet is somebody's: no difference for the operator.
  if (ledger.state.get('addresses', address) !== undefined) await monitor.look([address]);
  const before = ledger.state.get('addresses', address);
  if (before === undefined || before.status === 'pooled') {
    throw new CoordinatorError('address_unknown', 'the address is none of ours in use', {
      next: 'see GET /v1/quarantined-addresses and GET /v1/ledger/reconciliation',
    });
  }
  const [held] = await node.balances([address]);
  if (held === undefined || held === null) {
    throw new CoordinatorError('node_unavailable', 'the nodes do not agree about the address now', {
      next: 'repeat the call when they do; see /readyz',
    });
  }
  // So is what was confirmed before that answer and after the look: then the row has changed.
  await monitor.look([address]);
  // What a bundle of ours has paid is booked with that bundle, once its confirmation is noticed.
  const bundle = held > before.balance ? await findUnbooked(coordinator, address) : null;
  if (bundle !== null) {
    throw new CoordinatorError(
      'state_changed',
      `bundle ${bundle}, not booked yet, has paid to it`,
      {
        next: 'repeat the call when that bundle is booked: GET /v1/sweeps/{bundleHash}, GET /v1/alarms',
      },
    );
  }
  return executeOnce(coordinator, { call, status: 201 }, ({ draft, record }) => {
    const row = draft.get('addresses', address) ?? before;
    if (row.balance !== before.balance) {
      throw new CoordinatorError('state_changed', 'money was booked on the address meanwhile', {
        next: 'repeat the call',
      });
    }
    const amount = held - row.balance;
    if (amount === 0n) {
      throw new CoordinatorError('nothing_to_correct', `nodes and ledger say ${held} i`, {
        next: 'nothing needs to be done',
      });
    }
    record({ type: 'balance.corrected', address, amount, reason });
    if (row.quarantine !== null) record({ type: 'address.released', address, reason });
    return {
      address: withChecksum(address),
      amount: amount.toString(),
      balance: held.toString(),
    };
  });
}

function alarmView({ alarm, subject, detail, raisedAt, clearedAt }: AlarmRow): AlarmView {
  const timeOf = (at: number): string => new Date(at).toISOString();
  const cleared = clearedAt === null ? null : timeOf(clearedAt);
  return { alarm, subject, detail, raisedAt: timeOf(raisedAt), clearedAt: cleared };
}

function parseAlarm(text: string): AlarmName {
  const alarm = ALARMS.find((name) => name === text);
  if (alarm === undefined) throw notFound(`alarm ${text}`);
  return alarm;
}

export const operatorHandlers: Handlers<
  | 'createTopUp'
  | 'createOperatorWithdrawal'
  | 'cancelOperatorWithdrawal'
  | 'replaceWithdrawal'
  | 'correctBalance'
  | 'listQuarantinedAddresses'
  | 'listAlarms'
  | 'clearAlarm'
  | 'getReconciliation'
> = {
  createTopUp: (coordinator, { body, call }) => openTopUp(coordinator, body, call),

  createOperatorWithdrawal: (coordinator, { body, call }) =>
    queueWithdrawal(coordinator, { ...body, userId: null }, call),

  cancelOperatorWithdrawal: (coordinator, { params: { id }, call }) =>
    cancelWithdrawal(coordinator, { id, isOperators: true, call }),

  replaceWithdrawal: (coordinator, { params: { id }, body: { reason }, call }) =>
    replaceWithdrawal(coordinator, { id, reason, call }),

  correctBalance: (coordinator, { params, body: { reason }, call }) =>
    correct(coordinator, { text: params.address, reason, call }),

  listQuarantinedAddresses: async ({ ledger }, { query }) => {
    const rows = [...ledger.state.find([{ index: 'quarantined', name: ALL_ROWS }])];
    return paginate(rows, query, {
      cursorOf: ({ address }: AddressRow) => address,
      viewOf: ({ address, kind, userId, balance, quarantine }) => ({
        address: withChecksum(address),
        kind,
        userId,
        balance: balance.toString(),
        reason: quarantine ?? '',
      }),
    });
  },

  listAlarms: async ({ ledger }, { query }) => {
    const isCleared = query.status === 'cleared';
    const cursorOf = ({ alarm, subject }: AlarmRow): string => alarmKey(alarm, subject);
    const rows = [...ledger.state.rows('alarms')]
      .filter(({ clearedAt }) => (clearedAt !== null) === isCleared)
      .sort((a, b) => (cursorOf(a) < cursorOf(b) ? -1 : 1));
    return paginate(rows, query, { cursorOf, viewOf: alarmView });
  },

  clearAlarm: async (coordinator, { body: { alarm: text, subject } }) => {
    const alarm = parseAlarm(text);
    await clearByHand(coordinator, { alarm, subject });
    const row = coordinator.ledger.state.get('alarms', alarmKey(alarm, subject));
    if (row === undefined) throw new TypeError('a cleared alarm has no row');
    return alarmView(row);
  },

  getReconciliation: async (coordinator) => {
    const { ledger, nodes, differences, at, ...counts } = await reconcile(coordinator);
    return {
      ...counts,
      at: new Date(at).toISOString(),
      ledger: ledger.toString(),
      nodes: nodes.toString(),
      differences: differences.slice(0, DIFFERENCES_MAX).map(({ row, held }) => ({
        address: withChecksum(row.address),
        ledger: row.balance.toString(),
        nodes: held.toString(),
        status: row.status,
        quarantined: row.quarantine !== null,
      })),
    };
  },
};
