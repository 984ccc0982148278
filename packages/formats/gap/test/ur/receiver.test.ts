/** A camera's view: strangers, damage, several transfers at once, forgers, restarts. */
import { expect, test } from '@jest/globals';
import { crc32 } from '../../src/ur/crc32.ts';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { formatPart } from '../../src/ur/part.ts';
import { type ReceivedMessage, UrReceiver } from '../../src/ur/receiver.ts';
import { encoderOf, messageOf, parsed, randomNumbers, textsOf } from './samples.ts';

function feed(receiver: UrReceiver, lines: Iterable<string>): ReceivedMessage[] {
  const received: ReceivedMessage[] = [];
  for (const line of lines) {
    const message = receiver.take(line);
    if (message !== null) received.push(message);
  }
  return received;
}

test('a message in one line, and in many', () => {
  const receiver = new UrReceiver(null);
  const single = new UrEncoder('a-card', messageOf(20, 1), 20);
  expect(feed(receiver, [single.part(1).text])).toEqual([
    { type: 'a-card', message: messageOf(20, 1) },
  ]);
  const texts = textsOf(encoderOf(12, 2), 'chosen', 12);
  expect(feed(receiver, texts)).toEqual([{ type: 'bytes', message: messageOf(96, 2) }]);
});

test('only the wanted type', () => {
  const receiver = new UrReceiver('bytes');
  const other = new UrEncoder('psbt', messageOf(96, 2), 8);
  expect(feed(receiver, textsOf(other, 'chosen', 12))).toEqual([]);
  expect(receiver.furthest).toBeNull();
  expect(feed(receiver, textsOf(encoderOf(12, 2), 'chosen', 12))).toHaveLength(1);
});

test('foreign codes and damaged lines in between change nothing', () => {
  const receiver = new UrReceiver('bytes');
  const texts = textsOf(encoderOf(30, 4), 'chosen', 60).slice(17, 47);
  const random = randomNumbers(5);
  const lines = texts.flatMap((text) => {
    const at = Math.floor(random.next().value * text.length);
    const letter = text[at] === 'A' ? 'E' : 'A';
    const damaged = text.slice(0, at) + letter + text.slice(at + 1);
    return ['WIFI:S:guest;;', damaged, `${text}\r\n`, text.slice(0, at), text.toLowerCase()];
  });
  expect(feed(receiver, lines)).toEqual([{ type: 'bytes', message: messageOf(240, 4) }]);
});

test('two transfers shown at random both arrive, whole, whatever else is shown', () => {
  for (let seed = 0; seed < 300; seed += 1) {
    const random = randomNumbers(seed);
    const messages = [messageOf(96, 2 * seed), messageOf(96, 2 * seed + 1)];
    const queues = messages.map((message) =>
      textsOf(new UrEncoder('bytes', message, 8), 'chosen', 40).filter(
        () => random.next().value >= 0.2,
      ),
    );
    const receiver = new UrReceiver(null);
    const received = new Set<number>();
    while (received.size < 2) {
      const line = queues[random.next().value < 0.5 ? 0 : 1]?.shift();
      const message = receiver.take(line ?? '');
      // Shown on, a transfer that is whole comes again: its first copy could have been a forgery.
      if (message !== null) received.add(crc32(message.message));
      expect(queues[0]!.length + queues[1]!.length).toBeGreaterThan(0);
    }
    expect([...received].sort()).toEqual(messages.map(crc32).sort());
  }
});

test('the same checksum with another count, length, size or type is another transfer', () => {
  const receiver = new UrReceiver(null);
  const encoder = new UrEncoder('bytes', messageOf(100, 1), 34);
  const part = parsed(encoder.part(2).text);
  const lies = [
    { count: 2, fragmentBytes: 50 },
    { messageBytes: 99 },
    { fragmentBytes: 40 },
    { type: 'other' },
  ].map((lie) => {
    const transfer = { ...part.transfer, ...lie };
    const data = new Uint8Array(transfer.fragmentBytes).fill(255);
    return formatPart({ ...part, transfer, data });
  });
  expect(lies.map((lie) => parsed(lie).sequence)).toEqual([2, 2, 2, 2]);
  const texts = textsOf(encoder, 'chosen', 3);
  expect(feed(receiver, [...lies, ...texts.flatMap((text) => [text, ...lies])])).toEqual([
    { type: 'bytes', message: messageOf(100, 1) },
  ]);
});

/** Another message with the same CRC-32: four bytes at the end are solved for. */
function collisionOf(message: Uint8Array): Uint8Array {
  const forged = message.map((byte) => byte ^ 0x55);
  const end = forged.length - 4;
  const base = forged.slice();
  base.fill(0, end);
  // CRC-32 is affine in the last 32 bits: elimination over their effects.
  const rows = Array.from({ length: 32 }, (_, bit) => {
    const probe = base.slice();
    probe[end + (bit >>> 3)]! ^= 1 << (bit & 7);
    return { effect: (crc32(probe) ^ crc32(base)) >>> 0, bits: (1 << bit) >>> 0 };
  });
  let wanted = (crc32(message) ^ crc32(base)) >>> 0;
  let bits = 0;
  for (let pivot = 0; pivot < 32; pivot += 1) {
    const at = rows.findIndex(({ effect }) => (effect >>> pivot) & 1);
    const [row] = rows.splice(at, 1);
    for (const other of rows) {
      if (!((other.effect >>> pivot) & 1)) continue;
      other.effect ^= row!.effect;
      other.bits ^= row!.bits;
    }
    if ((wanted >>> pivot) & 1) {
      wanted ^= row!.effect;
      bits ^= row!.bits;
    }
  }
  for (let byte = 0; byte < 4; byte += 1) base[end + byte] = (bits >>> (8 * byte)) & 0xff;
  return base;
}

test('a forgery with the same CRC-32 is given out, and the true message after it', () => {
  const message = messageOf(80, 7);
  const forgery = collisionOf(message);
  expect(crc32(forgery)).toBe(crc32(message));
  expect(forgery).not.toEqual(message);
  const receiver = new UrReceiver('bytes');
  const shown = textsOf(new UrEncoder('bytes', forgery, 8), 'chosen', 10);
  expect(feed(receiver, shown)).toEqual([{ type: 'bytes', message: forgery }]);
  const texts = textsOf(new UrEncoder('bytes', message, 8), 'chosen', 20);
  expect(feed(receiver, texts.slice(4, 14))).toEqual([{ type: 'bytes', message }]);
});

test('a hundred strangers, one part each, do not push out what has begun to arrive', () => {
  const receiver = new UrReceiver(null);
  const texts = textsOf(encoderOf(25, 1), 'chosen', 25);
  feed(receiver, texts.slice(0, 2));
  let stranger = 100;
  const lines = texts.slice(2).flatMap((text) => {
    stranger += 20;
    const flood = Array.from({ length: 20 }, (_, i) => encoderOf(30, stranger + i).part(1).text);
    return [...flood, text];
  });
  expect(feed(receiver, lines)).toEqual([{ type: 'bytes', message: messageOf(200, 1) }]);
});

test('transfers given up earlier do not keep a new one out', () => {
  const receiver = new UrReceiver(null);
  for (let old = 0; old < 20; old += 1) {
    feed(receiver, textsOf(encoderOf(25, 100 + old), 'chosen', 24));
  }
  expect(receiver.furthest).toEqual({ received: 24, count: 25 });
  const texts = textsOf(encoderOf(25, 1), 'chosen', 25);
  expect(feed(receiver, texts)).toEqual([{ type: 'bytes', message: messageOf(200, 1) }]);
});

test('at most eight transfers are kept; of equal ones the one that rested longest goes', () => {
  const receiver = new UrReceiver(null);
  for (let transfer = 0; transfer < 9; transfer += 1)
    receiver.take(encoderOf(5, transfer).part(1).text);
  const firsts = [1, 2, 3, 4, 5, 6, 7, 8].map((transfer) => encoderOf(5, transfer).part(1).text);
  expect(receiver.usefulParts).toEqual(firsts);
});

test('progress is that of the transfer that is furthest', () => {
  const receiver = new UrReceiver(null);
  expect(receiver.furthest).toBeNull();
  feed(receiver, textsOf(encoderOf(100, 1), 'chosen', 10));
  expect(receiver.furthest).toEqual({ received: 10, count: 100 });
  feed(receiver, textsOf(encoderOf(10, 2), 'chosen', 3));
  expect(receiver.furthest).toEqual({ received: 3, count: 10 });
});

test('a new receiver goes on from the useful lines of another', () => {
  const texts = textsOf(encoderOf(40, 1), 'chosen', 120);
  const first = new UrReceiver('bytes');
  feed(first, [...texts.slice(60, 85), ...texts.slice(60, 70)]);
  const second = new UrReceiver('bytes');
  expect(first.usefulParts).toHaveLength(25);
  feed(second, first.usefulParts);
  expect(second.furthest).toEqual(first.furthest);
  expect(feed(second, texts.slice(85, 100))).toEqual([
    { type: 'bytes', message: messageOf(320, 1) },
  ]);
  expect(second.usefulParts).toEqual([]);
});
