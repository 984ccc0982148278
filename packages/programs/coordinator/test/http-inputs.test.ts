/** Bad input over HTTP: each with its code in the one error shape, and nothing changed. */

import type { ApiErrorCode, OperationId } from '@airlock/api';
import { withChecksum } from '@airlock/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { type Api, type CallFields, checkError, serveApi } from './served.ts';
import { HonestSigner, identityOf } from './signer.ts';
import {
  answer,
  assign,
  createUser,
  deposit,
  dump,
  foreignAddress,
  pairedWorld,
  request,
  type ServedNode,
  serveNode,
  sweepAll,
  type World,
  withdrawalIdOf,
} from './world.ts';

let served: ServedNode;
let world: World;
let api: Api;
let before: unknown;
let isDown = false;
const disputes = { balance: false, spent: false };

beforeAll(async () => {
  served = await serveNode();
  const unlessDown =
    (call: (...args: never[]) => Promise<unknown>) =>
    (...args: never[]) => {
      if (!isDown) return call(...args);
      return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), {}));
    };
  const { health, quorum, ...calls } = served.node;
  const { balances, spentStates, ...others } = Object.fromEntries(
    Object.entries(calls).map(([name, call]) => [name, unlessDown(call as never)]),
  ) as unknown as typeof calls;
  const node: NodeClient = {
    ...{ ...others, health, quorum },
    balances: async (list) => (disputes.balance ? list.map(() => null) : balances(list)),
    spentStates: async (list) => (disputes.spent ? list.map(() => null) : spentStates(list)),
  };
  world = await pairedWorld({ node, signer: new HonestSigner({ number: 62 }) }, 10);
  await createUser(world, 'alice');
  await createUser(world, 'bob');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 100n });
  await sweepAll(world, served);
  api = await serveApi(world);
});
afterAll(async () => {
  await api.close();
  await served.close();
});
beforeEach(() => {
  before = dump(world.coordinator.ledger.state);
});
afterEach(() => {
  expect(dump(world.coordinator.ledger.state)).toEqual(before);
});

async function codeAt(operation: OperationId, fields: CallFields): Promise<ApiErrorCode> {
  return checkError(await api.call(operation, fields)).code;
}

const payee = withChecksum(foreignAddress('K'));
const good = { userId: 'alice', address: payee, amount: '1' };
const otherChecksum = `${payee.slice(0, 89)}${payee.endsWith('A') ? 'B' : 'A'}`;
const SUPPLY = 2_779_530_283_277_761n;

describe('withdrawals', () => {
  const cases: readonly (readonly [string, unknown, ApiErrorCode])[] = [
    ['no body', undefined, 'invalid_request'],
    ['malformed JSON', '{"userId": ', 'malformed_json'],
    ['JSON that is no object', '[]', 'invalid_request'],
    ['a bare string', '"x"', 'malformed_json'],
    ['a missing field', { userId: 'alice', address: payee }, 'invalid_request'],
    ['an unknown field', { ...good, fee: '1' }, 'invalid_request'],
    [
      'a field named __proto__',
      `{"__proto__": {"x": 1}, ${JSON.stringify(good).slice(1)}`,
      'invalid_request',
    ],
    ['an amount as a number', { ...good, amount: 1 }, 'invalid_request'],
    ['an amount of zero', { ...good, amount: '0' }, 'invalid_request'],
    ['a negative amount', { ...good, amount: '-1' }, 'invalid_request'],
    ['an amount above the supply', { ...good, amount: String(SUPPLY + 1n) }, 'invalid_request'],
    ['a huge amount', { ...good, amount: '9'.repeat(400) }, 'invalid_request'],
    ['an amount with a unit', { ...good, amount: '1 Mi' }, 'invalid_request'],
    ['an amount in exponents', { ...good, amount: '1e3' }, 'invalid_request'],
    ['an amount with a leading zero', { ...good, amount: '01' }, 'invalid_request'],
    ['more than the balance', { ...good, amount: '101' }, 'insufficient_balance'],
    ['the whole supply', { ...good, amount: String(SUPPLY) }, 'insufficient_balance'],
    ['a wrong checksum', { ...good, address: otherChecksum }, 'invalid_request'],
    ['no checksum', { ...good, address: payee.slice(0, 81) }, 'invalid_request'],
    ['a checksum that is said to be none', { ...good, checksum: 'none' }, 'invalid_request'],
    ['an address in lower case', { ...good, address: payee.toLowerCase() }, 'invalid_request'],
    [
      'an address with a last trit of 1',
      { ...good, address: 'E'.repeat(81), checksum: 'none' },
      'invalid_request',
    ],
    ['an address too long', { ...good, address: 'A'.repeat(5000) }, 'invalid_request'],
    ['an address as an object', { ...good, address: { a: 1 } }, 'invalid_request'],
    ['an unknown user', { ...good, userId: 'nobody' }, 'user_unknown'],
    ['a user id too long', { ...good, userId: 'x'.repeat(65) }, 'invalid_request'],
    ['a user id with a slash', { ...good, userId: 'a/b' }, 'invalid_request'],
    ['a tag too long', { ...good, tag: 'A'.repeat(28) }, 'invalid_request'],
    ['a tag in lower case', { ...good, tag: 'a' }, 'invalid_request'],
    ['a reference too long', { ...good, reference: 'x'.repeat(129) }, 'invalid_request'],
    ['a reference with a line break', { ...good, reference: 'a\nb' }, 'invalid_request'],
    [
      'an id of UUID version 1',
      { ...good, id: '00000000-0000-1000-8000-000000000000' },
      'invalid_request',
    ],
  ];

  test.each(cases)('with %s are refused', async (_name, body, code) => {
    expect(await codeAt('createWithdrawal', { body })).toBe(code);
  });

  test('the fields at fault are named, each with what was expected and what came', async () => {
    const { body } = await api.call('createWithdrawal', {
      body: { userId: 7, address: payee, amount: 5, extra: 1 },
    });
    const { fields } = body.error as { fields: { path: string; got: string }[] };
    expect(fields.map(({ path }) => path).sort()).toEqual(['amount', 'extra', 'userId']);
    expect(fields.find(({ path }) => path === 'amount')!.got).toBe('5');
  });

  test('to an address that is spent, or of ours and used, are refused with address_spent', async () => {
    const used = [...world.coordinator.ledger.state.rows('addresses')].find(
      ({ status }) => status === 'retired',
    )!;
    const body = { ...good, address: withChecksum(used.address) };
    expect(await codeAt('createWithdrawal', { body })).toBe('address_spent');
  });

  test('that are unknown are neither shown nor cancelled', async () => {
    const params = { id: withdrawalIdOf(404) };
    expect(await codeAt('getWithdrawal', { params })).toBe('withdrawal_unknown');
    expect(await codeAt('cancelWithdrawal', { params })).toBe('withdrawal_unknown');
    expect(await codeAt('getWithdrawal', { params: { id: 'x' } })).toBe('invalid_request');
  });
});

describe('transfers', () => {
  const transfer = (...pairs: readonly (readonly [string, unknown])[]): unknown => ({
    entries: pairs.map(([userId, amount]) => ({ userId, amount })),
  });
  const cases: readonly (readonly [string, unknown, ApiErrorCode])[] = [
    ['one entry', transfer(['alice', '0']), 'invalid_request'],
    ['an entry of zero', transfer(['alice', '0'], ['bob', '0']), 'invalid_request'],
    ['a minus zero', transfer(['alice', '-0'], ['bob', '0']), 'invalid_request'],
    ['a number as amount', transfer(['alice', -1], ['bob', 1]), 'invalid_request'],
    ['a sum that is not 0', transfer(['alice', '-1'], ['bob', '2']), 'transfer_unbalanced'],
    ['a user twice', transfer(['alice', '-1'], ['alice', '1']), 'invalid_request'],
    ['an unknown user', transfer(['alice', '-1'], ['nobody', '1']), 'user_unknown'],
    ['too little money', transfer(['alice', '-101'], ['bob', '101']), 'insufficient_balance'],
    ['money of an empty user', transfer(['bob', '-1'], ['alice', '1']), 'insufficient_balance'],
    [
      'amounts above the supply',
      transfer(['alice', '-9999999999999999'], ['bob', '9999999999999999']),
      'invalid_request',
    ],
    [
      'too many entries',
      transfer(...Array.from({ length: 1001 }, (_, i) => [`u${i}`, '1'] as const)),
      'invalid_request',
    ],
    ['no entries', {}, 'invalid_request'],
  ];

  test.each(cases)('with %s are refused', async (_name, body, code) => {
    expect(await codeAt('createTransfer', { body })).toBe(code);
  });

  test('that are unknown are not found', async () => {
    const params = { id: `tr_${'0'.repeat(32)}` };
    expect(await codeAt('getTransfer', { params })).toBe('not_found');
  });
});

describe('users and addresses', () => {
  test('a user that exists, or with a bad id, is not created', async () => {
    expect(await codeAt('createUser', { body: { id: 'alice' } })).toBe('user_exists');
    for (const id of ['', 'a b', 'x'.repeat(65), 'ü', 7, null, ['alice']]) {
      expect(await codeAt('createUser', { body: { id } })).toBe('invalid_request');
    }
  });

  test('an unknown user has no balance, address, or history', async () => {
    const params = { id: 'nobody' };
    expect(await codeAt('getUser', { params })).toBe('user_unknown');
    expect(await codeAt('createDepositAddress', { params, body: {} })).toBe('user_unknown');
    expect(await codeAt('listDepositAddresses', { params })).toBe('user_unknown');
    expect(await codeAt('listHistory', { params })).toBe('user_unknown');
  });

  test('an address of a keyring that is unknown or malformed is not handed out', async () => {
    const params = { id: 'alice' };
    const unknown = { keyringId: `kr_${'0'.repeat(32)}` };
    expect(await codeAt('createDepositAddress', { params, body: unknown })).toBe('keyring_unknown');
    const malformed = { keyringId: 'kr_1' };
    expect(await codeAt('createDepositAddress', { params, body: malformed })).toBe(
      'invalid_request',
    );
  });

  test.each(['x', 'A'.repeat(82), otherChecksum, 'A'.repeat(2000), '%00', '%E0%A4%A'])(
    'address %s is refused',
    async (text) => {
      const found = await api.fetch(`/v1/addresses/${text}`, {}, 'exchange');
      expect(checkError(found).code).toBe('invalid_request');
    },
  );

  test.each([
    ['?limit=0', 'invalid_request'],
    ['?limit=1001', 'invalid_request'],
    ['?limit=x', 'invalid_request'],
    ['?limit=1&limit=2', 'invalid_request'],
    ['?after=%00', 'invalid_request'],
    ['?after=garbage', 'invalid_request'],
    ['?after=000000000000001.nobody', 'invalid_request'],
    ['?unknown=1', 'invalid_request'],
    ['?status=odd', 'invalid_request'],
  ] as const)('a list with %s is refused', async (query, code) => {
    expect(await codeAt('listWithdrawals', { query })).toBe(code);
    expect(await codeAt('listDeposits', { query })).toBe(code);
  });

  test('an address of 81 trytes is refused, unless it is said that it has no checksum', async () => {
    const address = payee.slice(0, 81);
    const fields = { params: { address } };
    expect(await codeAt('getAddress', fields)).toBe('invalid_request');
    const said = await api.call('getAddress', { ...fields, query: '?checksum=none' });
    expect(said.body).toMatchObject({ withdrawable: true });
    const custody = { type: 'set-aside', addresses: [address] };
    expect(await codeAt('createColdOrder', { body: custody })).toBe('invalid_request');
    expect(await codeAt('correctBalance', { ...fields, body: { reason: 'r' } })).toBe(
      'invalid_request',
    );
  });

  test('what came is said of arrays, of malformed keys, and of a cold order without its type', async () => {
    const said = async (operation: OperationId, fields: CallFields): Promise<unknown> =>
      checkError(await api.call(operation, fields)).fields;
    expect(await said('createUser', { body: [1] })).toMatchObject([{ got: 'an array of 1' }]);
    const long = { body: good, idempotency: 'k'.repeat(70) };
    expect(await said('createWithdrawal', long)).toMatchObject([{ got: '70 characters' }]);
    const untyped = await said('createColdOrder', { body: {} });
    expect(untyped).toMatchObject([
      { path: 'type', expected: expect.stringMatching(/^'set-aside'/) },
    ]);
  });

  test.each(['x', '-5', '1.5', '1e3', '0x10', '99999999999999999'])(
    'events after %s are refused: the cursor is a journal number',
    async (after) => {
      expect(await codeAt('listEvents', { query: `?after=${after}` })).toBe('invalid_request');
    },
  );
});

describe('files', () => {
  test('of the wrong type, truncated, altered or empty are refused', async () => {
    const { signer, coordinator } = world;
    const card = signer.card();
    expect(await codeAt('importAddressBatch', { body: card })).toBe('file_invalid');
    expect(await codeAt('importSigningResponse', { body: card })).toBe('file_invalid');
    expect(await codeAt('importVoidReceipt', { body: card })).toBe('file_invalid');
    expect(await codeAt('importRecordExport', { body: card })).toBe('file_invalid');
    expect(await codeAt('importVoidReceipt', {})).toBe('unsupported_media_type');
    expect(await codeAt('importRecordExport', {})).toBe('unsupported_media_type');
    expect(await codeAt('pairKeyring', { body: card.slice(0, -1) })).toBe('file_invalid');
    const altered = card.slice();
    altered[card.length - 1]! ^= 1;
    expect(await codeAt('pairKeyring', { body: altered })).toBe('file_invalid');
    expect(await codeAt('pairKeyring', { body: new Uint8Array() })).toBe('unsupported_media_type');
    expect(await codeAt('pairKeyring', { body: { card: 1 } })).toBe('unsupported_media_type');
    expect(await codeAt('pairKeyring', {})).toBe('unsupported_media_type');
    expect(coordinator.ledger.state.size('keyrings')).toBe(1);
  });

  test('of another keyring or network are refused', async () => {
    const stranger = new HonestSigner({ number: 63 });
    const batch = await stranger.batch(1);
    expect(await codeAt('importAddressBatch', { body: batch })).toBe('wrong_keyring');
    const mainnet = new HonestSigner({ number: 64, network: 'mainnet' });
    expect(await codeAt('pairKeyring', { body: mainnet.card() })).toBe('wrong_network');
    const twin = world.signer.card(identityOf(65));
    expect(await codeAt('pairKeyring', { body: twin })).toBe('signer_forked');
    const known = await new HonestSigner({ number: 62 }).batch(3);
    expect(await codeAt('importAddressBatch', { body: known })).toBe('batch_conflict');
  });

  test('a signing request with bad limits, an unknown keyring or nothing to do is refused', async () => {
    const { keyringId } = world.signer;
    for (const bad of [
      { maxSweeps: 0 },
      { maxSweeps: 33 },
      { maxInputs: 21 },
      { maxInputs: 1.5 },
    ]) {
      const body = { keyringId, ...bad };
      expect(await codeAt('createSigningRequest', { body })).toBe('invalid_request');
    }
    const body = { keyringId: `kr_${'0'.repeat(32)}` };
    expect(await codeAt('createSigningRequest', { body })).toBe('keyring_unknown');
    expect(await codeAt('createSigningRequest', { body: { keyringId } })).toBe('nothing_to_sign');
    const params = { id: `sr_${'0'.repeat(32)}` };
    expect(await codeAt('getSigningRequest', { params })).toBe('request_unknown');
    expect(await codeAt('getSigningRequestFile', { params })).toBe('request_unknown');
    expect(await codeAt('voidSigningRequest', { params })).toBe('request_unknown');
    expect(await codeAt('getVoidFile', { params })).toBe('request_unknown');
    const [{ id }] = world.coordinator.ledger.state.rows('requests') as never as [{ id: string }];
    expect(await codeAt('voidSigningRequest', { params: { id } })).toBe('not_voidable');
    expect(await codeAt('getVoidFile', { params: { id } })).toBe('not_found');
    const keyring = { id: `kr_${'0'.repeat(32)}` };
    expect(await codeAt('getKeyringRecord', { params: keyring })).toBe('keyring_unknown');
    const sweep = { bundleHash: 'A'.repeat(81) };
    expect(await codeAt('getSweep', { params: sweep })).toBe('not_found');
  });
});

describe('the protocol', () => {
  test('unknown routes and methods are not found', async () => {
    for (const [path, method] of [
      ['/v1/nothing', 'GET'],
      ['/', 'GET'],
      ['/v1/users', 'PUT'],
      ['/v1/users/alice', 'DELETE'],
    ] as const) {
      const found = await api.fetch(path, { method }, 'admin');
      expect(checkError(found).code).toBe('not_found');
    }
  });

  test('a JSON body of over a megabyte, or a file of over 32, is too large', async () => {
    const body = JSON.stringify({ id: 'x'.repeat(1_100_000) });
    expect(await codeAt('createUser', { body })).toBe('body_too_large');
    const file = new Uint8Array(32 * 1024 * 1024 + 1);
    expect(await codeAt('importAddressBatch', { body: file })).toBe('body_too_large');
  });

  test('JSON under another content type, or compressed, is refused', async () => {
    const headers = { 'content-type': 'text/plain' };
    const body = JSON.stringify({ id: 'zoe' });
    expect(await codeAt('createUser', { body, headers })).toBe('unsupported_media_type');
    const gzip = { 'content-encoding': 'gzip' };
    expect(await codeAt('createUser', { body, headers: gzip })).toBe('invalid_request');
  });

  test('a node that is down is 503: readiness says so, health does not, reading goes on', async () => {
    isDown = true;
    const ready = await api.call('getReadiness');
    expect(ready.status).toBe(503);
    expect(ready.body).toMatchObject({ status: 'unready', checks: { store: 'ok' } });
    expect((await api.call('getHealth')).status).toBe(200);
    expect((await api.call('getUser', { params: { id: 'alice' } })).status).toBe(200);
    isDown = false;
    expect((await api.call('getReadiness')).body).toMatchObject({ status: 'ok' });
  });

  test('nodes that disagree about an address are 503, and the address is not paid to', async () => {
    disputes.spent = true;
    const paid = checkError(await api.call('createWithdrawal', { body: good }));
    const seen = checkError(await api.call('getAddress', { params: { address: payee } }));
    disputes.spent = false;
    for (const { code, message, next } of [paid, seen]) {
      expect(code).toBe('node_unavailable');
      expect(message).toBe('the nodes disagree on whether the address has been spent from');
      expect(next).toContain('/readyz');
    }
    disputes.balance = true;
    const poor = checkError(await api.call('getAddress', { params: { address: payee } }));
    const [{ address }] = world.coordinator.ledger.state.rows('deposits') as never as [
      { address: string },
    ];
    const own = await api.call('getAddress', { params: { address: withChecksum(address) } });
    disputes.balance = false;
    expect(poor.message).toBe("the nodes disagree on the address's balance");
    expect(own.body).toMatchObject({ kind: 'deposit' });
  });

  test('a defect is a bare 500 with an id that the log holds', async () => {
    isDown = true;
    const failed = await api.call('createWithdrawal', { body: good });
    isDown = false;
    const { code, requestId, message } = checkError(failed);
    expect(code).toBe('internal');
    expect(message).not.toContain('ECONNREFUSED');
    expect(world.logged.join('\n')).toContain(`request ${requestId}: internal`);
  });

  test('API keys of unknown roles, with bad names, or unknown ids are refused', async () => {
    expect(await codeAt('createApiKey', { body: { role: 'root' } })).toBe('invalid_request');
    const body = { role: 'admin', name: 'x'.repeat(65) };
    expect(await codeAt('createApiKey', { body })).toBe('invalid_request');
    const params = { id: `key_${'0'.repeat(32)}` };
    expect(await codeAt('deleteApiKey', { params })).toBe('not_found');
  });
});

describe('what changes something first', () => {
  const after = (): void => {
    before = dump(world.coordinator.ledger.state);
  };

  test('a withdrawal id that exists, and one that is in a sweep already', async () => {
    const id = withdrawalIdOf(5);
    await api.call('createWithdrawal', { body: { ...good, id } });
    after();
    expect(await codeAt('createWithdrawal', { body: { ...good, id } })).toBe('withdrawal_exists');
    const { requestId } = await request(world);
    after();
    expect(await codeAt('cancelWithdrawal', { params: { id } })).toBe('not_cancellable');
    const file = await answer(world, requestId);
    const altered = await answer({ ...world, signer: world.signer.clone() }, requestId);
    await api.call('importSigningResponse', { body: file });
    after();
    const again = await api.call('importSigningResponse', { body: file });
    expect(again.body.alreadyImported).toBe(true);
    expect(await codeAt('importSigningResponse', { body: altered })).toBe('signer_forked');
    // The fork is an alarm.
    expect(world.coordinator.ledger.state.size('alarms')).toBe(1);
    after();
  });

  test('a suspended keyring hands out nothing; an empty pool says so', async () => {
    const { keyringId } = world.signer;
    await api.call('suspendKeyring', { params: { id: keyringId } });
    after();
    const params = { id: 'alice' };
    const body = { keyringId };
    expect(await codeAt('createDepositAddress', { params, body })).toBe('keyring_suspended');
    expect(await codeAt('createDepositAddress', { params, body: {} })).toBe('pool_empty');
    expect(await codeAt('createSigningRequest', { body })).toBe('keyring_suspended');
    await api.call('activateKeyring', { params: { id: keyringId } });
    const left = world.coordinator.pools.size(keyringId, 'deposit');
    const calls = Array.from({ length: left + 3 }, () =>
      api.call('createDepositAddress', { params, body: {} }),
    );
    const made = await Promise.all(calls);
    after();
    const addresses = made.filter(({ status }) => status === 201).map((each) => each.body.address);
    expect(new Set(addresses).size).toBe(left);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(3);
    expect(await codeAt('createDepositAddress', { params, body: {} })).toBe('pool_empty');
  });
});
