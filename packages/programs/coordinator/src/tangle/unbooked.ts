/** What bundles of ours have paid to an address and the ledger does not have yet: the monitor leaves it to them. */
import type { Coordinator } from '../coordinator.ts';
import { forgottenBundles } from '../ledger/apply-record.ts';
import { movementKey } from '../ledger/booking.ts';
import { fetchTransactions, findAttachmentsOf, isWhole } from './tangle.ts';

/**
 * A confirmed bundle of ours, or one that is forgotten here, with a payment to the address that is not
 * booked; or null. @throws CoordinatorError node_unavailable, as TooManyFound if there is too much to look at
 */
export async function findUnbooked(
  { node, ledger: { state } }: Pick<Coordinator, 'node' | 'ledger'>,
  address: string,
): Promise<string | null> {
  const forgotten = forgottenBundles(state);
  const isOurs = (bundle: string): boolean =>
    state.get('sweeps', bundle) !== undefined || forgotten.has(bundle);
  const transactions = await fetchTransactions(node, await node.findByAddresses([address]));
  const paying = [...transactions.values()].filter(({ value }) => value > 0n);
  const bundles = new Set(paying.map(({ bundle }) => bundle).filter(isOurs));
  for await (const [bundle, found] of findAttachmentsOf({ node }, [...bundles])) {
    for (const { instance, isConfirmed } of found) {
      const [tail] = instance;
      if (!isConfirmed || tail === undefined || !isWhole(instance, bundle)) continue;
      const isUnbooked = instance.some(
        ({ address: payee, value, currentIndex }) =>
          payee === address &&
          value > 0n &&
          state.get('movements', movementKey(tail.hash, currentIndex)) === undefined,
      );
      if (isUnbooked) return bundle;
    }
  }
  return null;
}
