/** `spend`: bundles that this signer builds alone, from slips and what the officer says. */
import { uuidCommitment } from '@airlock/gap';
import {
  bundleHash,
  decodeTransaction,
  exposesKey,
  findBundleFault,
  normalizeHash,
  withChecksum,
} from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { isSameSpend, planSpend, settleSpend } from '../src/spend.ts';
import { OTHER_PAYEE, PAYEE, type SpendArgs, spend, target, trytesOf } from './alone.ts';
import {
  addressOf,
  COORDINATOR,
  issue,
  k0,
  k1,
  k2,
  k3,
  level3,
  makeWorld,
  NOW,
  QUIET,
  removeTemporaryFolders,
  requestOf,
  seal,
  slipOf,
  sweep,
  verdictOf,
  type World,
} from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a spend', () => {
  test('becomes whole transactions, the highest index first, that IRI would confirm', async () => {
    const at = world.copy();
    const run = await spend(at, {
      inputs: [target(level3.address, 7n), target(k0.address, 5n)],
      payees: [target(PAYEE, 4n), target(OTHER_PAYEE)],
      more: ['--tag', 'EXIT', '--json'],
    });
    expect(run).toMatchObject({ exit: 0, code: '' });
    const { bundleHash: hash, trytes } = trytesOf(at);
    expect(trytes.map((each) => each.length)).toEqual(Array(6).fill(2673));
    const transactions = trytes.map(decodeTransaction).reverse();
    expect(findBundleFault(transactions)).toBeNull();
    expect(bundleHash(transactions)).toBe(hash);
    expect(exposesKey(normalizeHash(hash))).toBe(false);
    expect(transactions.map(({ value }) => value)).toEqual([-7n, 0n, 0n, -5n, 4n, 8n]);
    expect(transactions.map(({ address }) => address).slice(3)).toEqual([
      k0.address,
      PAYEE,
      OTHER_PAYEE,
    ]);
    for (const { timestamp, attachmentTimestamp, nonce, trunkTransaction } of transactions) {
      expect([timestamp, attachmentTimestamp]).toEqual([NOW / 1000, 0]);
      expect(`${nonce}${trunkTransaction}`).toMatch(/^9+$/);
    }
    expect(transactions.slice(4).map(({ tag, obsoleteTag }) => [tag, obsoleteTag])).toEqual(
      Array(2).fill(Array(2).fill('EXIT'.padEnd(27, '9'))),
    );
    expect(JSON.parse(run.out.join(''))).toMatchObject({ bundleHash: hash, entry: 4, spent: '12' });
  });

  test('is one entry of the record, which holds its keys and no withdrawal', async () => {
    const at = world.copy();
    await spend(at, { inputs: [target(k0.address, 5n), target(level3.address, 7n)] });
    const state = at.state();
    expect(state.head.number).toBe(4);
    const { bundleHash: hash } = trytesOf(at);
    expect(state.signedAlone).toEqual(new Map([[hash, 4]]));
    expect(state.signedKeys.get(uuidCommitment(level3.uuid))).toEqual({
      bundleHash: hash,
      securityLevel: 3,
    });
    expect(state.lastSequence).toBe(0);
    expect((await at.run('record')).out.join('\n')).toContain(`signed bundle ${hash} alone`);
    expect((await at.run('status')).out.join('\n')).toContain('1 bundles signed without a request');
  });

  test('shows all but the last group of each payee, and that addresses are spent whole', async () => {
    const at = world.copy();
    const { note } = await spend(at, { payees: [target(PAYEE, 2n), target(k1.address)] });
    const screen = note.join('\n');
    expect(screen).toContain('TO BE SIGNED ALONE');
    expect(screen).toContain('spent WHOLE');
    expect(screen).toContain('PPPPPPPPP PPPPPPPPP');
    for (const address of [PAYEE, k1.address]) {
      expect(screen).not.toContain(withChecksum(address).slice(81));
    }
    expect(screen).toMatch(/2\. 3 i {2}\(own: issued by this record/);
  });

  test('says what to write into the log, and to keep the record', async () => {
    const at = world.copy();
    const { out } = await spend(at);
    expect(out.join('\n')).toMatch(/For your log: alone 1, entry 4: bundle [9A-Z]{81}\./);
    expect(out.join('\n')).toContain('"record --out FILE"');
  });

  test.each([
    ['typed', [`${withChecksum(PAYEE).slice(81).toLowerCase()} `], ''],
    ['typed wrongly', ['AAAAAAAAA'], 'confirmation_wrong'],
    ['of another address', [withChecksum(OTHER_PAYEE).slice(81)], 'confirmation_wrong'],
    ['typed by nobody', [], 'confirmation_required'],
  ])('whose last group is %s ends accordingly', async (_, answers, code) => {
    const at = world.copy();
    at.answers = answers;
    const run = await spend(at, { confirm: null });
    expect(run).toMatchObject({ exit: code === '' ? 0 : 2, code });
    expect(at.head().number).toBe(code === '' ? 4 : 3);
  });

  test('needs each payee confirmed, in the order of the screen', async () => {
    const payees = [target(PAYEE, 2n), target(OTHER_PAYEE)];
    const [first, second] = payees.map((payee) => payee.slice(81, 90));
    for (const confirm of [`${second} ${first}`, `${first}`, `${first} ${second} ${second}`]) {
      const run = await spend(world.copy(), { payees, confirm });
      expect(run).toMatchObject({ exit: 2, code: 'confirmation_wrong' });
    }
  });

  test('takes no --confirm on mainnet, and no network there at all', async () => {
    const at = await makeWorld({ network: 'mainnet' });
    const key = await issue('key 0', 1, 'mainnet');
    expect(key.address).not.toBe(k0.address);
    const slips = [slipOf([k0], { network: 'mainnet' })];
    expect((await spend(at, { slips })).code).toBe('confirm_on_mainnet');
    const accepted = await spend(at, { slips, more: ['--accept-network'] });
    expect(accepted.code).toBe('network_on_mainnet');
  });

  test('is refused beside a network; accepted once, the record says so first', async () => {
    const at = world.copy();
    at.system = { ...QUIET, interfaces: () => [{ name: 'eth0', isUp: true, isLoopback: false }] };
    expect(await spend(at)).toMatchObject({ exit: 3, code: 'network_up' });
    expect((await spend(at, { more: ['--accept-network'] })).exit).toBe(0);
    expect(at.state()).toMatchObject({ networkAcceptedAt: 4, head: { number: 5 } });
  });

  test('counts with a slip of a coordinator that was revoked since', async () => {
    const at = world.copy();
    await at.run('pair', '--revoke', hex(COORDINATOR.publicKey).slice(0, 16));
    expect((await spend(at)).exit).toBe(0);
  });
});

describe('refused, and nothing is recorded', () => {
  test.each<[string, string, SpendArgs]>([
    ['an address on no slip', 'slip_required', { inputs: [target(k3.address, 5n)] }],
    ['no slip', 'slip_required', { slips: [] }],
    [
      'a slip for another keyring',
      'wrong_keyring',
      { slips: [slipOf([k0], { keyringId: `kr_${'9'.repeat(32)}` })] },
    ],
    [
      'an input twice',
      'key_repeated',
      { inputs: [target(k0.address, 5n), target(k0.address, 4n)] },
    ],
    ['more to pay than there is', 'sum_not_zero', { payees: [target(PAYEE, 6n)] }],
    ['less to pay than there is', 'sum_not_zero', { payees: [target(PAYEE, 4n)] }],
    [
      'no rest for who takes it',
      'sum_not_zero',
      { payees: [target(PAYEE, 5n), target(OTHER_PAYEE)] },
    ],
    ['two payees for the rest', 'usage', { payees: [target(PAYEE), target(OTHER_PAYEE)] }],
    ['a payee of 0', 'output_zero', { payees: [target(PAYEE, 0n), target(OTHER_PAYEE)] }],
    [
      'an input of 0',
      'role_mismatch',
      { inputs: [target(k0.address, 0n), target(k2.address, 5n)] },
    ],
    ['a payee that is an input', 'output_to_signed_key', { payees: [target(k0.address)] }],
    [
      'an address whose last trit is not 0',
      'address_last_trit',
      { payees: [target('M'.repeat(81))] },
    ],
    ['an address without its checksum', 'address_length', { payees: [PAYEE] }],
    ['an input without its amount', 'usage', { inputs: [target(k0.address)] }],
    ['an amount that is none', 'amount_malformed', { payees: [`${withChecksum(PAYEE)}=5.0`] }],
    [
      'more than the supply',
      'value_out_of_range',
      {
        inputs: [target(k0.address, 2_779_530_283_277_761n), target(k2.address, 1n)],
      },
    ],
    ['a tag that is none', 'usage', { more: ['--tag', 'lower'] }],
    [
      '61 payees',
      'usage',
      {
        inputs: [target(k0.address, 61n)],
        payees: Array.from({ length: 61 }, () => target(PAYEE, 1n)),
      },
    ],
    [
      '21 inputs',
      'too_many_inputs',
      { inputs: Array.from({ length: 21 }, () => target(k0.address, 1n)) },
    ],
  ])('%s: %s', async (_, code, options) => {
    const at = world.copy();
    const run = await spend(at, options);
    expect({ code: run.code, out: run.out }).toEqual({ code, out: [] });
    expect(at.head()).toEqual(world.head());
    expect(at.files()).toEqual([]);
    expect(nodeDisk.exists(at.path('trytes'))).toBe(false);
  });

  test('a wrong checksum, without telling the right one', async () => {
    const wrong = `${PAYEE.replace('P', 'Q')}${withChecksum(PAYEE).slice(81)}`;
    const run = await spend(world.copy(), { payees: [wrong], confirm: 'NONE' });
    expect(run).toMatchObject({ exit: 2, code: 'usage' });
    expect(run.note.join('\n')).not.toContain(withChecksum(wrong.slice(0, 81)).slice(81));
  });

  test('a payee of this record whose key has signed', async () => {
    const at = world.copy();
    await at.sign(seal(requestOf(at.state(), [sweep(k3, k1)])));
    expect((await spend(at, { payees: [target(k3.address)] })).code).toBe('output_to_signed_key');
  });

  test('a slip that lies about a UUID or a level', async () => {
    const lies: [Uint8Array, string][] = [
      [slipOf([{ ...k0, uuid: k3.uuid }]), 'input_address_mismatch'],
      [slipOf([{ ...k0, securityLevel: 2 }]), 'input_level_mismatch'],
      [slipOf([await issue('nobody')]), 'slip_required'],
    ];
    for (const [slip, code] of lies) {
      expect((await spend(world.copy(), { slips: [slip] })).code).toBe(code);
    }
    const nobody = await issue('nobody');
    const slips = [slipOf([nobody])];
    const inputs = [target(nobody.address, 5n)];
    expect((await spend(world.copy(), { slips, inputs })).code).toBe('key_not_issued');
  });

  test('by a home that handed its record over', async () => {
    const at = world.copy();
    await at.run('move-out', '--out', at.path('stick'));
    expect((await spend(at)).code).toBe('home_moved_out');
  });
});

describe('what a home goes on with', () => {
  test('after move-out and move-in the same spend gives the same bytes', async () => {
    const at = world.copy();
    await spend(at);
    const pass = ['--passphrase-file', at.path('passphrase')];
    await at.run('move-out', '--out', at.path('stick'));
    const moved = at.copy();
    const home = moved.path('new');
    const from = ['move-in', '--from', at.path('stick'), '--last-sequence', '0', '--last-alone'];
    const behind = await moved.runBare('--home', home, ...pass, ...from, '2');
    expect(behind).toMatchObject({ exit: 4, code: 'log_mismatch' });
    const args = [...from, '1'];
    expect((await moved.runBare('--home', home, ...pass, ...args)).exit).toBe(0);
    const spends = ['--input', target(k0.address, 5n), '--to', target(PAYEE)];
    const again = await moved.runBare(
      ...['--home', home, ...pass, 'spend', ...spends, '--out', moved.path('again')],
    );
    expect(again).toMatchObject({ exit: 0, code: '' });
    expect(hex(moved.read('again'))).toBe(hex(at.read('trytes')));
  });

  test('an entry that the record lost is found beside it, and a spend of it is no longer forgotten', async () => {
    const at = world.copy();
    await spend(at);
    nodeDisk.remove(at.path('home/record/00000004'));
    expect((await at.run('status')).code).toBe('record_damaged');
    const home = at.path('new');
    const pass = ['--passphrase-file', at.path('passphrase')];
    const run = await at.runBare('--home', home, ...pass, 'recover', '--from', at.home, '--json');
    expect(JSON.parse(run.out.join(''))).toMatchObject({ entries: 4, damaged: [] });
  });
});

describe('the rules alone', () => {
  const asked = { inputs: [{ address: k0.address, amount: 5n }], tag: '9'.repeat(27) };
  const payee = { address: PAYEE, amount: null };

  test('give the rest to the payee without an amount', () => {
    expect(settleSpend({ ...asked, payees: [payee] }).payees).toEqual([{ ...payee, amount: 5n }]);
    expect(verdictOf(() => settleSpend({ ...asked, inputs: [], payees: [payee] }))).toBe(
      'no_input',
    );
  });

  test('know a spend whatever the order, and tell amounts apart', () => {
    const spendOf = (...amounts: bigint[]) => ({
      ...asked,
      payees: amounts.map((amount) => ({ address: addressOf('P'), amount })),
    });
    expect(isSameSpend(spendOf(1n, 4n), spendOf(4n, 1n))).toBe(true);
    expect(isSameSpend(spendOf(1n, 4n), spendOf(2n, 3n))).toBe(false);
    expect(isSameSpend(spendOf(5n), { ...spendOf(5n), tag: 'A'.repeat(27) })).toBe(false);
  });

  test.each([
    [-1e15, 0],
    [1999, 1],
    [Number.MAX_SAFE_INTEGER, 253_402_300_799],
  ])('take the time of a clock at %d ms as %d s', (now, timestamp) => {
    expect(planSpend({ ...asked, payees: [] }, now).timestamp).toBe(timestamp);
  });
});
