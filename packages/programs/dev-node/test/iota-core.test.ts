/** @iota/core, unmodified, works on the dev node from funding to replay: one story in order. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createNode, MWM, type Served, seedOf, serve } from './harness.ts';

const SEED = seedOf('IOTACORETESTSEED');
const DEPTH = 3;

/** The fields of @iota/core's transactions that are read here. */
interface Transaction {
  readonly hash: string;
  readonly value: number;
  readonly address: string;
  readonly trunkTransaction: string;
  readonly branchTransaction: string;
}

describe('@iota/core on the dev node', () => {
  let served: Served;
  let from = '';
  let to = '';
  let tail = '';
  let replay = '';
  beforeAll(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    served = await serve(createNode());
    const { iota, node } = served;
    from = await iota.getNewAddress(SEED, { index: 0, security: 1, checksum: false });
    to = await iota.getNewAddress(SEED, { index: 7, security: 1, checksum: true });
    node.pay({ address: from, amount: 1000n });
    node.issueMilestone();
  });
  afterAll(async () => {
    await served.close();
    jest.restoreAllMocks();
  });

  const states = (...hashes: string[]): Promise<readonly boolean[]> =>
    served.iota.getInclusionStates(hashes);
  const balances = async (...addresses: string[]): Promise<readonly number[]> =>
    (await served.iota.getBalances(addresses)).balances;

  test('a prepared transfer is sent and waits', async () => {
    const { iota } = served;
    const transfers = [{ address: to, value: 400, tag: 'PAYOUT', message: '' }];
    const trytes = await iota.prepareTransfers(SEED, transfers, { security: 1 });
    const bundle: readonly Transaction[] = await iota.sendTrytes(trytes, DEPTH, MWM);
    tail = bundle[0]?.hash ?? '';
    expect(await states(tail)).toEqual([false]);
    expect(await iota.checkConsistency(tail)).toBe(true);
    expect(await balances(from, to)).toEqual([1000, 0]);
    expect(await iota.wereAddressesSpentFrom([from, to])).toEqual([true, false]);
  });

  test('promotion approves the tail that is promoted', async () => {
    const { iota } = served;
    expect(await iota.isPromotable(tail)).toBe(true);
    const promoted = await iota.promoteTransaction(tail, DEPTH, MWM);
    const approved = (promoted as Transaction[][])
      .flat()
      .flatMap(({ trunkTransaction, branchTransaction }) => [trunkTransaction, branchTransaction]);
    expect(approved).toContain(tail);
  });

  test('of two attachments the next milestone confirms one', async () => {
    const { iota, node } = served;
    const [second] = await iota.replayBundle(tail, DEPTH, MWM);
    replay = second?.hash ?? '';
    node.issueMilestone();
    expect(await states(tail, replay)).toEqual([true, false]);
    expect(await iota.checkConsistency(replay)).toBe(false);
    expect(await iota.isPromotable(replay)).toBe(false);
    expect(await balances(from, to)).toEqual([0, 400]);
    expect(await iota.wereAddressesSpentFrom([from, to])).toEqual([true, false]);
  });

  test('getBundle, findTransactionObjects and getNodeInfo read the same tangle', async () => {
    const { iota, node } = served;
    const bundle: readonly Transaction[] = await iota.getBundle(tail);
    expect(bundle.map(({ value }) => value)).toEqual([400, -1000, 600]);
    expect(await balances(bundle[2]!.address)).toEqual([600]);
    const tagged: readonly Transaction[] = await iota.findTransactionObjects({ tags: ['PAYOUT'] });
    expect(tagged.map(({ hash }) => hash)).toContain(tail);
    const info = await iota.getNodeInfo();
    expect(info.latestSolidSubtangleMilestoneIndex).toBe(3);
    expect(info.latestMilestone).toBe(node.latestMilestone().hash);
  });

  test('the other attachment confirms when its input is funded again', async () => {
    const { iota, node } = served;
    node.pay({ address: from, amount: 1000n });
    node.issueMilestone();
    expect(await iota.checkConsistency(replay)).toBe(true);
    node.issueMilestone();
    expect(await states(tail, replay)).toEqual([true, true]);
    expect(await balances(from, to)).toEqual([0, 800]);
  });

  test("the node's refusals reach the client", async () => {
    const { iota } = served;
    await expect(iota.checkConsistency('A'.repeat(81))).rejects.toThrow(
      `Request error: Invalid transaction, missing: ${'A'.repeat(81)}`,
    );
    await expect(iota.getTransactionsToApprove(16)).rejects.toThrow(
      'Request error: Invalid depth input',
    );
    await expect(iota.getTransactionsToApprove(3, 'A'.repeat(81))).rejects.toThrow(
      'Request error: reference transaction not found',
    );
    const neighbors = [await iota.getNeighbors(), await iota.addNeighbors(['udp://127.0.0.1:1'])];
    expect(neighbors).toEqual([[], 0]);
  });
});
