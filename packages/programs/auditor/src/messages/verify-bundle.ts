/**
 * The rules of one bundle of a request or spend, by code of the auditor's own: what IRI's validation asks, and
 * that every slot is what its role says. A slot's index is its place, so that it cannot be wrong.
 */
import converter from '@iota/converter';
import type { FindingCode } from '../findings.ts';
import { exposesChainValue } from '../wots.ts';

/** All iota there are: (3^33 - 1) / 2. */
const SUPPLY = (3n ** 33n - 1n) / 2n;

/** What the rules look at of a slot. */
export interface RuledSlot {
  readonly address: string;
  readonly value: bigint;
  readonly role:
    | { readonly kind: 'input'; readonly securityLevel: number }
    | { readonly kind: 'fragment' | 'withdrawal' | 'own' | 'cold' | 'payee' };
}

export interface BundleFinding {
  readonly code: FindingCode;
  readonly message: string;
}

function hasZeroLastTrit(address: string): boolean {
  return converter.trytesToTrits(address).at(-1) === 0;
}

function findValueFaults(slots: readonly RuledSlot[]): BundleFinding[] {
  const faults: BundleFinding[] = [];
  let sum = 0n;
  for (const [index, { value, address, role }] of slots.entries()) {
    sum += value;
    const suits =
      role.kind === 'input' ? value < 0n : role.kind === 'fragment' ? value === 0n : value > 0n;
    if (value > SUPPLY || value < -SUPPLY || sum > SUPPLY || sum < -SUPPLY || !suits) {
      const message = `slot ${index} (${role.kind}) has the value ${value}, the sum so far is ${sum}`;
      faults.push({ code: 'bundle_value', message });
    }
    if (value !== 0n && !hasZeroLastTrit(address)) {
      faults.push({ code: 'bundle_last_trit', message: `slot ${index}: ${address}` });
    }
  }
  if (sum !== 0n) faults.push({ code: 'bundle_sum', message: `the values sum to ${sum}` });
  return faults;
}

/** IRI takes every slot of value 0 on an input's address that follows it for one more fragment. */
function findSlotFaults(slots: readonly RuledSlot[]): BundleFinding[] {
  const faults: BundleFinding[] = [];
  const fault = (message: string): void => {
    faults.push({ code: 'bundle_slots', message });
  };
  const inputs = new Set<string>();
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index] as RuledSlot;
    if (slot.role.kind === 'fragment') fault(`slot ${index} is a fragment without an input`);
    if (slot.role.kind !== 'input') continue;
    if (inputs.has(slot.address)) fault(`slot ${index} spends ${slot.address} a second time`);
    inputs.add(slot.address);
    const isMore = (next: RuledSlot | undefined): boolean =>
      next?.value === 0n && next.address === slot.address;
    let count = 1;
    while (isMore(slots[index + count])) count += 1;
    const own = slots.slice(index + 1, index + count);
    if (count !== slot.role.securityLevel || own.some(({ role }) => role.kind !== 'fragment')) {
      fault(
        `the input at slot ${index} has level ${slot.role.securityLevel}, but ${count - 1} slots of value 0 on its address follow it`,
      );
    }
    index += count - 1;
  }
  if (inputs.size === 0) fault('the bundle has no input');
  return faults;
}

/** Every fault of a bundle's slots and of its hash, which the caller has computed. */
export function findBundleFaults(slots: readonly RuledSlot[], hash: string): BundleFinding[] {
  const faults = [...findValueFaults(slots), ...findSlotFaults(slots)];
  if (exposesChainValue(hash)) {
    faults.push({ code: 'bundle_hash_13', message: `the normalised hash of ${hash} holds a 13` });
  }
  return faults;
}
