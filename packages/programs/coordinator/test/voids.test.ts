/** Voids with a real node and signer: asked and receipted, and what no receipt may do. */
import { openVoidRequest, type VoidReceipt } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pairKeyring } from '../src/keyrings.ts';
import { importResponse } from '../src/signing/responses.ts';
import { importVoidReceipt, requestVoid, voidFile } from '../src/signing/voids.ts';
import { HonestSigner, identityOf, type VoidOptions } from './signer.ts';
import {
  answer,
  butAlarms,
  codeOf,
  createUser,
  dump,
  openWorld,
  pairedWorld,
  receiptOf,
  replayed,
  request,
  requestDeposit,
  type ServedNode,
  serveNode,
  voidIt,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 150;
let world: World;
let first: string;
const stateOf = ({ coordinator }: World) => coordinator.ledger.state;
const statusOf = (id: string) => stateOf(world).get('requests', id)!.status;
const headOf = () => stateOf(world).get('keyrings', world.signer.keyringId)!.head;

const requestAmount = (amount: bigint) => requestDeposit(world, served, { amount });

beforeEach(async () => {
  signers += 1;
  world = await pairedWorld(
    { node: served.node, signer: new HonestSigner({ number: signers }) },
    30,
  );
  await createUser(world, 'alice');
  first = await requestAmount(1000n);
});

const clone = () => ({ coordinator: world.coordinator, signer: world.signer.clone() });

/** Importing gives this code, and nothing has changed. */
async function refused(file: Uint8Array, code: string): Promise<void> {
  const before = butAlarms(dump(stateOf(world)));
  expect(await codeOf(importVoidReceipt(world.coordinator, file))).toBe(code);
  expect(butAlarms(dump(stateOf(world)))).toEqual(before);
  expect(butAlarms(await replayed(world.store))).toEqual(before);
}

describe('the void request', () => {
  test('names the request and its bundles, and is the same bytes always', async () => {
    const { coordinator, signer } = world;
    expect(await codeOf(() => voidFile(coordinator, first))).toBe('not_found');
    await requestVoid(coordinator, first);
    const file = voidFile(coordinator, first);
    const { digest, sweepIds } = stateOf(world).get('requests', first)!;
    expect(openVoidRequest(file, [coordinator.identity.publicKey]).request).toEqual({
      requestId: first,
      sequence: 1,
      requestDigest: digest,
      bundleHashes: sweepIds,
      keyringId: signer.keyringId,
      network: 'private',
      expectedHead: { number: 0, hash: '0'.repeat(64) },
      createdAt: stateOf(world).get('requests', first)!.voidings[0]!.createdAt,
    });
    await requestVoid(coordinator, first);
    await importVoidReceipt(coordinator, await receiptOf(world, first));
    const again = await openWorld({ node: served.node, store: world.store, signer });
    expect(voidFile(again.coordinator, first)).toEqual(file);
  });

  test('is made once, of an unanswered request alone', async () => {
    const { coordinator } = world;
    await Promise.all([requestVoid(coordinator, first), requestVoid(coordinator, first)]);
    const before = dump(stateOf(world));
    expect((await requestVoid(coordinator, first)).status).toBe('void-requested');
    expect(dump(stateOf(world))).toEqual(before);
    expect(await codeOf(requestVoid(coordinator, `sr_${'0'.repeat(32)}`))).toBe('request_unknown');
    await voidIt(world, first);
    expect(await codeOf(requestVoid(coordinator, first))).toBe('not_voidable');
    const { requestId } = await request(world);
    await importResponse(coordinator, await answer(world, requestId));
    await expect(requestVoid(coordinator, requestId!)).rejects.toMatchObject({
      code: 'not_voidable',
      message: expect.stringContaining('answered'),
    });
  });
});

describe('a receipt', () => {
  test('voids the request; the same again is alreadyImported and changes nothing', async () => {
    const file = await receiptOf(world, first);
    const imported = await importVoidReceipt(world.coordinator, file);
    expect(imported).toMatchObject({ requestId: first, alreadyImported: false });
    expect(statusOf(first)).toBe('voided');
    expect(headOf()).toEqual(world.signer.head);
    const before = dump(stateOf(world));
    const again = await importVoidReceipt(world.coordinator, file);
    expect(again).toEqual({ ...imported, alreadyImported: true });
    expect(dump(stateOf(world))).toEqual(before);
    expect(await replayed(world.store)).toEqual(before);
  });

  test('may come after a later response that carried its entry; nothing changes then', async () => {
    const second = await requestAmount(7n);
    const receipt = await receiptOf(world, first);
    await importResponse(world.coordinator, await answer(world, second));
    expect([statusOf(first), statusOf(second)]).toEqual(['voided', 'answered']);
    const before = dump(stateOf(world));
    expect((await importVoidReceipt(world.coordinator, receipt)).alreadyImported).toBe(true);
    expect(dump(stateOf(world))).toEqual(before);
  });

  test('is not needed when the response comes after all', async () => {
    const file = await answer(world, first);
    await requestVoid(world.coordinator, first);
    await importResponse(world.coordinator, file);
    expect(statusOf(first)).toBe('answered');
  });

  test('that says it frees inputs is refused: there are no officers', async () => {
    const signer = world.signer.clone();
    await refused(
      await receiptOf({ coordinator: world.coordinator, signer }, first, { frees: true }),
      'void_frees',
    );
    const hidden = await receiptOf(clone(), first, {
      event: (event) => ({ ...event, frees: true }) as typeof event,
    });
    await refused(hidden, 'void_frees');
  });

  test('at the same time as itself is imported once', async () => {
    const file = await receiptOf(world, first);
    const calls = [1, 2, 3].map(() => codeOf(importVoidReceipt(world.coordinator, file)));
    expect((await Promise.all(calls)).sort()).toEqual([
      'no error',
      'state_changed',
      'state_changed',
    ]);
  });
});

describe('a receipt is refused and changes nothing', () => {
  const altered = (
    change: (receipt: VoidReceipt) => Partial<VoidReceipt>,
    options: VoidOptions = {},
  ): Promise<Uint8Array> =>
    receiptOf(clone(), first, {
      ...options,
      receipt: (receipt) => ({ ...receipt, ...change(receipt) }),
    });

  test('with another digest, of another request, or of an unknown one', async () => {
    const digest = 'ab'.repeat(32);
    await refused(await altered(() => ({ requestDigest: digest })), 'response_mismatch');
    await refused(await altered(() => ({ voidDigest: digest })), 'response_mismatch');
    const second = await requestAmount(7n);
    await refused(await altered(() => ({ requestId: second })), 'response_mismatch');
    const unknown = `sr_${'0'.repeat(32)}`;
    await refused(await altered(() => ({ requestId: unknown })), 'request_unknown');
  });

  test('of another keyring, network or signer, or no receipt at all', async () => {
    const keyringId = `kr_${'00'.repeat(16)}`;
    await refused(await altered(() => ({ keyringId })), 'response_mismatch');
    await refused(await altered(() => ({ network: 'devnet' })), 'wrong_network');
    await refused(await altered(() => ({}), { identity: identityOf(251) }), 'wrong_keyring');
    const other = new HonestSigner({ number: 252 });
    await pairKeyring(world.coordinator, other.card());
    const named = { identity: other.identity };
    const file = await altered(() => ({ keyringId: other.keyringId }), named);
    await refused(file, 'response_mismatch');
    await refused(world.signer.card(), 'file_invalid');
    await refused(voidFile(world.coordinator, first), 'file_invalid');
    await refused((await altered(() => ({}))).slice(0, -1), 'file_invalid');
  });

  test('whose last entry is no void, or that of another request', async () => {
    const issued = { kind: 'issued', batch: 1, count: 1, root: 'ab'.repeat(32) } as const;
    await refused(await altered(() => ({}), { event: () => issued }), 'response_mismatch');
    for (const change of [{ requestDigest: 'ab'.repeat(32) }, { sequence: 9 }]) {
      const event: VoidOptions['event'] = (made) => ({ ...made, ...change }) as typeof made;
      await refused(await altered(() => ({}), { event }), 'response_mismatch');
    }
  });

  test('whose entries do not follow the head, or contradict it: both hashes are named', async () => {
    world.signer.append({ kind: 'issued', batch: 1, count: 1, root: 'ab'.repeat(32) });
    const gap = await altered(({ entries }) => ({ entries: entries.slice(1) }));
    await refused(gap, 'signer_forked');
    const clone = world.signer.clone();
    const second = await requestAmount(7n);
    const fork = await receiptOf({ coordinator: world.coordinator, signer: clone }, first);
    await importResponse(world.coordinator, await answer(world, second));
    await refused(fork, 'signer_forked');
    await expect(importVoidReceipt(world.coordinator, fork)).rejects.toThrow(
      new RegExp(
        `^entry 2 of the signer's record is ${clone.head.hash}, but ${headOf().hash} was imported before: 1 entry from there on`,
      ),
    );
  });

  test('of a request whose void was not asked for here, with the way out', async () => {
    const second = await requestAmount(7n);
    const { coordinator } = world;
    await requestVoid(coordinator, first);
    const receipt = world.signer.void(
      voidFile(coordinator, first),
      coordinator.identity.publicKey,
      { receipt: (made) => ({ ...made, ...digestsOf(second) }) },
    );
    await expect(importVoidReceipt(coordinator, receipt)).rejects.toMatchObject({
      code: 'response_mismatch',
      next: expect.stringContaining('airlock-signer record --out'),
    });
  });

  const digestsOf = (id: string): Partial<VoidReceipt> => ({
    requestId: id,
    requestDigest: stateOf(world).get('requests', id)!.digest,
  });

  test('that says that a network was up, when its record does not; and is taken when it does', async () => {
    await refused(await altered(() => ({ networkAccepted: true })), 'response_mismatch');
    world.signer.append({ kind: 'network-accepted' });
    await voidIt(world, first);
    const { networkAccepted } = stateOf(world).get('keyrings', world.signer.keyringId)!;
    expect(networkAccepted).toBe(true);
  });
});
