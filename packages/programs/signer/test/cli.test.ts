/** The command line: help, one JSON object, exit codes, and every kind of bad input by name. */

import { sealPairingCard } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  bundle,
  COORDINATOR,
  confirmationOf,
  input,
  KEYS,
  makeWorld,
  own,
  type Run,
  removeTemporaryFolders,
  requestOf,
  STRANGER,
  seal,
  temporaryFolder,
  uuidOf,
  World,
} from './world.ts';

const COMMANDS = [
  ...['init', 'card', 'pair', 'addresses', 'derive', 'inspect', 'sign', 'record', 'status'],
] as const;

let world: World;
let file: Uint8Array;

beforeAll(async () => {
  world = await makeWorld();
  file = seal(requestOf(world.state(), [bundle(input(KEYS[0]!, 5n), own(KEYS[1]!, 5n))]));
  world.write('request', file);
  world.write('junk', 'junk');
  world.write('empty', '');
  world.write('long', 'x'.repeat(5_000));
  nodeDisk.makeFolder(world.path('folder'));
  const card = { role: 'coordinator', network: 'private', label: 'Desk', keyring: null } as const;
  world.write('card', sealPairingCard(card, STRANGER));
});

afterAll(removeTemporaryFolders);

/** yargs writes help to the console. */
async function help(...args: string[]): Promise<{ run: Run; text: string }> {
  const lines: unknown[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  try {
    const run = await world.runBare(...args);
    return { run, text: lines.join('\n') };
  } finally {
    log.mockRestore();
  }
}

describe('--help', () => {
  test('lists all commands and the exit codes', async () => {
    const { run, text } = await help('--help');
    expect(run.exit).toBe(0);
    for (const command of COMMANDS)
      expect(text).toMatch(new RegExp(`airlock-signer ${command}\\b`));
    expect(text).toContain('Exit codes: 0 done, 2 usage, 3 refused');
    expect(text).toContain('airlock-signer --home /secure/hot init --network mainnet');
  });

  test.each(COMMANDS)('of %s shows an example', async (command) => {
    const { run, text } = await help(command, '--help');
    expect(run).toMatchObject({ exit: 0, note: [] });
    expect(text).toMatch(new RegExp(`Examples:\\s+airlock-signer --home /secure/hot ${command}`));
  });

  test('cuts no example, however long', async () => {
    const { text } = await help('move-in', '--help');
    expect(text).toMatch(/move-in --from \/media\/stick\/hot --last-sequence 12 --last-alone 0$/m);
  });
});

describe('--json', () => {
  test('prints one object on standard output for every command', async () => {
    const at = world.copy();
    at.write('card', world.read('card'));
    const runs: Record<string, Run> = {};
    const run = async (name: string, ...args: string[]): Promise<void> => {
      runs[name] = await at.run(name, ...args, '--json');
    };
    await run('card', '--out', at.path('own.card'));
    at.answers = [];
    await run('pair', '--card', at.path('card'), '--confirm', 'x');
    expect(runs.pair).toMatchObject({ exit: 2, code: 'confirmation_wrong', out: [] });
    await run('pair', '--revoke', Buffer.from(COORDINATOR.publicKey).toString('hex').slice(0, 8));
    await run('addresses', '--count', '1', '--out', at.path('batch'));
    await run('derive', '--uuid', uuidOf('any'));
    await run('inspect', at.path('batch'));
    await run('record', '--out', at.path('record'));
    await run('status');
    runs.sign = await world.copy().sign(file, 'response', '--json');
    expect(Object.keys(runs).sort()).toEqual(COMMANDS.filter((name) => name !== 'init').sort());
    for (const { exit, out } of Object.values(runs)) {
      expect(exit).toBe(0);
      expect(out).toHaveLength(1);
      expect(typeof JSON.parse(out[0]!)).toBe('object');
    }
  });

  test('given as --json=true is the same', async () => {
    const { out } = await world.run('status', '--json=true');
    expect(JSON.parse(out.join(''))).toMatchObject({ issued: 40, batches: 1, practice: false });
  });

  test('prints an error as one object on standard error, with code and next step', async () => {
    const { out, note, exit } = await world.run('inspect', world.path('junk'), '--json');
    expect({ out, exit, lines: note.length }).toEqual({ out: [], exit: 3, lines: 1 });
    const { error } = JSON.parse(note[0]!);
    expect(Object.keys(error)).toEqual(['code', 'message', 'next']);
    expect(error.next.length).toBeGreaterThan(10);
  });
});

describe('bad input', () => {
  const bad = async (exit: number, code: string, args: readonly string[]): Promise<void> => {
    const at = world.copy();
    const before = at.read('home/record');
    const run = await at.run(...args.map((arg) => arg.replace('@', `${at.folder}/`)));
    expect({ args, exit: run.exit, code: run.code }).toEqual({ args, exit, code });
    expect(run.out).toEqual([]);
    expect(run.note.join('\n')).toMatch(/what to do: .{10}/);
    expect(at.read('home/record')).toEqual(before);
    expect(at.files()).toEqual([]);
    expect(nodeDisk.exists(at.path('home/lock'))).toBe(false);
  };

  const OUT = ['--out', '@new'];
  test.each<[string, readonly string[]]>([
    ['no command', []],
    ['an unknown command', ['frobnicate']],
    ['an unknown option', ['status', '--colour', 'red']],
    ['a surplus word', ['status', 'now']],
    ['a missing option', ['addresses', '--count', '1']],
    ['a missing file', ['sign', ...OUT]],
    ['an option twice', ['card', ...OUT, '--out', '@other']],
    ['an option without its value', ['card', '--out']],
    ['an empty option', ['card', '--out', '']],
    ['a home given twice', ['status', '--home', '@home']],
    ['a word for a number', ['addresses', '--count', 'many', ...OUT]],
    ['no number', ['addresses', '--count', 'NaN', ...OUT]],
    ['a fraction', ['addresses', '--count', '1.5', ...OUT]],
    ['count 0', ['addresses', '--count', '0', ...OUT]],
    ['a negative count', ['addresses', '--count=-1', ...OUT]],
    ['a count over the limit', ['addresses', '--count', '250001', ...OUT]],
    ['a count beyond exact numbers', ['addresses', '--count', '9007199254740993', ...OUT]],
    ['neither count nor batch', ['addresses', ...OUT]],
    ['both count and batch', ['addresses', '--count', '1', '--batch', '1', ...OUT]],
    ['a level that is none', ['derive', '--uuid', uuidOf('x'), '--security', '4']],
    ['a level twice', ['derive', '--uuid', uuidOf('x'), '--security', '1', '--security', '2']],
    ['a label too long', ['card', ...OUT, '--label', 'x'.repeat(65)]],
    ['a label with an escape', ['card', ...OUT, '--label', '\u001b[2J']],
    ['neither card nor revoke', ['pair']],
    ['both card and revoke', ['pair', '--card', '@card', '--revoke', '0123456789']],
  ])('%s: usage', async (_, args) => {
    await bad(2, 'usage', args);
  });

  test.each<[string, number, string, readonly string[]]>([
    ['a UUID of 63 characters', 2, 'uuid_malformed', ['derive', '--uuid', 'x'.repeat(63)]],
    ['a file that is not there', 5, 'path_missing', ['inspect', '@none']],
    ['a folder that is not there', 5, 'path_missing', ['card', '--out', '@none/card']],
    ['a folder as the file to write', 5, 'file_exists', ['card', '--out', '@folder']],
    ['another file in the place', 5, 'file_exists', ['card', '--out', '@junk']],
    ['a folder as the file to read', 3, 'file_invalid', ['inspect', '@folder']],
    ['a folder as the request', 3, 'file_invalid', ['sign', '@folder', ...OUT]],
    ['text as the request', 3, 'envelope_malformed', ['sign', '@junk', ...OUT]],
    ['an empty request', 3, 'cbor_truncated', ['sign', '@empty', ...OUT]],
    ['a card as the request', 3, 'type_unexpected', ['sign', '@card', ...OUT]],
    ['a request as the card', 3, 'type_unexpected', ['pair', '--card', '@request']],
    ['a batch that was never made', 3, 'batch_unknown', ['addresses', '--batch', '2', ...OUT]],
    ['batch 0', 3, 'batch_unknown', ['addresses', '--batch', '0', ...OUT]],
    ['a key that is not paired', 3, 'not_paired', ['pair', '--revoke', '00000000']],
    ['too few digits of a key', 3, 'not_paired', ['pair', '--revoke', '8']],
  ])('%s: exit %d, %s', async (...row) => {
    const [, exit, code, args] = row;
    await bad(exit, code, args);
  });

  test('a passphrase file that is missing, a folder, too long, empty or wrong is named as such', async () => {
    const codes: Record<string, string> = {};
    for (const name of ['none', 'folder', 'long', 'empty', 'junk']) {
      const args = ['--home', world.home, '--passphrase-file', world.path(name)];
      const run = await world.runBare(...args, 'derive', '--uuid', uuidOf('x'));
      expect(run.out).toEqual([]);
      codes[name] = `${run.exit} ${run.code}`;
    }
    expect(codes).toEqual({
      none: '5 path_missing',
      folder: '3 file_invalid',
      long: '3 file_invalid',
      empty: '2 passphrase_wrong',
      junk: '2 passphrase_wrong',
    });
  });

  test('nobody to type the passphrase: passphrase_required; typed, it opens the home', async () => {
    const at = world.copy();
    const args = ['--home', at.home, 'derive', '--uuid', uuidOf('x')];
    expect(await at.runBare(...args)).toMatchObject({ exit: 2, code: 'passphrase_required' });
    at.answers = ['six random words are good'];
    expect((await at.runBare(...args)).exit).toBe(0);
  });

  test('a home that is missing: home_missing, without asking for anything', async () => {
    for (const args of [['status'], ['record'], ['inspect', world.path('card')]]) {
      const run = await world.runBare('--home', world.path('none'), ...args);
      expect(run).toMatchObject({ exit: 4, code: 'home_missing' });
    }
  });

  test.each([['status'], ['init', '--network', 'private'], ['recover', '--from', '@home']])(
    'a home that is a file: usage (%s)',
    async (...args) => {
      const home = world.path('junk');
      const run = await world.runBare('--home', home, ...args);
      expect(run).toMatchObject({ exit: 2, code: 'usage' });
      expect(run.note.join('\n')).toContain(`expected a folder, but ${home} is a file`);
    },
  );

  test('--confirm on mainnet: confirm_on_mainnet; typed words are taken', async () => {
    const at = await makeWorld({ network: 'mainnet' });
    const keys = [KEYS[0]!, KEYS[1]!] as const;
    const slots = bundle(input(keys[0], 5n), own(keys[1], 5n));
    const request = seal(requestOf(at.state(), [slots], { network: 'mainnet' }));
    expect(await at.sign(request)).toMatchObject({ exit: 2, code: 'confirm_on_mainnet' });
    at.answers = [`  ${confirmationOf(request).toUpperCase().replaceAll(' ', ', ')} `];
    const run = await at.run('sign', at.path('response.request'), '--out', at.path('response'));
    // KEYS are those of network private, so that mainnet derives others.
    expect(run).toMatchObject({ exit: 3, code: 'derivation_mismatch' });
  });

  test('an error that is no fault of the input: defect, exit 1', async () => {
    const at = world.copy();
    at.random = () => new Uint8Array(3);
    const run = await at.run('addresses', '--count', '1', '--out', at.path('new'));
    expect(run).toMatchObject({ exit: 1, out: [] });
    expect(run.note.join('\n')).toContain('refused (defect)');
  });
});

test('no line holds a control character, whatever a path or a value holds', async () => {
  const at = world.copy();
  const name = 'a\u001b[2J\u0007\u009b1m\u202e\r\nb';
  at.write(name, 'junk');
  const runs = [
    await at.run('inspect', at.path(name)),
    await at.run('inspect', at.path(`${name}none`), '--json'),
    await at.run('card', '--out', at.path(`${name}.card`)),
    await at.run(name),
    await at.run('status', `--${name}`),
    await at.sign(file, name),
  ];
  for (const { out, note } of runs) {
    expect([...out, ...note].length).toBeGreaterThan(0);
    for (const line of [...out, ...note]) {
      expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  }
});

test('every screen of a practice signer begins by saying so', async () => {
  const practice = await makeWorld({ practice: true });
  const banner = /^\*\*\* PRACTICE SIGNER/;
  const request = seal(
    requestOf(practice.state(), [bundle(input(KEYS[0]!, 5n), own(KEYS[1]!, 5n))]),
  );
  const prefix = Buffer.from(COORDINATOR.publicKey).toString('hex').slice(0, 8);
  practice.write('card', world.read('card'));
  practice.write('request', request);
  const runs = [
    await practice.run('status'),
    await practice.run('record'),
    await practice.run('card', '--out', practice.path('own.card')),
    await practice.run('addresses', '--count', '1', '--out', practice.path('batch')),
    await practice.run('derive', '--uuid', uuidOf('x')),
    await practice.run('inspect', practice.path('request')),
    await practice.run('inspect', practice.path('batch')),
    await practice.run('inspect', practice.path('card')),
    await practice.sign(request),
    await practice.run('inspect', practice.path('response')),
    await practice.run('pair', '--revoke', prefix),
  ];
  for (const { exit, out } of runs) {
    expect(exit).toBe(0);
    expect(out[0]).toMatch(banner);
  }
  expect(runs[8]!.note[1]).toMatch(banner);
  practice.answers = ['wrong'];
  const pairing = await practice.run('pair', '--card', practice.path('card'));
  expect(pairing.note[0]).toMatch(banner);
  for (const args of [
    ['status'],
    ['addresses', '--batch', '1', '--out', practice.path('again')],
    ['sign', practice.path('request'), '--out', practice.path('again.response')],
  ]) {
    const { out } = await practice.run(...args, '--json');
    if (out.length > 0) expect(JSON.parse(out[0]!)).toMatchObject({ practice: true });
  }
  const fresh = new World(temporaryFolder());
  const made = await fresh.run('init', '--network', 'private', '--practice');
  expect(made.out[0]).toMatch(banner);
});
