/** `sign` from file to file: once, again, after crashes, with failing disks, and refused. */
import { readFileSync, truncateSync } from 'node:fs';
import {
  openEntry,
  openSigningResponse,
  type RequestSlot,
  type SigningResponse,
  uuidCommitment,
} from '@airlock/gap';
import { verifySignature } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  bundle,
  COORDINATOR,
  input,
  issuedEvent,
  KEYS,
  makeWorld,
  NOW,
  own,
  PAIRED,
  pay,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  STRANGER,
  seal,
  uuidOf,
  type World,
  withdrawalIdOf,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const responseOf = (at: World, name = 'response'): SigningResponse =>
  openSigningResponse(at.read(name), SIGNER.publicKey);

/** A request for the home as it is now. */
const request = (at: World, ...slots: RequestSlot[][]): Uint8Array =>
  seal(requestOf(at.state(), slots));

describe('a signed request', () => {
  test('gives signatures that verify, and its verdicts as one record entry', async () => {
    const at = world.copy();
    const slots = bundle(input(key(38), 7n), input(key(0), 1n), own(key(1), 3n), pay(1, 5n));
    const before = at.head();
    const run = await at.sign(request(at, slots));
    expect(run).toMatchObject({ exit: 0, code: '' });
    const { results, entries } = responseOf(at);
    const [result] = results;
    if (result?.kind !== 'signed') throw new Error('expected signatures');
    expect(result.signatures.map(([index]) => index)).toEqual([0, 2]);
    for (const [index, signature] of result.signatures) {
      const { address } = slots[index]!;
      expect(verifySignature({ address, bundleHash: result.bundleHash, signature })).toBe(true);
    }
    expect(entries).toHaveLength(1);
    const { entry } = openEntry(entries[0]!, before, SIGNER.publicKey);
    expect(entry).toMatchObject({
      at: NOW,
      event: {
        kind: 'signed',
        verdicts: [
          {
            bundleHash: result.bundleHash,
            keys: [
              [uuidCommitment(key(38).uuid), 2],
              [uuidCommitment(key(0).uuid), 1],
            ],
            withdrawalIds: [withdrawalIdOf(1)],
          },
        ],
      },
    });
    expect(at.files()).toEqual(['00000004.request', '00000004.response']);
  });

  test('gives the same bytes when it comes again, also after ten later ones', async () => {
    const at = world.copy();
    const file = request(at, sweep(0, 20));
    expect((await at.sign(file, 'first')).exit).toBe(0);
    for (let i = 1; i <= 10; i += 1) {
      expect((await at.sign(request(at, sweep(i, 20 + i)), `later-${i}`)).exit).toBe(0);
    }
    const head = at.head();
    for (const name of ['again', 'again']) {
      const run = await at.sign(file, name, '--json');
      expect(run.exit).toBe(0);
      expect(JSON.parse(run.out.join('\n'))).toMatchObject({ alreadySigned: true });
    }
    expect(hex(at.read('again'))).toBe(hex(at.read('first')));
    expect(at.head()).toEqual(head);
  });

  test.each([
    ['missing', (at: World): void => nodeDisk.remove(at.path('home/requests/00000004.response'))],
    ['cut short', (at: World): void => truncateSync(at.path('home/requests/00000004.response'), 9)],
    [
      'too long',
      (at: World): void => truncateSync(at.path('home/requests/00000004.response'), 5e6),
    ],
  ])('is made again with the same bytes if its stored response is %s', async (_, spoil) => {
    const at = world.copy();
    const file = request(at, sweep(0, 1));
    await at.sign(file, 'first');
    await at.sign(request(at, sweep(2, 3)), 'second');
    const head = at.head();
    spoil(at);
    const run = await at.sign(file, 'again', '--json');
    expect(run.exit).toBe(0);
    expect(JSON.parse(run.out.join('\n'))).toMatchObject({ alreadySigned: false });
    expect(hex(at.read('again'))).toBe(hex(at.read('first')));
    expect(hex(at.read('home/requests/00000004.response'))).toBe(hex(at.read('first')));
    expect(at.head()).toEqual(head);
  });

  test('is not answered with the stored response of another request', async () => {
    const at = world.copy();
    const file = request(at, sweep(0, 1));
    await at.sign(file, 'first');
    await at.sign(request(at, sweep(2, 3)), 'second');
    nodeDisk.replace(at.path('home/requests/00000004.response'), at.read('second'));
    expect((await at.sign(file, 'again')).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(hex(at.read('first')));
  });

  test('has the same signature when its bundle comes in another request', async () => {
    const at = world.copy();
    const slots = sweep(0, 1);
    await at.sign(request(at, slots), 'first');
    await at.sign(request(at, slots), 'second');
    expect(responseOf(at, 'second').results).toEqual(responseOf(at, 'first').results);
    expect(at.head().number).toBe(5);
  });

  test('is shown and confirmed before its keys are used', async () => {
    const at = world.copy();
    const path = at.write('request', request(at, sweep(0, 1)));
    const run = await at.run('sign', path, '--out', at.path('response'));
    expect(run).toMatchObject({ exit: 2, code: 'confirmation_required', out: [] });
    expect(run.note.join('\n')).toContain('TO BE SIGNED');
    at.answers = ['able acid also apex'];
    expect(await at.run('sign', path, '--out', at.path('response'))).toMatchObject({
      exit: 2,
      code: 'confirmation_wrong',
    });
    expect(at.head()).toEqual(world.head());
    expect(at.files()).toEqual([]);
  });
});

describe('heads', () => {
  test('of pipelined requests: each response carries all entries since the head it was given', async () => {
    const at = world.copy();
    const state = at.state();
    const files = [1, 2, 3].map((sequence) =>
      seal(requestOf(state, [sweep(sequence, 20 + sequence)], { sequence })),
    );
    for (const [index, file] of files.entries()) {
      expect((await at.sign(file, `r${index}`)).exit).toBe(0);
      const { entries } = responseOf(at, `r${index}`);
      let head = state.head;
      for (const sealed of entries) head = openEntry(sealed, head, SIGNER.publicKey).head;
      expect(head).toEqual(at.head());
      expect(entries).toHaveLength(index + 1);
    }
  });

  test('a restored older copy of the home refuses what its newer self would sign', async () => {
    const at = world.copy();
    const old = at.copy();
    await at.sign(request(at, sweep(0, 1)));
    const next = request(at, sweep(2, 3));
    expect(await old.sign(next)).toMatchObject({ exit: 3, code: 'signer_behind' });
    await old.sign(request(old, sweep(4, 5)));
    expect(await old.sign(next, 'again')).toMatchObject({ exit: 3, code: 'record_forked' });
  });
});

describe('a refusal', () => {
  const log = (at: World): string =>
    nodeDisk.exists(at.path('home/refusals.log'))
      ? readFileSync(at.path('home/refusals.log'), 'utf8')
      : '';

  test('leaves the record and the requests as they were, and one line without any text of the file', async () => {
    const at = world.copy();
    await at.sign(request(at, sweep(0, 1)), 'first');
    const good = request(at, sweep(4, 5));
    const state = at.state();
    const cases: Record<string, Uint8Array> = {
      key_already_signed: request(at, sweep(0, 2)),
      own_output_already_signed: request(at, sweep(2, 0)),
      sum_not_zero: request(at, bundle(input(key(2), 5n), own(key(3), 4n))),
      sequence_reused: seal(requestOf(state, [sweep(2, 3)], { sequence: 1 })),
      wrong_network: seal(requestOf(state, [sweep(2, 3)], { network: 'mainnet' })),
      key_unknown: seal(requestOf(state, [sweep(2, 3)]), STRANGER),
      cbor_truncated: good.slice(0, 100),
      cbor_trailing: new Uint8Array([...good, 0]),
      envelope_malformed: Buffer.from('a0', 'hex'),
      type_unexpected: at.read('first'),
    };
    const record = hex(at.read('home/record'));
    const requests = at.files();
    for (const [count, [code, file]] of Object.entries(cases).entries()) {
      const path = at.write('request', file);
      const run = await at.run('sign', path, '--out', at.path('out'), '--confirm', 'x');
      expect({ exit: run.exit, code: run.code }).toEqual({ exit: 3, code });
      expect(run.note.at(-1)).toMatch(/what to do: .{10}/);
      expect(hex(at.read('home/record'))).toBe(record);
      expect(at.files()).toEqual(requests);
      expect(nodeDisk.exists(at.path('out'))).toBe(false);
      const lines = log(at).split('\n').slice(0, -1);
      expect(lines).toHaveLength(count + 1);
      const line = JSON.parse(lines.at(-1)!);
      expect(Object.keys(line)).toEqual(['at', 'code', 'sha256']);
      expect(line).toMatchObject({ at: new Date(NOW).toISOString(), code });
      expect(line.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('starts the log anew when it has reached its cap', async () => {
    const at = world.copy();
    at.write('home/refusals.log', 'x'.repeat(262_144));
    await at.run('sign', at.write('request', 'junk'), '--out', at.path('out'));
    expect(log(at).split('\n')).toHaveLength(2);
  });

  test('names a key whose address does not belong to its UUID, and signs nothing', async () => {
    const foreign = { ...key(0), uuid: uuidOf('someone else') };
    const at = await makeWorld({
      events: [
        [PAIRED, []],
        [issuedEvent([foreign]), [foreign]],
      ],
    });
    const before = hex(at.read('home/record'));
    const slots = bundle(input(foreign, 5n), pay(1, 5n));
    expect(await at.sign(request(at, slots))).toMatchObject({
      exit: 3,
      code: 'derivation_mismatch',
    });
    expect(hex(at.read('home/record'))).toBe(before);
    expect(at.files()).toEqual([]);
  });

  test('of a coordinator that was revoked is by name, also for what was signed before', async () => {
    const at = world.copy();
    const file = request(at, sweep(0, 1));
    await at.sign(file, 'first');
    const prefix = hex(COORDINATOR.publicKey).slice(0, 8);
    expect((await at.run('pair', '--revoke', prefix)).exit).toBe(0);
    expect(await at.sign(file, 'again')).toMatchObject({ exit: 3, code: 'key_unknown' });
  });
});

test('a world without a coordinator refuses every request', async () => {
  const at = await makeWorld({ events: [[issuedEvent(KEYS), KEYS]] });
  expect(await at.sign(request(at, sweep(0, 1)))).toMatchObject({ exit: 3, code: 'key_unknown' });
});
