/** Odd addresses: set apart after a while, released by themselves, corrected by a decision. */
import { withChecksum } from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { creditRound } from '../src/credits.ts';
import { operatorHandlers } from '../src/http/operator-handlers.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { DepositMonitor } from '../src/tangle/monitor.ts';
import { reconcile } from '../src/tangle/reconciliation.ts';
import { expectSound } from './soundness.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  differenceOf,
  request,
  type ServedNode,
  stateOf,
  type World,
} from './world.ts';

let served: ServedNode;
let world: World;
/** What the nodes are made to say of addresses beside the truth. */
let lies: Map<string, bigint | null>;
let monitor: DepositMonitor;

beforeEachAlice(60, (stage) => {
  ({ served, world } = stage);
});

beforeEach(async () => {
  lies = new Map();
  const { node } = world.coordinator;
  const lying = {
    ...node,
    balances: async (addresses: readonly string[]) => {
      const balances = await node.balances(addresses);
      return balances.map((truth, place) => {
        const lie = lies.get(addresses[place]!);
        return lie === undefined ? truth : lie;
      });
    },
  };
  world = { ...world, coordinator: { ...world.coordinator, node: lying } };
  monitor = new DepositMonitor(world.coordinator);
});

const rowOf = (address: string) => stateOf(world).get('addresses', address)!;
const totals = () => stateOf(world).get('totals', '');
const AFTER_MS = 10 * 60_000;

/** Alice's address with this much on it, by the monitor of the world. */
async function funded(amount: bigint): Promise<string> {
  const address = await assign(world, 'alice');
  served.devNode.pay({ address, amount });
  served.devNode.issueMilestone();
  await monitor.round();
  return address;
}

describe('an address about which nodes and ledger disagree', () => {
  test('comes into quarantine after ten minutes, not before, and the others go on', async () => {
    const odd = await funded(10n);
    lies.set(odd, 9n);
    await monitor.round();
    world.clock.at += AFTER_MS - 1000;
    await monitor.round();
    expect(rowOf(odd).quarantine).toBeNull();
    world.clock.at += 1000;
    const sound = await funded(20n);
    expect(rowOf(odd).quarantine).toBe('the nodes say 9 i, the ledger 10 i');
    expect(totals()).toMatchObject({ quarantined: 10n, uncredited: 20n });
    expect(rowOf(sound)).toMatchObject({ balance: 20n, quarantine: null });
    const { sweeps } = await request(world, { dryRun: true });
    expect(sweeps.flatMap(({ inputs }) => inputs.map(({ address }) => address))).toEqual([sound]);
  });

  test('is released when they agree again, and its deposit is credited by the policy', async () => {
    const odd = await funded(10n);
    lies.set(odd, 9n);
    await monitor.round();
    world.clock.at += AFTER_MS;
    await monitor.round();
    expect(
      await creditRound(world.coordinator.ledger, { creditPolicy: 'confirmed', hotUser: null }),
    ).toBe(0);
    lies.clear();
    await monitor.round();
    expect(rowOf(odd).quarantine).toBeNull();
    expect(
      await creditRound(world.coordinator.ledger, { creditPolicy: 'confirmed', hotUser: null }),
    ).toBe(1);
    expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 10n });
  });

  test('whose story changes begins anew', async () => {
    const odd = await funded(10n);
    lies.set(odd, 9n);
    await monitor.round();
    world.clock.at += AFTER_MS - 1000;
    lies.set(odd, 8n);
    await monitor.round();
    world.clock.at += 2000;
    await monitor.round();
    expect(rowOf(odd).quarantine).toBeNull();
  });

  test('stays in quarantine when money comes to it meanwhile, and holds that too', async () => {
    const odd = await funded(10n);
    lies.set(odd, 9n);
    await monitor.round();
    world.clock.at += AFTER_MS;
    await monitor.round();
    served.devNode.pay({ address: odd, amount: 5n });
    served.devNode.issueMilestone();
    lies.set(odd, 14n);
    await monitor.round();
    expect(rowOf(odd)).toMatchObject({ balance: 15n });
    expect(rowOf(odd).quarantine).not.toBeNull();
    expect(totals()).toMatchObject({ quarantined: 15n, uncredited: 0n });
  });

  test('is left alone while the nodes do not agree with each other', async () => {
    const odd = await funded(10n);
    lies.set(odd, null);
    await monitor.round();
    world.clock.at += AFTER_MS;
    await monitor.round();
    expect(rowOf(odd).quarantine).toBeNull();
    expect((await request(world, { dryRun: true })).leftOut).toContainEqual({
      id: odd,
      reason: expect.stringContaining('the nodes do not agree'),
    });
  });

  test('is what reconciliation names, with all others equal', async () => {
    const odd = await funded(10n);
    await funded(20n);
    lies.set(odd, 7n);
    const { differences, ...sums } = await reconcile(world.coordinator);
    expect(differences.map(({ row, held }) => [row.address, held])).toEqual([[odd, 7n]]);
    expect(sums).toMatchObject({ addresses: 40, unknown: 0, ledger: 30n, nodes: 27n });
    lies.set(odd, null);
    const unsure = await reconcile(world.coordinator);
    expect(unsure).toMatchObject({ unknown: 1, differences: [], ledger: 20n, nodes: 20n });
  });
});

describe('a correction', () => {
  const correct = (address: string) =>
    operatorHandlers.correctBalance(world.coordinator, {
      params: { address: withChecksum(address) },
      query: {},
      body: { reason: 'counted by hand' },
      call: null,
    });

  test('books what is lost to the operator and releases the address', async () => {
    const odd = await funded(10n);
    lies.set(odd, 4n);
    await monitor.round();
    world.clock.at += AFTER_MS;
    await monitor.round();
    expect(await correct(odd)).toMatchObject({ amount: '-6', balance: '4' });
    expect(rowOf(odd)).toMatchObject({ balance: 4n, quarantine: null });
    expect(totals()).toMatchObject({ assets: 4n, uncredited: 10n, operator: -6n });
    expect(differenceOf(stateOf(world))).toBe(0n);
  });

  test('makes a deposit whose loss the operator has borne its user’s', async () => {
    const gone = await funded(10n);
    lies.set(gone, 0n);
    expect(await correct(gone)).toMatchObject({ amount: '-10', balance: '0' });
    const { ledger, settings } = world.coordinator;
    await creditRound(ledger, settings);
    expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 10n });
    expect(totals()).toMatchObject({ assets: 0n, uncredited: 0n, operator: -10n });
  });

  test('books what nothing explains to the operator', async () => {
    const odd = await funded(10n);
    lies.set(odd, 12n);
    expect(await correct(odd)).toMatchObject({ amount: '2', balance: '12' });
    expect(totals()).toMatchObject({ assets: 12n, operator: 2n });
  });

  test('leaves a deposit that is not booked yet to its user', async () => {
    const address = await assign(world, 'alice');
    served.devNode.pay({ address, amount: 7n });
    served.devNode.issueMilestone();
    expect(await codeOf(correct(address))).toBe('nothing_to_correct');
    expect(totals()).toMatchObject({ uncredited: 7n, operator: 0n });
  });

  test('is refused while money comes, which is its user’s and not the operator’s as well', async () => {
    const address = await funded(1n);
    const { node } = world.coordinator;
    let asked = 0;
    // A milestone comes after the look at its transactions, and before its balance is asked for.
    const racing = {
      ...node,
      balances: (addresses: readonly string[]) => {
        asked += 1;
        if (asked === 1) {
          served.devNode.pay({ address, amount: 100n });
          served.devNode.issueMilestone();
        }
        return node.balances(addresses);
      },
    };
    world = { ...world, coordinator: { ...world.coordinator, node: racing } };
    expect(await codeOf(correct(address))).toBe('state_changed');
    expect(totals()).toMatchObject({ assets: 101n, uncredited: 101n, operator: 0n });
    expect(await codeOf(correct(address))).toBe('nothing_to_correct');
    await expectSound(world);
  });

  test('is refused of what our own sweep has paid and is about to be booked with it', async () => {
    await funded(1000n);
    const { requestId } = await request(world);
    await importResponse(world.coordinator, await answer(world, requestId));
    const attachment = new Attachment(world.coordinator);
    await attachment.round();
    served.devNode.issueMilestone();
    const [sweep] = stateOf(world).rows('sweeps');
    const { address } = sweep!.outputs[0]!;
    expect(await codeOf(correct(address))).toBe('state_changed');
    await attachment.round();
    expect(totals()).toMatchObject({ assets: 1000n, operator: 0n });
    expect(await codeOf(correct(address))).toBe('nothing_to_correct');
    lies.set(address, 1001n);
    expect(await correct(address)).toMatchObject({ amount: '1', balance: '1001' });
  });

  test('is refused where nothing differs, nodes disagree, or the address is not in use', async () => {
    const sound = await funded(10n);
    expect(await codeOf(correct(sound))).toBe('nothing_to_correct');
    lies.set(sound, null);
    expect(await codeOf(correct(sound))).toBe('node_unavailable');
    const [pooled] = world.coordinator.pools.next(
      { keyringId: world.signer.keyringId, kind: 'deposit' },
      1,
    );
    expect(await codeOf(correct(pooled!.address))).toBe('address_unknown');
  });
});
