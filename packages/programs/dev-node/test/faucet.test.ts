/** The faucet pays any number of times between two milestones and never reuses a key. */

import { SUPPLY, withChecksum } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { faucetAddress } from '../src/faucet.ts';
import { addressOf, createNode, makeBundle, milestoneTips, send } from './harness.ts';

describe('faucet', () => {
  test('several payments before one milestone all confirm with it', async () => {
    const node = createNode();
    const payments = [1n, 20n, 300n].map((amount) => node.pay({ address: addressOf('A'), amount }));
    expect(payments.map(({ tail }) => node.isConfirmed(tail))).toEqual([false, false, false]);
    node.issueMilestone();
    expect(payments.map(({ tail }) => node.isConfirmed(tail))).toEqual([true, true, true]);
    expect(node.balanceOf(addressOf('A'))).toBe(321n);
    expect(node.balanceOf(faucetAddress(3))).toBe(SUPPLY - 321n);
    const { states } = await node.handle({
      command: 'wereAddressesSpentFrom',
      addresses: [0, 1, 2, 3].map(faucetAddress),
    });
    expect(states).toEqual([true, true, true, false]);
  });

  test('the command takes numbers and decimal strings, with and without checksum', async () => {
    const node = createNode();
    const address = addressOf('A');
    await node.handle({ command: 'faucet', address, amount: 5 });
    const paid = await node.handle({
      command: 'faucet',
      address: withChecksum(address),
      amount: '2779530283277',
    });
    expect(Object.keys(paid)).toEqual(['bundle', 'tail']);
    node.issueMilestone();
    expect(node.balanceOf(address)).toBe(2_779_530_283_282n);
  });

  test.each([
    ['no amount', { address: addressOf('A') }, 'Invalid parameters'],
    ['0', { address: addressOf('A'), amount: 0 }, 'Invalid amount input'],
    ['a fraction', { address: addressOf('A'), amount: 1.5 }, 'Invalid amount input'],
    ['a sign', { address: addressOf('A'), amount: '-1' }, 'Invalid amount input'],
    ['a list', { address: addressOf('A'), amount: [1] }, 'Invalid amount input'],
    ['bad checksum', { address: `${addressOf('A')}AAAAAAAAA`, amount: 1 }, 'Invalid address input'],
    ['bad last trit', { address: 'M'.repeat(81), amount: 1 }, 'Invalid address input'],
    [
      'more than there is',
      { address: addressOf('A'), amount: (SUPPLY + 1n).toString() },
      `the faucet holds ${SUPPLY} i, not ${SUPPLY + 1n} i`,
    ],
    ['itself', { address: faucetAddress(0), amount: 1 }, 'the faucet does not pay itself'],
  ])('refuses %s', async (_, parameters, message) => {
    const node = createNode();
    await expect(node.handle({ command: 'faucet', ...parameters })).rejects.toThrow(message);
  });

  test('can be emptied, and then says so', () => {
    const node = createNode();
    node.pay({ address: addressOf('A'), amount: SUPPLY });
    expect(() => node.pay({ address: addressOf('A'), amount: 1n })).toThrow('the faucet holds 0 i');
    node.issueMilestone();
    expect(node.balanceOf(addressOf('A'))).toBe(SUPPLY);
  });

  test('a forged spend of its address does not stop it', async () => {
    const node = createNode();
    const forged = makeBundle({
      inputs: [{ name: 'A', value: 1n }],
      outputs: [{ address: addressOf('B'), value: 1n }],
    }).map((transaction) =>
      transaction.value < 0n ? { ...transaction, address: faucetAddress(0) } : transaction,
    );
    await send(node, forged, milestoneTips(node));
    node.pay({ address: addressOf('A'), amount: 9n });
    node.issueMilestone();
    expect(node.balanceOf(addressOf('A'))).toBe(9n);
  });
});
