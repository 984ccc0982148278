/** Three nodes, one of which fails, lags or lies: it is outvoted and named, and nothing stops. */
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { directed, Exchange, scenario, TIMEOUT_MS, until } from './exchange.ts';

let exchange: Exchange;
beforeAll(async () => {
  exchange = await Exchange.open({ nodes: 3, addresses: 60 });
  await exchange.createUser('alice');
}, TIMEOUT_MS);
afterAll(() => exchange.close());

const stateOf = async (place: number): Promise<string> => {
  const { nodes } = await exchange.api.call('getNodes');
  return nodes[place]!.state;
};
const odd = () => exchange.network.nodes[1]!;

afterEach(async () => {
  odd().faults = {};
  await until('the node is well again', async () => (await stateOf(1)) === 'ok');
}, TIMEOUT_MS);

scenario(
  'a node that fails is named, and deposits, sweeps and payouts go on',
  async () => {
    odd().faults = { fail: 'close' };
    await exchange.deposit(await exchange.addressFor('alice'), 40n);
    await exchange.sweepAll();
    expect(await exchange.available('alice')).toBe(40n);
    expect(await stateOf(1)).toBe('failing');
  },
  TIMEOUT_MS,
);

directed(
  'a node that lags does not vote',
  async () => {
    odd().lag();
    for (let i = 0; i < 4; i += 1) exchange.milestone();
    await exchange.deposit(await exchange.addressFor('alice'), 41n);
    await until('it is named', async () => (await stateOf(1)) === 'lagging');
  },
  TIMEOUT_MS,
);

directed(
  'a node that lies about balances and confirmations books nothing and holds up nothing',
  async () => {
    const address = await exchange.addressFor('alice');
    const before = await exchange.statement();
    odd().faults = { lies: { balances: () => '999', included: () => true, spent: () => true } };
    await exchange.network.pay({ address, amount: 5n });
    await until('it is named', async () => (await stateOf(1)) === 'disagrees');
    expect(await exchange.statement()).toMatchObject({ assets: before.assets });
    exchange.milestone();
    await until('the truth is booked', async () => {
      const { assets } = await exchange.statement();
      return BigInt(assets!) === BigInt(before.assets!) + 5n;
    });
    const { id } = await exchange.request();
    expect(id).toMatch(/^sr_/);
    await until('the alarm', async () => {
      const { data } = await exchange.api.call('listAlarms');
      return data.some(({ alarm }) => alarm === 'node.disagrees');
    });
  },
  TIMEOUT_MS,
);
