/** The promoting transaction is a bundle of its own that every node takes. */
import { decodeTransaction, findBundleFault, parseAddress } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { PROMOTION_ADDRESS, promotionTrytes } from '../src/nodes/promotion.ts';

test('it is a valid bundle of one transaction without value, at a valid address', () => {
  const transaction = decodeTransaction(promotionTrytes(1_700_000_000_999));
  expect(findBundleFault([transaction])).toBeNull();
  expect(transaction).toMatchObject({
    address: PROMOTION_ADDRESS,
    value: 0n,
    timestamp: 1_700_000_000,
    currentIndex: 0,
    lastIndex: 0,
  });
  expect(parseAddress(PROMOTION_ADDRESS, 'none')).toBe(PROMOTION_ADDRESS);
});
