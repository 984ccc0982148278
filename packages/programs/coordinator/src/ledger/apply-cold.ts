/**
 * The ledger's rules for cold money: hub addresses that are set aside, brought back, or spent by a cold
 * order. Nothing here moves money: it stays on its addresses, and in the equation.
 */
import type { KeySource } from '@airlock/gap';
import type { JournalEvent } from '@airlock/journal';
import { isAwaited, LedgerViolation, need } from './booking.ts';
import { type AddressRow, type ColdOrderRow, SURRENDERED } from './rows.ts';
import type { Draft, View } from './state.ts';

type ColdEvent = Extract<
  JournalEvent,
  {
    type:
      | 'custody.opened'
      | 'custody.received'
      | 'bring-back.opened'
      | 'bring-back.done'
      | 'cold-order.cancelled'
      | 'cold-spend.opened';
  }
>;
type EventOf<T extends ColdEvent['type']> = Extract<ColdEvent, { type: T }>;

const NO_SLIP = {
  addresses: [],
  amounts: [],
  slipDigest: '',
  copies: [],
  custodyId: null,
  sweepId: null,
};

function open(
  draft: Draft,
  order: Omit<ColdOrderRow, 'number' | 'createdAt'> & { readonly createdAt?: number },
): void {
  if (draft.get('coldOrders', order.id) !== undefined) {
    throw new LedgerViolation(`cold order ${order.id} exists already`);
  }
  const number = draft.head.number + 1;
  draft.set('coldOrders', order.id, { createdAt: draft.at, ...order, number });
}

function needOrder(
  draft: Draft,
  id: string,
  expected: Pick<ColdOrderRow, 'type' | 'status'>,
): ColdOrderRow {
  const order = need(draft.get('coldOrders', id), `cold order ${id}`);
  if (order.type !== expected.type || order.status !== expected.status) {
    throw new LedgerViolation(`cold order ${id} is a ${order.type} that is ${order.status}`);
  }
  return order;
}

/** Why a hub address cannot be set aside, or null. */
export function obstacleToCustody(
  view: Pick<Draft, 'get'>,
  { kind, status, quarantine, custody, fundedBy }: AddressRow,
): string | null {
  if (kind !== 'hub') return 'it is a deposit address: only hub addresses are set aside';
  if (status !== 'active') return `it is ${status}`;
  if (custody !== null) return 'it is set aside already';
  if (quarantine !== null) return 'it is in quarantine';
  // Until then the bundle may be asked for again, which takes the UUID.
  return isAwaited(view, fundedBy) ? 'the sweep that pays to it is not confirmed' : null;
}

/**
 * Spent meanwhile, where a slip opens its order again after a restore: by a sweep that is confirmed, or by
 * a bundle that was forgotten. A request that is under way still takes the UUID.
 */
function isSpent(view: Pick<View, 'get'>, { status, sweepId }: AddressRow): boolean {
  const { status: spending = 'confirmed' } = view.get('sweeps', sweepId ?? '') ?? {};
  return status === 'retired' && spending === 'confirmed';
}

function applyOpened(draft: Draft, event: EventOf<'custody.opened'>): void {
  const { type: _type, orderId: id, ...fields } = event;
  const { keyringId, addresses, amounts } = fields;
  if (addresses.length === 0 || addresses.length !== amounts.length) {
    throw new LedgerViolation('a custody holds an address or more, each with its amount');
  }
  let held = 0;
  for (const address of addresses) {
    const row = need(draft.get('addresses', address), `address ${address}`);
    if (row.keyringId === keyringId && isSpent(draft, row)) continue;
    held += 1;
    const obstacle =
      row.keyringId === keyringId ? obstacleToCustody(draft, row) : 'it is of another keyring';
    if (obstacle !== null) throw new LedgerViolation(`address ${address}: ${obstacle}`);
    draft.set('addresses', address, { ...row, custody: id });
  }
  if (held === 0) throw new LedgerViolation('a custody holds an address that is not spent');
  open(draft, { ...NO_SLIP, ...fields, id, type: 'set-aside', status: 'open' });
}

function applyReceived(draft: Draft, event: EventOf<'custody.received'>): void {
  const order = needOrder(draft, event.orderId, { type: 'set-aside', status: 'open' });
  draft.set('coldOrders', order.id, { ...order, status: 'in-custody', copies: event.copies });
}

/** An address that an order has set aside and nobody has spent from or brought back. */
export function isHeld({ status, custody }: AddressRow, orderId: string): boolean {
  return status === 'active' && custody === orderId;
}

function needHeld(draft: Draft, address: string, custodyId: string): AddressRow {
  const row = need(draft.get('addresses', address), `address ${address}`);
  if (isHeld(row, custodyId)) return row;
  throw new LedgerViolation(`address ${address} is not in the custody of ${custodyId}`);
}

function applyBringBack(draft: Draft, event: EventOf<'bring-back.opened'>): void {
  const { type: _type, orderId: id, custodyId, addresses, reference } = event;
  const custody = needOrder(draft, custodyId, { type: 'set-aside', status: 'in-custody' });
  if (addresses.length === 0) throw new LedgerViolation('a bring-back has an address or more');
  for (const address of addresses) needHeld(draft, address, custodyId);
  const { keyringId } = custody;
  const fields = { id, keyringId, addresses, custodyId, reference };
  open(draft, { ...NO_SLIP, ...fields, type: 'bring-back', status: 'open' });
}

function applyBroughtBack(draft: Draft, { orderId }: EventOf<'bring-back.done'>): void {
  const order = needOrder(draft, orderId, { type: 'bring-back', status: 'open' });
  for (const address of order.addresses) {
    const row = needHeld(draft, address, order.custodyId ?? '');
    draft.set('addresses', address, { ...row, custody: null });
  }
  draft.set('coldOrders', orderId, { ...order, status: 'done' });
}

function applyCancelled(draft: Draft, { orderId }: EventOf<'cold-order.cancelled'>): void {
  const order = need(draft.get('coldOrders', orderId), `cold order ${orderId}`);
  if (order.status !== 'open') {
    throw new LedgerViolation(`cold order ${orderId} is ${order.status}`);
  }
  draft.set('coldOrders', orderId, { ...order, status: 'cancelled' });
  if (order.type !== 'set-aside') return;
  for (const address of order.addresses) {
    const row = need(draft.get('addresses', address), `address ${address}`);
    if (isHeld(row, orderId)) draft.set('addresses', address, { ...row, custody: null });
  }
}

function applySpend(draft: Draft, event: EventOf<'cold-spend.opened'>): void {
  const { type: _type, orderId: id, ...fields } = event;
  need(draft.get('keyrings', event.keyringId), `keyring ${event.keyringId}`);
  open(draft, { ...NO_SLIP, ...fields, id, type: 'spend', status: 'done' });
}

/** How a request names the key of an address in custody: by its place in the slip. */
export function placeInSlip(
  view: Pick<Draft, 'get'>,
  orderId: string,
  address: string,
): Extract<KeySource, { kind: 'slip' }> {
  const { slipDigest, addresses } = need(view.get('coldOrders', orderId), `cold order ${orderId}`);
  return { kind: 'slip', slipDigest, index: addresses.indexOf(address) };
}

/** Whether only a cold order may spend from an address. */
export function isCold(view: Pick<Draft, 'get'>, { custody, keyringId }: AddressRow): boolean {
  return custody !== null || view.get('keyrings', keyringId)?.purpose === 'cold';
}

/**
 * A sweep spends cold addresses exactly if a cold order asks for it, and from a custody only once its
 * slip is known to be good.
 */
export function assertColdness(draft: Draft, row: AddressRow, orderId: string | null): void {
  const { address, custody } = row;
  if (isCold(draft, row) !== (orderId !== null)) {
    const fault = orderId === null ? 'is cold' : 'is not cold';
    throw new LedgerViolation(`address ${address} ${fault}`);
  }
  if (custody === null) return;
  if (custody === SURRENDERED || draft.get('coldOrders', custody)?.status !== 'in-custody') {
    throw new LedgerViolation(
      `address ${address} is not in custody yet, or its seed is given away`,
    );
  }
}

export function applyColdEvent(draft: Draft, event: ColdEvent): void {
  switch (event.type) {
    case 'custody.opened':
      applyOpened(draft, event);
      break;
    case 'custody.received':
      applyReceived(draft, event);
      break;
    case 'bring-back.opened':
      applyBringBack(draft, event);
      break;
    case 'bring-back.done':
      applyBroughtBack(draft, event);
      break;
    case 'cold-order.cancelled':
      applyCancelled(draft, event);
      break;
    case 'cold-spend.opened':
      applySpend(draft, event);
  }
}
