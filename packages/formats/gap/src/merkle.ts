/**
 * The Merkle tree over a batch's addresses (the tree of RFC 9162 §2.1 with SHA-256). A leaf holds the
 * address, its level and a commitment to its UUID, so that a proof shows an address without the UUID.
 */
import { hashToBytes, type SecurityLevel, uuidToBytes } from '@airlock/protocol';
import { GapError } from './error.ts';
import { sha256 } from './identity.ts';

export interface Leaf {
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  /** {@link uuidCommitment} of the address's UUID. */
  readonly commitment: string;
}

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

const fromHex = (digest: string): Buffer => Buffer.from(digest, 'hex');

/** SHA-256 of the UUID's 48 bytes: names a key without giving away half of it. */
export function uuidCommitment(uuid: string): string {
  return sha256(uuidToBytes(uuid));
}

export function leafHash({ address, securityLevel, commitment }: Leaf): string {
  return sha256(LEAF, hashToBytes(address), Buffer.from([securityLevel]), fromHex(commitment));
}

function nodeHash(left: string, right: string): string {
  return sha256(NODE, fromHex(left), fromHex(right));
}

/** Every level of the tree, from the leaves to the root; an odd last node rises unchanged. */
function levelsOf(leaves: readonly string[]): string[][] {
  if (leaves.length === 0) throw new RangeError('expected at least one leaf');
  const levels = [[...leaves]];
  for (let below = levels[0] as string[]; below.length > 1; ) {
    const above: string[] = [];
    for (let i = 0; i < below.length; i += 2) {
      const left = below[i] as string;
      const right = below[i + 1];
      above.push(right === undefined ? left : nodeHash(left, right));
    }
    levels.push(above);
    below = above;
  }
  return levels;
}

/** The root over leaf hashes. */
export function merkleRoot(leaves: readonly string[]): string {
  return (levelsOf(leaves).at(-1) as string[])[0] as string;
}

/** The paths of all leaves, each the siblings from the leaf up to the root. */
export function merklePaths(leaves: readonly string[]): string[][] {
  const levels = levelsOf(leaves);
  return leaves.map((_, leaf) => {
    const path: string[] = [];
    let index = leaf;
    for (const level of levels) {
      const sibling = level[index ^ 1];
      if (sibling !== undefined) path.push(sibling);
      index >>= 1;
    }
    return path;
  });
}

/** @throws GapError root_mismatch if the path does not lead from this leaf to this root */
export function verifyMerklePath(options: {
  readonly leaf: string;
  readonly index: number;
  readonly count: number;
  readonly path: readonly string[];
  readonly root: string;
}): void {
  const { count, path, root } = options;
  let node = options.leaf;
  let index = options.index;
  let used = 0;
  for (let width = count; width > 1; width = (width + 1) >> 1) {
    const isLonely = index === width - 1 && index % 2 === 0;
    if (!isLonely) {
      const sibling = path[used];
      used += 1;
      // A path that ends too early counts as one hash longer than it is, and is refused below.
      if (sibling === undefined) break;
      node = index % 2 === 0 ? nodeHash(node, sibling) : nodeHash(sibling, node);
    }
    index >>= 1;
  }
  if (options.index < 0 || options.index >= count || used !== path.length || node !== root) {
    throw new GapError('root_mismatch', 'the proof does not lead to the root that was signed');
  }
}
