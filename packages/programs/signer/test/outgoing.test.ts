/** Messages that go out by light: in the terminal, as pictures, as a page; and what is refused. */
import { readdirSync, symlinkSync } from 'node:fs';
import { openPairingCard, UrReceiver } from '@airlock/gap';
import { plansFor, readPicture } from '@airlock/light';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GifReader } from 'omggif';
import { nodeDisk } from '../src/disk.ts';
import type { Terminal } from '../src/environment.ts';
import {
  bundle,
  confirmationOf,
  input,
  KEYS,
  makeWorld,
  own,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  seal,
  type World,
} from './world.ts';

afterAll(removeTemporaryFolders);

let first: World;
let card: Uint8Array;

beforeAll(async () => {
  first = await makeWorld();
  const world = first.copy();
  await world.run('card', '--out', world.path('card'));
  card = world.read('card');
});

/** The message that texts of codes give. */
function messageOf(texts: Iterable<string>): Uint8Array | null {
  const receiver = new UrReceiver('airlock-pairing-card');
  for (const text of texts) {
    const received = receiver.take(text);
    if (received !== null) return received.message;
  }
  return null;
}

describe('pictures', () => {
  test('PNG files in a new folder give the bytes of the file', async () => {
    const world = first.copy();
    const out = world.path('codes');
    const args = ['card', '--to', 'png', '--out', out, '--code-version', '10'];
    expect(await world.run(...args)).toMatchObject({ exit: 0, code: '' });
    const texts = world
      .files('codes')
      .map((name) => readPicture(world.read(`codes/${name}`)) ?? '');
    expect(texts).toHaveLength(4 * plansFor(card)[0].count);
    expect(messageOf(texts)).toEqual(card);
    expect(await world.run(...args)).toMatchObject({ code: 'file_exists' });
  });

  test('a GIF has the codes at the speed that was asked for', async () => {
    const world = first.copy();
    const out = world.path('card.gif');
    await world.run('card', '--to', 'gif', '--out', out, '--speed', '10', '--code-version', '10');
    const gif = new GifReader(world.read('card.gif') as Buffer);
    expect(gif.numFrames()).toBe(4 * plansFor(card)[0].count);
    expect(gif.frameInfo(0).delay).toBe(10);
  });

  test('a page stands alone', async () => {
    const world = first.copy();
    await world.run('card', '--to', 'html', '--out', world.path('card.html'));
    const page = new TextDecoder().decode(world.read('card.html'));
    expect(page).toContain('Airlock pairing-card');
    expect(page).not.toMatch(/https?:/);
  });
});

/** A terminal of so many cells in which these keys are pressed, one a screen. */
function terminalOf(
  size: { columns: number; rows: number } | null,
  keys: readonly (string | null)[],
): { terminal: Partial<Terminal>; screens: (readonly string[] | null)[]; waits: number[] } {
  const screens: (readonly string[] | null)[] = [];
  const waits: number[] = [];
  const left = [...keys];
  const terminal: Partial<Terminal> = {
    size: () => size,
    paint: (lines) => void screens.push(lines),
    key: async (waitMs) => {
      waits.push(waitMs);
      const key = left.shift();
      return key === undefined ? 'q' : key;
    },
  };
  return { terminal, screens, waits };
}

describe('the terminal', () => {
  const WIDE = { columns: 200, rows: 100 };

  test('plays codes at the speed, with keys, until q; then gives the screen back', async () => {
    const world = first.copy();
    const { terminal, screens, waits } = terminalOf(WIDE, [null, '+', '<', ' ', '\u001b[C']);
    world.terminal = terminal;
    const run = await world.run('card', '--to', 'qr', '--code-version', '10');
    expect(run).toMatchObject({ exit: 0, code: '' });
    expect(run.out.join('\n')).toContain('The card was shown');
    expect(screens).toHaveLength(7);
    expect(screens.at(-1)).toBeNull();
    expect(screens[0]?.at(-1)).toContain('1/');
    expect(screens[1]?.at(-1)).toContain('2/');
    expect(waits[0]).toBeCloseTo(1000 / 6);
    expect(waits[2]).toBeCloseTo(1000 / 7);
    expect(waits[4]).toBe(Number.POSITIVE_INFINITY);
  });

  test('offers a file, which is asked for and is the same message', async () => {
    const world = first.copy();
    world.terminal = terminalOf(WIDE, ['f']).terminal;
    world.answers = [world.path('instead')];
    expect((await world.run('card', '--to', 'qr')).exit).toBe(0);
    expect(world.read('instead')).toEqual(card);
    world.answers = [world.path('home/instead')];
    world.terminal = terminalOf(WIDE, ['f']).terminal;
    expect((await world.run('card', '--to', 'qr')).code).toBe('usage');
    world.answers = [];
    world.terminal = terminalOf(WIDE, ['f']).terminal;
    expect((await world.run('card', '--to', 'qr')).code).toBe('usage');
  });

  test('has to be there, and large enough', async () => {
    const world = first.copy();
    for (const [size, code, more] of [
      [null, 'terminal_required', []],
      [{ columns: 80, rows: 24 }, 'terminal_too_small', []],
      [{ columns: 85, rows: 43 }, 'terminal_too_small', ['--code-version', '16']],
    ] as const) {
      world.terminal = terminalOf(size, []).terminal;
      expect(await world.run('card', '--to', 'qr', ...more)).toMatchObject({ exit: 2, code });
    }
  });

  test('shows a response that the record keeps: asked again, it is the same', async () => {
    const world = first.copy();
    const [from, to] = KEYS as [(typeof KEYS)[number], (typeof KEYS)[number]];
    const file = seal(requestOf(world.state(), [bundle(input(from, 9n), own(to, 9n))]));
    world.terminal = terminalOf(WIDE, ['\u0003']).terminal;
    const path = world.write('request', file);
    world.answers = [confirmationOf(file)];
    expect((await world.run('sign', path, '--to', 'qr')).exit).toBe(0);
    const again = await world.sign(file, 'again');
    expect(again.out.join()).toContain('was signed before');
    expect(world.read('again').length).toBeGreaterThan(1000);
  });
});

describe('refused before anything is recorded', () => {
  test.each([
    [['addresses', '--count', '2', '--to', 'qr', '--out', 'x'], 'usage'],
    [['addresses', '--count', '2', '--to', 'gif'], 'usage'],
    [['addresses', '--count', '2', '--out', 'x', '--speed', '5'], 'usage'],
    [['addresses', '--count', '2', '--to', 'qr', '--speed', '13'], 'usage'],
    [['addresses', '--count', '2', '--to', 'qr', '--code-version', '28'], 'usage'],
    [['addresses', '--count', '2', '--to', 'paper', '--out', 'x'], 'usage'],
    [['addresses', '--count', '2', '--to', 'qr'], 'terminal_required'],
  ])('%j', async (args, code) => {
    const world = first.copy();
    expect((await world.run(...args)).code).toBe(code);
    expect(world.head()).toEqual(first.head());
  });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true }).map(String).sort();

describe('into the home through a link: refused, and nothing is written', () => {
  const ADDRESSES = ['addresses', '--count', '1', '--out'];

  test.each<[string, string, readonly string[]]>([
    ['a folder that leads to its requests', 'home/requests', [...ADDRESSES, '@/00000005.response']],
    ['a folder that leads to the home', 'home', ['card', '--out', '@/card']],
    ['a folder that leads above it', '.', ['card', '--out', '@/home/card']],
    ['a name that leads to one of its files', 'home/secret', ['card', '--out', '@']],
    ['a folder of pictures', 'home/requests', ['card', '--to', 'png', '--out', '@']],
    ['pictures in such a folder', 'home', ['card', '--to', 'png', '--out', '@/pictures']],
    ['the folder of a hand-over', 'home', ['move-out', '--out', '@']],
    ['a hand-over in such a folder', 'home', ['move-out', '--out', '@/out']],
    ['the way back from such a folder', 'home/requests', [...ADDRESSES, '@/../record/00000005']],
    ['a folder made on that way', 'home/requests', ['move-out', '--out', '@/../out']],
  ])('%s', async (_, to, args) => {
    const world = first.copy();
    nodeDisk.makeFolder(world.path('record'));
    symlinkSync(world.path(to), world.path('link'));
    const home = filesBelow(world.home);
    const run = await world.run(...args.map((arg) => arg.replace('@', world.path('link'))));
    expect(run).toMatchObject({ exit: 2, code: 'usage', out: [] });
    expect(filesBelow(world.home)).toEqual(home);
    expect(world.files('record')).toEqual([]);
    expect(world.head()).toEqual(first.head());
  });

  test('a home that is itself named by a link', async () => {
    const world = first.copy();
    symlinkSync(world.home, world.path('link'));
    const common = ['--home', world.path('link'), '--passphrase-file', world.path('passphrase')];
    for (const folder of ['home', 'link']) {
      const run = await world.runBare(...common, 'card', '--out', world.path(`${folder}/card`));
      expect(run).toMatchObject({ exit: 2, code: 'usage' });
    }
    expect(nodeDisk.exists(world.path('home/card'))).toBe(false);
  });
});

test('a message that codes cannot carry says so after it was recorded, and can be had as a file', async () => {
  const world = first.copy();
  world.terminal = terminalOf({ columns: 200, rows: 100 }, []).terminal;
  const run = await world.run('addresses', '--count', '3000', '--to', 'qr');
  expect(run).toMatchObject({ exit: 3, code: 'too_long' });
  const { length } = world.state().batches;
  const again = ['addresses', '--batch', String(length), '--out', world.path('batch')];
  expect((await world.run(...again)).exit).toBe(0);
});

test('the card that is shown is this signer’s', () => {
  expect(openPairingCard(card).publicKey).toEqual(SIGNER.publicKey);
});
