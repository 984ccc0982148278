/** The Merkle tree against RFC 9162 §2.1, written out once more as the RFC has it. */
import { createHash } from 'node:crypto';
import { hashToBytes, uuidToBytes } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  leafHash,
  merklePaths,
  merkleRoot,
  uuidCommitment,
  verifyMerklePath,
} from '../src/merkle.ts';
import { addressOf, hex, refusal, unhex, uuidOf, verdictOf } from './samples.ts';

const H = (...parts: Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();

/** The largest power of two smaller than n. */
const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** MTH of RFC 9162 §2.1.1 over hashes of leaves. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return H(Buffer.from([1]), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

/** PATH of RFC 9162 §2.1.3.1. */
function pathOf(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...pathOf(m, leaves.slice(0, k)), mth(leaves.slice(k))]
    : [...pathOf(m - k, leaves.slice(k)), mth(leaves.slice(0, k))];
}

/** Verification of RFC 9162 §2.1.3.2. */
function isIncluded(options: {
  leaf: Buffer;
  index: number;
  count: number;
  path: readonly Buffer[];
  root: Buffer;
}): boolean {
  if (options.index >= options.count) return false;
  let fn = options.index;
  let sn = options.count - 1;
  let r = options.leaf;
  for (const p of options.path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      r = H(Buffer.from([1]), p, r);
      while (fn % 2 === 0 && fn !== 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = H(Buffer.from([1]), r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn === 0 && r.equals(options.root);
}

type Proof = Parameters<typeof verifyMerklePath>[0];

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => H(Buffer.from([0, i])));
const hexes = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

const COUNTS = Array.from({ length: 40 }, (_, i) => i + 1);

describe.each(COUNTS)('a tree of %i leaves', (count) => {
  const buffers = leavesOf(count);
  const leaves = hexes(buffers);
  const root = merkleRoot(leaves);
  const paths = merklePaths(leaves);

  test('has the root and the paths of RFC 9162', () => {
    expect(root).toBe(hex(mth(buffers)));
    expect(paths).toEqual(buffers.map((_, m) => hexes(pathOf(m, buffers))));
  });

  /** The places where a changed proof is accepted. */
  function accepted(changes: (index: number) => Iterable<Partial<Proof>>): Partial<Proof>[] {
    return paths.flatMap((path, index) =>
      [...changes(index)].filter((change) => {
        const proof = { leaf: leaves[index]!, index, count, path, root, ...change };
        return verdictOf(() => verifyMerklePath(proof)) === 'accepted';
      }),
    );
  }

  test('verifies every path', () => {
    expect(accepted(() => [{}])).toHaveLength(count);
  });

  test('refuses another leaf, another root, and every altered path', () => {
    const changes = function* (index: number): Generator<Partial<Proof>> {
      const path = paths[index]!;
      if (count > 1) yield* [{ leaf: leaves[(index + 1) % count]! }, { root: leaves[index]! }];
      yield { path: [...path, root] };
      for (const [place, hash] of path.entries()) {
        const altered = unhex(hash);
        altered[place % 32]! ^= 1;
        yield { path: path.with(place, hex(altered)) };
        yield { path: path.toSpliced(place, 1) };
        if (place > 0) yield { path: path.with(place, path[place - 1]!).with(place - 1, hash) };
      }
    };
    expect(accepted(changes)).toEqual([]);
  });

  test('refuses every other index', () => {
    const others = (index: number): Partial<Proof>[] =>
      Array.from({ length: count + 6 }, (_, i) => ({ index: i - 2 })).filter(
        (change) => change.index !== index,
      );
    expect(accepted(others)).toEqual([]);
  });

  test('accepts another count exactly where RFC 9162 does, which is why the count is signed', () => {
    const mine = accepted(() => Array.from({ length: 45 }, (_, other) => ({ count: other })));
    const theirs = paths.flatMap((path, index) =>
      Array.from({ length: 45 }, (_, other) => ({ count: other })).filter((change) =>
        isIncluded({
          leaf: buffers[index]!,
          index,
          count: change.count,
          path: path.map((hash) => Buffer.from(hash, 'hex')),
          root: Buffer.from(root, 'hex'),
        }),
      ),
    );
    expect(mine).toEqual(theirs);
  });
});

test('an empty tree is wrong use', () => {
  expect(() => merkleRoot([])).toThrow(RangeError);
  expect(() => merklePaths([])).toThrow(RangeError);
});

test('a leaf is SHA-256(00, address, level, commitment), a commitment SHA-256 of the UUID', () => {
  const commitment = H(uuidToBytes(uuidOf('a')));
  expect(uuidCommitment(uuidOf('a'))).toBe(hex(commitment));
  const leaf = leafHash({
    address: addressOf('A'),
    securityLevel: 2,
    commitment: hex(commitment),
  });
  const expected = H(Buffer.from([0]), hashToBytes(addressOf('A')), Buffer.from([2]), commitment);
  expect(leaf).toBe(hex(expected));
});

test('an inner node cannot be shown as a leaf', () => {
  const leaves = hexes(leavesOf(4));
  const inner = merkleRoot(leaves.slice(0, 2));
  const options = {
    leaf: inner,
    index: 0,
    count: 4,
    path: [merkleRoot(leaves.slice(2))],
    root: merkleRoot(leaves),
  };
  expect(refusal(() => verifyMerklePath(options)).code).toBe('root_mismatch');
});
