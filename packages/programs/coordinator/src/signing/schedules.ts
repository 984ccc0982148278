/** Signing requests by schedule: one for a keyring when its time has come and there is something to sign. */
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { FaultLog } from '../fault-log.ts';
import type { Schedule } from '../settings.ts';
import { createRequest } from './signing.ts';

/** What is no fault of a schedule: it waits for its next turn. */
const REASONS_TO_WAIT: ReadonlySet<string> = new Set([
  'nothing_to_sign',
  'too_many_outstanding',
  'keyring_suspended',
]);

/** What the next round may find otherwise: it tries again, not a whole turn later. */
const REASONS_TO_RETRY: ReadonlySet<string> = new Set(['node_unavailable', 'state_changed']);

export class Scheduler {
  readonly #coordinator: Coordinator;
  readonly #faults: FaultLog;
  /** By keyring, when it was last tried (Unix ms). */
  readonly #triedAt = new Map<string, number>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.#faults = new FaultLog(coordinator.log);
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
    const name = `schedule of ${keyringId}`;
    try {
      const { requestId, sequence } = await createRequest(this.#coordinator, {
        keyringId,
        limits: { maxSweeps, maxInputs },
        dryRun: false,
      });
      log(`request ${requestId} of sequence ${sequence} was made for ${keyringId} by schedule`);
      this.#faults.clear(name);
    } catch (cause) {
      if (!(cause instanceof CoordinatorError)) throw cause;
      if (!REASONS_TO_WAIT.has(cause.code)) this.#faults.tell(name, cause.message);
      if (REASONS_TO_RETRY.has(cause.code)) return;
    }
    this.#triedAt.set(keyringId, now());
  }
}
