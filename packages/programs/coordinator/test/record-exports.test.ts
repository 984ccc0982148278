/** Record exports in both directions: what is kept, what is taken, and what is refused. */
import { openRecordExport, type SealedEntry } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pairKeyring } from '../src/keyrings.ts';
import { exportRecord, importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import { importVoidReceipt, requestVoid, voidFile } from '../src/signing/voids.ts';
import { expectRecordRefusal } from './refusals.ts';
import { HonestSigner, identityOf } from './signer.ts';
import {
  aliceWorld,
  answer,
  codeOf,
  copyOf,
  dump,
  foreignAddress,
  importOwnRecord,
  keyringOf,
  replayed,
  request,
  requestDeposit,
  restore,
  type ServedNode,
  serveNode,
  stateOf,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 180;
let world: World;

beforeEach(async () => {
  signers += 1;
  world = await aliceWorld(served.node, signers);
});

describe('the coordinator’s own export', () => {
  test('holds every entry that came with responses, receipts and records, under its seal', async () => {
    const { coordinator, signer } = world;
    const first = await requestDeposit(world, served, { amount: 5n });
    await importResponse(coordinator, await answer(world, first));
    const second = await requestDeposit(world, served, { amount: 6n });
    await requestVoid(coordinator, second);
    const { publicKey } = coordinator.identity;
    const receipt = signer.void(voidFile(coordinator, second), publicKey);
    await importVoidReceipt(coordinator, receipt);
    signer.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    await importOwnRecord(world);
    const file = await exportRecord(coordinator, signer.keyringId);
    const opened = openRecordExport(file, signer.identity.publicKey, [publicKey]);
    expect(opened.record).toEqual({
      keyringId: signer.keyringId,
      network: 'private',
      entries: signer.entries,
    });
    expect(opened.head).toEqual(signer.head);
    expect(() => openRecordExport(file, signer.identity.publicKey)).toThrow(
      /key that is not paired/,
    );
  });

  test('of a record of which nothing is known, or of an unknown keyring, is refused', async () => {
    const { coordinator, signer } = world;
    expect(await codeOf(exportRecord(coordinator, signer.keyringId))).toBe('not_found');
    expect(await codeOf(exportRecord(coordinator, 'kr_0'))).toBe('keyring_unknown');
  });
});

describe('the signer’s export', () => {
  test('is taken as far as it is new: again, or behind, it changes nothing and says so', async () => {
    const { signer } = world;
    signer.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    const old = signer.record();
    signer.append({ kind: 'network-accepted' });
    signer.append({ kind: 'resumed', epoch: 2, installation: new Uint8Array(16).fill(1) });
    expect(await importOwnRecord(world)).toEqual({
      keyringId: signer.keyringId,
      head: signer.head,
      added: 3,
      behind: 0,
      alreadyImported: false,
      forgottenBundles: [],
      blockedWithdrawals: [],
      voidedRequests: [],
    });
    expect(keyringOf(world)).toMatchObject({ head: signer.head, epoch: 2, networkAccepted: true });
    const before = dump(stateOf(world));
    expect(await importOwnRecord(world)).toMatchObject({
      added: 0,
      behind: 0,
      alreadyImported: true,
    });
    const behind = await importRecord(world.coordinator, old);
    expect(behind).toMatchObject({ head: signer.head, added: 0, behind: 2, alreadyImported: true });
    expect(dump(stateOf(world))).toEqual(before);
    expect(await replayed(world.store)).toEqual(before);
  });

  test('that contradicts what is known is a fork that names entry and hashes', async () => {
    const { signer } = world;
    signer.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    const clone = signer.clone();
    signer.append({ kind: 'network-accepted' });
    signer.append({ kind: 'moved-out', epoch: 2 });
    await importOwnRecord(world);
    const known = keyringOf(world).head;
    clone.append({ kind: 'issued', batch: 10, count: 1, root: 'cd'.repeat(32) });
    await expectRecordRefusal(world, clone.record(), 'signer_forked');
    await expect(importRecord(world.coordinator, clone.record())).rejects.toThrow(
      new RegExp(
        `^entry 2 of the signer's record is ${clone.head.hash}, but [0-9a-f]{64} was imported before: 2 entries from there`,
      ),
    );
    for (let i = 0; i < 5; i += 1) clone.append({ kind: 'network-accepted' });
    await expectRecordRefusal(world, clone.record(), 'signer_forked');
    expect(keyringOf(world).head).toEqual(known);
  });

  test('of another keyring, network or sealer, or cut, is refused', async () => {
    const { signer, coordinator } = world;
    await importResponse(
      coordinator,
      await answer(world, await requestDeposit(world, served, { amount: 5n })),
    );
    const { identity } = signer;
    const keyringId = `kr_${'00'.repeat(16)}`;
    await expectRecordRefusal(
      world,
      signer.record(identity, (made) => ({ ...made, keyringId })),
      'response_mismatch',
    );
    const devnet = signer.record(identity, (made) => ({ ...made, network: 'devnet' }));
    await expectRecordRefusal(world, devnet, 'wrong_network');
    await expectRecordRefusal(world, signer.record(identityOf(253)), 'wrong_keyring');
    await expectRecordRefusal(
      world,
      await exportRecord(coordinator, signer.keyringId),
      'wrong_keyring',
    );
    await expectRecordRefusal(world, signer.card(), 'file_invalid');
    await expectRecordRefusal(world, signer.record().slice(0, -1), 'file_invalid');
    const other = new HonestSigner({ number: 254 });
    await pairKeyring(coordinator, other.card());
    await expectRecordRefusal(world, signer.record(other.identity), 'file_invalid');
    const swapped = (entries: readonly SealedEntry[]) => [...entries].reverse();
    signer.append({ kind: 'network-accepted' });
    const file = signer.record(identity, (made) => ({ ...made, entries: swapped(made.entries) }));
    await expectRecordRefusal(world, file, 'file_invalid');
  });

  test('at the same time as a response of a fork: only one gets in', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const { coordinator } = world;
    const fork = await answer({ coordinator, signer: world.signer.clone() }, first);
    world.signer.append({ kind: 'network-accepted' });
    const codes = await Promise.all([
      codeOf(importOwnRecord(world)),
      codeOf(importResponse(coordinator, fork)),
    ]);
    expect(codes.sort()).toEqual(['no error', 'state_changed']);
  });

  test('before the response of a known request: that is imported after it, and no head falls', async () => {
    const { coordinator, signer } = world;
    const first = await requestDeposit(world, served, { amount: 5n });
    const response = await answer(world, first);
    signer.append({ kind: 'network-accepted' });
    expect(await importOwnRecord(world)).toMatchObject({ added: 2, forgottenBundles: [] });
    expect(stateOf(world).get('requests', first)!.status).toBe('outstanding');
    const { sweepIds } = await importResponse(coordinator, response);
    expect(keyringOf(world).head).toEqual(signer.head);
    expect(stateOf(world).get('sweeps', sweepIds[0]!)!.status).toBe('signed');
    expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
  });

  test('with a void of a known request voids it here, whether it was asked for or not', async () => {
    const { coordinator, signer } = world;
    const { publicKey } = coordinator.identity;
    const first = await requestDeposit(world, served, { amount: 5n });
    const backup = await copyOf(world.store);
    await requestVoid(coordinator, first);
    const receipt = signer.void(voidFile(coordinator, first), publicKey);
    expect(await importOwnRecord(world)).toMatchObject({ voidedRequests: [first] });
    expect((await importVoidReceipt(coordinator, receipt)).alreadyImported).toBe(true);
    const restored = await restore(world, backup);
    await expect(importVoidReceipt(restored.coordinator, receipt)).rejects.toMatchObject({
      code: 'response_mismatch',
      next: expect.stringContaining('POST /v1/record-exports'),
    });
    expect(await importOwnRecord(restored)).toMatchObject({ voidedRequests: [first] });
    const again = await request(restored);
    expect(again).toMatchObject({ sequence: 2, sweeps: [{ inputs: [{ amount: 5n }] }] });
    await importResponse(restored.coordinator, await answer(restored, again.requestId));
  });

  test('with a void that frees inputs is refused', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const { digest, sweepIds } = stateOf(world).get('requests', first)!;
    world.signer.append({
      ...{ kind: 'voided', requestId: first, sequence: 1, requestDigest: digest },
      ...{ bundleHashes: sweepIds, frees: true },
    });
    await expectRecordRefusal(world, world.signer.record(), 'void_frees');
  });
});

describe('a response that carries more than its own entry', () => {
  const signed = (sequence: number, bundleHash: string, commitment: string) =>
    world.signer.append({
      ...{ kind: 'signed', requestId: `sr_${'7'.repeat(32)}`, sequence },
      requestDigest: 'ab'.repeat(32),
      verdicts: [{ bundleHash, keys: [[commitment, 1]], withdrawalIds: [] }],
    });
  const importOwn = async (requestId: string) =>
    importResponse(world.coordinator, await answer(world, requestId));

  test('locks what was forgotten, and voids the request whose sequence that took', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const second = await requestDeposit(world, served, { amount: 6n });
    const { keyringId } = world.signer;
    const [next] = world.coordinator.pools.next({ keyringId, kind: 'deposit' }, 1);
    signed(1, foreignAddress('F'), next!.commitment);
    await importOwn(second);
    expect(stateOf(world).get('requests', first)!.status).toBe('voided');
    expect(stateOf(world).get('addresses', next!.address)!.status).toBe('retired');
    expect(keyringOf(world)).toMatchObject({ sequence: 2, head: world.signer.head });
  });

  test('raises the sequence, although it knows the bundle', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const [sweep] = stateOf(world).rows('sweeps');
    const { commitment } = stateOf(world).get('addresses', sweep!.inputs[0]!.address)!;
    signed(7, sweep!.id, commitment);
    await importOwn(first);
    expect(keyringOf(world).sequence).toBe(7);
    expect(stateOf(world).get('sweeps', sweep!.id)!.status).toBe('signed');
  });

  test('says that another home has taken over', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const installation = new Uint8Array(16).fill(1);
    world.signer.append({ kind: 'moved-in', epoch: 4, installation });
    await importOwn(first);
    expect(keyringOf(world).epoch).toBe(4);
  });

  test('and nothing new journals one event alone', async () => {
    const first = await requestDeposit(world, served, { amount: 5n });
    const { number } = stateOf(world).head;
    await importOwn(first);
    expect(stateOf(world).head.number).toBe(number + 1);
  });
});
