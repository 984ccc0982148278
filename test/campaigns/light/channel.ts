/** Which frames a camera misses. */
import type { Random } from '../decoders/random.ts';

/** Whether the frame at a place, counted from the first one shown to the reader, is lost. */
export type Losses = (place: number) => boolean;

const MILLION = 1_000_000;

/** Draws as far as it is asked, so that several readers can see the same losses. */
function drawn(next: () => boolean): Losses {
  const losses: boolean[] = [];
  return (place) => {
    while (losses.length <= place) losses.push(next());
    return losses[place] === true;
  };
}

/** Each frame alone, with the probability `loss`. */
export function independentLosses(random: Random, loss: number): Losses {
  return drawn(() => random(MILLION) < loss * MILLION);
}

/** `length` frames at once, so often that a share of `loss` is lost in all. */
export function burstLosses(
  random: Random,
  { loss, length }: { readonly loss: number; readonly length: number },
): Losses {
  const begins = 1 / (1 + (length * (1 - loss)) / loss);
  let left = 0;
  return drawn(() => {
    if (left === 0 && random(MILLION) < begins * MILLION) left = length;
    if (left === 0) return false;
    left -= 1;
    return true;
  });
}

/** Everything from a place on, for some frames. */
export const blackout =
  (from: number, frames: number): Losses =>
  (place) =>
    place >= from && place < from + frames;
