/** Withdrawals that do not fit, and many requests at once. */
import { afterAll, beforeAll, expect } from '@jest/globals';
import { Exchange, outside, scenario, TIMEOUT_MS } from './exchange.ts';

let exchange: Exchange;
beforeAll(async () => {
  exchange = await Exchange.open({ addresses: 100 });
  await exchange.createUser('alice');
}, TIMEOUT_MS);
afterAll(() => exchange.close());

const statusOf = async (id: string): Promise<string> =>
  (await exchange.api.call('getWithdrawal', { params: { id } })).status;

scenario(
  'one that does not fit is passed over until it does',
  async () => {
    await exchange.deposit(await exchange.addressFor('alice'), 100n);
    await exchange.sweepAll();
    await exchange.deposit(await exchange.addressFor('alice'), 100n);
    const { id, sweeps } = await exchange.request();
    const big = await exchange.withdraw('alice', { address: outside('B'), amount: 150n });
    const small = await exchange.withdraw('alice', { address: outside('S'), amount: 10n });
    await exchange.sweepAll();
    expect([await statusOf(big.id), await statusOf(small.id)]).toEqual(['queued', 'confirmed']);
    // The first request was overtaken: it is voided, and its bundle is asked for again.
    await exchange.api.call('voidSigningRequest', { params: { id } });
    const file = await exchange.api.call('getVoidFile', { params: { id } });
    await exchange.api.call('importVoidReceipt', { body: exchange.void(file) });
    const again = await exchange.sweepAll();
    expect(again).toContain(sweeps[0]!.bundleHash);
    await exchange.sweepAll();
    expect(await statusOf(big.id)).toBe('confirmed');
    expect(await exchange.network.balanceOf(outside('B'))).toBe(150n);
    expect(await exchange.statement()).toMatchObject({ users: '40', assets: '40' });
  },
  TIMEOUT_MS,
);

scenario(
  'ten requests outstanding, signed in order and answered out of order, all are paid',
  async () => {
    const before = await exchange.available('alice');
    for (let i = 0; i < 10; i += 1) {
      await exchange.deposit(await exchange.addressFor('alice'), 10n);
    }
    const requests: Awaited<ReturnType<Exchange['request']>>[] = [];
    for (let i = 0; i < 10; i += 1) {
      requests.push(await exchange.request({ maxSweeps: 1, maxInputs: 1 }));
    }
    expect(new Set(requests.map(({ sequence }) => sequence)).size).toBe(10);
    const responses: Uint8Array[] = [];
    for (const { id } of requests) responses.push(await exchange.answer(id));
    for (const place of [7, 0, 9, 3, 1, 8, 2, 6, 5, 4]) await exchange.import(responses[place]!);
    await exchange.confirm(
      requests.flatMap(({ sweeps }) => sweeps.map(({ bundleHash }) => bundleHash)),
    );
    expect((await exchange.available('alice')) - before).toBe(100n);
    const { outstanding } = await exchange.api.call('getKeyring', {
      params: { id: exchange.signer.keyringId },
    });
    expect(outstanding).toEqual([]);
  },
  TIMEOUT_MS,
);
