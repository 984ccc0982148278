/** `addresses`: batches that the record holds before they leave. */

import { openAddressBatch, openRecordExport } from '@airlock/gap';
import { plainArgon2 } from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deriveAddressOf } from '../src/keyring.ts';
import {
  KEYRING,
  makeWorld,
  removeTemporaryFolders,
  SALT,
  SCHEME,
  SIGNER,
  type World,
} from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

test('a batch holds new addresses that derive from its UUIDs and stand in the record', async () => {
  const at = world.copy();
  expect((await at.run('addresses', '--count', '3', '--out', at.path('2.batch'))).exit).toBe(0);
  const { statement, addresses } = openAddressBatch(at.read('2.batch'), SIGNER.publicKey);
  expect(statement).toMatchObject({
    keyringId: KEYRING.id,
    network: 'private',
    number: 2,
    count: 3,
  });
  const material = { scheme: SCHEME, network: 'private', salt: SALT, argon2: plainArgon2 } as const;
  for (const { uuid, address, securityLevel } of addresses) {
    expect(await deriveAddressOf(material, uuid, securityLevel)).toBe(address);
    expect(at.state().issued.get(uuid)).toEqual({ uuid, address, securityLevel });
  }
});

test('a batch is written again byte for byte', async () => {
  const at = world.copy();
  await at.run('addresses', '--count', '2', '--out', at.path('a'));
  const head = at.head();
  expect((await at.run('addresses', '--batch', '2', '--out', at.path('b'))).exit).toBe(0);
  expect(at.read('b')).toEqual(at.read('a'));
  expect(at.head()).toEqual(head);
  expect((await at.run('addresses', '--batch', '1', '--out', at.path('c'))).exit).toBe(0);
});

test('a source of randomness that repeats itself is refused before anything is recorded', async () => {
  const at = world.copy();
  at.random = (bytes) => new Uint8Array(bytes).fill(7);
  const run = await at.run('addresses', '--count', '2', '--out', at.path('a'));
  expect(run).toMatchObject({ exit: 3, code: 'derivation_mismatch' });
  expect(at.head()).toEqual(world.head());
  expect((await at.run('addresses', '--count', '1', '--out', at.path('a'))).exit).toBe(0);
  const again = await at.run('addresses', '--count', '1', '--out', at.path('b'));
  expect(again.code).toBe('derivation_mismatch');
});

test('the export of the record leads to its head', async () => {
  const at = world.copy();
  await at.run('addresses', '--count', '1', '--out', at.path('a'));
  const run = await at.run('record', '--out', at.path('record.export'));
  expect(run.out.join('\n')).toContain('issued batch 2 with 1 addresses');
  expect(openRecordExport(at.read('record.export'), SIGNER.publicKey).head).toEqual(at.head());
  const inspected = await at.run('inspect', at.path('record.export'));
  expect(inspected.out.join('\n')).toContain(at.head().hash);
});

test('a name that is taken is refused before addresses are used up', async () => {
  const at = world.copy();
  at.write('a', 'x');
  const run = await at.run('addresses', '--count', '1', '--out', at.path('a'));
  expect(run).toMatchObject({ exit: 5, code: 'file_exists' });
  expect(at.head()).toEqual(world.head());
});
