/** Clock and timers that move when a test moves them, and a wait for what others do meanwhile. */
import type { Timers } from '../src/timers.ts';
import { START } from './world.ts';

export class ManualTimers implements Timers {
  at: number = START;
  readonly #pending = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly now = (): number => this.at;

  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    const timer = { at: this.at + milliseconds, run };
    this.#pending.add(timer);
    return () => void this.#pending.delete(timer);
  };

  /** Milliseconds that each pending timer still has, shortest first. */
  get waits(): number[] {
    return [...this.#pending].map(({ at }) => at - this.at).sort((a, b) => a - b);
  }

  /** Lets time pass, and runs what is due meanwhile. */
  advance(milliseconds: number): void {
    this.at += milliseconds;
    const due = [...this.#pending].filter(({ at }) => at <= this.at);
    for (const timer of due.sort((a, b) => a.at - b.at)) {
      if (this.#pending.delete(timer)) timer.run();
    }
  }
}

const PATIENCE_MS = 10_000;

/** Resolves when the condition holds; fails with what it is about if it never does. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets everything that needs no more than a few turns of the loop happen. */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
