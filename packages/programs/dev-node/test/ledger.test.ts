/** What confirms, what stays unconfirmed, and what checkConsistency says of it. */

import { SUPPLY, type Transaction } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { Bundles } from '../src/bundles.ts';
import { faucetAddress } from '../src/faucet.ts';
import { createCone, Ledger } from '../src/ledger.ts';
import type { DevNode } from '../src/node.ts';
import { Tangle } from '../src/tangle.ts';
import {
  addressOf,
  checkConsistency,
  createNode,
  makeBundle,
  milestoneTips,
  send,
  tipsOf,
} from './harness.ts';

const BUNDLE_INVALID = 'tails are not consistent (bundle is invalid): ';
const CONFLICT =
  'tails are not consistent (would lead to inconsistent ledger state or below max depth)';

function createFunded(amount = 100n): DevNode {
  const node = createNode();
  node.pay({ address: addressOf('A'), amount });
  node.issueMilestone();
  return node;
}

const spend = (value: bigint, to: string): Transaction[] =>
  makeBundle({ inputs: [{ name: 'A', value }], outputs: [{ address: addressOf(to), value }] });

describe('unconfirmed for ever', () => {
  const cases: readonly (readonly [name: string, spoil: () => Transaction[]])[] = [
    [
      'bad signature',
      () =>
        spend(100n, 'B').map((transaction) => ({
          ...transaction,
          signatureMessageFragment: `A${transaction.signatureMessageFragment.slice(1)}`,
        })),
    ],
    [
      'sum not zero',
      () =>
        makeBundle({
          inputs: [{ name: 'A', value: 100n }],
          outputs: [{ address: addressOf('B'), value: 101n }],
        }),
    ],
    [
      'bundle hash of another bundle',
      () => spend(100n, 'B').map((transaction) => ({ ...transaction, bundle: addressOf('X') })),
    ],
    ['last transaction missing', () => spend(100n, 'B').slice(0, 1)],
    [
      'zero-value bundle with a false index',
      () =>
        makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }] }).map((transaction) => ({
          ...transaction,
          lastIndex: 4,
        })),
    ],
  ];
  test.each(cases)('%s: not consistent, and what approves it neither', async (_, spoil) => {
    const node = createFunded();
    const tail = await send(node, spoil());
    expect(await checkConsistency(node, tail)).toEqual({
      state: false,
      info: BUNDLE_INVALID + tail,
    });
    expect(Object.values(await tipsOf(node))).not.toContain(tail);
    const below = await send(
      node,
      makeBundle({ outputs: [{ address: addressOf('C'), value: 0n }] }),
      { trunk: tail, branch: tail },
    );
    expect(await checkConsistency(node, below)).toEqual({ state: false, info: CONFLICT });
    node.issueMilestone();
    expect([tail, below].map((hash) => node.isConfirmed(hash))).toEqual([false, false]);
    expect(node.balanceOf(addressOf('A'))).toBe(100n);
  });

  test('short balance: consistent only once the shortfall is paid', async () => {
    const node = createFunded(99n);
    const tail = await send(node, spend(100n, 'B'));
    expect(await checkConsistency(node, tail)).toEqual({ state: false, info: CONFLICT });
    node.issueMilestone();
    expect(node.isConfirmed(tail)).toBe(false);
    node.pay({ address: addressOf('A'), amount: 1n });
    node.issueMilestone();
    expect(await checkConsistency(node, tail)).toEqual({ state: true, info: '' });
    node.issueMilestone();
    expect(node.balanceOf(addressOf('B'))).toBe(100n);
  });
});

describe('conflicts', () => {
  test('of two bundles that spend the same money the first one confirms', async () => {
    const node = createFunded();
    const tips = milestoneTips(node);
    const first = await send(node, spend(100n, 'B'), tips);
    const second = await send(node, spend(100n, 'C'), tips);
    expect((await checkConsistency(node, first)).state).toBe(true);
    expect((await checkConsistency(node, second)).state).toBe(true);
    expect(await checkConsistency(node, first, second)).toEqual({ state: false, info: CONFLICT });
    node.issueMilestone();
    expect([first, second].map((tail) => node.isConfirmed(tail))).toEqual([true, false]);
    expect(await checkConsistency(node, second)).toEqual({ state: false, info: CONFLICT });
    node.issueMilestone();
    expect(node.balanceOf(addressOf('C'))).toBe(0n);
  });

  test('a bundle that approves its own double confirms neither', async () => {
    const node = createFunded();
    const first = await send(node, spend(100n, 'B'));
    const second = await send(node, spend(100n, 'C'), { trunk: first, branch: first });
    expect((await checkConsistency(node, second)).state).toBe(false);
    node.issueMilestone();
    expect([first, second].map((tail) => node.isConfirmed(tail))).toEqual([true, false]);
  });

  test('an input need not be spent whole, and may pay twice while it lasts', async () => {
    const node = createFunded();
    const tips = milestoneTips(node);
    await send(node, spend(40n, 'B'), tips);
    await send(node, spend(60n, 'C'), tips);
    node.issueMilestone();
    const balances = ['A', 'B', 'C'].map((name) => node.balanceOf(addressOf(name)));
    expect(balances).toEqual([0n, 40n, 60n]);
  });

  test('a bundle attached again confirms again when its input is funded again', async () => {
    const node = createFunded();
    const bundle = spend(100n, 'B');
    await send(node, bundle);
    node.issueMilestone();
    const again = await send(node, bundle);
    node.issueMilestone();
    expect(node.isConfirmed(again)).toBe(false);
    node.pay({ address: addressOf('A'), amount: 100n });
    node.issueMilestone();
    node.issueMilestone();
    expect(node.isConfirmed(again)).toBe(true);
    expect(node.balanceOf(addressOf('B'))).toBe(200n);
  });

  test('a bundle that approves what is missing is not solid until it arrives', async () => {
    const node = createFunded();
    const tail = await send(node, spend(100n, 'B'), {
      trunk: 'M'.repeat(81),
      branch: node.latestMilestone().hash,
    });
    expect(await checkConsistency(node, tail)).toEqual({
      state: false,
      info: `tails are not solid (missing a referenced tx): ${tail}`,
    });
    expect(await node.handle({ command: 'getMissingTransactions' })).toEqual({
      hashes: ['M'.repeat(81)],
    });
    node.issueMilestone();
    expect(node.isConfirmed(tail)).toBe(false);
  });
});

test('the sum of all balances is the supply, and an unknown milestone is refused', () => {
  const tangle = new Tangle();
  const genesis = new Map([[faucetAddress(0), SUPPLY]]);
  const ledger = new Ledger({ tangle, bundles: new Bundles(tangle), genesis });
  expect(ledger.total()).toBe(SUPPLY);
  expect(ledger.extend(createCone(), 'M'.repeat(81))).toBe('not_solid');
  expect(() => ledger.confirm('M'.repeat(81), 1)).toThrow(RangeError);
});
