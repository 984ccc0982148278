/** The rule of what is done next, at its edges. */
import { expect, test } from '@jest/globals';
import {
  LOST_PAUSE_MS,
  nextStep,
  PAUSE_MS,
  PAUSE_MS_MAX,
  PROMOTION_AGE_MS_MAX,
  type Progress,
  type Step,
} from '../src/tangle/attachment-steps.ts';

const NOW = 1_700_000_000_000;
const BASE: Progress = {
  standing: 'pending',
  attachments: 1,
  isConsistent: true,
  attachedAt: NOW,
  promotedAt: null,
};

/** Name, what differs from the base, milliseconds later, and what is done then. */
const CASES: readonly (readonly [string, Partial<Progress>, number, Step])[] = [
  ['confirmed is left alone', { standing: 'confirmed' }, PAUSE_MS_MAX, 'wait'],
  ['never attached is attached at once', { standing: 'lost', attachments: 0 }, 0, 'attach'],
  ['attached by others alone is attached here too', { attachments: 0 }, 0, 'attach'],
  ['lost after a restart is attached at once', { standing: 'lost', attachedAt: null }, 0, 'attach'],
  ['lost lately waits', { standing: 'lost' }, LOST_PAUSE_MS - 1, 'wait'],
  ['lost for a while is attached', { standing: 'lost' }, LOST_PAUSE_MS, 'attach'],
  ['young waits', {}, PAUSE_MS - 1, 'wait'],
  ['consistent is promoted', {}, PAUSE_MS, 'promote'],
  ['promoted waits again', { promotedAt: NOW + PAUSE_MS }, 2 * PAUSE_MS - 1, 'wait'],
  ['promoted is promoted again', { promotedAt: NOW + PAUSE_MS }, 2 * PAUSE_MS, 'promote'],
  ['too old is attached again', {}, PROMOTION_AGE_MS_MAX, 'attach'],
  ['inconsistent waits its pause', { isConsistent: false }, PAUSE_MS - 1, 'wait'],
  ['inconsistent is attached again', { isConsistent: false }, PAUSE_MS, 'attach'],
  ['the pause doubles', { isConsistent: false, attachments: 3 }, 4 * PAUSE_MS - 1, 'wait'],
  ['and ends', { isConsistent: false, attachments: 3 }, 4 * PAUSE_MS, 'attach'],
  ['up to an hour', { isConsistent: false, attachments: 30 }, PAUSE_MS_MAX, 'attach'],
  ['lost, attached by a clock ahead, is attached', { standing: 'lost' }, -1, 'attach'],
  ['attached by a clock ahead is attached again', {}, -1, 'attach'],
  ['promoted by a clock ahead is promoted', { promotedAt: NOW + PAUSE_MS }, 1, 'promote'],
  ['not seen by this process before waits', { attachedAt: null }, PAUSE_MS_MAX, 'wait'],
];

test.each(CASES)('%s', (...[, progress, after, step]) => {
  expect(nextStep({ ...BASE, ...progress }, NOW + after)).toBe(step);
});
