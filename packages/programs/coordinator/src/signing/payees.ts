/** Addresses of our own to which nobody should pay out: rules of our own record, whatever the nodes say. */
import { type AddressRow, SURRENDERED } from '../ledger/rows.ts';

/** Why money that comes to an address of ours would be lost, or refused by the signer; null if it is not. */
export function findPayeeFault(row: AddressRow | undefined): string | null {
  if (row === undefined) return null;
  // A key that has been asked to sign is spent, whatever the nodes have seen of it.
  if (row.status === 'retired') return 'its key has been asked to sign';
  // The signer refuses the whole request, for ever, if one of its bundles pays there.
  if (row.custody === SURRENDERED) return 'its seed was given away';
  // Handed out before a restore, and not claimed yet: what came to it would be the operator's.
  if (row.kind === 'deposit' && row.status === 'pooled') {
    return 'nobody has said whose deposit address it is';
  }
  return null;
}

/**
 * The same for somebody who asks now. A hub address with money is an input of the next plans, none of
 * which may pay to it: only afterwards is its key spent.
 */
export function findPayeeFaultNow(row: AddressRow | undefined): string | null {
  const isInput = row?.kind === 'hub' && row.custody === null && row.balance > 0n;
  return findPayeeFault(row) ?? (isInput ? 'it is a hub address that holds money' : null);
}
