/** How many frames are shown until a reader has the message: each kind of sender and reader, by cells. */
import type { Mixing } from '../../../packages/formats/gap/src/ur/fragments.ts';
import { createRandom, type Random } from '../decoders/random.ts';
import { independentLosses, type Losses } from './channel.ts';
import {
  chosenFrames,
  cycledFrames,
  loopLengthOf,
  type ShownFrames,
  sequentialFrames,
} from './shown-frames.ts';
import {
  EliminationReader,
  IdealReader,
  PeelingReader,
  type SimulatedReader,
} from './simulated-readers.ts';
import { type Summary, summaryOf } from './statistics.ts';

/** A reader that needs more than so many times K is not getting anywhere. */
const PATIENCE = 1000;

export interface View {
  /** Place of the first frame that the reader is shown. */
  readonly start: number;
  readonly isLost: Losses;
}

/** Frames shown until the reader is complete, the lost ones too. */
export function framesUntilRead(
  reader: SimulatedReader,
  frames: ShownFrames,
  { start, isLost }: View,
): number {
  let shown = 0;
  for (const limit = PATIENCE * (reader.count + 10); !reader.isComplete; shown += 1) {
    if (shown > limit) throw new RangeError(`no message after ${limit} frames`);
    if (!isLost(shown)) reader.take(frames(start + shown));
  }
  return shown;
}

/** Senders of one message. */
export interface Senders {
  readonly count: number;
  readonly chosen: ShownFrames;
  readonly sequential: ShownFrames;
  readonly cycled: ShownFrames;
}

export function sendersOf(mixing: Mixing): Senders {
  return {
    count: mixing.count,
    chosen: chosenFrames(mixing),
    sequential: sequentialFrames(mixing),
    cycled: cycledFrames(mixing),
  };
}

/** Senders of several messages of K parts: what is mixed depends on the checksum alone. */
export function manySenders(
  count: number,
  { messages, seed }: { readonly messages: number; readonly seed: number },
): Senders[] {
  const random = createRandom(seed, count);
  return Array.from({ length: messages }, () => sendersOf({ count, checksum: random(2 ** 32) }));
}

export const SCHEME_NAMES = ['ideal', 'ours', 'elimination', 'peeling', 'cycling'] as const;
export type Scheme = (typeof SCHEME_NAMES)[number];

interface SchemeParts {
  readonly title: string;
  readonly frames: (senders: Senders) => ShownFrames;
  readonly reader: (count: number) => SimulatedReader;
  /** Where a late reader's first frame may be: from the first place to before the second. */
  readonly late: (count: number) => readonly [number, number];
}

/**
 * Late is anywhere in what comes over and over; in the sequence without end, after its plain parts,
 * which never come again.
 */
const wholeLoop = (count: number): [number, number] => [0, loopLengthOf(count)];
const afterPlain = (count: number): [number, number] => [count, loopLengthOf(count)];

export const SCHEMES: Readonly<Record<Scheme, SchemeParts>> = {
  ideal: {
    title: 'ideal',
    frames: ({ cycled }) => cycled,
    reader: (count) => new IdealReader(count),
    late: wholeLoop,
  },
  ours: {
    title: 'ours',
    frames: ({ chosen }) => chosen,
    reader: (count) => new EliminationReader(count),
    late: wholeLoop,
  },
  elimination: {
    title: 'UR, our reader',
    frames: ({ sequential }) => sequential,
    reader: (count) => new EliminationReader(count),
    late: afterPlain,
  },
  peeling: {
    title: 'UR, peeling',
    frames: ({ sequential }) => sequential,
    reader: (count) => new PeelingReader(count),
    late: afterPlain,
  },
  cycling: {
    title: 'no code',
    frames: ({ cycled }) => cycled,
    reader: (count) => new EliminationReader(count),
    late: wholeLoop,
  },
};

export interface Cell {
  readonly count: number;
  readonly loss: number;
  readonly isLate: boolean;
}

export interface CellResult extends Cell {
  readonly trials: number;
  readonly frames: Readonly<Record<Scheme, Summary>>;
}

export interface CellOptions {
  readonly senders: readonly Senders[];
  readonly trials: number;
  readonly seed: number;
  /** Instead of independent losses. */
  readonly lossesOf?: (random: Random) => Losses;
}

/** In a trial all readers miss the same frames, so that their difference is not chance. */
export function runCell(cell: Cell, options: CellOptions): CellResult {
  const { count, loss, isLate } = cell;
  const { senders, trials, seed } = options;
  const lossesOf = options.lossesOf ?? ((random) => independentLosses(random, loss));
  const shown: Record<Scheme, number[]> = {
    ideal: [],
    ours: [],
    elimination: [],
    peeling: [],
    cycling: [],
  };
  for (let trial = 0; trial < trials; trial += 1) {
    const random = createRandom(seed, count, 100 * loss, isLate ? 1 : 0, trial);
    const where = random(2 ** 20) / 2 ** 20;
    const isLost = lossesOf(random);
    for (const scheme of SCHEME_NAMES) {
      const { frames, reader, late } = SCHEMES[scheme];
      const [low, high] = late(count);
      const start = isLate ? low + Math.floor(where * (high - low)) : 0;
      const all = frames(senders[trial % senders.length] as Senders);
      shown[scheme].push(framesUntilRead(reader(count), all, { start, isLost }));
    }
  }
  const entries = SCHEME_NAMES.map((scheme) => [scheme, summaryOf(shown[scheme])]);
  return { ...cell, trials, frames: Object.fromEntries(entries) as CellResult['frames'] };
}
