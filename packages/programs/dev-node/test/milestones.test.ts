/** Milestones: real transactions that approve the one before and all tips. */

import { decodeInteger } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { COORDINATOR_ADDRESS, makeMilestone, NO_MILESTONE } from '../src/milestones.ts';
import { createNode, MWM, now } from './harness.ts';

describe('milestones', () => {
  test('joins tips pairwise, so that the milestone approves all', () => {
    const tips = ['A', 'B', 'C'].map((letter) => letter.repeat(81));
    const { transactions, milestone } = makeMilestone({
      previous: NO_MILESTONE,
      tips,
      minWeightMagnitude: MWM,
      now,
    });
    const [first, second, last] = transactions.map(({ transaction }) => transaction);
    expect(first).toMatchObject({ trunkTransaction: tips[1], branchTransaction: tips[0] });
    expect(second).toMatchObject({
      trunkTransaction: tips[2],
      branchTransaction: transactions[0]!.hash,
    });
    expect(last).toMatchObject({
      trunkTransaction: NO_MILESTONE.hash,
      branchTransaction: transactions[1]!.hash,
    });
    expect(milestone).toEqual({ index: 1, hash: transactions[2]!.hash });
  });

  test('are found on the coordinator’s address, with their index as tag', async () => {
    const node = createNode();
    node.issueMilestone();
    const command = { command: 'findTransactions', addresses: [COORDINATOR_ADDRESS] };
    const { hashes } = await node.handle(command);
    expect(hashes).toHaveLength(2);
    expect((hashes as string[])[1]).toBe(node.latestMilestone().hash);
    const { trytes } = await node.handle({ command: 'getTrytes', hashes });
    expect(COORDINATOR_ADDRESS).toHaveLength(81);
    const tag = (trytes as string[])[1]!.slice(2187 + 81 + 27, 2187 + 81 + 54);
    expect(decodeInteger(tag)).toBe(2n);
  });
});
