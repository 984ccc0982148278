/** Statement, stats, API keys, health and the API's own description. */
import { type Health, openApi } from '@airlock/api';
import type { Coordinator } from '../coordinator.ts';
import { difference } from '../ledger/apply.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import { ZERO_TOTALS } from '../ledger/rows.ts';
import { createApiKey, deleteApiKey, listApiKeys } from './authentication.ts';
import { type Handlers, paginate } from './handler.ts';

export const VERSION = '0.1.0';

/** How many rows have which status. */
function countsOf(
  { state }: Coordinator['ledger'],
  index: 'addresses' | 'withdrawals' | 'sweeps',
): Record<string, number> {
  const statuses = state.groupNames(index).filter((name) => name !== ALL_ROWS);
  return Object.fromEntries(statuses.map((name) => [name, state.count({ index, name })]));
}

/** One node that is away leaves the others enough: whether they are, the check `node` says. */
async function readiness({ ledger, node, network }: Coordinator): Promise<Health> {
  let nodeCheck: string;
  try {
    nodeCheck = (await node.isSynced()) ? 'ok' : 'not in sync';
  } catch (cause) {
    nodeCheck = cause instanceof Error ? cause.message : 'unavailable';
  }
  const checks = { store: ledger.poison === null ? 'ok' : 'cannot be written', node: nodeCheck };
  const isReady = Object.values(checks).every((check) => check === 'ok');
  const nodes = node
    .health()
    .map(({ name, state, detail }) => [
      `node ${name}`,
      state === 'ok' ? state : `${state}: ${detail}`,
    ]);
  return {
    status: isReady ? 'ok' : 'unready',
    network,
    checks: { ...checks, ...Object.fromEntries(nodes) },
  };
}

export const adminHandlers: Handlers<
  | 'getStats'
  | 'getStatement'
  | 'getNodes'
  | 'createApiKey'
  | 'listApiKeys'
  | 'deleteApiKey'
  | 'getHealth'
  | 'getReadiness'
  | 'getOpenApi'
> = {
  getStats: async ({ ledger }) => {
    const { state } = ledger;
    const addresses = countsOf(ledger, 'addresses');
    return {
      users: state.size('users'),
      userBalances: (state.get('totals', '') ?? ZERO_TOTALS).users.toString(),
      addresses: {
        pooled: addresses.pooled ?? 0,
        active: addresses.active ?? 0,
        retired: addresses.retired ?? 0,
      },
      withdrawals: countsOf(ledger, 'withdrawals'),
      sweeps: countsOf(ledger, 'sweeps'),
      journalNumber: state.head.number,
    };
  },

  getStatement: async ({ ledger: { state } }) => {
    const totals = state.get('totals', '') ?? ZERO_TOTALS;
    return {
      number: state.head.number,
      assets: totals.assets.toString(),
      users: totals.users.toString(),
      unpaidWithdrawals: totals.unpaidWithdrawals.toString(),
      uncredited: totals.uncredited.toString(),
      quarantined: totals.quarantined.toString(),
      stranded: totals.stranded.toString(),
      operator: totals.operator.toString(),
      difference: difference(totals).toString(),
    };
  },

  getNodes: async ({ node }) => ({
    quorum: node.quorum,
    nodes: node
      .health()
      .map((health) => ({ ...health, since: new Date(health.since).toISOString() })),
  }),

  createApiKey: (coordinator, { body: { role, name } }) =>
    createApiKey(coordinator, { role, name: name ?? role }),

  listApiKeys: async ({ store }, { query }) =>
    paginate(await listApiKeys(store), query, { cursorOf: ({ id }) => id, viewOf: (key) => key }),

  deleteApiKey: async ({ store, streams }, { params: { id } }) => {
    const key = await deleteApiKey(store, id);
    streams.endOf(id);
    return key;
  },

  getHealth: async ({ network }) => ({ status: 'ok', network, checks: {} }),

  getReadiness: readiness,

  getOpenApi: async () => openApi(VERSION),
};
