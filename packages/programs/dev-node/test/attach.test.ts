/** Trunks, branches, times, tags and proof of work of an attachment. */

import { hashOfTransaction, NINE_TRYTES_MAX, weightMagnitude } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { attachBundle } from '../src/attach.ts';
import { addressOf, makeBundle } from './harness.ts';

const trunk = 'T'.repeat(81);
const branch = 'B'.repeat(81);

describe('attachBundle', () => {
  test('chains from the last transaction, as IRI does', () => {
    const outputs = [1, 2, 3].map(() => ({ address: addressOf('B'), value: 0n }));
    const transactions = makeBundle({ outputs, tag: 'TAG'.padEnd(27, '9') });
    const attached = attachBundle(transactions, { trunk, branch, minWeightMagnitude: 3, now: 77 });
    const [head, middle, tail] = attached.map(({ transaction }) => transaction);
    expect([head, middle, tail].map((transaction) => transaction!.currentIndex)).toEqual([2, 1, 0]);
    expect(head).toMatchObject({ trunkTransaction: trunk, branchTransaction: branch });
    expect(middle).toMatchObject({ trunkTransaction: attached[0]!.hash, branchTransaction: trunk });
    expect(tail).toMatchObject({ trunkTransaction: attached[1]!.hash, branchTransaction: trunk });
    for (const { transaction, hash, trytes } of attached) {
      expect(transaction).toMatchObject({
        tag: transaction.obsoleteTag,
        attachmentTimestamp: 77,
        attachmentTimestampLowerBound: 0,
        attachmentTimestampUpperBound: NINE_TRYTES_MAX,
      });
      expect(hashOfTransaction(trytes)).toBe(hash);
      expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(3);
    }
  });

  test('keeps a tag that is set', () => {
    const tag = 'KEPT'.padEnd(27, '9');
    const [transaction] = makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }] });
    const [attached] = attachBundle([{ ...transaction!, tag }], {
      trunk,
      branch,
      minWeightMagnitude: 1,
      now: 1,
    });
    expect(attached!.transaction.tag).toBe(tag);
  });
});
