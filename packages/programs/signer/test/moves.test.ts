/** One record handed over from one home to another: move-out and move-in. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  hex,
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
  confirmationOf,
  type Run,
  removeTemporaryFolders,
  requestOf,
  seal,
  seededRandom,
  type World,
} from './world.ts';

let lived: World;
let files: Life['files'];

beforeAll(async () => {
  ({ lived, files } = await liveLife());
});

afterAll(removeTemporaryFolders);

const LAST = ['--last-sequence', '3', '--last-alone', '0'];

describe('move-out and move-in', () => {
  const move = async (): Promise<World> => {
    const at = lived.copy();
    expect((await at.run('move-out', '--out', at.path('stick'))).exit).toBe(0);
    return at;
  };

  test('hand the record over: the old home refuses, the new one answers as the old one did', async () => {
    const at = await move();
    const old = await at.sign(request(at, sweepOf(6, 7)), 'old');
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
    const file = seal(requestOf(a, [sweepOf(6, 7)]));
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
    const next = at.write('n', seal(requestOf(stateOf(at, 'new'), [sweepOf(6, 7)])));
    const confirm = confirmationOf(at.read('n'));
    await runIn(at, 'new', 'sign', next, '--out', at.path('r'), '--confirm', confirm);
    const { lastSequence } = stateOf(at, 'new');
    await at.run('move-out', '--again', '--out', at.path('stick 2'));
    const last = ['--last-sequence', String(lastSequence), '--last-alone', '0'];
    const args = ['move-in', '--from', at.path('stick 2'), ...last];
    expect(await runIn(at, 'third', ...args)).toMatchObject({ exit: 4, code: 'log_mismatch' });
    expect(nodeDisk.exists(at.path('stick 2/moved-in'))).toBe(false);
  });

  test('leave nothing that signs where the power failed half-way', async () => {
    const at = await move();
    expect((await runIn(at, 'new', 'move-in', '--from', at.path('stick'), ...LAST)).exit).toBe(0);
    const part = 'new.0123456789abcdef.part';
    nodeDisk.moveFolder(at.path('new'), at.path(part));
    const file = seal(requestOf(stateOf(at, part), [sweepOf(6, 7)]));
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
