/** Tips: consistent ones only, all of them by a milestone, the reference where one is given. */
import { describe, expect, test } from '@jest/globals';
import { addressOf, createNode, makeBundle, milestoneTips, send, tipsOf } from './harness.ts';

const empty = () => makeBundle({ outputs: [{ address: addressOf('B'), value: 0n }] });

describe('tip selection', () => {
  test('answers the milestone while nothing else is there', async () => {
    const node = createNode();
    expect(await tipsOf(node)).toEqual(milestoneTips(node));
  });

  test('one milestone confirms many separate tips', async () => {
    const node = createNode();
    const tails: string[] = [];
    const tips = milestoneTips(node);
    for (let i = 0; i < 6; i += 1) tails.push(await send(node, empty(), tips));
    const { trunk, branch } = await tipsOf(node);
    expect(tails).toContain(trunk);
    expect(tails).toContain(branch);
    node.issueMilestone();
    expect(tails.map((tail) => node.isConfirmed(tail))).toEqual(tails.map(() => true));
  });

  test('with a reference the branch is the reference', async () => {
    const node = createNode();
    const tips = milestoneTips(node);
    await send(node, empty(), tips);
    const reference = await send(node, empty(), tips);
    const command = { command: 'getTransactionsToApprove', depth: 3, reference };
    const answer = await node.handle(command);
    expect(answer.branchTransaction).toBe(reference);
    expect(answer.trunkTransaction).not.toBe(reference);
  });

  test('refuses a reference that is inconsistent or unknown', async () => {
    const node = createNode();
    const bad = empty().map((transaction) => ({ ...transaction, lastIndex: 9 }));
    const reference = await send(node, bad, milestoneTips(node));
    const command = { command: 'getTransactionsToApprove', depth: 3 };
    await expect(node.handle({ ...command, reference })).rejects.toThrow(
      `starting tip failed consistency check: ${reference}`,
    );
    await expect(node.handle({ ...command, reference: 'X'.repeat(81) })).rejects.toThrow(
      'reference transaction not found',
    );
  });
});
