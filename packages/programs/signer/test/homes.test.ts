/** One record, one home after another: recover, resume, move-out, move-in. */
import { type RequestSlot, sealPairingCard, sealRecordExport, wordsOf } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { loadRecord } from '../src/record-store.ts';
import { coordinatorRecord, voidIn, voidOf } from './voids.ts';
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
  SIGNER,
  STRANGER,
  seal,
  seededRandom,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const request = (at: World, ...slots: RequestSlot[][]): Uint8Array =>
  seal(requestOf(at.state(), slots));

let world: World;
/** A backup with three entries, then: signed (4), a batch (5), voided (6), signed (7). */
let lived: World;
const files: { first: Uint8Array; second: Uint8Array } = {
  first: new Uint8Array(),
  second: new Uint8Array(),
};

beforeAll(async () => {
  world = await makeWorld();
  lived = world.copy();
  nodeDisk.makeFolder(lived.path('backup'));
  copyFolder(lived, 'home', 'backup');
  files.first = request(lived, sweep(0, 1));
  await lived.sign(files.first, 'first.response');
  const early = request(lived, sweep(2, 3));
  await lived.run('addresses', '--count', '3', '--out', lived.path('2.batch'));
  await voidIn(lived, voidOf(early), 'receipt');
  const state = lived.state();
  files.second = seal(requestOf(state, [sweep(4, 5)], { sequence: 3 }));
  await lived.sign(files.second, 'second.response');
  lived.write('coordinator.record', coordinatorRecord(lived.state()));
});

afterAll(removeTemporaryFolders);

function copyFolder(at: World, from: string, to: string): void {
  for (const name of ['secret'])
    nodeDisk.replace(at.path(`${to}/${name}`), at.read(`${from}/${name}`));
  for (const folder of ['record', 'requests']) {
    nodeDisk.makeFolder(at.path(`${to}/${folder}`));
    for (const name of at.files(`${from}/${folder}`)) {
      nodeDisk.replace(at.path(`${to}/${folder}/${name}`), at.read(`${from}/${folder}/${name}`));
    }
  }
}

/** Runs a command with another home of the same world. */
function runIn(at: World, home: string, ...args: string[]): Promise<Run> {
  const passphrase = ['--passphrase-file', at.path('passphrase')];
  return at.runBare('--home', at.path(home), ...passphrase, ...args);
}

const recovered = async (): Promise<World> => {
  const at = lived.copy();
  expect((await runIn(at, 'new', 'recover', '--from', at.path('backup'))).exit).toBe(0);
  return at;
};

const stateOf = (at: World, home: string): ReturnType<World['state']> =>
  loadRecord(nodeDisk, at.path(`${home}/record`), SIGNER.publicKey).state;

const headWords = (at: World): string => wordsOf(stateOf(at, 'home').head.hash).slice(4).join(' ');

const resume = (
  at: World,
  names: readonly string[],
  { words = headWords(at), last = 3 }: { words?: string; last?: number } = {},
): Promise<Run> =>
  runIn(
    at,
    'new',
    'resume',
    ...['--last-sequence', String(last), '--confirm', words],
    ...names.map((name) => at.path(name)),
  );

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
    expect((await runIn(at, 'new', 'recover', '--from', at.folder)).code).toBe('home_missing');
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
    const next = seal(requestOf(state, [sweep(6, 7)]));
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
    const running = await at.run('resume', '--last-sequence', '3', at.path('coordinator.record'));
    expect(running).toMatchObject({ exit: 4, code: 'not_recovered' });
  });

  test('stops hard at a fork, and at one key with two hashes, naming both files', async () => {
    const at = await recovered();
    // A clone of the backup signs another bundle under the same number.
    const clone = world.copy();
    await clone.sign(request(clone, sweep(8, 9)), 'clone.response');
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

const LAST = ['--last-sequence', '3'];

describe('move-out and move-in', () => {
  const move = async (): Promise<World> => {
    const at = lived.copy();
    expect((await at.run('move-out', '--out', at.path('stick'))).exit).toBe(0);
    return at;
  };

  test('hand the record over: the old home refuses, the new one answers as the old one did', async () => {
    const at = await move();
    const old = await at.sign(request(at, sweep(6, 7)), 'old');
    expect(old).toMatchObject({ exit: 4, code: 'home_moved_out' });
    expect((await at.sign(files.first, 'old')).code).toBe('home_moved_out');
    expect((await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST)).exit).toBe(0);
    const state = stateOf(at, 'new');
    expect(state).toMatchObject({ standing: 'holder', epoch: 2, head: { number: 9 } });
    const again = await runIn(
      at,
      'new',
      'sign',
      at.write('q', files.first),
      '--out',
      at.path('q.response'),
      '--confirm',
      confirmationOf(files.first),
    );
    expect(again.exit).toBe(0);
    expect(hex(at.read('q.response'))).toBe(hex(at.read('first.response')));
    const next = seal(requestOf(state, [sweep(6, 7)]));
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
  });

  test('write the same folder again, and are taken over once', async () => {
    const at = await move();
    const refused = await at.run('move-out', '--out', at.path('stick 2'));
    expect(refused).toMatchObject({ exit: 4, code: 'home_moved_out' });
    expect((await at.run('move-out', '--again', '--out', at.path('stick 2'))).exit).toBe(0);
    expect(at.head().number).toBe(8);
    expect(hex(at.read('stick 2/record'))).toBe(hex(at.read('stick/record')));
    expect((await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST)).exit).toBe(0);
    const twice = await runIn(at, 'newer', 'move-in', '--from', at.path('stick'), ...LAST);
    expect(twice).toMatchObject({ exit: 4, code: 'already_moved_in' });
    expect(nodeDisk.exists(at.path('newer'))).toBe(false);
  });

  test('of two folders make two homes that differ, which the coordinator sees as a fork', async () => {
    const at = await move();
    await at.run('move-out', '--again', '--out', at.path('stick 2'));
    await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST);
    at.random = seededRandom('another machine');
    await runIn(at, 'newer', 'move-in', '--from', at.path('stick 2'), ...LAST);
    const [a, b] = [stateOf(at, 'new'), stateOf(at, 'newer')];
    expect(a.head.hash).not.toBe(b.head.hash);
    const file = seal(requestOf(a, [sweep(6, 7)]));
    const refused = await runIn(at, 'newer', 'sign', at.write('q', file), '--out', at.path('o'));
    expect(refused.code).toBe('record_forked');
  });

  test('refuse a copy that was not handed over, and a folder in the home', async () => {
    const at = lived.copy();
    const copied = await runIn(at, 'new', 'move-in', '--from', at.path('backup'), ...LAST);
    expect(copied).toMatchObject({ exit: 4, code: 'not_moved_out' });
    expect(nodeDisk.exists(at.path('backup/moved-in'))).toBe(false);
    expect((await at.run('move-out', '--out', at.path('home/x'))).code).toBe('usage');
    expect((await at.run('move-out', '--out', at.path('no/such'))).code).toBe('path_missing');
    expect(at.head()).toEqual(lived.head());
  });

  test('refuse what is no hand-over: the old home itself, a folder half written or used', async () => {
    const at = await move();
    const take = (from: string): Promise<Run> =>
      runIn(at, 'new', 'move-in', '--from', at.path(from), ...LAST);
    expect(await take('home')).toMatchObject({ exit: 4, code: 'not_moved_out' });
    nodeDisk.remove(at.path('stick/handed-over'));
    expect(await take('stick')).toMatchObject({ exit: 4, code: 'not_moved_out' });
    expect((await at.run('move-out', '--again', '--out', at.path('stick'))).exit).toBe(0);
    expect((await take('stick')).exit).toBe(0);
    const back = await runIn(at, 'new', 'move-out', '--out', at.path('stick'));
    expect(back).toMatchObject({ exit: 5, code: 'file_exists' });
    expect(stateOf(at, 'new').standing).toBe('holder');
  });

  test('refuse a record that ends before the log does: another home has signed since', async () => {
    const at = await move();
    expect((await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST)).exit).toBe(0);
    const next = at.write('n', seal(requestOf(stateOf(at, 'new'), [sweep(6, 7)])));
    const confirm = confirmationOf(at.read('n'));
    await runIn(at, 'new', 'sign', next, '--out', at.path('r'), '--confirm', confirm);
    const { lastSequence } = stateOf(at, 'new');
    await at.run('move-out', '--again', '--out', at.path('stick 2'));
    const args = ['move-in', '--from', at.path('stick 2'), '--last-sequence', String(lastSequence)];
    expect(await runIn(at, 'third', ...args)).toMatchObject({ exit: 4, code: 'log_mismatch' });
    expect(nodeDisk.exists(at.path('stick 2/moved-in'))).toBe(false);
  });

  test('leave nothing that signs where the power failed half-way', async () => {
    const at = await move();
    expect((await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST)).exit).toBe(0);
    const part = 'new.0123456789abcdef.part';
    nodeDisk.moveFolder(at.path('new'), at.path(part));
    const file = seal(requestOf(stateOf(at, part), [sweep(6, 7)]));
    const args = ['--out', at.path('r'), '--confirm', confirmationOf(file)];
    const run = await runIn(at, part, 'sign', at.write('n', file), ...args);
    expect(run).toMatchObject({ exit: 4, code: 'home_missing' });
  });

  test('of a lost new home are healed by recover and resume, which raise the epoch', async () => {
    const at = await move();
    at.write('coordinator.record', coordinatorRecord(stateOf(at, 'home')));
    expect((await runIn(at, 'new', 'recover', '--from', at.path('stick'))).exit).toBe(0);
    expect((await resume(at, ['coordinator.record'])).exit).toBe(0);
    // Epoch 2 is left to whoever may have taken the folder over.
    expect(stateOf(at, 'new')).toMatchObject({ standing: 'holder', epoch: 3 });
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
