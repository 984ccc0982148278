/**
 * Keys of inputs by name: their UUID stands in the request, or in a custody slip that the request names
 * and that may be among the files.
 */
import { type CustodySlip, type RequestSlot, type SlotRole, uuidCommitment } from '@airlock/gap';

export interface KnownSlip {
  readonly slip: CustodySlip;
  readonly file: string;
}

/** Slips among the files, by their digest. */
export type KnownSlips = ReadonlyMap<string, KnownSlip>;

/** What an input's slot says of its key. */
export interface InputSlot extends Pick<RequestSlot, 'address'> {
  readonly role: Extract<SlotRole, { kind: 'input' }>;
}

/** An input's commitment; null if its UUID is in a slip that is not given or says otherwise. */
export function commitmentOf({ role, address }: InputSlot, slips: KnownSlips): string | null {
  if (role.key.kind === 'uuid') return uuidCommitment(role.key.uuid);
  const listed = slips.get(role.key.slipDigest)?.slip.addresses[role.key.index];
  return listed?.address === address ? uuidCommitment(listed.uuid) : null;
}

/** How an input differs from the slip that it names, with the slip's file; null if nothing is known. */
export function findSlipFault(
  { role, address }: InputSlot,
  slips: KnownSlips,
): { readonly message: string; readonly file: string } | null {
  if (role.key.kind === 'uuid') return null;
  const known = slips.get(role.key.slipDigest);
  if (known === undefined) return null;
  const { index } = role.key;
  const { slip, file } = known;
  const listed = slip.addresses[index];
  if (listed === undefined) {
    return { file, message: `it names address ${index} of a slip of ${slip.addresses.length}` };
  }
  if (listed.address !== address) {
    return { file, message: `address ${index} of the slip is ${listed.address}, not ${address}` };
  }
  if (listed.securityLevel === role.securityLevel) return null;
  const message = `address ${index} of the slip is of level ${listed.securityLevel}, not ${role.securityLevel}`;
  return { file, message };
}
