/**
 * The UUID vault: each UUID under its own key, apart from journal and state, which know only the
 * commitment to it. Nothing else in the store holds a UUID; request files are rebuilt from here.
 */
import { uuidCommitment } from '@airlock/gap';
import { CoordinatorError } from './error.ts';
import { type Keyspace, keyOf, type Operation, rangeOf, type Store } from './store/store.ts';

export function putUuid(uuid: string): Operation {
  return { type: 'put', key: keyOf('vault', uuidCommitment(uuid)), value: uuid };
}

export function eraseUuid(commitment: string): Operation {
  return { type: 'del', key: keyOf('vault', commitment) };
}

/** Where UUIDs may have been: codes of an address batch or slip that came by light hold them, too. */
const SPACES_OF_UUIDS: readonly Keyspace[] = ['vault', 'frames'];

const purgeKey = (orderId: string): string => keyOf('meta', 'purge', orderId);

/** Says, in the batch that erases, that the store's files are still to be purged: for after a crash. */
export function markPurge(orderId: string): Operation {
  return { type: 'put', key: purgeKey(orderId), value: 'due' };
}

/** Codes of unfinished transfers, which may be those of an address batch; whoever shows them shows them again. */
async function dropCodes(store: Store): Promise<void> {
  const keys: string[] = [];
  for await (const [key] of store.entries(rangeOf('frames'))) keys.push(key);
  if (keys.length > 0) await store.batch(keys.map((key) => ({ type: 'del', key })));
}

/** Purges the store's files of all that was erased, also of what a crash or a full disk has left undone. */
export async function purgeErased(store: Store): Promise<void> {
  const due: string[] = [];
  for await (const [key] of store.entries(rangeOf('meta', 'purge'))) due.push(key);
  if (due.length === 0) return;
  await dropCodes(store);
  await store.purge(SPACES_OF_UUIDS);
  await store.batch(due.map((key) => ({ type: 'del', key })));
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
