/** One record, one home after another: recover, resume, and verify. */
import { sealPairingCard, sealRecordExport, wordsOf } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  hex,
  key,
  type Life,
  liveLife,
  request,
  resume,
  runIn,
  stateOf,
  sweepOf,
} from './lived-home.ts';
import { coordinatorRecord } from './voids.ts';
import {
  bundle,
  COORDINATOR,
  confirmationOf,
  input,
  issuedEvent,
  KEYRING,
  KEYS,
  makeWorld,
  own,
  type Run,
  removeTemporaryFolders,
  requestOf,
  STRANGER,
  seal,
  type World,
} from './world.ts';

let world: World;
let lived: World;
let files: Life['files'];

beforeAll(async () => {
  ({ world, lived, files } = await liveLife());
});

afterAll(removeTemporaryFolders);

const recovered = async (): Promise<World> => {
  const at = lived.copy();
  expect((await runIn(at, 'new', 'recover', '--from', at.path('backup'))).exit).toBe(0);
  return at;
};

describe('recover', () => {
  test('makes a home that derives and verifies, and refuses all that needs the record', async () => {
    const at = await recovered();
    expect(JSON.parse((await runIn(at, 'new', 'status', '--json')).out.join(''))).toMatchObject({
      standing: 'recovered',
      head: { number: 3 },
    });
    const verified = await runIn(at, 'new', '--json', 'verify', '--sample', '5');
    expect(JSON.parse(verified.out.join(''))).toMatchObject({ verified: 5, of: KEYS.length });
    expect((await runIn(at, 'new', 'derive', '--uuid', key(3).uuid)).out.join('')).toContain(
      key(3).address,
    );
    const request = at.write('r', files.first);
    for (const args of [
      ['sign', request, '--out', at.path('o')],
      ['void', request, '--out', at.path('o')],
      ['addresses', '--count', '2', '--out', at.path('o')],
      ['pair', '--revoke', '00000000'],
      ['move-out', '--out', at.path('o')],
    ]) {
      expect(await runIn(at, 'new', ...args)).toMatchObject({ exit: 4, code: 'home_recovered' });
    }
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
  });

  test('takes what is sound of a damaged home, and names what is not', async () => {
    const at = lived.copy();
    const spoiled = at.read('home/record/00000004');
    spoiled[spoiled.length >> 1]! ^= 1;
    at.write('home/record/00000004', spoiled);
    const run = await at.run('status');
    expect(run).toMatchObject({ exit: 4, code: 'record_damaged' });
    expect(run.note.join('\n')).toContain('recover');
    const made = await runIn(at, 'new', '--json', 'recover', '--from', at.path('home'));
    expect(JSON.parse(made.out.join(''))).toMatchObject({
      // Entry 4 is not lost: the answer that was released with it has it too.
      head: 7,
      entries: 7,
      damaged: ['record/00000004'],
    });
    expect((await resumeFrom(at)).exit).toBe(0);
  });

  const resumeFrom = (at: World): Promise<Run> =>
    resume(at, ['coordinator.record'], {
      words: wordsOf(lived.state().head.hash).slice(4).join(' '),
    });

  test('refuses a folder in use, a wrong passphrase and no home, and leaves nothing behind', async () => {
    const at = lived.copy();
    expect((await at.run('recover', '--from', at.path('backup'))).code).toBe('home_exists');
    const none = await runIn(at, 'new', 'recover', '--from', at.folder);
    expect(none.code).toBe('home_missing');
    expect(none.note.join('\n')).toContain('--from');
    expect(none.note.join('\n')).not.toContain('init');
    at.write('passphrase', 'another passphrase\n');
    const run = await runIn(at, 'new', 'recover', '--from', at.path('backup'));
    expect(run.code).toBe('passphrase_wrong');
    expect(at.files('.').filter((name) => name.startsWith('new'))).toEqual([]);
  });
});

describe('resume', () => {
  const kept = ['coordinator.record', '2.batch'];

  test('takes up signing from the union: the same answers, and the next epoch', async () => {
    const at = await recovered();
    const run = await resume(at, kept);
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note.join('\n')).toContain('entries     1 to 7 without a gap');
    const state = stateOf(at, 'new');
    expect(state).toMatchObject({ epoch: 2, standing: 'holder', head: { number: 8 } });
    for (const [file, name] of [
      [files.first, 'first.response'],
      [files.second, 'second.response'],
    ] as const) {
      const again = await runIn(
        at,
        'new',
        'sign',
        at.write('q', file),
        '--out',
        at.path(`${name}.2`),
        '--confirm',
        confirmationOf(file),
      );
      expect(again).toMatchObject({ exit: 0 });
      expect(hex(at.read(`${name}.2`))).toBe(hex(at.read(name)));
    }
    const next = seal(requestOf(state, [sweepOf(6, 7)]));
    const signed = await runIn(
      at,
      'new',
      'sign',
      at.write('n', next),
      '--out',
      at.path('n.response'),
      '--confirm',
      confirmationOf(next),
    );
    expect(signed.exit).toBe(0);
    // The home that was thought lost is on another branch from here on.
    expect((await at.sign(next, 'old')).code).toBe('signer_behind');
  });

  test('needs no export of the signer: responses, receipts and batches fill up a short one', async () => {
    const at = await recovered();
    at.write('short', coordinatorRecord(lived.state(), 4));
    const words = wordsOf(lived.state().hashes[4]!).slice(4).join(' ');
    const run = await resume(at, ['short', 'second.response', '2.batch', 'receipt'], { words });
    // Entry 5 (the batch) stands in the receipt, entry 7 in the response.
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(stateOf(at, 'new').head.number).toBe(8);
  });

  test('passes over cards, which hold nothing of the record, and says so', async () => {
    const at = await recovered();
    const card = { role: 'coordinator', network: 'private', label: '', keyring: null } as const;
    at.write('card', sealPairingCard(card, COORDINATOR));
    at.write('first.request', files.first);
    const run = await resume(at, ['card', 'first.request', ...kept]);
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note).toContain(`${at.path('card')} holds nothing of the record: left out`);
  });

  const refusals: [string, readonly string[], (at: World) => void][] = [
    [
      'coordinator_record_missing',
      ['2.batch', 'first.response', 'receipt', 'second.response'],
      () => undefined,
    ],
    ['batch_missing', ['coordinator.record'], () => undefined],
    [
      'record_gap',
      ['short', 'second.response', '2.batch'],
      (at) => void at.write('short', coordinatorRecord(lived.state(), 4)),
    ],
    [
      'cbor_truncated',
      ['coordinator.record', '2.batch', 'cut.response'],
      (at) => void at.write('cut.response', at.read('first.response').slice(0, 500)),
    ],
  ];

  test.each(refusals)('is refused: %s', async (code, names, prepare) => {
    const at = await recovered();
    prepare(at);
    const words = wordsOf(lived.state().hashes[code === 'record_gap' ? 4 : 7]!)
      .slice(4)
      .join(' ');
    const run = await resume(at, names, { words });
    expect(run.code).toBe(code);
    expect(run.exit).not.toBe(0);
    if (code.startsWith('cbor')) expect(run.note.join('\n')).toContain(at.path('cut.response'));
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
    expect((await runIn(at, 'new', 'status')).exit).toBe(0);
  });

  test.each([2, 4])('is refused where the log says %d and the files 3', async (last) => {
    const at = await recovered();
    expect(await resume(at, kept, { last })).toMatchObject({ exit: 4, code: 'log_mismatch' });
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
  });

  test('is refused with the words of another head, and for a home that needs it not', async () => {
    const at = await recovered();
    const wrong = await resume(at, kept, { words: 'able able able able' });
    expect(wrong).toMatchObject({ exit: 2, code: 'confirmation_wrong' });
    const running = await at.run(
      ...['resume', '--last-sequence', '3', '--last-alone', '0'],
      at.path('coordinator.record'),
    );
    expect(running).toMatchObject({ exit: 4, code: 'not_recovered' });
  });

  test('stops hard at a fork, and at one key with two hashes, naming both files', async () => {
    const at = await recovered();
    // A clone of the backup signs another bundle under the same number.
    const clone = world.copy();
    await clone.sign(request(clone, sweepOf(8, 9)), 'clone.response');
    at.write('clone.response', clone.read('clone.response'));
    const forked = await resume(at, [...kept, 'clone.response']);
    expect(forked).toMatchObject({ exit: 3, code: 'record_forked' });
    for (const name of ['coordinator.record', 'clone.response']) {
      expect(forked.note.join('\n')).toContain(name);
    }
    const twice = world.copy();
    await twice.sign(request(twice, bundle(input(key(0), 5n), own(key(9), 5n))), 'twice.response');
    at.write('twice.response', twice.read('twice.response'));
    const stopped = await resume(at, [...kept, 'twice.response']);
    expect(stopped).toMatchObject({ exit: 4, code: 'key_signed_twice' });
    expect(stopped.note.join('\n')).toContain('coordinator.record');
    expect(stopped.note.join('\n')).toContain('twice.response');
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
  });

  test('takes no export of a coordinator that was never paired', async () => {
    const at = await recovered();
    const { entries } = lived.state();
    const forged = sealRecordExport(
      { keyringId: KEYRING.id, network: 'private', entries },
      STRANGER,
    );
    at.write('forged', forged);
    expect((await resume(at, ['forged', '2.batch'])).code).toBe('key_unknown');
  });
});

const WRONG = [{ ...key(0), address: key(1).address }];

describe('verify', () => {
  test('reads a batch, and names an address of another salt', async () => {
    const at = lived.copy();
    const run = await at.run('verify', at.path('2.batch'));
    expect(run.out.join('\n')).toContain('3 of 3 addresses');
    expect((await at.run('verify', '--sample', '0')).code).toBe('usage');
    const strange = await makeWorld({ events: [[issuedEvent(WRONG), WRONG]] });
    expect(await strange.run('verify')).toMatchObject({ exit: 3, code: 'derivation_mismatch' });
  });
});
