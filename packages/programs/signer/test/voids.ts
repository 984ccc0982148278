/** Void requests and the files that a coordinator keeps, for tests. */
import {
  openSigningRequest,
  openVoidRequest,
  sealRecordExport,
  sealVoidRequest,
  type VoidRequest,
  wordsOf,
} from '@airlock/gap';
import { bundleHash } from '@airlock/protocol';
import type { RecordState } from '../src/record-state.ts';
import { COORDINATOR, KEYRING, NOW, type Run, type World } from './world.ts';

/** The void of a request's file, as its coordinator asks for it. */
export function voidOf(requestFile: Uint8Array, changes: Partial<VoidRequest> = {}): Uint8Array {
  const { request, digest } = openSigningRequest(requestFile, [COORDINATOR.publicKey]);
  const { requestId, sequence, keyringId, network, expectedHead, bundles } = request;
  const named = { requestId, sequence, requestDigest: digest, keyringId, network, expectedHead };
  const bundleHashes = bundles.map((slots) => bundleHash(slots));
  return sealVoidRequest({ ...named, bundleHashes, createdAt: NOW, ...changes }, COORDINATOR);
}

/** Runs `void` with the right words. */
export function voidIn(world: World, file: Uint8Array, name = 'receipt'): Promise<Run> {
  const { digest } = openVoidRequest(file, [COORDINATOR.publicKey]);
  const confirm = wordsOf(digest).slice(4).join(' ');
  const path = world.write(`${name}.void`, file);
  return world.run('void', path, '--out', world.path(name), '--confirm', confirm);
}

/** The coordinator's own copy of a record, up to an entry. */
export function coordinatorRecord(
  state: RecordState,
  upTo: number = state.head.number,
): Uint8Array {
  const entries = state.entries.slice(0, upTo);
  return sealRecordExport({ keyringId: KEYRING.id, network: 'private', entries }, COORDINATOR);
}
