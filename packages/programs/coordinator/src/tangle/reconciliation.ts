/**
 * Reconciliation: what the ledger says of every address against what the nodes say now. It changes
 * nothing; an address that stays odd comes into quarantine by the monitor.
 */
import type { Coordinator } from '../coordinator.ts';
import type { AddressRow } from '../ledger/rows.ts';

/** Addresses of one call. */
const CALL_ADDRESSES = 1000;

export interface Difference {
  readonly row: AddressRow;
  readonly held: bigint;
}

export interface Reconciled {
  readonly number: number;
  /** Unix ms. */
  readonly at: number;
  readonly addresses: number;
  /** Of those, addresses about which the nodes do not agree. */
  readonly unknown: number;
  readonly ledger: bigint;
  readonly nodes: bigint;
  readonly differences: readonly Difference[];
}

/** Compares every address that a signer made for this coordinator, also those still in a pool. */
export async function reconcile({ ledger, node, now }: Coordinator): Promise<Reconciled> {
  const { state } = ledger;
  const { number } = state.head;
  const addresses = [...state.rows('addresses')].map(({ address }) => address);
  const differences: Difference[] = [];
  const sums = { unknown: 0, ledger: 0n, nodes: 0n };
  for (let at = 0; at < addresses.length; at += CALL_ADDRESSES) {
    const part = addresses.slice(at, at + CALL_ADDRESSES);
    const balances = await node.balances(part);
    for (const [place, address] of part.entries()) {
      const row = state.get('addresses', address);
      const held = balances[place] ?? null;
      if (row === undefined) continue;
      if (held === null) {
        sums.unknown += 1;
        continue;
      }
      sums.ledger += row.balance;
      sums.nodes += held;
      if (held !== row.balance) differences.push({ row, held });
    }
  }
  return { number, at: now(), addresses: addresses.length, ...sums, differences };
}
