/**
 * A faulty signature never leaves. There is no seam for one but the independent implementation itself:
 * it is handed each signature with one trit changed, as a faulty chip would have made it.
 */
import { afterAll, expect, jest, test } from '@jest/globals';

let isFaulty = true;

const real = (await import('@iota/signing')).default;
jest.unstable_mockModule('@iota/signing', () => ({
  default: {
    ...real,
    validateSignatures: (address: Int8Array, fragments: Int8Array[], hash: Int8Array) => {
      const seen = fragments.map((fragment) => fragment.slice());
      const [first] = seen;
      if (isFaulty && first !== undefined) first[5] = first[5] === 1 ? 0 : 1;
      return real.validateSignatures(address, seen, hash);
    },
  },
}));

const { nodeDisk } = await import('../src/disk.ts');
const { bundle, input, KEYS, makeWorld, own, removeTemporaryFolders, requestOf, seal } =
  await import('./world.ts');

afterAll(removeTemporaryFolders);

test('a signature that @iota/signing does not accept is not released; a sound machine signs later', async () => {
  const world = await makeWorld();
  const slots = bundle(input(KEYS[0]!, 5n), own(KEYS[1]!, 5n));
  const file = seal(requestOf(world.state(), [slots]));
  expect(await world.sign(file)).toMatchObject({ exit: 3, code: 'signature_faulty', out: [] });
  expect(world.files()).toEqual([]);
  expect(nodeDisk.exists(world.path('response'))).toBe(false);
  // The verdict stands in the record: the key may sign this hash and no other.
  expect(world.head().number).toBe(4);
  const other = bundle(input(KEYS[0]!, 5n), own(KEYS[2]!, 5n));
  const second = seal(requestOf(world.state(), [other]));
  expect((await world.sign(second, 'second')).code).toBe('key_already_signed');
  isFaulty = false;
  expect((await world.sign(file)).exit).toBe(0);
  expect(world.head().number).toBe(4);
});
