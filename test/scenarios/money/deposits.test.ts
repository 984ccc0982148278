/** Deposits between the happy moments: late, re-funded, and on inputs that turn out short. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { directed, Exchange, scenario, TIMEOUT_MS, until } from './exchange.ts';

let exchange: Exchange;
beforeAll(async () => {
  exchange = await Exchange.open();
  await exchange.createUser('alice');
}, TIMEOUT_MS);
afterAll(() => exchange.close());

const strandedOf = async (): Promise<string[]> => {
  const { data } = await exchange.api.call('listDeposits', { query: { status: 'stranded' } });
  return data.map(({ amount }) => amount);
};

scenario(
  'a deposit that comes after planning, after signing or after confirmation is stranded and named',
  async () => {
    const address = await exchange.addressFor('alice');
    await exchange.deposit(address, 100n);
    const { id, sweeps } = await exchange.request();
    await exchange.deposit(address, 1n);
    await exchange.import(await exchange.answer(id));
    await exchange.deposit(address, 2n);
    await exchange.confirm(sweeps.map(({ bundleHash }) => bundleHash));
    await exchange.deposit(address, 4n);
    expect(await strandedOf()).toEqual(['1', '2', '4']);
    expect(await exchange.available('alice')).toBe(100n);
    expect(await exchange.statement()).toMatchObject({
      users: '100',
      stranded: '7',
      assets: '107',
    });
    await until('an alarm for each of them', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.filter(({ alarm }) => alarm === 'deposit.stranded').length === 3;
    });
  },
  TIMEOUT_MS,
);

scenario(
  'an old sweep whose input is funded again and that somebody attaches again is booked, with an alarm',
  async () => {
    const address = await exchange.addressFor('alice');
    await exchange.deposit(address, 50n);
    const [bundle] = await exchange.sweepAll();
    const before = await exchange.statement();
    await exchange.deposit(address, 50n);
    await exchange.attachAgain(bundle!);
    exchange.milestone();
    await until('the alarm of a replay', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.some((row) => row.alarm === 'sweep.replayed' && row.subject === bundle);
    });
    // What came back to the hub address is nobody's: the operator's.
    const after = await exchange.statement();
    expect(BigInt(after.assets!) - BigInt(before.assets!)).toBe(50n);
    expect(BigInt(after.operator!) - BigInt(before.operator!)).toBe(50n);
    expect(after.users).toBe(before.users);
  },
  TIMEOUT_MS,
);

directed(
  'a sweep over a deposit that was never confirmed is blocked, named, and healed when it is paid',
  async () => {
    const [node] = exchange.network.nodes;
    const address = await exchange.addressFor('alice');
    const before = await exchange.available('alice');
    await exchange.network.pay({ address, amount: 30n });
    // The node takes what is pending for confirmed.
    node!.faults = {
      lies: {
        included: () => true,
        balances: (asked, balance) => (asked === address ? '30' : balance),
      },
    };
    await until('the deposit is booked', async () => {
      const { data } = await exchange.api.call('listDeposits', { query: { status: 'confirmed' } });
      return data.length === 1;
    });
    const { id, sweeps } = await exchange.request();
    const [{ bundleHash }] = sweeps as readonly [(typeof sweeps)[number]];
    node!.faults = {};
    await exchange.import(await exchange.answer(id));
    await until(
      'the sweep is blocked',
      async () => (await exchange.sweepStatus(bundleHash)) === 'blocked',
    );
    const { shortfalls } = await exchange.api.call('getSweep', { params: { bundleHash } });
    expect(shortfalls).toMatchObject([{ amount: '30' }]);
    await until('the alarm', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.some((row) => row.alarm === 'sweep.blocked' && row.subject === bundleHash);
    });
    exchange.milestone();
    await exchange.confirm([bundleHash]);
    expect((await exchange.available('alice')) - before).toBe(30n);
    const { differences } = await exchange.api.call('getReconciliation');
    expect(differences).toEqual([]);
  },
  TIMEOUT_MS,
);
