/** Goals of delivery, Q2 to Q5: what our frames may cost more than those of an ideal code. */
import { createRandom, type Random } from '../decoders/random.ts';
import { blackout, burstLosses, type Losses } from './channel.ts';
import {
  type CellResult,
  framesUntilRead,
  manySenders,
  runCell,
  type Senders,
  type View,
} from './delivery.ts';
import { loopLengthOf, sequentialFrames } from './shown-frames.ts';
import { EliminationReader } from './simulated-readers.ts';
import { percentile, summaryOf, textOf } from './statistics.ts';
import { judged, reported, type Verdict } from './verdict.ts';

/** Losses, and what our p99 may exceed the ideal one's by. */
export const Q2_FRAMES: readonly (readonly [number, number])[] = [
  [0.1, 6],
  [0.3, 8],
  [0.5, 10],
];
/** The mean may exceed the ideal mean by as many frames as arrive as two, on average. */
const Q2_MEAN = 2;
const Q3_SEQUENTIAL = 13;
const Q4_COUNT = 89;
const Q4_LOSS = 0.3;
const Q4_P99 = 153;
const Q4_BURST = 20;
const Q5_FRAMES = { mean: 2, p95: 5 };

const noLoss: Losses = () => false;
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value)}`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

interface Excess {
  readonly count: number;
  readonly frames: number;
}

const worstOf = (excesses: readonly Excess[]): Excess =>
  excesses.reduce((worst, each) => (each.frames > worst.frames ? each : worst));

/** Q2, of cells that start from the first frame. */
export function judgeLosses(cells: readonly CellResult[]): Verdict[] {
  return Q2_FRAMES.map(([loss, allowed]) => {
    const own = cells.filter((cell) => cell.loss === loss && !cell.isLate);
    const excess = (of: 'p99' | 'mean'): Excess =>
      worstOf(
        own.map(({ count, frames: { ours, ideal } }) => ({ count, frames: ours[of] - ideal[of] })),
      );
    const [p99, mean] = [excess('p99'), excess('mean')];
    const allowedMean = Q2_MEAN / (1 - loss);
    return judged(
      'Q2',
      p99.frames <= allowed && mean.frames <= allowedMean,
      `${percent(loss)} lost: p99 at most ideal + ${allowed}: ${signed(p99.frames)} (K = ${p99.count}); ` +
        `mean at most ideal + ${allowedMean.toFixed(1)}: ${signed(Number(mean.frames.toFixed(2)))} (K = ${mean.count})`,
    );
  });
}

const extraFrames = (senders: Senders, view: View): number =>
  framesUntilRead(new EliminationReader(senders.count), senders.chosen, view) - senders.count;

/** Q3: frames beyond K from every place of an animation, at no loss; the worst of them. */
export function worstStart(senders: Senders): number {
  const starts = Array.from({ length: loopLengthOf(senders.count) }, (_, start) => start);
  return Math.max(...starts.map((start) => extraFrames(senders, { start, isLost: noLoss })));
}

export function judgeStarts(senders: readonly Senders[]): Verdict {
  const excesses = senders.map((each) => ({ count: each.count, frames: worstStart(each) }));
  const { count, frames } = worstOf(excesses);
  const starts = senders.reduce((sum, each) => sum + loopLengthOf(each.count), 0);
  return judged(
    'Q3',
    frames === 0,
    `exactly K frames from each of ${starts} places, over the end too: ${signed(frames)} (K = ${count})`,
  );
}

/** Frames beyond K that our reader needs of a wallet's frames, each time of another message. */
function joins(count: number, options: Sampling, placeOf: (random: Random) => number): number[] {
  return Array.from({ length: options.trials }, (_, trial) => {
    const random = createRandom(options.seed, count, 3, trial);
    const frames = sequentialFrames({ count, checksum: random(2 ** 32) });
    const view = { start: placeOf(random), isLost: noLoss };
    return framesUntilRead(new EliminationReader(count), frames, view) - count;
  });
}

export interface Sampling {
  readonly trials: number;
  readonly seed: number;
}

/** Q3: a sender of 1, 2, 3… that a reader of ours joins. */
export function judgeSequential(counts: readonly number[], options: Sampling): Verdict[] {
  const worst = (placeOf: (count: number) => (random: Random) => number): Excess =>
    worstOf(
      counts.map((count) => ({
        count,
        frames: percentile(joins(count, options, placeOf(count)), 0.99),
      })),
    );
  const late = worst((count) => (random) => count + random(3 * count));
  const amid = worst((count) => (random) => random(count));
  return [
    judged(
      'Q3',
      late.frames <= Q3_SEQUENTIAL,
      `a sequential sender joined after its plain parts: p99 at most K + ${Q3_SEQUENTIAL}: ` +
        `${signed(late.frames)} (K = ${late.count})`,
    ),
    reported(
      'Q3',
      `a sequential sender joined amid its plain parts: p99 K ${signed(amid.frames)} (K = ${amid.count})`,
    ),
  ];
}

/** Q4: 52 kB. */
export function judgeLongMessage(cells: readonly CellResult[], options: Sampling): Verdict[] {
  const cell = cells.find(
    ({ count, loss, isLate }) => count === Q4_COUNT && loss === Q4_LOSS && !isLate,
  );
  if (cell === undefined) throw new TypeError('expected the cell of 52 kB');
  const { p99 } = cell.frames.ours;
  const bursts = runCell(
    { count: Q4_COUNT, loss: Q4_LOSS, isLate: false },
    {
      ...options,
      senders: manySenders(Q4_COUNT, { messages: 10, seed: options.seed }),
      lossesOf: (random) => burstLosses(random, { loss: Q4_LOSS, length: Q4_BURST }),
    },
  );
  const { ideal, ours, peeling, cycling } = bursts.frames;
  return [
    judged('Q4', p99 <= Q4_P99, `K = 89, 30 % lost: p99 at most ${Q4_P99} frames: ${p99}`),
    reported(
      'Q4',
      `K = 89, 30 % lost in bursts of ${Q4_BURST}: ideal ${textOf(ideal)}, ours ${textOf(ours)}, ` +
        `UR, peeling ${textOf(peeling)}, no code ${textOf(cycling)}`,
    ),
  ];
}

/** Frames that a blackout costs beyond its own: at any time, of any length up to 2K. */
export function blackoutCosts(senders: readonly Senders[], options: Sampling): number[] {
  return Array.from({ length: options.trials }, (_, trial) => {
    const own = senders[trial % senders.length] as Senders;
    const random = createRandom(options.seed, own.count, 5, trial);
    const start = trial % 2 === 0 ? 0 : random(loopLengthOf(own.count));
    const [from, frames] = [random(own.count), 1 + random(2 * own.count)];
    return extraFrames(own, { start, isLost: blackout(from, frames) }) - frames;
  });
}

/** K frames in a row in any order, each shown one to three times: frames that are still missing. */
function missingOfShuffled(senders: Senders, random: Random): number {
  const { count, chosen } = senders;
  const start = random(loopLengthOf(count));
  const reader = new EliminationReader(count);
  const places = Array.from({ length: count }, (_, i) => start + i).flatMap((place) =>
    Array<number>(1 + random(3)).fill(place),
  );
  for (let left = places.length; left > 0; left -= 1) {
    const [place = 0] = places.splice(random(left), 1);
    reader.take(chosen(place));
  }
  return count - reader.progress;
}

/**
 * Q5. "At most 4 more" is out of reach of sums over GF(2): of K + 4 random ones some are short of K
 * independent ones in 6 %, and a blackout leaves as good as random ones.
 */
export function judgeBlackouts(senders: readonly Senders[], options: Sampling): Verdict[] {
  const costs = blackoutCosts(senders, options);
  const { mean, p95, p99, max } = summaryOf(costs);
  const missing = Array.from({ length: options.trials }, (_, trial) =>
    missingOfShuffled(
      senders[trial % senders.length] as Senders,
      createRandom(options.seed, 6, trial),
    ),
  );
  return [
    judged(
      'Q5',
      mean <= Q5_FRAMES.mean && p95 <= Q5_FRAMES.p95,
      `a blackout costs its own frames and, on average, at most ${Q5_FRAMES.mean} more, p95 ${Q5_FRAMES.p95}: ` +
        `mean ${signed(Number(mean.toFixed(2)))}, p95 ${signed(p95)}, p99 ${signed(p99)}, most ${signed(max)}`,
    ),
    judged(
      'Q5',
      missing.every((frames) => frames === 0),
      `any K frames in a row, in any order and repeated, are enough: ${missing.length} times, ` +
        `${Math.max(...missing)} missing at most`,
    ),
  ];
}
