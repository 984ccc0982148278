/** Custody: set aside, slip, receipt, erased UUIDs, and back again; nothing is erased without the right receipt. */
import { digestOf, openCustodySlip, openEnvelope, uuidCommitment } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openBringBack, takeSlip } from '../src/cold/bring-back.ts';
import { cancelOrder, custodySlip, openCustody, takeReceipt } from '../src/cold/custody.ts';
import type { AddressRow } from '../src/ledger/rows.ts';
import { importRecord } from '../src/signing/record-exports.ts';
import { createRequest, requestFile } from '../src/signing/signing.ts';
import { keyOf } from '../src/store/store.ts';
import { purgeErased } from '../src/vault.ts';
import {
  bringBack,
  hubMoney,
  orderOf,
  payOut,
  putIntoCustody,
  receiptFor,
  rowOf,
  setAside,
} from './cold.ts';
import { identityOf } from './signer.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  codeOf,
  differenceOf,
  dump,
  foreignAddress,
  openWorld,
  replayed,
  request,
  stateOf,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;
let hub: AddressRow[];

beforeEachAlice(200, (next) => {
  stage = next;
  world = next.world;
});
beforeEach(async () => {
  hub = await hubMoney(world, stage.served, [10n, 20n, 30n]);
});

const texts = (...places: number[]): string[] =>
  places.map((place) => withChecksum(hub[place]!.address));
const uuidInVault = (row: AddressRow): string | null =>
  world.store.get(keyOf('vault', row.commitment));
const isSound = async (): Promise<void> => {
  expect(differenceOf(stateOf(world))).toBe(0n);
  expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
};

describe('setting aside', () => {
  test('takes addresses out of sweeping at once, and leaves the equation as it is', async () => {
    const before = stateOf(world).get('totals', '');
    const id = await setAside(world, texts(1, 2));
    expect(orderOf(world, id)).toMatchObject({ type: 'set-aside', status: 'open' });
    expect(stateOf(world).get('totals', '')).toEqual(before);
    await payOut(world, { address: foreignAddress('W'), amount: 15n });
    const { leftOut } = await request(world, { dryRun: true });
    expect(leftOut).toMatchObject([{ reason: expect.stringContaining('does not fit') }]);
    await isSound();
  });

  test('by an amount takes the largest addresses that hold it', async () => {
    const id = await openCustody(
      world.coordinator,
      { amount: 31n, reference: 'quarter' },
      (_command, order) => order,
    );
    const { addresses } = orderOf(world, id);
    expect(addresses).toEqual([hub[2]!.address, hub[1]!.address]);
  });

  test.each([
    ['both addresses and amount', { addresses: ['x'], amount: 1n }, 'invalid_request'],
    ['neither', {}, 'invalid_request'],
    ['more than there is', { amount: 61n }, 'insufficient_balance'],
    ['an amount of 0', { amount: 0n }, 'invalid_request'],
    ['a keyring of nobody', { amount: 1n, keyringId: `kr_${'0'.repeat(32)}` }, 'keyring_unknown'],
  ])('%s is refused', async (_what, asked, code) => {
    const before = dump(stateOf(world));
    const call = openCustody(world.coordinator, { ...asked, reference: null }, () => undefined);
    expect(await codeOf(call)).toBe(code);
    expect(dump(stateOf(world))).toEqual(before);
  });

  test('of what is no free hub address is refused, and names why', async () => {
    await setAside(world, texts(0));
    const { keyringId } = world.signer;
    const [pooled] = world.coordinator.pools.next({ keyringId, kind: 'hub' }, 1);
    const [deposits] = world.coordinator.pools.next({ keyringId, kind: 'deposit' }, 1);
    const refusals = [
      [hub[0]!.address, 'set aside already'],
      [pooled!.address, 'pooled'],
      [deposits!.address, 'deposit address'],
      [foreignAddress('N'), 'none of ours'],
    ] as const;
    for (const [address, reason] of refusals) {
      const call = setAside(world, [withChecksum(address)]);
      await expect(call).rejects.toMatchObject({
        code: 'cold_order_state',
        message: expect.stringContaining(reason),
      });
    }
    expect(await codeOf(setAside(world, texts(1, 1)))).toBe('invalid_request');
  });

  test('below what has to stay hot is refused', async () => {
    const { node } = stage.served;
    const settings = {
      reserve: {
        keepHot: { unit: 'percent', amount: 50n } as const,
        ceiling: null,
        coldKeyringId: null,
      },
    };
    world = await openWorld({ node, store: world.store, signer: world.signer, settings });
    expect(await codeOf(setAside(world, texts(1, 2)))).toBe('reserve_too_low');
    // 30 of 60 may go: exactly half stays.
    await setAside(world, texts(2));
    expect(await codeOf(setAside(world, texts(0)))).toBe('reserve_too_low');
  });
});

test('a receipt given again makes good a purge that failed', async () => {
  const id = await setAside(world, texts(0));
  const receipt = receiptFor(world, id);
  const full = { ...world.store, purge: () => Promise.reject(new Error('no space left')) };
  await expect(takeReceipt({ ...world.coordinator, store: full }, receipt)).rejects.toThrow();
  await takeReceipt(world.coordinator, receipt);
  // Nothing is left to be purged.
  await purgeErased(full);
});

describe('the slip', () => {
  test('holds each UUID, in the order of the addresses, and is the same bytes always', async () => {
    const id = await setAside(world, texts(2, 0));
    const file = custodySlip(world.coordinator, id);
    expect(custodySlip(world.coordinator, id)).toEqual(file);
    const { slip } = openCustodySlip(file, [world.coordinator.identity.publicKey]);
    expect(slip).toMatchObject({ orderId: id, keyringId: world.signer.keyringId });
    expect(slip.addresses.map(({ address, amount }) => [address, amount])).toEqual([
      [hub[2]!.address, 30n],
      [hub[0]!.address, 10n],
    ]);
    for (const { uuid, address } of slip.addresses) {
      expect(uuidCommitment(uuid)).toBe(rowOf(world, address).commitment);
    }
    expect(digestOf(openEnvelope(file))).toBe(orderOf(world, id).slipDigest);
  });

  test('is there until its receipt came, and then says where it is', async () => {
    const { id } = await putIntoCustody(world, texts(0));
    expect(() => custodySlip(world.coordinator, id)).toThrow(
      expect.objectContaining({
        code: 'slip_erased',
        next: expect.stringMatching(/safe A, paper; safe B, stick.*never be moved/s),
      }),
    );
  });
});

describe('the receipt', () => {
  test('erases the UUIDs of its slip, and of no other address', async () => {
    const { id } = await putIntoCustody(world, texts(1, 2));
    expect(hub.map(uuidInVault)).toEqual([expect.any(String), null, null]);
    expect(orderOf(world, id)).toMatchObject({
      status: 'in-custody',
      copies: ['safe A, paper', 'safe B, stick'],
    });
    await isSound();
  });

  test('taken again changes nothing', async () => {
    const id = await setAside(world, texts(0));
    const file = receiptFor(world, id);
    await takeReceipt(world.coordinator, file);
    const before = dump(stateOf(world));
    expect(await takeReceipt(world.coordinator, file, id)).toBe(id);
    expect(dump(stateOf(world))).toEqual(before);
  });

  test('a second one that names other copies is refused: what was named first stands', async () => {
    const id = await setAside(world, texts(0));
    const later = receiptFor(world, id, {
      receipt: (receipt) => ({ ...receipt, copies: ['another safe'] }),
    });
    await takeReceipt(world.coordinator, receiptFor(world, id));
    const { copies } = orderOf(world, id);
    expect(await codeOf(takeReceipt(world.coordinator, later))).toBe('cold_order_state');
    expect(orderOf(world, id).copies).toEqual(copies);
  });

  test.each([
    ['of another slip', { slipDigest: '0'.repeat(64) }, 'slip_mismatch'],
    ['that counts one address less', { count: 1 }, 'slip_mismatch'],
    ['of an order of nobody', { orderId: `co_${'0'.repeat(32)}` }, 'cold_order_unknown'],
    ['for another network', { network: 'mainnet' as const }, 'wrong_network'],
  ])('%s is refused, and nothing is erased', async (_what, change, code) => {
    const id = await setAside(world, texts(0, 1));
    const file = receiptFor(world, id, { receipt: (receipt) => ({ ...receipt, ...change }) });
    expect(await codeOf(takeReceipt(world.coordinator, file))).toBe(code);
    expect(hub.map(uuidInVault)).not.toContain(null);
    expect(orderOf(world, id).status).toBe('open');
  });

  test('of another order than it was sent to is refused', async () => {
    const [first, second] = [await setAside(world, texts(0)), await setAside(world, texts(1))];
    const file = receiptFor(world, first);
    expect(await codeOf(takeReceipt(world.coordinator, file, second))).toBe('slip_mismatch');
    expect(hub.map(uuidInVault)).not.toContain(null);
  });

  test('of a signer that is not paired, or garbage, is refused before anything is erased', async () => {
    const id = await setAside(world, texts(0));
    const stranger = receiptFor(world, id, { identity: identityOf(99) });
    expect(await codeOf(takeReceipt(world.coordinator, stranger))).toBe('wrong_keyring');
    const spoiled = receiptFor(world, id);
    spoiled[spoiled.length - 1]! ^= 1;
    expect(await codeOf(takeReceipt(world.coordinator, spoiled))).toBe('file_invalid');
    expect(await codeOf(takeReceipt(world.coordinator, new Uint8Array(64)))).toBe('file_invalid');
    const slip = custodySlip(world.coordinator, id);
    expect(await codeOf(takeReceipt(world.coordinator, slip))).toBe('file_invalid');
    expect(hub.map(uuidInVault)).not.toContain(null);
  });

  test('after a cancellation is refused: the addresses may be swept by now', async () => {
    const id = await setAside(world, texts(0));
    const file = receiptFor(world, id);
    await cancelOrder(world.coordinator, id);
    expect(await codeOf(takeReceipt(world.coordinator, file))).toBe('cold_order_state');
    expect(hub.map(uuidInVault)).not.toContain(null);
  });
});

describe('cancelling', () => {
  test('a set-aside without receipt gives the addresses back to sweeping; again, nothing', async () => {
    const id = await setAside(world, texts(0, 1));
    await cancelOrder(world.coordinator, id);
    await cancelOrder(world.coordinator, id);
    expect(hub.map(({ address }) => rowOf(world, address).custody)).toEqual([null, null, null]);
    expect(() => custodySlip(world.coordinator, id)).toThrow(/has no slip/);
    await setAside(world, texts(0, 1));
    await isSound();
  });

  test('after the receipt is refused: there is a bring-back for that', async () => {
    const { id } = await putIntoCustody(world, texts(0));
    await expect(cancelOrder(world.coordinator, id)).rejects.toMatchObject({
      code: 'cold_order_state',
      next: expect.stringContaining('bring-back'),
    });
  });
});

describe('bringing back', () => {
  test('with the slip: the address is swept like any, with the UUID that it had', async () => {
    const before = uuidInVault(hub[2]!);
    const custody = await putIntoCustody(world, texts(1, 2));
    const id = await bringBack(world, custody, texts(2));
    expect(orderOf(world, id)).toMatchObject({ status: 'done', custodyId: custody.id });
    expect([uuidInVault(hub[1]!), uuidInVault(hub[2]!)]).toEqual([null, before]);
    await payOut(world, { address: foreignAddress('W'), amount: 25n });
    const { sweeps, requestId } = await request(world);
    const spent = sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address));
    expect(spent).toEqual([hub[0]!.address, hub[2]!.address]);
    expect((await requestFile(world.coordinator, requestId!)).length).toBeGreaterThan(0);
    await isSound();
  });

  test('without addresses takes all that is held; the slip taken again changes nothing', async () => {
    const custody = await putIntoCustody(world, texts(0, 1));
    const id = await bringBack(world, custody);
    const before = dump(stateOf(world));
    await takeSlip(world.coordinator, id, custody.slip);
    expect(dump(stateOf(world))).toEqual(before);
    expect(hub.map(uuidInVault)).not.toContain(null);
  });

  test('a second one of the same addresses is refused while the first waits for the slip', async () => {
    const custody = await putIntoCustody(world, texts(0, 1));
    const open = (addresses?: readonly string[]): Promise<string> => {
      const asked = { custodyId: custody.id, addresses, reference: null };
      return openBringBack(world.coordinator, asked, (_command, order) => order);
    };
    const first = await open(texts(0));
    expect(await codeOf(open())).toBe('cold_order_state');
    expect(await codeOf(open(texts(1)))).toBe('no error');
    await cancelOrder(world.coordinator, first);
    expect(await codeOf(open(texts(0)))).toBe('no error');
  });

  test('with another slip, a spoiled one or a stranger’s is refused, and nothing is kept', async () => {
    const [one, other] = [
      await putIntoCustody(world, texts(0)),
      await putIntoCustody(world, texts(1)),
    ];
    const asked = { custodyId: one.id, addresses: undefined, reference: null };
    const id = await openBringBack(world.coordinator, asked, (_command, order) => order);
    expect(await codeOf(takeSlip(world.coordinator, id, other.slip))).toBe('slip_mismatch');
    const spoiled = one.slip.slice();
    spoiled[100]! ^= 1;
    expect(await codeOf(takeSlip(world.coordinator, id, spoiled))).toBe('file_invalid');
    expect(await codeOf(takeSlip(world.coordinator, one.id, one.slip))).toBe('cold_order_state');
    expect([uuidInVault(hub[0]!), uuidInVault(hub[1]!)]).toEqual([null, null]);
  });

  test('of an address whose key has signed is refused', async () => {
    const custody = await putIntoCustody(world, texts(0, 1));
    const { coordinator } = world;
    // The node has seen it spent, although no record says so here.
    const spent = {
      ...coordinator.node,
      spentStates: async (all: readonly string[]) => all.map(() => true),
    };
    const lying = { ...coordinator, node: spent };
    const asked = { custodyId: custody.id, addresses: texts(1), reference: null };
    const id = await openBringBack(coordinator, asked, (_command, order) => order);
    expect(await codeOf(takeSlip(lying, id, custody.slip))).toBe('address_spent');
    expect(uuidInVault(hub[1]!)).toBeNull();
    // The signer's record says it.
    world.signer.append({
      kind: 'signed-alone',
      verdict: {
        bundleHash: foreignAddress('B'),
        keys: [[hub[1]!.commitment, 1]],
        withdrawalIds: [],
      },
    });
    await importRecord(coordinator, world.signer.record());
    expect(await codeOf(takeSlip(coordinator, id, custody.slip))).toBe('cold_order_state');
    const again = openBringBack(coordinator, asked, () => undefined);
    expect(await codeOf(again)).toBe('cold_order_state');
    expect(uuidInVault(hub[1]!)).toBeNull();
  });

  test('of what has no receipt yet is refused: it can be cancelled', async () => {
    const custodyId = await setAside(world, texts(0));
    const asked = { custodyId, addresses: undefined, reference: null };
    const call = async (): Promise<unknown> =>
      openBringBack(world.coordinator, asked, () => undefined);
    await expect(call()).rejects.toMatchObject({
      code: 'cold_order_state',
      next: expect.stringContaining('cancel'),
    });
  });
});

test('a request that was made before stays the same bytes as long as nothing of it is in custody', async () => {
  await payOut(world, { address: foreignAddress('W'), amount: 5n });
  const { requestId } = await request(world);
  const file = await requestFile(world.coordinator, requestId!);
  await putIntoCustody(world, texts(2));
  expect(await requestFile(world.coordinator, requestId!)).toEqual(file);
});

test('an ordinary request for a cold keyring is refused', async () => {
  const { coordinator } = world;
  const { keyringId } = world.signer;
  const row = stateOf(world).get('keyrings', keyringId)!;
  await coordinator.ledger.execute(({ draft }) =>
    draft.set('keyrings', keyringId, { ...row, purpose: 'cold' }),
  );
  const call = createRequest(coordinator, {
    keyringId,
    limits: { maxSweeps: 1, maxInputs: 1 },
    dryRun: false,
  });
  expect(await codeOf(call)).toBe('keyring_cold');
});
