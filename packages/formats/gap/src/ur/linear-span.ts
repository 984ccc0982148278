/** Sets of fragments as vectors over GF(2), and what they span. */

/** One bit a fragment. */
export type BitVector = Uint32Array;

export function bitVector(count: number, indexes: Iterable<number>): BitVector {
  const vector = new Uint32Array(Math.ceil(count / 32));
  for (const index of indexes)
    vector[index >>> 5] = (vector[index >>> 5] ?? 0) | (1 << (index & 31));
  return vector;
}

export function hasBit(vector: BitVector, index: number): boolean {
  return (((vector[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

export function xorInto(target: Uint32Array | Uint8Array, other: Uint32Array | Uint8Array): void {
  for (let i = 0; i < target.length; i += 1) target[i] = (target[i] ?? 0) ^ (other[i] ?? 0);
}

/** The lowest fragment in a vector, or −1 of the empty one. */
export function lowestBit(vector: BitVector): number {
  for (let word = 0; word < vector.length; word += 1) {
    const bits = vector[word] ?? 0;
    if (bits !== 0) return 32 * word + (31 - Math.clz32(bits & -bits));
  }
  return -1;
}

interface Row {
  readonly vector: BitVector;
  readonly time: number;
}

/**
 * The span of the newest vectors of a sequence, for every length of "newest" at once: at each pivot
 * stands the newest vector that can stand there.
 */
export class RecentSpan {
  readonly #rows: (Row | undefined)[];

  constructor(count: number) {
    this.#rows = Array(count).fill(undefined);
  }

  /** Whether a vector is no sum of those that were added at `since` or later. */
  isNew(vector: BitVector, since: number): boolean {
    const rest = vector.slice();
    for (let pivot = lowestBit(rest); pivot >= 0; pivot = lowestBit(rest)) {
      const row = this.#rows[pivot];
      if (row === undefined || row.time < since) return true;
      xorInto(rest, row.vector);
    }
    return false;
  }

  /** @param time not before that of any vector added earlier */
  add(vector: BitVector, time: number): void {
    let moving: Row = { vector: vector.slice(), time };
    for (let pivot = lowestBit(moving.vector); pivot >= 0; pivot = lowestBit(moving.vector)) {
      const row = this.#rows[pivot];
      if (row === undefined) {
        this.#rows[pivot] = moving;
        return;
      }
      let staying = row;
      if (row.time < moving.time) {
        this.#rows[pivot] = moving;
        [staying, moving] = [moving, row];
      }
      xorInto(moving.vector, staying.vector);
    }
  }
}
