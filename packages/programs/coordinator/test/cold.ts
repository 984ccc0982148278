/** Cold storage in tests: hub money set aside, its slip read back, and spent from with it. */
import { type CustodySlip, openCustodySlip } from '@airlock/gap';
import { openBringBack, takeSlip } from '../src/cold/bring-back.ts';
import { custodySlip, openCustody, takeReceipt } from '../src/cold/custody.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import type { AddressRow, ColdOrderRow } from '../src/ledger/rows.ts';
import { HonestSigner, type ReceiptOptions } from './signer.ts';
import { type ServedNode, stateOf, type World, withdrawalIdOf } from './world.ts';

/** Hub addresses with money of the operator's own; the smallest first. */
export async function hubMoney(
  { coordinator, monitor, signer }: World,
  { devNode }: ServedNode,
  amounts: readonly bigint[],
): Promise<AddressRow[]> {
  const { keyringId } = signer;
  const rows = coordinator.pools.next({ keyringId, kind: 'hub' }, amounts.length);
  await coordinator.ledger.execute(({ record }) => {
    for (const { address } of rows) record({ type: 'top-up.opened', address, reference: null });
  });
  for (const [place, { address }] of rows.entries()) {
    devNode.pay({ address, amount: amounts[place] ?? 0n });
  }
  devNode.issueMilestone();
  await monitor.round();
  return rows.map(({ address }) => coordinator.ledger.state.get('addresses', address)!);
}

/** Pairs a cold keyring, with so many addresses; its signer. */
export async function pairCold(
  { coordinator }: Pick<World, 'coordinator'>,
  number: number,
  addresses = 10,
): Promise<HonestSigner> {
  const vault = new HonestSigner({ number });
  await pairKeyring(coordinator, vault.card(), 'cold');
  await importAddressBatch(coordinator, await vault.batch(addresses));
  return vault;
}

/** Queues a payout of the operator's own; its id. */
export async function payOut(
  { coordinator }: World,
  { address, amount, number = 1 }: { address: string; amount: bigint; number?: number },
): Promise<string> {
  const withdrawalId = withdrawalIdOf(number);
  const fields = { withdrawalId, userId: null, address, amount, tag: '9'.repeat(27) };
  const rest = { reference: null, lossReason: null };
  await coordinator.ledger.execute(({ record }) =>
    record({ type: 'withdrawal.requested', ...fields, ...rest }),
  );
  return withdrawalId;
}

export function hubRows(world: World): AddressRow[] {
  const rows = [...stateOf(world).find([{ index: 'hubMoney', name: '' }])];
  return rows.sort((a, b) => (a.balance < b.balance ? -1 : 1));
}

export const rowOf = (world: World, address: string): AddressRow =>
  stateOf(world).get('addresses', address)!;

export const orderOf = (world: World, id: string): ColdOrderRow =>
  stateOf(world).get('coldOrders', id)!;

/** Sets addresses aside; the order's id. */
export function setAside(world: World, addresses: readonly string[]): Promise<string> {
  return openCustody(world.coordinator, { addresses, reference: null }, (_command, id) => id);
}

/** The signer's receipt of the order's slip. */
export function receiptFor(
  { coordinator, signer }: World,
  id: string,
  options: ReceiptOptions = {},
): Uint8Array {
  const slip = custodySlip(coordinator, id);
  return signer.receiveSlip(slip, coordinator.identity.publicKey, options);
}

export interface Custody {
  readonly id: string;
  readonly slip: Uint8Array;
  /** For the signer, by digest. */
  readonly slips: ReadonlyMap<string, CustodySlip>;
}

/** Sets addresses aside, has the slip read back, and erases the UUIDs. */
export async function putIntoCustody(world: World, addresses: readonly string[]): Promise<Custody> {
  const { coordinator } = world;
  const id = await setAside(world, addresses);
  const file = custodySlip(coordinator, id);
  const { slip, digest } = openCustodySlip(file, [coordinator.identity.publicKey]);
  await takeReceipt(coordinator, receiptFor(world, id));
  return { id, slip: file, slips: new Map([[digest, slip]]) };
}

/** Brings addresses of a custody back; the order's id. */
export async function bringBack(
  { coordinator }: World,
  { id: custodyId, slip }: Custody,
  addresses?: readonly string[],
): Promise<string> {
  const asked = { custodyId, addresses, reference: null };
  const id = await openBringBack(coordinator, asked, (_command, order) => order);
  await takeSlip(coordinator, id, slip);
  return id;
}
