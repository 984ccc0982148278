/** A cold keyring with a signer of its own: hot money goes there, and comes back, by the proof of either side. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Exchange } from '../money/exchange.ts';
import { Vault } from './vault.ts';

let exchange: Exchange;
let hot: Vault;
let cold: Vault;

beforeAll(async () => {
  exchange = await Exchange.open({ settings: { hubFanout: 1 } });
  hot = new Vault(exchange, 'hot');
  cold = new Vault(exchange, 'cold');
  await hot.open(30);
  await cold.open(30, 'cold');
  await exchange.createUser('alice');
  await exchange.deposit(await exchange.addressFor('alice'), 100n);
  await hot.sweepAll();
}, 120_000);
afterAll(() => exchange.close());

const total = async (temperature: 'hot' | 'cold'): Promise<bigint> =>
  (await hot.hub(temperature)).reduce((sum, { balance }) => sum + balance, 0n);

test('hot money is set aside and moved to the cold keyring, once its signer is known', async () => {
  const address = (await hot.hub('hot'))[0]?.address ?? '';
  const { id } = await hot.order({ type: 'set-aside', addresses: [address] });
  const slip = await hot.saveSlip(id);
  const body = await hot.readBack(slip);
  await exchange.api.call('importCustodyReceipt', { params: { id }, body });
  const { requestId, sweepId } = await hot.order({
    type: 'spend',
    keyringId: hot.keyringId,
    addresses: [address],
    restKeyringId: cold.keyringId,
  });
  // Nobody's word is enough that an address is ours.
  await expect(hot.sign(requestId ?? '', [slip.stick])).rejects.toThrow(/cold_keyring_unknown/);
  await hot.know(cold);
  await hot.sign(requestId ?? '', [slip.stick]);
  await exchange.confirm([sweepId ?? '']);
  expect([await total('hot'), await total('cold')]).toEqual([0n, 100n]);
  expect(await exchange.statement()).toMatchObject({ assets: '100', users: '100' });
}, 120_000);

test('cold money comes back to the hot keyring, signed by the cold one alone', async () => {
  await cold.know(hot);
  const { requestId, sweepId } = await cold.order({
    type: 'spend',
    keyringId: cold.keyringId,
    toHot: '30',
  });
  await cold.sign(requestId ?? '');
  await exchange.confirm([sweepId ?? '']);
  expect([await total('hot'), await total('cold')]).toEqual([30n, 70n]);
  await exchange.withdraw('alice', { address: 'W'.repeat(80) + '9', amount: 30n });
  await hot.sweepAll();
  expect(await exchange.network.balanceOf(`${'W'.repeat(80)}9`)).toBe(30n);
}, 120_000);
