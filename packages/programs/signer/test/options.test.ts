/** Options as they may be typed: a name has no dot and no negation, a whole number is digits. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeWorld, removeTemporaryFolders, uuidOf, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

/** Each of these command lines is refused as usage, and the home stays as it was. */
async function expectUsage(lines: readonly (readonly string[])[]): Promise<void> {
  const before = world.read('home');
  for (const args of lines) {
    const { exit, code, out } = await world.run(...args);
    expect({ args, exit, code, out }).toEqual({ args, exit: 2, code: 'usage', out: [] });
  }
  expect(world.read('home')).toEqual(before);
}

const OUT = ['--out', 'nowhere/out'];
const LOG = ['--last-sequence', '0', '--last-alone', '0'];

/** Commands that lack nothing, and options of theirs. */
const WHOLE: [string, readonly string[], readonly string[]][] = [
  ['init', ['--network', 'private'], ['network', 'scheme', 'label', 'salt-file', 'practice']],
  ['card', OUT, ['label', 'out', 'to', 'speed', 'sequential']],
  ['pair', ['--card', 'file'], ['card', 'revoke', 'confirm', 'from', 'pictures']],
  ['addresses', ['--count', '1', ...OUT], ['count', 'batch', 'out']],
  ['derive', ['--uuid', uuidOf('x')], ['uuid', 'security']],
  ['verify', [], ['sample', 'batch']],
  ['inspect', ['file'], ['slip', 'pictures', 'file']],
  ['sign', ['file', ...OUT], ['confirm', 'slip', 'code-version', 'accept-network']],
  ['void', ['file', ...OUT], ['confirm', 'file', 'out']],
  ['record', OUT, ['out', 'to']],
  ['status', [], ['home', 'passphrase-file', 'json', 'constructor', '__proto__']],
  ['custody', ['--copy', 'a=file', ...OUT], ['copy', 'name', 'out']],
  ['scan', ['--pictures', 'file', ...OUT], ['pictures', 'out']],
  ['spend', ['--input', 'A=1', '--to', 'A', ...OUT], ['input', 'to', 'tag', 'confirm', 'out']],
  ['surrender', ['--address', 'A'], ['address', 'confirm']],
  ['move-out', OUT, ['out', 'again']],
  ['move-in', ['--from', 'file', ...LOG], ['from', 'last-sequence', 'last-alone']],
  ['recover', ['--from', 'file'], ['from']],
  ['resume', ['file', ...LOG], ['files', 'confirm', 'last-sequence', 'last-alone']],
];

describe('usage', () => {
  test.each(WHOLE)('%s: an option negated or with a dot', async (command, whole, options) => {
    const added = options.flatMap((option) => [
      [...whole, `--no-${option}`],
      [...whole, `--${option}.x`, 'a'],
      [...whole, `--${option}.x=a`],
    ]);
    const instead = options.flatMap((option) => {
      const at = whole.indexOf(`--${option}`);
      const others = whole.filter((_, index) => index !== at && index !== at + 1);
      return at < 0
        ? []
        : [
            [...others, `--no-${option}`],
            [...others, `--${option}.x=a`],
          ];
    });
    await expectUsage([...added, ...instead].map((args) => [command, ...args]));
  });

  test.each(['--home.x a status', '--home.x=a status', '--no-home status'])('%s', async (line) => {
    const run = await world.runBare(...line.split(' '));
    expect(run).toMatchObject({ exit: 2, code: 'usage', out: [] });
  });

  const NO_DIGITS = [
    ...['', ' ', '""', '0x0', '-0', '00', '+0', '0.0', '0e0', '1e-400', '-', 'none', '٠'],
    ...['1'.repeat(16)],
  ];

  test.each<[string, readonly string[]]>([
    ['last-alone', ['move-in', '--from', 'file', '--last-sequence', '0']],
    ['last-sequence', ['move-in', '--from', 'file', '--last-alone', '0']],
    ['last-alone', ['resume', 'file', '--last-sequence', '0']],
    ['last-sequence', ['resume', 'file', '--last-alone', '0']],
    ['count', ['addresses', ...OUT]],
  ])('--%s that is not digits, twice, or missing: %j', async (name, args) => {
    const option = `--${name}`;
    await expectUsage([
      ...NO_DIGITS.flatMap((typed) => [
        [...args, option, typed],
        [...args, `${option}=${typed}`],
      ]),
      [...args, option],
      [...args, option, '1', option, '1'],
      args,
    ]);
  });
});
