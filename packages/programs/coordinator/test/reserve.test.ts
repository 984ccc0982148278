/** The reserve: what is hot, what has to be, what goes to the cold keyring by itself, and what would help. */
import { withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { alarmRound } from '../src/alarms.ts';
import { keptHot, hubMoney as moneyOf, proposalsOf, shortageOf } from '../src/cold/reserve.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import type { Reserve } from '../src/settings.ts';
import { trytesOf } from './booked.ts';
import { hubMoney, pairCold, payOut, putIntoCustody } from './cold.ts';
import { addressRow, depositsOf, planOf } from './plans.ts';
import { HonestSigner } from './signer.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  assign,
  deposit,
  foreignAddress,
  openWorld,
  request,
  stateOf,
  sweepAll,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;
beforeEachAlice(120, (next) => {
  stage = next;
  world = next.world;
});

const NONE: Reserve = { keepHot: { unit: 'iota', amount: 0n }, ceiling: null, coldKeyringId: null };
const keeping = (unit: 'iota' | 'percent', amount: bigint): Reserve => ({
  ...NONE,
  keepHot: { unit, amount },
});

describe('what has to stay hot', () => {
  const money = { hot: 30n, underWay: 10n, cold: 61n };
  test.each([
    ['iota', 55n, 55n],
    ['percent', 0n, 0n],
    ['percent', 20n, 20n],
    ['percent', 100n, 101n],
  ] as const)('in %s of %s', (unit, amount, kept) => {
    expect(keptHot(keeping(unit, amount), money)).toBe(kept);
  });
});

describe('hub money', () => {
  test('is hot, on its way, or cold: together all of it', async () => {
    const { served } = stage;
    const hub = await hubMoney(world, served, [10n, 20n, 30n]);
    await putIntoCustody(world, [withChecksum(hub[2]!.address)]);
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 5n });
    await payOut(world, { address: foreignAddress('W'), amount: 7n });
    await request(world);
    expect(moneyOf(stateOf(world))).toEqual({ hot: 20n, underWay: 3n + 5n, cold: 30n });
  });

  test('is short by what is queued and has to stay', async () => {
    const hub = await hubMoney(world, stage.served, [10n, 20n, 30n]);
    await putIntoCustody(world, [withChecksum(hub[2]!.address)]);
    await payOut(world, { address: foreignAddress('W'), amount: 25n });
    const state = stateOf(world);
    expect(shortageOf(state, NONE)).toEqual({ queued: 25n, kept: 0n, hot: 30n, missing: 0n });
    expect(shortageOf(state, keeping('percent', 50n))).toMatchObject({ kept: 30n, missing: 25n });
  });
});

describe('alarms', () => {
  const raised = (): string[] =>
    [...stateOf(world).rows('alarms')]
      .filter(({ clearedAt, alarm }) => clearedAt === null && /reserve|short/.test(alarm))
      .map(({ alarm, detail }) => `${alarm}: ${detail.split(';')[0]}`);
  const withReserve = async (reserve: Reserve): Promise<void> => {
    const { store, signer } = world;
    const { node } = stage.served;
    world = await openWorld({ node, store, signer, settings: { reserve } });
  };

  test('are raised when too little is hot, and cleared when enough is again', async () => {
    await withReserve(keeping('iota', 35n));
    await hubMoney(world, stage.served, [10n, 20n]);
    await alarmRound(world.coordinator);
    expect(raised()).toEqual(['reserve.low: 30 i are hot or on their way, 35 i have to be']);
    await hubMoney(world, stage.served, [5n]);
    await alarmRound(world.coordinator);
    expect(raised()).toEqual([]);
  });

  test('say so when withdrawals exceed what is hot, if there is cold money', async () => {
    const hub = await hubMoney(world, stage.served, [10n, 20n]);
    await putIntoCustody(world, [withChecksum(hub[1]!.address)]);
    await payOut(world, { address: foreignAddress('W'), amount: 25n });
    await alarmRound(world.coordinator);
    expect(raised()).toEqual(['hot.short: 25 i are queued, 10 i are hot or on their way']);
  });
});

describe('proposals', () => {
  test('name the largest addresses in custody, cold keyrings, and a top-up last', async () => {
    const hub = await hubMoney(world, stage.served, [10n, 20n, 30n, 40n]);
    const texts = hub.map(({ address }) => withChecksum(address));
    const first = await putIntoCustody(world, texts.slice(1, 2));
    const second = await putIntoCustody(world, texts.slice(2));
    await payOut(world, { address: foreignAddress('W'), amount: 55n });
    const shown = { reserve: NONE, shownAs: withChecksum };
    const proposals = proposalsOf(stateOf(world), shown);
    expect(proposals.map(({ missing, brings, call }) => [missing, brings, call.body])).toEqual([
      ['45', '70', { type: 'bring-back', custodyId: second.id, addresses: [texts[3], texts[2]] }],
      ['45', '20', { type: 'bring-back', custodyId: first.id, addresses: [texts[1]] }],
      ['45', '0', { reference: '45 i are missing' }],
    ]);
    expect(proposals[0]!.why).toBe(
      '55 i are queued and 0 i have to stay hot, but 10 i are hot or on their way',
    );
  });

  test('bring no more than one bundle can spend', async () => {
    const vault = await pairCold(world, 60 + stage.number, 105);
    await hubMoney({ ...world, signer: vault }, stage.served, Array(21).fill(1n));
    await payOut(world, { address: foreignAddress('W'), amount: 21n });
    const shown = { reserve: NONE, shownAs: withChecksum };
    const [proposal] = proposalsOf(stateOf(world), shown);
    expect(proposal).toMatchObject({
      missing: '21',
      brings: '20',
      call: { body: { toHot: '20' } },
    });
  });
});

describe('a ceiling', () => {
  const PART = 10_000_000n;
  const cold = addressRow(trytesOf('C', 1), 'hub', 0n);
  const plan = (...[material]: Parameters<typeof planOf>): ReturnType<typeof planOf> =>
    planOf(material, {}, { hubFanout: 1 });
  const overflow = (hot: bigint, ceiling: bigint) => ({ hot, ceiling, fresh: [cold] });
  const outputsOf = ({ sweeps }: ReturnType<typeof planOf>): [string, bigint][] =>
    sweeps.flatMap(({ outputs }) => outputs.map(({ kind, amount }) => [kind, amount]));

  test('sends what is above it to the cold keyring, and leaves the rest', () => {
    const deposits = depositsOf(5n * PART);
    const split = plan({ deposits, overflow: overflow(2n * PART, 4n * PART) });
    expect(outputsOf(split)).toEqual([
      ['own', 2n * PART],
      ['cold', 3n * PART],
    ]);
  });

  test('sends everything where enough is hot already, and nothing below it', () => {
    const deposits = depositsOf(5n * PART);
    const all = plan({ deposits, overflow: overflow(9n * PART, 4n * PART) });
    expect(outputsOf(all)).toEqual([['cold', 5n * PART]]);
    const none = plan({ deposits, overflow: overflow(0n, 5n * PART) });
    expect(outputsOf(none)).toEqual([['own', 5n * PART]]);
  });

  test('sends no dust, and nothing without a fresh cold address', () => {
    const deposits = depositsOf(5n * PART);
    const dust = plan({ deposits, overflow: overflow(0n, 4n * PART + 1n) });
    expect(outputsOf(dust)).toEqual([['own', 5n * PART]]);
    const empty = { ...overflow(9n * PART, 0n), fresh: [] };
    expect(outputsOf(plan({ deposits, overflow: empty }))).toEqual([['own', 5n * PART]]);
  });

  test('by itself: from the sweep of a deposit to the cold keyring’s address', async () => {
    const vault = new HonestSigner({ number: 60 + stage.number });
    const { store, signer } = world;
    const reserve = { ...NONE, ceiling: 20_000_000n, coldKeyringId: vault.keyringId };
    world = await openWorld({ node: stage.served.node, store, signer, settings: { reserve } });
    await pairKeyring(world.coordinator, vault.card(), 'cold');
    await importAddressBatch(world.coordinator, await vault.batch(10));
    const address = await assign(world, 'alice');
    await deposit(world, stage.served, { address, amount: 50_000_000n });
    await sweepAll(world, stage.served);
    expect(moneyOf(stateOf(world))).toEqual({ hot: 20_000_000n, underWay: 0n, cold: 30_000_000n });
  });

  test.each([
    ['is suspended', true],
    ['is the hot one itself', false],
  ])('is none where its keyring %s: all of it stays', async (_what, isSuspended) => {
    const vault = await pairCold(world, 60 + stage.number);
    const { keyringId } = isSuspended ? vault : world.signer;
    await world.coordinator.ledger.execute(({ record }) =>
      record({ type: 'keyring.switched', keyringId: vault.keyringId, state: 'suspended' }),
    );
    const { store, signer } = world;
    const reserve = { ...NONE, ceiling: 20_000_000n, coldKeyringId: keyringId };
    world = await openWorld({ node: stage.served.node, store, signer, settings: { reserve } });
    const address = await assign(world, 'alice');
    await deposit(world, stage.served, { address, amount: 50_000_000n });
    const { sweeps } = await sweepAll(world, stage.served);
    expect(sweeps[0]!.outputs.every(({ kind }) => kind === 'own')).toBe(true);
  });
});
