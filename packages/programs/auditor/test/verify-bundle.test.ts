/** Bundle rules that no file can break alone, since its shape would be refused before. */
import { expect, test } from '@jest/globals';
import { findBundleFaults } from '../src/messages/verify-bundle.ts';
import { inputSlots, keyOf, ownSlot, slotOf } from './world.ts';

const a = await keyOf(1);
const b = await keyOf(2);
const HARMLESS = '9'.repeat(81);
const codesOf = (slots: Parameters<typeof findBundleFaults>[0]): string[] =>
  findBundleFaults(slots, HARMLESS).map(({ code }) => code);

test('bundle_last_trit: an address with a value whose last trit is not 0', () => {
  const address = `${a.address.slice(0, 80)}M`;
  expect(codesOf([...inputSlots(b, 5n), ownSlot({ ...a, address }, 5n)])).toEqual([
    'bundle_last_trit',
  ]);
});

test('a bundle without an input is refused by its slots', () => {
  expect(codesOf([slotOf(a.address, 0n, { kind: 'fragment' })])).toEqual([
    'bundle_slots',
    'bundle_slots',
  ]);
});

test('a sound bundle has no fault', () => {
  expect(codesOf([...inputSlots(a, 5n), ownSlot(b, 5n)])).toEqual([]);
});
