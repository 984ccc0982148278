/** Messages that come in by light: lines, pictures, a folder that fills; junk, forgeries, what is missing. */
import { join } from 'node:path';
import { sealPairingCard } from '@airlock/gap';
import { Animation, encodePng } from '@airlock/light';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  bundle,
  COORDINATOR,
  confirmationOf,
  input,
  KEYS,
  makeWorld,
  own,
  removeTemporaryFolders,
  requestOf,
  STRANGER,
  seal,
  type World,
} from './world.ts';

afterAll(removeTemporaryFolders);

let first: World;
let request: Uint8Array;

beforeAll(async () => {
  first = await makeWorld();
  const [from, to] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]];
  request = seal(requestOf(first.state(), [bundle(input(from, 9n), own(to, 9n))]));
});

const textsOf = (file: Uint8Array, version = 10): string[] =>
  [...new Animation(file, { version, mode: 'chosen' }).frames()].map(({ text }) => text);

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** Signs what the lines hold, in a world of its own. */
async function signLines(lines: readonly string[], file = request) {
  const world = first.copy();
  world.terminal = { lines: () => linesOf(lines) };
  const out = world.path('response');
  const run = await world.run(
    ...['sign', '--from', 'qr', '--out', out, '--confirm', confirmationOf(file)],
  );
  return { world, run };
}

describe('lines', () => {
  test('give the same response as the file does', async () => {
    const byFile = first.copy();
    expect((await byFile.sign(request)).exit).toBe(0);
    const { world, run } = await signLines(textsOf(request));
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(world.read('response')).toEqual(byFile.read('response'));
  });

  test('may be any K of the codes, among junk and codes of other files', async () => {
    const texts = textsOf(request);
    const K = texts.length / 4;
    const card = sealPairingCard(
      { role: 'coordinator', network: 'private', label: 'other', keyring: null },
      COORDINATOR,
    );
    const lines = texts.slice(2 * K + 1, 3 * K + 1).flatMap((text) => ['WIFI:S:guest;;', text]);
    const { run } = await signLines([...textsOf(card), ...lines]);
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note.join('\n')).toContain('type_unexpected');
  });

  test('of a forger are passed over until the true ones come', async () => {
    const [from, to] = KEYS.slice(4) as [(typeof KEYS)[number], (typeof KEYS)[number]];
    const bundles = [bundle(input(from, 9n), own(to, 9n))];
    const forged = seal(requestOf(first.state(), bundles), STRANGER);
    const { run } = await signLines([...textsOf(forged), ...textsOf(request)]);
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note.join('\n')).toContain('key_unknown');
    const alone = await signLines(textsOf(forged));
    expect(alone.run).toMatchObject({ exit: 3, code: 'key_unknown' });
    expect(alone.world.head()).toEqual(first.head());
  });

  test('that end too early are refused with what is missing', async () => {
    const texts = textsOf(request);
    const { run, world } = await signLines(texts.slice(0, texts.length / 4 - 2));
    expect(run).toMatchObject({ exit: 3, code: 'transfer_incomplete' });
    expect(run.note.join('\n')).toContain('2 are missing');
    expect(world.head()).toEqual(first.head());
    const none = await signLines([]);
    expect(none.run.code).toBe('transfer_incomplete');
    expect(none.run.note.join('\n')).toContain('no code of an Airlock file was seen');
  });

  test('bring a card to pair with, and anything to inspect', async () => {
    const world = first.copy();
    const card = sealPairingCard(
      { role: 'coordinator', network: 'private', label: 'other', keyring: null },
      STRANGER,
    );
    world.terminal = { lines: () => linesOf(textsOf(card)) };
    const seen = await world.run('inspect', '--from', 'qr', '--json');
    expect(JSON.parse(seen.out.join(''))).toMatchObject({ type: 'pairing-card' });
    world.answers = ['able able able able'];
    expect(await world.run('pair', '--from', 'qr')).toMatchObject({ code: 'confirmation_wrong' });
  });
});

describe('pictures', () => {
  const VERSION = 12;
  let animation: Animation;

  beforeAll(() => {
    animation = new Animation(request, { version: VERSION, mode: 'chosen' });
  });

  /** Writes the picture of one code into a folder. */
  function shoot(world: World, folder: string, at: number): string {
    if (!world.disk.exists(world.path(folder))) world.disk.makeFolder(world.path(folder));
    return world.write(join(folder, `${at}.png`), encodePng(animation.frame(at).matrix, 3));
  }

  const signFrom = (world: World, ...paths: string[]) =>
    world.run(
      ...['sign', '--from', 'qr', '--out', world.path('response')],
      ...['--confirm', confirmationOf(request), '--pictures', ...paths],
    );

  test('are read in any order; what is no picture, or has no code, is named', async () => {
    const world = first.copy();
    const { count } = animation;
    const paths = Array.from({ length: count }, (_, at) => shoot(world, 'shots', 2 * count - at));
    const junk = world.write('junk.png', 'no picture');
    const run = await signFrom(world, junk, ...paths);
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.note.join('\n')).toContain('junk.png: expected a PNG');
    expect((await signFrom(world.copy(), world.path('nowhere'))).code).toBe('path_missing');
  });

  test('appear in a folder one by one, the last one half written at first', async () => {
    const world = first.copy();
    world.disk.makeFolder(world.path('camera'));
    const whole = encodePng(animation.frame(animation.count - 1).matrix, 3);
    let looks = 0;
    world.terminal = {
      key: async () => {
        if (looks < animation.count - 1) shoot(world, 'camera', looks);
        if (looks === animation.count) world.write('camera/z.png', whole.slice(0, 900));
        if (looks === animation.count + 2) world.write('camera/z.png', whole);
        looks += 1;
        return null;
      },
    };
    expect(await signFrom(world, world.path('camera'))).toMatchObject({ exit: 0, code: '' });
    expect(looks).toBe(animation.count + 3);
  });

  test('of a folder are waited for until a key ends it', async () => {
    const world = first.copy();
    shoot(world, 'camera', 0);
    const keys = [null, null, 'q'];
    world.terminal = { key: async () => keys.shift() ?? null };
    const run = await signFrom(world, world.path('camera'));
    expect(run).toMatchObject({ exit: 3, code: 'transfer_incomplete' });
    expect(keys).toEqual([]);
  });
});

describe('the command line', () => {
  test.each([
    [['sign', 'file', '--from', 'qr', '--out', 'x']],
    [['sign', '--out', 'x']],
    [['sign', 'file', '--pictures', 'p.png', '--out', 'x']],
    [['pair', '--card', 'c', '--from', 'qr']],
    [['pair', '--from', 'qr', '--revoke', '00000000']],
    [['inspect']],
  ])('%j is a usage error', async (args) => {
    expect(await first.copy().run(...args)).toMatchObject({ exit: 2, code: 'usage' });
  });
});
