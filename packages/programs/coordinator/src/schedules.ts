/** Signing requests by schedule: one for a keyring when its time has come and there is something to sign. */
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import type { Schedule } from './settings.ts';
import { createRequest } from './signing.ts';

/** What is no fault of a schedule: it waits for its next turn. */
const REASONS_TO_WAIT: ReadonlySet<string> = new Set([
  'nothing_to_sign',
  'too_many_outstanding',
  'keyring_suspended',
]);

export class Scheduler {
  readonly #coordinator: Coordinator;
  /** By keyring, when it was last tried (Unix ms). */
  readonly #triedAt = new Map<string, number>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
  }

  /**
   * When a keyring's last request was made or tried, whoever asked for it. Times to come are of a clock
   * that was ahead and must not stop the schedule until then.
   */
  #lastAt(keyringId: string): number {
    const { ledger, now } = this.#coordinator;
    const limit = now();
    let last = 0;
    const consider = (at: number): void => {
      if (at > last && at <= limit) last = at;
    };
    consider(this.#triedAt.get(keyringId) ?? 0);
    for (const { createdAt } of ledger.state.find([{ index: 'requestsOf', name: keyringId }])) {
      consider(createdAt);
    }
    return last;
  }

  /** Makes the requests that are due; one keyring's fault does not stop the others. */
  async round(): Promise<void> {
    const { settings, now } = this.#coordinator;
    const due = settings.schedules.filter(
      ({ keyringId, everyMs }) => now() - this.#lastAt(keyringId) >= everyMs,
    );
    for (const schedule of due) await this.#make(schedule);
  }

  async #make({ keyringId, maxSweeps, maxInputs }: Schedule): Promise<void> {
    const { log, now } = this.#coordinator;
    this.#triedAt.set(keyringId, now());
    try {
      const { requestId, sequence } = await createRequest(this.#coordinator, {
        keyringId,
        limits: { maxSweeps, maxInputs },
        dryRun: false,
      });
      log(`request ${requestId} of sequence ${sequence} was made for ${keyringId} by schedule`);
    } catch (cause) {
      if (!(cause instanceof CoordinatorError)) throw cause;
      if (!REASONS_TO_WAIT.has(cause.code)) log(`schedule of ${keyringId}: ${cause.message}`);
    }
  }
}
