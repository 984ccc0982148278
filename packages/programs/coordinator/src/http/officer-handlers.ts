/** Keyrings, address batches, signing requests and responses, sweeps. */
import type { SigningRequestView, SweepState } from '@airlock/api';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { importAddressBatch, needKeyring, pairingCard, pairKeyring } from '../keyrings.ts';
import { isAbandonable } from '../ledger/apply-sweep.ts';
import { need } from '../ledger/booking.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import type { Command } from '../ledger/ledger.ts';
import { type RequestRow, ZERO_TOTALS } from '../ledger/rows.ts';
import { exportRecord, importRecord } from '../signing/record-exports.ts';
import { importResponse } from '../signing/responses.ts';
import {
  createRequest,
  type DraftedRequest,
  needRequest,
  requestFile,
} from '../signing/signing.ts';
import { importVoidReceipt, requestVoid, voidDigestOf, voidFile } from '../signing/voids.ts';
import { DepositMonitor } from '../tangle/monitor.ts';
import { bookForgotten } from '../tangle/recovery.ts';
import { executeOnce, type Handlers, notFound, pageOf, paginate } from './handler.ts';
import { keyringView, poolView, signingRequestView, sweepView } from './views.ts';

const SWEEPS_DEFAULT = 32;
const INPUTS_DEFAULT = 20;

async function switchKeyring(
  coordinator: Coordinator,
  keyringId: string,
  state: 'active' | 'suspended',
): Promise<ReturnType<typeof keyringView>> {
  const row = needKeyring(coordinator, keyringId);
  if (row.state !== state) {
    await coordinator.ledger.execute(({ record }) =>
      record({ type: 'keyring.switched', keyringId, state }),
    );
  }
  return keyringView(coordinator, needKeyring(coordinator, keyringId));
}

export const keyringHandlers: Handlers<
  | 'getPairingCard'
  | 'pairKeyring'
  | 'listKeyrings'
  | 'getKeyring'
  | 'suspendKeyring'
  | 'activateKeyring'
  | 'importAddressBatch'
  | 'getKeyringRecord'
  | 'importRecordExport'
> = {
  getPairingCard: async (coordinator) => pairingCard(coordinator),

  pairKeyring: async (coordinator, { query, body }) => {
    const id = await pairKeyring(coordinator, body, query.purpose);
    return keyringView(coordinator, needKeyring(coordinator, id));
  },

  listKeyrings: async (coordinator, { query }) => {
    const rows = [...coordinator.ledger.state.rows('keyrings')].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
    return paginate(rows, query, {
      cursorOf: ({ id }) => id,
      viewOf: (row) => keyringView(coordinator, row),
    });
  },

  getKeyring: async (coordinator, { params: { id } }) =>
    keyringView(coordinator, needKeyring(coordinator, id)),

  suspendKeyring: (coordinator, { params: { id } }) => switchKeyring(coordinator, id, 'suspended'),

  activateKeyring: (coordinator, { params: { id } }) => switchKeyring(coordinator, id, 'active'),

  importAddressBatch: async (coordinator, { body }) => {
    const imported = await importAddressBatch(coordinator, body);
    const pool = poolView(coordinator, needKeyring(coordinator, imported.keyringId));
    return { ...imported, pool };
  },

  getKeyringRecord: (coordinator, { params: { id } }) => exportRecord(coordinator, id),

  importRecordExport: (coordinator, { body }) => importRecord(coordinator, body),
};

function sweepStates({ ledger }: Coordinator, sweepIds: readonly string[]): SweepState[] {
  return sweepIds.map((bundleHash) => ({
    bundleHash,
    status: ledger.state.get('sweeps', bundleHash)?.status ?? 'planned',
  }));
}

function draftedView(
  keyringId: string,
  { requestId, ...drafted }: DraftedRequest,
): SigningRequestView {
  const status = requestId === null ? 'dry-run' : 'outstanding';
  return signingRequestView({ ...drafted, id: requestId, keyringId, status, voidDigest: '' });
}

function requestView(coordinator: Coordinator, row: RequestRow): SigningRequestView {
  const sweeps = row.sweepIds.flatMap((id) => {
    const sweep = coordinator.ledger.state.get('sweeps', id);
    return sweep === undefined ? [] : [{ ...sweep, hash: id }];
  });
  const { id, sequence, keyringId, status, digest, voidings } = row;
  const voidDigest = voidings.length === 0 ? '' : voidDigestOf(coordinator, id);
  const fields = { id, sequence, keyringId, status, digest, voidDigest };
  return signingRequestView({ ...fields, sweeps, leftOut: [] });
}

export const signingHandlers: Handlers<
  | 'createSigningRequest'
  | 'listSigningRequests'
  | 'getSigningRequest'
  | 'getSigningRequestFile'
  | 'importSigningResponse'
  | 'voidSigningRequest'
  | 'getVoidFile'
  | 'importVoidReceipt'
  | 'listSweeps'
  | 'getSweep'
  | 'abandonSweep'
  | 'bookForgottenBundle'
> = {
  createSigningRequest: async (coordinator, { body, call }) => {
    const { keyringId, maxSweeps = SWEEPS_DEFAULT, maxInputs = INPUTS_DEFAULT } = body;
    const drafted = await createRequest(coordinator, {
      keyringId,
      limits: { maxSweeps, maxInputs },
      dryRun: body.dryRun ?? false,
      alsoWrite: (made) => {
        if (call === null) throw new TypeError('the route requires an idempotency key');
        return call.store({ status: 201, body: draftedView(keyringId, made) });
      },
    });
    return draftedView(keyringId, drafted);
  },

  listSigningRequests: async (coordinator, { query }) =>
    pageOf(coordinator, [{ index: 'requests', name: query.status ?? ALL_ROWS }], {
      query,
      viewOf: (row) => requestView(coordinator, row),
    }),

  getSigningRequest: async (coordinator, { params: { id } }) =>
    requestView(coordinator, needRequest(coordinator, id)),

  getSigningRequestFile: (coordinator, { params: { id } }) => requestFile(coordinator, id),

  importSigningResponse: async (coordinator, { body }) => {
    const { requestId, sweepIds, alreadyImported } = await importResponse(coordinator, body);
    return { requestId, sweeps: sweepStates(coordinator, sweepIds), alreadyImported };
  },

  voidSigningRequest: async (coordinator, { params: { id } }) =>
    requestView(coordinator, await requestVoid(coordinator, id)),

  getVoidFile: async (coordinator, { params: { id } }) => voidFile(coordinator, id),

  importVoidReceipt: async (coordinator, { body }) => {
    const { requestId, sweepIds, alreadyImported } = await importVoidReceipt(coordinator, body);
    return { requestId, sweeps: sweepStates(coordinator, sweepIds), alreadyImported };
  },

  listSweeps: async (coordinator, { query }) =>
    pageOf(coordinator, [{ index: 'sweeps', name: query.status ?? ALL_ROWS }], {
      query,
      viewOf: sweepView,
    }),

  getSweep: async ({ ledger }, { params: { bundleHash } }) => {
    const row = ledger.state.get('sweeps', bundleHash);
    if (row === undefined) throw notFound(`sweep ${bundleHash}`);
    return sweepView(row);
  },

  abandonSweep: async (coordinator, { params: { bundleHash }, body: { reason }, call }) =>
    executeOnce(coordinator, { call, status: 200 }, ({ draft, record }) => {
      const sweep = draft.get('sweeps', bundleHash);
      if (sweep === undefined) throw notFound(`sweep ${bundleHash}`);
      if (!isAbandonable(draft, sweep)) {
        throw new CoordinatorError('not_abandonable', `sweep ${bundleHash} is ${sweep.status}`, {
          next: 'have its request voided first, and import the receipt: POST /v1/signing-requests/{id}/void',
        });
      }
      record({ type: 'sweep.abandoned', sweepId: bundleHash, reason });
      return sweepView(need(draft.get('sweeps', bundleHash), `sweep ${bundleHash}`));
    }),

  bookForgottenBundle: async (coordinator, { params: { bundleHash }, body: { reason }, call }) => {
    const monitor = new DepositMonitor(coordinator);
    const reply = ({ draft, write }: Command): { bundleHash: string; operator: string } => {
      const { operator } = draft.get('totals', '') ?? ZERO_TOTALS;
      const body = { bundleHash, operator: operator.toString() };
      if (call !== null) write(call.store({ status: 201, body }));
      return body;
    };
    const booked = { bundle: bundleHash, reason, reply };
    return bookForgotten(coordinator, booked, (addresses) => monitor.look(addresses));
  },
};
