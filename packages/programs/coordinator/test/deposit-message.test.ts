/** The message that a sender writes beside money (docs/settings.md, `keepMessages`): kept if asked for. */
import {
  addressOfSeed,
  assembleBundle,
  encodeTransaction,
  FRAGMENT_TRYTES,
  finalizeBundle,
  hashToBytes,
  NULL_TAG,
  signatureToTrytes,
  signHash,
} from '@airlock/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import {
  assign,
  createUser,
  pairedWorld,
  type ServedNode,
  serveNode,
  stateOf,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

const AMOUNT = 3n;

/** Pays from an address of a stranger, as any wallet does that lets its user write a message. */
async function payWithMessage({
  address,
  message,
  sender,
}: {
  readonly address: string;
  readonly message: string;
  /** Whose key signs, once only. */
  readonly sender: string;
}): Promise<void> {
  const { devNode, node } = served;
  const seed = hashToBytes(sender.padEnd(81, '9'));
  const own = addressOfSeed(seed, 1);
  devNode.pay({ address: own, amount: AMOUNT });
  devNode.issueMilestone();
  const timestamp = Math.floor(devNode.now() / 1000);
  const common = { obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp };
  const { slots, hash } = finalizeBundle([
    { ...common, address, value: AMOUNT },
    { ...common, address: own, value: -AMOUNT },
  ]);
  const [signature = ''] = signatureToTrytes(signHash({ seed, bundleHash: hash, level: 1 }));
  const fragments = new Map([
    [0, message.padEnd(FRAGMENT_TRYTES, '9')],
    [1, signature],
  ]);
  const bundle = assembleBundle({ slots, hash, fragments });
  await node.broadcast(await node.attach(bundle.map(encodeTransaction)));
  devNode.issueMilestone();
}

/** What the ledger, the events and the list of deposits say is the message of the one deposit. */
async function messagesOf(world: World): Promise<unknown[]> {
  const api = await serveApi(world);
  try {
    const rows = [...stateOf(world).rows('deposits')];
    const events = await api.call('listEvents', { query: '?types=deposit.confirmed' });
    const deposits = await api.call('listDeposits');
    const told = events.body.data.map(({ data }: { data: object }) => data);
    const lists = [rows, told, deposits.body.data] as { message: unknown }[][];
    expect(lists.map(({ length }) => length)).toEqual([1, 1, 1]);
    return lists.flat().map(({ message }) => message);
  } finally {
    await api.close();
  }
}

// 9s within it are its own; those at its end only fill the transaction.
const MESSAGE = 'INVOICE9FOUR9SEVEN9ONE9ONE';

test.each([
  { keepMessages: true, says: 'kept without its filling', message: MESSAGE },
  { keepMessages: false, says: 'kept nowhere', message: null },
])('the message of a deposit, keepMessages $keepMessages: $says', async (example) => {
  const { keepMessages, message } = example;
  const signer = new HonestSigner({ number: keepMessages ? 101 : 102 });
  const world = await pairedWorld({ node: served.node, signer, settings: { keepMessages } });
  await createUser(world, 'alice');
  const sender = keepMessages ? 'KEPT' : 'NOT9KEPT';
  await payWithMessage({ address: await assign(world, 'alice'), message: MESSAGE, sender });
  await world.monitor.round();
  expect(await messagesOf(world)).toEqual([message, message, message]);
});
