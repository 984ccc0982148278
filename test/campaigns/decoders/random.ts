/** Seeded numbers: the same seed gives the same campaign, and one input can be made again alone. */

/** An integer from 0 to below `below`. */
export type Random = (below: number) => number;

/** Mulberry32 over all of `seeds`. */
export function createRandom(...seeds: readonly number[]): Random {
  let state = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  for (const seed of seeds) state = next() ^ seed;
  return (below) => Math.floor((next() / 2 ** 32) * below);
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new RangeError('expected at least one item');
  return item;
}
