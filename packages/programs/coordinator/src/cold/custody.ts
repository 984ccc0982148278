/**
 * Custody: hub addresses leave sweeping, their UUIDs cross to the officer in a slip, and are erased here
 * once the signer's receipt says that each address re-derives from the slip.
 */
import { createHash } from 'node:crypto';
import {
  type CustodyReceipt,
  type CustodySlip,
  digestOf,
  openCustodyReceipt,
  openEnvelope,
  SLIP_ADDRESSES_MAX,
  sealCustodySlip,
} from '@airlock/gap';
import { parseAddress, type SecurityLevel, withChecksum } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError, invalidRequest } from '../error.ts';
import { activeHotKeyrings, needKeyring } from '../keyrings.ts';
import { obstacleToCustody } from '../ledger/apply-cold.ts';
import type { Command } from '../ledger/ledger.ts';
import type { AddressRow, ColdOrderRow } from '../ledger/rows.ts';
import { totalOf } from '../ledger/sums.ts';
import { importSignerFile } from '../signing/signer-file.ts';
import { eraseUuid, markPurge, purgeErased, readUuids } from '../vault.ts';
import { hubMoney, keptHot } from './reserve.ts';

export function needOrder({ ledger }: Coordinator, id: string): ColdOrderRow {
  const row = ledger.state.get('coldOrders', id);
  if (row !== undefined) return row;
  throw new CoordinatorError('cold_order_unknown', `there is no cold order ${id}`, {
    next: 'list them with GET /v1/cold-orders',
  });
}

export function drawOrderId({ random }: Coordinator): string {
  return `co_${Buffer.from(random(16)).toString('hex')}`;
}

export function wrongState(message: string, next: string): CoordinatorError {
  return new CoordinatorError('cold_order_state', message, { next });
}

/** Addresses as a call names them: each once. */
export function parseAddresses(texts: readonly string[]): string[] {
  const addresses = texts.map((text) => parseAddress(text));
  const repeated = addresses.findIndex((address, place) => addresses.indexOf(address) !== place);
  if (repeated < 0) return addresses;
  const got = texts[repeated] ?? '';
  throw invalidRequest([{ path: `addresses.${repeated}`, expected: 'each address once', got }]);
}

/** Hub addresses of a keyring that can be set aside now, the largest first. */
function available({ ledger: { state } }: Coordinator, keyringId: string): AddressRow[] {
  const rows = [...state.find([{ index: 'spendable', name: keyringId }])];
  return rows
    .filter((row) => obstacleToCustody(state, row) === null)
    .sort((a, b) => (a.balance > b.balance ? -1 : 1));
}

/** The largest addresses that hold an amount together. @throws CoordinatorError insufficient_balance */
function choose(rows: readonly AddressRow[], amount: bigint): AddressRow[] {
  const chosen: AddressRow[] = [];
  let sum = 0n;
  for (const row of rows) {
    if (sum >= amount) break;
    chosen.push(row);
    sum += row.balance;
  }
  if (sum >= amount) return chosen;
  throw new CoordinatorError('insufficient_balance', `${sum} i are free, ${amount} i are asked`, {
    next: 'ask for less, or wait until sweeps are confirmed; GET /v1/hub-addresses lists what there is',
  });
}

/** The addresses that an order names, each free to be set aside. @throws CoordinatorError cold_order_state */
function named({ ledger: { state } }: Coordinator, addresses: readonly string[]): AddressRow[] {
  return addresses.map((address) => {
    const row = state.get('addresses', address);
    const obstacle = row === undefined ? 'it is none of ours' : obstacleToCustody(state, row);
    if (row !== undefined && obstacle === null) return row;
    throw wrongState(
      `${withChecksum(address)} cannot be set aside: ${obstacle}`,
      'GET /v1/hub-addresses lists what can be',
    );
  });
}

/** What stays hot must be what the settings want. @throws CoordinatorError reserve_too_low */
function assertReserve({ ledger, settings }: Coordinator, rows: readonly AddressRow[]): void {
  const isHot = (row: AddressRow): boolean =>
    ledger.state.get('keyrings', row.keyringId)?.purpose === 'hot';
  const money = hubMoney(ledger.state);
  const kept = keptHot(settings.reserve, money);
  const left = money.hot - totalOf(rows.filter(isHot));
  if (left >= kept) return;
  throw new CoordinatorError(
    'reserve_too_low',
    `${left} i would stay hot, the settings want ${kept} i`,
    { next: 'set less aside, or lower reserve.keepHot in the settings' },
  );
}

type SlipEssence = Pick<ColdOrderRow, 'id' | 'keyringId' | 'addresses' | 'amounts' | 'createdAt'>;

function slipOf(coordinator: Coordinator, order: SlipEssence): CustodySlip {
  const { ledger, store, network } = coordinator;
  const { id: orderId, keyringId, createdAt } = order;
  const rows = order.addresses.map((address) => {
    const row = ledger.state.get('addresses', address);
    if (row === undefined) throw new TypeError('a cold order has an address that is not known');
    return row;
  });
  const uuids = readUuids(
    store,
    rows.map(({ commitment }) => commitment),
  );
  const addresses = rows.map(({ address, securityLevel, commitment }, place) => ({
    uuid: uuids.get(commitment) ?? '',
    address,
    securityLevel: securityLevel as SecurityLevel,
    amount: order.amounts[place] ?? 0n,
  }));
  return { orderId, keyringId, network, createdAt, addresses };
}

const digestOfSlip = (file: Uint8Array): string => digestOf(openEnvelope(file, 'custody-slip'));

export interface SetAside {
  readonly keyringId?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly amount?: bigint | undefined;
  readonly reference: string | null;
}

/** What a set-aside takes, of one keyring. @throws CoordinatorError invalid_request and those of the choice */
function rowsOf(
  coordinator: Coordinator,
  { keyringId, addresses, amount }: SetAside,
): AddressRow[] {
  const isOne = (addresses === undefined) !== (amount === undefined);
  if (!isOne) {
    throw invalidRequest([
      {
        path: 'addresses',
        expected: 'either addresses or amount',
        got: addresses === undefined ? 'neither' : 'both',
      },
    ]);
  }
  if (addresses === undefined) {
    const keyring = needKeyring(
      coordinator,
      keyringId ?? activeHotKeyrings(coordinator)[0]?.id ?? 'that is hot and active',
    );
    return choose(available(coordinator, keyring.id), amount ?? 0n);
  }
  const rows = named(coordinator, parseAddresses(addresses));
  const owner = keyringId ?? rows[0]?.keyringId;
  if (rows.every((row) => row.keyringId === owner)) return rows;
  const expected = 'addresses of one keyring, since one signer derives them all';
  throw invalidRequest([{ path: 'addresses', expected, got: 'several' }]);
}

/**
 * Sets hub addresses aside: from now on no sweep takes them.
 * @param reply is called in the order's own command
 */
export async function openCustody<T>(
  coordinator: Coordinator,
  asked: SetAside,
  reply: (command: Command, orderId: string) => T,
): Promise<T> {
  const { ledger, identity, now } = coordinator;
  const rows = rowsOf(coordinator, asked);
  const [first] = rows;
  if (first === undefined || rows.length > SLIP_ADDRESSES_MAX) {
    throw invalidRequest([
      {
        path: asked.addresses === undefined ? 'amount' : 'addresses',
        expected: `1 to ${SLIP_ADDRESSES_MAX} addresses in one slip`,
        got: `${rows.length} addresses`,
      },
    ]);
  }
  assertReserve(coordinator, rows);
  const orderId = drawOrderId(coordinator);
  const { keyringId } = first;
  const createdAt = now();
  const essence = { addresses: rows.map(({ address }) => address), createdAt };
  const amounts = rows.map(({ balance }) => balance);
  const order = { id: orderId, keyringId, ...essence, amounts };
  const slipDigest = digestOfSlip(sealCustodySlip(slipOf(coordinator, order), identity));
  return ledger.execute((command) => {
    const { reference } = asked;
    for (const { address, balance } of rows) {
      const row = command.draft.get('addresses', address);
      const isSame = row?.balance === balance && obstacleToCustody(command.draft, row) === null;
      if (!isSame) throw changedMeanwhile();
    }
    const fields = { orderId, keyringId, ...essence, amounts, slipDigest, reference };
    command.record({ type: 'custody.opened', ...fields });
    return reply(command, orderId);
  });
}

function changedMeanwhile(): CoordinatorError {
  return new CoordinatorError('state_changed', 'an address has changed meanwhile', {
    next: 'repeat the call',
  });
}

/** Where the UUIDs of a custody are, once they are not here. */
export function whereSlipIs({ copies }: Pick<ColdOrderRow, 'copies'>): string {
  return `its slip alone has the UUIDs (copies: ${copies.join('; ')})`;
}

/** The slip's file, the same bytes always, until its receipt comes. @throws CoordinatorError slip_erased */
export function custodySlip(coordinator: Coordinator, id: string): Uint8Array {
  const order = needOrder(coordinator, id);
  if (order.type !== 'set-aside' || order.status === 'cancelled') {
    throw wrongState(`cold order ${id} has no slip`, 'only a set-aside that stands has one');
  }
  if (order.status === 'in-custody') {
    throw new CoordinatorError('slip_erased', `the UUIDs of ${id} are erased here`, {
      next: `${whereSlipIs(order)}: without it and without the signer's home that issued them, the money on its addresses can never be moved`,
    });
  }
  const file = sealCustodySlip(slipOf(coordinator, order), coordinator.identity);
  if (digestOfSlip(file) === order.slipDigest) return file;
  throw new CoordinatorError('store_damaged', 'the slip cannot be made as it was', {
    next: 'use the file that was downloaded first; restore the store from a backup',
  });
}

/** Why a receipt is not that of an order, or null. */
function faultOfReceipt(order: ColdOrderRow, receipt: CustodyReceipt): string | null {
  if (receipt.orderId !== order.id) return `it is for cold order ${receipt.orderId}`;
  if (receipt.slipDigest !== order.slipDigest) {
    return 'it is for another slip: what the signer read back is not what was made here';
  }
  const { length } = order.addresses;
  return receipt.count === length ? null : `it counts ${receipt.count} addresses, not ${length}`;
}

/**
 * Takes the signer's receipt of a slip and erases the UUIDs, by key, and what the store's files still hold
 * of them. Taking it again changes nothing.
 * @throws CoordinatorError slip_mismatch, cold_order_state: nothing is erased
 */
export function takeReceipt(
  coordinator: Coordinator,
  file: Uint8Array,
  expectedId?: string,
): Promise<string> {
  const { ledger, store } = coordinator;
  return importSignerFile(coordinator, file, {
    type: 'custody-receipt',
    open: openCustodyReceipt,
    take: async (receipt, keyring) => {
      const order = needOrder(coordinator, expectedId ?? receipt.orderId);
      const isOther = order.keyringId !== keyring.id || order.type !== 'set-aside';
      const fault = isOther ? 'it is of another keyring' : faultOfReceipt(order, receipt);
      if (fault !== null) {
        throw new CoordinatorError('slip_mismatch', `not the receipt of ${order.id}: ${fault}`, {
          next: 'nothing was erased; have the signer read back the copies of this very slip',
        });
      }
      if (order.status === 'in-custody') {
        if (receipt.copies.join('\n') !== order.copies.join('\n')) {
          throw wrongState(
            `cold order ${order.id} has its receipt, of these copies: ${order.copies.join('; ')}`,
            'the receipt names what there was then; write down further copies with it',
          );
        }
        // The purge of the first time may have failed: on a full disk, for instance.
        await purgeErased(store);
        return order.id;
      }
      if (order.status !== 'open') {
        throw wrongState(
          `cold order ${order.id} is ${order.status}`,
          'set the addresses aside again',
        );
      }
      const receiptDigest = createHash('sha256').update(file).digest('hex');
      await ledger.execute(({ draft, record, write }) => {
        const { copies } = receipt;
        record({ type: 'custody.received', orderId: order.id, receiptDigest, copies });
        for (const address of order.addresses) {
          write(eraseUuid(draft.get('addresses', address)?.commitment ?? ''));
        }
        write(markPurge(order.id));
      });
      await purgeErased(store);
      return order.id;
    },
  });
}

/** Calls off what waits for a file. */
export async function cancelOrder(coordinator: Coordinator, id: string): Promise<void> {
  const order = needOrder(coordinator, id);
  if (order.status === 'cancelled') return;
  await coordinator.ledger.execute(({ draft, record }) => {
    const { status = order.status } = draft.get('coldOrders', id) ?? {};
    if (status !== 'open') {
      const next =
        status === 'in-custody'
          ? 'bring the addresses back with the slip: POST /v1/cold-orders {"type":"bring-back"}'
          : 'a spend is called off by voiding its request, as far as that goes';
      throw wrongState(`cold order ${id} is ${status}`, next);
    }
    record({ type: 'cold-order.cancelled', orderId: id });
  });
}
