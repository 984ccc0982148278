/** `scan`: the file that codes carry, as it was; nothing else is written. */
import { Animation, encodePng, htmlSheet } from '@airlock/light';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { k0, k1, level3, makeWorld, removeTemporaryFolders, slipOf, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(removeTemporaryFolders);

const slip = slipOf([k0, k1, level3]);
const frames = [...new Animation(slip, { version: 12, mode: 'sequential' }).frames()];

const lines = async function* (): AsyncGenerator<string> {
  for (const { text } of frames) yield text;
};

test('a slip on paper becomes the file that it was printed from, which sign and custody take', async () => {
  const at = world.copy();
  // A printed sheet holds pictures; one of them is damaged, and there is one to spare.
  const sheet = htmlSheet(frames.slice(0, 8), { title: 'slip', lines: [] });
  const pictures = [...sheet.matchAll(/base64,([^"]+)"/g)].map(([, text], place) =>
    at.write(`photo-${place}.png`, new Uint8Array(Buffer.from(text!, 'base64'))),
  );
  expect(pictures).toHaveLength(8);
  const out = at.path('slip');
  const run = await at.run('scan', '--out', out, '--json', '--pictures', ...pictures.slice(1));
  expect(run).toMatchObject({ exit: 0, code: '' });
  expect(JSON.parse(run.out.join('\n'))).toEqual({
    file: out,
    type: 'custody-slip',
    bytes: slip.length,
  });
  expect(Buffer.from(at.read('slip')).equals(slip)).toBe(true);
  const receipt = ['--out', at.path('receipt')];
  expect(await at.run('custody', '--copy', `paper=${out}`, ...receipt)).toMatchObject({ exit: 0 });
  expect(at.head()).toEqual(world.head());
});

test('lines of a scanner do as well', async () => {
  const at = world.copy();
  at.terminal = { lines };
  expect(await at.run('scan', '--out', at.path('slip'))).toMatchObject({ exit: 0, code: '' });
  expect(Buffer.from(at.read('slip')).equals(slip)).toBe(true);
});

test('too few codes, or a file that is there, are refused; the home takes nothing', async () => {
  const at = world.copy();
  const [first] = frames as [(typeof frames)[number]];
  const picture = at.write('one.png', encodePng(first.matrix, 4));
  const some = await at.run('scan', '--out', at.path('slip'), '--pictures', picture);
  expect(some.code).toBe('transfer_incomplete');
  const other = at.write('other', new Uint8Array(3));
  at.terminal = { lines };
  expect((await at.run('scan', '--out', other)).code).toBe('file_exists');
  expect((await at.run('scan', '--out', `${at.home}/slip`)).code).toBe('usage');
});
