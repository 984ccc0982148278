/** What a lost home knew last: nothing of it may be forgotten when signing is taken up again. */
import { type Head, type RequestSlot, sealRecordExport, wordsOf } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { loadRecord } from '../src/record-store.ts';
import { OTHER_PAYEE, spend, surrender, target, withScreen } from './alone.ts';
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
  slipOf,
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

/** Recovers from the backup and resumes with these files; `head` is what the coordinator knows. */
async function resume(
  at: World,
  names: readonly string[],
  { last, alone = 0, head = at.head() }: { last: number; alone?: number | string; head?: Head },
): Promise<Resumed> {
  expect((await runIn(at, 'new', 'recover', '--from', at.path('backup'))).exit).toBe(0);
  const words = wordsOf(head.hash).slice(4).join(' ');
  const run = await runIn(
    at,
    'new',
    ...['resume', '--last-sequence', String(last), '--last-alone', String(alone)],
    ...['--confirm', words],
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
      ...['resume', '--last-sequence', '1', '--last-alone', '0', '--confirm', 'x'],
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

describe('a key that was used without a request since the coordinator heard of this signer', () => {
  const SLIP = slipOf([key(0), key(2)]);
  const spendOf = (at: World, index: number, out: string): Promise<Run> =>
    spend(at, { inputs: [target(key(index).address, 5n)], slips: [SLIP], out });

  /** Spends twice alone after the coordinator's last word; `act` comes between the two. */
  async function live(act: (at: World) => Promise<unknown> = async () => 0): Promise<World> {
    const at = base.copy();
    backUp(at);
    keepRecord(at);
    expect((await spendOf(at, 0, 'first.json')).exit).toBe(0);
    await act(at);
    expect((await spendOf(at, 2, 'second.json')).exit).toBe(0);
    return at;
  }

  /** Asks the resumed home for another hash of a key that has signed. */
  function spendOtherwise(at: World, index: number): Promise<Run> {
    return runIn(
      at,
      'new',
      ...['spend', '--slip', at.write('slip', SLIP), '--out', at.path('other')],
      ...['--input', target(key(index).address, 5n), '--to', target(OTHER_PAYEE)],
      ...['--confirm', target(OTHER_PAYEE).slice(81)],
    );
  }

  test('is not taken up again without it: the log counts one more than the record', async () => {
    const at = await live();
    const { run } = await resume(at, ['coordinator.record'], {
      last: 0,
      alone: 2,
      head: base.head(),
    });
    expect(run).toMatchObject({ exit: 4, code: 'log_mismatch' });
    expect(run.note.join('\n')).toContain('spend or surrender number 2');
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
  });

  test.each([
    ['both files', ['second.json', 'first.json']],
    ['the last file, which has the entries of both', ['second.json']],
  ])('is known from %s, and signs no other hash', async (_, names) => {
    const at = await live((here) => here.run('addresses', '--count', '2', '--out', here.path('2')));
    const kept = ['coordinator.record', '2', ...names];
    const { run, screen } = await resume(at, kept, { last: 0, alone: 2, head: base.head() });
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(screen).toContain(
      '2 bundles signed without a request, 0 keys surrendered, last alone 2',
    );
    for (const index of [0, 2]) {
      expect((await spendOtherwise(at, index)).code).toBe('key_already_signed');
    }
    expect(nodeDisk.exists(at.path('other'))).toBe(false);
  });

  test('is refused if the log counts less than the files show', async () => {
    const at = await live();
    const kept = ['coordinator.record', 'second.json'];
    const { run } = await resume(at, kept, { last: 0, alone: 1, head: base.head() });
    expect(run).toMatchObject({ exit: 4, code: 'log_mismatch' });
  });

  test('leaves a gap if what was signed between is in no file', async () => {
    const at = await live((here) =>
      here.sign(seal(requestOf(here.state(), [sweep(4, 5)])), 'between'),
    );
    const kept = ['coordinator.record', 'first.json', 'second.json'];
    const { run } = await resume(at, kept, { last: 1, alone: 2, head: base.head() });
    expect(run).toMatchObject({ exit: 4, code: 'record_gap' });
    const again = ['resume', '--last-sequence', '1', '--last-alone', '2', '--confirm'];
    const words = wordsOf(base.head().hash).slice(4).join(' ');
    const paths = [...kept, 'between'].map((name) => at.path(name));
    expect((await runIn(at, 'new', ...again, words, ...paths)).exit).toBe(0);
  });

  test.each<[string, string, (file: Record<string, unknown>) => unknown]>([
    ['without its record', 'field_missing', ({ record: _, ...file }) => file],
    [
      'with another bundle hash',
      'field_range',
      (file) => ({ ...file, bundleHash: 'A'.repeat(81) }),
    ],
    ['cut short', 'envelope_malformed', (file) => JSON.stringify(file).slice(0, -2)],
  ])('is not passed over in a file %s: %s names the file', async (_, code, spoil) => {
    const at = await live();
    const spoilt = spoil(JSON.parse(Buffer.from(at.read('second.json')).toString('utf8')));
    at.write('spoilt.json', typeof spoilt === 'string' ? spoilt : JSON.stringify(spoilt));
    const kept = ['coordinator.record', 'spoilt.json'];
    const { run } = await resume(at, kept, { last: 0, alone: 0, head: base.head() });
    expect(run.code).toBe(code);
    expect(run.note.join('\n')).toContain(at.path('spoilt.json'));
    expect(nodeDisk.exists(at.path('new/record'))).toBe(false);
  });

  test('by a surrender is in the log alone: the record without it is refused', async () => {
    const at = base.copy();
    backUp(at);
    keepRecord(at);
    withScreen(at);
    const { out } = await surrender(at, key(0).address);
    expect(out.join('\n')).toContain('For your log: alone 1, entry 4: surrendered');
    const head = base.head();
    const { run } = await resume(at, ['coordinator.record'], { last: 0, alone: 1, head });
    expect(run).toMatchObject({ exit: 4, code: 'log_mismatch' });
  });

  test.each(
    ['surrender', 'spend'].flatMap((how) => ['', ' '].map((alone) => [how, alone] as const)),
  )('by a %s is not forgotten where the log is given as "%s"', async (how, alone) => {
    const at = base.copy();
    backUp(at);
    keepRecord(at);
    withScreen(at);
    const run = how === 'spend' ? spendOf(at, 0, 'first.json') : surrender(at, key(0).address);
    expect((await run).exit).toBe(0);
    const recovered = at.copy();
    await runIn(recovered, 'new', 'recover', '--from', at.path('backup'));
    const resumed = await resume(at, ['coordinator.record'], { last: 0, alone, head: base.head() });
    expect(resumed.run).toMatchObject({ exit: 2, code: 'usage' });
    expect(hex(at.read('new'))).toBe(hex(recovered.read('new')));
    const request = seal(requestOf(base.state(), [sweep(0, 1)]));
    const args = ['sign', at.write('r', request), '--out', at.path('o')];
    expect((await runIn(at, 'new', ...args)).code).toBe('home_recovered');
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
