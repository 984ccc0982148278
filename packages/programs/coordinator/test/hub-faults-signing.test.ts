/** IOTA Hub's faults about keys, bundles and attaching (docs/hub-faults.md): each must not happen here. */
import { openSigningRequest } from '@airlock/gap';
import { normalizeHash } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { runRounds } from '../src/service.ts';
import { finalizeSweep } from '../src/signing/bundles.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { depositAddress, hubAddress, inputOf, ownOutput } from './booked.ts';
import { beforeEachAlice } from './stage.ts';
import {
  answer,
  assign,
  deposit,
  request,
  requestDeposit,
  type ServedNode,
  stateOf,
  sweepAll,
  type World,
} from './world.ts';

let served: ServedNode;
let world: World;

beforeEachAlice(170, (stage) => {
  ({ served, world } = stage);
});

test('B4: a key that was asked to sign once is an input of nothing else, whatever comes to it', async () => {
  const address = await assign(world, 'alice');
  await deposit(world, served, { address, amount: 10n });
  await sweepAll(world, served);
  await deposit(world, served, { address, amount: 90n });
  await requestDeposit(world, served, { amount: 5n });
  const spending = [...stateOf(world).rows('sweeps')].filter(({ inputs }) =>
    inputs.some((input) => input.address === address),
  );
  expect(spending).toHaveLength(1);
});

test('B5: a request holds whole bundles, so that the signer never signs a bare hash', async () => {
  const id = await requestDeposit(world, served, { amount: 5n });
  const file = await requestFile(world.coordinator, id);
  const opened = openSigningRequest(file, [world.coordinator.identity.publicKey]);
  const [slots] = opened.request.bundles;
  expect(slots!.map(({ value }) => value)).toEqual([-5n, 5n]);
});

test('B12: rounds go on after the node was away, and attach what waited', async () => {
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
  const { requestId } = await request(world);
  await importResponse(world.coordinator, await answer(world, requestId));
  let rounds = 0;
  const { node } = world.coordinator;
  const away = Object.fromEntries(
    Object.entries(node).map(([name, call]) => [
      name,
      name === 'health' || name === 'quorum'
        ? call
        : (...args: never[]) =>
            rounds < 2
              ? Promise.reject(new Error('ECONNREFUSED'))
              : (call as (...args: never[]) => unknown)(...args),
    ]),
  ) as unknown as NodeClient;
  const pause = {
    wait: async () => {
      rounds += 1;
      if (rounds > 2) served.devNode.issueMilestone();
    },
    isStopped: () => rounds === 5,
  };
  await runRounds({ ...world.coordinator, node: away }, pause, 1);
  expect([...stateOf(world).rows('sweeps')].map(({ status }) => status)).toEqual(['confirmed']);
});

test('B21: no bundle that is planned has a 13 in its normalised hash', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      fc.nat(4_000_000_000),
      (...[amount, timestamp]) => {
        const inputs = [inputOf(depositAddress(1), amount)];
        const outputs = [ownOutput(hubAddress(1), amount)];
        const { hash } = finalizeSweep({ inputs, outputs, timestamp });
        expect([...normalizeHash(hash)]).not.toContain(13);
      },
    ),
    { seed: 21, numRuns: 100 },
  );
});
