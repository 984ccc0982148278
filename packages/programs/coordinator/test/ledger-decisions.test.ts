/** Odd addresses, decisions by people, and the operator's own money. */
import type { JournalEvent } from '@airlock/journal';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  answered,
  arrived,
  attached,
  type Booked,
  confirmed,
  credited,
  depositAddress,
  depositIdAt,
  exported,
  fundHub,
  hubAddress,
  inputOf,
  openAliceAndBob,
  ownOutput,
  payout,
  planned,
  sweepId,
  trytesOf,
  withdrawal,
} from './booked.ts';
import { expectRefusal } from './refusals.ts';

let booked: Booked;
beforeEach(async () => {
  booked = await openAliceAndBob();
});

const row = (address: string) => booked.ledger.state.get('addresses', address);
const deposit = (tail: number) => booked.ledger.state.get('deposits', depositIdAt(tail));
const payoutRow = (id: string) => booked.ledger.state.get('withdrawals', id);
const refuses = (event: JournalEvent, message: RegExp): Promise<void> =>
  expectRefusal(booked, event, message);

const quarantined = (address: string): JournalEvent => ({
  type: 'address.quarantined',
  address,
  reason: 'odd',
});
const released = (address: string): JournalEvent => ({
  type: 'address.released',
  address,
  reason: 'agreed',
});
const corrected = (address: string, amount: bigint): JournalEvent => ({
  type: 'balance.corrected',
  address,
  amount,
  reason: 'why',
});
const opened = (address: string): JournalEvent => ({
  type: 'top-up.opened',
  address,
  reference: null,
});
const blocked = (number: number, address: string, amount: bigint): JournalEvent => ({
  type: 'sweep.blocked',
  sweepId: sweepId(number),
  reason: 'short',
  shortfalls: [{ address, amount }],
});
const unblocked = (number: number): JournalEvent => ({
  type: 'sweep.unblocked',
  sweepId: sweepId(number),
});

describe('quarantine', () => {
  const address = depositAddress(2);

  test('keeps what is not credited from being credited and swept, until the release', async () => {
    await booked.record(arrived(address, 30n, 2), quarantined(address));
    expect(booked.totals()).toMatchObject({ quarantined: 30n, uncredited: 0n, assets: 130n });
    expect(deposit(2)).toMatchObject({ status: 'quarantined' });
    await refuses(credited(2), /is quarantined/);
    const sweep = planned(
      5,
      [inputOf(address, 30n, [depositIdAt(2)])],
      [ownOutput(hubAddress(2), 30n)],
    );
    await refuses(sweep, /is in quarantine/);
    await booked.record(released(address));
    expect(booked.totals()).toMatchObject({ quarantined: 0n, uncredited: 30n });
    await booked.record(credited(2));
    expect(booked.ledger.state.get('users', 'bob')).toMatchObject({ available: 30n });
  });

  test('holds what arrives meanwhile, and its user sees it as pending', async () => {
    await booked.record(quarantined(address), arrived(address, 7n, 3));
    expect(booked.totals()).toMatchObject({ quarantined: 7n, uncredited: 0n });
    expect(booked.ledger.state.get('users', 'bob')).toMatchObject({ pendingDeposits: 7n });
  });

  test('leaves what was credited before as it is', async () => {
    await booked.record(quarantined(depositAddress(1)));
    expect(booked.totals()).toMatchObject({ quarantined: 0n, users: 100n });
  });

  test('is entered and left once', async () => {
    await refuses(released(address), /is not in quarantine/);
    await booked.record(quarantined(address));
    await refuses(quarantined(address), /is in quarantine already/);
  });
});

describe('the operator account', () => {
  test('gets what comes to an address opened for a top-up, and pays its own withdrawals', async () => {
    await booked.record(opened(hubAddress(3)), arrived(hubAddress(3), 50n, 9));
    expect(booked.totals().operator).toBe(50n);
    const own = { ...withdrawal({ id: 'w1', userId: '', amount: 20n }), userId: null };
    await booked.record(own as JournalEvent);
    expect(booked.totals()).toMatchObject({ operator: 30n, unpaidWithdrawals: 20n, users: 100n });
    await booked.record({ type: 'withdrawal.cancelled', withdrawalId: 'w1' });
    expect(booked.totals()).toMatchObject({ operator: 50n, unpaidWithdrawals: 0n });
  });

  test('never falls below 0 by a withdrawal', async () => {
    const own = { ...withdrawal({ id: 'w1', userId: '', amount: 1n }), userId: null };
    await refuses(own as JournalEvent, /operator account would fall below 0/);
  });

  test('opens only fresh hub addresses', async () => {
    await refuses(opened(depositAddress(3)), /is no fresh hub address/);
    await booked.record(opened(hubAddress(3)));
    await refuses(opened(hubAddress(3)), /is no fresh hub address/);
  });

  test('takes a correction in either direction, below 0 too, but no address below 0', async () => {
    await booked.record(corrected(depositAddress(1), -40n));
    expect(booked.totals()).toMatchObject({ operator: -40n, assets: 60n, users: 100n });
    await booked.record(corrected(depositAddress(1), 15n));
    expect(booked.totals()).toMatchObject({ operator: -25n, assets: 75n });
    await refuses(corrected(depositAddress(1), -76n), /would fall below 0/);
    await refuses(corrected(depositAddress(1), 0n), /more or less than 0/);
  });
});

describe('a sweep whose input is short', () => {
  const input = depositAddress(1);

  beforeEach(async () => {
    await booked.record(
      planned(1, [inputOf(input, 100n, [depositIdAt(1)])], [ownOutput(hubAddress(1), 100n)]),
      exported(1, 1),
    );
    await booked.record(answered(1, { signed: [1] }), attached(1, 50));
  });

  test('is blocked, and attached again when it is unblocked', async () => {
    await booked.record(blocked(1, input, 30n));
    expect(booked.ledger.state.get('sweeps', sweepId(1))).toMatchObject({
      status: 'blocked',
      shortfalls: [{ address: input, amount: 30n }],
    });
    await refuses(blocked(1, input, 30n), /is blocked, not signed or attached/);
    await booked.record(unblocked(1));
    expect(booked.ledger.state.get('sweeps', sweepId(1))).toMatchObject({
      status: 'attached',
      shortfalls: [],
    });
    await refuses(unblocked(1), /it cannot be healed/);
    await refuses({ ...blocked(1, input, 1n), shortfalls: [] } as JournalEvent, /has a shortfall/);
  });

  test('is confirmed from blocked, since anybody may attach it', async () => {
    await booked.record(blocked(1, input, 30n), confirmed(1, 50));
    expect(row(hubAddress(1))?.balance).toBe(100n);
  });

  test('is healed by a loss and money of the operator: no user loses or gains', async () => {
    await booked.record(blocked(1, input, 30n), corrected(input, -30n));
    expect(booked.totals()).toMatchObject({ operator: -30n, assets: 70n });
    await booked.record(arrived(input, 45n, 7));
    // 30 fill the shortfall, 15 are what the user pays to an address that is used.
    expect(booked.totals()).toMatchObject({ operator: 0n, stranded: 0n + 15n, assets: 115n });
    await booked.record(unblocked(1), confirmed(1, 50));
    expect(booked.totals()).toMatchObject({ assets: 115n, users: 100n, stranded: 15n });
    expect(row(input)?.balance).toBe(15n);
  });
});

describe('a payout in a blocked sweep', () => {
  const address = trytesOf('W', 1);

  beforeEach(async () => {
    await fundHub(booked);
    await booked.record(withdrawal({ id: 'w1', userId: 'alice', amount: 60n }));
    const outputs = [payout('w1', address, 60n), ownOutput(hubAddress(2), 40n)];
    await booked.record(planned(2, [inputOf(hubAddress(1), 100n)], outputs), exported(2, 2));
    await booked.record(answered(2, { signed: [2] }), attached(2, 60));
  });

  const replaced: JournalEvent = {
    type: 'withdrawal.replaced',
    withdrawalId: 'w1',
    replacementId: 'w2',
    reason: 'its input is gone',
  };

  test('is paid again by a decision, at the operator’s risk, and only once', async () => {
    await refuses(replaced, /is not blocked/);
    await booked.record(blocked(2, hubAddress(1), 10n), replaced);
    expect(payoutRow('w2')).toMatchObject({ status: 'queued', userId: 'alice', amount: 60n });
    expect(payoutRow('w1')).toMatchObject({ status: 'blocked', replacedBy: 'w2' });
    expect(booked.totals()).toMatchObject({ operator: -60n, unpaidWithdrawals: 120n, users: 40n });
    expect(booked.ledger.state.get('users', 'alice')).toMatchObject({ pendingWithdrawals: 60n });
    await refuses({ ...replaced, replacementId: 'w3' } as JournalEvent, /was replaced before/);
  });

  test('that is confirmed after all cancels the second one, if no sweep has it yet', async () => {
    await booked.record(blocked(2, hubAddress(1), 10n), replaced, confirmed(2, 60));
    expect(booked.totals()).toMatchObject({ operator: 0n, unpaidWithdrawals: 0n, assets: 40n });
    const alice = { available: 40n, pendingWithdrawals: 0n };
    expect(booked.ledger.state.get('users', 'alice')).toMatchObject(alice);
    expect([payoutRow('w1')?.status, payoutRow('w2')?.status]).toEqual(['confirmed', 'cancelled']);
    await refuses({ type: 'withdrawal.cancelled', withdrawalId: 'w2' }, /is cancelled/);
  });

  test('that is confirmed beside the second one leaves the loss with the operator', async () => {
    await booked.record(blocked(2, hubAddress(1), 10n), replaced);
    await booked.record(opened(hubAddress(3)), arrived(hubAddress(3), 60n, 70));
    const outputs = [payout('w2', address, 60n)];
    const inputs = [inputOf(hubAddress(3), 60n)];
    await booked.record(planned(3, inputs, outputs), confirmed(2, 60));
    expect(booked.totals()).toMatchObject({ operator: 0n, unpaidWithdrawals: 60n, assets: 100n });
    expect(booked.ledger.state.get('users', 'alice')).toMatchObject({ pendingWithdrawals: 60n });
    expect(payoutRow('w2')?.status).toBe('planned');
  });
});

describe('alarms', () => {
  const raised: JournalEvent = {
    type: 'alarm.raised',
    alarm: 'pool.low',
    subject: 'kr_1',
    detail: 'few',
  };
  const cleared: JournalEvent = { type: 'alarm.cleared', alarm: 'pool.low', subject: 'kr_1' };

  test('are raised and cleared in turn', async () => {
    await refuses(cleared, /is not raised/);
    await booked.record(raised);
    await refuses(raised, /is raised/);
    await booked.record(cleared);
    const key = 'pool.low/kr_1';
    expect(booked.ledger.state.get('alarms', key)?.clearedAt).toBeGreaterThan(0);
    await booked.record(raised);
    expect(booked.ledger.state.get('alarms', key)?.clearedAt).toBeNull();
  });
});
