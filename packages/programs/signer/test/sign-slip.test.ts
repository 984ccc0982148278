/** `sign --slip`: keys out of custody from file to file, and `inspect` of a request that needs slips. */
import { digestOf, openEnvelope, openSigningResponse, type RequestSlot } from '@airlock/gap';
import { verifySignature } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  bundle,
  input,
  k0,
  k1,
  k2,
  k3,
  level3,
  makeWorld,
  own,
  pay,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  STRANGER,
  seal,
  slipInput,
  slipOf,
  type World,
} from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const slip = slipOf([k0, level3]);
const second = slipOf([k2]);
const digest = digestOf(openEnvelope(slip));

const SLOTS: RequestSlot[] = bundle(
  slipInput(level3, 5n, { slip, index: 1 }),
  slipInput(k2, 5n, { slip: second, index: 0 }),
  own(k1, 4n),
  pay(1, 6n),
);
const requestFor = (at: World, slots = SLOTS): Uint8Array => seal(requestOf(at.state(), [slots]));

/** Both slips as options. */
const slips = (at: World): string[] => [
  '--slip',
  at.write('first.slip', slip),
  '--slip',
  at.write('second.slip', second),
];

describe('a request out of custody', () => {
  test('is signed with its slips: signatures verify, and the screen names the slips', async () => {
    const at = world.copy();
    const run = await at.sign(requestFor(at), 'response', ...slips(at));
    expect(run).toMatchObject({ exit: 0, code: '' });
    const [result] = openSigningResponse(at.read('response'), SIGNER.publicKey).results;
    if (result?.kind !== 'signed') throw new Error('expected signatures');
    expect(result.signatures.map(([index]) => index)).toEqual([0, 3]);
    for (const [index, signature] of result.signatures) {
      const { address } = SLOTS[index]!;
      expect(verifySignature({ address, bundleHash: result.bundleHash, signature })).toBe(true);
    }
    const screen = run.note.join('\n');
    expect(
      screen.match(/^OUT OF CUSTODY, slip ([A-Z]{4} ){4}\([0-9a-f]{16}…\): 5 i$/gm),
    ).toHaveLength(2);
    expect(screen).toContain('(level 3, IN CUSTODY, 0 stays behind)');
  });

  test('is marked as such only by its slip: a key named by its UUID is shown by its address', async () => {
    const at = world.copy();
    const copy = ['custody', '--copy', `A=${at.write('slip', slip)}`];
    expect((await at.run(...copy, '--out', at.path('receipt'))).exit).toBe(0);
    const file = at.write('kept', requestFor(at, bundle(input(level3, 5n), pay(1, 5n))));
    const screen = (await at.run('inspect', file)).out.join('\n');
    expect(screen).toContain(`spends 5 i of ${level3.address.slice(0, 18)}… (level 3, 0 stays`);
    expect(screen).not.toContain('CUSTODY');
  });

  test('is refused without them, and nothing is recorded', async () => {
    const at = world.copy();
    const run = await at.sign(requestFor(at), 'response', ...slips(at).slice(2));
    expect(run).toMatchObject({ exit: 3, code: 'slip_required' });
    expect(run.note.join('\n')).toContain(digest);
    expect(at.head()).toEqual(world.head());
    expect(nodeDisk.exists(at.path('response'))).toBe(false);
  });

  test('that was answered gives the stored bytes without any slip', async () => {
    const at = world.copy();
    const file = requestFor(at);
    await at.sign(file, 'first', ...slips(at));
    const again = await at.sign(file, 'again', '--json');
    expect(again.exit).toBe(0);
    expect(JSON.parse(again.out.join(''))).toMatchObject({ alreadySigned: true });
    expect(Buffer.compare(at.read('again'), at.read('first'))).toBe(0);
  });

  test('is made again without any slip, with the same bytes, if its stored answer is gone', async () => {
    const at = world.copy();
    const file = requestFor(at);
    await at.sign(file, 'first', ...slips(at));
    nodeDisk.remove(at.path('home/requests/00000004.response'));
    expect((await at.sign(file, 'again')).exit).toBe(0);
    expect(Buffer.compare(at.read('again'), at.read('first'))).toBe(0);
    expect(at.head().number).toBe(4);
  });

  test.each([
    ['of another coordinator', 'key_unknown', slipOf([k0], {}, STRANGER)],
    ['for another network', 'wrong_network', slipOf([k0], { network: 'mainnet' })],
    ['that is none', 'envelope_malformed', new Uint8Array(Buffer.from('junk'))],
  ])('is refused beside a slip %s, by its name', async (_, code, bytes) => {
    const at = world.copy();
    const wrong = at.write('wrong.slip', bytes);
    const run = await at.sign(requestFor(at), 'response', ...slips(at), '--slip', wrong);
    expect(run).toMatchObject({ exit: 3, code });
    expect(run.note.join('\n')).toContain('wrong.slip');
  });

  test('is refused with a slip that is not there, before the passphrase, and with 33 slips', async () => {
    const at = world.copy();
    const file = at.write('request', requestFor(at));
    const args = ['--home', at.home, 'sign', file, '--out', at.path('response')];
    const missing = await at.runBare(...args, '--slip', at.path('none'));
    expect(missing).toMatchObject({ exit: 5, code: 'path_missing' });
    const many = Array.from({ length: 33 }, () => ['--slip', file]).flat();
    expect(await at.runBare(...args, ...many)).toMatchObject({ exit: 2, code: 'usage' });
  });

  test('takes options and the file in any order', async () => {
    const at = world.copy();
    const file = at.write('request', requestFor(at));
    const run = await at.run('inspect', ...slips(at), file);
    expect(run.out.join('\n')).toContain('This signer would accept the request.');
  });
});

describe('inspect', () => {
  test('says which slips a request needs, and shows it with them', async () => {
    const at = world.copy();
    const file = at.write('request', requestFor(at));
    const without = await at.run('inspect', file, '--json');
    expect(JSON.parse(without.out.join(''))).toMatchObject({
      type: 'signing-request',
      slipsNeeded: [digest, digestOf(openEnvelope(second))],
    });
    const lines = (await at.run('inspect', file, ...slips(at).slice(2))).out.join('\n');
    expect(lines).toContain(`digest ${digest}`);
    expect(lines).not.toContain('would accept');
    const json = JSON.parse((await at.run('inspect', file, ...slips(at), '--json')).out.join(''));
    expect(json).toMatchObject({
      spent: '10',
      withdrawals: '6',
      slips: [digest, expect.any(String)],
    });
  });

  test('needs none for a request that was answered', async () => {
    const at = world.copy();
    const file = requestFor(at);
    await at.sign(file, 'first', ...slips(at));
    const run = await at.run('inspect', at.write('request', file));
    expect(run.out.join('\n')).toContain('OUT OF CUSTODY');
    expect(
      (
        await at.run(
          'inspect',
          at.write('r', requestFor(at, bundle(slipInput(k3, 5n, { slip, index: 0 }), own(k1, 5n)))),
          ...slips(at),
        )
      ).code,
    ).toBe('slip_address_mismatch');
  });
});
