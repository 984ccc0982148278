/** What most suites over a node begin with: one dev node, and for each test a world with alice on it. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { aliceWorld, type ServedNode, serveNode, type World } from './world.ts';

export interface Stage {
  readonly served: ServedNode;
  readonly world: World;
  /** Of the world's signer; another one for each test. */
  readonly number: number;
}

/** @param first signers of a suite have the numbers after it, up to 255 */
export function beforeEachAlice(first: number, take: (stage: Stage) => void): void {
  let served: ServedNode;
  let number = first;
  beforeAll(async () => {
    served = await serveNode();
  });
  afterAll(() => served.close());
  beforeEach(async () => {
    number += 1;
    take({ served, number, world: await aliceWorld(served.node, number) });
  });
}
