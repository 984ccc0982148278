/** Money from a multisignature address, whose keys have more fragments together than one key may. */
import {
  assembleBundle,
  encodeTransaction,
  finalizeBundle,
  NULL_TAG,
  trytesToWords,
  verifySignature,
} from '@airlock/protocol';
import validator from '@iota/bundle-validator';
import converter from '@iota/converter';
import signing from '@iota/signing';
import transactionConverter from '@iota/transaction-converter';
import { expect, test } from '@jest/globals';
import { rowOf } from './cold.ts';
import { expectSound, totalsOf } from './soundness.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import { assign, deposit, foreignAddress, request, stateOf, sweepAll, withdraw } from './world.ts';

const AFTER_MS = 10 * 60_000;

let stage: Stage;
beforeEachAlice(90, (next) => {
  stage = next;
});

/** Two keys of level 2, as @iota/multisig joins them. */
const KEYS = ['A', 'B'].map((letter) =>
  signing.key(signing.subseed(converter.trytesToTrits(letter.repeat(81)), 0), 2),
);
const sender = converter.tritsToTrytes(
  signing.address(Int8Array.from(KEYS.flatMap((key) => [...signing.digests(key)]))),
);

/** The four fragments of both keys over a bundle hash: the fourth signs its first third again. */
function fragmentsOver(hash: string): string[] {
  const normalized = signing.normalizedBundle(converter.trytesToTrits(hash));
  return [0, 1, 2, 3].map((i) => {
    const key = KEYS[i >> 1] as Int8Array;
    const part = key.slice((i & 1) * 6561, ((i & 1) + 1) * 6561);
    const third = normalized.slice((i % 3) * 27, (i % 3) * 27 + 27);
    return converter.tritsToTrytes(signing.signatureFragment(third, part));
  });
}

/** Attached and confirmed: the sender's whole money, which it is given for that, goes to the payee. */
async function pay({ served }: Stage, payee: string, amount: bigint): Promise<void> {
  served.devNode.pay({ address: sender, amount });
  served.devNode.issueMilestone();
  const base = { obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp: 1_700_000_000 };
  const { slots, hash } = finalizeBundle([
    { ...base, address: payee, value: amount },
    ...[-amount, 0n, 0n, 0n].map((value) => ({ ...base, address: sender, value })),
  ]);
  const signature = fragmentsOver(hash);
  const fragments = new Map(signature.map((trytes, i) => [i + 1, trytes]));
  const trytes = assembleBundle({ slots, hash, fragments }).map(encodeTransaction);
  const objects = trytes.map((each) => transactionConverter.asTransactionObject(each));
  expect(validator.default(objects)).toBe(true);
  const options = { address: sender, bundleHash: hash };
  const words = trytesToWords(signature.join(''));
  expect(verifySignature({ ...options, signature: words })).toBe(false);
  await served.node.broadcast(await served.node.attach(trytes));
  served.devNode.issueMilestone();
}

test('is its user’s deposit', async () => {
  const { world } = stage;
  const address = await assign(world, 'alice');
  await pay(stage, address, 100n);
  expect(await world.monitor.round()).toBe(1);
  expect(stateOf(world).get('users', 'alice')).toMatchObject({ pendingDeposits: 100n });
  expect(totalsOf(world)).toMatchObject({ operator: 0n });
  await expectSound(world);
});

test('leaves a hub address that was sent 1 i of it out of quarantine, and in the plans', async () => {
  const { served, world } = stage;
  await deposit(world, served, { address: await assign(world, 'alice'), amount: 1000n });
  await sweepAll(world, served);
  const [hub] = stateOf(world).find([{ index: 'hubMoney', name: '' }]);
  await withdraw(world, { userId: 'alice', address: foreignAddress('Q'), amount: 10n });
  await pay(stage, hub!.address, 1n);
  for (const waitMs of [AFTER_MS, AFTER_MS, 0]) {
    await world.monitor.round();
    world.clock.at += waitMs;
  }
  expect(rowOf(world, hub!.address)).toMatchObject({ quarantine: null, balance: 1001n });
  const { sweeps, leftOut } = await request(world, { dryRun: true });
  expect(leftOut).toEqual([]);
  expect(sweeps[0]!.inputs.map(({ address }) => address)).toEqual([hub!.address]);
});
