/** Deposit addresses at the same time: each call gets one of its own, and its proof holds. */

import { verifyAddressProof } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { userHandlers } from '../src/http/user-handlers.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { HonestSigner } from './signer.ts';
import { createUser, pairedWorld } from './world.ts';

test('twelve calls within one turn get twelve addresses, each with a proof that verifies', async () => {
  const world = await pairedWorld({ node: {} as NodeClient }, 15);
  await createUser(world, 'alice');
  const call = () =>
    userHandlers.createDepositAddress(world.coordinator, {
      params: { id: 'alice' },
      query: {},
      body: {},
      call: null,
    });
  const made = await Promise.all(Array.from({ length: 12 }, call));
  expect(new Set(made.map(({ address }) => address)).size).toBe(12);
  for (const { address, proof } of made) {
    const statement = verifyAddressProof({
      proof: new Uint8Array(Buffer.from(proof, 'base64')),
      address: address.slice(0, 81),
      securityLevel: 1,
      publicKey: world.signer.identity.publicKey,
    });
    expect(statement.keyringId).toBe(world.signer.keyringId);
  }
  await expect(call()).rejects.toMatchObject({ code: 'pool_empty' });
});

test('an address that is claimed out of its turn is not counted in the pool any more', async () => {
  const world = await pairedWorld({
    node: {} as NodeClient,
    signer: new HonestSigner({ number: 8 }),
  });
  await createUser(world, 'alice');
  const { pools } = world.coordinator;
  const { keyringId } = world.signer;
  const before = pools.size(keyringId, 'deposit');
  const third = pools.next({ keyringId, kind: 'deposit' }, 3)[2]!;
  await userHandlers.createDepositAddress(world.coordinator, {
    params: { id: 'alice' },
    query: {},
    body: { address: withChecksum(third.address) },
    call: null,
  });
  expect(pools.size(keyringId, 'deposit')).toBe(before - 1);
});

test('without a keyring named, the one paired first is asked, and no other when it is empty', async () => {
  const signer = new HonestSigner({ number: 9 });
  const world = await pairedWorld({ node: {} as NodeClient, signer }, 1);
  await createUser(world, 'alice');
  // Paired later, with an id that sorts first.
  const later = new HonestSigner({ number: 2 });
  await pairKeyring(world.coordinator, later.card());
  await importAddressBatch(world.coordinator, await later.batch(2));
  const call = (keyringId?: string) =>
    userHandlers.createDepositAddress(world.coordinator, {
      params: { id: 'alice' },
      query: {},
      body: { keyringId },
      call: null,
    });
  expect((await call()).keyringId).toBe(signer.keyringId);
  await expect(call()).rejects.toMatchObject({ code: 'pool_empty' });
  expect((await call(later.keyringId)).keyringId).toBe(later.keyringId);
});
