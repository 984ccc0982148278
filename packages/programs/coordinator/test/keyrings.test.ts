/** Pairing and address batches: the right files once, all others refused and nothing changed. */
import { openPairingCard, sealPairingCard, verifyAddressProof } from '@airlock/gap';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  addressProofOf,
  daysLeft,
  importAddressBatch,
  pairingCard,
  pairKeyring,
} from '../src/keyrings.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { gatedStore } from './gated-store.ts';
import { HonestSigner, identityOf } from './signer.ts';
import { assign, codeOf, createUser, dump, openWorld, type World } from './world.ts';

/** None of these tests asks a node anything. */
const noNode = {} as NodeClient;
let world: World;
beforeEach(async () => {
  world = await openWorld({ node: noNode });
});
const state = () => world.coordinator.ledger.state;

async function refused(call: () => Promise<unknown>, code: string): Promise<void> {
  const before = dump(state());
  expect(await codeOf(call)).toBe(code);
  expect(dump(state())).toEqual(before);
}

describe('pairing', () => {
  test('adds a keyring; the same card again changes nothing', async () => {
    const { keyringId, identity } = world.signer;
    expect(await pairKeyring(world.coordinator, world.signer.card())).toBe(keyringId);
    expect(state().get('keyrings', keyringId)).toMatchObject({
      publicKey: Buffer.from(identity.publicKey).toString('hex'),
      network: 'private',
      label: 'vault 1',
    });
    const before = dump(state());
    await pairKeyring(world.coordinator, world.signer.card());
    expect(dump(state())).toEqual(before);
  });

  test('refuses a coordinator’s card, another network, an altered card and other files', async () => {
    const pair = (file: Uint8Array) => () => pairKeyring(world.coordinator, file);
    await refused(pair(pairingCard(world.coordinator)), 'file_invalid');
    await refused(pair(new HonestSigner({ network: 'devnet' }).card()), 'wrong_network');
    const altered = world.signer.card();
    altered[altered.length - 1]! ^= 1;
    await refused(pair(altered), 'file_invalid');
    await refused(pair(new Uint8Array()), 'file_invalid');
    await refused(pair(await world.signer.batch(1)), 'file_invalid');
  });

  test('refuses a second signer with the same salt as signer_forked, also at the same time', async () => {
    const cards = [world.signer.card(), world.signer.card(identityOf(77))];
    const outcomes = await Promise.allSettled(
      cards.map((card) => pairKeyring(world.coordinator, card)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await refused(() => pairKeyring(world.coordinator, cards[1]!), 'signer_forked');
  });

  test('our own card opens, with our key', () => {
    const card = openPairingCard(pairingCard(world.coordinator));
    expect(card).toMatchObject({ role: 'coordinator', network: 'private', keyring: null });
    expect(card.publicKey).toEqual(world.coordinator.identity.publicKey);
    expect(typeof sealPairingCard).toBe('function');
  });
});

describe('address batches', () => {
  beforeEach(() => pairKeyring(world.coordinator, world.signer.card()));
  const importing = (file: Uint8Array) => () => importAddressBatch(world.coordinator, file);

  test('fill the pools, every fifth address for the hub; again they add nothing', async () => {
    const file = await world.signer.batch(12);
    const { keyringId } = world.signer;
    expect(await importAddressBatch(world.coordinator, file)).toEqual({
      keyringId,
      batch: 1,
      added: 12,
      alreadyImported: false,
    });
    const { pools } = world.coordinator;
    expect([pools.size(keyringId, 'deposit'), pools.size(keyringId, 'hub')]).toEqual([10, 2]);
    const before = dump(state());
    expect(await importAddressBatch(world.coordinator, file)).toMatchObject({
      added: 0,
      alreadyImported: true,
    });
    expect(dump(state())).toEqual(before);
  });

  test('of more than a thousand addresses are journaled in parts', async () => {
    // Made-up addresses would do, but real ones show that the proofs hold.
    const file = await world.signer.batch(1005);
    await importAddressBatch(world.coordinator, file);
    const { head } = state();
    expect(head.number).toBe(3);
    const row = [...state().rows('addresses')].at(-1)!;
    const proof = new Uint8Array(Buffer.from(addressProofOf(world.coordinator, row), 'base64'));
    const { publicKey } = world.signer.identity;
    const { address } = row;
    expect(verifyAddressProof({ proof, address, securityLevel: 1, publicKey })).toMatchObject({
      count: 1005,
      number: 1,
    });
    expect(() => verifyAddressProof({ proof, address, securityLevel: 2, publicKey })).toThrow();
  });

  test('of a signer that is not paired are refused as wrong_keyring', async () => {
    await refused(importing(await new HonestSigner({ number: 9 }).batch(2)), 'wrong_keyring');
  });

  test('of a paired signer that names another’s keyring are refused as wrong_keyring', async () => {
    const other = new HonestSigner({ number: 9 });
    await pairKeyring(world.coordinator, other.card());
    const file = await other.batch(2, { keyringId: world.signer.keyringId });
    await refused(importing(file), 'wrong_keyring');
  });

  test('of another network, altered, cut or of another type are refused', async () => {
    await refused(importing(await world.signer.batch(2, { network: 'devnet' })), 'wrong_network');
    const file = await world.signer.batch(2);
    const altered = file.slice();
    altered[Math.floor(file.length / 2)]! ^= 1;
    await refused(importing(altered), 'file_invalid');
    await refused(importing(file.slice(0, -1)), 'file_invalid');
    await refused(importing(world.signer.card()), 'file_invalid');
  });

  test('with a number or an address that is known already are batch_conflict', async () => {
    await importAddressBatch(world.coordinator, await world.signer.batch(2));
    const twin = new HonestSigner();
    await refused(importing(await twin.batch(3)), 'batch_conflict');
    const other = new HonestSigner();
    await other.batch(1);
    const renumbered = new HonestSigner();
    await renumbered.batch(1);
    await renumbered.batch(1);
    // Batch 3 with UUIDs that batch 1 had: the same salt drew them twice.
    await refused(importing(await other.batch(1)), 'batch_conflict');
  });

  test('imported at the same time twice are imported once', async () => {
    const store = gatedStore();
    store.open();
    world = await openWorld({ node: noNode, store });
    await pairKeyring(world.coordinator, world.signer.card());
    store.shut();
    const file = await world.signer.batch(3);
    const calls = [1, 2].map(() => importAddressBatch(world.coordinator, file));
    store.open();
    const codes = (await Promise.allSettled(calls)).map((each) =>
      each.status === 'fulfilled' ? 'done' : (each.reason as { code: string }).code,
    );
    expect(codes.sort()).toEqual(['done', 'state_changed']);
    expect(state().size('addresses')).toBe(3);
    const { keyringId } = world.signer;
    expect(world.coordinator.pools.next({ keyringId, kind: 'deposit' }, 9)).toHaveLength(3);
  });
});

test('days left follow from the pace at which addresses were handed out', async () => {
  await pairKeyring(world.coordinator, world.signer.card());
  await importAddressBatch(world.coordinator, await world.signer.batch(15));
  const keyring = () => state().get('keyrings', world.signer.keyringId)!;
  expect(daysLeft(world.coordinator, keyring())).toBeNull();
  await createUser(world, 'alice');
  await assign(world, 'alice');
  await assign(world, 'alice');
  world.clock.at += 86_400_000;
  // Ten of twelve deposit addresses are left, at two a day.
  expect(daysLeft(world.coordinator, keyring())).toBe(5);
});
