/** Signing requests end to end: from a deposit to a confirmed payout, with a real node and signer. */
import { openSigningRequest } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { keyOf } from '../src/store/store.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  codeOf,
  confirmSweeps,
  createUser,
  deposit,
  dump,
  foreignAddress,
  openWorld,
  pairedWorld,
  replayed,
  request,
  type ServedNode,
  serveNode,
  sweepAll,
  type World,
  withdraw,
  withdrawalIdOf,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 10;
/** Every world has a signer of its own, so that no two share addresses on the one node. */
async function freshWorld(node: NodeClient = served.node, addresses = 20): Promise<World> {
  signers += 1;
  return pairedWorld({ node, signer: new HonestSigner({ number: signers }) }, addresses);
}

async function withDeposit(amount = 1000n, node: NodeClient = served.node): Promise<World> {
  const world = await freshWorld(node);
  await createUser(world, 'alice');
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount });
  return world;
}

const stateOf = (world: World) => world.coordinator.ledger.state;

describe('from deposit to payout', () => {
  test.each([1, 2] as const)(
    'at level %i every step is journaled and the money arrives',
    async (level) => {
      signers += 1;
      const signer = new HonestSigner({ number: signers, level });
      const world = await pairedWorld({ node: served.node, signer });
      await createUser(world, 'alice');
      const address = await assign(world, 'alice');
      await deposit(world, served, { address, amount: 1000n });
      expect(stateOf(world).get('users', 'alice')).toMatchObject({ pendingDeposits: 1000n });
      await sweepAll(world, served);
      expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 1000n });
      const payee = foreignAddress(level === 1 ? 'M' : 'N');
      const tag = 'TAG'.padEnd(27, '9');
      const id = await withdraw(world, { userId: 'alice', address: payee, amount: 300n, tag });
      const drafted = await sweepAll(world, served);
      expect(served.devNode.balanceOf(payee)).toBe(300n);
      expect(stateOf(world).get('withdrawals', id)!.status).toBe('confirmed');
      const sweep = stateOf(world).get('sweeps', drafted.sweeps[0]!.hash)!;
      expect(sweep.status).toBe('confirmed');
      expect(sweep.outputs.map(({ kind, amount, tag: is }) => [kind, amount, is])).toEqual([
        ['withdrawal', 300n, tag],
        ['own', 700n, '9'.repeat(27)],
      ]);
      expect(stateOf(world).get('totals', '')).toMatchObject({
        assets: 700n,
        users: 700n,
        operator: 0n,
      });
      expect(dump(stateOf(world))).toEqual(await replayed(world.store));
      expect(world.logged).toEqual([]);
    },
  );
});

describe('the request’s file', () => {
  test('is the same bytes always, also after opening the store again, and opens with our key', async () => {
    const world = await withDeposit();
    const { requestId, digest, sequence } = await request(world);
    const file = await requestFile(world.coordinator, requestId!);
    const { identity } = world.coordinator;
    expect(openSigningRequest(file, [identity.publicKey])).toMatchObject({
      digest,
      request: { requestId, sequence, keyringId: world.signer.keyringId, network: 'private' },
    });
    await importResponse(world.coordinator, await answer(world, requestId));
    await world.attachment.round();
    expect(await requestFile(world.coordinator, requestId!)).toEqual(file);
    const again = await openWorld({ node: served.node, store: world.store, signer: world.signer });
    expect(await requestFile(again.coordinator, requestId!)).toEqual(file);
  });

  test('whose UUID was erased is refused with not_found, another than the first with store_damaged', async () => {
    const world = await withDeposit();
    const { requestId, sweeps } = await request(world);
    const { commitment } = stateOf(world).get('addresses', sweeps[0]!.inputs[0]!.address)!;
    const key = keyOf('vault', commitment);
    const uuid = (await world.store.get(key))!;
    await world.store.batch([{ type: 'del', key }]);
    expect(await codeOf(requestFile(world.coordinator, requestId!))).toBe('not_found');
    const value = `${uuid.slice(0, 63)}${uuid.endsWith('A') ? 'B' : 'A'}`;
    await world.store.batch([{ type: 'put', key, value }]);
    expect(await codeOf(requestFile(world.coordinator, requestId!))).toBe('store_damaged');
    expect(await codeOf(requestFile(world.coordinator, 'sr_0'))).toBe('request_unknown');
  });

  test('names the head that was imported last, not an older one', async () => {
    const world = await withDeposit();
    await importResponse(world.coordinator, await answer(world, (await request(world)).requestId));
    const address = await assign(world, 'alice');
    await deposit(world, served, { address, amount: 5n });
    const { requestId } = await request(world);
    expect(stateOf(world).get('requests', requestId!)!.expectedHead).toEqual(world.signer.head);
    await importResponse(world.coordinator, await answer(world, requestId));
    expect(stateOf(world).get('keyrings', world.signer.keyringId)!.head).toEqual(world.signer.head);
  });
});

describe('planning a request', () => {
  test('a dry run shows the plan and changes nothing', async () => {
    const world = await withDeposit();
    const before = dump(stateOf(world));
    const drafted = await request(world, { dryRun: true });
    expect(drafted).toMatchObject({ requestId: null, digest: '', sequence: 1 });
    expect(drafted.sweeps).toHaveLength(1);
    expect(dump(stateOf(world))).toEqual(before);
    expect((await request(world)).sequence).toBe(1);
  });

  test('with nothing to do is refused with nothing_to_sign', async () => {
    const world = await freshWorld();
    expect(await codeOf(request(world))).toBe('nothing_to_sign');
    expect(stateOf(world).get('keyrings', world.signer.keyringId)!.sequence).toBe(0);
  });

  test('the deposit is credited when its sweep is requested, and its address retired', async () => {
    const world = await withDeposit();
    const { sweeps } = await request(world);
    expect(stateOf(world).get('users', 'alice')).toMatchObject({
      available: 1000n,
      pendingDeposits: 0n,
    });
    const { address } = sweeps[0]!.inputs[0]!;
    expect(stateOf(world).get('addresses', address)!.status).toBe('retired');
  });

  test('twenty requests at once have distinct sequences and plan no address twice', async () => {
    const world = await freshWorld(served.node, 60);
    await createUser(world, 'alice');
    for (let i = 0; i < 8; i += 1) {
      served.devNode.pay({ address: await assign(world, 'alice'), amount: BigInt(i + 1) });
    }
    served.devNode.issueMilestone();
    await world.monitor.round();
    const calls = Array.from({ length: 20 }, () => request(world, { maxSweeps: 1, maxInputs: 1 }));
    const outcomes = await Promise.allSettled(calls);
    const drafted = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const refused = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
    );
    expect(drafted.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(refused).toEqual(Array.from({ length: 12 }, () => 'nothing_to_sign'));
    const inputs = drafted.flatMap(({ sweeps }) => sweeps[0]!.inputs.map(({ address }) => address));
    expect(new Set(inputs).size).toBe(8);
    const own = drafted.flatMap(({ sweeps }) => sweeps[0]!.outputs.map(({ address }) => address));
    expect(new Set(own).size).toBe(8);
  });

  test('with sixteen requests unanswered the next one is too_many_outstanding', async () => {
    const world = await freshWorld(served.node, 90);
    await createUser(world, 'alice');
    for (let i = 0; i < 17; i += 1) {
      served.devNode.pay({ address: await assign(world, 'alice'), amount: BigInt(i + 1) });
    }
    served.devNode.issueMilestone();
    await world.monitor.round();
    const made: (string | null)[] = [];
    for (let i = 0; i < 16; i += 1) {
      made.push((await request(world, { maxSweeps: 1, maxInputs: 1 })).requestId);
    }
    const before = dump(stateOf(world));
    expect(await codeOf(request(world))).toBe('too_many_outstanding');
    expect(dump(stateOf(world))).toEqual(before);
    await importResponse(world.coordinator, await answer(world, made[0]!));
    expect((await request(world)).sequence).toBe(17);
  });

  describe('what happens between plan and journal', () => {
    /** Makes a request while something happens each time that a plan is made. */
    function requestWhile(world: World, happen: () => Promise<unknown>) {
      const { coordinator, signer } = world;
      const node: NodeClient = {
        ...served.node,
        spentStates: async (addresses) => {
          const states = await served.node.spentStates(addresses);
          await happen();
          return states;
        },
      };
      return request({ coordinator: { ...coordinator, node }, signer });
    }

    const more = (world: World): Promise<unknown> => {
      const [row] = stateOf(world).rows('deposits');
      return deposit(world, served, { address: row!.address, amount: 7n });
    };

    test('money that arrives is planned with anew', async () => {
      const world = await withDeposit();
      let isFirst = true;
      const { sweeps } = await requestWhile(world, async () => {
        if (isFirst) await more(world);
        isFirst = false;
      });
      expect(sweeps[0]!.inputs[0]!).toMatchObject({ amount: 1007n });
      expect(sweeps[0]!.inputs[0]!.depositIds).toHaveLength(2);
    });

    test('a withdrawal that is cancelled is left out, and the others are paid', async () => {
      const world = await withDeposit();
      await sweepAll(world, served);
      for (const number of [1, 2]) {
        const address = foreignAddress(number === 1 ? 'A' : 'B');
        await withdraw(world, { userId: 'alice', address, amount: 5n, number });
      }
      const { sweeps } = await requestWhile(world, () =>
        world.coordinator.ledger.execute(({ draft, record }) => {
          const withdrawalId = withdrawalIdOf(1);
          if (draft.get('withdrawals', withdrawalId)?.status !== 'queued') return;
          record({ type: 'withdrawal.cancelled', withdrawalId });
        }),
      );
      const paid = sweeps.flatMap(({ outputs }) => outputs.map(({ withdrawalId }) => withdrawalId));
      expect(paid).toContain(withdrawalIdOf(2));
      expect(paid).not.toContain(withdrawalIdOf(1));
    });

    test('that never ends gives state_changed, and changes nothing', async () => {
      const world = await withDeposit();
      let before: unknown;
      const made = requestWhile(world, async () => {
        await more(world);
        before = dump(stateOf(world));
      });
      expect(await codeOf(made)).toBe('state_changed');
      expect(dump(stateOf(world))).toEqual(before);
    });
  });

  test('a keyring that is suspended or unknown makes no request', async () => {
    const world = await withDeposit();
    const { keyringId } = world.signer;
    await world.coordinator.ledger.execute(({ record }) =>
      record({ type: 'keyring.switched', keyringId, state: 'suspended' }),
    );
    expect(await codeOf(request(world))).toBe('keyring_suspended');
    const { coordinator } = world;
    const stranger = new HonestSigner({ number: 99 });
    expect(await codeOf(request({ coordinator, signer: stranger }))).toBe('keyring_unknown');
  });
});

describe('anomalies', () => {
  const lie = (lies: Partial<NodeClient>): NodeClient => ({ ...served.node, ...lies });

  test('a balance that differs leaves the address out, with the reason', async () => {
    const lied = lie({
      balances: async (addresses) =>
        (await served.node.balances(addresses)).map((b) => (b ?? 0n) + 1n),
    });
    const world = await withDeposit(1000n, lied);
    const drafted = await request(world, { dryRun: true });
    expect(drafted.sweeps).toEqual([]);
    expect(drafted.leftOut[0]!.reason).toBe(
      'the node says 1001, the ledger 1000: wait for the monitor',
    );
    expect(await codeOf(request(world))).toBe('nothing_to_sign');
  });

  test('an address that the node calls spent is left out, as input, fresh output and payee', async () => {
    const spent = new Set<string>();
    const lied = lie({ spentStates: async (list) => list.map((address) => spent.has(address)) });
    const world = await withDeposit(1000n, lied);
    const first = (await request(world, { dryRun: true })).sweeps[0]!;
    spent.add(first.outputs[0]!.address);
    const second = (await request(world, { dryRun: true })).sweeps[0]!;
    expect(second.outputs[0]!.address).not.toBe(first.outputs[0]!.address);
    spent.add(first.inputs[0]!.address);
    const third = await request(world, { dryRun: true });
    expect(third.sweeps).toEqual([]);
    expect(third.leftOut).toEqual([
      { id: first.inputs[0]!.address, reason: 'the node says that it has been spent from' },
    ]);
    spent.clear();
    await sweepAll(world, served);
    const payee = foreignAddress('S');
    const id = await withdraw(world, { userId: 'alice', address: payee, amount: 1n });
    spent.add(payee);
    const fourth = await request(world, { dryRun: true });
    expect(fourth.leftOut).toEqual([{ id, reason: 'the node says that it has been spent from' }]);
  });

  test('a node that is not in sync stops planning with node_unavailable', async () => {
    const world = await withDeposit(1000n, lie({ isSynced: async () => true }));
    const { coordinator, signer } = world;
    const late = { ...coordinator, node: lie({ isSynced: async () => false }) };
    expect(await codeOf(request({ coordinator: late, signer }))).toBe('node_unavailable');
  });

  test('a payout to a retired address of ours is left out, although no node has seen it spent', async () => {
    const world = await withDeposit(
      1000n,
      lie({ spentStates: async (list) => list.map(() => false) }),
    );
    const { address } = [...stateOf(world).rows('deposits')][0]!;
    await sweepAll(world, served);
    const id = await withdraw(world, { userId: 'alice', address, amount: 1n });
    const drafted = await request(world, { dryRun: true });
    expect(drafted.sweeps).toEqual([]);
    expect(drafted.leftOut.find((each) => each.id === id)!.reason).toBe(
      'its key has been asked to sign',
    );
  });

  test('an own address that a payout is on its way to is not swept before it arrives', async () => {
    const world = await withDeposit();
    await sweepAll(world, served);
    await createUser(world, 'bob');
    const address = await assign(world, 'bob');
    await withdraw(world, { userId: 'alice', address, amount: 100n });
    const { requestId } = await request(world);
    await deposit(world, served, { address, amount: 9n });
    const meanwhile = await request(world, { dryRun: true });
    expect(meanwhile.sweeps).toEqual([]);
    expect(meanwhile.leftOut[0]!.id).toBe(address);
    await importResponse(world.coordinator, await answer(world, requestId));
    await confirmSweeps(world, served);
    const after = await request(world, { dryRun: true });
    expect(after.sweeps.flatMap(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({ address, amount: 109n }),
    ]);
    expect(stateOf(world).get('users', 'bob')).toMatchObject({ pendingDeposits: 109n });
  });
});

test('a store of another network or version is refused', async () => {
  const store = createMemoryStore();
  await openWorld({ node: served.node, store });
  await store.batch([{ type: 'put', key: keyOf('meta', 'network'), value: 'mainnet' }]);
  expect(await codeOf(openWorld({ node: served.node, store }))).toBe('wrong_network');
  await store.batch([{ type: 'put', key: keyOf('meta', 'version'), value: '1' }]);
  expect(await codeOf(openWorld({ node: served.node, store }))).toBe('store_damaged');
});
