/** Codes read by light: a line of text, and what is inside it with a right checksum. */
import { GapError } from '@airlock/gap';
import {
  decodeMinimal,
  encodeMinimal,
} from '../../../packages/formats/gap/src/ur/minimal-bytewords.ts';
import { formatPart, parsePart } from '../../../packages/formats/gap/src/ur/part.ts';
import { encoderOf } from '../../../packages/formats/gap/test/ur/samples.ts';
import { type Route, type Target, textRoute } from './target.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const TEXTS = [encoderOf(1, 1), encoderOf(7, 2), encoderOf(33, 3)].flatMap((encoder) =>
  encoder.count === 1 ? [encoder.part(1).text] : [2, 40].map((at) => encoder.part(at).text),
);
const WHOLE = encoderOf(7, 2).part(40).text;
const [, HEAD = '', LETTERS = ''] = /^(.*\/)([A-Z]+)$/.exec(WHOLE) ?? [];

const inside: Route = {
  name: 'inside, checksum made anew',
  form: 'cbor',
  samples: [decodeMinimal(LETTERS) ?? new Uint8Array()],
  seal: (mutated) => bytesOf(`${HEAD}${encodeMinimal(mutated)}`),
};

export const CODE_TARGETS: readonly Target[] = [
  {
    name: 'code',
    routes: [textRoute(...TEXTS.map(bytesOf)), inside],
    reopen: (file) => {
      const text = new TextDecoder().decode(file);
      const part = parsePart(text);
      // Passed over, and so is what is the same part written otherwise.
      if (part === null || formatPart(part) !== text) {
        throw new GapError('type_unknown', 'no part of a Uniform Resource');
      }
      return bytesOf(formatPart(part));
    },
  },
];
