/**
 * The signing response: signatures for each bundle of a request or the refusal of that bundle, and
 * every record entry since the head that the request named, so that its receiver can compute the new
 * head itself. Nothing in it is free text.
 */
import { FRAGMENT_BYTES, isInDomain, type Network } from '@airlock/protocol';
import { openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import { GapError } from './error.ts';
import type { Identity } from './identity.ts';
import {
  BUNDLES_MAX,
  ENTRIES_MAX,
  INPUTS_MAX,
  LABEL_CHARACTERS_MAX,
  RECORD_ITEMS_MAX,
  SLOTS_MAX,
} from './limits.ts';
import { keyringId, network } from './pairing-card.ts';
import { type SealedEntry, sealedEntry } from './record-entry.ts';
import {
  bytes,
  choice,
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  list,
  type Shape,
  struct,
  text,
  truth,
  tuple,
  unsigned,
} from './shape.ts';
import { requestId } from './signing-request.ts';

/** Index of an input's first slot, and its signature: level × 1,296 bytes. */
export type InputSignature = readonly [number, Uint8Array];

export type BundleResult =
  | {
      readonly kind: 'signed';
      readonly bundleHash: string;
      readonly signatures: readonly InputSignature[];
    }
  | { readonly kind: 'refused'; readonly bundleHash: string; readonly code: string };

export interface SigningResponse {
  readonly requestId: string;
  readonly requestDigest: string;
  readonly keyringId: string;
  readonly network: Network;
  /** One a bundle, in the request's order. */
  readonly results: readonly BundleResult[];
  /** From the entry after the request's expected head to the one that holds this request's verdicts. */
  readonly entries: readonly SealedEntry[];
  /** Whether this signer had ever been used with a network when it signed this. */
  readonly networkAccepted: boolean;
}

const signatureBytes = bytes(FRAGMENT_BYTES, 3 * FRAGMENT_BYTES);

/** Whole fragments of chain values in canonical form: another 243rd trit would verify as well. */
const signature: Shape<Uint8Array> = {
  decode: (value, path) => {
    const decoded = signatureBytes.decode(value, path);
    if (decoded.length % FRAGMENT_BYTES === 0 && isInDomain(decoded)) return decoded;
    throw new GapError('field_range', `${path}: expected fragments of canonical chain values`);
  },
  encode: (value) => value,
};

const bundleResult: Shape<BundleResult> = choice<BundleResult>({
  signed: [
    0,
    struct<{ bundleHash: string; signatures: readonly InputSignature[] }>({
      bundleHash: field(1, hash),
      signatures: field(
        2,
        list(tuple<InputSignature>(unsigned(SLOTS_MAX - 1), signature), {
          min: 1,
          max: INPUTS_MAX,
        }),
      ),
    }),
  ],
  refused: [
    1,
    struct<{ bundleHash: string; code: string }>({
      bundleHash: field(1, hash),
      code: field(
        2,
        text(new RegExp(`^[a-z0-9_]{1,${LABEL_CHARACTERS_MAX}}$`), 'a code of a-z, 0-9 and _'),
      ),
    }),
  ],
});

const signingResponse: Shape<SigningResponse> = struct<SigningResponse>({
  requestId: field(1, requestId),
  requestDigest: field(2, digest),
  keyringId: field(3, keyringId),
  network: field(4, network),
  results: field(5, list(bundleResult, { min: 1, max: BUNDLES_MAX })),
  entries: field(6, list(sealedEntry, { min: 1, max: ENTRIES_MAX })),
  networkAccepted: field(7, truth),
});

export function sealSigningResponse(response: SigningResponse, identity: Identity): Uint8Array {
  return sealEnvelope('signing-response', encodeShape(signingResponse, response), [identity]);
}

/** Opens a response of the signer with this key. Its signatures are not checked against addresses. */
export function openSigningResponse(file: Uint8Array, publicKey: Uint8Array): SigningResponse {
  const envelope = openEnvelope(file, 'signing-response');
  verifyEnvelope(envelope, [publicKey]);
  return decodeShape(signingResponse, envelope.payload, {
    name: 'signing-response',
    itemsMax: RECORD_ITEMS_MAX,
  });
}
