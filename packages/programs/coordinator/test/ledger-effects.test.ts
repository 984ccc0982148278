/** What each event does to the state, and what each rule forbids. */
import type { JournalEvent } from '@airlock/journal';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  arrived,
  assigned,
  type Booked,
  credited,
  depositAddress,
  depositIdAt,
  fundHub,
  hubAddress,
  imported,
  inputOf,
  KEYRING,
  openAliceAndBob,
  ownOutput,
  paired,
  payout,
  planned,
  trytesOf,
  user,
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

describe('keyrings, users and addresses', () => {
  test('a pairing makes a keyring without head, sequence and batches; again it keeps them', async () => {
    expect(booked.ledger.state.get('keyrings', KEYRING)).toMatchObject({
      state: 'active',
      sequence: 0,
      batches: 1,
      assigned: 2,
      head: { number: 0 },
      label: 'vault',
    });
    await booked.record({ ...paired, label: 'renamed' } as JournalEvent);
    expect(booked.ledger.state.get('keyrings', KEYRING)).toMatchObject({
      label: 'renamed',
      batches: 1,
      assigned: 2,
    });
  });

  test('switching changes the state alone; of an unknown keyring it is refused', async () => {
    const before = booked.ledger.state.get('keyrings', KEYRING);
    await booked.record({ type: 'keyring.switched', keyringId: KEYRING, state: 'suspended' });
    expect(booked.ledger.state.get('keyrings', KEYRING)).toEqual({ ...before, state: 'suspended' });
    await refuses(
      { type: 'keyring.switched', keyringId: 'kr_0', state: 'active' },
      /there is no keyring kr_0/,
    );
  });

  test('imported addresses are pooled; known ones and those of unknown keyrings are refused', async () => {
    expect(address(depositAddress(3))).toMatchObject({ status: 'pooled', kind: 'deposit' });
    expect(address(hubAddress(3))).toMatchObject({ status: 'pooled', kind: 'hub', balance: 0n });
    await refuses(imported(9, 2), /is known already/);
    await refuses(
      { ...imported(1, 2, 50), keyringId: 'kr_0' } as JournalEvent,
      /there is no keyring/,
    );
  });

  test('a user exists once', async () => {
    expect(userRow('bob')).toEqual({
      id: 'bob',
      available: 0n,
      pendingDeposits: 0n,
      pendingWithdrawals: 0n,
    });
    await refuses(user('bob'), /bob exists already/);
  });

  test('an address is assigned once, from the deposit pool, to a known user', async () => {
    expect(address(depositAddress(2))).toMatchObject({ status: 'active', userId: 'bob' });
    await refuses(assigned('alice', 2), /not in the deposit pool/);
    await refuses(assigned('nobody', 3), /there is no user nobody/);
    await refuses(assigned('alice', 99), /there is no address/);
    await refuses(
      { type: 'address.assigned', address: hubAddress(1), userId: 'bob' },
      /not in the deposit pool/,
    );
  });
});

describe('deposits', () => {
  test('confirmed money is pending and uncredited, credited money available', async () => {
    await booked.record(arrived(depositAddress(2), 7n, 2));
    expect(userRow('bob')).toMatchObject({ available: 0n, pendingDeposits: 7n });
    expect(booked.totals()).toMatchObject({ assets: 107n, uncredited: 7n, users: 100n });
    expect(address(depositAddress(2))!.balance).toBe(7n);
    await booked.record(credited(2));
    expect(userRow('bob')).toMatchObject({ available: 7n, pendingDeposits: 0n });
    expect(booked.totals()).toMatchObject({ assets: 107n, uncredited: 0n, users: 107n });
  });

  test('one movement is booked once, and one deposit credited once', async () => {
    await refuses(arrived(depositAddress(1), 100n, 1), /is booked already/);
    await refuses(credited(1), /is credited/);
    await refuses(credited(77), /there is no deposit/);
    await refuses(arrived(trytesOf('X', 1), 5n, 9), /there is no address/);
  });

  test('money on a retired deposit address is stranded and never credited', async () => {
    await booked.record(
      planned(
        1,
        [inputOf(depositAddress(1), 100n, [depositIdAt(1)])],
        [ownOutput(hubAddress(1), 100n)],
      ),
    );
    await booked.record(arrived(depositAddress(1), 30n, 5));
    expect(booked.ledger.state.get('deposits', depositIdAt(5))).toMatchObject({
      status: 'stranded',
      userId: 'alice',
    });
    expect(booked.totals()).toMatchObject({ assets: 130n, stranded: 30n, users: 100n });
    expect(userRow('alice')).toMatchObject({ available: 100n, pendingDeposits: 0n });
    await refuses(credited(5), /is stranded/);
  });

  test('money on a hub address is the operator’s, on a retired one stranded', async () => {
    await fundHub(booked);
    await booked.record(arrived(hubAddress(1), 11n, 6));
    expect(booked.totals()).toMatchObject({ assets: 111n, operator: 11n });
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 100n }));
    await booked.record(
      planned(
        2,
        [inputOf(hubAddress(1), 111n)],
        [payout('w', trytesOf('W', 1), 100n), ownOutput(hubAddress(2), 11n)],
      ),
    );
    await booked.record(arrived(hubAddress(1), 4n, 7));
    expect(booked.totals()).toMatchObject({ assets: 115n, operator: 11n, stranded: 4n });
  });
});

describe('withdrawals and transfers', () => {
  test('a withdrawal debits at once; cancelling credits again, once', async () => {
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 60n }));
    expect(userRow('alice')).toMatchObject({ available: 40n, pendingWithdrawals: 60n });
    expect(booked.totals()).toMatchObject({ users: 40n, unpaidWithdrawals: 60n });
    await booked.record({ type: 'withdrawal.cancelled', withdrawalId: 'w' });
    expect(userRow('alice')).toMatchObject({ available: 100n, pendingWithdrawals: 0n });
    expect(booked.totals()).toMatchObject({ users: 100n, unpaidWithdrawals: 0n });
    await refuses({ type: 'withdrawal.cancelled', withdrawalId: 'w' }, /is cancelled/);
    await refuses({ type: 'withdrawal.cancelled', withdrawalId: 'x' }, /there is no withdrawal/);
  });

  test('a withdrawal of 0, below 0, of more than there is or with a known id is refused', async () => {
    await refuses(withdrawal({ id: 'w', userId: 'alice', amount: 0n }), /more than 0/);
    await refuses(withdrawal({ id: 'w', userId: 'alice', amount: -1n }), /more than 0/);
    await refuses(withdrawal({ id: 'w', userId: 'alice', amount: 101n }), /fall below 0/);
    await refuses(withdrawal({ id: 'w', userId: 'nobody', amount: 1n }), /there is no user/);
    await booked.record(withdrawal({ id: 'w', userId: 'alice', amount: 100n }));
    await refuses(withdrawal({ id: 'w', userId: 'alice', amount: 1n }), /exists already/);
  });

  test('a transfer moves exactly, and is found by its entry', async () => {
    const entries = [
      { userId: 'alice', amount: -30n },
      { userId: 'bob', amount: 30n },
    ];
    const event: JournalEvent = {
      type: 'transfer.booked',
      transferId: 'tr',
      entries,
      reference: 'r',
    };
    await booked.record(event);
    expect(userRow('alice')).toMatchObject({ available: 70n });
    expect(userRow('bob')).toMatchObject({ available: 30n });
    expect(booked.totals()).toMatchObject({ users: 100n, assets: 100n });
    const { number } = booked.ledger.state.head;
    expect(await booked.ledger.transferEntry('tr')).toMatchObject({ number, event });
    expect(await booked.ledger.transferEntry('another')).toBeNull();
  });

  test('a transfer that is not balanced, overdraws or names a stranger is refused', async () => {
    const transfer = (...pairs: readonly [string, bigint][]): JournalEvent => ({
      type: 'transfer.booked',
      transferId: 'tr',
      entries: pairs.map(([userId, amount]) => ({ userId, amount })),
      reference: null,
    });
    await refuses(transfer(['alice', -1n], ['bob', 2n]), /exactly 0/);
    await refuses(transfer(['alice', -101n], ['bob', 101n]), /fall below 0/);
    await refuses(transfer(['bob', -1n], ['alice', 1n]), /fall below 0/);
    await refuses(transfer(['alice', -1n], ['nobody', 1n]), /there is no user/);
  });
});
