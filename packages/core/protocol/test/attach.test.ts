/** Trunks, branches, times, tags and proof of work of an attachment, here and done elsewhere. */
import { describe, expect, test } from '@jest/globals';
import {
  type AttachedTransaction,
  type Attachment,
  assembleBundle,
  attachBundle,
  attachBundleSync,
  attachNonce,
  bundleHash,
  decodeTransaction,
  encodeTransaction,
  hashOfTransaction,
  NINE_TRYTES_MAX,
  type Slot,
  type Transaction,
  transactionHash,
  weightMagnitude,
} from '../src/index.ts';
import { codeOf, slotOf } from './legacy.ts';

const trunk = 'T'.repeat(81);
const branch = 'B'.repeat(81);
const attachment: Attachment = { trunk, branch, minWeightMagnitude: 3, now: () => 77 };

function bundleOf(count: number, fields: Partial<Slot> = {}): Transaction[] {
  const slots = Array.from({ length: count }, () => slotOf(fields));
  return assembleBundle({ slots, hash: bundleHash(slots), fragments: new Map() });
}

/** A search as another thread would do it: later. */
const findNonce = async (trytes: string, magnitude: number): Promise<string> => {
  await Promise.resolve();
  return attachNonce(trytes, magnitude);
};

const ways: readonly (readonly [
  string,
  (transactions: readonly Transaction[], to: Attachment) => Promise<AttachedTransaction[]>,
])[] = [
  ['attachBundle', (transactions, to) => attachBundle(transactions, to, findNonce)],
  ['attachBundleSync', async (transactions, to) => attachBundleSync(transactions, to)],
];

describe.each(ways)('%s', (_name, attach) => {
  test('chains from the last transaction, as IRI does', async () => {
    const transactions = bundleOf(3, { obsoleteTag: 'TAG'.padEnd(27, '9') });
    const attached = await attach(transactions, attachment);
    const [head, middle, tail] = attached.map(({ transaction }) => transaction);
    expect([head, middle, tail].map((transaction) => transaction!.currentIndex)).toEqual([2, 1, 0]);
    expect(head).toMatchObject({ trunkTransaction: trunk, branchTransaction: branch });
    expect(middle).toMatchObject({ trunkTransaction: attached[0]!.hash, branchTransaction: trunk });
    expect(tail).toMatchObject({ trunkTransaction: attached[1]!.hash, branchTransaction: trunk });
    for (const { transaction, hash, trytes } of attached) {
      expect(transaction).toMatchObject({
        tag: transaction.obsoleteTag,
        attachmentTimestamp: 77,
        attachmentTimestampLowerBound: 0,
        attachmentTimestampUpperBound: NINE_TRYTES_MAX,
      });
      expect(hashOfTransaction(trytes)).toBe(hash);
      expect(decodeTransaction(trytes)).toEqual(transaction);
      expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(3);
    }
  });

  test('leaves what the bundle’s hash covers, and a tag that is set', async () => {
    const tag = 'KEPT'.padEnd(27, '9');
    const [before] = bundleOf(1, { tag, value: 5n, timestamp: 1_600_000_000 });
    const [attached] = await attach([before!], attachment);
    expect(attached!.transaction).toMatchObject({ tag, value: 5n, timestamp: 1_600_000_000 });
    expect(attached!.transaction.bundle).toBe(before!.bundle);
  });

  test('looks at the clock once a transaction', async () => {
    let time = 1_000;
    const now = (): number => (time += 1);
    const attached = await attach(bundleOf(3), { ...attachment, now });
    const times = attached.map(({ transaction }) => transaction.attachmentTimestamp);
    expect(times).toEqual([1_001, 1_002, 1_003]);
  });

  test('attaches nothing of an empty bundle', async () => {
    expect(await attach([], attachment)).toEqual([]);
  });

  test('a trunk that is no hash, or a magnitude out of range, is refused', async () => {
    expect(await codeOf(() => attach(bundleOf(1), { ...attachment, trunk: 'T' }))).toBe(
      'trytes_length',
    );
    const tooHeavy = { ...attachment, minWeightMagnitude: 15 };
    await expect(attach(bundleOf(1), tooHeavy)).rejects.toThrow(RangeError);
  });
});

describe('attachBundle', () => {
  test('asks for one nonce after another, each with the magnitude', async () => {
    const asked: [number, number][] = [];
    let running = 0;
    await attachBundle(bundleOf(4), attachment, async (trytes, magnitude) => {
      running += 1;
      expect(running).toBe(1);
      asked.push([decodeTransaction(trytes).currentIndex, magnitude]);
      const found = await findNonce(trytes, magnitude);
      running -= 1;
      return found;
    });
    expect(asked).toEqual([
      [3, 3],
      [2, 3],
      [1, 3],
      [0, 3],
    ]);
  });

  test('a search that fails ends it with that failure', async () => {
    let asked = 0;
    const failing = async (): Promise<string> => {
      asked += 1;
      throw new TypeError('no more');
    };
    await expect(attachBundle(bundleOf(3), attachment, failing)).rejects.toThrow('no more');
    expect(asked).toBe(1);
  });

  test('a nonce that is too light is refused', async () => {
    const lazy = async (trytes: string): Promise<string> => {
      let light = trytes;
      for (let i = 1; weightMagnitude(transactionHash(light)) >= 3; i += 1) {
        light = trytes.slice(0, -27) + 'A'.repeat(i).padEnd(27, '9');
      }
      return light;
    };
    await expect(attachBundle(bundleOf(1), attachment, lazy)).rejects.toThrow('below a magnitude');
  });

  test('another transaction, though heavy enough, is refused', async () => {
    const swapping = async (trytes: string, magnitude: number): Promise<string> =>
      attachNonce(encodeTransaction({ ...decodeTransaction(trytes), value: 9n }), magnitude);
    await expect(attachBundle(bundleOf(1), attachment, swapping)).rejects.toThrow(
      'another transaction',
    );
  });
});
