/** What a lost home knew last: nothing of it may be forgotten when signing is taken up again. */
import { type RequestSlot, sealRecordExport, wordsOf } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { loadRecord } from '../src/record-store.ts';
import { coordinatorRecord, voidOf } from './voids.ts';
import {
  bundle,
  COORDINATOR,
  confirmationOf,
  input,
  KEYRING,
  KEYS,
  makeWorld,
  own,
  type Run,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  seal,
  type World,
} from './world.ts';

afterAll(removeTemporaryFolders);

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function runIn(at: World, home: string, ...args: string[]): Promise<Run> {
  const common = ['--home', at.path(home), '--passphrase-file', at.path('passphrase')];
  return at.runBare(...common, ...args);
}

const stateOf = (at: World, home: string): ReturnType<World['state']> =>
  loadRecord(nodeDisk, at.path(`${home}/record`), SIGNER.publicKey).state;

let base: World;

beforeAll(async () => {
  base = await makeWorld();
});

/** Copies the home as it is: a backup. */
function backUp(at: World): void {
  for (const folder of ['backup', 'backup/record', 'backup/requests']) {
    nodeDisk.makeFolder(at.path(folder));
  }
  nodeDisk.replace(at.path('backup/secret'), at.read('home/secret'));
  for (const folder of ['record', 'requests']) {
    for (const name of at.files(`home/${folder}`)) {
      nodeDisk.replace(at.path(`backup/${folder}/${name}`), at.read(`home/${folder}/${name}`));
    }
  }
}

interface Resumed {
  readonly run: Run;
  readonly screen: string;
}

/** Recovers from the backup (or another folder) and resumes with these files. */
async function resume(
  at: World,
  names: readonly string[],
  { last, from = 'backup' }: { last: number; from?: string },
): Promise<Resumed> {
  expect((await runIn(at, 'new', 'recover', '--from', at.path(from))).exit).toBe(0);
  const words = wordsOf(at.state().head.hash).slice(4).join(' ');
  const run = await runIn(
    at,
    'new',
    ...['resume', '--last-sequence', String(last), '--confirm', words],
    ...names.map((name) => at.path(name)),
  );
  return { run, screen: run.note.join('\n') };
}

const keepRecord = (at: World): void =>
  void at.write('coordinator.record', coordinatorRecord(at.state()));

describe('a batch that was made after the last entry which anybody has', () => {
  let at: World;
  let late: ReturnType<World['state']>['batches'][number];

  beforeAll(async () => {
    at = base.copy();
    backUp(at);
    await at.sign(seal(requestOf(at.state(), [sweep(0, 1)])), 'r1');
    keepRecord(at);
    const words = at.copy();
    await at.run('addresses', '--count', '3', '--out', at.path('2.batch'));
    late = at.state().batches[1]!;
    // The coordinator's newest head is that of before.
    nodeDisk.remove(at.path('home/record/00000005'));
    expect(words.head()).toEqual(at.head());
  });

  test('is issued again under its number, and its money can be spent', async () => {
    const here = at.copy();
    const { run, screen } = await resume(here, ['coordinator.record', 'r1', '2.batch'], {
      last: 1,
    });
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(screen).toContain('batches     2 came after the last entry');
    const state = stateOf(here, 'new');
    expect(state.batches[1]).toEqual(late);
    const spend = seal(requestOf(state, [bundle(input(late[0]!, 5n), own(late[1]!, 5n))]));
    const path = here.write('spend', spend);
    const args = ['sign', path, '--out', here.path('spent'), '--confirm', confirmationOf(spend)];
    expect(await runIn(here, 'new', ...args)).toMatchObject({ exit: 0, code: '' });
    const next = await runIn(here, 'new', 'addresses', '--count', '1', '--out', here.path('3'));
    expect(next.out.join()).toContain('Batch 3 ');
  });

  test('is missing if a later one is there, or contradicts another of its number', async () => {
    const here = at.copy();
    const other = base.copy();
    await other.run('addresses', '--count', '2', '--out', other.path('2.batch'));
    await other.run('addresses', '--count', '2', '--out', other.path('3.batch'));
    here.write('3.batch', other.read('3.batch'));
    const gap = await resume(here, ['coordinator.record', 'r1', '3.batch'], { last: 1 });
    expect(gap.run).toMatchObject({ exit: 4, code: 'batch_missing' });
    here.write('other.batch', other.read('2.batch'));
    const names = ['coordinator.record', 'r1', '2.batch', 'other.batch'];
    const both = await runIn(
      here,
      'new',
      ...['resume', '--last-sequence', '1', '--confirm', 'x'],
      ...names.map((name) => here.path(name)),
    );
    expect(both).toMatchObject({ exit: 3, code: 'record_forked' });
    expect(both.note.join('\n')).toContain('other.batch');
  });
});

describe('a head that a request or a void names', () => {
  test.each(['request', 'void'])('of the %s is beyond the files: refused', async (kind) => {
    const at = base.copy();
    backUp(at);
    keepRecord(at);
    const before = at.copy();
    await at.sign(seal(requestOf(at.state(), [sweep(0, 1)])), 'r1');
    const request = seal(requestOf(at.state(), [sweep(2, 3)]));
    at.write('later', kind === 'void' ? voidOf(request) : request);
    before.write('later', at.read('later'));
    const { run } = await resume(before, ['coordinator.record', 'later'], { last: 0 });
    expect(run).toMatchObject({ exit: 4, code: 'record_gap' });
    expect(run.note.join('\n')).toContain('later names entry 4');
  });

  test('lies on another branch: refused as a fork', async () => {
    const at = base.copy();
    backUp(at);
    keepRecord(at);
    const forged = { ...at.head(), hash: 'f'.repeat(64) };
    const request = requestOf(at.state(), [sweep(2, 3)], { expectedHead: forged });
    at.write('forged', seal(request));
    const { run } = await resume(at, ['coordinator.record', 'forged'], { last: 0 });
    expect(run).toMatchObject({ exit: 3, code: 'record_forked' });
  });
});

describe('a coordinator that was revoked', () => {
  test('cannot vouch for the record, and the screen shows who is paired', async () => {
    const at = base.copy();
    backUp(at);
    const prefix = hex(COORDINATOR.publicKey).slice(0, 8);
    await at.run('pair', '--revoke', prefix);
    const { entries } = at.state();
    const fields = { keyringId: KEYRING.id, network: 'private', entries } as const;
    at.write('coordinator.record', sealRecordExport(fields, COORDINATOR));
    const revoked = await resume(at, ['coordinator.record'], { last: 0 });
    expect(revoked.run).toMatchObject({ exit: 4, code: 'coordinator_record_missing' });
    expect(revoked.screen).toContain('revoked');
    const paired = base.copy();
    backUp(paired);
    keepRecord(paired);
    const { screen } = await resume(paired, ['coordinator.record'], { last: 0 });
    const words = wordsOf(hex(COORDINATOR.publicKey));
    expect(words).toHaveLength(8);
    expect(screen).toMatch(/paired {6}coordinator [A-Z]{4} [A-Z]{4}/);
  });
});

test('an entry that only a stored answer has left is recovered with it', async () => {
  const at = base.copy();
  await at.sign(seal(requestOf(at.state(), [sweep(0, 1)])), 'r1');
  keepRecord(at);
  const { head } = at.state();
  nodeDisk.remove(at.path('home/record/00000004'));
  expect(await at.run('status')).toMatchObject({ exit: 4, code: 'record_damaged' });
  const made = await runIn(at, 'new', '--json', 'recover', '--from', at.path('home'));
  expect(JSON.parse(made.out.join(''))).toMatchObject({ head: head.number });
});

test('a full disk does not hide that this home is behind', async () => {
  const at = base.copy();
  const ahead = at.copy();
  await ahead.sign(seal(requestOf(ahead.state(), [sweep(0, 1)])), 'r1');
  const request = seal(requestOf(ahead.state(), [sweep(2, 3)]));
  const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
  at.disk = {
    ...nodeDisk,
    replace: () => {
      throw full;
    },
  };
  const path = at.write('request', request);
  const run = await at.run('sign', path, '--out', at.path('out'));
  expect(run).toMatchObject({ exit: 3, code: 'signer_behind' });
});

test('an answer that cannot be delivered is told to be recorded', async () => {
  const at = base.copy();
  const request = seal(requestOf(at.state(), [sweep(0, 1)]));
  const path = at.write('request', request);
  const taken = at.write('taken', 'something else');
  const args = ['sign', path, '--confirm', confirmationOf(request), '--out'];
  expect(await at.run(...args, taken)).toMatchObject({ exit: 5, code: 'file_exists' });
  expect(at.head()).toEqual(base.head());
  at.disk = {
    ...nodeDisk,
    deliver: () => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    },
  };
  const run = await at.run(...args, at.path('out'));
  expect(run).toMatchObject({ exit: 5, code: 'disk_failed' });
  expect(run.note.join('\n')).toContain('SIGNED AND RECORDED');
  expect(run.note.join('\n')).toContain('sequence 1');
  expect(at.head().number).toBe(4);
});
