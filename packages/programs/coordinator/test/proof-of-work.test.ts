/** Bundles attached with threads of our own: a real dev node takes them, and two go on at once. */
import { createServer } from 'node:http';
import {
  assembleBundle,
  bundleHash,
  decodeTransaction,
  encodeTransaction,
  hashOfTransaction,
  NULL_TAG,
  weightMagnitude,
} from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIotaNode } from '../src/nodes/iota-node.ts';
import { createNodeQuorum } from '../src/nodes/node-quorum.ts';
import {
  createProofOfWork,
  type Progress,
  type ProofOfWork,
} from '../src/proof-of-work/proof-of-work.ts';
import { relayTo } from './relay.ts';
import { buildWorkerFile, type WorkerFile, workerOf } from './worker-file.ts';
import { codeOf, foreignAddress, listen, type ServedNode, serveNode } from './world.ts';

/** A bundle that moves nothing, by index. */
function bundleOf(letter: string, count: number): string[] {
  const timestamp = Math.floor(Date.now() / 1000);
  const slots = Array.from({ length: count }, () => {
    const address = foreignAddress(letter);
    return { address, value: 0n, obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp };
  });
  const bundle = assembleBundle({ slots, hash: bundleHash(slots), fragments: new Map() });
  return bundle.map(encodeTransaction);
}

const attachment = {
  trunk: 'T'.repeat(81),
  branch: 'B'.repeat(81),
  minWeightMagnitude: 4,
  now: () => 1_700_000_000_000,
};
const after = (): (() => void) => () => undefined;
const indexes = (trytes: readonly string[]): number[] =>
  trytes.map((text) => decodeTransaction(text).currentIndex);

let file: WorkerFile;
let proofOfWork: ProofOfWork;
let progress: Progress[] = [];
beforeAll(async () => {
  file = await buildWorkerFile();
  proofOfWork = createProofOfWork({
    workerFile: file.url,
    threads: 2,
    after,
    onProgress: (step) => progress.push(step),
  });
});
afterAll(async () => {
  await proofOfWork.stop();
  file.remove();
});

describe('attach', () => {
  test('gives the bundle by index, chained and heavy enough, and says how far it is', async () => {
    progress = [];
    const attached = await proofOfWork.attach(bundleOf('A', 3), attachment);
    expect(indexes(attached)).toEqual([0, 1, 2]);
    const [tail, middle, head] = attached.map(decodeTransaction);
    const [, middleHash, headHash] = attached.map(hashOfTransaction);
    expect(head).toMatchObject({ trunkTransaction: 'T'.repeat(81) });
    expect(middle).toMatchObject({ trunkTransaction: headHash });
    expect(tail).toMatchObject({ trunkTransaction: middleHash, attachmentTimestamp: 1.7e12 });
    for (const trytes of attached) {
      expect(weightMagnitude(hashOfTransaction(trytes))).toBeGreaterThanOrEqual(4);
    }
    expect(progress.map(({ done, of }) => `${done} of ${of}`)).toEqual([
      '1 of 3',
      '2 of 3',
      '3 of 3',
    ]);
  });

  test('two bundles at once both come to their end, and do not mix', async () => {
    const [first, second] = await Promise.all([
      proofOfWork.attach(bundleOf('B', 4), attachment),
      proofOfWork.attach(bundleOf('C', 4), { ...attachment, minWeightMagnitude: 6 }),
    ]);
    expect(indexes(first)).toEqual([0, 1, 2, 3]);
    expect(indexes(second)).toEqual([0, 1, 2, 3]);
    expect(new Set(first.map((text) => decodeTransaction(text).address[0]))).toEqual(
      new Set(['B']),
    );
    for (const trytes of second) {
      expect(decodeTransaction(trytes).address).toBe(foreignAddress('C'));
      expect(weightMagnitude(hashOfTransaction(trytes))).toBeGreaterThanOrEqual(6);
    }
  });

  test('tells of nonces tried in vain and of the time', async () => {
    progress = [];
    let time = 0;
    const now = (): number => (time += 1_000);
    await proofOfWork.attach(bundleOf('D', 1), { ...attachment, minWeightMagnitude: 12, now });
    const last = progress.at(-1);
    expect(last).toMatchObject({ done: 1, of: 1 });
    expect(last?.elapsedMs).toBeGreaterThanOrEqual(1_000);
    expect((last?.attempts ?? 1) % 32_768).toBe(0);
    expect(progress.filter(({ done }) => done === 0)).toHaveLength((last?.attempts ?? 0) / 32_768);
  });

  test('a thread that answers a nonce which is none is an error', async () => {
    const lying = createProofOfWork({
      workerFile: workerOf(
        "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => parentPort.postMessage(new Int8Array(81)));",
      ),
      threads: 1,
      after,
    });
    const heavy = { ...attachment, minWeightMagnitude: 14 };
    await expect(lying.attach(bundleOf('L', 1), heavy)).rejects.toThrow('below a magnitude of 14');
    await lying.stop();
  });

  test('stopped while it searches it ends with an error', async () => {
    let began: () => void = () => undefined;
    const searching = new Promise<void>((resolve) => {
      began = resolve;
    });
    const other = createProofOfWork({
      workerFile: file.url,
      threads: 2,
      after,
      onProgress: () => began(),
    });
    // 25 transactions of a magnitude of 14 are a minute's work and more.
    const heavy = { ...attachment, minWeightMagnitude: 14 };
    const outcome = codeOf(other.attach(bundleOf('S', 25), heavy));
    await searching;
    await other.stop();
    expect(await outcome).toBe('proof_of_work_failed');
  });
});

describe('with a node', () => {
  let served: ServedNode;
  beforeAll(async () => {
    served = await serveNode();
  });
  afterAll(() => served.close());

  test('the node is asked for two transactions to approve, and for no proof of work', async () => {
    const { url, asked, close } = await relayTo(served.url);
    const node = createIotaNode({ url, minWeightMagnitude: 1, proofOfWork });
    const attached = await node.attach(bundleOf('N', 3));
    expect(asked).toEqual(['getTransactionsToApprove']);
    await node.broadcast(attached);
    served.devNode.issueMilestone();
    const [tail = ''] = attached.map(hashOfTransaction);
    expect(await node.inclusionStates([tail])).toEqual([true]);
    await close();
  });

  test('hashes to approve that are none are node_unavailable, before any work', async () => {
    const reply = { trunkTransaction: 'A', branchTransaction: 'B'.repeat(81) };
    const { url, close } = await listen(
      createServer((_request, response) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(reply));
      }),
    );
    const never = { attach: () => Promise.reject(new TypeError('asked to work')) };
    const settings = { url, minWeightMagnitude: 1, proofOfWork: never };
    const node = createIotaNode(settings);
    expect(await codeOf(node.attach(bundleOf('N', 1)))).toBe('node_unavailable');
    await close();
  });

  test('work that fails is no fault of the node, and no other one is asked', async () => {
    const relays = [await relayTo(served.url), await relayTo(served.url)];
    const stopped = createProofOfWork({ workerFile: file.url, threads: 1, after });
    await stopped.stop();
    const settings = { minWeightMagnitude: 1, proofOfWork: stopped };
    const nodes = relays.map(({ url }) => createIotaNode({ url, ...settings }));
    const node = createNodeQuorum({ nodes, now: () => Date.now(), log: () => undefined });
    expect(await codeOf(node.attach(bundleOf('N', 1)))).toBe('proof_of_work_failed');
    expect(relays.flatMap(({ asked }) => asked)).toEqual(['getTransactionsToApprove']);
    await Promise.all(relays.map(({ close }) => close()));
  });
});
