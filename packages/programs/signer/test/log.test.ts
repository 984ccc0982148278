/** The officers' log against a record: the last sequence, and the last use of a key without a request. */
import type { RecordEntry, RecordEvent } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { SignerError } from '../src/error.ts';
import { assertLogged, logEndOf } from '../src/log.ts';
import { addressOf, NOW, openedEvent } from './world.ts';

const signed = (sequence: number): RecordEvent => ({
  kind: 'signed',
  requestId: `sr_${'1'.repeat(32)}`,
  sequence,
  requestDigest: 'ab'.repeat(32),
  verdicts: [],
});
const alone: RecordEvent = {
  kind: 'signed-alone',
  verdict: { bundleHash: addressOf('B'), keys: [], withdrawalIds: [] },
};
const surrendered: RecordEvent = { kind: 'surrendered', commitment: 'ab'.repeat(32) };

const entriesOf = (...events: RecordEvent[]): RecordEntry[] =>
  events.map((event, index) => ({ number: index + 1, previous: 'ab'.repeat(32), at: NOW, event }));

function outcome(recorded: readonly [number, number], logged: readonly [number, number]): string {
  const end = ([lastSequence, lastAlone]: readonly [number, number]) => ({
    lastSequence,
    lastAlone,
  });
  try {
    assertLogged({ recorded: end(recorded), logged: end(logged) });
    return '';
  } catch (cause) {
    if (!(cause instanceof SignerError)) throw cause;
    return `${cause.code}: ${cause.message} ${cause.next}`;
  }
}

describe('what a record makes the log end with', () => {
  test('is 0 and 0 if no key was used', () => {
    expect(logEndOf(entriesOf(openedEvent()))).toEqual({ lastSequence: 0, lastAlone: 0 });
  });

  test('is the highest sequence, and the number of spends and surrenders', () => {
    const entries = entriesOf(openedEvent(), signed(4), alone, signed(7), surrendered, alone);
    expect(logEndOf(entries)).toEqual({ lastSequence: 7, lastAlone: 3 });
  });
});

describe('a log', () => {
  test('that ends as the record does is accepted', () => {
    expect(outcome([3, 1], [3, 1])).toBe('');
  });

  test.each<[string, readonly [number, number], RegExp]>([
    ['one more sequence', [4, 1], /^log_mismatch: .*sequence 4 .*record says 3 .*it is old/],
    ['one sequence less', [2, 1], /^log_mismatch: .*find out who signed/],
    ['one more spend', [3, 2], /^log_mismatch: .*number 2 .*record says 1 .*it is old/],
    ['one spend less', [3, 0], /^log_mismatch: .*find out who signed/],
  ])('with %s is refused', (_, logged, text) => {
    expect(outcome([3, 1], logged)).toMatch(text);
  });
});
