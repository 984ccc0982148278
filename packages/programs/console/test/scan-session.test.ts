/** What a camera sees: each code is sent once, at most a hundred at a time, and none gets lost. */
import { describe, expect, test } from '@jest/globals';
import { ScanSession } from '../src/scan-session.ts';

const codes = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => `code ${from + at}`);

describe('a code', () => {
  test('is new once, however often it is in the picture', () => {
    const session = new ScanSession();
    expect(session.see('a')).toBe(true);
    expect(session.see('b')).toBe(true);
    for (let picture = 0; picture < 5; picture += 1) expect(session.see('a')).toBe(false);
    expect(session.takeBatch()).toEqual(['a', 'b']);
  });

  test('is not sent again after it was sent', () => {
    const session = new ScanSession();
    session.see('a');
    expect(session.takeBatch()).toEqual(['a']);
    expect(session.see('a')).toBe(false);
    expect(session.takeBatch()).toEqual([]);
  });

  test('of another case or with a space is another: the coordinator knows better', () => {
    const session = new ScanSession();
    expect(['a', 'A', 'a '].map((text) => session.see(text))).toEqual([true, true, true]);
  });
});

describe('batches', () => {
  test('are of at most a hundred codes, in the order in which they came', () => {
    const session = new ScanSession();
    const seen = codes(250);
    for (const text of seen) session.see(text);
    const batches = [1, 2, 3, 4].map(() => session.takeBatch());
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50, 0]);
    expect(batches.flat()).toEqual(seen);
  });

  test('that could not be sent come again, before what came meanwhile', () => {
    const session = new ScanSession();
    for (const text of codes(150)) session.see(text);
    const first = session.takeBatch();
    session.see('late');
    session.giveBack(first);
    expect(session.takeBatch()).toEqual(codes(100));
    expect(session.takeBatch()).toEqual([...codes(50, 100), 'late']);
    expect(session.takeBatch()).toEqual([]);
  });
});

describe('what is remembered', () => {
  test('is every code of the longest animation', () => {
    const session = new ScanSession();
    const animation = codes(4 * 512);
    expect(animation.every((text) => session.see(text))).toBe(true);
    expect(animation.some((text) => session.see(text))).toBe(false);
  });

  test('is bounded: after 4,096 it begins anew, and a code is sent twice rather than never', () => {
    const session = new ScanSession();
    for (const text of codes(4096)) session.see(text);
    expect(session.see('code 0')).toBe(false);
    expect(session.see('one more')).toBe(true);
    expect(session.see('code 0')).toBe(true);
  });

  test('is nothing of another session', () => {
    const first = new ScanSession();
    first.see('a');
    const second = new ScanSession();
    expect(second.takeBatch()).toEqual([]);
    expect(second.see('a')).toBe(true);
  });
});
