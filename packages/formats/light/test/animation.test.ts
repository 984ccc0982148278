/** Messages as codes: each fits and is readable, any K in a row are enough, and too long is refused. */
import { GapError, MESSAGE_TYPES, UrEncoder, UrReceiver } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  Animation,
  type Frame,
  plansFor,
  SECONDS_MAX,
  SPEED_DEFAULT,
  SPEED_MAX,
  SPEED_MIN,
  secondsOf,
  urTypeOf,
} from '../src/animation.ts';
import { charactersOf, readCode } from '../src/matrix.ts';
import {
  drawn,
  FRAGMENT_BYTES,
  messageOf,
  messageOfCodes,
  refusal,
  textsOf,
  VERSIONS,
} from './samples.ts';

const UR_TYPE = 'airlock-signing-request';
/** Of longer animations every ninth place is. */
const isWatchedInFull = (count: number): boolean => count <= 12;

/** What a frame must be, whatever the message. */
function assertShowable({ text, matrix }: Frame, version: number): void {
  expect(text).toMatch(/^UR:AIRLOCK-[A-Z-]+\/([0-9]+-[0-9]+\/)?[A-Z]+$/);
  expect(text.length).toBeLessThanOrEqual(charactersOf(version));
  expect(matrix).toMatchObject({ version, size: 17 + 4 * version });
  expect(readCode(drawn(matrix, 2))).toBe(text);
}

/** Codes that a reader needs who joins at a place and misses none; the animation repeats. */
function neededFrom(texts: readonly string[], from: number, message: Uint8Array): number {
  const receiver = new UrReceiver(UR_TYPE);
  for (let taken = 1; taken <= texts.length; taken += 1) {
    const received = receiver.take(texts[(from + taken - 1) % texts.length]!);
    if (received === null) continue;
    expect(received.type).toBe(UR_TYPE);
    expect(Buffer.compare(received.message, message)).toBe(0);
    return taken;
  }
  return Number.POSITIVE_INFINITY;
}

describe('frames', () => {
  test.each([
    [10, 400],
    [14, 500],
    [20, 1100],
  ])('version %i: each fits, is upper case and reads back', (version, size) => {
    const file = messageOf(size);
    const animation = new Animation(file, { version, mode: 'chosen' });
    expect(animation.version).toBe(version);
    expect(animation.length).toBe(4 * animation.count);
    const frames = [...animation.frames()];
    expect(frames).toHaveLength(animation.length);
    expect(new Set(frames.map(({ text }) => text)).size).toBe(frames.length);
    for (const frame of frames) assertShowable(frame, version);
  });

  test.each(['chosen', 'sequential'] as const)(
    '%s: the parts of the plan, in its order',
    (mode) => {
      const file = messageOfCodes(3);
      const animation = new Animation(file, { version: 10, mode });
      const texts = [...animation.frames()].map(({ text }) => text);
      expect(texts).toEqual(textsOf(file, mode));
      const numbers = texts.map((text) => Number(/\/(\d+)-3\//.exec(text)?.[1]));
      expect(numbers.slice(0, 3)).toEqual([1, 2, 3]);
      const counted = Array.from({ length: 12 }, (_, at) => at + 1);
      if (mode === 'sequential') expect(numbers).toEqual(counted);
      else expect(numbers).not.toEqual(counted);
    },
  );

  test('a frame that is asked for again, or by its place, is the same', () => {
    const file = messageOfCodes(2);
    const animation = new Animation(file, { version: 10, mode: 'chosen' });
    const last = animation.frame(animation.length - 1);
    const all = [...animation.frames()];
    expect(all.map(({ text }) => text)).toEqual(textsOf(file));
    expect(all.at(-1)).toBe(last);
    expect(animation.frame(0)).toBe(all[0]);
    expect([...animation.frames()]).toEqual(all);
  });

  test('a message that fits into one code stands still', () => {
    const file = messageOf(350);
    const animation = new Animation(file, { version: 18, mode: 'chosen' });
    expect([animation.count, animation.length]).toEqual([1, 1]);
    const [frame, ...rest] = [...animation.frames()];
    expect(rest).toEqual([]);
    assertShowable(frame!, 18);
    expect(frame?.text).not.toMatch(/[0-9]/);
    expect(neededFrom([frame!.text], 0, file)).toBe(1);
  });

  test.each([10, 14, 19, 27])(
    'version %i: the longest numbers fit, and hardly more would',
    (version) => {
      const characters = charactersOf(version);
      const urType = urTypeOf('record-export');
      const bytes = UrEncoder.fragmentBytesFor(urType, 256 * 1024, characters);
      const file = messageOf(Math.min(512 * bytes, 256 * 1024), 'record-export');
      const encoder = new UrEncoder(urType, file, bytes);
      expect(encoder.count).toBe(plansFor(file).find((plan) => plan.version === version)?.count);
      // Six digits: 512 parts, four times, end below 100,000.
      const { length } = encoder.part(999_999).text;
      expect(length).toBeLessThanOrEqual(characters);
      expect(length).toBeGreaterThan(characters - 24);
    },
  );
});

describe('any K codes in a row give the message', () => {
  const counts = Array.from({ length: 40 }, (_, at) => at + 1);

  test.each(counts)('K = %i, wherever a reader joins', (count) => {
    const file = count === 1 ? messageOf(350) : messageOfCodes(count);
    const version = count === 1 ? 18 : 10;
    const animation = new Animation(file, { version, mode: 'chosen' });
    expect(animation.count).toBe(count);
    const texts = count === 1 ? [animation.frame(0).text] : textsOf(file);
    // A matrix takes its time.
    if (count % 13 === 1) expect(animation.frame(0).text).toBe(texts[0]);
    expect(texts).toHaveLength(animation.length);
    const last = texts.length - count;
    const step = isWatchedInFull(count) ? 1 : 9;
    for (let from = 0; from < last; from += step) {
      expect([from, neededFrom(texts, from, file)]).toEqual([from, count]);
    }
    expect([last, neededFrom(texts, last, file)]).toEqual([last, count]);
  });

  test('also over the end, where the plain codes come again', () => {
    for (const count of counts.slice(1)) {
      const file = messageOfCodes(count);
      const texts = textsOf(file);
      const step = isWatchedInFull(count) ? 1 : 9;
      for (let from = texts.length - count + 1; from < texts.length; from += step) {
        expect([count, from, neededFrom(texts, from, file)]).toEqual([count, from, count]);
      }
    }
  });
});

describe('plansFor', () => {
  test('offers the versions that can carry the message, up to the first that takes one code', () => {
    for (const size of [250, 600, 5000, 78_000, 150_000, 256 * 1024]) {
      const file = messageOf(size, size > 70_000 ? 'record-export' : 'signing-request');
      const plans = plansFor(file);
      const offered = plans.map(({ version }) => version);
      const firstStill = plans.find(({ count }) => count === 1)?.version ?? 27;
      const possible = VERSIONS.filter((version) => {
        const make = (): Animation => new Animation(file, { version, mode: 'chosen' });
        return version <= firstStill && refusal(make) === 'accepted';
      });
      expect(offered).toEqual(possible);
      for (const { version, count } of plans) {
        expect(count).toBe(new Animation(file, { version, mode: 'chosen' }).count);
      }
      const counts = plans.map(({ count }) => count);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
      expect(counts.filter((count) => count === 1).length).toBeLessThanOrEqual(1);
    }
  });

  test('a message of 512 parts of version 10 may be shown in it, one of 513 may not', () => {
    const [most, over] = [512, 513].map((count) =>
      messageOf(count * FRAGMENT_BYTES - 3, 'signing-request'),
    );
    expect(plansFor(most!)[0]).toEqual({ version: 10, count: 512 });
    expect(plansFor(over!)[0].version).toBe(11);
    const show = (file: Uint8Array) => () => new Animation(file, { version: 10, mode: 'chosen' });
    expect([refusal(show(most!)), refusal(show(over!))]).toEqual(['accepted', 'too_long']);
  });

  test('256 KiB are the most', () => {
    const most = messageOf(256 * 1024, 'record-export');
    expect(plansFor(most).at(-1)?.version).toBe(27);
    const over = messageOf(256 * 1024 + 1, 'record-export');
    expect(refusal(() => plansFor(over))).toBe('too_long');
    for (const version of [10, 27]) {
      expect(refusal(() => new Animation(over, { version, mode: 'chosen' }))).toBe('too_long');
    }
  });

  test('a file that is no message is refused as such', () => {
    expect(() => plansFor(new Uint8Array(100))).toThrow(GapError);
    expect(() => plansFor(new Uint8Array())).toThrow(GapError);
  });
});

test('every type of message crosses under its own name', () => {
  for (const type of MESSAGE_TYPES) {
    expect(urTypeOf(type)).toBe(`airlock-${type}`);
    const file = messageOf(350, type);
    const animation = new Animation(file, { version: 20, mode: 'chosen' });
    const received = new UrReceiver(urTypeOf(type)).take(animation.frame(0).text);
    expect(received).toEqual({ type: `airlock-${type}`, message: file });
    expect(new UrReceiver('airlock-other').take(animation.frame(0).text)).toBeNull();
  }
});

test('seconds are codes by speed, and the default lies within the bounds', () => {
  expect(secondsOf({ count: 30 }, 6)).toBe(5);
  expect(secondsOf({ count: 1 }, 2)).toBe(0.5);
  expect([SPEED_MIN, SPEED_DEFAULT, SPEED_MAX, SECONDS_MAX]).toEqual([2, 6, 12, 60]);
});
