/**
 * Timers, passed in like the clock: real ones in the program, driven by hand in tests. And the bell, by
 * which a loop waits for something to do.
 */

export interface Timers {
  /** Runs it once, after that many milliseconds. @returns keeps it from running */
  readonly after: (milliseconds: number, run: () => void) => () => void;
}

export const nodeTimers: Timers = {
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** A wait that ends early: for one who waits, rung by anybody, also before he does. */
export class Bell {
  readonly #timers: Timers;
  #isRung = false;
  #answer: () => void = () => undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  ring(): void {
    this.#isRung = true;
    this.#answer();
  }

  /** Resolves when it rings, or has rung since the last wait; or after that many milliseconds. */
  async wait(milliseconds: number | null = null): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const cancel = milliseconds === null ? null : this.#timers.after(milliseconds, resolve);
        this.#answer = () => {
          cancel?.();
          resolve();
        };
      });
    }
    this.#isRung = false;
  }
}
