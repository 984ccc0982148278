/** What voids and imported records do to the state, and what each rule forbids. Nothing is ever freed. */
import type { JournalEvent } from '@airlock/journal';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  answered,
  arrived,
  assigned,
  attached,
  type Booked,
  commitmentOf,
  confirmed,
  credited,
  depositAddress,
  depositIdAt,
  exported,
  headAt,
  hubAddress,
  imported,
  inputOf,
  KEYRING,
  openAliceAndBob,
  ownOutput,
  paired,
  payout,
  planned,
  recordImported,
  sweepId,
  trytesOf,
  voidAsked,
  voided,
  withdrawal,
} from './booked.ts';
import { expectRefusal } from './refusals.ts';
import { dump, replayed } from './world.ts';

let booked: Booked;
/** As Alice and Bob are opened, and 7 have arrived on Bob's address, not credited. */
beforeEach(async () => {
  booked = await openAliceAndBob();
  await booked.record(arrived(depositAddress(2), 7n, 2));
});

const get = (): Booked['ledger']['state'] => booked.ledger.state;
const refuses = (event: JournalEvent, message: RegExp): Promise<void> =>
  expectRefusal(booked, event, message);
const keyring = () => get().get('keyrings', KEYRING)!;

/** Sweep n: of deposit address n with this amount to hub address n. */
const sweepOf = (number: number, amount: bigint): JournalEvent =>
  planned(
    number,
    [inputOf(depositAddress(number), amount, [depositIdAt(number)])],
    [ownOutput(hubAddress(number), amount)],
  );

/** Request 1 asks for the sweep of address 1; Alice has asked for a payout of 60. */
async function requested(): Promise<void> {
  await booked.record(sweepOf(1, 100n), exported(1, 1));
  await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 60n }));
}

describe('a void', () => {
  beforeEach(requested);

  test('that is asked for marks the request alone, once, while it is unanswered', async () => {
    const before = dump(get());
    await booked.record(voidAsked(1));
    expect(get().get('requests', 'sr_1')).toMatchObject({
      status: 'void-requested',
      voidings: [{ expectedHead: headAt(0), createdAt: 1_700_000_000_000 }],
    });
    const { requests: _now, head: _head, ...rest } = dump(get());
    expect(before).toMatchObject(rest);
    await booked.record(voidAsked(1));
    expect(get().get('requests', 'sr_1')!.voidings).toHaveLength(2);
    await refuses(voidAsked(7), /there is no request/);
    await booked.record(answered(1, { signed: [1] }));
    expect(get().get('requests', 'sr_1')!.status).toBe('answered');
    await refuses(voidAsked(1), /is answered/);
    await refuses(voided(1), /is answered/);
  });

  test('that happened frees nothing: inputs, outputs, payouts and balances stay', async () => {
    await booked.record(voidAsked(1));
    const { requests: _then, keyrings: _old, head: _head, ...before } = dump(get());
    await booked.record(voided(1, 4));
    expect(dump(get())).toMatchObject(before);
    expect(get().get('requests', 'sr_1')!.status).toBe('voided');
    expect(keyring()).toMatchObject({ head: headAt(4), sequence: 1 });
    await refuses(sweepOf(1, 100n), /is retired: it cannot be swept/);
    await refuses(voided(1), /is voided/);
    await refuses(answered(1, { signed: [1] }), /is voided/);
    expect(await replayed(booked.store)).toEqual(dump(get()));
  });

  test('that came with a later answer is taken too, and takes no head back', async () => {
    await booked.record(exported(2), answered(2, {}, headAt(8)), voided(1, 3));
    expect(keyring().head).toEqual(headAt(8));
  });

  test('lets the same sweep be asked again, by one request at a time, and be signed there', async () => {
    await refuses(exported(2, 1), /is requested, not planned/);
    await booked.record(voidAsked(1));
    await refuses(exported(2, 1), /is requested, not planned/);
    await booked.record(voided(1), exported(2, 1));
    expect(get().get('sweeps', sweepId(1))).toMatchObject({
      status: 'requested',
      requestId: 'sr_2',
    });
    await refuses(exported(3, 1), /is requested, not planned/);
    await refuses(credited(1), /is credited/);
    await booked.record(answered(2, { signed: [1] }), attached(1, 50), confirmed(1, 50));
    expect(booked.totals()).toMatchObject({ assets: 107n, users: 40n, unpaidWithdrawals: 60n });
  });

  test('does not make a sweep of another keyring’s request', async () => {
    await booked.record({ ...paired, keyringId: 'kr_2' } as JournalEvent, voided(1));
    const foreign = { ...exported(1, 1), requestId: 'sr_x', keyringId: 'kr_2' } as JournalEvent;
    await refuses(foreign, /is requested, not planned/);
  });
});

describe('an imported record', () => {
  test('raises head, sequence, epoch and the network’s mark, and lowers none of them', async () => {
    const all = { sequence: 6, epoch: 3, networkAccepted: true };
    await booked.record(recordImported([], all));
    expect(keyring()).toMatchObject({ ...all, head: headAt(9) });
    await booked.record(recordImported([], { head: headAt(10), sequence: 2, epoch: 1 }));
    expect(keyring()).toMatchObject({ ...all, head: headAt(10) });
    await refuses(recordImported([]), /entry 9 does not follow entry 10/);
    const other = { number: 10, hash: 'bb'.repeat(32) };
    await refuses(recordImported([], { head: other }), /entry 10 does not follow entry 10/);
    await refuses(recordImported([], { keyringId: 'kr_0' }), /there is no keyring/);
    await refuses(exported(1), /sequence 1 does not follow 6/);
    await booked.record(exported(7));
  });

  test('retires the addresses of forgotten keys, whatever they were, and touches no money', async () => {
    const totals = booked.totals();
    const users = ['alice', 'bob'].map((id) => get().get('users', id));
    // Handed out and funded; pooled.
    await booked.record(recordImported([{ number: 71, keys: [2, 3, 1_000_004] }]));
    for (const address of [depositAddress(2), depositAddress(3), hubAddress(4)]) {
      expect(get().get('addresses', address)).toMatchObject({ status: 'retired', sweepId: null });
    }
    expect(get().get('addresses', depositAddress(1))!.status).toBe('active');
    expect(booked.totals()).toEqual(totals);
    expect(['alice', 'bob'].map((id) => get().get('users', id))).toEqual(users);
    await refuses(sweepOf(2, 7n), /is retired: it cannot be swept/);
    const outputs = [ownOutput(hubAddress(4), 100n)];
    await refuses(planned(1, [inputOf(depositAddress(1), 100n)], outputs), /no fresh hub address/);
    await booked.record(arrived(depositAddress(2), 5n, 9));
    expect(booked.totals()).toMatchObject({ stranded: 5n, uncredited: 7n });
    expect(await replayed(booked.store)).toEqual(dump(get()));
  });

  test('lets a locked deposit address have its user again, and stay locked', async () => {
    await booked.record(recordImported([{ number: 71, keys: [3, 1_000_004] }]));
    await booked.record(assigned('bob', 3));
    expect(get().get('addresses', depositAddress(3))).toMatchObject({
      status: 'retired',
      userId: 'bob',
    });
    await refuses(assigned('alice', 3), /not in the deposit pool/);
  });

  test('locks the keys of addresses that are imported after it', async () => {
    await booked.record(recordImported([{ number: 71, keys: [21, 1_000_022] }]));
    await booked.record(imported(4, 2, 20));
    const statuses = [20, 21, 22].map((n) => get().get('addresses', depositAddress(n))!.status);
    expect(statuses).toEqual(['pooled', 'retired', 'pooled']);
    expect(get().get('addresses', hubAddress(22))!.status).toBe('retired');
  });

  test('locks no address of another keyring', async () => {
    await booked.record({ ...paired, keyringId: 'kr_2' } as JournalEvent);
    await booked.record(recordImported([{ number: 71, keys: [2] }], { keyringId: 'kr_2' }));
    expect(get().get('addresses', depositAddress(2))!.status).toBe('active');
  });

  test('blocks forgotten payouts: not planned, not cancelled, still owed', async () => {
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 60n }));
    const totals = booked.totals();
    await booked.record(recordImported([{ number: 71, keys: [9], paid: ['w', 'later'] }]));
    const blocked = { status: 'blocked', sweepId: sweepId(71) };
    expect(get().get('withdrawals', 'w')).toMatchObject(blocked);
    expect(booked.totals()).toEqual(totals);
    await refuses({ type: 'withdrawal.cancelled', withdrawalId: 'w' }, /is blocked/);
    const outputs = [payout('w', trytesOf('W', 1), 60n), ownOutput(hubAddress(1), 40n)];
    const pays = planned(1, [inputOf(depositAddress(1), 100n, [depositIdAt(1)])], outputs);
    await refuses(pays, /does not fit the sweep/);
    // The exchange repeats what it had asked before the restore.
    await booked.record(withdrawal({ id: 'later', userId: 'alice', amount: 1n }));
    expect(get().get('withdrawals', 'later')).toMatchObject(blocked);
    expect(booked.totals()).toMatchObject({ users: 39n, unpaidWithdrawals: 61n });
  });

  test('leaves a payout that was cancelled meanwhile as it is', async () => {
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 60n }));
    await booked.record({ type: 'withdrawal.cancelled', withdrawalId: 'w' });
    await booked.record(recordImported([{ number: 71, paid: ['w'] }]));
    expect(get().get('withdrawals', 'w')).toMatchObject({ status: 'cancelled', sweepId: null });
  });
});

describe('an imported record and sweeps that are requested', () => {
  test('blocks a sweep that lost a key; its inputs stay locked, and it is not asked again', async () => {
    await requested();
    await booked.record(recordImported([{ number: 71, keys: [1] }]), voided(1, 9));
    expect(get().get('sweeps', sweepId(1))!.status).toBe('blocked');
    expect(get().get('addresses', depositAddress(1))).toMatchObject({
      status: 'retired',
      sweepId: sweepId(1),
    });
    await refuses(exported(6, 1), /is blocked, not planned/);
    await refuses(answered(1, { signed: [1] }), /is voided/);
    expect(booked.totals()).toMatchObject({ assets: 107n, users: 40n, uncredited: 7n });
  });

  test('blocks a sweep that lost a payout, and all its payouts with it', async () => {
    await booked.record(sweepOf(1, 100n), exported(1, 1), answered(1, { signed: [1] }));
    await booked.record(confirmed(1, 50));
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 30n }));
    await booked.record(withdrawal({ id: 'v', userId: 'alice', amount: 70n }));
    const to = trytesOf('W', 1);
    const outputs = [payout('w', to, 30n), payout('v', to, 70n)];
    await booked.record(planned(2, [inputOf(hubAddress(1), 100n)], outputs), exported(2, 2));
    await booked.record(recordImported([{ number: 71, keys: [9], paid: ['w'] }]));
    expect(get().get('sweeps', sweepId(2))!.status).toBe('blocked');
    const of = (id: string) => get().get('withdrawals', id);
    expect(of('w')).toMatchObject({ status: 'blocked', sweepId: sweepId(71) });
    expect(of('v')).toMatchObject({ status: 'blocked', sweepId: sweepId(2) });
    expect(booked.totals()).toMatchObject({ users: 0n, unpaidWithdrawals: 100n });
    await refuses(answered(2, { signed: [2] }), /is blocked, not requested/);
  });

  test('one key or payout with two bundles is refused', async () => {
    await requested();
    await booked.record(answered(1, { signed: [1] }));
    await refuses(recordImported([{ number: 71, keys: [1] }]), /is signed, and so is bundle/);
    const key = commitmentOf(3);
    const twice = [
      { number: 71, keys: [3] },
      { number: 72, keys: [3] },
    ];
    await refuses(recordImported(twice), new RegExp(`${key} is bound to bundle S`));
    await booked.record(recordImported([{ number: 71, keys: [3], paid: ['x'] }]));
    await refuses(recordImported([{ number: 72, keys: [3] }]), /is bound to bundle/);
    await refuses(recordImported([{ number: 72, paid: ['x'] }]), /x is bound to bundle/);
    await refuses(recordImported([{ number: 1, keys: [8] }]), /is not forgotten/);
  });
});
