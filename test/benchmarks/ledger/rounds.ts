/** Two sides that take short turns, so that whatever else the machine does hits both. */
import { median } from '../../campaigns/light/statistics.ts';

/** Turns of each side in a round. */
export const TURNS = 10;

/**
 * Medians, over so many rounds, of the milliseconds that both sides take for a round of {@link TURNS}
 * turns each. One round before them warms both up. Who is first changes from turn to turn.
 */
export async function medians(
  rounds: number,
  sides: {
    readonly first: () => Promise<number>;
    readonly second: () => Promise<number>;
  },
): Promise<{ readonly first: number; readonly second: number }> {
  const { first, second } = sides;
  const totals: { first: number; second: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const total = { first: 0, second: 0 };
    for (let turn = 0; turn < TURNS; turn += 1) {
      const isSwapped = turn % 2 === 1;
      if (isSwapped) total.second += await second();
      total.first += await first();
      if (!isSwapped) total.second += await second();
    }
    if (round > 0) totals.push(total);
  }
  return {
    first: median(totals.map((total) => total.first)),
    second: median(totals.map((total) => total.second)),
  };
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Of so many transfers in so many milliseconds. */
export const rate = (transfers: number, ms: number): string =>
  `${Math.round((transfers / ms) * 1000)}/s`;
