/** The credit policies: what each credits, when, that nothing is credited twice; and the hot user. */
import type { JournalEvent } from '@airlock/journal';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { creditRound, isCreditDue } from '../src/credits.ts';
import type { DepositStatus, SweepStatus } from '../src/ledger/rows.ts';
import type { CreditPolicy } from '../src/settings.ts';
import { importResponse } from '../src/signing/responses.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { keyOf, type Store } from '../src/store/store.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  createUser,
  deposit,
  differenceOf,
  dump,
  openWorld,
  pairedWorld,
  replayed,
  request,
  type ServedNode,
  serveNode,
  stateOf,
  sweepAll,
  voidIt,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

const POLICIES: readonly CreditPolicy[] = ['confirmed', 'swept', 'sweep-confirmed'];
const STAGES: readonly (SweepStatus | 'none')[] = [
  'none',
  'planned',
  'requested',
  'refused',
  'blocked',
  'signed',
  'attached',
  'confirmed',
];

test.each([
  ['confirmed', STAGES],
  ['swept', STAGES.slice(2)],
  ['sweep-confirmed', ['confirmed']],
] as const)('%s credits a confirmed deposit whose sweep is %j, and no other', (policy, due) => {
  for (const stage of STAGES) {
    const sweep = stage === 'none' ? undefined : { status: stage, abandoned: null };
    const isDue = isCreditDue(policy, { status: 'confirmed' }, sweep);
    expect([stage, isDue]).toEqual([stage, (due as readonly string[]).includes(stage)]);
    // Given up, it will never be confirmed: under no policy does its user wait for that.
    if (stage === 'blocked') {
      const given = { status: stage, abandoned: 'the slip is lost' } as const;
      expect(isCreditDue(policy, { status: 'confirmed' }, given)).toBe(true);
    }
    for (const status of ['credited', 'stranded', 'quarantined'] as DepositStatus[]) {
      expect(isCreditDue(policy, { status }, sweep)).toBe(false);
    }
  }
});

test.each(POLICIES.map((creditPolicy, place) => ({ creditPolicy, number: 130 + place })))(
  'a deposit under $creditPolicy becomes available at its stage, once',
  async ({ creditPolicy, number }) => {
    const signer = new HonestSigner({ number });
    const world = await pairedWorld({ node: served.node, signer, settings: { creditPolicy } }, 40);
    await createUser(world, 'alice');
    const available: bigint[] = [];
    const look = (): unknown => available.push(stateOf(world).get('users', 'alice')!.available);
    const { ledger } = world.coordinator;
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
    look();
    const first = await request(world);
    look();
    await voidIt(world, first.requestId!);
    const second = await request(world);
    look();
    await importResponse(world.coordinator, await answer(world, second.requestId));
    await world.attachment.round();
    look();
    served.devNode.issueMilestone();
    await world.attachment.round();
    look();
    expect(await creditRound(ledger, { creditPolicy, hotUser: null })).toBe(0);
    const from = { confirmed: 0, swept: 1, 'sweep-confirmed': 4 }[creditPolicy];
    expect(available).toEqual([0, 1, 2, 3, 4].map((stage) => (stage >= from ? 10n : 0n)));
  },
);

test('a milder policy credits in its first round what it covers; a stricter one takes nothing', async () => {
  const signer = new HonestSigner({ number: 140 });
  const settings = { creditPolicy: 'sweep-confirmed' } as const;
  const world = await pairedWorld({ node: served.node, signer, settings }, 40);
  await createUser(world, 'alice');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
  const { ledger } = world.coordinator;
  expect(await creditRound(ledger, { creditPolicy: 'swept', hotUser: null })).toBe(0);
  expect(await creditRound(ledger, { creditPolicy: 'confirmed', hotUser: null })).toBe(1);
  expect(await creditRound(ledger, { creditPolicy: 'sweep-confirmed', hotUser: null })).toBe(0);
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 10n });
});

describe('with a hot user', () => {
  const users = (world: World): Record<string, bigint> =>
    Object.fromEntries([...stateOf(world).rows('users')].map((row) => [row.id, row.available]));

  async function eventsAfter({ coordinator }: World, number: number): Promise<JournalEvent[]> {
    const events: JournalEvent[] = [];
    const entries = coordinator.ledger.entriesAfter(number, 100);
    for await (const { event } of entries) events.push(event);
    return events;
  }

  const typesOf = (events: readonly JournalEvent[]): string[] => events.map(({ type }) => type);

  /** Keeps which events were written together. */
  function watchBatches(store: Store): { store: Store; batches: string[][] } {
    const batches: string[][] = [];
    const batch: Store['batch'] = async (operations) => {
      await store.batch(operations);
      const written = operations.flatMap((each) =>
        each.type === 'put' && each.key.startsWith(keyOf('journal', '')) ? [each.value] : [],
      );
      batches.push(written.map((text) => JSON.parse(text).event.type));
    };
    return { store: { ...store, batch }, batches };
  }

  test.each(POLICIES.map((creditPolicy, place) => ({ creditPolicy, number: 150 + place })))(
    'a deposit under $creditPolicy is credited and moved in one batch, which names its user',
    async ({ creditPolicy, number }) => {
      const { store, batches } = watchBatches(createMemoryStore());
      const signer = new HonestSigner({ number });
      const settings = { creditPolicy, hotUser: 'hot' };
      const world = await pairedWorld({ node: served.node, store, signer, settings }, 40);
      await createUser(world, 'alice');
      for (const amount of [10n, 3n]) {
        await deposit(world, served, { address: await assign(world, 'alice'), amount });
      }
      await sweepAll(world, served);
      expect(users(world)).toEqual({ alice: 0n, hot: 13n });
      const deposits = [...stateOf(world).rows('deposits')];
      expect(deposits.map(({ status }) => status)).toEqual(['credited', 'credited']);
      const events = await eventsAfter(world, 0);
      expect(events.filter(({ type }) => type === 'transfer.booked')).toEqual(
        deposits.map(({ id, amount }) => ({
          type: 'transfer.booked',
          transferId: `tr_${id.slice(4)}`,
          entries: [
            { userId: 'alice', amount: -amount },
            { userId: 'hot', amount },
          ],
          reference: id,
        })),
      );
      const moves = batches.filter((types) => types.includes('deposit.credited')).flat();
      const ofMoves = moves.filter((type) => /credited|transfer|created/.test(type));
      expect(ofMoves).toEqual([
        'deposit.credited',
        'user.created',
        'transfer.booked',
        'deposit.credited',
        'transfer.booked',
      ]);
      expect(differenceOf(stateOf(world))).toBe(0n);
      expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
    },
  );

  test('its own deposits stay where they are, and nothing is moved again after a restart', async () => {
    const signer = new HonestSigner({ number: 160 });
    const settings = { creditPolicy: 'confirmed', hotUser: 'hot' } as const;
    const world = await pairedWorld({ node: served.node, signer, settings }, 40);
    await createUser(world, 'alice');
    await createUser(world, 'hot');
    await deposit(world, served, { address: await assign(world, 'hot'), amount: 5n });
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
    const { number } = stateOf(world).head;
    expect(typesOf(await eventsAfter(world, number - 7))).toEqual([
      'address.assigned',
      'deposit.confirmed',
      'deposit.credited',
      'address.assigned',
      'deposit.confirmed',
      'deposit.credited',
      'transfer.booked',
    ]);
    const again = await openWorld({ node: served.node, store: world.store, signer, settings });
    expect(await creditRound(again.coordinator.ledger, settings)).toBe(0);
    await again.monitor.round();
    expect(stateOf(again).head.number).toBe(number);
    expect(users(again)).toEqual({ alice: 0n, hot: 15n });
  });

  test('a milder policy credits and moves what it covers; what was credited before stays', async () => {
    const signer = new HonestSigner({ number: 161 });
    const before = { creditPolicy: 'sweep-confirmed', hotUser: null } as const;
    const world = await pairedWorld({ node: served.node, signer, settings: before }, 40);
    const { ledger } = world.coordinator;
    await createUser(world, 'alice');
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 7n });
    await sweepAll(world, served);
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
    expect(await creditRound(ledger, { ...before, hotUser: 'hot' })).toBe(0);
    expect(await creditRound(ledger, { creditPolicy: 'confirmed', hotUser: 'hot' })).toBe(1);
    expect(users(world)).toEqual({ alice: 7n, hot: 10n });
    expect(differenceOf(stateOf(world))).toBe(0n);
  });
});
