/** The rounds: they go on after a failure, say a cause once, and end when told to. */
import { expect, test } from '@jest/globals';
import type { NodeClient } from '../src/nodes/node-client.ts';
import { runRounds } from '../src/service.ts';
import { openWorld } from './world.ts';

test('a failing round is logged once a cause, and its end as well', async () => {
  const faults = ['down', 'down', 'odd', null, null, 'down'];
  let round = 0;
  const node = {
    isSynced: async () => {
      const fault = faults[round];
      round += 1;
      if (fault != null) throw new Error(fault);
      return false;
    },
    findByBundles: async () => [],
    health: () => [],
  } as unknown as NodeClient;
  const world = await openWorld({ node });
  const waits: number[] = [];
  const pause = {
    wait: async (ms: number) => void waits.push(ms),
    isStopped: () => round === faults.length,
  };
  await runRounds(world.coordinator, pause, 7);
  expect(waits).toEqual([7, 7, 7, 7, 7, 7]);
  expect(world.logged).toEqual([
    'deposit monitor: down',
    'deposit monitor: odd',
    'deposit monitor: working again',
    'deposit monitor: down',
  ]);
});
