/** What the events of sweeps do to the state, and what each rule forbids. */
import type { JournalEvent } from '@airlock/journal';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  answered,
  arrived,
  attached,
  type Booked,
  confirmed,
  depositAddress,
  depositIdAt,
  exported,
  fundHub,
  hubAddress,
  inputOf,
  KEYRING,
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

const userRow = (id: string): unknown => booked.ledger.state.get('users', id);
const address = (text: string) => booked.ledger.state.get('addresses', text);

const refuses = (event: JournalEvent, message: RegExp): Promise<void> =>
  expectRefusal(booked, event, message);

describe('sweeps', () => {
  const input = inputOf(depositAddress(1), 100n, [depositIdAt(1)]);
  const good = planned(1, [input], [ownOutput(hubAddress(1), 100n)]);

  test('planning retires inputs, takes a fresh hub address and marks the deposits', async () => {
    await booked.record(good);
    expect(address(depositAddress(1))).toMatchObject({ status: 'retired', sweepId: sweepId(1) });
    expect(address(hubAddress(1))).toMatchObject({ status: 'active', fundedBy: sweepId(1) });
    expect(booked.ledger.state.get('deposits', depositIdAt(1))!.sweepId).toBe(sweepId(1));
    expect(booked.ledger.state.get('sweeps', sweepId(1))!.status).toBe('planned');
  });

  test('inputs that are unknown, used, of another keyring or hold another amount are refused', async () => {
    const plan = (changed: Parameters<typeof inputOf>, total: bigint): JournalEvent =>
      planned(1, [inputOf(...changed)], [ownOutput(hubAddress(1), total)]);
    await refuses(plan([trytesOf('X', 1), 1n], 1n), /there is no address/);
    await refuses(plan([depositAddress(3), 1n], 1n), /is pooled: it cannot be swept/);
    await refuses(plan([depositAddress(1), 99n], 99n), /holds 100, not 99/);
    await refuses(plan([depositAddress(1), 101n], 101n), /holds 100, not 101/);
    await refuses(plan([depositAddress(2), 0n], 0n), /holds 0, not 0/);
    await refuses(plan([depositAddress(1), 100n, ['dep_x']], 100n), /there is no deposit dep_x/);
    await refuses({ ...good, keyringId: 'kr_0' }, /cannot be swept/);
    await booked.record(good);
    const again = planned(2, [input], [ownOutput(hubAddress(2), 100n)]);
    await refuses(again, /is retired: it cannot be swept/);
  });

  test('one address twice in one sweep is refused', async () => {
    const twice = planned(1, [input, input], [ownOutput(hubAddress(1), 200n)]);
    await refuses(twice, /is retired/);
  });

  test('outputs of 0, to addresses that are not fresh, or of another sum are refused', async () => {
    const plan = (...outputs: Parameters<typeof planned>[2]): JournalEvent =>
      planned(1, [input], outputs);
    await refuses(plan(ownOutput(hubAddress(1), 99n)), /inputs and outputs .* differ/);
    const zero = plan(ownOutput(hubAddress(1), 100n), ownOutput(hubAddress(2), 0n));
    await refuses(zero, /an output of 0/);
    const twice = plan(ownOutput(hubAddress(1), 50n), ownOutput(hubAddress(1), 50n));
    await refuses(twice, /no fresh hub address/);
    await refuses(plan(ownOutput(depositAddress(3), 100n)), /no fresh hub address/);
    await refuses(plan(ownOutput(depositAddress(1), 100n)), /no fresh hub address/);
    await refuses(plan(ownOutput(trytesOf('X', 1), 100n)), /there is no address/);
    await refuses(plan(payout('w', trytesOf('W', 1), 100n)), /there is no withdrawal/);
  });

  test('a payout must be queued and have its own address and amount', async () => {
    await fundHub(booked);
    const to = trytesOf('W', 1);
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 100n }));
    const plan = (output: Parameters<typeof payout>): JournalEvent =>
      planned(2, [inputOf(hubAddress(1), 100n)], [payout(...output)]);
    await refuses(plan(['w', trytesOf('W', 2), 100n]), /does not fit the sweep/);
    const less = [payout('w', to, 99n), ownOutput(hubAddress(2), 1n)];
    await refuses(planned(2, [inputOf(hubAddress(1), 100n)], less), /does not fit the sweep/);
    await booked.record(plan(['w', to, 100n]));
    expect(booked.ledger.state.get('withdrawals', 'w')).toMatchObject({
      status: 'planned',
      sweepId: sweepId(2),
    });
    await refuses({ type: 'withdrawal.cancelled', withdrawalId: 'w' }, /is planned/);
  });

  test('a withdrawal that stands in a sweep twice is refused', async () => {
    await fundHub(booked);
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 50n }));
    const to = trytesOf('W', 1);
    const twice = [payout('w', to, 50n), payout('w', to, 50n)];
    await refuses(planned(2, [inputOf(hubAddress(1), 100n)], twice), /does not fit the sweep/);
  });

  test('the same bundle is planned once', async () => {
    await booked.record(good, arrived(depositAddress(2), 5n, 2));
    const same = planned(
      1,
      [inputOf(depositAddress(2), 5n, [depositIdAt(2)])],
      [ownOutput(hubAddress(2), 5n)],
    );
    await refuses(same, /exists already/);
  });

  test('sequences rise by one, for a known keyring and planned sweeps', async () => {
    await refuses(exported(2), /does not follow 0/);
    await refuses(exported(1, 1), /there is no sweep/);
    await booked.record(good, exported(1, 1));
    expect(booked.ledger.state.get('keyrings', KEYRING)!.sequence).toBe(1);
    expect(booked.ledger.state.get('sweeps', sweepId(1))).toMatchObject({
      status: 'requested',
      requestId: 'sr_1',
    });
    await refuses(exported(1), /does not follow 1/);
    await refuses(exported(2, 1), /is requested, not planned/);
    await refuses({ ...exported(2), keyringId: 'kr_0' } as JournalEvent, /there is no keyring/);
  });

  test('a response answers once; refused sweeps keep their inputs locked', async () => {
    await refuses(answered(1, {}), /there is no request/);
    await booked.record(good, exported(1, 1), answered(1, { refused: [1] }));
    expect(booked.ledger.state.get('sweeps', sweepId(1))!.status).toBe('refused');
    expect(address(depositAddress(1))!.status).toBe('retired');
    await refuses(answered(1, { signed: [1] }), /is answered/);
    await refuses(attached(1, 9), /is refused, not signed or attached/);
    await refuses(confirmed(1, 9), /is refused, not requested or signed or attached/);
  });

  test('a response answers for the sweeps of its own request alone, each once', async () => {
    await booked.record(arrived(depositAddress(2), 5n, 2), good, exported(1, 1));
    const other = inputOf(depositAddress(2), 5n, [depositIdAt(2)]);
    await booked.record(planned(2, [other], [ownOutput(hubAddress(2), 5n)]), exported(2, 2));
    await refuses(answered(1, { signed: [2] }), /does not hold these sweeps/);
    await refuses(answered(1, { signed: [1], refused: [2] }), /does not hold these sweeps/);
    await refuses(answered(1, { signed: [1], refused: [1] }), /is signed, not requested/);
    await refuses(answered(1, { signed: [1, 1] }), /is signed, not requested/);
  });

  test('a deposit is swept with its own address, once', async () => {
    await booked.record(arrived(depositAddress(2), 5n, 2));
    const foreign = [inputOf(depositAddress(2), 5n, [depositIdAt(1)])];
    await refuses(planned(2, foreign, [ownOutput(hubAddress(2), 5n)]), /is not free on/);
    const twice = [inputOf(depositAddress(2), 5n, [depositIdAt(2), depositIdAt(2)])];
    await refuses(planned(2, twice, [ownOutput(hubAddress(2), 5n)]), /is not free on/);
  });

  test('a late answer to an early request does not take the head back', async () => {
    const head = (number: number) => ({ number, hash: String(number).repeat(64) });
    await booked.record(good, exported(1, 1), exported(2));
    await booked.record(answered(2, {}, head(8)));
    await booked.record(answered(1, { signed: [1] }, head(7)));
    expect(booked.ledger.state.get('keyrings', KEYRING)!.head).toEqual(head(8));
  });

  test('a sweep may be confirmed before its response is here, which then changes nothing', async () => {
    await booked.record(good, exported(1, 1), confirmed(1, 9));
    expect(booked.ledger.state.get('sweeps', sweepId(1))!.status).toBe('confirmed');
    await booked.record(answered(1, { signed: [1] }));
    expect(booked.ledger.state.get('sweeps', sweepId(1))!.status).toBe('confirmed');
    expect(booked.ledger.state.get('requests', 'sr_1')!.status).toBe('answered');
  });

  test('nothing is attached before it is signed, or confirmed before it is requested, or twice', async () => {
    await booked.record(good);
    await refuses(attached(1, 9), /is planned/);
    await refuses(confirmed(1, 9), /is planned/);
    await booked.record(exported(1, 1));
    await refuses(attached(1, 9), /is requested/);
    await booked.record(answered(1, { signed: [1] }), attached(1, 50), attached(1, 51));
    expect(booked.ledger.state.get('sweeps', sweepId(1))!.tails).toHaveLength(2);
    await booked.record(confirmed(1, 52));
    expect(booked.ledger.state.get('sweeps', sweepId(1))).toMatchObject({
      status: 'confirmed',
      confirmedTail: trytesOf('T', 52),
      tails: [trytesOf('T', 50), trytesOf('T', 51), trytesOf('T', 52)],
    });
    await refuses(confirmed(1, 52), /is confirmed/);
    await refuses(attached(1, 53), /is confirmed/);
    await refuses(attached(7, 53), /there is no sweep/);
  });

  test('a confirmed sweep moves the money and pays the withdrawals', async () => {
    await fundHub(booked);
    expect(address(depositAddress(1))!.balance).toBe(0n);
    expect(address(hubAddress(1))!.balance).toBe(100n);
    expect(booked.totals()).toMatchObject({ assets: 100n, users: 100n });
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 40n }));
    const outputs = [payout('w', trytesOf('W', 1), 40n), ownOutput(hubAddress(2), 60n)];
    await booked.record(planned(2, [inputOf(hubAddress(1), 100n)], outputs), exported(2, 2));
    await booked.record(answered(2, { signed: [2] }), confirmed(2, 60));
    expect(booked.totals()).toMatchObject({ assets: 60n, users: 60n, unpaidWithdrawals: 0n });
    expect(userRow('alice')).toMatchObject({ available: 60n, pendingWithdrawals: 0n });
    expect(booked.ledger.state.get('withdrawals', 'w')!.status).toBe('confirmed');
    expect(address(hubAddress(2))!.balance).toBe(60n);
    // What the sweep brought to us is booked: the monitor must not book it again.
    const again = { ...arrived(hubAddress(2), 60n, 60), index: 2 } as JournalEvent;
    await refuses(again, /is booked already/);
  });

  test('a payout to an own address comes back as its user’s deposit', async () => {
    await fundHub(booked);
    await booked.record(
      withdrawal({ id: 'w', userId: 'alice', amount: 100n, address: depositAddress(2) }),
    );
    const sweep = planned(
      2,
      [inputOf(hubAddress(1), 100n)],
      [payout('w', depositAddress(2), 100n)],
    );
    await booked.record(sweep, exported(2, 2), answered(2, { signed: [2] }), confirmed(2, 60));
    expect(userRow('bob')).toMatchObject({ pendingDeposits: 100n });
    expect(booked.totals()).toMatchObject({ assets: 100n, uncredited: 100n, users: 0n });
  });
});

describe('a replay of a confirmed sweep', () => {
  const replays = (tail: number): JournalEvent => ({
    type: 'sweep.replayed',
    sweepId: sweepId(1),
    tail: trytesOf('T', tail),
  });

  test('takes the stranded money of its inputs to where the outputs go', async () => {
    await fundHub(booked);
    await booked.record(arrived(depositAddress(1), 100n, 70), arrived(depositAddress(1), 1n, 71));
    expect(booked.totals()).toMatchObject({ assets: 201n, stranded: 101n, operator: 0n });
    await booked.record(replays(72));
    expect(booked.totals()).toMatchObject({ assets: 201n, stranded: 1n, operator: 100n });
    expect(address(depositAddress(1))!.balance).toBe(1n);
    expect(address(hubAddress(1))!.balance).toBe(200n);
    await refuses(replays(72), /is no replay of it/);
    await refuses(replays(73), /fall below 0/);
  });

  test('is none without its money, by its first tail, or before it was confirmed', async () => {
    await fundHub(booked);
    await refuses(replays(72), /fall below 0/);
    await refuses(replays(50), /is no replay of it/);
    await refuses({ ...replays(72), sweepId: sweepId(9) } as JournalEvent, /there is no sweep/);
  });
});
