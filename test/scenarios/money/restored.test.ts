/** A coordinator restored from an older backup: what it has forgotten comes back, from signer and Tangle. */
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Exchange, outside, scenario, TIMEOUT_MS, until } from './exchange.ts';

let exchange: Exchange;
beforeAll(async () => {
  exchange = await Exchange.open({ addresses: 60 });
  await exchange.createUser('alice');
}, TIMEOUT_MS);
afterAll(() => exchange.close());

scenario(
  'everything since the backup is booked again as it was, and nothing twice',
  async () => {
    await exchange.deposit(await exchange.addressFor('alice'), 100n);
    await exchange.sweepAll();
    await exchange.stop();
    exchange.backUp();
    await exchange.start();

    await exchange.createUser('bob');
    const bobs = await exchange.addressFor('bob');
    await exchange.deposit(bobs, 70n);
    const payee = outside('X');
    const { id, amount } = await exchange.withdraw('alice', { address: payee, amount: 30n });
    const bundles = await exchange.sweepAll();
    const told = await exchange.statement();
    await exchange.stop();
    exchange.restoreBackUp();
    await exchange.start();

    // The signer's record first: from then on nothing that has signed is planned or handed out.
    const imported = await exchange.api.call('importRecordExport', {
      body: exchange.signer.record(),
    });
    expect([...imported.forgottenBundles].sort()).toEqual([...bundles].sort());
    await until('the alarms', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.filter(({ alarm }) => alarm === 'sweep.forgotten').length === bundles.length;
    });
    // Then the exchange repeats its own calls: users, addresses by name, withdrawals by id.
    await exchange.createUser('bob');
    const fields = { params: { id: 'bob' }, body: { address: withChecksum(bobs) } };
    await exchange.api.call('createDepositAddress', fields, exchange.idempotency);
    const body = { id, userId: 'alice', address: payee, checksum: 'none' as const, amount };
    await exchange.api.call('createWithdrawal', { body }, exchange.idempotency);
    await until('both forgotten bundles are booked', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.every(({ alarm }) => alarm !== 'sweep.forgotten');
    });
    const { number: _before, ...before } = told;
    const { number: _after, ...after } = await exchange.statement();
    expect(after).toEqual(before);
    expect(await exchange.available('bob')).toBe(70n);
    expect((await exchange.api.call('getWithdrawal', { params: { id } })).status).toBe('confirmed');
    expect(await exchange.network.balanceOf(payee)).toBe(30n);
  },
  TIMEOUT_MS,
);
