/**
 * The signing request: whole bundles, slot by slot, each slot with its role. A slot's index is its
 * place, so that it cannot be stated wrongly.
 */
import { type Network, type SecurityLevel, type Slot, SUPPLY } from '@airlock/protocol';
import { type AddressProof, addressProof } from './address-batch.ts';
import { digestOf, openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import type { Identity } from './identity.ts';
import { AUTHORIZATION_BYTES_MAX, BUNDLES_MAX, SLOTS_MAX } from './limits.ts';
import { keyringId, network, securityLevel } from './pairing-card.ts';
import { type Head, head } from './record-entry.ts';
import {
  bytes,
  choice,
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  identifier,
  integer,
  list,
  nullable,
  ordinal,
  type Shape,
  struct,
  tag,
  unsigned,
  uuid,
  withdrawalId,
} from './shape.ts';

/** Where the signer finds the UUID of an input's key. */
export type KeySource =
  | { readonly kind: 'uuid'; readonly uuid: string }
  /** In a custody slip that the officer brings along. */
  | { readonly kind: 'slip'; readonly slipDigest: string; readonly index: number };

export type SlotRole =
  | { readonly kind: 'input'; readonly key: KeySource; readonly securityLevel: SecurityLevel }
  /** Room for one more signature fragment of the input before it. */
  | { readonly kind: 'fragment' }
  /** An output to a key of this keyring: remainder or swept money. */
  | { readonly kind: 'own'; readonly uuid: string }
  | {
      readonly kind: 'withdrawal';
      readonly withdrawalId: string;
      /** A message of the exchange, opaque here, where policy requires one. */
      readonly authorization: Uint8Array | null;
    }
  /** An output to a cold keyring, with the proof that its signer made the address. */
  | { readonly kind: 'cold'; readonly securityLevel: SecurityLevel; readonly proof: AddressProof };

export interface RequestSlot extends Slot {
  readonly role: SlotRole;
}

export interface SigningRequest {
  /** `sr_` and 32 hexadecimal digits. */
  readonly requestId: string;
  /** Strictly rising for a keyring, from 1. */
  readonly sequence: number;
  readonly keyringId: string;
  readonly network: Network;
  /** The signer's head as the coordinator last imported it. */
  readonly expectedHead: Head;
  /** Unix time in milliseconds, for people; nothing depends on it. */
  readonly createdAt: number;
  readonly bundles: readonly (readonly RequestSlot[])[];
}

export const requestId: Shape<string> = identifier('sr_');
/** Unix time in milliseconds, up to the year 9999. */
export const time: Shape<number> = unsigned(253_402_300_799_999);

const keySource: Shape<KeySource> = choice<KeySource>({
  uuid: [0, struct<{ uuid: string }>({ uuid: field(1, uuid) })],
  slip: [
    1,
    struct<{ slipDigest: string; index: number }>({
      slipDigest: field(1, digest),
      index: field(2, unsigned(99_999)),
    }),
  ],
});

const slotRole: Shape<SlotRole> = choice<SlotRole>({
  input: [
    0,
    struct<{ key: KeySource; securityLevel: SecurityLevel }>({
      key: field(1, keySource),
      securityLevel: field(2, securityLevel),
    }),
  ],
  fragment: [1, struct<object>({})],
  own: [2, struct<{ uuid: string }>({ uuid: field(1, uuid) })],
  withdrawal: [
    3,
    struct<{ withdrawalId: string; authorization: Uint8Array | null }>({
      withdrawalId: field(1, withdrawalId),
      authorization: field(2, nullable(bytes(1, AUTHORIZATION_BYTES_MAX))),
    }),
  ],
  cold: [
    4,
    struct<{ securityLevel: SecurityLevel; proof: AddressProof }>({
      securityLevel: field(1, securityLevel),
      proof: field(2, addressProof),
    }),
  ],
});

const slot: Shape<RequestSlot> = struct<RequestSlot>({
  address: field(1, hash),
  value: field(2, integer(-SUPPLY, SUPPLY)),
  obsoleteTag: field(3, tag),
  tag: field(4, tag),
  timestamp: field(5, unsigned(253_402_300_799)),
  role: field(6, slotRole),
});

const signingRequest: Shape<SigningRequest> = struct<SigningRequest>({
  requestId: field(1, requestId),
  sequence: field(2, ordinal),
  keyringId: field(3, keyringId),
  network: field(4, network),
  expectedHead: field(5, head),
  createdAt: field(6, time),
  bundles: field(7, list(list(slot, { min: 1, max: SLOTS_MAX }), { min: 1, max: BUNDLES_MAX })),
});

export interface OpenedRequest {
  readonly request: SigningRequest;
  /** Names the request in the response, in the record and, as words, between people. */
  readonly digest: string;
}

export function sealSigningRequest(request: SigningRequest, identity: Identity): Uint8Array {
  return sealEnvelope('signing-request', encodeShape(signingRequest, request), [identity]);
}

/** Opens a request signed by one of these coordinators' keys. */
export function openSigningRequest(
  file: Uint8Array,
  publicKeys: readonly Uint8Array[],
): OpenedRequest {
  const envelope = openEnvelope(file, 'signing-request');
  verifyEnvelope(envelope, publicKeys);
  const request = decodeShape(signingRequest, envelope.payload, 'signing-request');
  return { request, digest: digestOf(envelope) };
}
