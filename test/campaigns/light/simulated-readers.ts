/** Readers that are given which fragments a frame mixes, without the bytes. */
import {
  type BitVector,
  lowestBit,
  xorInto,
} from '../../../packages/formats/gap/src/ur/linear-span.ts';

export interface SimulatedReader {
  /** Fragments of the message, K. */
  readonly count: number;
  /** Fragments that are known, or equations that tell something new. */
  readonly progress: number;
  readonly isComplete: boolean;
  take(frame: BitVector): void;
}

/** Whom any K frames suffice: the bound for every code. */
export class IdealReader implements SimulatedReader {
  progress = 0;
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }

  get isComplete(): boolean {
    return this.progress >= this.count;
  }

  take(): void {
    this.progress += 1;
  }
}

/** As gap's decoder: complete with K independent equations. */
export class EliminationReader implements SimulatedReader {
  progress = 0;
  readonly count: number;
  readonly #rows: (BitVector | undefined)[];

  constructor(count: number) {
    this.count = count;
    this.#rows = Array(count).fill(undefined);
  }

  get isComplete(): boolean {
    return this.progress === this.count;
  }

  take(frame: BitVector): void {
    const rest = frame.slice();
    for (let pivot = lowestBit(rest); pivot >= 0; pivot = lowestBit(rest)) {
      const row = this.#rows[pivot];
      if (row === undefined) {
        this.#rows[pivot] = rest;
        this.progress += 1;
        return;
      }
      xorInto(rest, row);
    }
  }
}

/** Whether exactly one fragment is in a set. */
function isSingle(vector: BitVector): boolean {
  let found = false;
  for (let i = 0; i < vector.length; i += 1) {
    const word = vector[i] ?? 0;
    if (word === 0) continue;
    if (found || (word & (word - 1)) !== 0) return false;
    found = true;
  }
  return found;
}

function holds(vector: BitVector, part: BitVector): boolean {
  for (let i = 0; i < vector.length; i += 1) {
    if (((part[i] ?? 0) & ~(vector[i] ?? 0)) !== 0) return false;
  }
  return true;
}

function isEqual(a: BitVector, b: BitVector): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * As @ngraveio/bc-ur and the reference implementation: a mix is reduced by fragments that are known and
 * by mixes of which it holds all fragments.
 */
export class PeelingReader implements SimulatedReader {
  progress = 0;
  readonly count: number;
  readonly #known: BitVector;
  #mixes: BitVector[] = [];
  readonly #singles: BitVector[] = [];

  constructor(count: number) {
    this.count = count;
    this.#known = new Uint32Array(Math.ceil(count / 32));
  }

  get isComplete(): boolean {
    return this.progress === this.count;
  }

  take(frame: BitVector): void {
    if (this.isComplete) return;
    if (isSingle(frame)) this.#singles.push(frame);
    else this.#takeMix(frame);
    for (let next = this.#singles.shift(); next !== undefined; next = this.#singles.shift()) {
      if (!holds(this.#known, next)) this.#learn(next);
    }
  }

  #takeMix(frame: BitVector): void {
    if (this.#mixes.some((mix) => isEqual(mix, frame))) return;
    const rest = frame.map((word, i) => word & ~(this.#known[i] ?? 0));
    for (const mix of this.#mixes) if (holds(rest, mix)) xorInto(rest, mix);
    if (isSingle(rest)) {
      this.#singles.push(rest);
    } else if (lowestBit(rest) >= 0) {
      this.#reduceMixes(rest);
      this.#mixes.push(rest);
    }
  }

  #learn(single: BitVector): void {
    xorInto(this.#known, single);
    this.progress += 1;
    this.#reduceMixes(single);
  }

  #reduceMixes(by: BitVector): void {
    let singles = 0;
    for (const mix of this.#mixes) {
      if (!holds(mix, by)) continue;
      xorInto(mix, by);
      if (!isSingle(mix)) continue;
      this.#singles.push(mix);
      singles += 1;
    }
    if (singles > 0) this.#mixes = this.#mixes.filter((mix) => !isSingle(mix));
  }
}
