/**
 * Custody slip and receipt: the UUIDs of addresses that are put into cold storage, on their way out of
 * the coordinator, and the signer's statement that each re-derives from the slip as it was read back.
 */
import type { Network, SecurityLevel } from '@airlock/protocol';
import { SUPPLY } from '@airlock/protocol';
import { digestOf, openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import { GapError } from './error.ts';
import type { Identity } from './identity.ts';
import { COPIES_MAX, LABEL_CHARACTERS_MAX, SLIP_ADDRESSES_MAX } from './limits.ts';
import { keyringId, network, securityLevel } from './pairing-card.ts';
import {
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  identifier,
  integer,
  list,
  type Shape,
  struct,
  text,
  tuple,
  unsigned,
  uuid,
} from './shape.ts';
import { time } from './signing-request.ts';

/** One address in custody: with the salt, its UUID is the key. */
export interface SlipAddress {
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  /** What it held when it was set aside, in iota: for people. */
  readonly amount: bigint;
}

export interface CustodySlip {
  /** `co_` and 32 hexadecimal digits: the order that set the addresses aside. */
  readonly orderId: string;
  readonly keyringId: string;
  readonly network: Network;
  /** Unix time in milliseconds, for people. */
  readonly createdAt: number;
  /** Requests name an input by its place here. */
  readonly addresses: readonly SlipAddress[];
}

export interface CustodyReceipt {
  readonly orderId: string;
  /** Of the slip as it was read back. */
  readonly slipDigest: string;
  readonly keyringId: string;
  readonly network: Network;
  /** Addresses that were derived again. */
  readonly count: number;
  /** What people call the copies that were read back, each different: "safe A, paper". */
  readonly copies: readonly string[];
}

const orderId: Shape<string> = identifier('co_');

const slipAddress: Shape<readonly [string, string, SecurityLevel, bigint]> = tuple<
  readonly [string, string, SecurityLevel, bigint]
>(uuid, hash, securityLevel, integer(0n, SUPPLY));

interface SlipFields extends Omit<CustodySlip, 'addresses'> {
  readonly addresses: readonly (readonly [string, string, SecurityLevel, bigint])[];
}

const slipFields: Shape<SlipFields> = struct<SlipFields>({
  orderId: field(1, orderId),
  keyringId: field(2, keyringId),
  network: field(3, network),
  createdAt: field(4, time),
  addresses: field(5, list(slipAddress, { min: 1, max: SLIP_ADDRESSES_MAX })),
});

/** What people call a copy. */
export const copyName: Shape<string> = text(
  new RegExp(`^[!-~]([ -~]{0,${LABEL_CHARACTERS_MAX - 2}}[!-~])?$`),
  `1 to ${LABEL_CHARACTERS_MAX} printable ASCII characters without spaces at the ends`,
);

const custodyReceipt: Shape<CustodyReceipt> = struct<CustodyReceipt>({
  orderId: field(1, orderId),
  slipDigest: field(2, digest),
  keyringId: field(3, keyringId),
  network: field(4, network),
  count: field(5, unsigned(SLIP_ADDRESSES_MAX, 1)),
  copies: field(6, list(copyName, { min: 1, max: COPIES_MAX })),
});

export interface OpenedSlip {
  readonly slip: CustodySlip;
  /** Names the slip in receipts and requests. */
  readonly digest: string;
}

function assertDistinct(values: readonly string[], what: string): void {
  if (new Set(values).size !== values.length) {
    throw new GapError('field_range', `${what} stands there twice`);
  }
}

export function sealCustodySlip(slip: CustodySlip, identity: Identity): Uint8Array {
  const addresses = slip.addresses.map(
    ({ uuid: named, address, securityLevel: level, amount }) =>
      [named, address, level, amount] as const,
  );
  const payload = encodeShape(slipFields, { ...slip, addresses });
  return sealEnvelope('custody-slip', payload, [identity]);
}

/**
 * Opens a slip signed by one of these coordinators' keys; no UUID or address stands there twice. That
 * its addresses are those of its UUIDs only a signer can say.
 */
export function openCustodySlip(file: Uint8Array, publicKeys: readonly Uint8Array[]): OpenedSlip {
  const envelope = openEnvelope(file, 'custody-slip');
  verifyEnvelope(envelope, publicKeys);
  const fields = decodeShape(slipFields, envelope.payload, 'custody-slip');
  const addresses = fields.addresses.map(([named, address, level, amount]) => ({
    uuid: named,
    address,
    securityLevel: level,
    amount,
  }));
  assertDistinct(
    addresses.map((each) => each.uuid),
    'a UUID',
  );
  assertDistinct(
    addresses.map((each) => each.address),
    'an address',
  );
  return { slip: { ...fields, addresses }, digest: digestOf(envelope) };
}

export function sealCustodyReceipt(receipt: CustodyReceipt, identity: Identity): Uint8Array {
  return sealEnvelope('custody-receipt', encodeShape(custodyReceipt, receipt), [identity]);
}

/** Opens a receipt of the signer with this key; its copies have different names. */
export function openCustodyReceipt(file: Uint8Array, publicKey: Uint8Array): CustodyReceipt {
  const envelope = openEnvelope(file, 'custody-receipt');
  verifyEnvelope(envelope, [publicKey]);
  const receipt = decodeShape(custodyReceipt, envelope.payload, 'custody-receipt');
  assertDistinct(receipt.copies, 'a copy');
  return receipt;
}
