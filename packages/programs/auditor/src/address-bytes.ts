/** A message's addresses converted a second time, from its bytes, by the auditor's own code. */
import { type CborMap, type CborValue, decodeCbor } from '@airlock/gap';
import type { AddFinding } from './findings.ts';
import { bytesToTrytes } from './ternary.ts';

const asList = (value: CborValue | undefined): readonly CborValue[] =>
  Array.isArray(value) ? value : [];
const asMap = (value: CborValue | undefined): CborMap =>
  value instanceof Map ? value : new Map<bigint, CborValue>();

/** A payload that its opener has read: as many values as that allowed, but none without a byte. */
const decodeAll = (payload: Uint8Array): CborValue => decodeCbor(payload, payload.length);

function toTrytes(value: CborValue | undefined): string | null {
  return value instanceof Uint8Array && value.length === 48 ? bytesToTrytes(value) : null;
}

/** Addresses of a batch's payload: field 2 holds [uuid, address, level] each. */
export function addressesOfBatch(payload: Uint8Array): (string | null)[] {
  const items = asList(asMap(decodeAll(payload)).get(2n));
  return items.map((item) => toTrytes(asList(item)[1]));
}

/** Addresses of a request's payload, slot by slot: field 7 holds bundles of slots, their field 1 is it. */
export function addressesOfRequest(payload: Uint8Array): (string | null)[] {
  const bundles = asList(asMap(decodeAll(payload)).get(7n));
  return bundles.flatMap((slots) => asList(slots).map((slot) => toTrytes(asMap(slot).get(1n))));
}

/** Addresses of a custody slip's payload: field 5 holds [uuid, address, level, amount] each. */
export function addressesOfSlip(payload: Uint8Array): (string | null)[] {
  const items = asList(asMap(decodeAll(payload)).get(5n));
  return items.map((item) => toTrytes(asList(item)[1]));
}

/** Adds a finding for the first address that the two conversions read differently. */
export function compareAddresses(
  file: string,
  both: { readonly decoded: readonly string[]; readonly own: readonly (string | null)[] },
  add: AddFinding,
): void {
  const { decoded, own } = both;
  const count = Math.max(decoded.length, own.length);
  for (let index = 0; index < count; index += 1) {
    if (decoded[index] === own[index]) continue;
    const message = `address ${index} is ${decoded[index] ?? 'missing'} by the message format's code and ${own[index] ?? 'none'} by the auditor's`;
    add({ code: 'address_encoding', file, message });
    return;
  }
}
