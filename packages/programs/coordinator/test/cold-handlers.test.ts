/** Cold storage over HTTP: what an officer lists, orders, downloads, sends back; and what is refused. */
import { openCustodySlip, UrReceiver } from '@airlock/gap';
import { readPicture } from '@airlock/light';
import { withChecksum } from '@airlock/protocol';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AddressRow } from '../src/ledger/rows.ts';
import { keyOf } from '../src/store/store.ts';
import { hubMoney, payOut } from './cold.ts';
import { screenOf } from './screen.ts';
import { type Api, checkError, serveApi } from './served.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  confirmSweeps,
  differenceOf,
  foreignAddress,
  stateOf,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;
let api: Api;
let hub: AddressRow[];

beforeEachAlice(230, (next) => {
  stage = next;
  world = next.world;
});
beforeEach(async () => {
  api = await serveApi(world);
  hub = await hubMoney(world, stage.served, [10n, 20n, 30n]);
});
afterEach(() => api.close());

const textOf = (place: number): string => withChecksum(hub[place]!.address);
// biome-ignore lint/suspicious/noExplicitAny: replies are checked against the schemas of the routes.
const order = async (body: object): Promise<any> =>
  (await api.call('createColdOrder', { body })).body;
const errorOf = async (...call: Parameters<Api['call']>): Promise<string> =>
  checkError(await api.call(...call)).code;

/** Sets aside, has the slip read back, and sends the receipt. */
async function intoCustody(...places: number[]): Promise<{ id: string; slip: Uint8Array }> {
  const { id } = await order({ type: 'set-aside', addresses: places.map(textOf) });
  const { body: slip } = await api.call('getCustodySlip', { params: { id } });
  const receipt = world.signer.receiveSlip(slip, world.coordinator.identity.publicKey);
  const received = await api.call('importCustodyReceipt', { params: { id }, body: receipt });
  expect(received.body).toMatchObject({ status: 'in-custody' });
  return { id, slip };
}

describe('hub addresses', () => {
  test('are listed with what they hold, hot and cold, and why one cannot be set aside', async () => {
    await order({ type: 'set-aside', addresses: [textOf(2)] });
    const { data } = (await api.call('listHubAddresses')).body;
    expect(data).toHaveLength(3);
    const cold = (await api.call('listHubAddresses', { query: '?temperature=cold' })).body.data;
    expect(cold).toMatchObject([
      { address: textOf(2), balance: '30', obstacle: 'it is set aside already' },
    ]);
    const hot = (await api.call('listHubAddresses', { query: '?temperature=hot' })).body.data;
    expect(hot.map(({ obstacle }: { obstacle: unknown }) => obstacle)).toEqual([null, null]);
    const info = await api.call('getAddress', { params: { address: textOf(2) } });
    expect(info.body.kind).toBe('cold');
  });
});

describe('an order', () => {
  test('to set aside goes to custody with its receipt, and says which older files hold the UUIDs', async () => {
    const made = await order({ type: 'set-aside', amount: '45', reference: 'quarter 3' });
    expect(made).toMatchObject({
      type: 'set-aside',
      status: 'open',
      held: '50',
      reference: 'quarter 3',
      slipWords: expect.any(Array),
    });
    expect(made.olderFiles.map(({ type }: { type: string }) => type)).toEqual([
      'address-batch',
      'backup',
      'signer-home',
    ]);
    const { id } = await intoCustody(0);
    const shown = (await api.call('getColdOrder', { params: { id } })).body;
    expect(shown).toMatchObject({
      status: 'in-custody',
      copies: ['safe A, paper', 'safe B, stick'],
      addresses: [{ address: textOf(0), balance: '10', state: 'held' }],
    });
    const listed = (await api.call('listColdOrders', { query: '?type=set-aside' })).body.data;
    expect(listed.map((row: { id: string }) => row.id)).toEqual([made.id, id]);
    expect((await api.call('listColdOrders', { query: '?type=spend' })).body.data).toEqual([]);
  });

  test('is made once per idempotency key', async () => {
    const body = { type: 'set-aside', addresses: [textOf(0)] };
    const first = await api.call('createColdOrder', { body, idempotency: 'once' });
    const again = await api.call('createColdOrder', { body, idempotency: 'once' });
    expect(again.body).toEqual(first.body);
    expect([...stateOf(world).rows('coldOrders')]).toHaveLength(1);
    const { keyringId } = world.signer;
    const spend = { type: 'spend', keyringId, addresses: [textOf(0)] };
    expect(await errorOf('createColdOrder', { body: spend, idempotency: 'once' })).toBe(
      'idempotency_key_reused',
    );
  });

  test('to bring back waits for the slip, which is taken once', async () => {
    const { id: custodyId, slip } = await intoCustody(1, 2);
    const { id } = await order({ type: 'bring-back', custodyId, addresses: [textOf(1)] });
    const done = await api.call('importCustodySlip', { params: { id }, body: slip });
    expect(done.body).toMatchObject({
      status: 'done',
      custodyId,
      addresses: [{ address: textOf(1), state: 'free' }],
    });
    const custody = (await api.call('getColdOrder', { params: { id: custodyId } })).body;
    expect(custody).toMatchObject({ held: '30' });
    expect(custody.addresses.map(({ state }: { state: string }) => state)).toEqual([
      'free',
      'held',
    ]);
  });

  test('without its file is cancelled, and not after it', async () => {
    const { id } = await order({ type: 'set-aside', addresses: [textOf(0)] });
    const cancelled = await api.call('cancelColdOrder', { params: { id } });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', olderFiles: [] });
    const { id: custodyId } = await intoCustody(1);
    expect(await errorOf('cancelColdOrder', { params: { id: custodyId } })).toBe(
      'cold_order_state',
    );
  });

  test.each([
    ['an unknown type', { type: 'melt' }, 'invalid_request'],
    ['an unknown field', { type: 'set-aside', addresses: [], extra: 1 }, 'invalid_request'],
    ['no address at all', { type: 'set-aside', addresses: [] }, 'invalid_request'],
    [
      'an address without checksum digits',
      { type: 'set-aside', addresses: ['AB'] },
      'invalid_request',
    ],
    ['more than there is', { type: 'set-aside', amount: '61' }, 'insufficient_balance'],
    [
      'a custody of nobody',
      { type: 'bring-back', custodyId: `co_${'0'.repeat(32)}` },
      'cold_order_unknown',
    ],
  ])('with %s is refused', async (_what, body, code) => {
    expect(await errorOf('createColdOrder', { body })).toBe(code);
    expect([...stateOf(world).rows('coldOrders')]).toEqual([]);
  });

  test('that does not exist is refused by every route', async () => {
    const params = { id: `co_${'0'.repeat(32)}` };
    const { body: slip } = await api.call('getCustodySlip', {
      params: { id: (await order({ type: 'set-aside', addresses: [textOf(0)] })).id },
    });
    const operations = ['getColdOrder', 'getCustodySlip', 'cancelColdOrder'] as const;
    for (const operation of [...operations, 'repeatColdSpend'] as const) {
      expect(await errorOf(operation, { params })).toBe('cold_order_unknown');
    }
    expect(await errorOf('importCustodySlip', { params, body: slip })).toBe('cold_order_unknown');
    const receipt = world.signer.receiveSlip(slip, world.coordinator.identity.publicKey);
    expect(await errorOf('importCustodyReceipt', { params, body: receipt })).toBe(
      'cold_order_unknown',
    );
  });
});

describe('the slip', () => {
  test('comes as file, page, picture, frames, and as a sheet to print that a camera can read', async () => {
    const { id } = await order({ type: 'set-aside', addresses: [textOf(0), textOf(1)] });
    const params = { id };
    const { body: file } = await api.call('getCustodySlip', { params });
    const { slip } = openCustodySlip(file, [world.coordinator.identity.publicKey]);
    for (const format of ['html', 'gif', 'frames']) {
      const query = `?format=${format}`;
      const shown = await api.call('getCustodySlip', { params, query });
      expect(shown.status).toBe(200);
    }
    const sheet = await api.call('getCustodySlip', { params, query: '?format=print' });
    const page = Buffer.from(sheet.body).toString('utf8');
    for (const { uuid, address } of slip.addresses) {
      expect(page).toContain(uuid);
      expect(page).toContain(withChecksum(address));
    }
    expect(page).not.toContain('<script');
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)];
    const receiver = new UrReceiver(null);
    const read = pictures
      .map(([, picture]) => readPicture(new Uint8Array(Buffer.from(picture!, 'base64'))))
      .map((text) => receiver.take(text!)?.message)
      .find((message) => message !== undefined);
    expect(Buffer.from(read!)).toEqual(Buffer.from(file));
  });

  test('is not given any more after its receipt, and says why', async () => {
    const { id } = await intoCustody(0);
    const error = checkError(await api.call('getCustodySlip', { params: { id } }));
    expect(error).toMatchObject({ code: 'slip_erased', next: expect.stringContaining('safe A') });
  });

  test('is kept out of the journal, of stored replies and of every event', async () => {
    const { slip: file } = await intoCustody(0, 1);
    const { slip } = openCustodySlip(file, [world.coordinator.identity.publicKey]);
    const everything: string[] = [];
    for await (const row of world.store.entries({ from: '', to: '\uffff' })) {
      everything.push(row.join(' '));
    }
    for (const { uuid } of slip.addresses) {
      expect(everything.join('\n').includes(uuid)).toBe(false);
    }
    // The one that stayed is where it was.
    expect(world.store.get(keyOf('vault', hub[2]!.commitment))).not.toBeNull();
  });
});

test('a receipt is taken as codes, too', async () => {
  const { id } = await order({ type: 'set-aside', addresses: [textOf(0)] });
  const { body: slip } = await api.call('getCustodySlip', { params: { id } });
  const receipt = world.signer.receiveSlip(slip, world.coordinator.identity.publicKey);
  const { texts: frames } = screenOf(receipt);
  const taken = await api.call('importFrames', { body: { frames } });
  expect(taken.body).toMatchObject({ imported: { type: 'custody-receipt', id } });
  expect(stateOf(world).get('coldOrders', id)?.status).toBe('in-custody');
});

test('a slip is taken as codes, too: that of a bring-back which waits for it', async () => {
  const { id: custodyId, slip } = await intoCustody(1, 2);
  const { texts: frames } = screenOf(slip);
  expect(await errorOf('importFrames', { body: { frames } })).toBe('cold_order_state');
  const { id } = await order({ type: 'bring-back', custodyId });
  const taken = await api.call('importFrames', { body: { frames } });
  expect(taken.body).toMatchObject({ imported: { type: 'custody-slip', id } });
  expect(stateOf(world).get('coldOrders', id)?.status).toBe('done');
});

describe('proposals', () => {
  test('there are none while enough is hot', async () => {
    await intoCustody(2);
    expect((await api.call('listColdProposals')).body.data).toEqual([]);
  });

  test('when withdrawals exceed what is hot, each is the call that helps', async () => {
    const { id: custodyId, slip } = await intoCustody(1, 2);
    await payOut(world, { address: foreignAddress('W'), amount: 35n });
    const { data } = (await api.call('listColdProposals')).body;
    expect(data).toMatchObject([
      {
        missing: '25',
        brings: '30',
        call: { path: '/v1/cold-orders', body: { type: 'bring-back', addresses: [textOf(2)] } },
      },
      { missing: '25', call: { path: '/v1/top-ups' } },
    ]);
    const { id } = await order(data[0].call.body);
    await api.call('importCustodySlip', { params: { id }, body: slip });
    expect((await api.call('listColdProposals')).body.data).toEqual([]);
    expect(stateOf(world).get('coldOrders', id)).toMatchObject({ custodyId, status: 'done' });
  });
});

test('a spend is ordered, asked of the signer with the slip, and paid', async () => {
  const { slip: file } = await intoCustody(1, 2);
  const { slip, digest } = openCustodySlip(file, [world.coordinator.identity.publicKey]);
  const { keyringId } = world.signer;
  const address = withChecksum(foreignAddress('P'));
  const payouts = [{ address, amount: '40', tag: 'COLD' }];
  const body = { type: 'spend', keyringId, addresses: [textOf(1), textOf(2)], payouts };
  const made = await order(body);
  expect(made).toMatchObject({ type: 'spend', status: 'done', sweepId: expect.any(String) });
  const file2 = await api.call('getSigningRequestFile', { params: { id: made.requestId } });
  expect(Buffer.from(file2.body).includes(Buffer.from(slip.addresses[0]!.uuid, 'base64'))).toBe(
    false,
  );
  const slips = new Map([[digest, slip]]);
  await api.call('importSigningResponse', { body: await answer(world, made.requestId, { slips }) });
  await confirmSweeps(world, stage.served);
  const sweep = await api.call('getSweep', { params: { bundleHash: made.sweepId } });
  expect(sweep.body).toMatchObject({
    status: 'confirmed',
    orderId: made.id,
    outputs: [
      { address, amount: '40', kind: 'withdrawal' },
      { amount: '10', kind: 'own' },
    ],
  });
  expect(differenceOf(stateOf(world))).toBe(0n);
  expect((await api.call('getStatement')).body).toMatchObject({ assets: '20', operator: '20' });
});
