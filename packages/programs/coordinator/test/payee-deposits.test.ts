/** Payouts to a user's deposit address beside deposits that come there: neither holds up the other for ever. */
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import { importResponse } from '../src/signing/responses.ts';
import { putIntoCustody } from './cold.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  confirmSweeps,
  createUser,
  deposit,
  pairedWorld,
  request,
  type ServedNode,
  serveNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

const DAY_MS = 86_400_000;
let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

async function open(number: number, settings = {}): Promise<World> {
  const signer = new HonestSigner({ number });
  const world = await pairedWorld({ node: served.node, signer, settings }, 60);
  for (const user of ['mallory', 'bob', 'carol']) await createUser(world, user);
  return world;
}

/** Whatever a keyring can plan now is signed. */
async function sign(world: World): Promise<void> {
  const drafted = await request(world).catch(() => null);
  if (drafted === null) return;
  await importResponse(world.coordinator, await answer(world, drafted.requestId));
}

async function confirm(world: World): Promise<void> {
  await confirmSweeps(world, served);
  await world.monitor.round();
}

test('payouts by another keyring hold up no older deposit', async () => {
  const world = await open(251);
  const signer = new HonestSigner({ number: 252 });
  await pairKeyring(world.coordinator, signer.card());
  await importAddressBatch(world.coordinator, await signer.batch(60));
  const other = { ...world, signer };
  for (let i = 0; i < 6; i += 1) {
    await deposit(world, served, { address: await assign(other, 'mallory'), amount: 10n });
  }
  await sign(other);
  await confirm(world);
  const bobs = await assign(world, 'bob');
  await deposit(world, served, { address: bobs, amount: 5000n });
  for (let day = 0; day < 3; day += 1) {
    world.clock.at += DAY_MS;
    await withdraw(world, { userId: 'mallory', address: bobs, amount: 1n, number: 100 + day });
    await sign(other);
    await sign(world);
    await confirm(world);
  }
  expect(stateOf(world).get('users', 'bob')!.available).toBeGreaterThanOrEqual(5000n);
});

test.each(['separate', 'combined'] as const)(
  'a payout that cannot be paid holds up no deposit on its payee: %s',
  async (composition) => {
    const world = await open(composition === 'separate' ? 253 : 254, { composition });
    await deposit(world, served, { address: await assign(world, 'mallory'), amount: 1000n });
    await sweepAll(world, served);
    const hub = [...stateOf(world).find([{ index: 'hubMoney', name: '' }])];
    await putIntoCustody(
      world,
      hub.map(({ address }) => withChecksum(address)),
    );
    const bobs = await assign(world, 'bob');
    await withdraw(world, { userId: 'mallory', address: bobs, amount: 1000n });
    await deposit(world, served, { address: bobs, amount: 50n });
    await deposit(world, served, { address: await assign(world, 'carol'), amount: 5n });
    await request(world);
    expect(stateOf(world).get('users', 'carol')).toMatchObject({ available: 5n });
    expect(stateOf(world).get('users', 'bob')).toMatchObject({ available: 50n });
  },
);
