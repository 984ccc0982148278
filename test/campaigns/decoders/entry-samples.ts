/** Bodies of record entries, one of each kind, and the route that signs a mutated one again. */
import { EMPTY_HEAD, type RecordEvent, type SealedEntry, sealEntry } from '@airlock/gap';
import {
  DIGEST,
  EVENTS,
  ISSUED,
  REQUEST_ID,
  SIGNER,
} from '../../../packages/formats/gap/test/samples.ts';
import type { Route } from './target.ts';

const installation = new Uint8Array(16).fill(7);

const KINDS: readonly RecordEvent[] = [
  ...EVENTS,
  {
    kind: 'voided',
    requestId: REQUEST_ID,
    sequence: 3,
    requestDigest: DIGEST,
    bundleHashes: ISSUED.map(({ address }) => address),
    frees: false,
  },
  { kind: 'moved-out', epoch: 2 },
  { kind: 'moved-in', epoch: 2, installation },
  { kind: 'resumed', epoch: 3, installation },
  { kind: 'network-accepted' },
  {
    kind: 'signed-alone',
    verdict: { bundleHash: ISSUED[0]!.address, keys: [[DIGEST, 2]], withdrawalIds: [] },
  },
  { kind: 'surrendered', commitment: DIGEST },
];

/** Each as the first entry of a record, so that the chain lets it through. */
export const FIRST_ENTRIES: readonly SealedEntry[] = KINDS.map((event, index) =>
  sealEntry(EMPTY_HEAD, { at: 1_700_000_000_000 + index, event }, SIGNER),
);

const CONTEXT = Buffer.from('airlock:record/v1\0', 'utf8');

/** Mutates the bodies of entries and signs them as the signer does. */
export function entryRoute(
  enclose: (body: Uint8Array, signature: Uint8Array) => Uint8Array,
  entries: readonly SealedEntry[] = FIRST_ENTRIES,
): Route {
  return {
    name: 'entry, signed again',
    form: 'cbor',
    samples: entries.map(({ body }) => body),
    seal: (body) => {
      const message = new Uint8Array(Buffer.concat([CONTEXT, body]));
      return enclose(body, SIGNER.sign(message));
    },
  };
}
