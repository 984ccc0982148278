/** Cold orders and hub addresses as the API shows them. */
import type { ColdOrder, HubAddress } from '@airlock/api';
import { wordsOf } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { isCold, isHeld, obstacleToCustody } from '../ledger/apply-cold.ts';
import { type AddressRow, type ColdOrderRow, SURRENDERED } from '../ledger/rows.ts';
import type { LedgerState, View } from '../ledger/state.ts';
import { totalOf } from '../ledger/sums.ts';

/** What became of an address that an order names. */
function stateOf(row: AddressRow, orderId: string): ColdOrder['addresses'][number]['state'] {
  if (row.custody === SURRENDERED) return 'surrendered';
  if (row.status === 'retired') return 'spent';
  return isHeld(row, orderId) ? 'held' : 'free';
}

type OlderFile = ColdOrder['olderFiles'][number];

/** Files that were made before and hold the UUIDs of a custody, wherever they are kept. */
function olderFiles(state: LedgerState, order: ColdOrderRow): OlderFile[] {
  const rows = order.addresses.flatMap((address) => state.get('addresses', address) ?? []);
  const batches = [...new Set(rows.map(({ batch }) => batch))].sort((a, b) => a - b);
  const funding = new Set(rows.flatMap(({ fundedBy }) => fundedBy ?? []));
  const requests = [...state.find([{ index: 'requestsOf', name: order.keyringId }])].filter(
    ({ sweepIds }) => sweepIds.some((id) => funding.has(id)),
  );
  const slips = [...state.find([{ index: 'coldOrders', name: 'set-aside' }])].filter(
    ({ id, addresses }) =>
      id !== order.id && addresses.some((each) => order.addresses.includes(each)),
  );
  const at = new Date(order.createdAt).toISOString();
  return [
    ...batches.map((batch) => ({
      type: 'address-batch' as const,
      what: `batch ${batch} of keyring ${order.keyringId}: its file, and the codes it came by`,
    })),
    ...requests.map(({ id }) => ({
      type: 'signing-request' as const,
      what: `request ${id}: its file and codes, and the signer's stored copy`,
    })),
    ...slips.map(({ id }) => ({
      type: 'custody-slip' as const,
      what: `the slip of ${id}: every copy of it`,
    })),
    {
      type: 'backup',
      what: `every backup and copy of the data folder that was begun before the receipt came, in particular those of before ${at}`,
    },
    {
      type: 'signer-home',
      what: `the home of the signer of ${order.keyringId}, which knows the UUIDs of all addresses that it has issued`,
    },
  ];
}

/**
 * @param view the state, or the draft of the command that has just changed it
 * @param state for what no command changes here
 */
export function coldOrderView(
  row: ColdOrderRow,
  view: Pick<View, 'get'>,
  state: LedgerState,
): ColdOrder {
  const { id, type, status, keyringId, copies, custodyId, sweepId, reference, slipDigest } = row;
  // A bring-back names addresses of the custody that it undoes.
  const holder = custodyId ?? id;
  const addresses = row.addresses.flatMap((address) => view.get('addresses', address) ?? []);
  const held = addresses.filter((each) => isHeld(each, holder));
  return {
    id,
    type,
    status,
    keyringId,
    addresses: addresses.map((each) => ({
      address: withChecksum(each.address),
      balance: each.balance.toString(),
      state: stateOf(each, holder),
    })),
    held: totalOf(held).toString(),
    slipWords: slipDigest === '' ? [] : wordsOf(slipDigest),
    copies: [...copies],
    custodyId,
    sweepId,
    requestId: view.get('sweeps', sweepId ?? '')?.requestId ?? null,
    reference,
    createdAt: new Date(row.createdAt).toISOString(),
    olderFiles: type === 'set-aside' && status !== 'cancelled' ? olderFiles(state, row) : [],
  };
}

export function hubAddressView(state: LedgerState, row: AddressRow): HubAddress {
  const { address, keyringId, balance, custody } = row;
  return {
    address: withChecksum(address),
    keyringId,
    balance: balance.toString(),
    temperature: isCold(state, row) ? 'cold' : 'hot',
    custodyId: custody === SURRENDERED ? null : custody,
    obstacle: custody === SURRENDERED ? 'its seed was given away' : obstacleToCustody(state, row),
  };
}
