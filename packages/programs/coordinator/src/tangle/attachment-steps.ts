/**
 * What is done next for a signed sweep that is not confirmed: a pure rule, IOTA Hub's
 * with pauses that grow. A consistent young attachment is promoted; else the bundle is attached again.
 */

/** How a sweep stands at the nodes; lost: they have no attachment of it, as after a crash. */
export type Standing = 'confirmed' | 'pending' | 'lost';

export type Step = 'attach' | 'promote' | 'wait';

/** Pause before the first promotion or another attachment; it doubles with each attachment. */
export const PAUSE_MS = 60_000;
export const PAUSE_MS_MAX = 3_600_000;
/** An attachment older than this is not promoted any more: Hub's max_promotion_age. */
export const PROMOTION_AGE_MS_MAX: number = 30 * 60_000;
/** A sweep of which the nodes show no attachment at all is attached again this soon. */
export const LOST_PAUSE_MS = 10_000;

export interface Progress {
  readonly standing: Standing;
  /** How often it was attached here, by this process or an earlier one. */
  readonly attachments: number;
  /** Whether its newest attachment can still be confirmed. */
  readonly isConsistent: boolean;
  /** Unix ms; null: not by this process. */
  readonly attachedAt: number | null;
  readonly promotedAt: number | null;
}

/** @param now Unix ms */
export function nextStep(progress: Progress, now: number): Step {
  const { standing, attachments, isConsistent, attachedAt, promotedAt } = progress;
  // What is still to come was noted by a clock that was ahead: long ago, as far as known.
  const since = (at: number): number => (at > now ? Number.POSITIVE_INFINITY : now - at);
  if (standing === 'confirmed') return 'wait';
  if (attachments === 0) return 'attach';
  if (standing === 'lost') {
    return attachedAt === null || since(attachedAt) >= LOST_PAUSE_MS ? 'attach' : 'wait';
  }
  const age = since(attachedAt ?? now);
  if (isConsistent && age < PROMOTION_AGE_MS_MAX) {
    return since(promotedAt ?? attachedAt ?? now) >= PAUSE_MS ? 'promote' : 'wait';
  }
  const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** Math.max(0, attachments - 1));
  return age >= pause ? 'attach' : 'wait';
}
