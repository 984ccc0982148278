/** Both ways with @ngraveio/bc-ur, the JavaScript library that wallets use. */
import { expect, test } from '@jest/globals';
import { UR, URDecoder, UREncoder } from '@ngraveio/bc-ur';
import { encodeCbor } from '../../src/cbor.ts';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { UrReceiver } from '../../src/ur/receiver.ts';
import { messageOf, textsOf } from './samples.ts';

/** The message as both sides carry it: a byte string in CBOR. */
const wrapped = (length: number, seed: number): Uint8Array => encodeCbor(messageOf(length, seed));

function theirs(message: Uint8Array, fragmentBytes: number, first: number): UREncoder {
  return new UREncoder(new UR(Buffer.from(message), 'bytes'), fragmentBytes, first);
}

const CASES = [
  [40, 100],
  [100, 30],
  [500, 30],
  [1000, 31],
  [6000, 100],
  [9000, 100],
] as const;

test.each(CASES)('our sequential parts of %i bytes, by %i, are read by theirs', (length, bytes) => {
  const message = wrapped(length, length);
  const encoder = new UrEncoder('bytes', message, bytes);
  const decoder = new URDecoder();
  for (const text of textsOf(encoder, 'sequential', 8 * encoder.count)) {
    // Every third frame is lost.
    if (Number(/\/(\d+)-/.exec(text)?.[1] ?? 1) % 3 === 2) continue;
    decoder.receivePart(text);
    if (decoder.isComplete()) break;
  }
  expect(decoder.isSuccess()).toBe(true);
  expect(new Uint8Array(decoder.resultUR().cbor)).toEqual(message);
});

test.each(CASES)(
  'their parts of %i bytes, by %i, are read by us, from the start and late',
  (length, bytes) => {
    const message = wrapped(length, length);
    for (const first of [0, 7, 1000]) {
      const encoder = theirs(message, bytes, first);
      const receiver = new UrReceiver('bytes');
      const { fragmentsLength } = encoder;
      let received = null;
      for (let frame = 0; frame < fragmentsLength + 40 && received === null; frame += 1) {
        received = receiver.take(encoder.nextPart());
      }
      expect(received).toEqual({ type: 'bytes', message });
    }
  },
);

test('the first K of our chosen parts are read by theirs too', () => {
  const message = wrapped(2000, 1);
  const encoder = new UrEncoder('bytes', message, 100);
  const decoder = new URDecoder();
  for (const text of textsOf(encoder, 'chosen', encoder.count)) decoder.receivePart(text);
  expect(new Uint8Array(decoder.resultUR().cbor)).toEqual(message);
});

test.each([2, 9, 33, 89])('K = %i: every part is letter by letter the same', (count) => {
  const message = wrapped(20 * count - 9, count);
  const mine = new UrEncoder('bytes', message, Math.ceil(message.length / count));
  const other = theirs(message, Math.ceil(message.length / count), 0);
  expect(other.fragmentsLength).toBe(mine.count);
  for (let sequence = 1; sequence <= 6 * count; sequence += 1) {
    expect(mine.part(sequence).text).toBe(other.nextPart().toUpperCase());
  }
});
