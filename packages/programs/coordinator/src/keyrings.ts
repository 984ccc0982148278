/** Keyrings: pairing with a signer by its card, and filling the pools from its address batches. */
import {
  type AddressBatch,
  type AddressProof,
  encodeAddressProof,
  GapError,
  leavesOf,
  merklePaths,
  openAddressBatch,
  openEnvelope,
  openPairingCard,
  sealPairingCard,
  uuidCommitment,
} from '@airlock/gap';
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import type { AddressRow, KeyringRow } from './ledger/rows.ts';
import { fileError } from './signing/signer-file.ts';
import { keyOf, paddedNumber } from './store/store.ts';
import { putUuid } from './vault.ts';

/** Every fifth address of a batch becomes a hub address: one sweep's remainder for several deposits. */
const HUB_SHARE = 5;
/** Addresses of one journal entry. */
const ADDRESSES_PER_EVENT_MAX = 1000;

export function pairingCard({ network, identity }: Coordinator): Uint8Array {
  return sealPairingCard(
    { role: 'coordinator', network, label: 'coordinator', keyring: null },
    identity,
  );
}

export function needKeyring({ ledger }: Coordinator, id: string): KeyringRow {
  const row = ledger.state.get('keyrings', id);
  if (row !== undefined) return row;
  throw new CoordinatorError('keyring_unknown', `there is no keyring ${id}`, {
    next: 'list the paired keyrings with GET /v1/keyrings',
  });
}

/** Active hot keyrings in the order in which they were paired: the first one is meant where none is named. */
export function activeHotKeyrings({ ledger }: Coordinator): KeyringRow[] {
  return [...ledger.state.rows('keyrings')]
    .filter(({ state, purpose }) => state === 'active' && purpose === 'hot')
    .sort((a, b) => a.paired - b.paired);
}

export function assertActive(keyring: KeyringRow): void {
  if (keyring.state === 'active') return;
  throw new CoordinatorError('keyring_suspended', `keyring ${keyring.id} is suspended`, {
    next: `activate it with POST /v1/keyrings/${keyring.id}/activate`,
  });
}

/**
 * Pairs with the signer of a card. Pairing the same one again changes nothing: what a keyring is for is
 * said once.
 * @param asked for what; hot for a new one if it is not said
 */
export async function pairKeyring(
  coordinator: Coordinator,
  file: Uint8Array,
  asked?: KeyringRow['purpose'],
): Promise<string> {
  const { ledger, network } = coordinator;
  let card: ReturnType<typeof openPairingCard>;
  try {
    card = openPairingCard(file);
  } catch (cause) {
    throw fileError(cause);
  }
  const { keyring } = card;
  if (keyring === null) {
    throw new CoordinatorError('file_invalid', `the card is that of a ${card.role}, not a signer`, {
      next: 'give the card that "airlock-signer card" wrote',
    });
  }
  if (card.network !== network) {
    throw new CoordinatorError('wrong_network', `the signer is for network ${card.network}`, {
      next: `this coordinator runs on ${network}: make a signer for it`,
    });
  }
  const publicKey = Buffer.from(card.publicKey).toString('hex');
  const known = ledger.state.get('keyrings', keyring.id);
  const purpose = asked ?? known?.purpose ?? 'hot';
  if (known?.publicKey === publicKey && known.purpose === purpose) return keyring.id;
  if (known?.publicKey === publicKey) {
    throw new CoordinatorError('state_changed', `the keyring was paired as ${known.purpose}`, {
      next: `repeat the call with purpose=${known.purpose}; make another keyring for the other purpose`,
    });
  }
  if (known !== undefined) {
    throw new CoordinatorError('signer_forked', 'another signer with this salt is paired already', {
      next: 'two signers must never share a keyring: find out who made the second one',
    });
  }
  await ledger.execute(({ record }) =>
    record({
      type: 'keyring.paired',
      keyringId: keyring.id,
      network: card.network,
      publicKey,
      scheme: keyring.scheme.name,
      securityLevel: keyring.securityLevel,
      practice: keyring.practice,
      label: card.label,
      purpose,
    }),
  );
  return keyring.id;
}

/** Opens a batch with the key of the keyring that it names: no signer speaks for another's keyring. */
function openBatch(coordinator: Coordinator, file: Uint8Array): AddressBatch {
  const keys = [...coordinator.ledger.state.rows('keyrings')];
  try {
    openEnvelope(file, 'address-batch');
    let unknown: unknown;
    for (const { id, publicKey } of keys) {
      try {
        const batch = openAddressBatch(file, new Uint8Array(Buffer.from(publicKey, 'hex')));
        if (batch.statement.keyringId === id) return batch;
      } catch (cause) {
        if (!(cause instanceof GapError && cause.code === 'key_unknown')) throw cause;
        unknown = cause;
      }
    }
    throw new CoordinatorError('wrong_keyring', 'the batch is of no paired keyring', {
      next: "pair its signer first with POST /v1/keyrings and the signer's card",
      cause: unknown,
    });
  } catch (cause) {
    throw fileError(cause);
  }
}

export interface ImportedBatch {
  readonly keyringId: string;
  readonly batch: number;
  readonly added: number;
  readonly alreadyImported: boolean;
}

/** What proofs of the batch's addresses are made of. */
interface StoredBatch {
  readonly statement: string;
  readonly root: string;
  readonly leaves: readonly string[];
}

export async function importAddressBatch(
  coordinator: Coordinator,
  file: Uint8Array,
): Promise<ImportedBatch> {
  const { ledger, store, network, pools } = coordinator;
  const { statement, statementFile, addresses } = openBatch(coordinator, file);
  const { keyringId, number: batch, root } = statement;
  if (statement.network !== network) {
    throw new CoordinatorError('wrong_network', `the batch is for network ${statement.network}`, {
      next: `this coordinator runs on ${network}`,
    });
  }
  const key = keyOf('batches', keyringId, paddedNumber(batch));
  const stored = store.get(key);
  const summary = { keyringId, batch, added: addresses.length };
  if (stored !== null && (JSON.parse(stored) as StoredBatch).root === root) {
    return { ...summary, added: 0, alreadyImported: true };
  }
  const known = addresses.map(({ address }) => ledger.state.get('addresses', address));
  const repeated = known.find((row) => row !== undefined);
  if (stored === null && repeated?.keyringId === keyringId && repeated.batch === batch) {
    throw new CoordinatorError('state_changed', 'another call is importing this batch', {
      next: 'repeat the call',
    });
  }
  if (stored !== null || repeated !== undefined) {
    throw new CoordinatorError('batch_conflict', `batch ${batch} contradicts what is known`, {
      next: 'import nothing from this signer until it is clear why it made a batch twice',
    });
  }
  const rows = addresses.map(({ uuid, address, securityLevel }, index) => ({
    address,
    securityLevel,
    commitment: uuidCommitment(uuid),
    pool: index % HUB_SHARE === HUB_SHARE - 1 ? ('hub' as const) : ('deposit' as const),
    index,
  }));
  const value: StoredBatch = {
    statement: Buffer.from(statementFile).toString('base64'),
    root,
    leaves: leavesOf(addresses),
  };
  const written = ledger.execute(({ record, write }) => {
    for (let at = 0; at < rows.length; at += ADDRESSES_PER_EVENT_MAX) {
      const part = rows.slice(at, at + ADDRESSES_PER_EVENT_MAX);
      record({ type: 'addresses.imported', keyringId, batch, root, addresses: part });
    }
    for (const { uuid } of addresses) write(putUuid(uuid));
    write({ type: 'put', key, value: JSON.stringify(value) });
  });
  // At once, as the state has them: what is handed out meanwhile is written after them.
  pools.add(rows.map(({ address, pool }) => ({ address, keyringId, kind: pool })));
  await written;
  return { ...summary, alreadyImported: false };
}

/** Paths of the batch last asked for: making all of them costs as much as making one. */
interface PathCache {
  key: string;
  statement: Uint8Array;
  paths: string[][];
}

const caches = new WeakMap<Coordinator, PathCache>();

/** Shows that the keyring's signer made an address. */
export function proofOf(coordinator: Coordinator, row: AddressRow): AddressProof {
  const key = keyOf('batches', row.keyringId, paddedNumber(row.batch));
  let cache = caches.get(coordinator);
  if (cache?.key !== key) {
    const stored = JSON.parse(coordinator.store.get(key) ?? '{}') as StoredBatch;
    const statement = new Uint8Array(Buffer.from(stored.statement, 'base64'));
    cache = { key, statement, paths: merklePaths(stored.leaves) };
    caches.set(coordinator, cache);
  }
  return {
    statementFile: cache.statement,
    index: row.index,
    path: cache.paths[row.index] ?? [],
    commitment: row.commitment,
  };
}

/** The proof in base64. */
export function addressProofOf(coordinator: Coordinator, row: AddressRow): string {
  return Buffer.from(encodeAddressProof(proofOf(coordinator, row))).toString('base64');
}

/** Days that the deposit pool lasts at the pace so far; null while nothing was handed out. */
export function daysLeft({ pools, now }: Coordinator, keyring: KeyringRow): number | null {
  const { assigned, assignedSince } = keyring;
  if (assigned === 0) return null;
  const days = Math.max(1 / 24, (now() - assignedSince) / 86_400_000);
  return Math.round((pools.size(keyring.id, 'deposit') / (assigned / days)) * 10) / 10;
}
