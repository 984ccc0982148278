/**
 * Void request and receipt: a coordinator asks that a request never be signed any more, the signer
 * records it and says so. What it frees is the signer's to say.
 */
import type { Network } from '@airlock/protocol';
import { digestOf, openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import type { Identity } from './identity.ts';
import { BUNDLES_MAX, ENTRIES_MAX, RECORD_ITEMS_MAX } from './limits.ts';
import { keyringId, network } from './pairing-card.ts';
import { type Head, head, type SealedEntry, sealedEntry, type Voiding } from './record-entry.ts';
import {
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  list,
  ordinal,
  type Shape,
  struct,
  truth,
} from './shape.ts';
import { requestId, time } from './signing-request.ts';

/** Names the request that is to be voided, and its bundles. */
export interface VoidRequest extends Omit<Voiding, 'frees'> {
  readonly keyringId: string;
  readonly network: Network;
  /** The signer's head as the coordinator last imported it. */
  readonly expectedHead: Head;
  /** Unix time in milliseconds, for people. */
  readonly createdAt: number;
}

export interface VoidReceipt {
  readonly requestId: string;
  /** Of the request that is void. */
  readonly requestDigest: string;
  /** Of the void request that this answers. */
  readonly voidDigest: string;
  readonly keyringId: string;
  readonly network: Network;
  /** Whether the inputs of its bundles are free again; false: they stay locked to these bundles. */
  readonly frees: boolean;
  /** From the entry after the void request's expected head to the one that voids. */
  readonly entries: readonly SealedEntry[];
  /** Whether this signer had ever been used with a network when it recorded this. */
  readonly networkAccepted: boolean;
}

const voidRequest: Shape<VoidRequest> = struct<VoidRequest>({
  requestId: field(1, requestId),
  sequence: field(2, ordinal),
  requestDigest: field(3, digest),
  bundleHashes: field(4, list(hash, { min: 1, max: BUNDLES_MAX })),
  keyringId: field(5, keyringId),
  network: field(6, network),
  expectedHead: field(7, head),
  createdAt: field(8, time),
});

const voidReceipt: Shape<VoidReceipt> = struct<VoidReceipt>({
  requestId: field(1, requestId),
  requestDigest: field(2, digest),
  voidDigest: field(3, digest),
  keyringId: field(4, keyringId),
  network: field(5, network),
  frees: field(6, truth),
  entries: field(7, list(sealedEntry, { min: 1, max: ENTRIES_MAX })),
  networkAccepted: field(8, truth),
});

export interface OpenedVoidRequest {
  readonly request: VoidRequest;
  readonly digest: string;
}

export function sealVoidRequest(request: VoidRequest, identity: Identity): Uint8Array {
  return sealEnvelope('void-request', encodeShape(voidRequest, request), [identity]);
}

/** Opens a void request signed by one of these coordinators' keys. */
export function openVoidRequest(
  file: Uint8Array,
  publicKeys: readonly Uint8Array[],
): OpenedVoidRequest {
  const envelope = openEnvelope(file, 'void-request');
  verifyEnvelope(envelope, publicKeys);
  const request = decodeShape(voidRequest, envelope.payload, 'void-request');
  return { request, digest: digestOf(envelope) };
}

export function sealVoidReceipt(receipt: VoidReceipt, identity: Identity): Uint8Array {
  return sealEnvelope('void-receipt', encodeShape(voidReceipt, receipt), [identity]);
}

/** Opens a receipt of the signer with this key. */
export function openVoidReceipt(file: Uint8Array, publicKey: Uint8Array): VoidReceipt {
  const envelope = openEnvelope(file, 'void-receipt');
  verifyEnvelope(envelope, [publicKey]);
  return decodeShape(voidReceipt, envelope.payload, {
    name: 'void-receipt',
    itemsMax: RECORD_ITEMS_MAX,
  });
}
