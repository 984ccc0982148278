/** The deposit monitor: money is booked once, whoever attaches what, and never because a node says so. */
import { decodeTransaction, encodeTransaction, hashOfTransaction } from '@airlock/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { PROMOTION_AGE_MS_MAX } from '../src/tangle/attachment-steps.ts';
import { DepositMonitor } from '../src/tangle/monitor.ts';
import { fetchTransactions } from '../src/tangle/tangle.ts';
import { LOOK_UP_ROUNDS } from '../src/tangle/watch.ts';
import { linked, lyingNode, transactionOf } from './forged.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  confirmSweeps,
  createUser,
  deposit,
  dump,
  openWorld,
  pairedWorld,
  replayed,
  request,
  type ServedNode,
  serveNode,
  sweepAll,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 150;
let world: World;
let address: string;
beforeEach(async () => {
  signers += 1;
  world = await pairedWorld({ node: served.node, signer: new HonestSigner({ number: signers }) });
  await createUser(world, 'alice');
  address = await assign(world, 'alice');
});

const deposits = (): unknown[] => [...world.coordinator.ledger.state.rows('deposits')];
const totals = () => world.coordinator.ledger.state.get('totals', '');
const withNode = (node: NodeClient) => ({ ...world.coordinator, node });

/** The bundle's transactions as the node has them, by index. */
async function bundleOf(bundle: string): Promise<ReturnType<typeof decodeTransaction>[]> {
  const found = await fetchTransactions(served.node, await served.node.findByBundles([bundle]));
  return [...found.values()].sort((a, b) => a.currentIndex - b.currentIndex);
}

describe('a deposit', () => {
  test('is detected before, and booked once after its milestone, across rounds and restarts', async () => {
    const { bundle } = served.devNode.pay({ address, amount: 25n });
    expect(await world.monitor.round()).toBe(0);
    expect([...world.coordinator.detected.values()]).toMatchObject([
      { userId: 'alice', address, amount: 25n, bundle },
    ]);
    expect(deposits()).toEqual([]);
    expect(totals()).toBeUndefined();
    served.devNode.issueMilestone();
    expect(await world.monitor.round()).toBe(1);
    expect(world.coordinator.detected.size).toBe(0);
    expect(await world.monitor.round()).toBe(0);
    expect(await new DepositMonitor(world.coordinator).round()).toBe(0);
    const again = await openWorld({ node: served.node, store: world.store, signer: world.signer });
    expect(await again.monitor.round()).toBe(0);
    expect([...world.logged, ...again.logged]).toEqual([]);
    expect(deposits()).toMatchObject([{ amount: 25n, status: 'confirmed', bundle }]);
  });

  test('of one bundle with two attachments is booked once, and the other one is not shown', async () => {
    const { bundle, tail } = served.devNode.pay({ address, amount: 25n });
    const trytes = (await bundleOf(bundle)).map(encodeTransaction);
    const attached = await served.node.attach(trytes);
    await served.node.broadcast(attached);
    expect(hashOfTransaction(attached[0]!)).not.toBe(tail);
    expect(await served.node.findByBundles([bundle])).toHaveLength(2 * trytes.length);
    await world.monitor.round();
    expect(world.coordinator.detected.size).toBe(1);
    served.devNode.issueMilestone();
    expect(await world.monitor.round()).toBe(1);
    expect(await world.monitor.round()).toBe(0);
    expect(world.coordinator.detected.size).toBe(0);
    expect(deposits()).toHaveLength(1);
    expect(totals()).toMatchObject({ assets: 25n, uncredited: 25n });
  });

  test('twice on one address is two deposits', async () => {
    await deposit(world, served, { address, amount: 1n });
    await deposit(world, served, { address, amount: 2n });
    expect(totals()).toMatchObject({ assets: 3n, uncredited: 3n });
    expect(deposits()).toHaveLength(2);
  });

  test('late, on a retired address, is stranded', async () => {
    await deposit(world, served, { address, amount: 10n });
    await sweepAll(world, served);
    await deposit(world, served, { address, amount: 3n });
    expect(deposits()).toMatchObject([{ status: 'credited' }, { status: 'stranded', amount: 3n }]);
    expect(totals()).toMatchObject({ assets: 13n, users: 10n, stranded: 3n });
  });

  test('to an address that is still pooled is booked once it is handed out', async () => {
    const { keyringId } = world.signer;
    const [row] = world.coordinator.pools.next({ keyringId, kind: 'deposit' }, 1);
    await deposit(world, served, { address: row!.address, amount: 6n });
    expect(deposits()).toEqual([]);
    expect(await assign(world, 'alice')).toBe(row!.address);
    expect(await world.monitor.round()).toBe(1);
  });

  test('the remainder of our own sweep is booked by the sweep, not as a deposit', async () => {
    await deposit(world, served, { address, amount: 10n });
    await sweepAll(world, served);
    expect(await new DepositMonitor(world.coordinator).round()).toBe(0);
    expect(totals()).toMatchObject({ assets: 10n, users: 10n, operator: 0n });
  });

  test('is not looked for while the node is not in sync', async () => {
    served.devNode.pay({ address, amount: 25n });
    served.devNode.issueMilestone();
    const late = withNode({ ...served.node, isSynced: async () => false });
    expect(await new DepositMonitor(late).round()).toBe(0);
    expect(deposits()).toEqual([]);
  });
});

describe('a round asks the nodes little', () => {
  let calls: number;
  /** The coordinator, counting what it asks. */
  const counted = () => {
    calls = 0;
    const get = (target: NodeClient, name: keyof NodeClient) => {
      calls += 1;
      return target[name];
    };
    return withNode(new Proxy(world.coordinator.node, { get }));
  };

  test('about payments that are never confirmed, however many they are', async () => {
    const to = await assign(world, 'alice');
    for (let i = 0; i < 20; i += 1) served.devNode.pay({ address: to, amount: 1n });
    await new DepositMonitor(counted()).round();
    expect(world.coordinator.detected.size).toBe(20);
    expect(calls).toBeLessThan(10);
  });

  test('about sweeps whose inputs were paid again, however many they are', async () => {
    const addresses = [address];
    for (let i = 1; i < 4; i += 1) addresses.push(await assign(world, 'alice'));
    for (const to of addresses) await deposit(world, served, { address: to, amount: 10n });
    const { requestId, sweeps } = await request(world, { maxInputs: 1 });
    expect(sweeps).toHaveLength(4);
    await importResponse(world.coordinator, await answer(world, requestId));
    await confirmSweeps(world, served);
    for (const to of addresses) await deposit(world, served, { address: to, amount: 10n });
    expect(totals()).toMatchObject({ stranded: 40n });
    await new Attachment(counted()).findReplays();
    expect(calls).toBe(3);
  });
});

test('the transactions of every watched address are looked up within a day', async () => {
  const { state } = world.coordinator.ledger;
  const asked = new Set<string>();
  const node = {
    ...world.coordinator.node,
    isSynced: async () => true,
    balances: async (of: readonly string[]) =>
      of.map((each) => state.get('addresses', each)!.balance),
    findByAddresses: async (of: readonly string[]) => {
      for (const each of of) asked.add(each);
      return [];
    },
  };
  await assign(world, 'alice');
  // None of them is recent any more.
  world.clock.at += 30 * 24 * 60 * 60 * 1000;
  const monitor = new DepositMonitor(withNode(node));
  for (let round = 0; round < LOOK_UP_ROUNDS; round += 1) await monitor.round();
  expect(asked.size).toBe(2);
  // And in some days also if it is stopped for a moment twice a day.
  asked.clear();
  for (let i = 0; i < 8; i += 1) await assign(world, 'alice');
  world.clock.at += 30 * 24 * 60 * 60 * 1000;
  for (let halfDay = 0; halfDay < 20; halfDay += 1) {
    const restarted = new DepositMonitor(withNode(node));
    for (let round = 0; round < LOOK_UP_ROUNDS / 2; round += 1) await restarted.round();
  }
  expect(asked.size).toBe(10);
});

describe('a node that lies', () => {
  test('about a single transaction without a bundle behind it books nothing', async () => {
    const bundle = 'F'.repeat(81);
    const lies = linked([transactionOf({ address, value: 1_000_000n, bundle })]);
    expect(await new DepositMonitor(withNode(lyingNode(served.node, lies))).round()).toBe(0);
    expect(deposits()).toEqual([]);
    expect(world.coordinator.detected.size).toBe(0);
    expect(world.logged.join()).toContain('is said to be confirmed, but is invalid');
  });

  test('about a deposit bundle with a wrong signature books nothing; the honest one is booked', async () => {
    const { bundle } = served.devNode.pay({ address, amount: 25n });
    const honest = await bundleOf(bundle);
    const forged = honest.map((transaction) =>
      transaction.value < 0n
        ? { ...transaction, signatureMessageFragment: 'A'.repeat(2187) }
        : transaction,
    );
    const lying = withNode(lyingNode(served.node, linked(forged)));
    expect(await new DepositMonitor(lying).round()).toBe(0);
    expect(deposits()).toEqual([]);
    served.devNode.issueMilestone();
    expect(await new DepositMonitor(lying).round()).toBe(1);
    expect(totals()).toMatchObject({ assets: 25n });
  });

  test('about a bundle of which a part is missing books nothing', async () => {
    const { bundle } = served.devNode.pay({ address, amount: 25n });
    const honest = await bundleOf(bundle);
    const lies = linked(honest.slice(0, 2));
    const tail = [...lies][0]!;
    const lying = withNode(lyingNode(served.node, new Map([tail])));
    expect(await new DepositMonitor(lying).round()).toBe(0);
    expect(deposits()).toEqual([]);
  });

  test('one odd bundle does not keep the others from being booked', async () => {
    const bundle = 'F'.repeat(81);
    const lies = linked([transactionOf({ address, value: 9n, bundle })]);
    served.devNode.pay({ address, amount: 4n });
    served.devNode.issueMilestone();
    expect(await new DepositMonitor(withNode(lyingNode(served.node, lies))).round()).toBe(1);
    expect(totals()).toMatchObject({ assets: 4n });
  });
});

describe('the attachment of a sweep', () => {
  async function signedSweep(): Promise<string> {
    await deposit(world, served, { address, amount: 10n });
    const { requestId, sweeps } = await request(world);
    await importResponse(world.coordinator, await answer(world, requestId));
    return sweeps[0]!.hash;
  }
  const statusOf = (id: string): string | undefined =>
    world.coordinator.ledger.state.get('sweeps', id)?.status;

  test('goes from signed to attached to confirmed, and survives a restart in between', async () => {
    const id = await signedSweep();
    await world.attachment.round();
    expect(statusOf(id)).toBe('attached');
    const again = await openWorld({ node: served.node, store: world.store, signer: world.signer });
    served.devNode.issueMilestone();
    await again.attachment.round();
    const sweep = again.coordinator.ledger.state.get('sweeps', id)!;
    expect(sweep).toMatchObject({ status: 'confirmed', confirmedTail: sweep.tails[0] });
    await again.attachment.round();
    expect(again.logged).toEqual([]);
  });

  test('is promoted after a minute, and made again when it is too old for that', async () => {
    const id = await signedSweep();
    const tails = (): number => world.coordinator.ledger.state.get('sweeps', id)!.tails.length;
    let promotions = 0;
    const { node } = world.coordinator;
    const promote = async (tail: string): Promise<void> => {
      promotions += 1;
      await node.promote(tail);
    };
    const attachment = new Attachment(withNode({ ...node, promote }));
    await attachment.round();
    await attachment.round();
    expect([tails(), promotions]).toEqual([1, 0]);
    world.clock.at += 60_000;
    await attachment.round();
    await attachment.round();
    expect([tails(), promotions]).toEqual([1, 1]);
    world.clock.at += PROMOTION_AGE_MS_MAX;
    await attachment.round();
    expect([tails(), promotions]).toEqual([2, 1]);
    served.devNode.issueMilestone();
    await attachment.round();
    expect(statusOf(id)).toBe('confirmed');
  });

  test('by somebody else confirms the sweep as well', async () => {
    const id = await signedSweep();
    let trytes: readonly string[] = [];
    const holding: NodeClient = {
      ...served.node,
      broadcast: async (attached) => {
        trytes = attached;
      },
    };
    await new Attachment(withNode(holding)).round();
    const stranger = await served.node.attach(trytes);
    await served.node.broadcast(stranger);
    served.devNode.issueMilestone();
    await world.attachment.round();
    expect(statusOf(id)).toBe('confirmed');
    const { confirmedTail, tails } = world.coordinator.ledger.state.get('sweeps', id)!;
    expect(confirmedTail).toBe(hashOfTransaction(stranger[0]!));
    expect(tails).toHaveLength(2);
  });

  test('forged as one transaction with its bundle hash does not confirm it, nor stop it', async () => {
    const id = await signedSweep();
    const lies = linked([transactionOf({ bundle: id, address })]);
    const lying = withNode(lyingNode(served.node, lies));
    await new Attachment(lying).round();
    expect(statusOf(id)).toBe('attached');
    await new Attachment(lying).round();
    expect(statusOf(id)).toBe('attached');
    served.devNode.issueMilestone();
    await new Attachment(lying).round();
    expect(statusOf(id)).toBe('confirmed');
  });

  test('forged with wrong signatures does not confirm it', async () => {
    const id = await signedSweep();
    await world.attachment.round();
    const honest = await bundleOf(id);
    const forged = honest.map((each) => ({ ...each, signatureMessageFragment: '9'.repeat(2187) }));
    await new Attachment(withNode(lyingNode(served.node, linked(forged)))).round();
    expect(statusOf(id)).toBe('attached');
  });

  test('once more, after its input was paid again, is booked as a replay, once', async () => {
    const id = await signedSweep();
    await confirmSweeps(world, served);
    const trytes = (await bundleOf(id)).map(encodeTransaction);
    await deposit(world, served, { address, amount: 10n });
    expect(totals()).toMatchObject({ assets: 20n, stranded: 10n });
    await served.node.broadcast(await served.node.attach(trytes));
    served.devNode.issueMilestone();
    await world.attachment.round();
    await world.attachment.round();
    expect(world.coordinator.ledger.state.get('sweeps', id)!.replays).toHaveLength(1);
    expect(totals()).toMatchObject({ assets: 20n, stranded: 0n, operator: 10n, users: 10n });
    expect(world.logged.filter((line) => /^sweep .* was confirmed again/.test(line))).toHaveLength(
      1,
    );
    expect(await replayed(world.store)).toEqual(dump(world.coordinator.ledger.state));
  });

  test('of something else by the node is neither journaled nor broadcast', async () => {
    const id = await signedSweep();
    const broadcast: string[] = [];
    const lying: NodeClient = {
      ...served.node,
      attach: async (trytes) =>
        trytes.map((text) =>
          encodeTransaction({ ...decodeTransaction(text), bundle: 'Z'.repeat(81) }),
        ),
      broadcast: async (trytes) => void broadcast.push(...trytes),
    };
    await new Attachment(withNode(lying)).round();
    expect(statusOf(id)).toBe('signed');
    expect(broadcast).toEqual([]);
    expect(world.logged.join()).toContain('the node attached something else');
  });

  test('that fails for one sweep goes on with the next one', async () => {
    const first = await signedSweep();
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 3n });
    const { requestId, sweeps } = await request(world);
    await importResponse(world.coordinator, await answer(world, requestId));
    const failing: NodeClient = {
      ...served.node,
      attach: async (trytes) => {
        if (decodeTransaction(trytes[0]!).bundle === first) throw new Error('no power');
        return served.node.attach(trytes);
      },
    };
    await new Attachment(withNode(failing)).round();
    expect([statusOf(first), statusOf(sweeps[0]!.hash)]).toEqual(['signed', 'attached']);
    expect(world.logged).toEqual([`attachment of ${first}: no power`]);
  });
});
