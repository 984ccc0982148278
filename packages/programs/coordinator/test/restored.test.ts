/** A coordinator that was restored from yesterday's backup, and what its signer's record heals. */
import { EMPTY_HEAD } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withdrawalHandlers } from '../src/http/money-handlers.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { importVoidReceipt, requestVoid, voidFile } from '../src/signing/voids.ts';
import type { Store } from '../src/store/store.ts';
import { expectRecordRefusal } from './refusals.ts';
import { HonestSigner } from './signer.ts';
import {
  aliceWorld,
  answer,
  assign,
  codeOf,
  copyOf,
  deposit,
  differenceOf,
  dump,
  foreignAddress,
  importOwnRecord,
  keyringOf,
  openWorld,
  replayed,
  request,
  requestDeposit,
  restore,
  type ServedNode,
  serveNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 200;
let world: World;

async function depositOf(of: World, amount: bigint): Promise<string> {
  const address = await assign(of, 'alice');
  await deposit(of, served, { address, amount });
  return address;
}

beforeEach(async () => {
  signers += 1;
  world = await aliceWorld(served.node, signers);
});

describe('a coordinator restored from yesterday’s backup', () => {
  let backup: Store;
  let restored: World;
  /** Deposit addresses with money: swept yesterday, swept today by a signed request, not swept yet. */
  let swept: string;
  let waiting: string;
  let payoutId: string;
  let today: { readonly requestId: string; readonly response: Uint8Array };

  /**
   * Yesterday: 100 swept and confirmed, a payout queued, 40 arrived. Today the payout and the 40 went
   * into a signed request, whose bundles nobody has attached when the machine died.
   */
  beforeEach(async () => {
    swept = await depositOf(world, 100n);
    await sweepAll(world, served);
    const payee = foreignAddress('P');
    payoutId = await withdraw(world, {
      userId: 'alice',
      address: payee,
      amount: 30n,
      number: signers,
    });
    waiting = await depositOf(world, 40n);
    backup = await copyOf(world.store);
    const { requestId } = await request(world);
    today = { requestId: requestId!, response: await answer(world, requestId) };
    restored = await restore(world, backup);
  });

  const requestedKeys = (of: World): string[] =>
    [...stateOf(of).rows('sweeps')]
      .filter(({ status }) => status === 'requested')
      .flatMap(({ inputs }) => inputs.map(({ address }) => address));

  test('does not know the response: it says who is behind, by how much, and what heals it', async () => {
    await expect(importResponse(restored.coordinator, today.response)).rejects.toMatchObject({
      code: 'request_unknown',
      message: expect.stringMatching(/record up to entry 1 and is 1 entry behind this file$/),
      next: expect.stringMatching(
        /airlock-signer record --out FILE".*record-exports; keep this file/,
      ),
    });
    await importOwnRecord(restored);
    await expect(importResponse(restored.coordinator, today.response)).rejects.toMatchObject({
      code: 'request_unknown',
      next: expect.stringMatching(/^keep this file/),
    });
  });

  test('never plans over what it has forgotten, once it has the signer’s record', async () => {
    const hub = [...stateOf(restored).rows('addresses')].find(
      ({ kind, balance }) => kind === 'hub' && balance === 100n,
    )!;
    const before = stateOf(restored).get('totals', '');
    const imported = await importOwnRecord(restored);
    expect(imported).toMatchObject({ added: 1, blockedWithdrawals: [payoutId], behind: 0 });
    expect(imported.forgottenBundles).toHaveLength(2);
    for (const address of [waiting, hub.address]) {
      expect(stateOf(restored).get('addresses', address)).toMatchObject({
        status: 'retired',
        sweepId: null,
      });
    }
    expect(stateOf(restored).get('totals', '')).toEqual(before);
    expect(stateOf(restored).get('withdrawals', payoutId)!.status).toBe('blocked');
    expect(await codeOf(request(restored))).toBe('nothing_to_sign');
    const cancel = withdrawalHandlers.cancelWithdrawal(restored.coordinator, {
      params: { id: payoutId },
      query: {},
      body: null,
      call: null,
    });
    expect(await codeOf(cancel)).toBe('not_cancellable');
    expect(swept).not.toBe(waiting);
    expect(await replayed(backup)).toEqual(dump(stateOf(restored)));
    expect(differenceOf(stateOf(restored))).toBe(0n);
  });

  test('is refused by the signer until it has its record; then it goes on with what is free', async () => {
    const { coordinator, signer } = restored;
    const { publicKey } = coordinator.identity;
    const fresh = await depositOf(restored, 7n);
    const lost = (await request(restored)).requestId!;
    expect(requestedKeys(restored)).toEqual(expect.arrayContaining([waiting, fresh]));
    const refusal = signer.refusalOf(await requestFile(coordinator, lost), publicKey);
    expect(refusal).toBe('sequence_reused');
    const imported = await importOwnRecord(restored);
    expect(imported).toMatchObject({ voidedRequests: [lost], blockedWithdrawals: [payoutId] });
    // The sweeps that share a key or a payout with what was signed are blocked; nothing is freed.
    const statuses = [...stateOf(restored).rows('sweeps')].map(({ status }) => status);
    expect(statuses.sort()).toEqual(['blocked', 'blocked', 'confirmed']);
    expect(stateOf(restored).get('addresses', fresh)!.status).toBe('retired');
    expect(await codeOf(request(restored))).toBe('nothing_to_sign');
    const later = await depositOf(restored, 8n);
    const next = await request(restored);
    expect(next.sequence).toBe(3);
    expect(next.sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address))).toEqual([
      later,
    ]);
    const file = await requestFile(coordinator, next.requestId!);
    expect(signer.refusalOf(file, publicKey)).toBeNull();
    await importResponse(coordinator, await answer(restored, next.requestId));
    expect(keyringOf(restored).head).toEqual(signer.head);
    expect(differenceOf(stateOf(restored))).toBe(0n);
    expect(await replayed(backup)).toEqual(dump(stateOf(restored)));
  });

  test('asks again for the sweeps of a request whose sequence was taken, where none of their keys was', async () => {
    const { coordinator, signer } = restored;
    // In sight of the node nothing of yesterday is free but the money that came since.
    const { node } = coordinator;
    const isFresh = (address: string): boolean => address === fresh;
    const balances: typeof node.balances = async (addresses) =>
      (await node.balances(addresses)).map((balance, i) =>
        isFresh(addresses[i]!) || !balance ? balance : balance + 1n,
      );
    const fresh = await depositOf(restored, 7n);
    const blind = { ...restored, coordinator: { ...coordinator, node: { ...node, balances } } };
    const lost = await request(blind);
    expect(lost.sweeps).toHaveLength(1);
    expect(await importOwnRecord(restored)).toMatchObject({ voidedRequests: [lost.requestId] });
    const again = await request(restored);
    expect(again.sweeps.map(({ hash }) => hash)).toEqual(lost.sweeps.map(({ hash }) => hash));
    await importResponse(coordinator, await answer(restored, again.requestId));
    expect(stateOf(restored).get('sweeps', lost.sweeps[0]!.hash)!.status).toBe('signed');
    expect(keyringOf(restored).head).toEqual(signer.head);
  });

  test('learns what it forgot from a receipt that carries it, too', async () => {
    // An outstanding request from before the backup, which a forgotten one has overtaken.
    const old = await requestDeposit(world, served, { amount: 9n });
    const other = await copyOf(world.store);
    const third = await requestDeposit(world, served, { amount: 10n });
    await answer(world, third);
    const behind = await restore(world, other);
    await requestVoid(behind.coordinator, old);
    const { publicKey } = behind.coordinator.identity;
    const receipt = behind.signer.void(voidFile(behind.coordinator, old), publicKey);
    await importVoidReceipt(behind.coordinator, receipt);
    expect(keyringOf(behind)).toMatchObject({ sequence: 4, head: behind.signer.head });
    expect(stateOf(behind).size('forgottenKeys')).toBe(1);
    expect((await request(behind)).sequence).toBe(5);
  });

  test('locks addresses that its backup did not have yet, when their batch is imported again', async () => {
    const empty = await openWorld({ node: served.node, signer: world.signer, seed: 'empty' });
    await pairKeyring(empty.coordinator, world.signer.card());
    const imported = await importOwnRecord(empty);
    expect(imported.forgottenBundles).toHaveLength(3);
    const twin = new HonestSigner({ number: world.signer.number });
    await importAddressBatch(empty.coordinator, await twin.batch(40));
    expect(stateOf(empty).get('addresses', swept)!.status).toBe('retired');
    expect(stateOf(empty).get('addresses', waiting)!.status).toBe('retired');
    // 32 deposit addresses less those two; 8 hub addresses less the one that was spent.
    const { pools } = empty.coordinator;
    const sizes = (['deposit', 'hub'] as const).map((kind) =>
      pools.size(world.signer.keyringId, kind),
    );
    expect(sizes).toEqual([30, 7]);
    expect(keyringOf(empty)).toMatchObject({ sequence: 2, head: world.signer.head });
    expect(keyringOf(empty).head).not.toEqual(EMPTY_HEAD);
  });

  test('takes locked addresses out of the pools that are open, and hands none of them out', async () => {
    const { pools } = restored.coordinator;
    const { keyringId } = restored.signer;
    const pooled = pools.next({ keyringId, kind: 'deposit' }, 3);
    const size = pools.size(keyringId, 'deposit');
    const target = pooled[1]!;
    restored.signer.append({
      ...{ kind: 'signed', requestId: `sr_${'7'.repeat(32)}`, sequence: 3 },
      requestDigest: 'ab'.repeat(32),
      verdicts: [
        { bundleHash: foreignAddress('F'), keys: [[target.commitment, 1]], withdrawalIds: [] },
      ],
    });
    await importOwnRecord(restored);
    expect(pools.size(keyringId, 'deposit')).toBe(size - 1);
    const left = pools.next({ keyringId, kind: 'deposit' }, 99).map(({ address }) => address);
    expect(left).not.toContain(target.address);
  });

  test('uses no fresh hub address on which a forgotten sweep has put money', async () => {
    await importResponse(world.coordinator, today.response);
    await world.attachment.round();
    served.devNode.issueMilestone();
    const funded = [...stateOf(world).rows('sweeps')]
      .filter(({ requestId }) => requestId === today.requestId)
      .flatMap(({ outputs }) => outputs.filter(({ kind }) => kind === 'own'))
      .map(({ address }) => address);
    expect(funded).toHaveLength(2);
    await importOwnRecord(restored);
    await depositOf(restored, 11n);
    const { sweeps } = await request(restored);
    const used = sweeps.flatMap(({ outputs }) => outputs.map(({ address }) => address));
    expect(used.filter((address) => funded.includes(address))).toEqual([]);
    expect(used).toHaveLength(1);
  });

  test('says so loudly when money was given back before it came out that the payout was signed', async () => {
    await withdrawalHandlers.cancelWithdrawal(restored.coordinator, {
      params: { id: payoutId },
      query: {},
      body: null,
      call: null,
    });
    expect(await importOwnRecord(restored)).toMatchObject({ blockedWithdrawals: [] });
    expect(restored.logged).toEqual([
      expect.stringMatching(
        new RegExp(`^withdrawal ${payoutId} is cancelled, but forgotten bundle`),
      ),
    ]);
    expect(differenceOf(stateOf(restored))).toBe(0n);
  });

  test('finds one key with two bundles in what it knows and what the record says', async () => {
    await importResponse(world.coordinator, today.response);
    const { commitment } = stateOf(world).get('addresses', waiting)!;
    world.signer.append({
      ...{ kind: 'signed', requestId: `sr_${'7'.repeat(32)}`, sequence: 3 },
      requestDigest: 'ab'.repeat(32),
      verdicts: [{ bundleHash: foreignAddress('F'), keys: [[commitment, 1]], withdrawalIds: [] }],
    });
    await expectRecordRefusal(world, world.signer.record(), 'signer_forked');
  });
});
