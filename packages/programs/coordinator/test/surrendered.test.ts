/**
 * Addresses whose seed was given away: a signer refuses the whole request if one of its bundles pays to one,
 * and would be asked for it for ever.
 */
import { beforeEach, expect, test } from '@jest/globals';
import type { AddressRow } from '../src/ledger/rows.ts';
import { hubMoney, payOut, rowOf } from './cold.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import { foreignAddress, importOwnRecord, request, voidIt, type World } from './world.ts';

let stage: Stage;
let world: World;
let hub: AddressRow[];

beforeEachAlice(170, (next) => {
  stage = next;
  world = next.world;
});
beforeEach(async () => {
  hub = await hubMoney(world, stage.served, [10n, 20n]);
});

const giveAway = async ({ commitment }: AddressRow): Promise<void> => {
  world.signer.append({ kind: 'surrendered', commitment });
  await importOwnRecord(world);
};

test('a payout to one is left out, and says why', async () => {
  await giveAway(hub[0]!);
  const id = await payOut(world, { address: hub[0]!.address, amount: 5n });
  const { sweeps, leftOut } = await request(world, { dryRun: true });
  expect(sweeps).toEqual([]);
  expect(leftOut).toEqual([{ id, reason: 'its seed was given away' }]);
});

test('a bundle of a voided request whose remainder goes to one is not asked again', async () => {
  await payOut(world, { address: foreignAddress('W'), amount: 5n });
  const { requestId, sweeps } = await request(world);
  const [sweep] = sweeps;
  const rest = sweep!.outputs.find(({ kind }) => kind === 'own')!;
  await voidIt(world, requestId!);
  await giveAway(rowOf(world, rest.address));
  await payOut(world, { address: foreignAddress('X'), amount: 5n, number: 2 });
  const next = await request(world, { dryRun: true });
  expect(next.sweeps).toHaveLength(1);
  expect(next.leftOut).toEqual([
    { id: sweep!.hash, reason: `it pays to ${rest.address}: its seed was given away` },
  ]);
});
