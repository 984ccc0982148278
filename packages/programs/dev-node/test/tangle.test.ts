/** Storage, solidity, tips and lookups of transactions. */

import { attachBundleSync, NULL_HASH } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { approveesOf, type NewTransaction, Tangle } from '../src/tangle.ts';
import { addressOf, MWM, makeBundle, now } from './harness.ts';

function make(trunk: string, branch: string): NewTransaction {
  const transactions = makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }] });
  return attachBundleSync(transactions, { trunk, branch, minWeightMagnitude: MWM, now })[0]!;
}

describe('Tangle', () => {
  test('becomes solid from below, whatever the order of arrival', () => {
    const tangle = new Tangle();
    const bottom = make(NULL_HASH, NULL_HASH);
    const middle = make(bottom.hash, NULL_HASH);
    const top = make(middle.hash, bottom.hash);
    tangle.add(top);
    tangle.add(middle);
    expect(tangle.missing()).toEqual([bottom.hash]);
    expect(tangle.unconfirmedTails()).toEqual([]);
    tangle.add(bottom);
    expect(tangle.missing()).toEqual([]);
    expect(tangle.unconfirmedTails().map(({ hash }) => hash)).toEqual([
      top.hash,
      middle.hash,
      bottom.hash,
    ]);
    expect(tangle.tips()).toEqual([top.hash]);
    expect(tangle.add(top)).toBeNull();
  });

  test('finds by bundle, address and tag, and knows approvers', () => {
    const tangle = new Tangle();
    const bottom = make(NULL_HASH, NULL_HASH);
    const top = make(bottom.hash, bottom.hash);
    for (const transaction of [bottom, top]) tangle.add(transaction);
    expect(tangle.find('address', addressOf('B'))).toHaveLength(2);
    expect(tangle.find('bundle', NULL_HASH)).toEqual([]);
    expect(tangle.approvers(bottom.hash).map(({ hash }) => hash)).toEqual([top.hash]);
    expect(approveesOf(top)).toEqual([bottom.hash]);
  });

  test('searches the past of tips, themselves included', () => {
    const tangle = new Tangle();
    const bottom = make(NULL_HASH, NULL_HASH);
    const top = make(bottom.hash, NULL_HASH);
    for (const transaction of [bottom, top]) tangle.add(transaction);
    const wanted = new Set([bottom.hash, top.hash]);
    expect(tangle.findInPastCone([top.hash], wanted)).toEqual(wanted);
    expect(tangle.findInPastCone([bottom.hash], wanted)).toEqual(new Set([bottom.hash]));
  });
});
