/** API keys: shown once, stored as SHA-256, each with one role. */
import type { ApiKey, Role } from '@airlock/api';
import { sha256Hex } from '@airlock/journal';
import type { Effects } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { keyOf, rangeOf, type Store } from '../store/store.ts';

interface StoredKey {
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  readonly createdAt: number;
}

const PREFIX = 'airlock_';

function viewOf({ id, role, name, createdAt }: StoredKey): ApiKey {
  return { id, role, name, createdAt: new Date(createdAt).toISOString() };
}

/** Makes a key of 256 random bits. */
export async function createApiKey(
  { store, random, now }: Pick<Effects, 'random' | 'now'> & { readonly store: Store },
  { role, name }: { readonly role: Role; readonly name: string },
): Promise<ApiKey & { readonly key: string }> {
  const key = PREFIX + Buffer.from(random(32)).toString('base64url');
  const id = `key_${Buffer.from(random(16)).toString('hex')}`;
  const stored: StoredKey = { id, role, name, createdAt: now() };
  const storeKey = keyOf('apiKeys', sha256Hex(key));
  await store.batch([{ type: 'put', key: storeKey, value: JSON.stringify(stored) }]);
  return { ...viewOf(stored), key };
}

/** Keys that were used, by digest: every call brings one, and one process owns a store. */
const used = new WeakMap<Store, Map<string, StoredKey>>();

function findKey(store: Store, digest: string): StoredKey | null {
  const keys = used.get(store) ?? new Map<string, StoredKey>();
  used.set(store, keys);
  const known = keys.get(digest);
  if (known !== undefined) return known;
  const text = store.get(keyOf('apiKeys', digest));
  if (text === null) return null;
  const stored = JSON.parse(text) as StoredKey;
  keys.set(digest, stored);
  return stored;
}

/** The key of an Authorization header. @throws CoordinatorError unauthorized */
export function authenticate(store: Store, header: string | undefined): StoredKey {
  const key = /^Bearer ([\x21-\x7e]{1,128})$/.exec(header ?? '')?.[1];
  const stored = key === undefined ? null : findKey(store, sha256Hex(key));
  if (stored !== null) return stored;
  throw new CoordinatorError('unauthorized', 'the API key is missing or not known', {
    next: 'send "Authorization: Bearer KEY" with a key of the role that the route needs',
  });
}

/** @throws CoordinatorError forbidden */
export function authorize(role: Role, needed: Role): void {
  if (role === needed || role === 'admin') return;
  throw new CoordinatorError('forbidden', `the route needs role ${needed}, the key has ${role}`, {
    next: 'use a key of that role; an admin makes one with POST /v1/api-keys',
  });
}

async function* storedKeys(store: Store): AsyncIterable<readonly [string, StoredKey]> {
  for await (const [key, value] of store.entries(rangeOf('apiKeys'))) {
    yield [key, JSON.parse(value) as StoredKey];
  }
}

/** All keys, by id. */
export async function listApiKeys(store: Store): Promise<ApiKey[]> {
  const keys: ApiKey[] = [];
  for await (const [, stored] of storedKeys(store)) keys.push(viewOf(stored));
  return keys.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws CoordinatorError not_found */
export async function deleteApiKey(store: Store, id: string): Promise<ApiKey> {
  for await (const [key, stored] of storedKeys(store)) {
    if (stored.id !== id) continue;
    await store.batch([{ type: 'del', key }]);
    used.delete(store);
    return viewOf(stored);
  }
  throw new CoordinatorError('not_found', `there is no API key ${id}`, {
    next: 'list them with GET /v1/api-keys',
  });
}
