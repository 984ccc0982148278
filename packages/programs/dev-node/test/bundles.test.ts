/** Bundles as they hang in the tangle, and which addresses they spend. */

import { attachBundleSync, NULL_HASH } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { Bundles } from '../src/bundles.ts';
import { type NewTransaction, Tangle } from '../src/tangle.ts';
import { addressOf, MWM, makeBundle, now } from './harness.ts';

const TRANSACTIONS = makeBundle({
  inputs: [{ name: 'A', value: 5n }],
  outputs: [{ address: addressOf('B'), value: 5n }],
});
const attach = (trunk: string, branch: string): NewTransaction[] =>
  attachBundleSync(TRANSACTIONS, { trunk, branch, minWeightMagnitude: MWM, now });

function load(...transactions: NewTransaction[]) {
  const tangle = new Tangle();
  for (const transaction of transactions) tangle.add(transaction);
  const bundles = new Bundles(tangle);
  const inspect = (hash: string) => bundles.inspect(tangle.get(hash)!);
  return { tangle, bundles, inspect };
}

describe('Bundles', () => {
  test('a whole bundle is valid and gathered from the tail', () => {
    const [head, tail] = attach(NULL_HASH, NULL_HASH);
    const { inspect } = load(head!, tail!);
    expect(inspect(tail!.hash)).toMatchObject({
      kind: 'valid',
      transactions: [{ hash: tail!.hash }, { hash: head!.hash }],
    });
  });

  test('is incomplete until its last transaction arrives', () => {
    const [head, tail] = attach(NULL_HASH, NULL_HASH);
    const { inspect, tangle } = load(tail!);
    expect(inspect(tail!.hash).kind).toBe('incomplete');
    tangle.add(head!);
    expect(inspect(tail!.hash).kind).toBe('valid');
  });

  test('may not approve a transaction that is not a tail', () => {
    const [head, tail] = attach(NULL_HASH, NULL_HASH);
    const [upperHead, upperTail] = attach(head!.hash, tail!.hash);
    const { inspect } = load(head!, tail!, upperHead!, upperTail!);
    expect(inspect(upperTail!.hash)).toEqual({ kind: 'invalid', fault: 'approves_non_tail' });
  });

  test('all but the head approve the head’s trunk', () => {
    const [head] = attach(NULL_HASH, NULL_HASH);
    const [tail] = attachBundleSync(TRANSACTIONS.slice(0, 1), {
      trunk: head!.hash,
      branch: head!.hash,
      minWeightMagnitude: MWM,
      now,
    });
    const { inspect } = load(head!, tail!);
    expect(inspect(tail!.hash)).toEqual({ kind: 'invalid', fault: 'approval_mismatch' });
  });

  test('an address is spent by a valid bundle, not by a forged or incomplete one', () => {
    const [head, tail] = attach(NULL_HASH, NULL_HASH);
    expect(load(head!, tail!).bundles.isSpentFrom(addressOf('A'))).toBe(true);
    expect(load(head!, tail!).bundles.isSpentFrom(addressOf('B'))).toBe(false);
    expect(load(head!).bundles.isSpentFrom(addressOf('A'))).toBe(false);
    const forged = TRANSACTIONS.map((transaction) => ({
      ...transaction,
      signatureMessageFragment: `A${transaction.signatureMessageFragment.slice(1)}`,
    }));
    const work = { minWeightMagnitude: MWM, now };
    const attached = attachBundleSync(forged, { trunk: NULL_HASH, branch: NULL_HASH, ...work });
    expect(load(...attached).bundles.isSpentFrom(addressOf('A'))).toBe(false);
  });
});
