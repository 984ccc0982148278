/** A slice of `npm run bench:qr`: the goals at few trials, and that simulated readers are as real ones. */
import { crc32, UrReceiver } from '@airlock/gap';
import { Animation } from '@airlock/light';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { exampleFile } from '../../../packages/formats/gap/test/samples.ts';
import { encoderOf, messageOf, textsOf } from '../../../packages/formats/gap/test/ur/samples.ts';
import { createRandom } from '../decoders/random.ts';
import { SCENE } from './camera.ts';
import { blackout, burstLosses, independentLosses, type Losses } from './channel.ts';
import { judgeCapacity, judgeTerminal, judgeTimes, longCounts, timeCodes } from './codes.ts';
import {
  type CellResult,
  framesUntilRead,
  manySenders,
  runCell,
  type Senders,
  sendersOf,
} from './delivery.ts';
import {
  blackoutCosts,
  judgeBlackouts,
  judgeLongMessage,
  judgeLosses,
  judgeSequential,
  judgeStarts,
} from './delivery-goals.ts';
import { collisionOf, judgeForgeries } from './forgery.ts';
import { framesOfPeers, judgeInteroperation } from './interoperation.ts';
import { judgeCaps, judgeTyping, measureMemory } from './lines-and-caps.ts';
import { loopLengthOf } from './shown-frames.ts';
import { EliminationReader } from './simulated-readers.ts';
import { percentile, summaryOf } from './statistics.ts';
import { interleave, judgeInterleaving } from './strangers.ts';
import type { Verdict } from './verdict.ts';
import { loadZxing } from './zxing.ts';

const COUNTS = [8, 23, 89] as const;
const SEED = 1;
const sampling = { trials: 100, seed: SEED };

const missed = (verdicts: readonly Verdict[]): string[] =>
  verdicts.filter(({ verdict }) => verdict === 'missed').map(({ goal, text }) => `${goal} ${text}`);

describe('delivery', () => {
  let senders: Senders[];
  let cells: CellResult[];

  beforeAll(() => {
    senders = COUNTS.flatMap((count) => manySenders(count, { messages: 3, seed: SEED }));
    cells = COUNTS.flatMap((count) =>
      [0.1, 0.3, 0.5].map((loss) => {
        const own = senders.filter((each) => each.count === count);
        return runCell({ count, loss, isLate: false }, { ...sampling, senders: own });
      }),
    );
  }, 60_000);

  test('Q2, Q4: at every loss not far from an ideal code', () => {
    expect(missed(judgeLosses(cells))).toEqual([]);
    expect(missed(judgeLongMessage(cells, { trials: 20, seed: SEED }))).toEqual([]);
  });

  test('Q2: better than a wallet reads, and than no code', () => {
    for (const { frames } of cells) {
      expect(frames.ours.mean).toBeLessThan(frames.elimination.mean);
      expect(frames.elimination.mean).toBeLessThanOrEqual(frames.peeling.mean);
      expect(frames.peeling.mean).toBeLessThan(frames.cycling.mean);
      expect(frames.ideal.mean).toBeLessThanOrEqual(frames.ours.mean);
    }
  });

  test('Q3: K frames from every place, over the end of the animation too', () => {
    expect(missed([judgeStarts(senders)])).toEqual([]);
  });

  test('Q3: would see a loop that is not closed', () => {
    const open = senders.map((each) => {
      const length = 2 * each.count;
      return { ...each, chosen: (place: number) => each.sequential(place % length) };
    });
    expect(missed([judgeStarts(open)])).toHaveLength(1);
  });

  test("Q3: a wallet's sequence, joined late", () => {
    expect(missed(judgeSequential([8, 33], sampling))).toEqual([]);
  });

  test('Q5: K frames in any order, repeated; a blackout costs about two frames more', () => {
    const [, order] = judgeBlackouts(senders, sampling);
    expect(order?.verdict).toBe('met');
    const costs = blackoutCosts(senders, { trials: 600, seed: SEED });
    const { mean, p95 } = summaryOf(costs);
    expect(mean).toBeLessThan(2);
    expect(p95).toBeLessThanOrEqual(5);
    // No choice among so many sequence numbers is right for every blackout: one in twenty costs more.
    expect(costs.filter((cost) => cost > 4).length).toBeLessThan(60);
  });

  test('the same seed gives the same cell', () => {
    const cell = { count: 8, loss: 0.3, isLate: true };
    const own = senders.slice(0, 3);
    const again = runCell(cell, { ...sampling, senders: own });
    expect(runCell(cell, { ...sampling, senders: own })).toEqual(again);
  });
});

describe('what is simulated', () => {
  test('is lost as often as it is said, and in bursts', () => {
    const lost = (losses: Losses): number =>
      Array.from({ length: 50_000 }, (_, i) => losses(i)).filter((each) => each).length / 50_000;
    expect(lost(independentLosses(createRandom(1), 0.3))).toBeCloseTo(0.3, 1);
    const bursts = burstLosses(createRandom(1), { loss: 0.3, length: 20 });
    expect(lost(bursts)).toBeCloseTo(0.3, 1);
    const places = Array.from({ length: 2000 }, (_, i) => (bursts(i) ? 'x' : '.')).join('');
    expect(places.match(/x+/g)?.every((run) => run.length % 20 === 0)).toBe(true);
    expect([0, 1, 2, 3].map(blackout(1, 2))).toEqual([false, true, true, false]);
  });

  test.each([
    [8, 'chosen'],
    [23, 'chosen'],
    [40, 'chosen'],
    [23, 'sequential'],
    [40, 'sequential'],
  ] as const)('K = %i, %s: reads at the frame at which the real receiver does', (count, mode) => {
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const message = messageOf(8 * count, seed);
      const texts = textsOf(encoderOf(count, seed), mode, loopLengthOf(count) + 10 * count);
      const random = createRandom(seed, count);
      const isLost = independentLosses(random, 0.1 * (seed - 1));
      const view = { start: random(loopLengthOf(count)), isLost };
      const senders = sendersOf({ count, checksum: crc32(message) });
      const simulated = framesUntilRead(new EliminationReader(count), senders[mode], view);
      const receiver = new UrReceiver('bytes');
      const real = texts
        .slice(view.start)
        .findIndex((text, i) => !isLost(i) && receiver.take(text) !== null);
      expect({ seed, frames: real + 1 }).toEqual({ seed, frames: simulated });
    }
  });

  test.each([2, 9, 23, 40])('K = %i: peels at the frame at which @ngraveio/bc-ur does', (count) => {
    for (const start of [0, count >> 1, count, 3 * count, 1000]) {
      const { theirs, simulated } = framesOfPeers(count, { seed: start + 1, start });
      expect({ start, frames: simulated }).toEqual({ start, frames: theirs });
    }
  });

  test('an animation of light begins again where the simulated one does', () => {
    for (const mode of ['chosen', 'sequential'] as const) {
      const animation = new Animation(exampleFile(), { version: 10, mode });
      expect(animation.count).toBeGreaterThan(1);
      expect(animation.length).toBe(loopLengthOf(animation.count));
    }
  });
});

describe('strangers', () => {
  test('Q6: of two transfers both arrive, and nothing else', () => {
    const { trials, ...counts } = interleave({ trials: 500, seed: SEED });
    expect(counts).toEqual({ wrong: 0, incomplete: 0 });
    expect(judgeInterleaving({ trials, wrong: 1, incomplete: 0 }).verdict).toBe('missed');
  });

  test('Q7: misread and lying frames cost a restart at most, a forgery its own time', () => {
    expect(missed(judgeForgeries({ trials: 20, seed: SEED }))).toEqual([]);
    const [message, forgery] = [messageOf(100, 1), collisionOf(messageOf(100, 1))];
    expect(crc32(forgery)).toBe(crc32(message));
    expect(forgery).not.toEqual(message);
  });

  test('Q8: both ways with another library', () => {
    expect(missed(judgeInteroperation([2, 9, 33], SEED))).toEqual([]);
  });
});

describe('codes', () => {
  test('Q1, Q10: hold what they should, and fit into a terminal', () => {
    expect(missed([judgeCapacity(), judgeTerminal()])).toEqual([]);
    expect(longCounts()).toEqual([391, 225, 128]);
  });

  test('Q9: are timed, and read though turned', async () => {
    let now = 0;
    const stopwatch = (): (() => number) => () => {
      now += 1;
      return now;
    };
    const peer = await loadZxing('node_modules');
    const small = { ...SCENE, width: 400, height: 300, side: 260, degrees: 2 };
    const times = await timeCodes(10, { stopwatch, peer, shots: [small, small], seed: SEED });
    const { pictures, read, readByPeer } = times;
    expect({ pictures, read, readByPeer }).toEqual({
      pictures: 1,
      read: 1,
      readByPeer: peer === null ? 0 : 1,
    });
    const fast = { ...times, encodeMs: 5, decodeMs: 25 };
    expect(missed(judgeTimes([fast]))).toEqual([]);
    expect(missed(judgeTimes([{ ...fast, encodeMs: 5.1, decodeMs: 25.1 }]))).toHaveLength(2);
    expect(await loadZxing('/nowhere')).toBeNull();
  }, 60_000);
});

describe('lines and caps', () => {
  test('Q11: frames survive a scanner that types', () => {
    expect(missed([judgeTyping({ trials: 20, seed: SEED })])).toEqual([]);
  });

  test('Q12: caps are exact, and memory stays below', () => {
    const memory = measureMemory(undefined);
    expect(memory.how).toBe('estimated');
    expect(missed(judgeCaps(memory))).toEqual([]);
    expect(missed(judgeCaps({ ...memory, oneBytes: 8 * 1024 * 1024 + 1 }))).toHaveLength(1);
  });
});

test('percentiles are of the nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect(summaryOf(values)).toEqual({ mean: 100.5, p95: 190, p99: 198, max: 200 });
  expect(percentile([7], 0.99)).toBe(7);
});
