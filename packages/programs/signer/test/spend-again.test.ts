/** The same spend again: the stored bytes, made again where they are damaged, and no second hash. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keepAlone, openAlone } from '../src/alone-store.ts';
import { nodeDisk } from '../src/disk.ts';
import { OTHER_PAYEE, PAYEE, type SpendArgs, spend, target, trytesOf } from './alone.ts';
import {
  k0,
  k2,
  k3,
  makeWorld,
  NOW,
  removeTemporaryFolders,
  requestOf,
  seal,
  sweep,
  type World,
} from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('asked again', () => {
  test('the very same spend gives the stored bytes, at whatever time, and needs no slip', async () => {
    const at = world.copy();
    const payees = [target(PAYEE, 4n), target(OTHER_PAYEE)];
    const inputs = [target(k0.address, 5n), target(k2.address, 5n)];
    await spend(at, { payees, inputs });
    const head = at.head();
    at.now = () => NOW + 86_400_000;
    const options = [
      { payees, inputs },
      { payees, inputs, slips: [] },
      { payees: [target(OTHER_PAYEE, 6n), target(PAYEE)], inputs: [...inputs].reverse() },
    ];
    for (const [index, option] of options.entries()) {
      const run = await spend(at, {
        ...option,
        out: `again-${index}`,
        confirm: 'NONE',
        more: ['--json'],
      });
      expect(run).toMatchObject({ exit: 0 });
      expect(JSON.parse(run.out.join(''))).toMatchObject({ alreadySigned: true, entry: 4 });
      expect(hex(at.read(`again-${index}`))).toBe(hex(at.read('trytes')));
    }
    expect(at.head()).toEqual(head);
  });

  test.each<[string, SpendArgs]>([
    ['another payee', { payees: [target(OTHER_PAYEE)] }],
    ['another amount', { inputs: [target(k0.address, 6n)] }],
    ['another tag', { more: ['--tag', 'A'] }],
    ['one more input', { inputs: [target(k2.address, 5n), target(k0.address, 5n)] }],
  ])('with %s it is a second hash: refused', async (_, options) => {
    const at = world.copy();
    await spend(at);
    expect(await spend(at, { ...options, out: 'second' })).toMatchObject({
      exit: 3,
      code: 'key_already_signed',
    });
    expect(nodeDisk.exists(at.path('second'))).toBe(false);
    expect(at.head().number).toBe(4);
  });

  test('without its stored answer it is made again, confirmed, with the same bytes', async () => {
    const at = world.copy();
    await spend(at);
    nodeDisk.remove(at.path('home/requests/00000004.alone'));
    at.now = () => NOW + 86_400_000;
    expect((await spend(at, { out: 'no', confirm: 'NONE' })).code).toBe('confirmation_wrong');
    expect((await spend(at, { out: 'again' })).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(hex(at.read('trytes')));
    expect(at.head().number).toBe(4);
  });

  test.each(['missing', 'damaged', 'another'])(
    'with a plan that is %s, it is refused',
    async (how) => {
      const at = world.copy();
      await spend(at);
      nodeDisk.remove(at.path('home/requests/00000004.alone'));
      const plan = at.path('home/requests/00000004.spend');
      if (how === 'missing') nodeDisk.remove(plan);
      if (how === 'damaged') nodeDisk.replace(plan, Buffer.from('junk'));
      if (how === 'another') {
        const other = world.copy();
        other.now = () => NOW + 60_000;
        await spend(other);
        nodeDisk.replace(plan, other.read('home/requests/00000004.spend'));
      }
      at.now = () => NOW + 86_400_000;
      expect((await spend(at, { out: 'again' })).code).toBe('key_already_signed');
    },
  );

  test('by a request it is refused, and a spend of what a request signed as well', async () => {
    const at = world.copy();
    await spend(at);
    expect((await at.sign(seal(requestOf(at.state(), [sweep()])))).code).toBe('key_already_signed');
    await at.sign(seal(requestOf(at.state(), [sweep(k2, k3)])));
    expect((await spend(at, { inputs: [target(k2.address, 5n)], out: 'x' })).code).toBe(
      'key_already_signed',
    );
  });

  test('the path holds something else: refused before anything is recorded', async () => {
    const at = world.copy();
    at.write('trytes', 'something else');
    expect(await spend(at)).toMatchObject({ exit: 5, code: 'file_exists' });
    expect(at.head().number).toBe(3);
  });
});

describe('a kept answer that is not what was signed never leaves', () => {
  const KEPT = 'home/requests/00000004.alone';

  /** Spoils what was kept of a spend: the same good bytes come again, once it is confirmed. */
  async function healed(spoil: (at: World) => void): Promise<void> {
    const at = world.copy();
    await spend(at);
    const kept = hex(at.read(KEPT));
    spoil(at);
    expect(hex(at.read(KEPT)) === kept).toBe(false);
    const refused = await spend(at, { out: 'again', confirm: 'NONE' });
    expect(refused).toMatchObject({ exit: 2, code: 'confirmation_wrong' });
    expect(nodeDisk.exists(at.path('again'))).toBe(false);
    expect((await spend(at, { out: 'again' })).exit).toBe(0);
    expect(hex(at.read('again'))).toBe(hex(at.read('trytes')));
    expect(hex(at.read(KEPT))).toBe(kept);
    expect(at.head().number).toBe(4);
  }

  /** Keeps another answer with the same entry. */
  function keepOther(at: World, answer: Uint8Array): void {
    const { entry } = openAlone(at.read(KEPT));
    keepAlone(nodeDisk, at.home, { entryNumber: 4, entry, answer });
  }

  test.each([
    ['its bundle hash', '"bundleHash":"', 20],
    ['the payee', '"trytes":["', 2200],
    ['the signature', '"],"record', -2000],
    ['its record', '"record":["', 20],
    ['its end', ']}\n', 2],
  ])('with a bit of %s flipped', async (_, place, offset) => {
    await healed((at) => {
      const kept = Buffer.from(at.read(KEPT));
      expect(kept.includes(place)).toBe(true);
      kept[kept.indexOf(place) + offset]! ^= 1;
      nodeDisk.replace(at.path(KEPT), kept);
    });
  });

  test('with a bit of its entry flipped', async () => {
    await healed((at) => {
      const { entry, answer } = openAlone(at.read(KEPT));
      const signature = entry.signature.slice();
      signature[0]! ^= 1;
      keepAlone(nodeDisk, at.home, { entryNumber: 4, entry: { ...entry, signature }, answer });
    });
  });

  test('but is another text altogether', async () => {
    await healed((at) => keepOther(at, Buffer.from('anything')));
  });

  test('but is a sound spend of the same key to another payee', async () => {
    const other = world.copy();
    await spend(other, { payees: [target(OTHER_PAYEE)] });
    await healed((at) => keepOther(at, other.read('trytes')));
  });

  test('but lacks its record', async () => {
    await healed((at) => {
      const { bundleHash, trytes } = trytesOf(at);
      keepOther(at, Buffer.from(`${JSON.stringify({ bundleHash, trytes, record: [] })}\n`));
    });
  });
});
