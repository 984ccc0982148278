/**
 * Which parts an animation shows, in which order. `chosen`: a loop of 4K parts, first the plain ones,
 * then only mixes of a middle degree, of which any K in a row, from wherever a reader joins and over
 * the loop's end, give the message. `sequential`: 1, 2, 3… for readers that peel.
 */
import { degreeOf, fragmentsOf, type Mixing } from './fragments.ts';
import {
  type BitVector,
  bitVector,
  hasBit,
  lowestBit,
  RecentSpan,
  xorInto,
} from './linear-span.ts';

export type SequenceMode = 'chosen' | 'sequential';

/** A loop has so many times the message's own parts: none comes back for long. */
export const LOOP_ROUNDS = 4;
/** With fewer fragments there are too few mixes of a middle degree. */
const CHOOSY_FROM = 8;
/** Attempts to close a loop: one in six succeeds, one in thirty where K is 6 or 7. */
const CLOSING_ATTEMPTS_MAX = 5000;
/** Attempts with the same parts, each in another order. */
const ROTATIONS_MAX = 20;

interface Shown {
  readonly sequence: number;
  readonly vector: BitVector;
}

function isOfMiddleDegree(sequence: number, mixing: Mixing): boolean {
  const { count } = mixing;
  if (sequence <= count || count < CHOOSY_FROM) return true;
  const degree = degreeOf(sequence, mixing);
  return degree >= count / 2 && degree <= (3 * count) / 4;
}

function* candidatesOf(mixing: Mixing): Generator<Shown, never> {
  for (let sequence = 1; ; sequence += 1) {
    if (!isOfMiddleDegree(sequence, mixing)) continue;
    yield { sequence, vector: bitVector(mixing.count, fragmentsOf(sequence, mixing)) };
  }
}

/** The next parts of which any `count` in a row are independent, the last ones before them included. */
class Chain {
  readonly #count: number;
  readonly #candidates: Generator<Shown, never>;
  readonly #span: RecentSpan;
  #time = 0;

  constructor(count: number, candidates: Generator<Shown, never>) {
    this.#count = count;
    this.#candidates = candidates;
    this.#span = new RecentSpan(count);
  }

  next(): Shown {
    let shown = this.#candidates.next().value;
    while (!this.#span.isNew(shown.vector, this.#time - (this.#count - 2))) {
      shown = this.#candidates.next().value;
    }
    this.#time += 1;
    this.#span.add(shown.vector, this.#time);
    return shown;
  }
}

/** Tells of which vectors of a basis, as a set of their places, another vector is the sum. */
function coordinatesIn(basis: readonly BitVector[]): (vector: BitVector) => BitVector {
  const words = Math.ceil(basis.length / 32);
  // By pivot: a sum of vectors, and behind it their places.
  const rows: Uint32Array[] = [];
  const reduced = (vector: BitVector, places: BitVector): Uint32Array => {
    const row = new Uint32Array(2 * words);
    row.set(vector);
    row.set(places, words);
    let other = rows[lowestBit(row)];
    while (other !== undefined) {
      xorInto(row, other);
      other = rows[lowestBit(row)];
    }
    return row;
  };
  for (const [place, vector] of basis.entries()) {
    const row = reduced(vector, bitVector(basis.length, [place]));
    rows[lowestBit(row)] = row;
  }
  return (vector) => reduced(vector, new Uint32Array(words)).slice(words);
}

/** Takes a column out of the rows after one that has it. */
function eliminate(rows: readonly BitVector[], at: number, column: number): void {
  for (const row of rows.slice(at + 1)) {
    if (hasBit(row, column)) xorInto(row, rows[at] as BitVector);
  }
}

/**
 * An order of `parts` in which any K in a row of `before`, the parts and `after` are independent, each
 * of these being a basis. It is one in which the columns of two matrices, of the parts over `before`
 * and of `after` over the parts, are pivots row by row in both.
 * @returns null if the first try finds none
 */
function orderBetween(
  before: readonly BitVector[],
  parts: readonly Shown[],
  after: readonly BitVector[],
): Shown[] | null {
  const vectors = parts.map(({ vector }) => vector);
  const over = vectors.map(coordinatesIn(before));
  const places = [...parts.keys()];
  const entering = places.map((row) =>
    bitVector(
      parts.length,
      places.filter((column) => hasBit(over[column] as BitVector, row)),
    ),
  );
  const leaving = after.map(coordinatesIn(vectors));
  const order: Shown[] = [];
  for (const row of places) {
    const column = lowestBit(
      (entering[row] as BitVector).map((word, i) => word & (leaving[row]?.[i] ?? 0)),
    );
    if (column < 0) return null;
    order.push(parts[column] as Shown);
    eliminate(entering, row, column);
    eliminate(leaving, row, column);
  }
  return order;
}

/**
 * The last K parts, which lead back to the first K.
 * @returns null if no attempt succeeds, which has not been met: the loop then stays open
 */
function closingParts(
  { count }: Mixing,
  candidates: Generator<Shown, never>,
  { before, after }: { before: readonly BitVector[]; after: readonly BitVector[] },
): Shown[] | null {
  let parts: Shown[] = [];
  for (let attempt = 0; attempt < CLOSING_ATTEMPTS_MAX; attempt += 1) {
    if (attempt % Math.min(count, ROTATIONS_MAX) === 0) {
      const chain = new Chain(count, candidates);
      parts = Array.from({ length: count }, () => chain.next());
    }
    parts.push(...parts.splice(0, 1));
    const order = orderBetween(before, parts, after);
    if (order !== null) return order;
  }
  return null;
}

function* chosenLoop(mixing: Mixing): Generator<number, void> {
  const { count } = mixing;
  const candidates = candidatesOf(mixing);
  const chain = new Chain(count, candidates);
  const vectors: BitVector[] = [];
  for (let left = (LOOP_ROUNDS - 1) * count; left > 0; left -= 1) {
    const { sequence, vector } = chain.next();
    vectors.push(vector);
    yield sequence;
  }
  const ends = { before: vectors.slice(-count), after: vectors.slice(0, count) };
  const closing = closingParts(mixing, candidates, ends);
  for (let at = 0; at < count; at += 1) yield (closing?.[at] ?? chain.next()).sequence;
}

/** Sequence numbers without end; of the chosen ones, each is shown once a loop. */
export function* sequenceNumbers(mixing: Mixing, mode: SequenceMode): Generator<number, never> {
  if (mode === 'sequential') {
    for (let sequence = 1; ; sequence += 1) yield sequence;
  }
  const loop: number[] = [];
  for (const sequence of chosenLoop(mixing)) {
    loop.push(sequence);
    yield sequence;
  }
  for (;;) yield* loop;
}
