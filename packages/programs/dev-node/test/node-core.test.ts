/** What is recorded and what is applied stay the same. */
import { describe, expect, test } from '@jest/globals';
import { DevNodeError } from '../src/error.ts';
import { createNodeCore } from '../src/node-core.ts';
import type { Change, StateLog } from '../src/state-file.ts';
import { addressOf, MWM, now } from './harness.ts';

function createLog(
  recorded: readonly Change[] = [],
): StateLog & { changes: Change[]; full: boolean } {
  const log = {
    recorded,
    changes: [] as Change[],
    full: false,
    append(change: Change) {
      if (log.full) throw new DevNodeError('state_unusable', 'no space left');
      log.changes.push(change);
    },
    close: () => {},
  };
  return log;
}

const create = (log: StateLog) => createNodeCore({ minWeightMagnitude: MWM, now, log });

describe('createNodeCore', () => {
  test('applies nothing that could not be recorded', () => {
    const log = createLog();
    const core = create(log);
    log.full = true;
    const payment = { address: addressOf('A'), amount: 5n };
    expect(() => core.pay(payment)).toThrow('no space left');
    expect(() => core.issueMilestone()).toThrow('no space left');
    expect(core.milestone().index).toBe(1);
    log.full = false;
    core.pay(payment);
    core.issueMilestone();
    expect(core.ledger.balanceOf(payment.address)).toBe(5n);
  });

  test('records nothing for what is known already', () => {
    const log = createLog();
    const core = create(log);
    core.record(log.changes[0]!);
    expect(log.changes).toHaveLength(1);
  });

  test('replays what it recorded, and refuses a past that does not add up', () => {
    const log = createLog();
    const core = create(log);
    core.pay({ address: addressOf('A'), amount: 5n });
    core.issueMilestone();
    const again = create(createLog(log.changes));
    expect(again.milestone()).toEqual(core.milestone());
    expect(again.ledger.balanceOf(addressOf('A'))).toBe(5n);
    const gap = log.changes.filter((_, index) => index !== 1);
    expect(() => create(createLog(gap))).toThrow('state does not add up');
  });
});
