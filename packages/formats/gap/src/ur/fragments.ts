/**
 * Which fragments a part of a fountain code mixes: a function of its sequence number, the number of
 * fragments and the message's checksum (BCR-2020-005, BCR-2024-001).
 */
import { Xoshiro256 } from './xoshiro.ts';

/** Draws an index with given probabilities in constant time: Walker's alias method, as Vose built it. */
interface Sampler {
  readonly probabilities: readonly number[];
  readonly aliases: readonly number[];
}

function samplerOf(weights: readonly number[]): Sampler {
  const count = weights.length;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const scaled = weights.map((weight) => (weight * count) / sum);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = count - 1; i >= 0; i -= 1) ((scaled[i] ?? 0) < 1 ? small : large).push(i);
  const probabilities = Array<number>(count).fill(0);
  const aliases = Array<number>(count).fill(0);
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() ?? 0;
    const more = large.pop() ?? 0;
    probabilities[less] = scaled[less] ?? 0;
    aliases[less] = more;
    scaled[more] = (scaled[more] ?? 0) + (scaled[less] ?? 0) - 1;
    (scaled[more] < 1 ? small : large).push(more);
  }
  for (const i of [...large, ...small]) probabilities[i] = 1;
  return { probabilities, aliases };
}

function draw({ probabilities, aliases }: Sampler, random: Xoshiro256): number {
  const first = random.nextDouble();
  const second = random.nextDouble();
  const i = Math.floor(probabilities.length * first);
  return second < (probabilities[i] ?? 0) ? i : (aliases[i] ?? 0);
}

const samplers = new Map<number, Sampler>();

/** Degree d has the weight 1/d. */
function degreeSampler(count: number): Sampler {
  const known = samplers.get(count);
  if (known !== undefined) return known;
  const made = samplerOf(Array.from({ length: count }, (_, i) => 1 / (i + 1)));
  samplers.set(count, made);
  return made;
}

/** What a part is drawn from. */
export interface Mixing {
  /** Fragments of the message, K. */
  readonly count: number;
  /** CRC-32 of the message. */
  readonly checksum: number;
}

function randomOf(sequence: number, checksum: number): Xoshiro256 {
  const seed = Buffer.alloc(8);
  seed.writeUInt32BE(sequence, 0);
  seed.writeUInt32BE(checksum, 4);
  return new Xoshiro256(seed);
}

/** How many fragments a part mixes: cheaper to know than which. */
export function degreeOf(sequence: number, { count, checksum }: Mixing): number {
  if (sequence <= count) return 1;
  return draw(degreeSampler(count), randomOf(sequence, checksum)) + 1;
}

/** The fragments that the part with this number (1 to 2^32−1) mixes; the first K are plain. */
export function fragmentsOf(sequence: number, { count, checksum }: Mixing): number[] {
  if (sequence <= count) return [sequence - 1];
  const random = randomOf(sequence, checksum);
  const degree = draw(degreeSampler(count), random) + 1;
  const left = Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: degree }, () => {
    const [taken = 0] = left.splice(random.nextInt(0, left.length - 1), 1);
    return taken;
  });
}
