/** What follows from a try: the back-off, what a status means, when an event is dead. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  errorOf,
  type Failing,
  pauseMs,
  restMs,
  stepAfter,
  type TryOutcome,
} from '../../src/webhooks/delivery-rules.ts';

const HOUR_MS = 3_600_000;
const AT = 1_700_000_000_000;

describe('what a status means', () => {
  const tried = { number: 7, began: AT, ended: AT + 10, chance: 0 };
  const cases: readonly (readonly [TryOutcome, string, string | null])[] = [
    [{ status: 200 }, 'delivered', null],
    [{ status: 204 }, 'delivered', null],
    [{ status: 299 }, 'delivered', null],
    [{ status: 199 }, 'retry', 'HTTP 199'],
    [{ status: 300 }, 'retry', 'HTTP 300: redirects are not followed'],
    [{ status: 308 }, 'retry', 'HTTP 308: redirects are not followed'],
    [{ status: 400 }, 'retry', 'HTTP 400'],
    [{ status: 404 }, 'retry', 'HTTP 404'],
    [{ status: 410 }, 'gone', 'HTTP 410'],
    [{ status: 429 }, 'retry', 'HTTP 429'],
    [{ status: 500 }, 'retry', 'HTTP 500'],
    [{ failure: 'no connection: ECONNREFUSED' }, 'retry', 'no connection: ECONNREFUSED'],
  ];

  test.each(cases)('%j: %s', (outcome, kind, error) => {
    expect([stepAfter(outcome, null, tried).kind, errorOf(outcome)]).toEqual([kind, error]);
  });

  test('2xx also delivers, and 410 also ends, what had failed before', () => {
    const failing = { number: 7, attempts: 3, firstTriedAt: AT, nextTryAt: AT, lastError: 'x' };
    expect(stepAfter({ status: 200 }, failing, tried)).toEqual({ kind: 'delivered' });
    expect(stepAfter({ status: 410 }, failing, tried)).toEqual({ kind: 'gone' });
  });
});

describe('the back-off', () => {
  test('begins with 5 seconds and doubles up to 6 hours', () => {
    const seconds = Array.from({ length: 15 }, (_, i) => pauseMs(i + 1, 0) / 1000);
    const doubled = Array.from({ length: 13 }, (_, i) => 5 * 2 ** i);
    expect(seconds).toEqual([...doubled, 6 * 3600, 6 * 3600]);
  });

  test('is made longer by chance, by a fifth at most', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (more, chance) => {
        const pause = pauseMs(more + 1, chance);
        const least = pauseMs(more + 1, 0);
        expect(pause).toBeGreaterThanOrEqual(least);
        expect(pause).toBeLessThanOrEqual(least * 1.2);
      }),
    );
    expect([pauseMs(1, 0.5), pauseMs(1, 1)]).toEqual([5500, 6000]);
  });

  /** Tries again and again, each when it is due, until it is dead. */
  function history(chance: number, tryMs: number): Failing[] {
    const steps: Failing[] = [];
    let before: Failing | null = null;
    let now = AT;
    for (;;) {
      const tried = { number: 1, began: now, ended: now + tryMs, chance };
      const step = stepAfter({ status: 500 }, before, tried);
      if (step.kind !== 'retry' && step.kind !== 'dead') throw new Error(step.kind);
      steps.push(step.failing);
      if (step.kind === 'dead') return steps;
      before = step.failing;
      now = before.nextTryAt;
    }
  }

  test.each([
    [0, 0],
    [0, 15_000],
    [0.999, 0],
    [0.5, 15_000],
  ])(
    'tries for the last time 72 hours after the first (chance %d, %d ms a try)',
    (chance, tryMs) => {
      const steps = history(chance, tryMs);
      expect(steps.map(({ attempts }) => attempts)).toEqual(steps.map((_, i) => i + 1));
      expect(steps.at(-2)!.nextTryAt).toBe(AT + 72 * HOUR_MS);
      expect(new Set(steps.map(({ firstTriedAt }) => firstTriedAt))).toEqual(new Set([AT]));
      expect(steps.length).toBeGreaterThan(20);
      expect(steps.length).toBeLessThan(30);
    },
  );

  test('is over at once where nobody could try for 72 hours', () => {
    const failing = { number: 1, attempts: 1, firstTriedAt: AT, nextTryAt: AT, lastError: 'x' };
    const late = AT + 72 * HOUR_MS;
    const tried = { number: 1, began: late, ended: late, chance: 0 };
    expect(stepAfter({ status: 500 }, failing, tried)).toMatchObject({
      kind: 'dead',
      failing: { attempts: 2, lastError: 'HTTP 500' },
    });
  });
});

test('the wait for a turn ends when it is due, and a clock set back does not prolong it', () => {
  const failing = { number: 1, attempts: 1, firstTriedAt: AT, nextTryAt: AT + 5000, lastError: '' };
  expect(restMs(null, AT)).toBe(0);
  expect(restMs(failing, AT)).toBe(5000);
  expect(restMs(failing, AT + 5001)).toBe(0);
  expect(restMs(failing, AT - 7 * HOUR_MS)).toBeGreaterThan(7 * HOUR_MS);
  expect(restMs(failing, AT - 8 * HOUR_MS)).toBe(0);
});
