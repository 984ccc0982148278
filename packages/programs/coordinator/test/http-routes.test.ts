/** Every route over a real port: roles, replies by their schemas, pages, and the API's description. */
import { createHash } from 'node:crypto';
import { type OperationId, openApi, type Role } from '@airlock/api';
import { openRecordExport, wordsOf } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { screenOf } from './screen.ts';
import { ALL, type Answer, type Api, checkError, routeOf, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  foreignAddress,
  openWorld,
  type ServedNode,
  serveNode,
  type World,
  withdrawalIdOf,
} from './world.ts';

let served: ServedNode;
let world: World;
let api: Api;
beforeAll(async () => {
  served = await serveNode();
  world = await openWorld({ node: served.node, signer: new HonestSigner({ number: 61 }) });
  api = await serveApi(world);
});
afterAll(async () => {
  await api.close();
  await served.close();
});

/** Operations on one cold order. */
const COLD = [
  'getColdOrder',
  'getCustodySlip',
  'importCustodySlip',
  'importCustodyReceipt',
  'cancelColdOrder',
  'repeatColdSpend',
] as const;

const ROLES: readonly Role[] = ['exchange', 'officer', 'auditor', 'admin'];
/** Parameters of their form, of things that do not exist. */
const PARAMS: Record<string, Record<string, string>> = {
  getWithdrawal: { id: withdrawalIdOf(999) },
  cancelWithdrawal: { id: withdrawalIdOf(999) },
  getTransfer: { id: `tr_${'0'.repeat(32)}` },
  getAddress: { address: withChecksum(foreignAddress('Q')) },
  getKeyring: { id: `kr_${'0'.repeat(32)}` },
  suspendKeyring: { id: `kr_${'0'.repeat(32)}` },
  activateKeyring: { id: `kr_${'0'.repeat(32)}` },
  getSigningRequest: { id: `sr_${'0'.repeat(32)}` },
  getSigningRequestFile: { id: `sr_${'0'.repeat(32)}` },
  voidSigningRequest: { id: `sr_${'0'.repeat(32)}` },
  getVoidFile: { id: `sr_${'0'.repeat(32)}` },
  getSigningRequestQr: { id: `sr_${'0'.repeat(32)}` },
  getVoidQr: { id: `sr_${'0'.repeat(32)}` },
  importResponseFrames: { id: `sr_${'0'.repeat(32)}` },
  getKeyringRecord: { id: `kr_${'0'.repeat(32)}` },
  getSweep: { bundleHash: 'A'.repeat(81) },
  deleteApiKey: { id: `key_${'0'.repeat(32)}` },
  correctBalance: { address: 'A'.repeat(81) },
  replaceWithdrawal: { id: withdrawalIdOf(9) },
  deleteWebhookEndpoint: { id: `wh_${'0'.repeat(32)}` },
  rotateWebhookSecret: { id: `wh_${'0'.repeat(32)}` },
  retryWebhookDelivery: { id: `whd_${'0'.repeat(32)}` },
  bookForgottenBundle: { bundleHash: 'A'.repeat(81) },
  abandonSweep: { bundleHash: 'A'.repeat(81) },
  ...Object.fromEntries(COLD.map((operation) => [operation, { id: `co_${'0'.repeat(32)}` }])),
};

/** Their suites: operator-handlers.test.ts, cold-handlers.test.ts, cold-troubles.test.ts, event-streams.test.ts, webhook-handlers.test.ts. */
const CALLED_ELSEWHERE: readonly OperationId[] = [
  'createTopUp',
  'createOperatorWithdrawal',
  'cancelOperatorWithdrawal',
  'replaceWithdrawal',
  'correctBalance',
  'listQuarantinedAddresses',
  'listAlarms',
  'clearAlarm',
  'getReconciliation',
  ...COLD,
  'abandonSweep',
  'bookForgottenBundle',
  'createColdOrder',
  'listColdOrders',
  'listColdProposals',
  'listHubAddresses',
  'streamEvents',
  'createWebhookEndpoint',
  'listWebhookEndpoints',
  'deleteWebhookEndpoint',
  'rotateWebhookSecret',
  'listWebhookDeliveries',
  'retryWebhookDelivery',
];

describe('roles', () => {
  const guarded = ALL.filter((operation) => routeOf(operation).role !== null);

  test.each(guarded)('%s needs a key, known, of its role or of an admin', async (operation) => {
    const params = PARAMS[operation] ?? { id: 'nobody' };
    const { role } = routeOf(operation);
    const head = world.coordinator.ledger.state.head;
    const none = await api.call(operation, { params, role: null });
    expect(checkError(none).code).toBe('unauthorized');
    for (const authorization of [
      'Bearer',
      'Bearer ',
      'Basic x',
      `Bearer ${'x'.repeat(200)}`,
      'Bearer unknown',
      `bearer ${api.keys.admin}`,
    ]) {
      const bad = await api.call(operation, { params, role: null, headers: { authorization } });
      expect(bad.status).toBe(401);
    }
    for (const other of ROLES) {
      const found = await api.call(operation, {
        params,
        role: other,
        // Whoever gets in is stopped at the body: nothing may happen in this test.
        body: routeOf(operation).method === 'post' ? '{' : undefined,
      });
      if (other === role || other === 'admin') expect([401, 403]).not.toContain(found.status);
      else expect(checkError(found).code).toBe('forbidden');
    }
    expect(world.coordinator.ledger.state.head).toEqual(head);
  });

  test('what an outsider sends is not even parsed', async () => {
    const huge = await api.call('createUser', { role: null, body: `"${'x'.repeat(2_000_000)}"` });
    expect(huge.status).toBe(401);
    const malformed = await api.call('createUser', { role: 'auditor', body: '{' });
    expect(malformed.status).toBe(403);
  });

  test('the open routes need no key', async () => {
    const open = ALL.filter((operation) => routeOf(operation).role === null);
    expect(open.sort()).toEqual(['getHealth', 'getOpenApi', 'getReadiness']);
    for (const operation of open) expect((await api.call(operation)).status).toBe(200);
  });
});

describe('a day of an exchange', () => {
  const called = new Set<string>();
  const call: Api['call'] = (operation, fields) => {
    called.add(operation);
    return api.call(operation, fields);
  };
  let requestId: string;
  let address: string;

  test('users, keyring, batch and deposit address', async () => {
    for (const id of ['alice', 'bob', 'c']) {
      expect((await call('createUser', { body: { id } })).body.id).toBe(id);
    }
    const card = await call('pairKeyring', { body: world.signer.card() });
    expect(card.body).toMatchObject({ id: world.signer.keyringId, outstanding: [] });
    expect((await call('getPairingCard')).headers.get('content-type')).toContain('cose');
    expect((await call('getPairingCardQr')).headers.get('content-type')).toContain('html');
    const again = await call('importFrames', {
      body: { frames: screenOf(world.signer.card()).texts },
    });
    expect(again.body).toMatchObject({ complete: true, imported: { id: world.signer.keyringId } });
    const batch = await call('importAddressBatch', { body: await world.signer.batch(30) });
    expect(batch.body).toMatchObject({ added: 30, pool: { deposit: 24, hub: 6, daysLeft: null } });
    for (let i = 0; i < 3; i += 1) {
      const made = await call('createDepositAddress', { params: { id: 'alice' }, body: {} });
      address = made.body.address as string;
      served.devNode.pay({ address: address.slice(0, 81), amount: 100n });
    }
    expect((await call('getKeyring', { params: { id: world.signer.keyringId } })).status).toBe(200);
    expect((await call('listKeyrings')).body.data).toHaveLength(1);
    await call('suspendKeyring', { params: { id: world.signer.keyringId } });
    const active = await call('activateKeyring', { params: { id: world.signer.keyringId } });
    expect(active.body.state).toBe('active');
  });

  test('deposits: detected, confirmed, swept and credited', async () => {
    await world.monitor.round();
    const detected = (await call('listDeposits', { query: '?status=detected' })).body.data;
    expect(detected.map((each: { id: null }) => each.id)).toEqual([null, null, null]);
    served.devNode.issueMilestone();
    await world.monitor.round();
    const user = await call('getUser', { params: { id: 'alice' } });
    expect(user.body.balance).toEqual({
      available: '0',
      pendingDeposits: '300',
      pendingWithdrawals: '0',
    });
    const keyringId = world.signer.keyringId;
    const dry = await call('createSigningRequest', { body: { keyringId, dryRun: true } });
    expect(dry.body).toMatchObject({ id: null, status: 'dry-run', digestWords: [] });
    const made = await call('createSigningRequest', { body: { keyringId } });
    expect(made.body).toMatchObject({
      status: 'outstanding',
      totalsByClass: { spent: '300', own: '300', withdrawals: '0' },
    });
    expect(made.body.digestWords).toHaveLength(8);
    requestId = made.body.id as string;
    const shown = await call('getSigningRequest', { params: { id: requestId } });
    expect(shown.body).toEqual(made.body);
    const file = await call('getSigningRequestFile', { params: { id: requestId } });
    expect(await call('getSigningRequestFile', { params: { id: requestId } })).toMatchObject({
      body: file.body,
    });
    const { headers } = await call('getSigningRequestQr', {
      params: { id: requestId },
      query: '?format=gif&codeVersion=27',
    });
    expect(headers.get('content-type')).toBe('image/gif');
    const response = await answer(world, requestId);
    const { count, texts } = screenOf(response);
    const scanned = await call('importResponseFrames', {
      params: { id: requestId },
      body: { frames: texts.slice(0, count - 1) },
    });
    expect(scanned.body).toMatchObject({ received: count - 1, complete: false, imported: null });
    const imported = await call('importSigningResponse', { body: response });
    expect(imported.body).toMatchObject({ requestId, alreadyImported: false });
    const again = await call('importSigningResponse', { body: response });
    expect(again.body).toMatchObject({ alreadyImported: true });
    await world.attachment.round();
    served.devNode.issueMilestone();
    await world.attachment.round();
    const [sweep] = (await call('listSweeps', { query: '?status=confirmed' })).body.data;
    const one = await call('getSweep', { params: { bundleHash: sweep.bundleHash } });
    expect(one.body).toMatchObject({ status: 'confirmed', requestId });
    expect(one.body.tails).toContain(one.body.confirmedTail);
  });

  test('a request is voided and its sweep asked again; records go out and come in', async () => {
    const keyringId = world.signer.keyringId;
    const made = await call('createDepositAddress', { params: { id: 'c' }, body: {} });
    served.devNode.pay({ address: made.body.address.slice(0, 81), amount: 9n });
    served.devNode.issueMilestone();
    await world.monitor.round();
    const first = await call('createSigningRequest', { body: { keyringId } });
    const params = { id: first.body.id as string };
    const asked = await call('voidSigningRequest', { params });
    const voidWords = asked.body.voidWords as string[];
    expect(asked.body).toEqual({ ...first.body, status: 'void-requested', voidWords });
    expect(voidWords).toHaveLength(8);
    const shown = await call('getKeyring', { params: { id: keyringId } });
    expect(shown.body).toMatchObject({ outstanding: [], epoch: 1, networkAccepted: false });
    const file = await call('getVoidFile', { params });
    const codes = await call('getVoidQr', { params, query: '?format=frames&codeVersion=27' });
    expect(codes.body).toMatchObject({ version: 27, size: 125, count: 1, codesPerSecond: 6 });
    const { publicKey } = world.coordinator.identity;
    const receipt = world.signer.void(file.body, publicKey);
    const [{ bundleHash }] = first.body.sweeps;
    const expected = { requestId: params.id, sweeps: [{ bundleHash, status: 'requested' }] };
    const voided = await call('importVoidReceipt', { body: receipt });
    expect(voided.body).toEqual({ ...expected, alreadyImported: false });
    const repeated = await call('importVoidReceipt', { body: receipt });
    expect(repeated.body).toEqual({ ...expected, alreadyImported: true });
    const again = await call('createSigningRequest', { body: { keyringId } });
    expect(again.body).toMatchObject({ sequence: 3, sweeps: first.body.sweeps });
    await call('importSigningResponse', { body: await answer(world, again.body.id) });
    const record = await call('getKeyringRecord', { params: { id: keyringId } });
    const { head } = openRecordExport(record.body, world.signer.identity.publicKey, [publicKey]);
    expect(head).toEqual(world.signer.head);
    world.signer.append({ kind: 'network-accepted' });
    const imported = await call('importRecordExport', { body: world.signer.record() });
    expect(imported.body).toMatchObject({ added: 1, behind: 0, head: world.signer.head });
    const after = await call('getKeyring', { params: { id: keyringId } });
    expect(after.body).toMatchObject({
      head: world.signer.head,
      headWords: wordsOf(world.signer.head.hash),
      networkAccepted: true,
    });
  });

  test('withdrawals and transfers', async () => {
    const to = withChecksum(foreignAddress('J'));
    const id = withdrawalIdOf(1);
    const body = { id, userId: 'alice', address: to, amount: '20', tag: 'T', reference: 'r 1' };
    const made = await call('createWithdrawal', { body });
    expect(made.body).toMatchObject({ id, status: 'queued', cancellable: true, address: to });
    const drawn = await call('createWithdrawal', {
      body: { userId: 'alice', address: foreignAddress('J'), checksum: 'none', amount: '1' },
    });
    const cancelled = await call('cancelWithdrawal', { params: { id: drawn.body.id } });
    expect(cancelled.body).toMatchObject({ status: 'cancelled', cancellable: false });
    expect((await call('getWithdrawal', { params: { id } })).body).toEqual(made.body);
    expect((await call('listWithdrawals', { query: '?status=queued' })).body.data).toHaveLength(1);
    const entries = [
      { userId: 'alice', amount: '-7' },
      { userId: 'bob', amount: '5' },
      { userId: 'c', amount: '2' },
    ];
    const moved = await call('createTransfer', { body: { entries, reference: 'x' } });
    const transfer = await call('getTransfer', { params: { id: moved.body.id } });
    expect(transfer.body).toEqual(moved.body);
    const history = (await call('listHistory', { params: { id: 'alice' } })).body.data;
    expect(history.map((row: { amount: string }) => row.amount)).toEqual([
      '100',
      '100',
      '100',
      '-20',
      '-1',
      '1',
      '-7',
    ]);
    expect(history.at(-1).balanceAfter).toBe('273');
  });

  test('addresses, statement, stats, events and keys', async () => {
    const retired = await call('getAddress', { params: { address } });
    expect(retired.body).toMatchObject({ kind: 'deposit', userId: 'alice', withdrawable: false });
    const nobody = await call('getAddress', {
      params: { address: foreignAddress('J') },
      query: '?checksum=none',
    });
    expect(nobody.body).toEqual({
      kind: 'none',
      userId: null,
      spent: false,
      balance: '0',
      withdrawable: true,
      reasons: [],
      quarantine: null,
    });
    const statement = await call('getStatement');
    expect(statement.body).toMatchObject({
      assets: '309',
      users: '289',
      unpaidWithdrawals: '20',
      difference: '0',
    });
    expect((await call('getStats')).body).toMatchObject({ users: 3, userBalances: '289' });
    const events = await call('listEvents', { query: '?types=user.created&limit=2' });
    expect(events.body.data.map((row: { data: Answer['body'] }) => row.data.userId)).toEqual([
      'alice',
      'bob',
    ]);
    const journal: string[] = (await call('listJournal', { query: '?limit=1000' })).body.data;
    const hashes = journal.map((text) => createHash('sha256').update(text).digest('hex'));
    const named = journal.map((text) => JSON.parse(text).previous);
    expect(named).toEqual(['0'.repeat(64), ...hashes.slice(0, -1)]);
    expect(hashes.at(-1)).toBe(world.coordinator.ledger.durable.hash);
    const key = await call('createApiKey', { body: { role: 'auditor' } });
    expect(
      (await api.fetch('/v1/stats', { headers: { authorization: `Bearer ${key.body.key}` } }))
        .status,
    ).toBe(200);
    const listed = (await call('listApiKeys')).body.data;
    expect(JSON.stringify(listed)).not.toContain('airlock_');
    await call('deleteApiKey', { params: { id: key.body.id } });
    const gone = await api.fetch('/v1/stats', {
      headers: { authorization: `Bearer ${key.body.key}` },
    });
    expect(gone.status).toBe(401);
    await call('listDepositAddresses', { params: { id: 'alice' } });
    await call('listSigningRequests');
    const { index: milestone } = served.devNode.latestMilestone();
    const { since } = (await call('getNodes')).body.nodes[0];
    const node = { name: served.url, state: 'ok', since, detail: 'answers', milestone };
    expect((await call('getNodes')).body).toEqual({ quorum: 1, nodes: [node] });
    await call('getHealth');
    await call('getReadiness');
    await call('getOpenApi');
  });

  test('called every operation there is', () => {
    expect([...called, ...CALLED_ELSEWHERE].sort()).toEqual([...ALL].sort());
  });

  const LISTS = [
    ['listDepositAddresses', 'alice'],
    ['listHistory', 'alice'],
    ['listDeposits', ''],
    ['listWithdrawals', ''],
    ['listEvents', ''],
    ['listJournal', ''],
    ['listKeyrings', ''],
    ['listSigningRequests', ''],
    ['listSweeps', ''],
    ['listApiKeys', ''],
  ] as const;

  test.each(LISTS)('%s gives the same rows in pages of one as at once', async (operation, id) => {
    const all = (await api.call(operation, { params: { id }, query: '?limit=1000' })).body;
    expect(all.nextCursor).toBeNull();
    expect(all.data.length).toBeGreaterThan(0);
    const rows: unknown[] = [];
    let after = '';
    for (let pages = 0; pages < 200; pages += 1) {
      const { body } = await api.call(operation, { params: { id }, query: `?limit=1${after}` });
      expect(body.data).toHaveLength(1);
      rows.push(...body.data);
      if (body.nextCursor === null) break;
      after = `&after=${encodeURIComponent(body.nextCursor)}`;
    }
    expect(rows).toEqual(all.data);
  });

  test('filters of the lists give the rows they name alone', async () => {
    const data = async (operation: (typeof LISTS)[number][0], query: string): Promise<unknown[]> =>
      (await api.call(operation, { params: { id: 'alice' }, query })).body.data;
    expect(await data('listDepositAddresses', '?status=retired')).toHaveLength(3);
    expect(await data('listDepositAddresses', '?status=active')).toHaveLength(0);
    expect(await data('listDeposits', '?userId=bob')).toHaveLength(0);
    expect(await data('listDeposits', '?userId=alice&status=credited')).toHaveLength(3);
    expect(await data('listWithdrawals', '?userId=alice&status=cancelled')).toHaveLength(1);
    expect(await data('listSigningRequests', '?status=answered')).toHaveLength(2);
    expect(await data('listSigningRequests', '?status=voided')).toHaveLength(1);
    expect(await data('listSigningRequests', '?status=void-requested')).toHaveLength(0);
    expect(await data('listSigningRequests', '?status=outstanding')).toHaveLength(0);
    expect(await data('listSweeps', '?status=signed')).toHaveLength(1);
  });

  test('the cursor of events is the journal number, and goes on while new ones come', async () => {
    const { number } = world.coordinator.ledger.state.head;
    const end = await api.call('listEvents', { query: `?after=${number}` });
    expect(end.body).toEqual({ data: [], nextCursor: null });
    const journalEnd = await api.call('listJournal', { query: `?after=${number}` });
    expect(journalEnd.body).toEqual({ data: [], nextCursor: null });
    await api.call('createUser', { body: { id: 'late' } });
    const { body } = await api.call('listEvents', { query: `?after=${number}` });
    expect(body.data).toMatchObject([{ number: number + 1, data: { userId: 'late' } }]);
  });
});

test('getOpenApi is the document of the API package', async () => {
  const { body } = await api.call('getOpenApi');
  expect(body).toEqual(JSON.parse(JSON.stringify(openApi('0.1.0'))));
});
