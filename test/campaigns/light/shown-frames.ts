/** What senders show, frame after frame, as the sets of fragments that each frame mixes. */
import { fragmentsOf, type Mixing } from '../../../packages/formats/gap/src/ur/fragments.ts';
import { type BitVector, bitVector } from '../../../packages/formats/gap/src/ur/linear-span.ts';
import {
  LOOP_ROUNDS,
  sequenceNumbers,
} from '../../../packages/formats/gap/src/ur/sequence-plan.ts';

/** The frame at a place, from 0 without end. */
export type ShownFrames = (place: number) => BitVector;

/** Frames of our animation: it begins again after them. */
export const loopLengthOf = (count: number): number => LOOP_ROUNDS * count;

const vectorOf = (sequence: number, mixing: Mixing): BitVector =>
  bitVector(mixing.count, fragmentsOf(sequence, mixing));

/** Our animation, over and over. */
export function chosenFrames(mixing: Mixing): ShownFrames {
  const vectors: BitVector[] = [];
  for (const sequence of sequenceNumbers(mixing, 'chosen')) {
    vectors.push(vectorOf(sequence, mixing));
    if (vectors.length === loopLengthOf(mixing.count)) break;
  }
  return (place) => vectors[place % vectors.length] as BitVector;
}

/** What wallets show: 1, 2, 3 and so on. */
export function sequentialFrames(mixing: Mixing): ShownFrames {
  const vectors = new Map<number, BitVector>();
  return (place) => {
    const known = vectors.get(place);
    if (known !== undefined) return known;
    const vector = vectorOf(place + 1, mixing);
    vectors.set(place, vector);
    return vector;
  };
}

/** The plain parts over and over, as of animations without a code. */
export function cycledFrames({ count }: Mixing): ShownFrames {
  const vectors = Array.from({ length: count }, (_, index) => bitVector(count, [index]));
  return (place) => vectors[place % count] as BitVector;
}
