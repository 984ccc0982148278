/**
 * IOTA Hub's integration option 2, balances outside Hub: its two prerequisites, each row of its table,
 * storing tokens outside and sending them back. The steps are named by their place there.
 */
import { ApiError, type JournalEventView } from '@airlock/api';
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HonestSigner } from '../../../packages/programs/coordinator/test/signer.ts';
import { Exchange, outside } from '../money/exchange.ts';

const HOT = 'hot-wallet';

let exchange: Exchange;
let coldAddress: string;
let ownColdAddress: string;

beforeAll(async () => {
  exchange = await Exchange.open({ settings: { hotUser: HOT }, addresses: 60 });
}, 60_000);
afterAll(() => exchange.close());

async function codeOf(call: Promise<unknown>): Promise<string | null> {
  try {
    await call;
  } catch (cause) {
    if (cause instanceof ApiError) return cause.code;
    throw cause;
  }
  return 'no error';
}

const journalNumber = async (): Promise<number> => (await exchange.api.call('getStatement')).number;

describe('prerequisites', () => {
  test('1: a cold wallet address outside; or one of a cold keyring, which the equation knows', async () => {
    coldAddress = outside('C');
    const vault = new HonestSigner({ number: 78 });
    const { api, idempotency } = exchange;
    await api.call('pairKeyring', { query: { purpose: 'cold' }, body: vault.card() });
    await api.call('importAddressBatch', { body: await vault.batch(10) });
    const body = { keyringId: vault.keyringId, reference: 'cold wallet' };
    const { address } = await api.call('createTopUp', { body }, idempotency);
    ownColdAddress = address.slice(0, 81);
    const info = await api.call('getAddress', { params: { address } });
    expect(info).toMatchObject({ kind: 'cold', withdrawable: true, spent: false });
  });

  test('2: a user that is the hot wallet', async () => {
    await exchange.createUser(HOT);
    expect(await exchange.available(HOT)).toBe(0n);
  });
});

describe('the table of what users do and what the exchange does', () => {
  test('row 1: somebody signs up, and is created as a user', async () => {
    await exchange.createUser('alice');
    await exchange.createUser('bob');
  });

  let deposited: string;
  test('row 2: somebody asks for a deposit address', async () => {
    deposited = await exchange.addressFor('alice');
    const info = await exchange.api.call('getAddress', {
      params: { address: withChecksum(deposited) },
    });
    expect(info).toMatchObject({ kind: 'deposit', userId: 'alice' });
  });

  let credit: JournalEventView;
  test('row 3: a deposit is told of once it is swept, and not before', async () => {
    const query = { after: '0', types: 'deposit.credited', limit: 1000 };
    const credits = async () => (await exchange.api.call('listEvents', { query })).data;
    await exchange.deposit(deposited, 100n);
    expect(await credits()).toEqual([]);
    expect(await exchange.available(HOT)).toBe(0n);
    await exchange.sweepAll();
    expect(await credits()).toHaveLength(1);
    [credit] = (await credits()) as [JournalEventView];
  }, 60_000);

  test('row 4: the hot wallet owns the deposit from then on, in the same batch', async () => {
    const query = { after: '0', types: 'transfer.booked', limit: 1000 };
    const { data } = await exchange.api.call('listEvents', { query });
    const { depositId } = credit.data as { depositId: string };
    expect(data).toMatchObject([
      {
        number: credit.number + 1,
        data: {
          reference: depositId,
          entries: [
            { userId: 'alice', amount: '-100' },
            { userId: HOT, amount: '100' },
          ],
        },
      },
    ]);
    expect([await exchange.available('alice'), await exchange.available(HOT)]).toEqual([0n, 100n]);
  });

  test('row 5: a withdrawal goes from the hot wallet to the address that the user chose', async () => {
    await exchange.withdraw(HOT, { address: outside('A'), amount: 30n });
    await exchange.sweepAll();
    expect(await exchange.network.balanceOf(outside('A'))).toBe(30n);
    expect(await exchange.available(HOT)).toBe(70n);
  }, 60_000);

  test('row 6: a trade is booked nowhere here', async () => {
    const before = await journalNumber();
    expect([await exchange.available('alice'), await exchange.available('bob')]).toEqual([0n, 0n]);
    expect(await journalNumber()).toBe(before);
  });
});

describe('storing tokens outside', () => {
  test('step 1: a withdrawal from the hot wallet to a cold wallet outside', async () => {
    await exchange.withdraw(HOT, { address: coldAddress, amount: 20n });
    await exchange.sweepAll();
    expect(await exchange.network.balanceOf(coldAddress)).toBe(20n);
    expect(await exchange.statement()).toMatchObject({ assets: '50', users: '50', operator: '0' });
  }, 60_000);

  test('step 1, to the cold keyring: it is ours and stays in the equation, as the operator’s', async () => {
    await exchange.withdraw(HOT, { address: ownColdAddress, amount: 20n });
    await exchange.sweepAll();
    expect(await exchange.statement()).toMatchObject({ assets: '50', users: '30', operator: '20' });
    const query = { temperature: 'cold' as const };
    const { data } = await exchange.api.call('listHubAddresses', { query });
    expect(data).toMatchObject([{ balance: '20', address: withChecksum(ownColdAddress) }]);
  }, 60_000);

  test('its warning: whether the address was spent from is checked, as far as nodes and own record know', async () => {
    const known = outside('S');
    await exchange.network.pay({ address: known, amount: 1n });
    exchange.milestone();
    expect(await codeOf(exchange.withdraw(HOT, { address: known, amount: 1n }))).toBe('no error');
    // One of ours whose key has been asked to sign: our own record knows it, whatever nodes have seen.
    const { data } = await exchange.api.call('listDepositAddresses', { params: { id: 'alice' } });
    const { address } = data.find(({ status }) => status === 'retired')!;
    const refused = exchange.withdraw(HOT, { address: address.slice(0, 81), amount: 1n });
    expect(await codeOf(refused)).toBe('address_spent');
    const info = await exchange.api.call('getAddress', { params: { address } });
    expect(info).toMatchObject({ spent: true, withdrawable: false });
  });
});

describe('sending tokens back', () => {
  let address: string;

  test('step 1: a new deposit address of the hot wallet', async () => {
    address = await exchange.addressFor(HOT);
    const params = { address: withChecksum(address) };
    const info = await exchange.api.call('getAddress', { params });
    expect(info).toMatchObject({ kind: 'deposit', userId: HOT, spent: false });
  });

  test('step 2: what is sent to it from outside is swept, the hot wallet’s own, and usable', async () => {
    await exchange.deposit(address, 500n);
    await exchange.sweepAll();
    // Nothing was moved: it is the hot wallet's own.
    expect(await exchange.available(HOT)).toBe(529n);
    await exchange.withdraw(HOT, { address: outside('B'), amount: 400n });
    await exchange.sweepAll();
    expect(await exchange.network.balanceOf(outside('B'))).toBe(400n);
  }, 60_000);

  test('step 1 again: the next time has another address, since this one has been spent from', async () => {
    expect(await exchange.addressFor(HOT)).not.toBe(address);
    const params = { address: withChecksum(address) };
    expect(await exchange.api.call('getAddress', { params })).toMatchObject({ spent: true });
  });
});
