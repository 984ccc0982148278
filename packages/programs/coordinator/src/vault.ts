/**
 * The UUID vault: each UUID under its own key, apart from journal and state, which know only the
 * commitment to it. Nothing else in the store holds a UUID; request files are rebuilt from here.
 */
import { uuidCommitment } from '@airlock/gap';
import { CoordinatorError } from './error.ts';
import { keyOf, type Operation, type Store } from './store/store.ts';

export function putUuid(uuid: string): Operation {
  return { type: 'put', key: keyOf('vault', uuidCommitment(uuid)), value: uuid };
}

/** UUIDs by commitment. @throws CoordinatorError not_found if one was erased */
export function readUuids(store: Store, commitments: readonly string[]): Map<string, string> {
  const uuids = new Map<string, string>();
  for (const commitment of commitments) {
    const uuid = store.get(keyOf('vault', commitment));
    if (uuid === null) {
      throw new CoordinatorError('not_found', 'the UUID of an address is not kept here any more', {
        next: 'it is in custody: sign with the slip',
      });
    }
    uuids.set(commitment, uuid);
  }
  return uuids;
}
