/** Alarms: raised once by a rule or an event, cleared by the rule or by a person. */
import { describe, expect, test } from '@jest/globals';
import { type Alarm, alarmRound, clearByHand } from '../src/alarms.ts';
import { importAddressBatch, pairKeyring } from '../src/keyrings.ts';
import type { NodeHealth } from '../src/nodes/node-client.ts';
import { DEFAULT_SETTINGS, type Settings } from '../src/settings.ts';
import { importRecord } from '../src/signing/record-exports.ts';
import { importResponse } from '../src/signing/responses.ts';
import { HonestSigner } from './signer.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  copyOf,
  deposit,
  foreignAddress,
  importOwnRecord,
  openWorld,
  raisedAlarms,
  requestDeposit,
  restore,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
let world: World;
let number: number;

beforeEachAlice(90, (stage) => {
  ({ served, world, number } = stage);
});

const HOUR_MS = 3_600_000;

function withSettings(settings: Partial<Settings>): void {
  const { coordinator } = world;
  world = {
    ...world,
    coordinator: { ...coordinator, settings: { ...DEFAULT_SETTINGS, ...settings } },
  };
}

const raised = (of: World = world): string[] => raisedAlarms(of);

/** How often each type of alarm event is in the journal. */
async function events(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { event } of world.coordinator.ledger.entriesAfter(0, 10_000)) {
    if (!event.type.startsWith('alarm.')) continue;
    counts[event.type] = (counts[event.type] ?? 0) + 1;
  }
  return counts;
}

test('a sound coordinator raises none', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 5n });
  await sweepAll(world, served);
  await alarmRound(world.coordinator);
  expect(raised()).toEqual([]);
});

test('a keyring without a batch yet is no low pool', async () => {
  const fresh = await openWorld({ node: served.node, signer: new HonestSigner({ number: 255 }) });
  await pairKeyring(fresh.coordinator, fresh.signer.card());
  await alarmRound(fresh.coordinator);
  expect(raised(fresh)).toEqual([]);
});

describe('an alarm by a rule', () => {
  test('is one event while it lasts, and one when its reason is gone', async () => {
    const { keyringId } = world.signer;
    withSettings({ alarms: { ...DEFAULT_SETTINGS.alarms, poolAddresses: 9 } });
    for (let round = 0; round < 3; round += 1) await alarmRound(world.coordinator);
    expect(raised()).toEqual([`pool.low ${keyringId}`]);
    expect(await events()).toEqual({ 'alarm.raised': 1 });
    await importAddressBatch(world.coordinator, await world.signer.batch(10));
    for (let round = 0; round < 3; round += 1) await alarmRound(world.coordinator);
    expect(raised()).toEqual([]);
    expect(await events()).toEqual({ 'alarm.raised': 1, 'alarm.cleared': 1 });
    expect(world.logged.join('\n')).toMatch(/ALARM pool.low: kr_.*: 32 deposit addresses are left/);
  });

  test('pool.low goes by the pace at which addresses were handed out, after the first day', async () => {
    for (let i = 0; i < 8; i += 1) await assign(world, 'alice');
    await alarmRound(world.coordinator);
    expect(raised()).toEqual([]);
    world.clock.at += 24 * HOUR_MS;
    await alarmRound(world.coordinator);
    // 24 are left at 8 a day.
    expect(raised()).toEqual([`pool.low ${world.signer.keyringId}`]);
    world.clock.at += 24 * 2 * HOUR_MS;
    await alarmRound(world.coordinator);
    expect(raised()).toEqual([]);
  });

  test('node.disagrees: one for a node that comes and goes, until it was well for an hour', async () => {
    const { coordinator, clock } = world;
    let health: NodeHealth = {
      ...{ name: 'https://node', state: 'disagrees', since: clock.at, milestone: 1 },
      detail: 'getBalances: 1 of 1 items outvoted',
    };
    const node = { ...coordinator.node, health: () => [health] };
    const turn = async (state: NodeHealth['state']): Promise<void> => {
      health = { ...health, state, since: clock.at };
      await alarmRound({ ...coordinator, node });
    };
    const known = 'node.disagrees https://node';
    await turn('failing');
    expect(raised()).toEqual([]);
    for (let i = 0; i < 6; i += 1) {
      await turn(i % 2 === 0 ? 'disagrees' : 'ok');
      expect(raised()).toEqual([known]);
      clock.at += HOUR_MS - 1000;
      await alarmRound({ ...coordinator, node });
    }
    expect(await events()).toEqual({ 'alarm.raised': 1 });
    await turn('unknown');
    expect(raised()).toEqual([known]);
    await turn('ok');
    clock.at += HOUR_MS;
    await alarmRound({ ...coordinator, node });
    expect(await events()).toEqual({ 'alarm.raised': 1, 'alarm.cleared': 1 });
  });

  test('request.stale: half a day without a response', async () => {
    const id = await requestDeposit(world, served, { amount: 5n });
    world.clock.at += 12 * HOUR_MS - 1000;
    await alarmRound(world.coordinator);
    expect(raised()).not.toContain(`request.stale ${id}`);
    world.clock.at += 1000;
    await alarmRound(world.coordinator);
    expect(raised()).toContain(`request.stale ${id}`);
    await importResponse(world.coordinator, await answer(world, id));
    await alarmRound(world.coordinator);
    expect(raised()).not.toContain(`request.stale ${id}`);
  });

  test('withdrawal.delayed: a day until it is paid or cancelled', async () => {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 50n });
    await sweepAll(world, served);
    const address = foreignAddress('D');
    const id = await withdraw(world, { userId: 'alice', address, amount: 50n, number });
    world.clock.at += 24 * HOUR_MS;
    await alarmRound(world.coordinator);
    expect(raised()).toContain(`withdrawal.delayed ${id}`);
    await sweepAll(world, served);
    await alarmRound(world.coordinator);
    expect(raised()).not.toContain(`withdrawal.delayed ${id}`);
  });

  test('float.low: less confirmed hub money than is wanted', async () => {
    withSettings({ floatTarget: 40n });
    await alarmRound(world.coordinator);
    expect(raised()).toEqual([`float.low ${world.signer.keyringId}`]);
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 40n });
    await sweepAll(world, served);
    await alarmRound(world.coordinator);
    expect(raised()).not.toContain(`float.low ${world.signer.keyringId}`);
  });

  test('equation.broken: a sum that its rows do not give', async () => {
    const alice = stateOf(world).get('users', 'alice')!;
    stateOf(world).set('users', 'alice', { ...alice, available: 1n });
    await alarmRound(world.coordinator);
    expect(raised()).toEqual(['equation.broken users']);
  });

  test('cannot be cleared by hand for good', async () => {
    withSettings({ floatTarget: 40n });
    await alarmRound(world.coordinator);
    const alarm: Pick<Alarm, 'alarm' | 'subject'> = {
      alarm: 'float.low',
      subject: world.signer.keyringId,
    };
    await clearByHand(world.coordinator, alarm);
    expect(raised()).toEqual([]);
    await alarmRound(world.coordinator);
    expect(raised()).toHaveLength(1);
  });
});

describe('an alarm about what stays so', () => {
  test('deposit.stranded is raised for each deposit, and cleared by a person for good', async () => {
    const address = await assign(world, 'alice');
    await deposit(world, served, { address, amount: 9n });
    await sweepAll(world, served);
    await deposit(world, served, { address, amount: 4n });
    await alarmRound(world.coordinator);
    const [first] = raised();
    expect(raised()).toEqual([expect.stringMatching(/^deposit.stranded dep_/)]);
    const subject = first!.slice('deposit.stranded '.length);
    await clearByHand(world.coordinator, { alarm: 'deposit.stranded', subject });
    await alarmRound(world.coordinator);
    expect(raised()).toEqual([]);
    expect(
      await codeOf(clearByHand(world.coordinator, { alarm: 'deposit.stranded', subject })),
    ).toBe('not_found');
    await deposit(world, served, { address, amount: 4n });
    await alarmRound(world.coordinator);
    expect(raised()).toHaveLength(1);
    expect(raised()).not.toContain(first);
  });

  test('keyring.behind is raised by a file, and cleared by the signer’s record', async () => {
    const backup = await copyOf(world.store);
    const response = await answer(world, await requestDeposit(world, served, { amount: 6n }));
    const restored = await restore(world, backup);
    const refused = importResponse(restored.coordinator, response);
    expect(await codeOf(refused)).toBe('request_unknown');
    expect(raised(restored)).toEqual([`keyring.behind ${world.signer.keyringId}`]);
    await importOwnRecord(restored);
    expect(raised(restored)).toEqual([]);
    await alarmRound(restored.coordinator);
    expect(raised(restored)).toEqual([expect.stringMatching(/^sweep.forgotten /)]);
  });

  test('keyring.forked is raised by a clone’s record, and no rule clears it', async () => {
    const clone = new HonestSigner({ number });
    await importResponse(
      world.coordinator,
      await answer(world, await requestDeposit(world, served, { amount: 6n })),
    );
    clone.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    expect(await codeOf(importRecord(world.coordinator, clone.record()))).toBe('signer_forked');
    expect(raised()).toEqual([`keyring.forked ${world.signer.keyringId}`]);
    await alarmRound(world.coordinator);
    expect(raised()).toContain(`keyring.forked ${world.signer.keyringId}`);
  });
});
