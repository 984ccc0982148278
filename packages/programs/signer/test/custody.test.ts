/** `custody`: copies read back, derived again, and the receipt; `inspect` of both. Nothing is recorded. */
import { linkSync, symlinkSync } from 'node:fs';
import {
  type IssuedAddress,
  openCustodyReceipt,
  sealCustodyReceipt,
  uuidCommitment,
} from '@airlock/gap';
import { Animation } from '@airlock/light';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  COORDINATOR,
  issue,
  issuedEvent,
  KEYRING,
  KEYS,
  k0,
  k1,
  k2,
  level3,
  makeWorld,
  PAIRED,
  type Run,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  STRANGER,
  seal,
  slipOf,
  sweep,
  type World,
} from './world.ts';

const ORDER = `co_${'5'.repeat(32)}`;
let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

/** Reads copies back; each is `[name, file]`, and becomes a file of its own. */
function custody(at: World, copies: [string, Uint8Array][], ...more: string[]): Promise<Run> {
  const given = copies.flatMap(([name, file], index) => [
    '--copy',
    `${name}=${at.write(`copy-${index}`, file)}`,
  ]);
  return at.run('custody', ...given, '--out', at.path('receipt'), ...more);
}

const slip = slipOf([k0, k1, level3]);
const COPIES: [string, Uint8Array][] = [
  ['safe A, paper', slip],
  ['safe B, stick', slip],
];

describe('a slip that was read back', () => {
  test('gives a receipt that names its digest and the copies, and no entry of the record', async () => {
    const at = world.copy();
    const run = await custody(at, COPIES, '--json');
    expect(run).toMatchObject({ exit: 0, code: '' });
    const receipt = openCustodyReceipt(at.read('receipt'), SIGNER.publicKey);
    const json = JSON.parse(run.out.join('\n')) as { slipDigest: string };
    expect(receipt).toEqual({
      orderId: ORDER,
      slipDigest: json.slipDigest,
      keyringId: KEYRING.id,
      network: 'private',
      count: 3,
      copies: ['safe A, paper', 'safe B, stick'],
    });
    expect(json).toMatchObject({ orderId: ORDER, count: 3, total: '15' });
    expect(at.head()).toEqual(world.head());
    expect(at.files()).toEqual([]);
  });

  test('shows order, count, total, copies and all words', async () => {
    const at = world.copy();
    const { note, out } = await custody(at, COPIES);
    const screen = note.join('\n');
    for (const text of [ORDER, 'addresses  3', '15 i', '"safe A, paper"', '"safe B, stick"']) {
      expect(screen).toContain(text);
    }
    expect(screen).toMatch(/words {6}([A-Z]{4} ){7}[A-Z]{4}$/m);
    expect(out.join('\n')).toContain('All 3 addresses derive from this slip');
  });

  test('gives the same bytes again, and other bytes under other names', async () => {
    const at = world.copy();
    await custody(at, COPIES);
    const first = Buffer.from(at.read('receipt'));
    expect((await custody(at, COPIES)).exit).toBe(0);
    expect(Buffer.compare(at.read('receipt'), first)).toBe(0);
    expect((await custody(at, [['safe C', slip]])).code).toBe('file_exists');
  });

  test('tells how far the derivation is', async () => {
    const at = world.copy();
    const done: string[] = [];
    at.terminal = { progress: (count, total) => done.push(`${count}/${total}`) };
    await custody(at, COPIES);
    expect(done).toEqual(['1/3', '2/3', '3/3']);
  });

  test('comes by light under a name, beside a file', async () => {
    const at = world.copy();
    const codes = [...new Animation(slip, { version: 10, mode: 'chosen' }).frames()];
    const lines = async function* (): AsyncGenerator<string> {
      for (const { text } of codes) yield text;
    };
    at.terminal = { lines };
    const run = await custody(at, [['stick', slip]], '--from', 'qr', '--name', 'safe A, paper');
    expect(run).toMatchObject({ exit: 0 });
    const { copies } = openCustodyReceipt(at.read('receipt'), SIGNER.publicKey);
    expect(copies).toEqual(['stick', 'safe A, paper']);
    expect(run.note.join('\n')).not.toContain('one medium');
  });

  test('is warned of when its copies lie on one medium', async () => {
    const at = world.copy();
    const run = await custody(at, COPIES);
    expect(run.note.join('\n')).toContain('WARNING: copies were read from one medium.');
    const other = world.copy();
    const single = await custody(other, [['safe C', slip]]);
    expect(single).toMatchObject({ exit: 0 });
    expect(single.note.join('\n')).not.toContain('one medium');
  });

  test('counts also if its coordinator was revoked since', async () => {
    const at = world.copy();
    const prefix = Buffer.from(COORDINATOR.publicKey).toString('hex').slice(0, 16);
    expect((await at.run('pair', '--revoke', prefix)).exit).toBe(0);
    expect((await custody(at, COPIES)).exit).toBe(0);
  });
});

describe('no receipt is made', () => {
  async function refused(at: World, copies: [string, Uint8Array][], code: string): Promise<Run> {
    const head = at.head();
    const run = await custody(at, copies);
    expect({ code: run.code, out: run.out }).toEqual({ code, out: [] });
    expect(nodeDisk.exists(at.path('receipt'))).toBe(false);
    expect(at.head()).toEqual(head);
    return run;
  }

  test('of copies that differ, and both are named', async () => {
    const run = await refused(
      world.copy(),
      [COPIES[0]!, ['safe B, stick', slipOf([k0, k1])]],
      'copies_differ',
    );
    expect(run.note.join('\n')).toMatch(/"safe A, paper" holds.*"safe B, stick" holds/);
  });

  test('of a slip with another address than that of the UUID', async () => {
    const run = await refused(
      world.copy(),
      [['safe A', slipOf([k0, { ...k1, address: k2.address }])]],
      'slip_address_mismatch',
    );
    expect(run.note.join('\n')).toContain('address 1 of the slip');
  });

  test('of a key that was not issued, or for another keyring or network', async () => {
    const nobody = await issue('nobody');
    await refused(world.copy(), [['A', slipOf([nobody])]], 'key_not_issued');
    const elsewhere = slipOf([k0], { keyringId: `kr_${'9'.repeat(32)}` });
    await refused(world.copy(), [['A', elsewhere]], 'wrong_keyring');
    await refused(world.copy(), [['A', slipOf([k0], { network: 'devnet' })]], 'wrong_network');
  });

  test('of a key that has signed', async () => {
    const at = world.copy();
    await at.sign(seal(requestOf(at.state(), [sweep(k1, k2)])));
    await refused(at, COPIES, 'key_already_signed');
  });

  test('of a key that was surrendered', async () => {
    const at = await makeWorld({
      events: [
        [PAIRED, []],
        [issuedEvent(KEYS), KEYS],
        [{ kind: 'surrendered', commitment: uuidCommitment(k1.uuid) }, []],
      ],
    });
    await refused(at, COPIES, 'key_surrendered');
  });

  test('of a record that says another address than the salt gives', async () => {
    const wrong: IssuedAddress = { ...k1, address: k2.address };
    const keys = [k0, wrong];
    const at = await makeWorld({
      events: [
        [PAIRED, []],
        [issuedEvent(keys), keys],
      ],
    });
    await refused(at, [['A', slipOf(keys)]], 'derivation_mismatch');
  });

  test('of a stranger, of another kind of file, of garbage', async () => {
    await refused(world.copy(), [['A', slipOf([k0], {}, STRANGER)]], 'key_unknown');
    const request = seal(requestOf(world.state(), [sweep()]));
    await refused(world.copy(), [['A', request]], 'type_unexpected');
    const run = await refused(world.copy(), [['A', Buffer.from('junk')]], 'envelope_malformed');
    expect(run.note.join('\n')).toContain('copy "A"');
  });

  test.each<[string, string[]]>([
    ['without a copy', []],
    ['of a copy without a name', ['--copy', '=copy']],
    ['of a copy without a file', ['--copy', 'safe A=']],
    ['of a copy without an equals sign', ['--copy', 'safe A']],
    ['of a name with a space at its end', ['--copy', 'safe A =copy']],
    ['of a name that no receipt can hold', ['--copy', 'safe Ä=copy']],
    ['of two files under one name', ['--copy', 'A=copy', '--copy', 'A=other']],
    ['by light without a name', ['--from', 'qr']],
    ['by file with a name of its own', ['--copy', 'A=copy', '--name', 'A']],
    ['with pictures but not by light', ['--copy', 'A=copy', '--pictures', 'p.png']],
  ])('%s', async (_, args) => {
    const at = world.copy();
    const run = await at.run('custody', ...args, '--out', at.path('receipt'));
    expect(run).toMatchObject({ exit: 2, code: 'usage' });
  });

  test('of one file under two names, or that a link of either kind names once more', async () => {
    const at = world.copy();
    at.write('slip', slip);
    symlinkSync(at.path('slip'), at.path('link'));
    symlinkSync(at.folder, at.path('folder'));
    linkSync(at.path('slip'), at.path('hard'));
    for (const other of ['slip', './slip', 'link', 'folder/slip', 'folder/link', 'hard']) {
      const copies = ['--copy', `A=${at.path('slip')}`, '--copy', `B=${at.path(other)}`];
      const run = await at.run('custody', ...copies, '--out', at.path('receipt'));
      expect(run).toMatchObject({ exit: 2, code: 'usage' });
      expect(nodeDisk.exists(at.path('receipt'))).toBe(false);
    }
  });

  test('by a home that was rebuilt from a backup: its record may be old', async () => {
    const at = world.copy();
    const home = at.path('recovered');
    const pass = ['--passphrase-file', at.path('passphrase')];
    await at.runBare('--home', home, ...pass, 'recover', '--from', at.home);
    const args = ['custody', '--copy', `A=${at.write('s', slip)}`, '--out', at.path('receipt')];
    expect((await at.runBare('--home', home, ...pass, ...args)).code).toBe('home_recovered');
  });
});

describe('inspect', () => {
  test('shows a slip without the passphrase, and that custody would derive it', async () => {
    const at = world.copy();
    const file = at.write('slip', slip);
    const run = await at.runBare('--home', at.home, 'inspect', file);
    expect(run.out.join('\n')).toMatch(/CUSTODY SLIP of order co_5+[\s\S]*keep it like a key/);
    const json = await at.run('inspect', file, '--json');
    expect(JSON.parse(json.out.join(''))).toMatchObject({ type: 'custody-slip', total: '15' });
    expect((await at.run('inspect', at.write('s', slipOf([await issue('nobody')])))).code).toBe(
      'key_not_issued',
    );
  });

  test('shows a receipt of this signer, and refuses one of another', async () => {
    const at = world.copy();
    await custody(at, COPIES);
    const run = await at.run('inspect', at.path('receipt'));
    expect(run.out.join('\n')).toMatch(/Custody receipt.*3 addresses[\s\S]*copy "safe B, stick"/);
    const receipt = openCustodyReceipt(at.read('receipt'), SIGNER.publicKey);
    const forged = at.write('forged', sealCustodyReceipt(receipt, STRANGER));
    expect((await at.run('inspect', forged)).code).toBe('key_unknown');
  });
});
