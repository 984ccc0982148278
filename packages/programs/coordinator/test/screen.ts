/** What a signer's screen shows of a file, as texts: without pictures, which the tests of codes have. */
import { openEnvelope, type SequenceMode, UrEncoder } from '@airlock/gap';
import { urTypeOf } from '@airlock/light';
import type { Store } from '../src/store/store.ts';
import { rangeOf } from '../src/store/store.ts';

export interface Screen {
  /** Codes that are enough, K. */
  readonly count: number;
  /** The loop of 4 K codes; of a single one, that. */
  readonly texts: readonly string[];
}

/** @param count about so many codes are enough */
export function screenOf(file: Uint8Array, count = 9, mode: SequenceMode = 'chosen'): Screen {
  const type = urTypeOf(openEnvelope(file).type);
  const encoder = new UrEncoder(type, file, Math.ceil(file.length / count));
  const parts = encoder.parts(mode);
  const length = encoder.count === 1 ? 1 : 4 * encoder.count;
  const texts = Array.from({ length }, () => parts.next().value?.text ?? '');
  return { count: encoder.count, texts };
}

/** A code of somebody else's, as whole as ours are. */
export function strangers(type: string, count: number): string[] {
  const message = new Uint8Array(100).fill(7);
  const encoder = new UrEncoder(type, message, Math.ceil(message.length / count));
  return Array.from({ length: encoder.count }, (_, at) => encoder.part(at + 1).text);
}

/** The same order always, and no order at all. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const left = [...items];
  let state = seed;
  return items.map(() => {
    state = (1_103_515_245 * state + 12_345) % 2 ** 31;
    return left.splice(Math.floor((state / 2 ** 31) * left.length), 1)[0] as T;
  });
}

/** Codes that are stored. */
export async function framesIn(store: Store): Promise<string[]> {
  const texts: string[] = [];
  for await (const [, text] of store.entries(rangeOf('frames'))) texts.push(text);
  return texts;
}
