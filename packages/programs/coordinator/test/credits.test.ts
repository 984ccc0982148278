/** The credit policies: what each credits, when, and that nothing is credited twice. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { creditRound, isCreditDue } from '../src/credits.ts';
import type { DepositStatus, SweepStatus } from '../src/ledger/rows.ts';
import { importResponse } from '../src/responses.ts';
import type { CreditPolicy } from '../src/settings.ts';
import { HonestSigner } from './signer.ts';
import {
  answer,
  assign,
  createUser,
  deposit,
  pairedWorld,
  request,
  type ServedNode,
  serveNode,
  stateOf,
  voidIt,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

const POLICIES: readonly CreditPolicy[] = ['confirmed', 'swept', 'sweep-confirmed'];
const STAGES: readonly (SweepStatus | 'none')[] = [
  'none',
  'planned',
  'requested',
  'refused',
  'blocked',
  'signed',
  'attached',
  'confirmed',
];

test.each([
  ['confirmed', STAGES],
  ['swept', STAGES.slice(2)],
  ['sweep-confirmed', ['confirmed']],
] as const)('%s credits a confirmed deposit whose sweep is %j, and no other', (policy, due) => {
  for (const stage of STAGES) {
    const sweep = stage === 'none' ? undefined : { status: stage };
    const isDue = isCreditDue(policy, { status: 'confirmed' }, sweep);
    expect([stage, isDue]).toEqual([stage, (due as readonly string[]).includes(stage)]);
    for (const status of ['credited', 'stranded', 'quarantined'] as DepositStatus[]) {
      expect(isCreditDue(policy, { status }, sweep)).toBe(false);
    }
  }
});

test.each(POLICIES.map((creditPolicy, place) => ({ creditPolicy, number: 130 + place })))(
  'a deposit under $creditPolicy becomes available at its stage, once',
  async ({ creditPolicy, number }) => {
    const signer = new HonestSigner({ number });
    const world = await pairedWorld({ node: served.node, signer, settings: { creditPolicy } }, 40);
    await createUser(world, 'alice');
    const available: bigint[] = [];
    const look = (): unknown => available.push(stateOf(world).get('users', 'alice')!.available);
    const { ledger } = world.coordinator;
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
    look();
    const first = await request(world);
    look();
    await voidIt(world, first.requestId!);
    const second = await request(world);
    look();
    await importResponse(world.coordinator, await answer(world, second.requestId));
    await world.attachment.round();
    look();
    served.devNode.issueMilestone();
    await world.attachment.round();
    look();
    expect(await creditRound(ledger, creditPolicy)).toBe(0);
    const from = { confirmed: 0, swept: 1, 'sweep-confirmed': 4 }[creditPolicy];
    expect(available).toEqual([0, 1, 2, 3, 4].map((stage) => (stage >= from ? 10n : 0n)));
  },
);

test('a milder policy credits in its first round what it covers; a stricter one takes nothing', async () => {
  const signer = new HonestSigner({ number: 140 });
  const settings = { creditPolicy: 'sweep-confirmed' } as const;
  const world = await pairedWorld({ node: served.node, signer, settings }, 40);
  await createUser(world, 'alice');
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 10n });
  const { ledger } = world.coordinator;
  expect(await creditRound(ledger, 'swept')).toBe(0);
  expect(await creditRound(ledger, 'confirmed')).toBe(1);
  expect(await creditRound(ledger, 'sweep-confirmed')).toBe(0);
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ available: 10n });
});
