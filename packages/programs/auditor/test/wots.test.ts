/** Bundle hashes and signatures by @iota/kerl and @iota/signing against those of the kernel. */

import {
  bundleHash,
  exposesKey,
  normalizeHash,
  signatureToTrytes,
  signHash,
} from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  exposesChainValue,
  FRAGMENT_BYTES,
  independentBundleHash,
  verifyWots,
} from '../src/wots.ts';
import { inputSlots, keyOf, ownSlot, slotOf, sweep } from './world.ts';

const a = await keyOf(1);
const b = await keyOf(2);

describe('bundle hashes', () => {
  test('are those of the protocol package, also for odd tags, times and values', () => {
    const odd = {
      ...slotOf(b.address, 2_779_530_283_277_761n, { kind: 'fragment' }),
      obsoleteTag: 'NOPQRSTUVWXYZ9ABCDEFGHIJKLM',
      timestamp: 253_402_300_799,
    };
    for (const slots of [sweep(a, b), [odd], [...inputSlots(a, 1n), odd, ownSlot(b, 7n)]]) {
      expect(independentBundleHash(slots)).toBe(bundleHash(slots));
    }
  });

  test('a 13 in the normalised form is seen in any of the 81 places', () => {
    for (let timestamp = 0; timestamp < 40; timestamp += 1) {
      const hash = bundleHash([{ ...slotOf(a.address, 0n, { kind: 'fragment' }), timestamp }]);
      expect(exposesChainValue(hash)).toBe(exposesKey(normalizeHash(hash)));
    }
    expect(exposesChainValue('9'.repeat(81))).toBe(false);
    expect(exposesChainValue(`${'9'.repeat(79)}MN`)).toBe(true);
    expect(exposesChainValue(bundleHash(sweep(a, b)))).toBe(false);
  });
});

describe('signatures', () => {
  const hash = bundleHash(sweep(a, b));
  const signature = signHash({ seed: a.seed, bundleHash: hash, level: 1 });
  const { address } = a;

  test('resolve to their address; of another address, hash or a changed byte they do not', () => {
    expect(verifyWots({ address, bundleHash: hash, signature })).toBe(true);
    expect(verifyWots({ address: b.address, bundleHash: hash, signature })).toBe(false);
    const other = bundleHash(sweep(b, a));
    expect(verifyWots({ address, bundleHash: other, signature })).toBe(false);
    const changed = signature.map((byte, index) => (index === 100 ? byte ^ 1 : byte));
    expect(verifyWots({ address, bundleHash: hash, signature: changed })).toBe(false);
  });

  test('in trytes are the same; none but one to three whole fragments match', () => {
    const trytes = signatureToTrytes(signature);
    expect(verifyWots({ address, bundleHash: hash, signature: trytes })).toBe(true);
    const [fragment] = trytes as [string];
    for (const wrong of [
      [],
      [fragment, fragment, fragment, fragment],
      [fragment.slice(0, -81)],
      [`${fragment.slice(0, 80)}M${fragment.slice(81)}`],
    ]) {
      expect(verifyWots({ address, bundleHash: hash, signature: wrong })).toBe(false);
    }
  });

  test('of no whole fragment, out of range, or for an empty address never match', () => {
    for (const length of [0, 48, 4 * FRAGMENT_BYTES]) {
      const wrong = new Uint8Array(length);
      expect(verifyWots({ address, bundleHash: hash, signature: wrong })).toBe(false);
    }
    const wild = signature.slice();
    wild.fill(127, 0, 48);
    expect(verifyWots({ address, bundleHash: hash, signature: wild })).toBe(false);
    expect(verifyWots({ address: '', bundleHash: hash, signature })).toBe(false);
  });
});
