/**
 * Out of custody without the coordinator: what `spend` writes is handed to a node over its HTTP API,
 * and confirms; a seed that was surrendered signs for another wallet.
 */
import { addressOfSeed, trytesToWords } from '@airlock/protocol';
import { createPrepareTransfers } from '@iota/core';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ServedNode, serveNode } from '../../packages/programs/coordinator/test/world.ts';
import {
  PAYEE,
  seedOn,
  spend,
  surrender,
  target,
  trytesOf,
  withScreen,
} from '../../packages/programs/signer/test/alone.ts';
import {
  addressOf,
  k0,
  k2,
  level3,
  makeWorld,
  removeTemporaryFolders,
  type World,
} from '../../packages/programs/signer/test/world.ts';

let node: ServedNode;
let signer: World;

beforeAll(async () => {
  node = await serveNode();
  signer = await makeWorld();
  // A node refuses transactions from afar in time.
  signer.now = () => Date.now();
  for (const { address } of [k0, k2, level3]) node.devNode.pay({ address, amount: 1000n });
  node.devNode.issueMilestone();
});

afterAll(async () => {
  await node.close();
  removeTemporaryFolders();
});

async function call<T>(command: string, parameters: object): Promise<T> {
  const answer = await fetch(node.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-IOTA-API-Version': '1' },
    body: JSON.stringify({ command, ...parameters }),
  });
  const body = await answer.text();
  if (!answer.ok) throw new Error(body);
  return JSON.parse(body) as T;
}

/** What an operator does with the file, by hand. */
async function send(trytes: readonly string[]): Promise<void> {
  const tips = await call<object>('getTransactionsToApprove', { depth: 3 });
  const attached = await call<{ trytes: string[] }>('attachToTangle', {
    ...tips,
    minWeightMagnitude: 1,
    trytes,
  });
  await call('storeTransactions', { trytes: attached.trytes });
  await call('broadcastTransactions', { trytes: attached.trytes });
  node.devNode.issueMilestone();
}

const balances = (...addresses: string[]): bigint[] =>
  addresses.map((address) => node.devNode.balanceOf(address));

test('a bundle of two inputs at two levels confirms as it was written', async () => {
  const run = await spend(signer, {
    inputs: [target(level3.address, 1000n), target(k0.address, 1000n)],
    payees: [target(PAYEE, 300n), target(addressOf('Q'))],
    more: ['--tag', 'COLD'],
  });
  expect(run).toMatchObject({ exit: 0, code: '' });
  await send(trytesOf(signer).trytes);
  expect(balances(level3.address, k0.address, PAYEE, addressOf('Q'))).toEqual([
    0n,
    0n,
    300n,
    1700n,
  ]);
});

test('a surrendered seed signs in another wallet, and its bundle confirms', async () => {
  const painted = withScreen(signer);
  expect((await surrender(signer, k2.address)).exit).toBe(0);
  const seed = seedOn(painted);
  expect(addressOfSeed(trytesToWords(seed), 1)).toBe(k2.address);
  const prepareTransfers = createPrepareTransfers();
  const trytes = await prepareTransfers(
    seed,
    [{ address: addressOf('W'), value: 1000, tag: '', message: '' }],
    {
      inputs: [{ address: k2.address, keyIndex: 0, security: 1, balance: 1000 }],
      remainderAddress: addressOf('V'),
      security: 1,
    },
  );
  await send(trytes as readonly string[]);
  expect(balances(k2.address, addressOf('W'))).toEqual([0n, 1000n]);
});
