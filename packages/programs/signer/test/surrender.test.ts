/** `surrender`: a seed is shown once its key is recorded as given away, on a terminal and nowhere else. */
import { uuidCommitment } from '@airlock/gap';
import { addressOfSeed, trytesToWords, withChecksum } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { reviewSurrender } from '../src/surrender.ts';
import { PAYEE, seedOn, spend, surrender, target, withScreen } from './alone.ts';
import {
  addVerdicts,
  issuedEvent,
  k0,
  k1,
  k2,
  k3,
  level3,
  makeWorld,
  newState,
  QUIET,
  removeTemporaryFolders,
  requestOf,
  review,
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

/** Every byte that a run has left on disk, as text. */
function filesOf(at: World): string {
  return Buffer.from(at.read('home')).toString('latin1');
}

describe('a surrendered key', () => {
  test('is recorded first; its seed gives the address, and stands nowhere but on the screen', async () => {
    const at = world.copy();
    const painted = withScreen(at);
    const { paint } = at.terminal;
    at.terminal = {
      ...at.terminal,
      paint: (lines) => {
        expect(at.state().surrendered.has(uuidCommitment(level3.uuid))).toBe(true);
        paint?.(lines);
      },
    };
    const run = await surrender(at, level3.address);
    expect(run).toMatchObject({ exit: 0, code: '' });
    const seed = seedOn(painted);
    expect(addressOfSeed(trytesToWords(seed), 3)).toBe(level3.address);
    expect(painted.at(-1)).toBeNull();
    const texts = [...run.out, ...run.note, filesOf(at)].join('\n');
    for (const group of seed.match(/.{9}/g) ?? []) expect(texts).not.toContain(group);
    expect(at.head().number).toBe(4);
  });

  test('is shown with its level and key index, and for the log', async () => {
    const at = world.copy();
    const painted = withScreen(at);
    const run = await surrender(at);
    expect(painted[0]?.join('\n')).toContain('key index 0, security level 1');
    expect(run.out.join('\n')).toContain(
      `For your log: alone 1, entry 4: surrendered ${k0.address}.`,
    );
    expect(run.note.join('\n')).toContain('FOR EVER');
    expect(run.note.join('\n')).not.toContain(withChecksum(k0.address).slice(81));
    expect((await at.run('status')).out.join('\n')).toContain('1 keys surrendered');
    expect((await at.run('record')).out.join('\n')).toContain('gave away the seed');
  });

  test('has its log line told before its seed stands on the screen, which may end the process', async () => {
    const at = world.copy();
    withScreen(at);
    at.terminal = {
      ...at.terminal,
      paint: () => {
        throw new Error('ended');
      },
    };
    expect((await surrender(at)).note.join('\n')).toContain('For your log: alone 1, entry 4: surr');
  });

  test('stays on the screen until q', async () => {
    const at = world.copy();
    withScreen(at);
    const keys = ['x', null, '\r', 'q', 'never'];
    at.terminal = { ...at.terminal, key: async () => keys.shift() ?? null };
    await surrender(at);
    expect(keys).toEqual(['never']);
  });

  test('is given away again with the same seed and no other entry', async () => {
    const at = world.copy();
    const painted = withScreen(at);
    await surrender(at);
    const again = withScreen(at);
    const run = await surrender(at, k0.address, '--json');
    expect(JSON.parse(run.out.join(''))).toMatchObject({ alreadySurrendered: true });
    expect(seedOn(again)).toBe(seedOn(painted));
    expect(run.note.join('\n')).toContain('given away before');
    expect(run.note.join('\n')).not.toContain('this signer records');
    expect(at.head().number).toBe(4);
  });

  test('signs nothing here, receives nothing, and goes on no slip', async () => {
    const at = world.copy();
    withScreen(at);
    await surrender(at);
    const asked = (slots = sweep()): Uint8Array => seal(requestOf(at.state(), [slots]));
    expect((await at.sign(asked())).code).toBe('key_surrendered');
    expect((await at.sign(asked(sweep(k2, k0)))).code).toBe('output_to_surrendered_key');
    expect((await spend(at)).code).toBe('key_surrendered');
    const to = { inputs: [target(k2.address, 5n)], payees: [target(k0.address)] };
    const paid = await spend(at, to);
    expect(paid.code).toBe('output_to_surrendered_key');
    // No coordinator has asked for a spend.
    expect(paid.note.join('\n')).toContain('name another --to');
    expect(paid.note.join('\n')).not.toContain('the request');
    const slip = at.write('slip', slipOf([k0]));
    const custody = await at.run('custody', '--copy', `A=${slip}`, '--out', at.path('receipt'));
    expect(custody.code).toBe('key_surrendered');
    expect((await at.run('inspect', slip)).code).toBe('key_surrendered');
    expect((await spend(at, { inputs: [target(k2.address, 5n)] })).exit).toBe(0);
  });

  test('stays so when the record is lost at its end: the entry stands beside it', async () => {
    const at = world.copy();
    withScreen(at);
    await surrender(at);
    nodeDisk.remove(at.path('home/record/00000004'));
    expect((await surrender(at)).code).toBe('record_damaged');
    const pass = ['--passphrase-file', at.path('passphrase')];
    const args = ['--home', at.path('new'), ...pass, 'recover', '--from', at.home, '--json'];
    const run = await at.runBare(...args);
    expect(JSON.parse(run.out.join(''))).toMatchObject({ entries: 4 });
  });
});

test('a surrender that the disk cut short is kept beside the record by its repetition', async () => {
  const at = world.copy();
  const painted = withScreen(at);
  at.disk = {
    ...nodeDisk,
    replace: (path, bytes) => {
      if (!path.endsWith('.alone')) return nodeDisk.replace(path, bytes);
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    },
  };
  expect(await surrender(at)).toMatchObject({ exit: 5, code: 'disk_failed' });
  expect(painted).toEqual([]);
  at.disk = nodeDisk;
  expect((await surrender(at)).exit).toBe(0);
  expect(seedOn(painted)).toHaveLength(81);
  expect(at.files()).toEqual(['00000004.alone']);
  nodeDisk.remove(at.path('home/record/00000004'));
  const signed = await at.sign(seal(requestOf(at.state(), [sweep()])));
  expect(signed).toMatchObject({ exit: 4, code: 'record_damaged' });
  expect(nodeDisk.exists(at.path('response'))).toBe(false);
});

describe('no seed is shown, and nothing recorded', () => {
  async function refused(at: World, code: string, address = k0.address): Promise<void> {
    const painted = withScreen(at);
    const head = at.head();
    const run = await surrender(at, address);
    expect(run.code).toBe(code);
    expect(painted).toEqual([]);
    expect(at.head()).toEqual(head);
  }

  test('for a key that has signed, in a request or alone', async () => {
    const at = world.copy();
    await at.sign(seal(requestOf(at.state(), [sweep(k1, k3)])));
    await refused(at, 'key_already_signed', k1.address);
    await spend(at);
    await refused(at, 'key_already_signed');
  });

  test('for an address of another record', async () => {
    await refused(world.copy(), 'key_not_issued', PAYEE);
  });

  test('with another last group, without one, or with --confirm on mainnet', async () => {
    const at = world.copy();
    withScreen(at);
    const address = withChecksum(k0.address);
    const wrong = await at.run('surrender', '--address', address, '--confirm', 'AAAAAAAAA');
    expect(wrong.code).toBe('confirmation_wrong');
    expect((await at.run('surrender', '--address', address)).code).toBe('confirmation_required');
    expect(at.head().number).toBe(3);
    await refused(await makeWorld({ network: 'mainnet' }), 'confirm_on_mainnet');
  });

  test('beside a network, unless that was accepted and recorded', async () => {
    const at = world.copy();
    at.system = { ...QUIET, interfaces: () => [{ name: 'eth0', isUp: true, isLoopback: false }] };
    await refused(at, 'network_up');
    expect((await surrender(at, k0.address, '--accept-network')).exit).toBe(0);
    expect(at.state()).toMatchObject({ networkAcceptedAt: 4, head: { number: 5 } });
  });

  test('without a terminal, or in one that is too small', async () => {
    const at = world.copy();
    expect(await surrender(at)).toMatchObject({ exit: 2, code: 'terminal_required' });
    withScreen(at);
    at.terminal = { ...at.terminal, size: () => ({ columns: 79, rows: 24 }) };
    expect((await surrender(at)).code).toBe('terminal_too_small');
    expect(at.head().number).toBe(3);
  });

  test('if the record says another address than the salt gives', async () => {
    const wrong = { ...k1, address: k2.address };
    const at = await makeWorld({
      events: [[issuedEvent([wrong]), [wrong]]],
    });
    await refused(at, 'derivation_mismatch', k2.address);
  });

  test('for a mistyped address, whose right checksum is not told', async () => {
    const at = world.copy();
    withScreen(at);
    const right = withChecksum(k0.address);
    const run = await at.run('surrender', '--address', `${right.slice(0, 81)}AAAAAAAAA`);
    expect(run).toMatchObject({ exit: 2, code: 'usage' });
    expect(run.note.join('\n')).not.toContain(right.slice(81));
  });
});

test('the rule names the key, and whether it was given away', () => {
  const state = newState();
  expect(reviewSurrender(state, k0.address)).toEqual({ ...k0, isAgain: false });
  addVerdicts(state, review(state, requestOf(state, [sweep()])));
  expect(verdictOf(() => reviewSurrender(state, k0.address))).toBe('key_already_signed');
});
