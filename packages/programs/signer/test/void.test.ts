/** Voids: what they record, what they refuse, and that they free nothing. */
import {
  openSigningRequest,
  openSigningResponse,
  openVoidReceipt,
  type RequestSlot,
} from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { voidIn, voidOf } from './voids.ts';
import {
  addEntry,
  bundle,
  COORDINATOR,
  input,
  KEYS,
  makeWorld,
  newState,
  own,
  pay,
  removeTemporaryFolders,
  requestOf,
  review,
  SIGNER,
  STRANGER,
  seal,
  verdictOf,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const slots = sweep(0, 1);

describe('a void', () => {
  test('is one entry, gives a receipt, and the request is never signed again', async () => {
    const at = world.copy();
    const file = seal(requestOf(at.state(), [slots]));
    const before = at.head();
    const run = await voidIn(at, voidOf(file));
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note.join('\n')).toContain('It FREES NOTHING');
    const receipt = openVoidReceipt(at.read('receipt'), SIGNER.publicKey);
    expect(receipt).toMatchObject({ frees: false, networkAccepted: false });
    expect(receipt.entries).toHaveLength(1);
    expect(at.head().number).toBe(before.number + 1);
    expect(await at.sign(file)).toMatchObject({ exit: 3, code: 'request_voided' });
    expect(nodeDisk.exists(at.path('response'))).toBe(false);
    expect(at.head().number).toBe(before.number + 1);
  });

  test('frees nothing: the same bundle is asked again and signed; another one of its key is not', async () => {
    const at = world.copy();
    const first = requestOf(at.state(), [slots]);
    await voidIn(at, voidOf(seal(first)));
    const state = at.state();
    const again = seal(requestOf(state, [slots], { sequence: first.sequence + 1 }));
    expect(await at.sign(again)).toMatchObject({ exit: 0, code: '' });
    const { results } = openSigningResponse(at.read('response'), SIGNER.publicKey);
    expect(results.map(({ kind }) => kind)).toEqual(['signed']);
    const other = bundle(input(key(0), 5n), own(key(2), 5n));
    const refused = await at.sign(seal(requestOf(at.state(), [other])), 'other');
    expect(refused.code).toBe('key_already_signed');
  });

  test('of the same request gives the same bytes, whatever came after, also if they were lost', async () => {
    const at = world.copy();
    const file = voidOf(seal(requestOf(at.state(), [slots])));
    await voidIn(at, file);
    const first = hex(at.read('receipt'));
    await at.sign(seal(requestOf(at.state(), [sweep(2, 3)], { sequence: 9 })));
    const { number } = at.head();
    expect(await voidIn(at, file, 'again')).toMatchObject({ exit: 0 });
    expect(hex(at.read('again'))).toBe(first);
    nodeDisk.remove(at.path('home/requests/00000004.response'));
    expect(await voidIn(at, file, 'once more')).toMatchObject({ exit: 0 });
    expect(hex(at.read('once more'))).toBe(first);
    expect(at.head().number).toBe(number);
  });

  test('makes room for what was signed out of its order, and the screen says so', async () => {
    const at = world.copy();
    const state = at.state();
    const early = requestOf(state, [slots]);
    const late = requestOf(state, [sweep(2, 3)], { sequence: early.sequence + 1 });
    const run = await at.sign(seal(late), 'late');
    expect(run.note.join('\n')).toContain('The 1 between can never be signed after this one');
    const refused = await at.sign(seal(early));
    expect(refused.code).toBe('sequence_not_rising');
    expect(refused.note.join('\n')).toContain('void');
    expect((await voidIn(at, voidOf(seal(early)))).exit).toBe(0);
    const again = requestOf(state, [slots], { sequence: late.sequence + 1 });
    const signed = await at.sign(seal(again), 'again');
    expect(signed.exit).toBe(0);
  });

  test('lets the next sequence follow without a warning', async () => {
    const at = world.copy();
    const first = requestOf(at.state(), [slots]);
    await voidIn(at, voidOf(seal(first)));
    const next = requestOf(at.state(), [sweep(2, 3)], { sequence: first.sequence + 1 });
    expect((await at.sign(seal(next))).note.join('\n')).not.toContain('WARNING');
  });
});

describe('a void is refused, and the head unmoved,', () => {
  const refusals: [string, string, (at: World) => Promise<Uint8Array>][] = [
    [
      'request_signed',
      'of a signed request',
      async (at) => {
        const file = seal(requestOf(at.state(), [slots]));
        await at.sign(file);
        return voidOf(file);
      },
    ],
    [
      'already_voided',
      'that the coordinator knows to be done',
      async (at) => {
        const file = seal(requestOf(at.state(), [slots]));
        await voidIn(at, voidOf(file));
        return voidOf(file, { expectedHead: at.head() });
      },
    ],
    [
      'sequence_reused',
      'of another request with a signed sequence',
      async (at) => {
        const state = at.state();
        const file = seal(requestOf(state, [sweep(2, 3)]));
        await at.sign(seal(requestOf(state, [slots])));
        return voidOf(file);
      },
    ],
    [
      'sequence_leaps',
      'with a sequence far away',
      async (at) => voidOf(seal(requestOf(at.state(), [slots], { sequence: 5_000_000 }))),
    ],
    [
      'signer_behind',
      'by an old copy',
      async (at) =>
        voidOf(seal(requestOf(at.state(), [slots])), {
          expectedHead: { number: 9, hash: 'f'.repeat(64) },
        }),
    ],
    [
      'record_forked',
      'on another branch',
      async (at) =>
        voidOf(seal(requestOf(at.state(), [slots])), {
          expectedHead: { number: 2, hash: 'f'.repeat(64) },
        }),
    ],
    [
      'wrong_keyring',
      'for another keyring',
      async (at) =>
        voidOf(seal(requestOf(at.state(), [slots])), { keyringId: `kr_${'0'.repeat(32)}` }),
    ],
    [
      'wrong_network',
      'for another network',
      async (at) => voidOf(seal(requestOf(at.state(), [slots])), { network: 'devnet' }),
    ],
  ];

  test.each(refusals)('%s: %s', async (code, _what, prepare) => {
    const at = world.copy();
    const file = await prepare(at);
    const before = at.head();
    expect(await voidIn(at, file, 'refused')).toMatchObject({ exit: 3, code });
    expect(at.head()).toEqual(before);
    expect(nodeDisk.exists(at.path('refused'))).toBe(false);
  });

  test('confirmation_wrong, key_unknown, type_unexpected', async () => {
    const at = world.copy();
    const request = seal(requestOf(at.state(), [slots]));
    const path = at.write('v', voidOf(request));
    const wrong = await at.run('void', path, '--out', at.path('r'), '--confirm', 'a b c d');
    expect(wrong.code).toBe('confirmation_wrong');
    const stranger = seal(requestOf(at.state(), [slots]), STRANGER);
    const crossed = await at.run('void', at.write('s', request), '--out', at.path('r'));
    expect(crossed.code).toBe('type_unexpected');
    const unknown = await at.run('sign', at.write('t', stranger), '--out', at.path('r'));
    expect(unknown.code).toBe('key_unknown');
    expect(at.head()).toEqual(world.head());
  });
});

describe('a void that names another sequence than its request', () => {
  /** The void of a request, so many sequences after its own. */
  const shifted = (file: Uint8Array, by: number): Uint8Array => {
    const { request } = openSigningRequest(file, [COORDINATOR.publicKey]);
    return voidOf(file, { sequence: request.sequence + by });
  };

  test('voids the request all the same: it is never signed', async () => {
    const at = world.copy();
    const file = seal(requestOf(at.state(), [slots]));
    expect(await voidIn(at, shifted(file, 1))).toMatchObject({ exit: 0, code: '' });
    const head = at.head();
    expect(await at.sign(file)).toMatchObject({ exit: 3, code: 'request_voided' });
    expect(nodeDisk.exists(at.path('response'))).toBe(false);
    expect(at.head()).toEqual(head);
  });

  test('is refused for a request that was signed', async () => {
    const at = world.copy();
    const file = seal(requestOf(at.state(), [slots]));
    expect((await at.sign(file)).exit).toBe(0);
    const head = at.head();
    for (const by of [1, 2]) {
      const run = await voidIn(at, shifted(file, by));
      expect(run).toMatchObject({ exit: 3, code: 'request_signed' });
    }
    expect(nodeDisk.exists(at.path('receipt'))).toBe(false);
    expect(at.head()).toEqual(head);
  });

  test.each([
    [0, 1],
    [1, 0],
    [1, 2],
  ])('is refused after %d for %d: a request is voided once', async (before, after) => {
    const at = world.copy();
    const file = seal(requestOf(at.state(), [slots]));
    const first = shifted(file, before);
    expect((await voidIn(at, first)).exit).toBe(0);
    const head = at.head();
    const second = await voidIn(at, shifted(file, after), 'second');
    expect(second).toMatchObject({ exit: 3, code: 'sequence_reused' });
    expect(nodeDisk.exists(at.path('second'))).toBe(false);
    expect((await voidIn(at, first, 'again')).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(hex(at.read('receipt')));
    expect(at.head()).toEqual(head);
  });
});

test('a bundle that a void has freed is never signed (rule level: no signer of this version frees)', () => {
  const state = newState();
  const reviewed = review(state, requestOf(state, [slots]));
  const { requestId, sequence } = reviewed.request;
  addEntry(state, {
    kind: 'voided',
    requestId,
    sequence,
    requestDigest: reviewed.digest,
    bundleHashes: reviewed.bundles.map(({ hash }) => hash),
    frees: true,
  });
  const again = requestOf(state, [slots], { sequence: sequence + 1 });
  expect(verdictOf(() => review(state, again))).toBe('bundle_voided');
  const other = requestOf(state, [sweep(0, 2)], { sequence: sequence + 1 });
  expect(verdictOf(() => review(state, other))).toBe('accepted');
});

describe('a network', () => {
  const eth0 = { name: 'eth0', isUp: true, isLoopback: false };

  test('refuses sign and void, unless it is accepted, and every later answer says so', async () => {
    const at = world.copy();
    const quiet = at.system;
    at.system = { ...quiet, interfaces: () => [eth0] };
    const file = seal(requestOf(at.state(), [slots]));
    const before = at.head();
    expect(await at.sign(file)).toMatchObject({ exit: 3, code: 'network_up' });
    expect(await voidIn(at, voidOf(file))).toMatchObject({ exit: 3, code: 'network_up' });
    expect(at.head()).toEqual(before);
    expect((await at.sign(file, 'response', '--accept-network')).exit).toBe(0);
    expect(at.head().number).toBe(before.number + 2);
    at.system = quiet;
    await at.sign(seal(requestOf(at.state(), [sweep(2, 3)])), 'later');
    expect(at.head().number).toBe(before.number + 3);
    const said = ['response', 'later'].map(
      (name) => openSigningResponse(at.read(name), SIGNER.publicKey).networkAccepted,
    );
    expect(said).toEqual([true, true]);
    expect((await at.run('status')).out.join('\n')).toContain('was up and accepted');
  });

  test('is never said of what was signed before, also if that is made again', async () => {
    const at = world.copy();
    const file = seal(requestOf(at.state(), [bundle(input(key(4), 9n), pay(1, 9n))]));
    await at.sign(file);
    const first = hex(at.read('response'));
    at.system = { ...at.system, interfaces: () => [eth0] };
    await at.sign(seal(requestOf(at.state(), [sweep(2, 3)])), 'later', '--accept-network');
    nodeDisk.remove(at.path('home/requests/00000004.response'));
    expect((await at.sign(file, 'again', '--accept-network')).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(first);
    expect(openSigningResponse(at.read('again'), SIGNER.publicKey).networkAccepted).toBe(false);
  });
});

test('inspect shows a void request and a receipt', async () => {
  const at = world.copy();
  const file = voidOf(seal(requestOf(at.state(), [slots])));
  const request = await at.run('inspect', at.write('v', file));
  expect(request.out.join('\n')).toContain('This signer would void the request.');
  await voidIn(at, file);
  const receipt = await at.run('inspect', at.path('receipt'));
  expect(receipt.out.join('\n')).toContain('is void, which frees nothing');
});
