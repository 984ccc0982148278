/** Requests by schedule: when their time has come and there is something to sign. */
import { beforeEach, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../src/settings.ts';
import { Scheduler } from '../src/signing/schedules.ts';
import { beforeEachAlice } from './stage.ts';
import { assign, deposit, request, type ServedNode, stateOf, type World } from './world.ts';

let served: ServedNode;
let world: World;
let scheduler: Scheduler;

beforeEachAlice(110, (stage) => {
  ({ served, world } = stage);
});

const EVERY_MS = 3_600_000;
const UNKNOWN = `kr_${'00'.repeat(16)}`;

beforeEach(async () => {
  const limits = { maxSweeps: 1, maxInputs: 20 };
  const schedules = [UNKNOWN, world.signer.keyringId].map((keyringId) => {
    return { keyringId, everyMs: EVERY_MS, ...limits };
  });
  const settings = { ...DEFAULT_SETTINGS, schedules };
  world = { ...world, coordinator: { ...world.coordinator, settings } };
  scheduler = new Scheduler(world.coordinator);
});

const requests = (): number => stateOf(world).size('requests');
const fund = async (amount: bigint): Promise<unknown> =>
  deposit(world, served, { address: await assign(world, 'alice'), amount });

test('one is made at once and then every hour, as large as the schedule says', async () => {
  await fund(5n);
  await scheduler.round();
  expect(requests()).toBe(1);
  await fund(6n);
  world.clock.at += EVERY_MS - 1000;
  await scheduler.round();
  expect(requests()).toBe(1);
  world.clock.at += 1000;
  await scheduler.round();
  await scheduler.round();
  expect(requests()).toBe(2);
  for (const { sweepIds } of stateOf(world).rows('requests')) expect(sweepIds).toHaveLength(1);
});

test('one that somebody asked for counts: the next comes an hour after it', async () => {
  await fund(5n);
  await request(world);
  await fund(6n);
  await scheduler.round();
  expect(requests()).toBe(1);
});

test('one that was made while the clock was ahead does not stop those that come after', async () => {
  const aheadMs = 3_650 * 24 * EVERY_MS;
  world.clock.at += aheadMs;
  await fund(5n);
  await scheduler.round();
  expect(requests()).toBe(1);
  world.clock.at -= aheadMs;
  await fund(6n);
  await scheduler.round();
  expect(requests()).toBe(2);
  await fund(7n);
  await scheduler.round();
  expect(requests()).toBe(2);
});

test('after a fault of the nodes the next round tries again, not the next turn', async () => {
  await fund(5n);
  const lines: string[] = [];
  let isSynced = false;
  const { coordinator } = world;
  const node = { ...coordinator.node, isSynced: async () => isSynced };
  const faulty = new Scheduler({ ...coordinator, node, log: (line) => lines.push(line) });
  await faulty.round();
  await faulty.round();
  expect(requests()).toBe(0);
  expect(lines.filter((line) => line.includes('not in sync'))).toHaveLength(1);
  isSynced = true;
  await faulty.round();
  expect(requests()).toBe(1);
});

test('none is made where nothing can be signed, and the next turn comes an hour later', async () => {
  await scheduler.round();
  expect(requests()).toBe(0);
  await fund(5n);
  await scheduler.round();
  expect(requests()).toBe(0);
  world.clock.at += EVERY_MS;
  await scheduler.round();
  expect(requests()).toBe(1);
});

test('an unknown keyring is logged and does not stop the others', async () => {
  await fund(5n);
  await scheduler.round();
  expect(world.logged.join('\n')).toContain(`schedule of ${UNKNOWN}: there is no keyring`);
  expect(requests()).toBe(1);
});
