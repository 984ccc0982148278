/**
 * What follows from one try to deliver an event: whether and when it is tried again, when it is given up,
 * when its endpoint is. After the Standard Webhooks, "Deliverability and reliability".
 */

/** Pause after the first failure; it doubles with each further one. */
const RETRY_MS_MIN = 5_000;
const RETRY_MS_MAX = 6 * 3_600_000;
/** So long after its first try an event is tried for the last time. */
export const RETRIES_MS_MAX: number = 72 * 3_600_000;
/** Share of a pause by which chance makes it longer, so that failed deliveries do not come together. */
const JITTER = 0.2;

/** How a try ended: with a status, or without an answer. */
export type TryOutcome = { readonly status: number } | { readonly failure: string };

/** An event that was tried in vain and is tried again. */
export interface Failing {
  /** Of the event. */
  readonly number: number;
  readonly attempts: number;
  /** Unix time in milliseconds. */
  readonly firstTriedAt: number;
  readonly nextTryAt: number;
  readonly lastError: string;
}

export type Step =
  | { readonly kind: 'delivered' }
  /** The server wants nothing any more: the endpoint is disabled, the event stays where it is. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'retry'; readonly failing: Failing }
  /** Given up: the next event's turn. */
  | { readonly kind: 'dead'; readonly failing: Failing };

/** What is wrong with the outcome, without anything that the server sent but its status; null: nothing. */
export function errorOf(outcome: TryOutcome): string | null {
  if ('failure' in outcome) return outcome.failure;
  const { status } = outcome;
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `HTTP ${status}: redirects are not followed`;
  return `HTTP ${status}`;
}

/** Milliseconds until the next try. @param chance from 0 to 1, 1 excluded */
export function pauseMs(attempts: number, chance: number): number {
  const pause = Math.min(RETRY_MS_MIN * 2 ** (attempts - 1), RETRY_MS_MAX);
  return Math.round(pause * (1 + JITTER * chance));
}

/** Milliseconds until an event's turn. A clock that was set back must not stop deliveries for ever. */
export function restMs(failing: Failing | null, now: number): number {
  const rest = failing === null ? 0 : failing.nextTryAt - now;
  return rest < 0 || rest > pauseMs(Number.POSITIVE_INFINITY, 1) ? 0 : rest;
}

/**
 * What to do after a try.
 * @param before what is known of earlier tries of this event, or null
 * @param tried when the try began and ended, and a number from 0 to 1 by which chance moves the next one
 */
export function stepAfter(
  outcome: TryOutcome,
  before: Failing | null,
  tried: {
    readonly number: number;
    readonly began: number;
    readonly ended: number;
    readonly chance: number;
  },
): Step {
  const lastError = errorOf(outcome);
  if (lastError === null) return { kind: 'delivered' };
  if ('status' in outcome && outcome.status === 410) return { kind: 'gone' };
  const { number, began, ended, chance } = tried;
  const attempts = (before?.attempts ?? 0) + 1;
  const firstTriedAt = before?.firstTriedAt ?? began;
  const last = firstTriedAt + RETRIES_MS_MAX;
  const nextTryAt = Math.min(ended + pauseMs(attempts, chance), last);
  const failing = { number, attempts, firstTriedAt, nextTryAt, lastError };
  return { kind: ended >= last ? 'dead' : 'retry', failing };
}
