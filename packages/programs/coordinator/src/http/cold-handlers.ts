/** Cold storage: hub addresses, orders, slips, receipts, proposals. */
import { type ColdOrder, FILE_TYPE, type Media, type NewColdOrder } from '@airlock/api';
import { openCustodySlip, openEnvelope } from '@airlock/gap';
import { formatAmount, parseAmount, withChecksum } from '@airlock/protocol';
import { openBringBack, takeSlip } from '../cold/bring-back.ts';
import { openSpend, repeatSpend } from '../cold/cold-spend.ts';
import { coldOrderView, hubAddressView } from '../cold/cold-view.ts';
import { cancelOrder, custodySlip, needOrder, openCustody, takeReceipt } from '../cold/custody.ts';
import { houseMoney, proposalsOf } from '../cold/reserve.ts';
import type { Coordinator } from '../coordinator.ts';
import { isCold } from '../ledger/apply-cold.ts';
import { need } from '../ledger/booking.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import type { Command } from '../ledger/ledger.ts';
import type { AddressRow } from '../ledger/rows.ts';
import { codesOf, sheetOf } from '../light/codes.ts';
import type { Operation } from '../store/store.ts';
import { withdrawalIdOf } from '../withdrawal-id.ts';
import { type Handlers, pageOf, paginate } from './handler.ts';
import type { IdempotentCall } from './idempotency.ts';

/** The order as it stands in the command that has just changed it. */
function orderIn({ ledger }: Coordinator, { draft }: Command, id: string): ColdOrder {
  const row = need(draft.get('coldOrders', id), `cold order ${id}`);
  return coldOrderView(row, draft, ledger.state);
}

function orderNow(coordinator: Coordinator, id: string): ColdOrder {
  const { state } = coordinator.ledger;
  return coldOrderView(needOrder(coordinator, id), state, state);
}

/** Keeps the reply under the call's key, in the command that it is the reply of. */
function stored(call: IdempotentCall | null, body: ColdOrder): Operation {
  if (call === null) throw new TypeError('the route requires an idempotency key');
  return call.store({ status: 201, body });
}

async function createOrder(
  coordinator: Coordinator,
  body: NewColdOrder,
  call: IdempotentCall | null,
): Promise<ColdOrder> {
  const replyIn = (command: Command, id: string): ColdOrder => {
    const view = orderIn(coordinator, command, id);
    command.write(stored(call, view));
    return view;
  };
  const reference = body.reference ?? null;
  if (body.type === 'set-aside') {
    const amount = body.amount === undefined ? undefined : parseAmount(body.amount);
    return openCustody(coordinator, { ...body, amount, reference }, replyIn);
  }
  if (body.type === 'bring-back') {
    const { custodyId, addresses } = body;
    return openBringBack(coordinator, { custodyId, addresses, reference }, replyIn);
  }
  const payouts = body.payouts?.map((payout, place) => {
    return { ...payout, id: payout.id ?? withdrawalIdOf(call, place) };
  });
  let orderId = '';
  await openSpend(coordinator, { ...body, payouts }, (id) => (_made, command) => {
    orderId = id;
    return stored(call, orderIn(coordinator, command, id));
  });
  return orderNow(coordinator, orderId);
}

/** What a printed slip says beside its codes: all that it holds, should no code be readable one day. */
function slipLines(coordinator: Coordinator, id: string, file: Uint8Array): string[] {
  const { slip } = openCustodySlip(file, [coordinator.identity.publicKey]);
  const view = orderNow(coordinator, id);
  return [
    `custody slip of cold order ${id}, keyring ${slip.keyringId}, network ${slip.network}`,
    `made ${view.createdAt}; words: ${view.slipWords.join(' ').toUpperCase()}`,
    'Whoever has this sheet and the salt has this money. Keep it like a key; never photograph it with a phone.',
    '',
    ...slip.addresses.flatMap(({ address, amount, securityLevel, uuid }, place) => [
      `${String(place).padStart(3)}  ${withChecksum(address)}`,
      `     level ${securityLevel}, ${formatAmount(amount)}`,
      `     UUID ${uuid}`,
    ]),
  ];
}

export const coldHandlers: Handlers<
  | 'listHubAddresses'
  | 'listColdProposals'
  | 'createColdOrder'
  | 'listColdOrders'
  | 'getColdOrder'
  | 'getCustodySlip'
  | 'importCustodySlip'
  | 'importCustodyReceipt'
  | 'cancelColdOrder'
  | 'repeatColdSpend'
> = {
  listHubAddresses: async ({ ledger: { state } }, { query }) => {
    const { temperature } = query;
    const rows = [...houseMoney(state)]
      .filter((row) => temperature === undefined || isCold(state, row) === (temperature === 'cold'))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
    return paginate(rows, query, {
      cursorOf: ({ address }: AddressRow) => address,
      viewOf: (row) => hubAddressView(state, row),
    });
  },

  listColdProposals: async ({ ledger, settings }) => ({
    data: proposalsOf(ledger.state, { reserve: settings.reserve, shownAs: withChecksum }),
  }),

  createColdOrder: (coordinator, { body, call }) => createOrder(coordinator, body, call),

  listColdOrders: async (coordinator, { query }) => {
    const { state } = coordinator.ledger;
    return pageOf(coordinator, [{ index: 'coldOrders', name: query.type ?? ALL_ROWS }], {
      query,
      viewOf: (row) => coldOrderView(row, state, state),
    });
  },

  getColdOrder: async (coordinator, { params: { id } }) => orderNow(coordinator, id),

  getCustodySlip: async (coordinator, { params: { id }, query }): Promise<Media> => {
    const bytes = custodySlip(coordinator, id);
    const { format = 'file', ...codes } = query;
    if (format === 'file') return { contentType: FILE_TYPE, bytes };
    if (format !== 'print') return codesOf(bytes, { ...codes, format });
    const title = `Airlock ${openEnvelope(bytes).type}`;
    return sheetOf(bytes, codes, { title, lines: slipLines(coordinator, id, bytes) });
  },

  importCustodySlip: async (coordinator, { params: { id }, body }) => {
    await takeSlip(coordinator, id, body);
    return orderNow(coordinator, id);
  },

  importCustodyReceipt: async (coordinator, { params: { id }, body }) => {
    await takeReceipt(coordinator, body, id);
    return orderNow(coordinator, id);
  },

  cancelColdOrder: async (coordinator, { params: { id } }) => {
    await cancelOrder(coordinator, id);
    return orderNow(coordinator, id);
  },

  repeatColdSpend: async (coordinator, { params: { id }, call }) => {
    await repeatSpend(coordinator, id, (_made, command) =>
      stored(call, orderIn(coordinator, command, id)),
    );
    return orderNow(coordinator, id);
  },
};
