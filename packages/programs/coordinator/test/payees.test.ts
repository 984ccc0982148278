/** Where nobody may pay out to: asked for, shown to a front end, planned, and signed already. */
import { withChecksum } from '@airlock/protocol';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AddressRow } from '../src/ledger/rows.ts';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { importResponse } from '../src/signing/responses.ts';
import { Attachment } from '../src/tangle/attachment.ts';
import { hubMoney, payOut } from './cold.ts';
import { type Api, serveApi } from './served.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  deposit,
  foreignAddress,
  importOwnRecord,
  request,
  stateOf,
  type World,
} from './world.ts';

let stage: Stage;
let world: World;
let hub: AddressRow[];
let api: Api;
const spent = new Set<string>();

beforeEachAlice(190, (next) => {
  stage = next;
  world = next.world;
});
beforeEach(async () => {
  spent.clear();
  hub = await hubMoney(world, stage.served, [10n, 20n]);
  const node: NodeClient = {
    ...world.coordinator.node,
    spentStates: async (list) => list.map((address) => spent.has(address)),
  };
  world = { ...world, coordinator: { ...world.coordinator, node } };
  api = await serveApi(world);
});
afterEach(() => api.close());

const giveAway = async ({ commitment }: AddressRow): Promise<void> => {
  world.signer.append({ kind: 'surrendered', commitment });
  await importOwnRecord(world);
};

/** What the API says of an address, and of a payout to it. */
async function told(address: string) {
  const shown = await api.call('getAddress', { params: { address: withChecksum(address) } });
  const body = { userId: 'alice', address: withChecksum(address), amount: '1' };
  const asked = await api.call('createWithdrawal', { body });
  const { withdrawable, reasons, spent: isSpent } = shown.body;
  return { withdrawable, reasons, spent: isSpent, code: asked.body.error?.code ?? null };
}

const refused = (reason: string, isSpent = false) => ({
  withdrawable: false,
  reasons: [reason],
  spent: isSpent,
  code: 'address_spent',
});

describe('before anything is debited', () => {
  test('a foreign address that a node has seen spent', async () => {
    spent.add(foreignAddress('F'));
    expect(await told(foreignAddress('F'))).toEqual(
      refused('the node says that it has been spent from', true),
    );
  });

  test('one of ours whose key was asked to sign, whatever nodes have seen', async () => {
    const address = await assign(world, 'alice');
    await deposit(world, stage.served, { address, amount: 5n });
    await request(world);
    expect(await told(address)).toEqual(
      refused('it is one of ours, and its key has been asked to sign', true),
    );
  });

  test('one whose seed was given away, one that nobody has claimed, and hub money', async () => {
    await giveAway(hub[0]!);
    const { keyringId } = world.signer;
    const [pooled] = world.coordinator.pools.next({ keyringId, kind: 'deposit' }, 1);
    expect(await told(hub[0]!.address)).toEqual(
      refused('it is one of ours, and its seed was given away'),
    );
    expect(await told(pooled!.address)).toEqual(
      refused('it is one of ours, and nobody has said whose deposit address it is'),
    );
    expect(await told(hub[1]!.address)).toEqual(
      refused('it is one of ours, and it is a hub address that holds money'),
    );
  });

  test('not a user’s address, nor one of somebody else', async () => {
    // Only the money is missing.
    const code = 'insufficient_balance';
    const good = { withdrawable: true, reasons: [], spent: false, code };
    expect(await told(foreignAddress('G'))).toEqual(good);
    expect(await told(await assign(world, 'alice'))).toEqual(good);
  });
});

test('a payout that is signed already is broadcast with an alarm when its key is given away', async () => {
  const address = await assign(world, 'alice');
  const id = await payOut(world, { address, amount: 5n });
  const { requestId } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  await giveAway(stateOf(world).get('addresses', address)!);
  await new Attachment(world.coordinator).round();
  expect(stateOf(world).get('withdrawals', id)!.status).toBe('attached');
  expect([...stateOf(world).rows('alarms')]).toMatchObject([
    { alarm: 'withdrawal.unsafe', subject: id, detail: expect.stringContaining('given away') },
  ]);
});
