/**
 * IOTA Hub's integration option 1, balances in Hub: each row of its table, its six steps that store
 * tokens outside and its four steps back, in their order. The steps are named by their place there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, type ColdOrder } from '@airlock/api';
import { openCustodySlip, openPairingCard } from '@airlock/gap';
import { decodeTransaction, findBundleFault, withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIotaNode } from '../../../packages/programs/coordinator/src/nodes/iota-node.ts';
import { Exchange, outside, until } from '../money/exchange.ts';
import { Vault } from './vault.ts';

let exchange: Exchange;
let vault: Vault;

beforeAll(async () => {
  exchange = await Exchange.open({ settings: { reserve: { keepHot: '10' }, hubFanout: 1 } });
  vault = new Vault(exchange, 'vault');
  await vault.open(60);
}, 120_000);
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

const eventTypes = async (types: string): Promise<string[]> => {
  const query = { after: '0', types, limit: 1000 };
  const { data } = await exchange.api.call('listEvents', { query });
  return data.map(({ type }) => type);
};

describe('the table of what users do and what the exchange does', () => {
  test('row 1: somebody signs up, and is created as a user', async () => {
    for (const id of ['alice', 'bob']) await exchange.createUser(id);
    expect(await exchange.available('alice')).toBe(0n);
  });

  test('row 2: somebody asks for a deposit address, and gets a new one each time', async () => {
    const addresses = [await exchange.addressFor('alice'), await exchange.addressFor('alice')];
    expect(new Set(addresses).size).toBe(2);
  });

  test('row 3: a deposit is told of once it is in a sweep, and not before', async () => {
    for (const amount of [100n, 60n, 40n]) {
      await exchange.deposit(await exchange.addressFor('alice'), amount);
      expect((await eventTypes('deposit.credited')).length).toBeLessThan(
        (await eventTypes('deposit.confirmed')).length,
      );
      await vault.sweepAll();
      expect((await eventTypes('deposit.credited')).length).toBe(
        (await eventTypes('deposit.confirmed')).length,
      );
    }
    expect(await exchange.available('alice')).toBe(200n);
  }, 120_000);

  test('row 4: a withdrawal to an address outside is carried out', async () => {
    const { id } = await exchange.withdraw('alice', { address: outside('A'), amount: 15n });
    await vault.sweepAll();
    expect((await exchange.api.call('getWithdrawal', { params: { id } })).status).toBe('confirmed');
    expect(await exchange.network.balanceOf(outside('A'))).toBe(15n);
  }, 60_000);

  test('row 5: a trade between two users changes their balances and nothing on the Tangle', async () => {
    const entries = [
      { userId: 'alice', amount: '-50' },
      { userId: 'bob', amount: '50' },
    ];
    await exchange.api.call('createTransfer', { body: { entries } }, exchange.idempotency);
    expect([await exchange.available('alice'), await exchange.available('bob')]).toEqual([
      135n,
      50n,
    ]);
    expect(await exchange.statement()).toMatchObject({ assets: '185', users: '185' });
  });
});

describe('storing tokens outside', () => {
  let orderId: string;
  let slip: { stick: string; paper: string };
  let uuids: readonly string[];
  let spend: ColdOrder;
  let trytes: readonly string[];

  test('the warning: who stores too much outside cannot pay, so that is refused', async () => {
    expect(await codeOf(vault.order({ type: 'set-aside', amount: '185' }))).toBe('reserve_too_low');
  });

  test('step 1, stopping: nothing is stopped; deposits and trades go on while the order is open', async () => {
    const [largest, second] = await vault.hub('hot');
    const order = await vault.order({
      type: 'set-aside',
      addresses: [largest!.address, second!.address],
      reference: 'first quarter',
    });
    orderId = order.id;
    await exchange.deposit(await exchange.addressFor('bob'), 5n);
    const entries = [
      { userId: 'alice', amount: '-1' },
      { userId: 'bob', amount: '1' },
    ];
    await exchange.api.call('createTransfer', { body: { entries } }, exchange.idempotency);
    expect(await exchange.available('bob')).toBe(51n);
    expect(await vault.orderNow(orderId)).toMatchObject({ status: 'open' });
  }, 60_000);

  test('step 2, marking hub addresses: they leave sweeping at once', async () => {
    expect(await vault.orderNow(orderId)).toMatchObject({ status: 'open', held: '160' });
    const bundles = await vault.sweepAll();
    expect(bundles).toHaveLength(1);
    const sweep = await exchange.api.call('getSweep', {
      params: { bundleHash: bundles[0] ?? '' },
    });
    expect(sweep.inputs.map(({ amount }) => amount)).toEqual(['5']);
    // Without them there is too little for this one: it waits.
    const { id } = await exchange.withdraw('bob', { address: outside('B'), amount: 50n });
    const body = { keyringId: vault.keyringId };
    const planned = exchange.api.call('createSigningRequest', { body }, exchange.idempotency);
    expect(await codeOf(planned)).toBe('nothing_to_sign');
    await exchange.api.call('cancelWithdrawal', { params: { id } }, exchange.idempotency);
  }, 60_000);

  test('step 3, saving the UUIDs: on two media, read back by the signer; then they are deleted here', async () => {
    slip = await vault.saveSlip(orderId);
    const { publicKey } = openPairingCard(await exchange.api.call('getPairingCard'));
    const { slip: opened } = openCustodySlip(readFileSync(slip.stick), [publicKey]);
    uuids = opened.addresses.map(({ uuid }) => uuid);
    // One copy is garbage: the signer makes no receipt, and the slip is still there.
    const params = { id: orderId };
    const bytes = readFileSync(slip.paper);
    bytes[bytes.length - 70]! ^= 1;
    const garbage = { ...slip, paper: vault.write('garbage', bytes) };
    await expect(vault.readBack(garbage)).rejects.toThrow(/ended with code 3/);
    const again = await exchange.api.call('getCustodySlip', { params });
    expect(Buffer.from(again.bytes).equals(readFileSync(slip.stick))).toBe(true);
    const receipt = await vault.readBack(slip);
    const received = await exchange.api.call('importCustodyReceipt', { params, body: receipt });
    expect(received).toMatchObject({
      status: 'in-custody',
      copies: ['safe A, stick', 'safe B, paper'],
    });
    expect(await codeOf(exchange.api.call('getCustodySlip', { params }))).toBe('slip_erased');
    const data = join(exchange.folder, 'data');
    const files = readdirSync(data).map((name) => readFileSync(join(data, name), 'latin1'));
    for (const uuid of uuids) expect(files.some((text) => text.includes(uuid))).toBe(false);
    expect(received.olderFiles.map(({ type }) => type)).toContain('address-batch');
  }, 60_000);

  test('step 4, the seed from UUID and salt, with the coordinator: the signer makes it of the slip, and of nothing else', async () => {
    const [, second] = await vault.hub('cold');
    const payouts = [{ address: withChecksum(outside('C')), amount: '60' }];
    const { keyringId } = vault;
    const body = { type: 'spend', keyringId, addresses: [second!.address], payouts } as const;
    // It is the users' money: it leaves only as a loss that somebody decides.
    expect(await codeOf(vault.order(body))).toBe('insufficient_balance');
    spend = await vault.order({ ...body, lossReason: 'to our wallet outside' });
    // Without the slip nothing can be signed, and the refusal says so.
    await expect(vault.sign(spend.requestId ?? '')).rejects.toThrow(/slip_required/);
    await vault.sign(spend.requestId ?? '', [slip.stick]);
    const params = { bundleHash: spend.sweepId ?? '' };
    const { inputs } = await exchange.api.call('getSweep', { params });
    expect(inputs).toMatchObject([{ address: second!.address, amount: '60' }]);
  }, 90_000);

  test('step 5, tokens to any address outside, with the coordinator: they are there, and booked as the loss', async () => {
    await exchange.confirm([spend.sweepId ?? '']);
    expect(await exchange.network.balanceOf(outside('C'))).toBe(60n);
    expect(await exchange.statement()).toMatchObject({ assets: '130', operator: '-60' });
  }, 60_000);

  test('step 4 without the coordinator: the signer alone derives the seed from the slip, and signs', async () => {
    const inputs = await vault.hub('cold');
    expect(inputs.map(({ balance }) => balance)).toEqual([100n]);
    trytes = await vault.spendAlone(slip.stick, { inputs, to: outside('D') });
    const bundle = [...trytes].reverse().map(decodeTransaction);
    expect(findBundleFault(bundle)).toBeNull();
    const spent = bundle.filter(({ value }) => value < 0n);
    expect(spent.map(({ address, value }) => [withChecksum(address), value])).toEqual([
      [inputs[0]!.address, -100n],
    ]);
  }, 60_000);

  test('step 5 without the coordinator: any node takes the trytes, and the tokens are outside', async () => {
    const url = exchange.network.nodes[0]?.url ?? '';
    const node = createIotaNode({ url, minWeightMagnitude: 1 });
    await node.broadcast(await node.attach([...trytes].reverse()));
    exchange.milestone();
    expect(await exchange.network.balanceOf(outside('D'))).toBe(100n);
  }, 60_000);

  test('steps 4 and 5 without the coordinator are told to it by the signer’s record, and wait for a decision', async () => {
    await vault.importRecord();
    let bundleHash = '';
    await until('the alarm', async () => {
      const { data } = await exchange.api.call('listAlarms');
      bundleHash = data.find(({ alarm }) => alarm === 'sweep.forgotten')?.subject ?? '';
      return bundleHash !== '';
    });
    const fields = { params: { bundleHash }, body: { reason: 'to our other wallet outside' } };
    await exchange.api.call('bookForgottenBundle', fields, exchange.idempotency);
    expect(await exchange.statement()).toMatchObject({ assets: '30', operator: '-160' });
    const order = await vault.orderNow(orderId);
    expect(order.addresses.map(({ state }) => state)).toEqual(['spent', 'spent']);
  }, 90_000);

  test('the warning again: what is asked for and not hot has a proposal that helps', async () => {
    await exchange.withdraw('alice', { address: outside('E'), amount: 90n });
    const { data } = await exchange.api.call('listColdProposals');
    expect(data.at(-1)).toMatchObject({ missing: '70', call: { path: '/v1/top-ups' } });
  }, 60_000);

  test('step 6, restarting: everything is as it was', async () => {
    const all = async (): Promise<unknown> => {
      // An alarm may be raised or cleared meanwhile.
      const { number: _number, ...statement } = await exchange.statement();
      return [statement, await vault.orderNow(orderId)];
    };
    const before = await all();
    await exchange.stop();
    await exchange.start();
    expect(await all()).toEqual(before);
  }, 60_000);
});

describe('sending tokens back', () => {
  let custodyId: string;
  let backId: string;
  let address: string;
  let slip: { stick: string; paper: string };

  const topUp = async (amount: bigint): Promise<void> => {
    const body = { reference: 'from our wallet outside' };
    const made = await exchange.api.call('createTopUp', { body }, exchange.idempotency);
    await exchange.deposit(made.address.slice(0, 81), amount);
  };

  test('by a top-up: the operator’s own money from outside pays the users', async () => {
    await topUp(160n);
    expect(await exchange.statement()).toMatchObject({ assets: '190', operator: '0' });
    await vault.sweepAll();
    expect(await exchange.network.balanceOf(outside('E'))).toBe(90n);
  }, 60_000);

  test('first, an address with tokens is in custody again', async () => {
    await topUp(10n);
    const [largest] = await vault.hub('hot');
    address = largest!.address;
    const order = await vault.order({ type: 'set-aside', addresses: [address] });
    custodyId = order.id;
    slip = await vault.saveSlip(custodyId);
    const params = { id: custodyId };
    await exchange.api.call('importCustodyReceipt', { params, body: await vault.readBack(slip) });
    expect(await vault.orderNow(custodyId)).toMatchObject({ status: 'in-custody' });
  }, 60_000);

  test('step 1, stopping: nothing is stopped; a withdrawal that needs the tokens is taken meanwhile', async () => {
    const { id } = await exchange.withdraw('alice', { address: outside('F'), amount: 40n });
    const { status } = await exchange.api.call('getWithdrawal', { params: { id } });
    expect(status).toBe('queued');
  });

  test('step 2, choosing addresses: a proposal names those that are needed, and the order is open', async () => {
    const [proposal] = (await exchange.api.call('listColdProposals')).data;
    const back = await vault.order(proposal!.call.body as never);
    expect(back).toMatchObject({ type: 'bring-back', status: 'open', custodyId });
    expect(back.addresses.map((each) => each.address)).toEqual([address]);
    backId = back.id;
  });

  test('step 3, restoring the UUIDs: they come from the slip, and the address is hot again', async () => {
    const done = await exchange.api.call('importCustodySlip', {
      params: { id: backId },
      body: readFileSync(slip.paper),
    });
    expect(done).toMatchObject({ status: 'done' });
    expect((await vault.hub('hot')).map((each) => each.address)).toContain(address);
  });

  test('step 4, restarting: nothing has to be; the next sweep takes the address and pays', async () => {
    const bundles = await vault.sweepAll();
    const params = { bundleHash: bundles[0] ?? '' };
    const { inputs } = await exchange.api.call('getSweep', { params });
    expect(inputs.map((each) => each.address)).toContain(address);
    expect(await exchange.network.balanceOf(outside('F'))).toBe(40n);
  }, 60_000);

  test('an address whose key has signed is never brought back', async () => {
    const { data } = await exchange.api.call('listColdOrders', { query: { type: 'set-aside' } });
    const { id, addresses } = data[0]!;
    const spent = [addresses[0]!.address];
    const body = { type: 'bring-back', custodyId: id, addresses: spent } as const;
    expect(await codeOf(vault.order(body))).toBe('cold_order_state');
  });
});
