/** Frames of two transfers that one camera sees in turn (Q6), by the real receiver. */
import { UrEncoder, UrReceiver } from '@airlock/gap';
import { messageOf, textsOf } from '../../../packages/formats/gap/test/ur/samples.ts';
import { createRandom, pick, type Random } from '../decoders/random.ts';
import type { Sampling } from './delivery-goals.ts';
import { loopLengthOf } from './shown-frames.ts';
import { judged, type Verdict } from './verdict.ts';

/** Enough that pairs hardly come again. */
const TRANSFERS = 400;
const FRAGMENT_BYTES = 8;
const COUNT_MIN = 2;
const COUNTS = 5;
const FRAMES_MAX = 2000;
const LOSS_PERCENT = 20;

interface SmallTransfer {
  readonly message: Uint8Array;
  readonly texts: readonly string[];
}

/** Of few counts and lengths: most pairs differ in nothing but checksum and content. */
function smallTransfers(seed: number): SmallTransfer[] {
  return Array.from({ length: TRANSFERS }, (_, i) => {
    const count = COUNT_MIN + (i % COUNTS);
    const message = messageOf(FRAGMENT_BYTES * count - (i % 2), seed + i);
    const encoder = new UrEncoder('bytes', message, FRAGMENT_BYTES);
    return { message, texts: textsOf(encoder, 'chosen', loopLengthOf(count)) };
  });
}

export interface Interleaving {
  readonly trials: number;
  /** Messages that were given out and never sent. */
  readonly wrong: number;
  /** Trials in which one of the two did not arrive. */
  readonly incomplete: number;
}

/** One trial: places of the two that arrived, −1 for a message that nobody sent. */
function arrivals(pair: readonly [SmallTransfer, SmallTransfer], random: Random): Set<number> {
  const receiver = new UrReceiver(null);
  const places = pair.map(({ texts }) => random(texts.length));
  const arrived = new Set<number>();
  for (let frame = 0; frame < FRAMES_MAX && arrived.size < 2; frame += 1) {
    const which = random(2);
    const place = places[which] ?? 0;
    places[which] = place + 1;
    if (random(100) < LOSS_PERCENT) continue;
    const { texts } = pair[which] as SmallTransfer;
    const received = receiver.take(texts[place % texts.length] ?? '');
    if (received === null) continue;
    arrived.add(pair.findIndex(({ message }) => Buffer.compare(message, received.message) === 0));
  }
  return arrived;
}

export function interleave(
  { trials, seed }: Sampling,
  onTrial: (done: number) => void = () => {},
): Interleaving {
  const transfers = smallTransfers(seed);
  let [wrong, incomplete] = [0, 0];
  for (let trial = 0; trial < trials; trial += 1) {
    const random = createRandom(seed, 66, trial);
    const first = pick(random, transfers);
    const second = pick(
      random,
      transfers.filter((each) => each !== first),
    );
    const arrived = arrivals([first, second], random);
    if (arrived.has(-1)) wrong += 1;
    if (!arrived.has(0) || !arrived.has(1)) incomplete += 1;
    onTrial(trial + 1);
  }
  return { trials, wrong, incomplete };
}

export function judgeInterleaving({ trials, wrong, incomplete }: Interleaving): Verdict {
  return judged(
    'Q6',
    wrong === 0 && incomplete === 0,
    `two transfers at random, ${trials} times: ${wrong} wrong, ${incomplete} incomplete`,
  );
}
