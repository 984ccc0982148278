/** The operator's own money, decisions and alarms over HTTP. */
import { withChecksum } from '@airlock/protocol';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { alarmRound } from '../src/alarms.ts';
import { importResponse } from '../src/signing/responses.ts';
import { type Api, checkError, serveApi } from './served.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  deposit,
  foreignAddress,
  request,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
  withdraw,
} from './world.ts';

let served: ServedNode;
let world: World;
let api: Api;
let number: number;

beforeEachAlice(190, (stage) => {
  ({ served, world, number } = stage);
});

beforeEach(async () => {
  api = await serveApi(world);
});
afterEach(() => api.close());

const totals = () => stateOf(world).get('totals', '')!;

test('a top-up opens a hub address; its money is the operator’s, can be paid out, and taken back', async () => {
  const { body: topUp } = await api.call('createTopUp', { body: { reference: 'wire 7' } });
  expect(topUp).toMatchObject({ keyringId: world.signer.keyringId, reference: 'wire 7' });
  await deposit(world, served, { address: topUp.address.slice(0, 81), amount: 50n });
  expect(totals()).toMatchObject({ operator: 50n, assets: 50n });

  const address = withChecksum(foreignAddress('O'));
  const more = await api.call('createOperatorWithdrawal', { body: { address, amount: '51' } });
  expect(checkError(more)).toMatchObject({
    code: 'insufficient_balance',
    message: 'the operator has 50 i, 51 i are needed',
  });
  const first = await api.call('createOperatorWithdrawal', { body: { address, amount: '20' } });
  expect(first.body).toMatchObject({ userId: null, status: 'queued', amount: '20' });
  expect(totals()).toMatchObject({ operator: 30n, unpaidWithdrawals: 20n });
  // An exchange's key does not reach the operator's own payouts.
  const { id } = first.body;
  const foreign = await api.call('cancelWithdrawal', { params: { id } });
  expect(checkError(foreign).code).toBe('withdrawal_unknown');
  await api.call('cancelOperatorWithdrawal', { params: { id } });
  expect(totals().operator).toBe(50n);
  await api.call('createOperatorWithdrawal', { body: { address, amount: '50' } });
  await sweepAll(world, served);
  expect(served.devNode.balanceOf(foreignAddress('O'))).toBe(50n);
  expect(totals()).toMatchObject({ operator: 0n, assets: 0n, unpaidWithdrawals: 0n });
});

test('a top-up repeated under its key is the same address', async () => {
  const fields = { body: {}, idempotency: 'top-up-1' };
  const first = await api.call('createTopUp', fields);
  const again = await api.call('createTopUp', fields);
  expect(again.body).toEqual(first.body);
  const other = await api.call('createTopUp', { body: {} });
  expect(other.body.address).not.toBe(first.body.address);
});

test('a payout in a blocked sweep is replaced once; anything else is not replaceable', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  const address = foreignAddress('R');
  const id = await withdraw(world, { userId: 'alice', address, amount: 60n, number });
  const replace = (reason = 'the input is gone') =>
    api.call('replaceWithdrawal', { params: { id }, body: { reason } });
  expect(checkError(await replace()).code).toBe('not_replaceable');
  const { requestId, sweeps } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  const [{ hash, inputs }] = sweeps as readonly [(typeof sweeps)[number]];
  const shortfalls = [{ address: inputs[0]!.address, amount: 1n }];
  await world.coordinator.ledger.execute(({ record }) =>
    record({ type: 'sweep.blocked', sweepId: hash, reason: 'short', shortfalls }),
  );
  const { body: sweep } = await api.call('getSweep', { params: { bundleHash: hash } });
  expect(sweep).toMatchObject({
    status: 'blocked',
    shortfalls: [{ address: withChecksum(inputs[0]!.address), amount: '1' }],
  });
  const { body: again } = await replace();
  expect(again).toMatchObject({
    status: 'queued',
    amount: '60',
    userId: 'alice',
    cancellable: true,
  });
  expect((await api.call('getWithdrawal', { params: { id } })).body.replacedBy).toBe(again.id);
  expect(checkError(await replace()).message).toContain(`replaced by ${again.id}`);
  expect(checkError(await replace('x'.repeat(201))).code).toBe('invalid_request');
  expect(totals()).toMatchObject({ operator: -60n, unpaidWithdrawals: 120n });
});

test('odd addresses are listed, corrected with a reason, and reconciled', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
  const [row] = [...stateOf(world).rows('addresses')].filter(({ balance }) => balance === 10n);
  const address = row!.address;
  await world.coordinator.ledger.execute(({ record }) => {
    record({ type: 'balance.corrected', address, amount: -4n, reason: 'a mistake' });
    record({ type: 'address.quarantined', address, reason: 'odd' });
  });
  const shown = withChecksum(address);
  const { body: odd } = await api.call('listQuarantinedAddresses');
  expect(odd.data).toEqual([
    { address: shown, kind: 'deposit', userId: 'alice', balance: '6', reason: 'odd' },
  ]);
  const { body: before } = await api.call('getReconciliation');
  expect(before.differences).toEqual([
    { address: shown, ledger: '6', nodes: '10', status: 'active', quarantined: true },
  ]);
  const params = { address: shown };
  const none = await api.call('correctBalance', { params, body: {} });
  expect(checkError(none).fields[0]!.path).toBe('reason');
  const { body: corrected } = await api.call('correctBalance', {
    params,
    body: { reason: 'the mistake undone' },
  });
  expect(corrected).toEqual({ address: shown, amount: '4', balance: '10' });
  expect((await api.call('listQuarantinedAddresses')).body.data).toEqual([]);
  expect((await api.call('getReconciliation')).body.differences).toEqual([]);
  expect((await api.call('getAddress', { params })).body.quarantine).toBeNull();
});

test('alarms are listed by state and cleared by name and subject', async () => {
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount: 9n });
  await sweepAll(world, served);
  await deposit(world, served, { address, amount: 4n });
  await alarmRound(world.coordinator);
  const { body } = await api.call('listAlarms');
  expect(body.data).toEqual([
    {
      alarm: 'deposit.stranded',
      subject: expect.stringMatching(/^dep_/),
      detail: expect.stringContaining('4 i of alice came to'),
      raisedAt: expect.any(String),
      clearedAt: null,
    },
  ]);
  const { alarm, subject } = body.data[0];
  const cleared = await api.call('clearAlarm', { body: { alarm, subject } });
  expect(cleared.body.clearedAt).not.toBeNull();
  expect((await api.call('listAlarms')).body.data).toEqual([]);
  expect((await api.call('listAlarms', { query: '?status=cleared' })).body.data).toHaveLength(1);
  const again = await api.call('clearAlarm', { body: { alarm, subject } });
  expect(checkError(again).code).toBe('not_found');
  const unknown = await api.call('clearAlarm', { body: { alarm: 'no.such', subject } });
  expect(checkError(unknown).message).toContain('there is no alarm no.such');
});
